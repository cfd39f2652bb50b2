package check

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"consentstream/state"
	"consentstream/state/rules"
)

// ConsentRecord is one answer of the person, shaped on ISO/IEC TS 27560 and
// the Kantara consent receipt (R65).
type ConsentRecord struct {
	RecordID      string         `json:"record_id"`
	SchemaVersion string         `json:"schema_version"`
	ReceiptID     string         `json:"receipt_id"` // the same for the same answer, whenever it is exported
	Jurisdiction  string         `json:"jurisdiction"`
	PrincipalID   string         `json:"pii_principal_id"` // opaque, as in the events
	Controllers   []string       `json:"pii_controllers"`
	Brand         string         `json:"brand"`
	Notice        *ConsentNotice `json:"notice"` // null = none was part of the answer
	Purposes      []string       `json:"purposes"`
	Channels      []string       `json:"channels"`
	Method        string         `json:"collection_method"` // the control that took the answer
	FormVersion   string         `json:"form_version"`
	ProofRef      string         `json:"proof_ref"`
	Source        string         `json:"source"`
	CollectedAt   string         `json:"collected_at"` // with the offset of the policy's time zone
	Precision     string         `json:"precision"`
	Withdrawal    []string       `json:"withdrawal_methods"`
	Recipients    []string       `json:"recipients"`
	Events        []ConsentEvent `json:"events"`
}

// ConsentNotice is what the person was told.
type ConsentNotice struct {
	Version  string `json:"version"`
	Language string `json:"language"`
	URL      string `json:"url"`
	ProofRef string `json:"proof_ref"`
}

// ConsentEvent is one step in the life of an answer.
type ConsentEvent struct {
	State   string    `json:"state"` // requested, given, refused, withdrawn, expired or invalidated
	At      Timestamp `json:"at"`
	Channel string    `json:"channel"` // "" = every channel of the record
	Purpose string    `json:"purpose"` // "" = every purpose of the record
	Reason  string    `json:"reason"`  // of the verdict that says so, "" for the answer itself
	EventID string    `json:"event_id"`
}

// The states of an answer.
const (
	consentRequested   = "requested"
	consentGiven       = "given"
	consentRefused     = "refused"
	consentWithdrawn   = "withdrawn"
	consentExpired     = "expired"
	consentInvalidated = "invalidated"
)

const (
	consentSchema       = "consentstream.consent-record/1"
	consentJurisdiction = "FR"
)

// withdrawalMethods are the ways in which an objection is taken (R40).
var withdrawalMethods = []string{"ONE_CLICK", "LINK", "PREFERENCE_CENTRE", "REPLY", "SMS_STOP", "LETTER", "ORAL"}

// kindOf tells which messages a purpose opens.
var kindOf = map[state.Purpose]state.MessageKind{
	state.PurposePromotional: state.MessagePromotional, state.PurposeNewsletter: state.MessageNewsletter,
	state.PurposeCart: state.MessageCartAbandonment, state.PurposeLoyalty: state.MessageLoyalty,
}

// consents returns the record of each answer, in order of time.
func consents(p *rules.Policy, c *state.Contact, key state.Key, now state.Instant) []ConsentRecord {
	records := []ConsentRecord{}
	lives := newLives(p, c, key, now)
	for i := range c.Facts {
		f := &c.Facts[i]
		if f.Signup == nil || f.Forwarded {
			continue
		}
		for n := range f.Signup.Answers {
			r := consentRecord(p, f, n, key)
			if f.Signup.Answers[n].Value == state.AnswerYes {
				r.Events = append(r.Events, lives.of(int32(i), &f.Signup.Answers[n])...)
			}
			records = append(records, r)
		}
	}
	return records
}

func consentRecord(p *rules.Policy, f *state.Fact, n int, key state.Key) ConsentRecord {
	a := &f.Signup.Answers[n]
	zone := p.At(f.OccurredAt).For(key.Controller).TimeZone
	r := ConsentRecord{
		RecordID: fmt.Sprintf("%s/%d", f.ID, n+1), SchemaVersion: consentSchema, Jurisdiction: consentJurisdiction,
		PrincipalID: key.Contact, Controllers: []string{key.Controller}, Brand: f.Brand,
		Purposes: list(purposes(a.Purposes, "")), Channels: list(channels(a.Channels, "")),
		Method: a.Form.String(), FormVersion: a.TextVersion, ProofRef: a.ProofRef, Source: f.Source,
		CollectedAt: f.OccurredAt.Time().In(zone).Format(time.RFC3339), Precision: f.Precision.String(),
		Withdrawal: withdrawalMethods, Recipients: []string{}, Events: answered(f, a.Value),
	}
	if notice := f.Signup.Notice; notice != nil {
		r.Notice = &ConsentNotice{notice.TextVersion, notice.Language, notice.URL, notice.ProofRef}
	}
	sum := sha256.Sum256([]byte(key.Controller + "|" + key.Contact + "|" + r.RecordID))
	r.ReceiptID = hex.EncodeToString(sum[:16])
	return r
}

func list(joined string) []string { return strings.Fields(joined) }

// answered returns the events that the answer itself is.
func answered(f *state.Fact, value state.AnswerValue) []ConsentEvent {
	at := Timestamp(f.OccurredAt)
	events := []ConsentEvent{{State: consentRequested, At: at, EventID: f.ID}}
	switch value {
	case state.AnswerYes:
		return append(events, ConsentEvent{State: consentGiven, At: at, EventID: f.ID})
	case state.AnswerNo:
		return append(events, ConsentEvent{State: consentRefused, At: at, EventID: f.ID})
	}
	return events
}

