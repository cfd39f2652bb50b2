package rules_test

import (
	"testing"

	"consentstream/state"
	"consentstream/state/rules"
)

// scant makes a contact that keeps little beside its newest facts.
func scant(given []state.Fact) state.Contact {
	c := state.NewContact()
	c.Compacted, c.Saturated, c.Level = true, true, state.MaxLevel-1
	for _, f := range given {
		c.Add(f)
	}
	return c
}

func TestWhatADecisionAboutAScantContactStandsUnder(t *testing.T) {
	gone := unsubscribed("2026-01-20T10:00", state.UnsubscribeObjection, state.MethodLetter)
	wiped := unsubscribed("2026-01-02T10:00", state.UnsubscribeErasure, state.MethodOther)
	account := func(when string) state.Fact { return signed(when, state.SignupAccountCreated) }
	yes := func(when string) state.Fact { return said(when, state.AllChannels, state.AllMarketing) }
	served := facts(order("2026-01-10T10:00", "O1"), told("2026-01-10T10:05"), gone)
	more, click := order("2026-02-10T10:00", "O2"), clicked("2026-02-10T10:00", state.MessagePromotional)
	theirs := but(more, func(f *state.Fact) { f.Purchase.CollectedBy = state.CollectedMarketplace })
	cases := []struct {
		says   string
		given  []state.Fact
		fact   state.Fact
		out    bool
		stands bool
	}{
		{"an order in place of one, of a client", client0(), more, true, false},
		{"an order in place of one, of a client who objected", served, more, true, true},
		{"an order at a marketplace in place of something", served, theirs, true, false},
		{"an order at a marketplace", served, theirs, false, true},
		{"an order in place of one, after an old consent", facts(yes("2025-01-10T10:00"), client0(), gone), more, true, false},
		{"an order in place of one, after an old objection", facts(refused("2025-01-10T10:00", state.AllChannels, 0, 0), order("2026-01-10T10:00", "O1"), gone), more, true, true},
		{"an order in place of one, after an old notice", facts(told("2025-01-10T10:00"), order("2026-01-10T10:00", "O1"), gone), more, true, false},
		{"an order in place of one, after an old account", facts(account("2025-01-10T10:00"), served), more, true, true},
		{"an order in place of one, after an erasure", facts(wiped, served), more, true, true},
		{"an account in place of something", served, account("2026-02-10T10:00"), true, false},
		{"an account", served, account("2026-02-10T10:00"), false, true},
		{"a delivery to a client", client0(), purchased("2026-02-10T10:00", state.PurchaseDelivered, "O1"), false, true},
		{"a delivery, after an old consent", facts(yes("2025-01-10T10:00"), account("2026-01-10T10:00")), purchased("2026-02-10T10:00", state.PurchaseDelivered, "O1"), false, true},
		{"a review asked, after an old consent", facts(yes("2025-01-10T10:00"), account("2026-01-10T10:00")), wasSent("2026-02-10T10:00", state.ChannelEmail, state.MessageReviewRequest), false, true},
		{"a click, after an account", facts(account("2026-01-10T10:00"), yes("2026-01-11T10:00")), click, false, true},
		{"a click, after a consent", facts(yes("2026-01-10T10:00"), account("2026-01-11T10:00")), click, false, false},
		{"a click, after a consent alone", facts(yes("2026-01-10T10:00")), click, false, false},
		{"a click, 363 days after an account", facts(account("2025-02-12T10:00")), click, false, false},
		{"a click, less than 363 days after an account", facts(account("2025-02-12T10:01")), click, false, true},
		{"a click, after an account known by the day", facts(byDay(account("2026-01-10T10:00")), yes("2026-01-20T10:00")), click, false, false},
		{"a delivery in place of something", served, purchased("2026-02-10T10:00", state.PurchaseDelivered, "O1"), true, false},
		{"an attendance, after an old order", facts(order("2025-01-10T10:00", "O0"), account("2026-01-10T10:00")), purchased("2026-02-10T10:00", state.PurchaseAttended, ""), false, false},
		{"an attendance, after an account", facts(account("2026-01-10T10:00")), purchased("2026-02-10T10:00", state.PurchaseAttended, ""), false, true},
		{"an attendance, after an old consent", facts(yes("2025-01-10T10:00"), account("2026-01-10T10:00")), purchased("2026-02-10T10:00", state.PurchaseAttended, ""), false, false},
	}
	for _, c := range cases {
		t.Run(c.says, func(t *testing.T) {
			policy := rules.Default()
			before := scant(numbered(c.given))
			decided(policy, &before, local("2026-02-10T09:59"))
			c.fact.ID, c.fact.Since, c.fact.RecordedAt = "it", c.fact.OccurredAt, local("2026-02-10T10:00")
			after := scant(append(numbered(c.given), c.fact))
			after.Published = before.Published
			if _, got := rules.Stands(policy, controller, &after, &c.fact, c.fact.RecordedAt, c.out); got != c.stands {
				t.Errorf("stands: %v", got)
			}
		})
	}
}

