package rules_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"consentstream/state"
	"consentstream/state/rules"
)

// decided returns what a contact shows at an instant, as the rows that would be
// published, and when the first of it changes by itself.
func decided(p *rules.Policy, c *state.Contact, now state.Instant) state.Instant {
	var d rules.Decider
	var out rules.Decision
	d.Standing(p, controller, c, now, latest, &out)
	c.Published.Steady, c.Published.Rows = d.Steady(), nil
	for i := range out.Verdicts {
		v := &out.Verdicts[i]
		c.Published.Rows = append(c.Published.Rows, state.Row{
			Kind: v.Kind, Channel: v.Channel, Address: v.Address, Brand: v.Brand, Allowed: v.Allowed, AllowedByLaw: v.AllowedByLaw,
			Basis: v.Basis, Reason: v.Reason, Families: slices.Clone(v.Families), Until: v.Until,
		})
	}
	return out.Next
}

// What a decision is said to stand under does not move it, neither at once nor
// before it would have changed anyway; nor do several facts, one after the other.
func TestDecisionsStand(t *testing.T) {
	stood := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		history, p := drawHistory(t, 10), drawPolicy(t)
		now := start
		for i := range history {
			now = max(now, history[i].OccurredAt, history[i].RecordedAt)
		}
		before := contactOf(history)
		now += state.Instant(rapid.IntRange(3, 40).Draw(t, "days after")) * oneDay
		next := decided(p, &before, now)
		after := contactOf(history)
		after.Published = before.Published
		for i := 0; i < 60 && now+hour < next; i++ {
			now += hour
			more := drawNext(t, fmt.Sprint("more", i), now)
			tried := contactOf(append(slices.Clone(after.Facts), more))
			tried.Published = after.Published
			still, stands := rules.Stands(p, controller, &tried, &more, now, false)
			if !stands || len(tried.Uses) != len(before.Uses) {
				continue
			}
			after, after.Published.Steady = tried, still
			stood[kindOf(&more)]++
			later := now + state.Instant(rapid.IntRange(0, 900).Draw(t, "later"))*oneDay
			for _, at := range []state.Instant{now, min(later, next-1)} {
				a, b := rules.Standing(p, controller, &before, at, latest), rules.Standing(p, controller, &after, at, latest)
				sameAndNoShorter(t, &a, &b)
			}
		}
	})
	for _, kind := range []string{"ORDERED", "DELIVERED", "ATTENDED", "CLICK", "SENT", "FORM"} {
		if stood[kind] == 0 {
			t.Errorf("no %s was found to move nothing: %v", kind, stood)
		}
	}
}

// drawNext draws a fact that is recorded at an instant and happened then, as a rule.
func drawNext(t *rapid.T, id string, now state.Instant) state.Fact {
	f := drawFact(t)
	f.ID, f.RecordedAt, f.Precision, f.Brand = id, now, state.PrecisionInstant, ""
	if !chance(t, "late", 4) {
		f.OccurredAt = now
	}
	f.OccurredAt = min(f.OccurredAt, now)
	f.Since = f.OccurredAt
	if f.Purchase != nil {
		f.Purchase.OrderRef = one(t, "order", "O1", "O4", "O4", "O4")
	}
	return f
}