// lives are the decisions about a contact from its first answer to the present,
// one for each instant at which any of it changed.
type lives struct {
	contact *state.Contact
	steps   []lifeStep
}

type lifeStep struct {
	at       state.Instant
	verdicts []rules.Verdict
}

// maxSteps bounds the history that is computed for one export.
const maxSteps = 2000

func newLives(p *rules.Policy, c *state.Contact, key state.Key, now state.Instant) *lives {
	l := &lives{contact: c}
	at, known := (&Query{At: state.Unset, Known: state.Unset}).moment(c, now)
	t := firstAnswer(c)
	if c.Horizon != state.Unset {
		t = max(t, c.Horizon) // what came before was merged and cannot be judged
	}
	for len(l.steps) < maxSteps && t <= at {
		d := rules.Standing(p, key.Controller, c, t, known)
		l.steps = append(l.steps, lifeStep{t, d.Verdicts})
		if d.Next <= t {
			break
		}
		t = d.Next
	}
	return l
}

func firstAnswer(c *state.Contact) state.Instant {
	for i := range c.Facts {
		if f := &c.Facts[i]; f.Signup != nil && len(f.Signup.Answers) > 0 && !f.Forwarded {
			return f.OccurredAt
		}
	}
	return state.Never
}

// of returns what became of a yes, for each channel and purpose that it names.
func (l *lives) of(fact int32, a *state.Answer) []ConsentEvent {
	events := l.lost(a.ProofRef)
	for _, channel := range Channels {
		for _, purpose := range []state.Purpose{state.PurposePromotional, state.PurposeNewsletter, state.PurposeCart, state.PurposeLoyalty} {
			if a.Channels.Has(channel) && a.Purposes.Has(purpose) {
				events = append(events, l.trace(fact, channel, purpose, a.ProofRef != "")...)
			}
		}
	}
	slices.SortStableFunc(events, func(x, y ConsentEvent) int { return compareTimestamps(x.At, y.At) })
	return events
}

// lost returns the losses of a proof. A verdict does not always tell them: what
// a client may be sent without consent stays allowed.
func (l *lives) lost(ref string) []ConsentEvent {
	var events []ConsentEvent
	for i := range l.contact.Facts {
		f := &l.contact.Facts[i]
		u := f.Unsubscribe
		if ref != "" && u != nil && u.Kind == state.UnsubscribeProofLost && u.ProofRef == ref && !f.Forwarded {
			events = append(events, ConsentEvent{State: consentInvalidated, At: Timestamp(f.RecordedAt), EventID: f.ID})
		}
	}
	return events
}

func compareTimestamps(a, b Timestamp) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// trace follows one channel and purpose of a yes through time and tells when
// its state changed.
func (l *lives) trace(fact int32, channel state.Channel, purpose state.Purpose, proven bool) []ConsentEvent {
	var events []ConsentEvent
	now := consentGiven
	given := l.contact.Facts[fact].OccurredAt
	for i := range l.steps {
		step := &l.steps[i]
		v := l.row(step, fact, channel, kindOf[purpose])
		if step.at < given || v == nil {
			continue
		}
		next := l.state(v, fact, proven)
		if next == "" || next == now {
			continue
		}
		now = next
		e := ConsentEvent{State: next, At: Timestamp(step.at), Channel: channel.String(), Purpose: purpose.String(), Reason: v.Reason.String()}
		if len(v.Evidence) > 0 {
			e.EventID = l.contact.Facts[v.Evidence[0]].ID
		}
		events = append(events, e)
	}
	return events
}

// row returns the verdict about the address and brand of an answer.
func (l *lives) row(step *lifeStep, fact int32, channel state.Channel, kind state.MessageKind) *rules.Verdict {
	f := &l.contact.Facts[fact]
	var found *rules.Verdict
	for i := range step.verdicts {
		v := &step.verdicts[i]
		if v.Kind != kind || v.Channel != channel || f.Address != "" && v.Address != f.Address {
			continue
		}
		if v.Brand == f.Brand || v.Brand == "" && found == nil {
			found = v
		}
	}
	return found
}

// state tells what a verdict says of a yes; "" = nothing, because it
// rests on something else.
func (l *lives) state(v *rules.Verdict, fact int32, proven bool) string {
	switch v.Reason {
	case state.ReasonConsent, state.ReasonPhoneConsent:
		if slices.Contains(v.Evidence, fact) {
			return consentGiven
		}
	case state.ReasonObjected, state.ReasonComplaint:
		if l.own(v) { // what another person refused at the address withdraws no yes of this one
			return consentWithdrawn
		}
	case state.ReasonExpired, state.ReasonPhoneConsentExpired, state.ReasonPurged:
		return consentExpired
	case state.ReasonConsentInvalidForm, state.ReasonPhoneMentionsMissing, state.ReasonComplaintNeedsDOI:
		return consentInvalidated
	case state.ReasonProofMissing:
		if !proven {
			return consentInvalidated
		}
	}
	return ""
}

// own reports whether a denial rests on a refusal of the contact itself.
func (l *lives) own(v *rules.Verdict) bool {
	return slices.ContainsFunc(v.Evidence, func(at int32) bool { return !l.contact.Facts[at].Forwarded })
}
