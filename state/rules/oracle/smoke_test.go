package oracle

import (
	"testing"

	"consentstream/state"
)

func TestZZ(t *testing.T) {
	count := map[string]int{}
	for seed := range uint64(20000) {
		d := newDrawing(seed)
		p := d.policy()
		facts := d.history()
		for range 3 {
			at := d.instant()
			a := Decide(p, "shop", facts, d.uses(facts), at, at, d.question())
			if a.Applicable {
				count[a.Reason.String()]++
			}
		}
	}
	for r := state.ReasonNone; r <= state.ReasonBeyondHorizon; r++ {
		t.Log(r, count[r.String()])
	}
}
