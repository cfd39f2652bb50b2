package oracle

import (
	"testing"

	"consentstream/state"
)

// The random histories must reach every reason, or comparing them proves
// nothing about the rest.
func TestHistoriesReachEveryReason(t *testing.T) {
	t.Parallel()
	missing := map[state.Reason]bool{}
	for reason := state.ReasonServiceGround; reason < state.ReasonBeyondHorizon; reason++ {
		missing[reason] = true
	}
	for seed := uint64(0); seed < 30000 && len(missing) > 0; seed++ {
		r := newRun(seed)
		for range 2 {
			at, known := r.moment()
			for range 4 {
				answer := Decide(r.policy, controller, r.contact.Facts, r.contact.Uses, at, known, r.question())
				delete(missing, answer.Reason)
			}
			for _, row := range Standing(r.policy, controller, r.contact.Facts, r.contact.Uses, at, known) {
				delete(missing, row.Reason)
			}
		}
	}
	for reason := range missing {
		t.Errorf("no history leads to %s", reason)
	}
}
