package main

import (
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/sr"

	"consentstream/schemas"
)

// registryTimeout bounds each request to the schema registry.
const registryTimeout = 30 * time.Second

// Credentials come from the environment: a flag would show them in the list of
// processes and in the history of the shell.
const (
	envRegistry         = "CONSENTSTREAM_REGISTRY"
	envRegistryUser     = "CONSENTSTREAM_REGISTRY_USER"
	envRegistryPassword = "CONSENTSTREAM_REGISTRY_PASSWORD"
)

func newSchemasRegisterCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "register",
		Short: "Register the schemas in a schema registry, or check that they could be",
		Long: `Registers each schema under the name of its topic and "-value". Before, every version that the registry holds is
compared: records of both must be readable by both (FULL_TRANSITIVE). When one schema may not follow, none is registered.
With --check nothing is written, and the exit code is 1 when a schema is not registered or may not be.

The registry's address is also read from ` + envRegistry + `, credentials only from
` + envRegistryUser + ` and ` + envRegistryPassword + `.`,
		Example: `  consentstream schemas register --registry http://127.0.0.1:8081
  consentstream schemas register --registry http://127.0.0.1:8081 --check`,
		Args: noArgs,
	}
	registry := cmd.Flags().String("registry", "", "address of the schema registry, such as http://127.0.0.1:8081")
	check := cmd.Flags().Bool("check", false, "only compare with what is registered")
	output := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		client, err := a.registryClient(cmd, *registry)
		if err != nil {
			return err
		}
		if *check {
			return a.checkSchemas(cmd, client, output)
		}
		return a.registerSchemas(cmd, client, output)
	}
	return cmd
}

func (a *app) registryClient(cmd *cobra.Command, address string) (*sr.Client, error) {
	if address == "" {
		address = a.getenv(envRegistry)
	}
	if address == "" {
		return nil, usagef(cmd, "expected --registry or the environment variable %s", envRegistry)
	}
	options := []sr.ClientOpt{sr.URLs(address), sr.HTTPClient(&http.Client{Timeout: registryTimeout})}
	if user := a.getenv(envRegistryUser); user != "" {
		options = append(options, sr.BasicAuth(user, a.getenv(envRegistryPassword)))
	}
	client, err := sr.NewClient(options...)
	if err != nil {
		return nil, usagef(cmd, "--registry: %w", err)
	}
	return client, nil
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

func (a *app) checkSchemas(cmd *cobra.Command, client *sr.Client, output *choice) error {
	checks, err := schemas.CheckSubjects(cmd.Context(), client, nil)
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

func (a *app) registerSchemas(cmd *cobra.Command, client *sr.Client, output *choice) error {
	ids, err := schemas.Register(cmd.Context(), client, nil)
	if err != nil {
		return fmt.Errorf("%w; look at it with --check", err)
	}
	checks, err := schemas.CheckSubjects(cmd.Context(), client, nil)
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