func TestWhatADecisionStandsUnder(t *testing.T) {
	gone := unsubscribed("2026-01-20T10:00", state.UnsubscribeObjection, state.MethodLetter)
	wiped := unsubscribed("2026-01-02T10:00", state.UnsubscribeErasure, state.MethodOther)
	erased := unsubscribed("2026-01-15T10:00", state.UnsubscribeErasure, state.MethodOther)
	delivered := purchased("2026-02-10T10:00", state.PurchaseDelivered, "O1")
	asked := wasSent("2026-02-10T10:00", state.ChannelEmail, state.MessageReviewRequest)
	warned := wasSent("2026-02-10T10:00", state.ChannelEmail, state.MessageDeletionWarning)
	account, more := signed("2026-02-10T10:00", state.SignupAccountCreated), order("2026-02-10T10:00", "O2")
	book := but(more, func(f *state.Fact) { f.Purchase.Family = "book" })
	game := but(order("2026-01-10T10:00", "O1"), func(f *state.Fact) { f.Purchase.Family = "game" })
	notice := told("2026-02-10T10:00")
	typed := func(k state.ContactType) state.Fact {
		return but(account, func(f *state.Fact) { f.Signup.ContactType = k })
	}
	elsewhere := but(at0(gone, "a2"), func(f *state.Fact) { f.Forwarded = true })
	cases := []struct {
		says   string
		given  []state.Fact
		fact   state.Fact
		out    bool
		policy func(*rules.Settings)
		stands bool
	}{
		{"an order of a client", client0(), more, false, nil, true},
		{"an order of another family", client0(), book, false, nil, false},
		{"an order of a family that is analogous", client0(), book, false, func(s *rules.Settings) { s.AnalogousFamilies = map[string][]string{"main": {"book"}} }, true},
		{"an order that brings an analogous family", client0(), more, false, func(s *rules.Settings) { s.AnalogousFamilies = map[string][]string{"book": {"main"}} }, true},
		{"an order of a client who objected", facts(client0(), gone), book, false, nil, true},
		{"an order that pushes one out", client0(), more, true, nil, false},
		{"an order that pushes one out, of a client who objected", facts(client0(), gone), more, true, nil, true},
		{"an order of somebody who was told nothing", facts(order("2026-01-10T10:00", "O1")), more, false, nil, true},
		{"an order of somebody who never ordered", facts(signed("2026-01-10T10:00", state.SignupAccountCreated)), more, false, nil, false},
		{"an order of somebody who said yes to all and never ordered", facts(signed("2026-01-10T10:00", state.SignupAccountCreated), said("2026-01-10T10:05", state.AllChannels, state.AllMarketing)), more, false, nil, false},
		{"an order of a client, under a window that is over", client0(), more, false, func(s *rules.Settings) { s.SoftOptInWindowMonths = 1 }, false},
		{"an order of a client, under a window", client0(), more, false, func(s *rules.Settings) { s.SoftOptInWindowMonths = 2 }, true},
		{"an order known by the day", client0(), byDay(more), false, nil, false},
		{"an order from before the last", client0(), but(more, func(f *state.Fact) { f.OccurredAt = local("2026-01-10T09:59") }), false, nil, false},
		{"an order at the instant of the last", client0(), but(more, func(f *state.Fact) { f.OccurredAt = local("2026-01-10T10:00") }), false, nil, false},
		{"an order with a notice of somebody who was told less", client0(), but(more, func(f *state.Fact) { f.Purchase.Notice = usualNotice() }), false, nil, false},
		{"an order of somebody who was told since the last", facts(client0(), told("2026-02-01T10:00")), more, false, nil, false},
		{"an order of somebody who was told since the last, elsewhere", facts(at0(order("2026-01-10T10:00", "O1"), "a1"), at0(told("2026-02-01T10:00"), "a2"), elsewhere), at0(more, "a1"), false, nil, true},
		{"an order of the family that somebody was told about", facts(noticing(told("2026-01-10T09:55"), func(n *state.Notice) { n.Families = []string{"book"} }), order("2026-01-10T10:00", "O1")), book, false, nil, false},
		{"an order with a notice", facts(gone, client0()), but(more, func(f *state.Fact) { f.Purchase.Notice = usualNotice() }), false, nil, true},
		{"an order with a notice about an order", client0(), but(more, func(f *state.Fact) { f.Purchase.Notice = usualNotice(); f.Purchase.Notice.OrderRef = "O1" }), false, nil, false},
		{"an order that comes through an address", client0(), but(more, func(f *state.Fact) { f.Forwarded = true }), false, nil, false},
		{"an order with a notice about an order, of a client who objected", facts(gone, client0()), but(more, func(f *state.Fact) { f.Purchase.Notice = usualNotice(); f.Purchase.Notice.OrderRef = "O1" }), false, nil, false},
		{"an order of another family where all families are covered", client0(), book, false, func(s *rules.Settings) { s.AnalogousFamilies = map[string][]string{"main": {"*"}} }, true},
		{"an order of a family whose analogous one is covered", client0(), more, false, func(s *rules.Settings) { s.AnalogousFamilies = map[string][]string{"main": {"book"}} }, true},
		{"an order of a family whose analogous one is not covered", facts(told("2026-01-10T09:55"), game), more, false,
			func(s *rules.Settings) { s.AnalogousFamilies = map[string][]string{"game": {"main"}, "main": {"book"}} }, false},
		{"an order an hour after a click", facts(client0(), clicked("2026-02-10T09:00", state.MessagePromotional)), more, false, nil, true},
		{"an order two days after one that is known by the day", facts(client0(), byDay(order("2026-02-08T10:00", "O3"))), more, false, nil, false},
		{"an order more than two days after one that is known by the day", facts(client0(), byDay(order("2026-02-08T09:59", "O3"))), more, false, nil, true},
		{"an attendance of another family", client0(), but(book, func(f *state.Fact) { f.Purchase.Kind = state.PurchaseAttended }), false, nil, true},
		{"a cancellation", facts(client0(), gone), purchased("2026-02-10T10:00", state.PurchaseCancelled, "O1"), false, nil, false},
		{"an order of a client from after an erasure", facts(wiped, client0(), gone), more, false, nil, true},
		{"an order where an erasure left one to be performed", facts(client0(), erased, gone), more, false, nil, false},
		{"a delivery to a client", client0(), delivered, false, nil, false},
		{"a delivery to somebody who objected", facts(client0(), gone), delivered, false, nil, true},
		{"a delivery to somebody who objected, ordered after an erasure", facts(client0(), wiped, gone), delivered, false, nil, true},
		{"a delivery to somebody who objected, ordered before an erasure", facts(client0(), erased, gone), delivered, false, nil, false},
		{"a review asked of a client", facts(client0(), purchased("2026-02-01T10:00", state.PurchaseDelivered, "O1")), asked, false, nil, false},
		{"a review asked of somebody who objected", facts(client0(), gone), asked, false, nil, true},
		{"a warning", client0(), warned, false, nil, true},
		{"a warning where one is due", facts(order("2023-02-20T10:00", "O1"), told("2023-02-20T09:00")), warned, false, nil, false},
		{"a click", client0(), clicked("2026-02-10T10:00", state.MessagePromotional), false, nil, true},
		{"a click near the end", facts(order("2023-02-20T10:00", "O1")), clicked("2026-02-10T10:00", state.MessagePromotional), false, nil, false},
		{"a click of nobody who is known", nil, clicked("2026-02-10T10:00", state.MessagePromotional), false, nil, false},
		{"a click of somebody who only refused, before the reform", facts(refused("2026-01-10T10:00", state.ChannelsOf(state.ChannelEmail), 0, 0)), clicked("2026-02-10T10:00", state.MessagePromotional), false, nil, false},
		{"a click of somebody whose contract runs", facts(contract("2020-01-10T10:00", "K1", "main")), clicked("2026-02-10T10:00", state.MessagePromotional), false, nil, true},
		{"an account of a client", client0(), account, false, nil, true},
		{"an inquiry of a client", client0(), signed("2026-02-10T10:00", state.SignupInquiry), false, nil, true},
		{"an alert for a client", client0(), signed("2026-02-10T10:00", state.SignupAlertRequested), false, nil, true},
		{"a collection of a client's address", client0(), signed("2026-02-10T10:00", state.SignupCollected), false, nil, true},
		{"a loyalty card of a client", client0(), signed("2026-02-10T10:00", state.SignupLoyaltyJoined), false, nil, true},
		{"an account of somebody who is owed nothing", facts(clicked("2026-01-10T10:00", state.MessagePromotional)), account, false, nil, false},
		{"an account of a client who says to be a consumer", client0(), typed(state.ContactConsumer), false, nil, true},
		{"an account of a client who says to be a business", client0(), typed(state.ContactB2BNamed), false, nil, false},
		{"an account of a business that says to be a consumer", facts(client0(), but(typed(state.ContactB2BNamed), func(f *state.Fact) { f.OccurredAt = local("2026-01-11T10:00") })), typed(state.ContactConsumer), false, nil, false},
		{"a notice to a client", client0(), notice, false, nil, true},
		{"a notice to a business", facts(client0(), but(typed(state.ContactB2BNamed), func(f *state.Fact) { f.OccurredAt = local("2026-01-11T10:00") })), notice, false, nil, false},
		{"a change of address", client0(), signed("2026-02-10T10:00", state.SignupAddressChanged), false, nil, false},
		{"a yes", client0(), said("2026-02-10T10:00", state.AllChannels, state.AllMarketing), false, nil, false},
		{"a no", client0(), refused("2026-02-10T10:00", state.AllChannels, 0, 0), false, nil, false},
		{"an objection", client0(), unsubscribed("2026-02-10T10:00", state.UnsubscribeObjection, state.MethodLink), false, nil, false},
	}
	for _, c := range cases {
		t.Run(c.says, func(t *testing.T) {
			policy := rules.Default()
			if c.policy != nil {
				c.policy(&policy.Versions[0].Settings)
			}
			before := contactOf(numbered(c.given))
			decided(policy, &before, local("2026-02-10T09:59"))
			c.fact.ID, c.fact.Since, c.fact.RecordedAt = "it", c.fact.OccurredAt, local("2026-02-10T10:00")
			after := contactOf(append(numbered(c.given), c.fact))
			after.Published = before.Published
			if _, got := rules.Stands(policy, controller, &after, &c.fact, c.fact.RecordedAt, c.out); got != c.stands {
				t.Errorf("stands: %v", got)
			}
		})
	}
}

