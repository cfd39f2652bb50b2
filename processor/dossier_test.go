package processor

import (
	"fmt"
	"testing"
	"time"

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
