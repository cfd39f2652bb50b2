package proof

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"consentstream/processor"
	"consentstream/schemas"
	"consentstream/state"
	"consentstream/state/rules"
)

// Findings are what the judge found: figures, and what is wrong. No problem
// means that everything was published exactly once and holds.
type Findings struct {
	Inputs      int // records of the input topics
	Contacts    int
	Eligibility int // records published
	Retention   int
	DeadLetters int
	// Contacts of households to whom newsletters are denied because the other
	// one at their address objected, sent before their own yes, or after it.
	ObjectedBefore, ObjectedAfter int
	// Contacts of households in which nobody objected: they may be written to.
	Unharmed int

	Problems []string
}

// judge collects findings.
type judge struct {
	Findings
	decoder *schemas.Decoder
	last    map[state.Key]state.EligibilityChanged
}

// Judge holds what was published against what the inputs come to at now, with
// the default policy.
func Judge(topics *processor.Topics, e *Evidence, now state.Instant) *Findings {
	j := &judge{decoder: schemas.NewDecoder(), last: map[state.Key]state.EligibilityChanged{}}
	j.Inputs, j.Eligibility, j.Retention, j.DeadLetters = len(e.Inputs), len(e.Eligibility), len(e.Retention), len(e.DeadLetters)
	inputs := newFold(topics, e.Inputs)
	j.Problems = append(j.Problems, inputs.wrong...)
	j.eligibility(e.Eligibility)
	j.retention(e.Retention)
	j.letters(inputs.bad, e.DeadLetters)
	j.standing(inputs.driver, now)
	j.households(inputs.said)
	return &j.Findings
}

func (j *judge) complain(format string, args ...any) {
	j.Problems = append(j.Problems, fmt.Sprintf(format, args...))
}

// eligibility checks that the changes of each contact are numbered 1, 2, 3 and
// that none came twice, and remembers the last.
func (j *judge) eligibility(records []*kgo.Record) {
	ids := map[string]bool{}
	for _, r := range records {
		if r.Value == nil {
			continue // all about the contact was wiped; numbering goes on
		}
		var e state.EligibilityChanged
		if err := j.decoder.EligibilityChanged(r.Value, &e); err != nil {
			j.complain("%s: %v", refOf(r.Topic, r.Partition, r.Offset), err)
			continue
		}
		if before := j.last[e.Key].Sequence; e.Sequence != before+1 {
			j.complain("contact %s: change %d comes after change %d (offset %d of partition %d)", e.Key.Contact, e.Sequence, before, r.Offset, r.Partition)
		}
		if ids[e.EventID] {
			j.complain("contact %s: event id %s was published twice", e.Key.Contact, e.EventID)
		}
		ids[e.EventID], j.last[e.Key] = true, e
	}
}

// retention checks the same of retention-expiry.
func (j *judge) retention(records []*kgo.Record) {
	ids, sequence := map[string]bool{}, map[state.Key]int64{}
	for _, r := range records {
		var e state.RetentionExpiry
		if err := j.decoder.RetentionExpiry(r.Value, &e); err != nil {
			j.complain("%s: %v", refOf(r.Topic, r.Partition, r.Offset), err)
			continue
		}
		if e.Sequence != sequence[e.Key]+1 {
			j.complain("contact %s: retention stage %d comes after stage %d", e.Key.Contact, e.Sequence, sequence[e.Key])
		}
		if ids[e.EventID] {
			j.complain("contact %s: retention event id %s was published twice", e.Key.Contact, e.EventID)
		}
		ids[e.EventID], sequence[e.Key] = true, e.Sequence
	}
}