func sameAndNoShorter(t *rapid.T, a, b *rules.Decision) {
	t.Helper()
	for i := range min(len(a.Verdicts), len(b.Verdicts)) {
		if x, y := &a.Verdicts[i], &b.Verdicts[i]; y.Until < x.Until {
			t.Errorf("%v %v ends at %v, and at %v before", x.Channel, x.Kind, y.Until, x.Until)
		}
	}
	if diff := gocmp.Diff(matrix(a), matrix(b)); diff != "" {
		t.Errorf("it moved\n%s", diff)
	}
	if b.Retention.ExpiresAt < a.Retention.ExpiresAt || b.Next < a.Next {
		t.Errorf("the clock ran to %v and now to %v, next %v and now %v", a.Retention.ExpiresAt, b.Retention.ExpiresAt, a.Next, b.Next)
	}
}

func kindOf(f *state.Fact) string {
	switch {
	case f.Purchase != nil:
		return f.Purchase.Kind.String()
	case f.Click != nil:
		return f.Click.Kind.String()
	case f.Signup != nil:
		return f.Signup.Kind.String()
	}
	return cmp.Or(fmt.Sprint(f.Topic), "?")
}

// Whoever was told something since the last sale may be a client with the next.
func TestADecisionIsNotSteadyOnceMoreWasTold(t *testing.T) {
	const sales = state.SteadyUnderSale | state.SteadyUnderToldSale
	inSale := but(order("2026-02-10T10:00", "O2"), func(f *state.Fact) { f.Purchase.Notice = usualNotice() })
	for _, c := range []struct {
		says string
		fact state.Fact
		want state.Steady
	}{
		{"a notice", told("2026-02-10T10:00"), 0},
		{"a notice in an order", inSale, 0},
		{"an order", order("2026-02-10T10:00", "O2"), sales},
		{"an account", signed("2026-02-10T10:00", state.SignupAccountCreated), sales},
	} {
		given := facts(client0(), unsubscribed("2026-01-20T10:00", state.UnsubscribeObjection, state.MethodLetter))
		contact := contactOf(append(numbered(given), c.fact))
		contact.Published.Steady = state.SteadyUnderAll
		if still, stands := rules.Stands(rules.Default(), controller, &contact, &c.fact, c.fact.RecordedAt, false); !stands || still&sales != c.want {
			t.Errorf("%s: stands %v, steady under %b", c.says, stands, still)
		}
	}
}

