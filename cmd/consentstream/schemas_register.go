package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/sr"

	"consentstream/processor"
	"consentstream/processor/config"
	"consentstream/schemas"
)

// registryTimeout bounds each request to the schema registry. Tasks wait for it
// at an id they have not seen.
const registryTimeout = 10 * time.Second

func newSchemasRegisterCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "register",
		Short: "Register the schemas in a schema registry, or check that they could be",
		Long: `Registers each schema under the name of its topic and "-value". Before, every version that the registry holds is
compared: records of both must be readable by both (FULL_TRANSITIVE). When one schema may not follow, none is registered.
With --check nothing is written, and the exit code is 1 when a schema is not registered or may not be.

Settings are those of "run": --registry over CONSENTSTREAM_REGISTRY_URL over registry.url in the --config file.
Credentials come only from CONSENTSTREAM_REGISTRY_USERNAME and _PASSWORD, or _PASSWORD_FILE, or the file; a subject is named
after its topic as the settings name it.`,
		Example: `  consentstream schemas register --registry http://127.0.0.1:8081
  consentstream schemas register --registry http://127.0.0.1:8081 --check`,
		Args: noArgs,
	}
	settings := addConfigFile(cmd)
	cmd.Flags().String("registry", "", "`URL` of the schema registry, such as http://127.0.0.1:8081 (CONSENTSTREAM_REGISTRY_URL)")
	check := cmd.Flags().Bool("check", false, "only compare with what is registered")
	output := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := settings.load()
		if err != nil {
			return err
		}
		if c.Registry.URL == "" {
			return usagef(cmd, "expected --registry, CONSENTSTREAM_REGISTRY_URL or registry.url in the --config file")
		}
		if err := c.Registry.Validate(); err != nil {
			return usagef(cmd, "%w", err)
		}
		client, err := registryClient(&c.Registry)
		if err != nil {
			return err
		}
		if *check {
			return a.checkSchemas(cmd, client, subjectsOf(&c.Topics), output)
		}
		return a.registerSchemas(cmd, client, subjectsOf(&c.Topics), output)
	}
	return cmd
}

// registryClient returns a client of the registry; it does not connect.
func registryClient(r *config.Registry) (*sr.Client, error) {
	username, password, err := r.Credentials()
	if err != nil {
		return nil, err
	}
	options := []sr.ClientOpt{sr.URLs(r.URL), sr.HTTPClient(&http.Client{Timeout: registryTimeout})}
	if username != "" {
		options = append(options, sr.BasicAuth(username, password))
	}
	client, err := sr.NewClient(options...)
	if err != nil {
		return nil, fmt.Errorf("schema registry %s: %w", r.URL, err)
	}
	return client, nil
}

// subjectsOf are the registry's subjects of all records, by record.
func subjectsOf(topics *processor.Topics) map[string]string {
	subjects := publishedSubjects(topics)
	subjects[schemas.NamePurchase] = topics.Purchases + "-value"
	subjects[schemas.NameClick] = topics.Clicks + "-value"
	subjects[schemas.NameSignup] = topics.Signups + "-value"
	subjects[schemas.NameUnsubscribe] = topics.Unsubscribes + "-value"
	return subjects
}

// standing is how one schema stands to its subject in the registry.
type standing struct {
	Record     string `json:"record"`
	Subject    string `json:"subject"`
	Versions   int    `json:"versions"`   // that the registry holds
	Registered bool   `json:"registered"` // this program's schema is one of them
	Conflict   string `json:"conflict"`   // why it may not become one, "" = it may
	ID         *int   `json:"id"`         // null when only compared
}

// state says the standing in a few words.
func (s *standing) state() string {
	switch {
	case s.Conflict != "":
		return "conflict: " + s.Conflict
	case s.ID != nil:
		return fmt.Sprintf("registered, id %d", *s.ID)
	case s.Registered:
		return "registered"
	}
	return "not registered"
}

func (a *app) checkSchemas(cmd *cobra.Command, client *sr.Client, subjects map[string]string, output *choice) error {
	checks, err := schemas.CheckSubjects(cmd.Context(), client, subjects)
	if err != nil {
		return fmt.Errorf("%w; check the address, the credentials and that the registry runs", err)
	}
	list, no := standings(checks), false
	for i := range list {
		no = no || list[i].Conflict != "" || !list[i].Registered
	}
	if err := writeStandings(a.stdout, list, output); err != nil {
		return err
	}
	if no {
		return errAnswerNo
	}
	return nil
}

func (a *app) registerSchemas(cmd *cobra.Command, client *sr.Client, subjects map[string]string, output *choice) error {
	ids, err := schemas.Register(cmd.Context(), client, subjects)
	switch {
	case errors.Is(err, schemas.ErrRegistryUnavailable):
		return fmt.Errorf("%w; start the registry or correct --registry", err)
	case err != nil:
		return fmt.Errorf("%w; look at it with --check", err)
	}
	checks, err := schemas.CheckSubjects(cmd.Context(), client, subjects)
	if err != nil {
		return err
	}
	list := standings(checks)
	for i := range list {
		id := ids[list[i].Record]
		list[i].ID = &id
	}
	return writeStandings(a.stdout, list, output)
}

func standings(checks []schemas.SubjectCheck) []standing {
	list := make([]standing, len(checks))
	for i, c := range checks {
		list[i] = standing{Record: c.Record, Subject: c.Subject, Versions: c.Versions, Registered: c.Registered}
		if c.Conflict != nil {
			list[i].Conflict = c.Conflict.Error()
		}
	}
	return list
}

func writeStandings(w io.Writer, list []standing, output *choice) error {
	if output.isJSON() {
		return writeJSON(w, list)
	}
	var t table
	t.head(styleOf(w), "RECORD", "SUBJECT", "VERSIONS", "STATE")
	for i := range list {
		s := &list[i]
		t.row(cell{text: s.Record}, cell{text: s.Subject}, cell{text: fmt.Sprint(s.Versions)}, cell{text: s.state()})
	}
	return t.write(w)
}
