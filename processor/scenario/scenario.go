package scenario

import (
	"consentstream/state"
	"consentstream/state/rules"
)

// Scenario is one document of a scenario file.
type Scenario struct {
	ID    string
	Name  string
	Rules []string // what it exercises
	File  string
	Line  int

	policy    *rules.Policy
	given     []given
	when      []ask
	publishes []publication
	listed    bool // the scenario states what is published, be it nothing
}

// given is one fact.
type given struct {
	key  state.Key
	fact state.Fact
}

// ask is one point check, or only an instant that the clock reaches.
type ask struct {
	line     int
	key      state.Key
	at       state.Instant
	known    state.Instant
	address  *string // nil = the contact's only one
	question rules.Question
	expect   []expectation
}

// expectation is the answer that one kind must get.
type expectation struct {
	kind    state.MessageKind
	outcome outcome
}

// outcome is "allow", "deny" or "n/a", with a reason or without.
type outcome struct {
	verdict string
	reason  state.Reason // ReasonNone = any
}

const (
	verdictAllow = "allow"
	verdictDeny  = "deny"
	verdictNA    = "n/a"
)

// String returns the outcome as files write it.
func (o outcome) String() string {
	if o.reason == state.ReasonNone {
		return o.verdict
	}
	return o.verdict + " " + o.reason.String()
}

// matches reports whether got is what the outcome asks for.
func (o outcome) matches(got outcome) bool {
	return o.verdict == got.verdict && (o.reason == state.ReasonNone || o.reason == got.reason)
}

// outcomeOf returns the outcome that a verdict is.
func outcomeOf(v *rules.Verdict) outcome {
	switch {
	case !v.Applicable:
		return outcome{verdict: verdictNA}
	case v.Allowed:
		return outcome{verdictAllow, v.Reason}
	}
	return outcome{verdictDeny, v.Reason}
}