// letters checks that every bad record is in the dead letters once, as it came,
// and nothing else is.
func (j *judge) letters(bad map[string]*kgo.Record, letters []*kgo.Record) {
	seen := map[string]int{}
	for _, letter := range letters {
		ref := originOf(letter)
		was, ok := bad[ref]
		seen[ref]++
		switch {
		case !ok:
			j.complain("dead letter of %s, which is a good record or none", ref)
		case !bytes.Equal(was.Key, letter.Key) || !bytes.Equal(was.Value, letter.Value) || (was.Value == nil) != (letter.Value == nil):
			j.complain("dead letter of %s is not the record as it came", ref)
		}
	}
	for ref := range bad {
		if seen[ref] != 1 {
			j.complain("bad record %s is %d times in the dead letters", ref, seen[ref])
		}
	}
}

// originOf returns where the record of a dead letter lies.
func originOf(letter *kgo.Record) string {
	parts := []string{"topic", "partition", "offset"}
	for i, part := range parts {
		parts[i] = ""
		for _, h := range letter.Headers {
			if h.Key == "__streams.errors."+part {
				parts[i] = string(h.Value)
			}
		}
	}
	return strings.Join(parts, "/")
}

// standing checks that what was last published about each contact holds.
func (j *judge) standing(driver *processor.Driver, now state.Instant) {
	keys := driver.Keys()
	j.Contacts = len(keys)
	for _, key := range keys {
		published, ok := j.last[key]
		if !ok {
			j.complain("contact %s: nothing was published", key.Contact)
			continue
		}
		d := rules.Standing(rules.Default(), key.Controller, driver.Contact(key), now, now)
		if difference := compare(published.Verdicts, d.Verdicts); difference != "" {
			j.complain("contact %s: change %d: %s", key.Contact, published.Sequence, difference)
		}
	}
}

// compare tells the first row that was published other than it holds. Until
// when a verdict holds may have moved without a new change.
func compare(published []state.PublishedVerdict, holds []rules.Verdict) string {
	if len(published) != len(holds) {
		return fmt.Sprintf("%d rows were published, %d hold", len(published), len(holds))
	}
	for i := range holds {
		p, v := &published[i].Row, &holds[i]
		same := p.Kind == v.Kind && p.Channel == v.Channel && p.Address == v.Address && p.Brand == v.Brand &&
			p.Allowed == v.Allowed && p.AllowedByLaw == v.AllowedByLaw && p.Basis == v.Basis && p.Reason == v.Reason && slices.Equal(p.Families, v.Families)
		if !same {
			return fmt.Sprintf("%v by %v: published %v (%v, %v), holds %v (%v, %v)", v.Kind, v.Channel, p.Allowed, p.Basis, p.Reason, v.Allowed, v.Basis, v.Reason)
		}
	}
	return ""
}

func isHousehold(contact string) bool { return strings.HasPrefix(contact, householdPrefix) }

// households checks, without folding anything, that an objection at a shared
// address denies newsletters to the other contact, and that without one both
// may get them.
func (j *judge) households(said map[string]*words) {
	for contact, words := range said {
		if words.yes == 0 {
			continue
		}
		other := said[otherOf(contact)]
		allowed := j.newsletterTo(contact)
		switch {
		case other != nil && other.no != 0 && allowed:
			j.complain("contact %s: newsletters are allowed at an address where %s has objected", contact, otherOf(contact))
		case other != nil && other.no != 0 && other.no < words.yes:
			j.ObjectedBefore++
		case other != nil && other.no != 0:
			j.ObjectedAfter++
		case words.no == 0 && !allowed:
			j.complain("contact %s: newsletters are denied although nobody at the address has objected", contact)
		case words.no == 0:
			j.Unharmed++
		}
	}
}

func otherOf(contact string) string {
	if household, ok := strings.CutSuffix(contact, "-a"); ok {
		return household + "-b"
	}
	return strings.TrimSuffix(contact, "-b") + "-a"
}

// newsletterTo tells whether a newsletter by e-mail was last published as allowed.
func (j *judge) newsletterTo(contact string) bool {
	last := j.last[state.Key{Controller: schemas.DefaultController, Contact: contact}]
	return slices.ContainsFunc(last.Verdicts, func(v state.PublishedVerdict) bool {
		return v.Kind == state.MessageNewsletter && v.Channel == state.ChannelEmail && v.Allowed
	})
}
