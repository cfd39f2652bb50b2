package rules_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"consentstream/state"
	"consentstream/state/rules"
)

// What is said to move nothing moves nothing, at any instant.
func TestInertFactsMoveNothing(t *testing.T) {
	said := 0
	rapid.Check(t, func(t *rapid.T) {
		history, p := drawHistory(t, 8), drawPolicy(t)
		more := drawFact(t)
		more.ID, more.Address, more.Brand, more.Forwarded = "more", "", "", false
		more.Purchase, more.Signup, more.Unsubscribe, more.Internal = nil, nil, nil, nil
		more.Topic, more.Click = state.TopicClicks, drawClick(t)
		before, after := contactOf(history), contactOf(append(slices.Clone(history), more))
		if !rules.Inert(p, &after, &more) {
			t.Skip("it may move something")
		}
		said++
		for range 4 {
			now := drawInstant(t)
			a, b := rules.Standing(p, controller, &before, now, latest), rules.Standing(p, controller, &after, now, latest)
			if diff := cmp.Diff(matrix(&a), matrix(&b)); diff != "" || a.Next != b.Next || a.Retention.ExpiresAt != b.Retention.ExpiresAt {
				t.Fatalf("%+v at %v moved next %v to %v:\n%s", more.Click, now, a.Next, b.Next, diff)
			}
		}
	})
	if said == 0 {
		t.Error("no fact was found to move nothing")
	}
}

