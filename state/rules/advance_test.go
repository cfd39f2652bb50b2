package rules_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"consentstream/state"
	"consentstream/state/rules"
)

// A decision that is taken on from instant to instant is, to the last piece of
// evidence, the one that is made from the start: on each deadline, just before
// and after, anywhere, over versions of the policy, and when facts come to light.
func TestAdvanceIsStanding(t *testing.T) {
	var advancing, fresh rules.Decider
	var got, want rules.Decision
	rapid.Check(t, func(t *rapid.T) {
		c, p, now := contactOf(drawHistory(t, 10)), drawPolicy(t), drawInstant(t)
		if rapid.Bool().Draw(t, "merged") {
			c.Horizon = drawInstant(t)
		}
		known := one(t, "known", latest, now)
		advancing.Standing(p, controller, &c, now, known, &got)
		for range 12 {
			now = later(t, now, &got)
			if known != latest {
				known = max(known, now+one(t, "ahead", 0, oneDay))
			}
			advancing.Advance(now, known, &got)
			fresh.Standing(p, controller, &c, now, known, &want)
			if diff := cmp.Diff(want, got, sameList); diff != "" {
				t.Fatalf("at %v known %v:\n%s", now, known, diff)
			}
		}
	})
}

var sameList = cmp.Comparer(func(a, b []string) bool { return slices.Equal(a, b) })

// later draws where to go on to: an instant at which something may change, or any.
func later(t *rapid.T, now state.Instant, d *rules.Decision) state.Instant {
	edge := d.Next
	if rapid.Bool().Draw(t, "row") {
		edge = d.Verdicts[rapid.IntRange(0, len(d.Verdicts)-1).Draw(t, "which")].Until
	}
	if edge >= latest || rapid.IntRange(0, 3).Draw(t, "any") == 0 {
		edge = now + state.Instant(rapid.Int64Range(0, int64(400*oneDay)).Draw(t, "on"))
	}
	return max(now, edge+one[state.Instant](t, "beside", -1, 0, 0, 1))
}

// A question in between, or another contact, does not reach the decision.
func TestAdvanceAfterOtherQuestions(t *testing.T) {
	contact, now := contactOf(numbered(client0())), local("2026-02-02T10:00")
	end := local("2029-01-10T00:00")
	var d rules.Decider
	var got rules.Decision
	d.Standing(rules.Default(), controller, &contact, now, latest, &got)
	d.Decide(rules.Default(), controller, &contact, end, latest, question(t, "EMAIL PROMOTIONAL"))
	d.Advance(now+oneDay, latest, &got)
	want := rules.Standing(rules.Default(), controller, &contact, now+oneDay, latest)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
