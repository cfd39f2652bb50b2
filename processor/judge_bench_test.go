package processor

import (
	"testing"
	"time"

	"consentstream/state"
	"consentstream/state/rules"
)

// BenchmarkSettle is one decision about a client of a shop with what it
// publishes, without the store. The contact goes back and forth over the
// instant at which a review may no longer be asked for: one row of 22 moves
// each time, as at most deadlines. "unmoved" is a look that publishes nothing.
func BenchmarkSettle(b *testing.B) {
	told := clientOf(b)
	past := told.Timer
	for name, at := range map[string][2]state.Instant{"deadline": {past - 1, past}, "unmoved": {past, past}} {
		b.Run(name, func(b *testing.B) {
			j, c := NewJudge(rules.Default()), clientOf(b)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				j.Settle(jane, &c, deadlineAt(at[i%2]))
			}
		})
	}
}

// BenchmarkSettleAgain is a decision and the two deadlines after it: the end of
// the review window and the first day of the warning.
func BenchmarkSettleAgain(b *testing.B) {
	j, c := NewJudge(rules.Default()), clientOf(b)
	begin := c.Published.DecidedAt
	b.ReportAllocs()
	for b.Loop() {
		j.Settle(jane, &c, deadlineAt(begin))
		j.SettleAgain(jane, &c, deadlineAt(c.Timer))
		j.SettleAgain(jane, &c, deadlineAt(c.Timer))
	}
}

var jane = state.Key{Controller: "default", Contact: "jane"}

func deadlineAt(at state.Instant) Occasion {
	cause := state.Cause{Kind: state.CauseDeadline, Partition: -1, Offset: -1}
	return Occasion{At: at, Known: at, Cause: cause, EffectiveAt: at, ReadUpTo: state.Never, Due: at, Erasure: state.Unset}
}

// clientOf is a client after the delivery of an order, decided about.
func clientOf(b *testing.B) state.Contact {
	b.Helper()
	begin := state.At(time.Date(2026, time.January, 10, 9, 0, 0, 0, time.UTC))
	notice := &state.Notice{
		Channels: state.ChannelsOf(state.ChannelEmail), Purposes: state.PurposesOf(state.PurposePromotional, state.PurposeNewsletter, state.PurposeCart),
		OptOutOffered: true, TextVersion: "v1", ProofRef: "form-v3",
	}
	facts := []state.Fact{
		{ID: "e0", Topic: state.TopicSignups, Signup: &state.Signup{Kind: state.SignupAccountCreated}},
		{ID: "e1", Topic: state.TopicSignups, Signup: &state.Signup{Kind: state.SignupForm, Notice: notice}},
		{ID: "e2", Topic: state.TopicPurchases, Purchase: &state.Purchase{Kind: state.PurchaseOrdered, OrderRef: "O1", Family: "book"}},
		{ID: "e3", Topic: state.TopicClicks, Click: &state.Click{Kind: state.ClickVisit}},
		{ID: "e4", Topic: state.TopicPurchases, Purchase: &state.Purchase{Kind: state.PurchaseDelivered, OrderRef: "O1"}},
	}
	c := state.NewContact()
	for i := range facts {
		facts[i].Address = "a1"
		c.Add(when(facts[i], begin+state.Instant(i)*60_000))
	}
	c.Answer("a1", false)
	NewJudge(rules.Default()).Settle(jane, &c, deadlineAt(begin+3_600_000))
	return c
}