// The click that kept the clock running gives way to the next, which comes too
// late after what opened the epoch. That must be decided anew.
func TestAScantContactMayEndByOneMoreClick(t *testing.T) {
	given := numbered(facts(said("2023-06-10T10:00", state.AllChannels, state.AllMarketing), clicked("2026-01-10T10:00", state.MessagePromotional)))
	c := scant(given)
	at, policy := local("2026-07-10T10:00"), rules.Default()
	decided(policy, &c, local("2026-02-10T10:00"))
	before := rules.Standing(policy, controller, &c, at, latest)
	click := clicked("2026-07-10T10:00", state.MessagePromotional)
	click.ID, click.RecordedAt = "it", at
	c.Add(click)
	after := rules.Standing(policy, controller, &c, at, latest)
	if before.Retention.ExpiresAt <= after.Retention.ExpiresAt {
		t.Fatalf("it ends at %v, and at %v before: the click took nobody's place", after.Retention.ExpiresAt, before.Retention.ExpiresAt)
	}
	if _, stands := rules.Stands(policy, controller, &c, &click, at, false); stands {
		t.Error("it stands")
	}
}

// An attendance at which the person was told something takes the place of a sale.
// An order that is no contact with the controller pushes it out, and the clock ends
// by when the contact before it says.
func TestAScantContactMayEndByOneMoreOrder(t *testing.T) {
	attended := but(purchased("2026-03-10T10:00", state.PurchaseAttended, ""), func(f *state.Fact) { f.Purchase.Notice = usualNotice() })
	gone := unsubscribed("2026-03-20T10:00", state.UnsubscribeObjection, state.MethodLetter)
	c := scant(numbered(facts(signed("2026-01-10T10:00", state.SignupAccountCreated), attended, gone)))
	at, policy := local("2026-07-10T10:00"), rules.Default()
	policy.Versions[0].Settings.AttendanceCountsAsContact = true
	decided(policy, &c, local("2026-06-10T10:00"))
	before := rules.Standing(policy, controller, &c, at, latest)
	more := but(order("2026-07-10T10:00", "O2"), func(f *state.Fact) { f.Purchase.CollectedBy = state.CollectedMarketplace })
	more.ID, more.RecordedAt = "it", at
	outcome := c.Add(more)
	after := rules.Standing(policy, controller, &c, at, latest)
	if before.Retention.ExpiresAt <= after.Retention.ExpiresAt {
		t.Fatalf("it ends at %v, and at %v before: the order took nobody's place", after.Retention.ExpiresAt, before.Retention.ExpiresAt)
	}
	if _, stands := rules.Stands(policy, controller, &c, &more, at, outcome.PushedOut); stands {
		t.Error("it stands")
	}
}
