package state_test

import (
	"testing"

	"consentstream/state"
	"consentstream/state/statetest"
)

// The hash decides conflicts, so a build that hashes otherwise would judge old
// records otherwise.
func TestContentHashIsTheSameInEveryRelease(t *testing.T) {
	whole, copied := refused("event-1", statetest.Start)
	notice := order("event-2", statetest.Start, statetest.Start)
	notice.Purchase.Notice = &state.Notice{Channels: 2, Families: []string{"book"}, TextVersion: "t1", ProofRef: "p1"}
	blind := own("unsubscribes/0/7", statetest.Start)
	blind.Internal = &state.Internal{Kind: state.InternalUnreadable}
	golden := []struct {
		name string
		fact state.Fact
		want uint64
	}{
		{"purchase", notice, 0xab9d2e71e0af9451},
		{"click", click(3), 0x2cdffb60fa9d2620},
		{"signup", whole, 0xcd7a4958cd7747f3},
		{"refusal", copied, 0x9c0cc92d912c44b6},
		{"unsubscribe", unsubscribed("event-3", statetest.Start, statetest.Start, state.MethodLink), 0x14c46a286022254b},
		{"internal", blind, 0xbf7ef63f5950cda4},
	}
	for _, g := range golden {
		if got := g.fact.ContentHash(); got != g.want {
			t.Errorf("%s: hash %#x, want %#x", g.name, got, g.want)
		}
	}
}

func TestContentHashLeavesOutWhatIsNotContent(t *testing.T) {
	a := click(3)
	b := a
	b.RecordedAt, b.Since, b.Forwarded = a.RecordedAt+1, a.Since-1, true
	if a.ContentHash() != b.ContentHash() {
		t.Error("recorded_at, since or forwarded are part of the hash")
	}
}

func TestEveryFieldIsPartOfTheHash(t *testing.T) {
	base := click(3)
	changes := map[string]func(f *state.Fact){
		"id":        func(f *state.Fact) { f.ID += "x" },
		"brand":     func(f *state.Fact) { f.Brand = "Scene" },
		"address":   func(f *state.Fact) { f.Address = "" },
		"source":    func(f *state.Fact) { f.Source = "" },
		"occurred":  func(f *state.Fact) { f.OccurredAt++ },
		"precision": func(f *state.Fact) { f.Precision = state.PrecisionDay },
		"topic":     func(f *state.Fact) { f.Topic = state.TopicPurchases },
		"kind":      func(f *state.Fact) { f.Click.Kind = state.ClickOpen },
		"channel":   func(f *state.Fact) { f.Click.Channel = state.ChannelSMS },
		"message":   func(f *state.Fact) { f.Click.Message = state.MessageService },
		"target":    func(f *state.Fact) { f.Click.Target = state.TargetKeepMe },
		"actor":     func(f *state.Fact) { f.Click.Actor = state.ActorMachine },
		"campaign":  func(f *state.Fact) { f.Click.CampaignID = "autumn" },
		"order":     func(f *state.Fact) { f.Click.OrderRef = "O1" },
	}
	for name, change := range changes {
		f := base
		body := *base.Click
		f.Click = &body
		if change(&f); f.ContentHash() == base.ContentHash() {
			t.Errorf("%s is not part of the hash", name)
		}
	}
}
