package processor

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"consentstream/state"
	"consentstream/state/rules"
)

func TestADossierKeepsWhatAStateWouldMerge(t *testing.T) {
	key := state.Key{Controller: "default", Contact: "c1"}
	d := NewDossierOf(key)
	start := state.At(time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC))
	const clicks = 400
	for i := range clicks {
		at := start.Add(time.Duration(i) * 24 * time.Hour)
		d.Add(key, state.Fact{
			ID: fmt.Sprintf("click-%03d", i), Topic: state.TopicClicks, OccurredAt: at, Since: at, RecordedAt: at,
			Click: &state.Click{Kind: state.ClickClick, Message: state.MessagePromotional, Channel: state.ChannelEmail, Actor: state.ActorHuman},
		})
	}
	whole, bounded := d.Contact(key), d.Bounded(key)
	if len(whole.Facts) != clicks || whole.Horizon != state.Unset {
		t.Errorf("%d of %d facts, horizon %s", len(whole.Facts), clicks, whole.Horizon)
	}
	if len(bounded.Facts) >= clicks || bounded.Horizon == state.Unset {
		t.Errorf("bounded: %d of %d facts, horizon %s", len(bounded.Facts), clicks, bounded.Horizon)
	}
	asked := rules.Question{Kind: state.MessagePromotional, Channel: state.ChannelEmail}
	for contact, want := range map[*state.Contact]bool{&whole: false, &bounded: true} {
		v := rules.Decide(rules.Default(), key.Controller, contact, start, start, asked)
		if beyond := v.Reason == state.ReasonBeyondHorizon; beyond != want {
			t.Errorf("the first day: beyond the horizon %v, want %v", beyond, want)
		}
	}
}

// An id counts once, and of two contents by the rule of the state, in whatever
// order they were added; two refusals with one id both stay.
func TestADossierKnowsAnIDAgain(t *testing.T) {
	key := state.Key{Controller: "default", Contact: "c1"}
	day := func(n int) state.Instant { return state.At(time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC)) }
	order := func(at, recorded int, family string) state.Fact {
		return state.Fact{ID: "o", OccurredAt: day(at), RecordedAt: day(recorded), Purchase: &state.Purchase{Kind: state.PurchaseOrdered, Family: family}}
	}
	refusal := func(at int, channel state.Channel) state.Fact {
		return state.Fact{ID: "u", OccurredAt: day(at), RecordedAt: day(at), Unsubscribe: &state.Unsubscribe{Channels: state.ChannelsOf(channel)}}
	}
	facts := []state.Fact{
		order(2, 5, "late"), order(9, 3, "first"), order(9, 4, "first"), refusal(7, state.ChannelSMS), refusal(1, state.ChannelEmail), refusal(7, state.ChannelSMS),
	}
	for turn := range facts {
		d, stored := NewDossierOf(key), state.NewContact()
		for _, f := range append(slices.Clone(facts[turn:]), facts[:turn]...) {
			d.Add(key, f)
			stored.Add(f)
		}
		whole := d.Contact(key)
		if diff := cmp.Diff(stored, whole); diff != "" {
			t.Errorf("from fact %d on: %s", turn, diff)
		}
		if len(whole.Facts) != 3 || whole.Facts[2].Purchase.Family != "first" || whole.Facts[2].RecordedAt != day(3) {
			t.Errorf("from fact %d on: %+v", turn, whole.Facts)
		}
	}
}

func TestADossierOfOneContactWantsOnlyWhatReachesIt(t *testing.T) {
	mine, other := state.Key{Controller: "A", Contact: "me"}, state.Key{Controller: "A", Contact: "you"}
	elsewhere := state.Key{Controller: "B", Contact: "you"}
	refusal := state.Fact{ID: "u", Address: "home", Unsubscribe: &state.Unsubscribe{}}
	unaddressed := state.Fact{ID: "u", Unsubscribe: &state.Unsubscribe{}}
	purged := state.Fact{ID: "u", Address: "home", Unsubscribe: &state.Unsubscribe{Kind: state.UnsubscribePurged}}
	order := state.Fact{ID: "p", Address: "home", Purchase: &state.Purchase{}}
	d := NewDossierOf(mine)
	for _, c := range []struct {
		key  state.Key
		fact *state.Fact
		want bool
	}{
		{mine, &order, true}, {mine, &refusal, true}, {other, &refusal, true},
		{other, &unaddressed, false}, {other, &purged, false}, {other, &order, false}, {elsewhere, &refusal, false},
	} {
		if got := d.Wants(c.key, c.fact); got != c.want {
			t.Errorf("%+v of %+v: got %v", c.fact, c.key, got)
		}
	}
}
