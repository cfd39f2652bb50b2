package schemas

import (
	"embed"
	"fmt"
	"io/fs"

	"consentstream/schemas/internal/avro"
	"consentstream/state"
)

//go:embed *.avsc
var files embed.FS

// Names of the records, which are also the names of their files.
const (
	NamePurchase           = "Purchase"
	NameClick              = "Click"
	NameSignup             = "Signup"
	NameUnsubscribe        = "Unsubscribe"
	NameEligibilityChanged = "EligibilityChanged"
	NameRetentionExpiry    = "RetentionExpiry"
)

// Namespace of all records.
const Namespace = "consentstream.v1"

// Schema is one record of the contract.
type Schema struct {
	Name        string // of the record, without its namespace
	Topic       string // its topic by default name
	Input       bool   // false: we publish it
	Text        string // the .avsc file
	Fingerprint uint64 // CRC-64-AVRO of the parsing canonical form

	tree *avro.Type
}

// Subject is the name under which a registry files the schema of a topic's
// values.
func (s *Schema) Subject() string { return s.Topic + "-value" }

// Canonical returns the parsing canonical form.
func (s *Schema) Canonical() string { return s.tree.Canonical() }

// order lists the records in the order in which they are told to people; the
// inputs stand at the position of their state.Topic.
var order = [...]Schema{
	{Name: NamePurchase, Topic: "purchases", Input: true},
	{Name: NameClick, Topic: "clicks", Input: true},
	{Name: NameSignup, Topic: "signups", Input: true},
	{Name: NameUnsubscribe, Topic: "unsubscribes", Input: true},
	{Name: NameEligibilityChanged, Topic: "eligibility-changed"},
	{Name: NameRetentionExpiry, Topic: "retention-expiry"},
}

var (
	catalog           = load()
	eligibilitySchema = mustByName(NameEligibilityChanged)
	retentionSchema   = mustByName(NameRetentionExpiry)
)

// load reads the embedded files. They are part of the binary and tested, so
// an error here is a broken build.
func load() []*Schema {
	var all []*Schema
	for i := range order {
		s := order[i]
		text, err := fs.ReadFile(files, s.Name+".avsc")
		if err != nil {
			panic(fmt.Sprintf("schemas: %v", err))
		}
		s.Text = string(text)
		if s.tree, err = avro.Parse(s.Text); err != nil {
			panic(fmt.Sprintf("schemas: %s.avsc: %v", s.Name, err))
		}
		s.Fingerprint = s.tree.Fingerprint()
		all = append(all, &s)
	}
	return all
}

// All returns the six schemas, inputs first. The caller must not change them.
func All() []*Schema { return append([]*Schema(nil), catalog...) }

// ByName returns the schema of a record by its name, with or without the
// namespace; false when there is none.
func ByName(name string) (*Schema, bool) {
	for _, s := range catalog {
		if name == s.Name || name == Namespace+"."+s.Name {
			return s, true
		}
	}
	return nil, false
}

// ByTopic returns the schema of a topic by its default name.
func ByTopic(topic string) (*Schema, bool) {
	for _, s := range catalog {
		if topic == s.Topic {
			return s, true
		}
	}
	return nil, false
}

// OfTopic returns the schema of an input topic.
func OfTopic(topic state.Topic) *Schema { return catalog[topic] }

func mustByName(name string) *Schema {
	s, ok := ByName(name)
	if !ok {
		panic("schemas: no record " + name)
	}
	return s
}

// CheckCompatible tells whether a schema may take the place of an earlier one:
// nil when records of both can be read by both, which over all earlier ones is
// FULL_TRANSITIVE. The error names the first field that stands in the way.
func CheckCompatible(next, earlier string) error {
	n, err := avro.Parse(next)
	if err != nil {
		return fmt.Errorf("new schema: %w", err)
	}
	e, err := avro.Parse(earlier)
	if err != nil {
		return fmt.Errorf("earlier schema: %w", err)
	}
	return avro.Compatible(n, e)
}
