package rules_test

import (
	"reflect"
	"slices"
	"testing"

	"consentstream/state"
	"consentstream/state/rules"
)

// Each case of a table shows two things more than what it says: that its answer
// lasts to the instant that it tells and no longer, and that the standing
// eligibility of its contact says what single questions say and, taken on from
// deadline to deadline, is the one that is made from the start.

func (c *check) lasts(t *testing.T, v *rules.Verdict) {
	t.Helper()
	if !v.Applicable {
		return
	}
	when := local(c.when)
	end := v.Until
	if end == state.Never {
		end = when + 50*365*oneDay
	} else if later := c.verdict(t, end); sameAnswer(v, &later) {
		t.Errorf("%s at %s is the same at its until, %v", c.ask, c.when, end)
	}
	for _, at := range []state.Instant{when + 1, when + (end-when)/2, end - 1} {
		if later := c.verdict(t, at); at < end && !sameAnswer(v, &later) {
			t.Errorf("%s at %s became %s by %v, before its until, %v", c.ask, c.when, describe(&later, true), at, v.Until)
		}
	}
}

func sameAnswer(a, b *rules.Verdict) bool {
	return a.Allowed == b.Allowed && a.AllowedByLaw == b.AllowedByLaw && a.Reason == b.Reason && a.Basis == b.Basis && slices.Equal(a.Families, b.Families)
}

// onward is one Decider that meets all contacts of all tables, one after the
// other, and must not remember any.
var onward struct {
	rules.Decider
	rules.Decision
}

func (c *check) stands(t *testing.T) {
	t.Helper()
	policy, contact, now := c.policyOf(), c.contactOf(), local(c.when)
	known := c.knownAt(now)
	asEachRowIsAsked(t, policy, &contact, now, known)
	d := &onward
	d.Standing(policy, controller, &contact, now, known, &d.Decision)
	for range 4 {
		fresh := rules.Standing(policy, controller, &contact, now, known)
		if !sameDecision(&fresh, &d.Decision) {
			t.Errorf("taken on to %v:\n%+v\nmade then:\n%+v", now, d.Decision, fresh)
			return
		}
		if fresh.Next == state.Never {
			return
		}
		before := rules.Standing(policy, controller, &contact, fresh.Next-1, known)
		then := rules.Standing(policy, controller, &contact, fresh.Next, known)
		if !sameToReaders(&fresh, &before) || sameToReaders(&fresh, &then) {
			t.Errorf("at %v it tells that it changes next at %v", now, fresh.Next)
		}
		now = fresh.Next
		d.Advance(now, known, &d.Decision)
	}
}

// asEachRowIsAsked compares the rows by e-mail, which no hours bind, with single
// questions, which are asked again at each instant at which they may differ.
func asEachRowIsAsked(t *testing.T, policy *rules.Policy, contact *state.Contact, now, known state.Instant) {
	t.Helper()
	d := rules.Standing(policy, controller, contact, now, known)
	for i := range d.Verdicts {
		row := &d.Verdicts[i]
		if row.Channel != state.ChannelEmail {
			continue
		}
		asked := rules.Decide(policy, controller, contact, now, known, rules.Question{Kind: row.Kind, Channel: row.Channel, Address: row.Address, Brand: row.Brand})
		if !sameAnswer(row, &asked) || asked.Until != row.Until || !slices.Equal(asked.Evidence, row.Evidence) {
			t.Errorf("row %+v, asked %+v", *row, asked)
		}
	}
}

func sameDecision(a, b *rules.Decision) bool {
	return a.PolicyVersion == b.PolicyVersion && a.Next == b.Next && a.Retention == b.Retention && slices.EqualFunc(a.Verdicts, b.Verdicts, sameRow)
}

// sameToReaders compares what a decision tells but for when it changes.
func sameToReaders(a, b *rules.Decision) bool {
	return a.PolicyVersion == b.PolicyVersion && a.Retention == b.Retention && slices.Equal(matrix(a), matrix(b))
}

func sameRow(a, b rules.Verdict) bool {
	if len(a.Families) == 0 && len(b.Families) == 0 {
		a.Families, b.Families = nil, nil
	}
	return reflect.DeepEqual(a, b)
}