// Of two facts of one instant none is the newest, also where there are no others.
func TestOfOneInstantNoFactIsTheNewest(t *testing.T) {
	more := order("2026-02-10T10:00", "O2")
	more.ID = "it"
	for _, minute := range []string{"2026-02-10T09:59", "2026-02-10T10:00"} {
		contact := contactOf(append(numbered(facts(order(minute, "O1"))), more))
		contact.Published.Steady = state.SteadyUnderAll
		if _, stands := rules.Stands(rules.Default(), controller, &contact, &more, more.RecordedAt, false); stands != (minute < "2026-02-10T10:00") {
			t.Errorf("behind one of %s: stands %v", minute, stands)
		}
	}
}

// A fact that is not over yet, and facts merged up to later, tell of nothing before.
func TestAFactOfLaterIsNotPassedOver(t *testing.T) {
	at := local("2026-02-10T10:00")
	for _, c := range []struct {
		says                        string
		occurred, recorded, horizon state.Instant
		stands                      bool
	}{
		{"all at the instant", at, at, at, true},
		{"it happens later", at + 1, at, at, false},
		{"it is recorded later", at, at + 1, at, false},
		{"facts were merged up to later", at, at, at + 1, false},
	} {
		fact := order("2026-02-10T10:00", "O2")
		fact.ID, fact.OccurredAt, fact.Since, fact.RecordedAt = "it", c.occurred, c.occurred, c.recorded
		contact := contactOf(append(numbered(client0()), fact))
		contact.Published.Steady, contact.Horizon = state.SteadyUnderAll, c.horizon
		if _, stands := rules.Stands(rules.Default(), controller, &contact, &fact, at, false); stands != c.stands {
			t.Errorf("%s: stands %v", c.says, stands)
		}
	}
}

