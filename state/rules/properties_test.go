package rules_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"consentstream/state"
	"consentstream/state/rules"
)

const controller = "default"

// shown is what a published row says, without until.
type shown struct {
	Kind         state.MessageKind
	Channel      state.Channel
	Address      string
	Brand        string
	Allowed      bool
	AllowedByLaw bool
	Basis        state.Basis
	Reason       state.Reason
	Families     string
}

func show(v *rules.Verdict) shown {
	s := shown{v.Kind, v.Channel, v.Address, v.Brand, v.Allowed, v.AllowedByLaw, v.Basis, v.Reason, ""}
	for _, f := range v.Families {
		s.Families += f + " "
	}
	return s
}

func matrix(d *rules.Decision) []shown {
	all := make([]shown, len(d.Verdicts))
	for i := range d.Verdicts {
		all[i] = show(&d.Verdicts[i])
	}
	return all
}

// latest is an instant of knowledge after everything that is drawn.
var latest = at("2040-01-01T00:00:00Z")

// "It also returns the next instant at which any part of it changes."
func TestStandingIsConstantUntilNext(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, p, now := contactOf(drawHistory(t, 10)), drawPolicy(t), drawInstant(t)
		decision := rules.Standing(p, controller, &c, now, latest)
		if decision.Next <= now {
			t.Fatalf("next %v is not after %v", decision.Next, now)
		}
		for _, later := range between(t, now, decision.Next) {
			other := rules.Standing(p, controller, &c, later, latest)
			if diff := cmp.Diff(matrix(&decision), matrix(&other)); diff != "" || decision.PolicyVersion != other.PolicyVersion {
				t.Fatalf("changed at %v before next %v:\n%s", later, decision.Next, diff)
			}
			if decision.Retention != other.Retention {
				t.Fatalf("the clock changed at %v before next %v: %+v, %+v", later, decision.Next, decision.Retention, other.Retention)
			}
		}
	})
}

// between draws instants in [from, to).
func between(t *rapid.T, from, to state.Instant) []state.Instant {
	if to > latest {
		to = latest
	}
	list := []state.Instant{from + 1, to - 1}
	for range 3 {
		list = append(list, from+state.Instant(rapid.Int64Range(0, int64(to-from-1)).Draw(t, "between")))
	}
	return slices.DeleteFunc(list, func(i state.Instant) bool { return i < from || i >= to })
}

// "until: first later instant at which this verdict changes with no new fact."
func TestEachRowChangesAtItsUntil(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, p, now := contactOf(drawHistory(t, 10)), drawPolicy(t), drawInstant(t)
		decision := rules.Standing(p, controller, &c, now, latest)
		rows := slices.Clone(decision.Verdicts)
		for i := range rows {
			row := &rows[i]
			for _, later := range between(t, now, row.Until) {
				if v := ask(p, &c, later, row); show(&v) != show(row) {
					t.Fatalf("%v: %+v became %+v before its until %v", later, show(row), show(&v), row.Until)
				}
			}
			if row.Until == state.Never {
				continue
			}
			if v := ask(p, &c, row.Until, row); show(&v) == show(row) {
				t.Fatalf("%+v is the same at its until %v", show(row), row.Until)
			}
		}
	})
}

// ask puts the question of a row at another instant: without the hours and the
// number of calls, which only the hand-off knows, as a row of the standing.
func ask(p *rules.Policy, c *state.Contact, at state.Instant, row *rules.Verdict) rules.Verdict {
	d := rules.Standing(p, controller, c, at, latest)
	if row.Brand != "" {
		found := row.Brand
		for i := range d.Verdicts {
			if v := &d.Verdicts[i]; v.Kind == row.Kind && v.Channel == row.Channel && v.Address == row.Address && v.Brand == found {
				return *v
			}
		}
	}
	for i := range d.Verdicts {
		if v := &d.Verdicts[i]; v.Kind == row.Kind && v.Channel == row.Channel && v.Address == row.Address && v.Brand == "" {
			same := *v
			same.Brand = row.Brand
			return same
		}
	}
	return rules.Verdict{}
}

