package check

import (
	"encoding/json"
	"fmt"

	"consentstream/schemas"
	"consentstream/state"
	"consentstream/state/rules"
)

// Export is everything that is known about one contact of one controller, for
// the person who asks for it (right of access). Its JSON form is stable.
type Export struct {
	// Report says what may be sent to the contact at the instant of export.
	Report *Report `json:"report"`
	// Facts are all that is known, in order of time.
	Facts []ExportedFact `json:"facts"`
	// Merged tells that so much is known that facts of one kind were merged
	// into one; the input topics or archives hold each by itself.
	Merged bool `json:"merged"`
	// Addresses are the opaque keys of the addresses that the contact uses.
	Addresses []string `json:"addresses"`
	// Consents are the answers of the person, each with its history.
	Consents []ConsentRecord `json:"consents"`
	// Published counts what was told about the contact to other systems.
	Published Published `json:"published"`
}

// ExportedFact is one fact with the record it came from.
type ExportedFact struct {
	Evidence
	// Record is the record as a line of JSON holds it; null for a refusal of
	// another person at a shared address, whose record is not this contact's,
	// and for what the processor itself remembers.
	Record json.RawMessage `json:"record"`
}

// Published is what was told to other systems.
type Published struct {
	Eligibility int64 `json:"eligibility_records"`
	Retention   int64 `json:"retention_records"`
}

// ExportAll returns everything that is known about a contact at the present.
func ExportAll(p *rules.Policy, c *state.Contact, key state.Key, now state.Instant) (*Export, error) {
	q := NewQuery(key)
	e := &Export{
		Report: Answer(p, c, q, now), Facts: make([]ExportedFact, len(c.Facts)), Merged: c.Compacted, Addresses: []string{},
		Published: Published{c.Published.Sequence, c.Published.Retention.Sequence},
	}
	for i := range c.Facts {
		f := &c.Facts[i]
		e.Facts[i].Evidence = describe(f)
		if f.Forwarded || f.Internal != nil {
			continue
		}
		line, err := schemas.AppendJSON(nil, f.Topic, &schemas.Record{Key: key, Fact: *f}, state.Unset)
		if err != nil {
			return nil, fmt.Errorf("export fact %d: %w", i+1, err)
		}
		e.Facts[i].Record = line
	}
	for i := range c.Uses {
		e.Addresses = append(e.Addresses, c.Uses[i].Address)
	}
	e.Consents = consents(p, c, key, now)
	return e, nil
}