func TestWhatMayMoveSomething(t *testing.T) {
	account := signed("2026-01-10T10:00", state.SignupAccountCreated)
	visit := but(clicked("2026-02-10T10:00", state.MessageUnknown), func(f *state.Fact) { f.Click.Kind = state.ClickVisit })
	login := but(visit, func(f *state.Fact) { f.Click.Kind = state.ClickLogin })
	cases := []struct {
		says    string
		history []state.Fact
		fact    state.Fact
		policy  func(*rules.Settings)
		inert   bool
	}{
		{"a visit", facts(account), visit, nil, true},
		{"a visit as the first of all", nil, visit, nil, false},
		{"a visit before the first", facts(signed("2026-02-11T10:00", state.SignupAccountCreated)), visit, nil, false},
		{"a visit after a wipe", facts(account, unsubscribed("2026-02-01T10:00", state.UnsubscribePurged, state.MethodOther)), visit, nil, false},
		{"a visit after a wipe and an order", facts(account, unsubscribed("2026-02-01T10:00", state.UnsubscribePurged, state.MethodOther), order("2026-02-04T10:00", "O1")), visit, nil, true},
		{"a visit after a wipe and an account", facts(unsubscribed("2026-02-01T10:00", state.UnsubscribeErasure, state.MethodOther), signed("2026-02-04T10:00", state.SignupAccountCreated)), visit, nil, true},
		{"a visit after a wipe and an order soon after it", facts(account, unsubscribed("2026-02-01T10:00", state.UnsubscribePurged, state.MethodOther), order("2026-02-02T10:00", "O1")), visit, nil, false},
		{"a visit after a wipe and a gift", facts(account, unsubscribed("2026-02-01T10:00", state.UnsubscribePurged, state.MethodOther), but(order("2026-02-04T10:00", "O1"), func(f *state.Fact) { f.Purchase.Role = state.RoleBeneficiary })), visit, nil, false},
		{"a visit after a wipe and a delivery", facts(account, unsubscribed("2026-02-01T10:00", state.UnsubscribePurged, state.MethodOther), purchased("2026-02-04T10:00", state.PurchaseDelivered, "O1")), visit, nil, false},
		{"a visit after a wipe and an order two days after it", facts(account, unsubscribed("2026-02-01T10:00", state.UnsubscribePurged, state.MethodOther), order("2026-02-03T10:00", "O1")), visit, nil, false},
		{"a visit after a wipe and an order elsewhere", facts(account, unsubscribed("2026-02-01T10:00", state.UnsubscribePurged, state.MethodOther), buying(order("2026-02-04T10:00", "O1"), func(p *state.Purchase) { p.CollectedBy = state.CollectedMarketplace })), visit, nil, false},
		{"a visit after a wipe and an inquiry", facts(account, unsubscribed("2026-02-01T10:00", state.UnsubscribePurged, state.MethodOther), signed("2026-02-04T10:00", state.SignupInquiry)), visit, nil, true},
		{"a visit after a wipe and an alert", facts(account, unsubscribed("2026-02-01T10:00", state.UnsubscribePurged, state.MethodOther), signed("2026-02-04T10:00", state.SignupAlertRequested)), visit, nil, true},
		{"a visit after a wipe and a form", facts(account, unsubscribed("2026-02-01T10:00", state.UnsubscribePurged, state.MethodOther), told("2026-02-04T10:00")), visit, nil, false},
		{"a visit after an order that came over an address", facts(but(order("2026-01-10T10:00", "O1"), func(f *state.Fact) { f.Forwarded, f.Address = true, "a1" })), visit, nil, false},
		{"a visit after an order and a wipe", facts(order("2026-02-01T10:00", "O1"), unsubscribed("2026-02-04T10:00", state.UnsubscribePurged, state.MethodOther)), visit, nil, false},
		{"a visit after others' objections", facts(but(unsubscribed("2026-01-01T10:00", state.UnsubscribeObjection, state.MethodLink), func(f *state.Fact) { f.Forwarded, f.Address = true, "a1" })), visit, nil, false},
		{"a visit after an erasure", facts(account, unsubscribed("2026-02-01T10:00", state.UnsubscribeErasure, state.MethodOther)), visit, nil, false},
		{"a visit after another's erasure", facts(account, but(unsubscribed("2026-02-01T10:00", state.UnsubscribeErasure, state.MethodOther), func(f *state.Fact) { f.Forwarded, f.Address = true, "a1" })), visit, nil, true},
		{"a visit after an unsubscribe alone", facts(unsubscribed("2026-02-01T10:00", state.UnsubscribeUnsubscribe, state.MethodLink)), visit, nil, false},
		{"a visit after a refusal alone", facts(refused("2026-02-01T10:00", email, 0, 0)), visit, nil, false},
		{"a visit after another's refusal", facts(but(refused("2026-02-01T10:00", email, 0, 0), func(f *state.Fact) { f.Forwarded, f.Address = true, "a1" })), visit, nil, false},
		{"a visit after an order", facts(order("2026-02-01T10:00", "O1")), visit, nil, true},
		{"a visit after a purchase of an unknown kind", facts(purchased("2026-02-01T10:00", state.PurchaseUnknown, "O1")), visit, nil, false},
		{"a visit after a click", facts(clicked("2026-02-01T10:00", state.MessagePromotional)), visit, nil, true},
		{"a visit after a click of an unknown kind", facts(but(visit, func(f *state.Fact) { f.OccurredAt, f.Click.Kind = local("2026-02-01T10:00"), state.ClickUnknown })), visit, nil, false},
		{"a visit after a signup of an unknown kind", facts(signed("2026-02-01T10:00", state.SignupUnknown)), visit, nil, false},
		{"a visit after what could not be read", facts(unreadable("2026-02-01T10:00")), visit, nil, false},
		{"a visit at the instant of the first", facts(signed("2026-02-10T10:00", state.SignupAccountCreated)), visit, nil, false},
		{"a visit two days after a day", facts(byDay(signed("2026-02-08T10:00", state.SignupAccountCreated))), visit, nil, false},
		{"a visit three days after a day", facts(byDay(signed("2026-02-07T10:00", state.SignupAccountCreated))), visit, nil, true},
		{"a visit by the day, the day after", facts(signed("2026-02-09T10:00", state.SignupAccountCreated)), byDay(visit), nil, false},
		{"a visit by the day, three days after", facts(signed("2026-02-07T10:00", state.SignupAccountCreated)), byDay(visit), nil, true},
		{"an open", facts(account), but(visit, func(f *state.Fact) { f.Click.Kind = state.ClickOpen }), nil, true},
		{"a bounce", facts(account), but(visit, func(f *state.Fact) { f.Click.Kind = state.ClickBounced }), nil, true},
		{"what nobody knows", facts(account), but(visit, func(f *state.Fact) { f.Click.Kind = state.ClickUnknown }), nil, true},
		{"a click on unsubscribe", facts(account), but(clicked("2026-02-10T10:00", state.MessagePromotional), func(f *state.Fact) { f.Click.Target = state.TargetUnsubscribe }), nil, true},
		{"a login of a machine, where logins count", facts(account), but(login, func(f *state.Fact) { f.Click.Actor = state.ActorMachine }), func(s *rules.Settings) { s.LoginCountsAsContact = true }, true},
		{"a click of a machine", facts(account), but(clicked("2026-02-10T10:00", state.MessagePromotional), func(f *state.Fact) { f.Click.Actor = state.ActorMachine }), nil, true},
		{"a visit on the first day, known by the day", facts(byDay(signed("2026-02-09T10:00", state.SignupAccountCreated))), visit, nil, false},
		{"a click", facts(account), clicked("2026-02-10T10:00", state.MessagePromotional), nil, false},
		{"a click in a service mail", facts(account), clicked("2026-02-10T10:00", state.MessageService), nil, true},
		{"a click in a service mail that counts", facts(account), clicked("2026-02-10T10:00", state.MessageService), func(s *rules.Settings) { s.ServiceClickCountsAsContact = true }, false},
		{"a login", facts(account), login, nil, true},
		{"a login that counts", facts(account), login, func(s *rules.Settings) { s.LoginCountsAsContact = true }, false},
		{"a promotion that was sent", facts(account), wasSent("2026-02-10T10:00", state.ChannelEmail, state.MessagePromotional), nil, true},
		{"a reminder of a basket that was sent", facts(account), wasSent("2026-02-10T10:00", state.ChannelEmail, state.MessageCartAbandonment), nil, true},
		{"a loyalty offer that was sent", facts(account), wasSent("2026-02-10T10:00", state.ChannelEmail, state.MessageLoyalty), nil, true},
		{"an opt-in block that was sent", facts(account), wasSent("2026-02-10T10:00", state.ChannelEmail, state.MessageOptInBlock), nil, true},
		{"a service message that was sent", facts(account), wasSent("2026-02-10T10:00", state.ChannelEmail, state.MessageService), nil, true},
		{"a call that was made", facts(account), wasSent("2026-02-10T10:00", state.ChannelPhone, state.MessageCall), nil, true},
		{"a newsletter that was sent", facts(account), wasSent("2026-02-10T10:00", state.ChannelEmail, state.MessageNewsletter), nil, true},
		{"a welcome that was sent", facts(account), wasSent("2026-02-10T10:00", state.ChannelEmail, state.MessageWelcome), nil, true},
		{"a review request that was sent", facts(account), wasSent("2026-02-10T10:00", state.ChannelEmail, state.MessageReviewRequest), nil, false},
		{"a confirmation that was sent", facts(account), wasSent("2026-02-10T10:00", state.ChannelEmail, state.MessageUnsubscribeConfirmation), nil, false},
		{"a welcome under a ramp", facts(account), wasSent("2026-02-10T10:00", state.ChannelEmail, state.MessageWelcome), func(s *rules.Settings) { s.WelcomeRamp = true }, false},
		{"a newsletter under a ramp", facts(account), wasSent("2026-02-10T10:00", state.ChannelEmail, state.MessageNewsletter), func(s *rules.Settings) { s.WelcomeRamp = true }, false},
		{"a warning that was sent", facts(account), wasSent("2026-02-10T10:00", state.ChannelEmail, state.MessageDeletionWarning), nil, false},
		{"an order", facts(account), order("2026-02-10T10:00", "O1"), nil, false},
	}
	for _, c := range cases {
		t.Run(c.says, func(t *testing.T) {
			policy := rules.Default()
			if c.policy != nil {
				c.policy(&policy.Versions[0].Settings)
			}
			c.fact.ID = "it"
			contact := contactOf(append(numbered(c.history), c.fact))
			if got := rules.Inert(policy, &contact, &c.fact); got != c.inert {
				t.Errorf("inert: %v", got)
			}
		})
	}
}

// What one version or one controller counts may move something: the fact is kept
// without deciding for all of them.
func TestInertUnderEveryVersionAndController(t *testing.T) {
	login := but(clicked("2026-02-10T10:00", state.MessageUnknown), func(f *state.Fact) { f.ID, f.Click.Kind = "it", state.ClickLogin })
	contact := contactOf(append(numbered(facts(signed("2026-01-10T10:00", state.SignupAccountCreated))), login))
	counting := rules.DefaultSettings()
	counting.LoginCountsAsContact = true
	for says, policy := range map[string]*rules.Policy{
		"an older version":   {Versions: []rules.Version{{Settings: counting}, {Settings: rules.DefaultSettings()}}},
		"a later version":    {Versions: []rules.Version{{Settings: rules.DefaultSettings()}, {Settings: counting}}},
		"another controller": {Versions: []rules.Version{{Settings: rules.DefaultSettings(), Controllers: map[string]rules.Settings{"other": counting}}}},
	} {
		if rules.Inert(policy, &contact, &login) {
			t.Errorf("%s counts logins, and one moves nothing", says)
		}
	}
	if !rules.Inert(rules.Default(), &contact, &login) {
		t.Error("a login moves something where nobody counts it")
	}
}