// R5: "Policy may only narrow."
func TestAllowedIsAllowedByLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, p, now := contactOf(drawHistory(t, 10)), drawPolicy(t), drawInstant(t)
		decision := rules.Standing(p, controller, &c, now, latest)
		for i := range decision.Verdicts {
			v := &decision.Verdicts[i]
			if v.Allowed && !v.AllowedByLaw {
				t.Fatalf("%+v is allowed against the law", show(v))
			}
			if !v.AllowedByLaw && v.Basis != state.BasisNone {
				t.Fatalf("%+v has a basis and is not lawful", show(v))
			}
			if v.Reason == state.ReasonNone || len(v.Rules) == 0 {
				t.Fatalf("%+v gives no reason or no rules", show(v))
			}
		}
	})
}

// R1, R2: the order of arrival and duplicates change nothing.
func TestOrderAndDuplicatesChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts, p, now := drawHistory(t, 8), drawPolicy(t), drawInstant(t)
		c := contactOf(facts)
		shuffled := rapid.Permutation(append(slices.Clone(facts), facts...)).Draw(t, "order")
		other := contactOf(shuffled)
		a, b := rules.Standing(p, controller, &c, now, latest), rules.Standing(p, controller, &other, now, latest)
		if diff := cmp.Diff(matrix(&a), matrix(&b)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// R32: "no time limit, not weakened by age, sale, contract, or end of a
// retention period". Until a yes that is later than the objection nothing that
// advertises is allowed.
func TestAnObjectionPermitsNothingUntilALaterYes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, now := rules.Default(), drawInstant(t)
		facts := drawHistory(t, 10)
		objection := state.Fact{
			ID: "objection", Topic: state.TopicUnsubscribes, OccurredAt: drawInstant(t),
			Unsubscribe: &state.Unsubscribe{Kind: state.UnsubscribeObjection, Method: state.MethodLetter, PurgedBefore: state.Unset},
		}
		objection.Since, objection.RecordedAt = objection.OccurredAt, objection.OccurredAt
		c := contactOf(append(facts, objection))
		if now < objection.OccurredAt || saidYesAfter(facts, objection.OccurredAt) {
			t.Skip("not objected yet, or lifted")
		}
		decision := rules.Standing(p, controller, &c, now, latest)
		for i := range decision.Verdicts {
			if v := &decision.Verdicts[i]; v.Allowed && v.Kind != state.MessageService {
				t.Fatalf("allowed after an objection to everything: %+v", show(v))
			}
		}
	})
}

func saidYesAfter(facts []state.Fact, after state.Instant) bool {
	return slices.ContainsFunc(facts, func(f state.Fact) bool {
		return f.Signup != nil && f.OccurredAt > after &&
			slices.ContainsFunc(f.Signup.Answers, func(a state.Answer) bool { return a.Value == state.AnswerYes })
	})
}

// A further negative never allows anything, but for the confirmation of an
// unsubscribe, for asking again when the proof of a consent is lost, and for
// what follows from a wipe: after it a clock starts anew.
func TestANegativeAllowsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts, p, now := drawHistory(t, 10), drawPolicy(t), drawInstant(t)
		negative := drawFact(t)
		negative.ID = "negative"
		negative.Purchase, negative.Click, negative.Signup, negative.Internal = nil, nil, nil, nil
		negative.Address = one(t, "where", "", "a1")
		negative.Topic, negative.Unsubscribe = state.TopicUnsubscribes, drawUnsubscribe(t)
		if k := negative.Unsubscribe.Kind; k == state.UnsubscribePurged || k == state.UnsubscribeErasure {
			t.Skip("a wipe")
		}
		p.Versions[0].Settings.SuppressionTTLYears = 0
		p.Versions[len(p.Versions)-1].Settings.SuppressionTTLYears = 0
		before, after := contactOf(append(facts, named("a1"))), contactOf(append(facts, named("a1"), negative))
		denied := map[shown]bool{}
		a := rules.Standing(p, controller, &before, now, latest)
		for i := range a.Verdicts {
			denied[row(&a.Verdicts[i])] = !a.Verdicts[i].Allowed
		}
		b := rules.Standing(p, controller, &after, now, latest)
		for i := range b.Verdicts {
			v := &b.Verdicts[i]
			askAgain := v.Kind == state.MessageOptInBlock && negative.Unsubscribe.Kind == state.UnsubscribeProofLost
			if v.Allowed && denied[row(v)] && v.Kind != state.MessageUnsubscribeConfirmation && !askAgain {
				t.Fatalf("a negative allows %+v", show(v))
			}
		}
	})
}

