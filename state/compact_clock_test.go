package state_test

import (
	"fmt"
	"testing"

	"consentstream/state"
	"consentstream/state/rules"
	"consentstream/state/statetest"
)

const year = 365 * statetest.Day

// own is a fact of the one contact of these tests.
func own(id string, at state.Instant) state.Fact {
	return state.Fact{ID: id, Address: "a1", Source: "web", OccurredAt: at, Since: at, RecordedAt: at}
}

func account(id string, at state.Instant) state.Fact {
	f := own(id, at)
	f.Topic, f.Signup = state.TopicSignups, &state.Signup{Kind: state.SignupAccountCreated}
	return f
}

// monthly are clicks from one instant to another.
func monthly(from, to state.Instant) (clicks []state.Fact) {
	for at := from; at < to; at += 30 * statetest.Day {
		f := click(0)
		f.ID = fmt.Sprintf("click-%d", at)
		f.OccurredAt, f.Since, f.RecordedAt = at, at, at
		clicks = append(clicks, f)
	}
	return clicks
}

// An epoch that begins in the middle of a run of clicks, which did nothing
// before, is kept alive by the rest of the run.
func TestEpochThatBeginsInsideARun(t *testing.T) {
	start := statetest.Start
	facts := append([]state.Fact{account("first", start), account("again", start+6*year+year/2)}, monthly(start+4*year, start+15*year)...)
	compacted, full := statetest.Fold(facts), state.Uncompacted(facts)
	if !compacted.Compacted {
		t.Fatalf("%d facts are %d bytes: not compacted", len(facts), compacted.Size())
	}
	at := start + 16*year
	got := rules.Clock(rules.Default(), "default", &compacted, at, at)
	want := rules.Clock(rules.Default(), "default", &full, at, at)
	if got.ExpiresAt != want.ExpiresAt {
		t.Errorf("expires %v, over all facts %v", got.ExpiresAt, want.ExpiresAt)
	}
}
