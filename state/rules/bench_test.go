package rules_test

import (
	"fmt"
	"testing"

	"consentstream/state"
	"consentstream/state/rules"
)

// client returns a shop's usual client with a number of facts: told at the
// form, bought, was written to, clicked.
func client(facts int) state.Contact {
	begin := at("2025-01-10T09:00:00Z")
	list := []state.Fact{
		signupFact("e0", begin, &state.Signup{Kind: state.SignupAccountCreated}),
		signupFact("e1", begin, &state.Signup{Kind: state.SignupForm, Notice: usualNotice()}),
		orderFact("e2", begin+hour, "O1"),
		purchaseFact("e3", begin+2*oneDay, &state.Purchase{Kind: state.PurchaseDelivered, OrderRef: "O1"}),
	}
	for i := len(list); i < facts; i++ {
		f := state.Fact{ID: fmt.Sprintf("e%d", i), Topic: state.TopicClicks, OccurredAt: begin + state.Instant(i)*5*oneDay}
		f.Click = &state.Click{Kind: state.ClickSent, Channel: state.ChannelEmail, Message: state.MessageNewsletter}
		switch i % 4 {
		case 0:
			f.Click = &state.Click{Kind: state.ClickClick, Channel: state.ChannelEmail, Message: state.MessageNewsletter, Actor: state.ActorHuman}
		case 1:
			f = orderFact(f.ID, f.OccurredAt, "O"+f.ID)
		}
		f.Since, f.RecordedAt = f.OccurredAt, f.OccurredAt
		list = append(list, f)
	}
	for i := range list {
		list[i].Address = "a1"
	}
	return contactOf(list)
}

func usualNotice() *state.Notice {
	return &state.Notice{
		Channels: state.ChannelsOf(state.ChannelEmail), Purposes: state.PurposesOf(state.PurposePromotional, state.PurposeNewsletter, state.PurposeCart),
		OptOutOffered: true, TextVersion: "v1", ProofRef: "form-v3",
	}
}

// A Decider that has met a contact needs no memory for it any more, also under
// settings of its controller's own.
func TestDecidingAllocatesNothing(t *testing.T) {
	c, p, now := client(60), rules.Default(), at("2026-06-01T10:00:00Z")
	p.Versions[0].Controllers = map[string]rules.Settings{controller: rules.DefaultSettings()}
	var d rules.Decider
	var out rules.Decision
	if n := testing.AllocsPerRun(20, func() { d.Standing(p, controller, &c, now, now, &out) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkStanding(b *testing.B) {
	for _, facts := range []int{5, 60} {
		b.Run(fmt.Sprint(facts), func(b *testing.B) {
			c, p, now := client(facts), rules.Default(), at("2026-06-01T10:00:00Z")
			var d rules.Decider
			var out rules.Decision
			b.ReportAllocs()
			for b.Loop() {
				d.Standing(p, controller, &c, now, now, &out)
			}
		})
	}
}

func BenchmarkDecide(b *testing.B) {
	c, p, now := client(5), rules.Default(), at("2026-06-01T10:00:00Z")
	var d rules.Decider
	b.ReportAllocs()
	for b.Loop() {
		d.Decide(p, controller, &c, now, now, rules.Question{Kind: state.MessagePromotional, Channel: state.ChannelEmail, Family: "main"})
	}
}
