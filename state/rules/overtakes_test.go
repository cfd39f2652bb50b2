package rules

import (
	"testing"

	"consentstream/state"
)

// What the clock decides need not be asked again, and only that: from E on where
// the list of the kind has the gate of the clock and nothing was told before it,
// in the warning window where somebody was outside it.
func TestWhatTheClockOvertakes(t *testing.T) {
	contact, unsure := state.NewContact(), state.NewContact()
	unsure.ClockUnsure = true
	running := clock{running: true, warns: 100}
	expired := clock{running: true, warns: 100, expired: true}
	cases := []struct {
		says    string
		clock   clock
		contact *state.Contact
		at      state.Instant
		kind    state.MessageKind
		reason  state.Reason
		want    bool
	}{
		{"no clock runs", clock{warns: state.Never}, &contact, 100, state.MessagePromotional, state.ReasonUnknownContact, false},
		{"a clock runs", running, &contact, 100, state.MessagePromotional, state.ReasonSoftOptin, false},
		{"from E on marketing", expired, &contact, 100, state.MessagePromotional, state.ReasonSoftOptin, true},
		{"whatever was missing", expired, &contact, 100, state.MessageLoyalty, state.ReasonNeedsLoyaltyConsent, true},
		{"not what was told before the gate", expired, &contact, 100, state.MessagePromotional, state.ReasonObjected, false},
		{"not service", expired, &contact, 100, state.MessageService, state.ReasonServiceGround, false},
		{"nor a review", expired, &contact, 100, state.MessageReviewRequest, state.ReasonReviewDue, false},
		{"in the window a warning", running, &contact, 100, state.MessageDeletionWarning, state.ReasonOutOfWindow, true},
		{"not before it", running, &contact, 99, state.MessageDeletionWarning, state.ReasonOutOfWindow, false},
		{"nor one that lacked something else", running, &contact, 100, state.MessageDeletionWarning, state.ReasonNoBasis, false},
		{"nor where the clock may run for longer", running, &unsure, 100, state.MessageDeletionWarning, state.ReasonOutOfWindow, false},
	}
	for _, c := range cases {
		v := view{walk: walk{t: c.at}, book: &book{contact: c.contact}, clock: c.clock}
		if got := v.overtakes(c.kind, c.reason); got != c.want {
			t.Errorf("%s: %v", c.says, got)
		}
	}
}

// Brands have rows of their own where something knows brands: a yes, or an
// objection that lists some.
func TestWhatKnowsBrands(t *testing.T) {
	plain, listed := negative{}, negative{brands: []string{"X"}}
	cases := []struct {
		says string
		book book
		want bool
	}{
		{"no brand", book{yeses: []yes{{}}}, false},
		{"a brand that nothing knows", book{brands: []string{"X"}}, false},
		{"a yes", book{brands: []string{"X"}, yeses: []yes{{}}}, true},
		{"an objection to all", book{brands: []string{"X"}, negatives: []negative{plain}}, false},
		{"one that lists brands", book{brands: []string{"X"}, negatives: []negative{listed}}, true},
		{"among others", book{brands: []string{"X"}, negatives: []negative{listed, plain}}, true},
	}
	for _, c := range cases {
		d := Decider{book: c.book}
		if got := d.shownBrands(); (len(got) == 1) != c.want {
			t.Errorf("%s: %v", c.says, got)
		}
	}
}
