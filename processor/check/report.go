package check

import (
	"fmt"
	"time"

	"consentstream/state"
)

// Report is the answer to a query. Its JSON form is stable; null stands for
// "none" or "never".
type Report struct {
	ContactID     string    `json:"contact_id"`
	Controller    string    `json:"controller"`
	At            Timestamp `json:"at"`
	KnownAt       Timestamp `json:"known_at"`
	PolicyVersion string    `json:"policy_version"`
	TimeZone      string    `json:"time_zone"` // the policy's, in which people read the instants
	// Facts counts what is known about the contact; 0 = nobody knows it.
	Facts int `json:"facts"`
	// Saturated tells that so much is known that some of it was given up:
	// verdicts may be stricter than over everything, never laxer.
	Saturated bool      `json:"saturated"`
	Retention Retention `json:"retention"`
	Verdicts  []Verdict `json:"verdicts"`
	// Evidence are the facts that verdicts rest on, in order of time.
	Evidence []Evidence `json:"evidence"`
	// Rules explains the rules that verdicts name.
	Rules []Rule `json:"rules"`
}

// Retention is where the contact stands on the retention clock.
type Retention struct {
	// Running is false when no clock runs: nothing is known, or all was wiped.
	Running bool `json:"running"`
	// ExpiresAt is the end of retention, null while a contract runs.
	ExpiresAt          Timestamp `json:"expires_at"`
	WarnAt             Timestamp `json:"warn_at"`
	LastContactAt      Timestamp `json:"last_contact_at"`
	LastContactEventID string    `json:"last_contact_event_id"`
}

// Verdict is one yes or no with its reason.
type Verdict struct {
	MessageKind  string `json:"message_kind"`
	Channel      string `json:"channel"`
	AddressKey   string `json:"address_key"`
	Brand        string `json:"brand"`
	Allowed      bool   `json:"allowed"`        // by law and company policy
	AllowedByLaw bool   `json:"allowed_by_law"` // by law alone
	Basis        string `json:"basis"`
	Reason       string `json:"reason"`
	// Meaning says the reason in a sentence, Change what would have to happen
	// for the verdict to become another.
	Meaning string `json:"meaning"`
	Change  string `json:"change"`
	// Until is the first later instant at which the verdict changes with no
	// new fact.
	Until    Timestamp `json:"until"`
	Rules    []string  `json:"rules"`    // such as R23
	Families []string  `json:"families"` // what a soft opt-in covers, ["*"] = all
	Evidence []int     `json:"evidence"` // positions in Report.Evidence
}

// Evidence is one fact.
type Evidence struct {
	EventID    string    `json:"event_id"`
	Topic      string    `json:"topic"`
	Source     string    `json:"source"`
	Summary    string    `json:"summary"` // what happened, in words
	OccurredAt Timestamp `json:"occurred_at"`
	// Since is earlier than OccurredAt for a fact that stands for several of
	// its class, of which it is the newest.
	Since      Timestamp `json:"since"`
	Precision  string    `json:"precision"`
	RecordedAt Timestamp `json:"recorded_at"`
	// Forwarded marks a refusal of another contact who uses the same address.
	Forwarded bool `json:"forwarded"`
}

// Rule is one rule with its legal source.
type Rule struct {
	Rule   string `json:"rule"`
	Title  string `json:"title"`
	Source string `json:"source"`
}

// Timestamp is an instant in reports: RFC 3339 in UTC, null for state.Never
// and state.Unset.
type Timestamp state.Instant

// IsZero reports whether the timestamp stands for none.
func (t Timestamp) IsZero() bool {
	return state.Instant(t) == state.Never || state.Instant(t) == state.Unset
}

// MarshalJSON implements json.Marshaler.
func (t Timestamp) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return []byte(`"` + state.Instant(t).String() + `"`), nil
}

// UnmarshalJSON implements json.Unmarshaler; null becomes state.Never.
func (t *Timestamp) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*t = Timestamp(state.Never)
		return nil
	}
	at, err := time.Parse(`"`+time.RFC3339Nano+`"`, string(b))
	if err != nil {
		return fmt.Errorf("timestamp: %w", err)
	}
	*t = Timestamp(state.At(at))
	return nil
}