// Of a contact whose clock rests on the newest contacts alone, one more may end
// it earlier; what is no contact may not.
func TestWhatMayResetAClockThatKnowsLittle(t *testing.T) {
	const scant = 5 // state.Contact.Level
	for _, c := range []struct {
		says   string
		fact   state.Fact
		stands bool
	}{
		{"an order", order("2026-02-10T10:00", "O2"), false},
		{"a delivery", purchased("2026-02-10T10:00", state.PurchaseDelivered, "O1"), true},
		{"a click", clicked("2026-02-10T10:00", state.MessagePromotional), false},
		{"a message", wasSent("2026-02-10T10:00", state.ChannelEmail, state.MessageReviewRequest), true},
		{"an account", signed("2026-02-10T10:00", state.SignupAccountCreated), false},
	} {
		for level, want := range map[int]bool{scant - 1: true, scant: c.stands} {
			contact := contactOf(append(numbered(client0()), c.fact))
			contact.Published.Steady, contact.Level = state.SteadyUnderAll, uint8(level)
			if _, stands := rules.Stands(rules.Default(), controller, &contact, &c.fact, c.fact.RecordedAt, false); stands != want {
				t.Errorf("%s at level %d: stands %v", c.says, level, stands)
			}
		}
	}
}

// What somebody says to be is looked at also where no fact of the contact tells it.
func TestATypeThatWasPushedOutIsLookedAt(t *testing.T) {
	contact := contactOf(numbered(client0()))
	contact.Published.Steady = state.SteadyUnderAll
	fact := but(signed("2026-02-10T10:00", state.SignupAccountCreated), func(f *state.Fact) { f.Signup.ContactType = state.ContactB2BNamed })
	if _, stands := rules.Stands(rules.Default(), controller, &contact, &fact, fact.RecordedAt, true); stands {
		t.Error("a business is taken for a consumer")
	}
}

// Once the window of warning is open, a contact moves more than the clock.
func TestADecisionIsSteadyUnderContactUntilTheWarning(t *testing.T) {
	contact := contactOf(numbered(client0()))
	at := local("2026-02-01T10:00")
	standing := rules.Standing(rules.Default(), controller, &contact, at, latest)
	warns := standing.Retention.WarnAt
	for now, want := range map[state.Instant]bool{at: true, warns - 1: true, warns: false, standing.Retention.ExpiresAt - 1: false} {
		var d rules.Decider
		var out rules.Decision
		d.Standing(rules.Default(), controller, &contact, now, latest, &out)
		if got := d.Steady()&state.SteadyUnderContact != 0; got != want {
			t.Errorf("at %v: %v", now, got)
		}
	}
}

// Where something is not seen yet, or merged, nothing is said of what comes.
func TestADecisionThatDoesNotSeeAllIsSteadyUnderNothing(t *testing.T) {
	now := local("2026-02-01T10:00")
	for _, c := range []struct {
		says   string
		change func(*state.Contact)
		steady bool
	}{
		{"all is seen", func(*state.Contact) {}, true},
		{"a fact is recorded later", func(c *state.Contact) { c.Facts[0].RecordedAt = now + 1 }, false},
		{"facts were merged up to then", func(c *state.Contact) { c.Horizon = now }, true},
		{"facts were merged later", func(c *state.Contact) { c.Horizon = now + 1 }, false},
	} {
		contact := contactOf(numbered(client0()))
		c.change(&contact)
		var d rules.Decider
		var out rules.Decision
		d.Standing(rules.Default(), controller, &contact, now, now, &out)
		if got := d.Steady() != 0; got != c.steady {
			t.Errorf("%s: steady %v", c.says, got)
		}
	}
}