// named is a fact that only names an address, so that a negative does not.
func named(address string) state.Fact {
	return state.Fact{ID: "named " + address, Topic: state.TopicClicks, Address: address, OccurredAt: start, Since: start, RecordedAt: start,
		Click: &state.Click{Kind: state.ClickVisit}}
}

func row(v *rules.Verdict) shown {
	return shown{Kind: v.Kind, Channel: v.Channel, Address: v.Address, Brand: v.Brand}
}

// What a company narrows leaves the verdict of the law alone.
func TestCompanyPolicyLeavesTheLawAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, now := contactOf(drawHistory(t, 10)), drawInstant(t)
		usual, narrow := rules.Default(), rules.Default()
		s := &narrow.Versions[0].Settings
		s.SoftOptIn, s.WelcomeRamp, s.ReviewStrict = rapid.Bool().Draw(t, "soft"), rapid.Bool().Draw(t, "ramp"), rapid.Bool().Draw(t, "review")
		s.SoftOptInWindowMonths = one(t, "months", 0, 6, 12)
		s.ComplaintClosesAllChannels, s.AnyObjectionClosesAll = rapid.Bool().Draw(t, "complaint"), rapid.Bool().Draw(t, "any")
		a, b := rules.Standing(usual, controller, &c, now, latest), rules.Standing(narrow, controller, &c, now, latest)
		for i, j := 0, 0; i < len(a.Verdicts) && j < len(b.Verdicts); i, j = i+1, j+1 {
			x, y := &a.Verdicts[i], &b.Verdicts[j]
			if row(x) != row(y) {
				return // brand rows come and go with what differs
			}
			if x.AllowedByLaw != y.AllowedByLaw || y.Allowed && !x.Allowed {
				t.Fatalf("usual %+v, narrowed %+v", show(x), show(y))
			}
		}
	})
}

// A Decider that is reused answers as a fresh one.
func TestBuffersDoNotLeak(t *testing.T) {
	var reused rules.Decider
	var out rules.Decision
	rapid.Check(t, func(t *rapid.T) {
		c, p, now := contactOf(drawHistory(t, 8)), drawPolicy(t), drawInstant(t)
		reused.Standing(p, controller, &c, now, latest, &out)
		fresh := rules.Standing(p, controller, &c, now, latest)
		if diff := cmp.Diff(fresh, out, cmp.Comparer(func(a, b []string) bool { return slices.Equal(a, b) })); diff != "" {
			t.Fatal(diff)
		}
	})
}

// The point check and the row agree where the hand-off adds nothing.
func TestDecideAgreesWithStanding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, p, now := contactOf(drawHistory(t, 10)), drawPolicy(t), drawInstant(t)
		decision := rules.Standing(p, controller, &c, now, latest)
		for _, v := range decision.Verdicts {
			got := rules.Decide(p, controller, &c, now, latest, rules.Question{Kind: v.Kind, Channel: v.Channel, Address: v.Address, Brand: v.Brand})
			if got.Reason == state.ReasonHours || got.Reason == state.ReasonFrequency430 {
				continue
			}
			if show(&got) != show(&v) || v.Channel == state.ChannelEmail && got.Until != v.Until {
				t.Fatalf("row %+v until %v, check %+v until %v", show(&v), v.Until, show(&got), got.Until)
			}
		}
	})
}
