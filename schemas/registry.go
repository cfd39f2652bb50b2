package schemas

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"

	"github.com/twmb/franz-go/pkg/sr"

	"consentstream/schemas/internal/avro"
)

// Codes of the registry's answers to what it does not have.
const (
	codeNoSubject = 40401
	codeNoSchema  = 40403
)

// RegistryClient is a Registry over HTTP. It asks for each id once and keeps the
// answer for ever: an id never changes its schema. It is safe for concurrent
// use, and shared by the Decoders of all tasks.
type RegistryClient struct {
	client *sr.Client
	asking turn // who wants the same id waits for the answer
	texts  sync.Map
}

// NewRegistryClient wraps a client that is configured with addresses,
// credentials and TLS.
func NewRegistryClient(client *sr.Client) *RegistryClient {
	return &RegistryClient{client: client, asking: newTurn()}
}

// SchemaByID returns one schema. Schemas that refer to others are not supported:
// ours are whole.
func (r *RegistryClient) SchemaByID(ctx context.Context, id int) (string, error) {
	if text, ok := r.texts.Load(id); ok {
		return text.(string), nil
	}
	if err := r.asking.take(ctx); err != nil {
		return "", fmt.Errorf("ask the registry for schema %d, behind other questions: %w", id, err)
	}
	defer r.asking.give()
	if text, ok := r.texts.Load(id); ok {
		return text.(string), nil
	}
	text, err := r.ask(ctx, id)
	if err == nil {
		r.texts.Store(id, text)
	}
	return text, err
}

func (r *RegistryClient) ask(ctx context.Context, id int) (string, error) {
	schema, err := r.client.SchemaByID(ctx, id)
	switch {
	case answered(err, codeNoSchema):
		return "", ErrNoSchema
	case err != nil:
		return "", fmt.Errorf("ask the registry for schema %d: %w", id, err)
	case schema.Type != sr.TypeAvro:
		return "", fmt.Errorf("%w: it is of type %s", ErrNoSchema, schema.Type)
	case len(schema.References) > 0:
		return "", fmt.Errorf("%w: it refers to other schemas", ErrNoSchema)
	}
	return schema.Schema, nil
}

// answered tells whether the registry itself said that something is not
// there. A 404 of anything in between has no such code.
func answered(err error, code int) bool {
	var answer *sr.ResponseError
	return errors.As(err, &answer) && answer.StatusCode == http.StatusNotFound && answer.ErrorCode == code
}

// away marks an error after which the same question may be answered later: the
// registry is not reached, or something in between says that it is not ready.
func away(err error) error {
	var answer *sr.ResponseError
	var network net.Error
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &answer) && answer.StatusCode < http.StatusInternalServerError && answer.StatusCode != http.StatusTooManyRequests:
		return err
	case errors.As(err, &answer), errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: %w", ErrRegistryUnavailable, err)
	}
	return err
}

// SubjectCheck is how one of our schemas stands to its subject.
type SubjectCheck struct {
	Record     string
	Subject    string
	Versions   int   // how many the registry has
	Registered bool  // ours is one of them
	Conflict   error // why ours may not become one, nil = it may
}

// CheckSubjects compares our schemas with every version in the registry, as
// FULL_TRANSITIVE asks, whatever level the registry is set to. Subjects, by
// record name, take the place of the default names; nil is all records under
// their default names, otherwise only the named ones are looked at.
func CheckSubjects(ctx context.Context, client *sr.Client, subjects map[string]string) ([]SubjectCheck, error) {
	chosen, err := choose(subjects)
	if err != nil {
		return nil, err
	}
	for i := range chosen {
		if err := chosen[i].look(ctx, client); err != nil {
			return nil, err
		}
	}
	return chosen, nil
}

func choose(subjects map[string]string) ([]SubjectCheck, error) {
	for name := range subjects {
		if _, ok := ByName(name); !ok {
			return nil, fmt.Errorf("no record is called %q", name)
		}
	}
	var chosen []SubjectCheck
	for _, s := range catalog {
		subject, named := subjects[s.Name]
		if subjects != nil && !named {
			continue
		}
		if subject == "" {
			subject = s.Subject()
		}
		chosen = append(chosen, SubjectCheck{Record: s.Name, Subject: subject})
	}
	return chosen, nil
}

func (c *SubjectCheck) look(ctx context.Context, client *sr.Client) error {
	versions, err := client.Schemas(ctx, c.Subject)
	if answered(err, codeNoSubject) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("ask the registry for subject %s: %w", c.Subject, away(err))
	}
	c.Versions = len(versions)
	ours := mustByName(c.Record)
	for _, v := range versions {
		earlier, err := avro.Parse(v.Schema.Schema)
		if err == nil {
			err = avro.Compatible(ours.tree, earlier)
		}
		switch {
		case err != nil && c.Conflict == nil:
			c.Conflict = fmt.Errorf("version %d: %w", v.Version, err)
		case err == nil && earlier.Fingerprint() == ours.Fingerprint:
			c.Registered = true
		}
	}
	return nil
}

// Register registers our schemas and returns their ids by record name, for
// WithRegistryIDs. It registers none when one of them conflicts with a version
// in the registry. Registering again what is there gives the same ids.
func Register(ctx context.Context, client *sr.Client, subjects map[string]string) (map[string]int, error) {
	checks, err := CheckSubjects(ctx, client, subjects)
	if err != nil {
		return nil, err
	}
	for _, c := range checks {
		if c.Conflict != nil {
			return nil, fmt.Errorf("subject %s has a schema that %s may not follow: %w", c.Subject, c.Record, c.Conflict)
		}
	}
	ids := map[string]int{}
	for _, c := range checks {
		schema := sr.Schema{Schema: mustByName(c.Record).Text, Type: sr.TypeAvro}
		if ids[c.Record], err = client.RegisterSchema(ctx, c.Subject, schema, -1, -1); err != nil {
			return nil, fmt.Errorf("register %s as %s: %w", c.Record, c.Subject, away(err))
		}
	}
	return ids, nil
}
