package oracle

import (
	"testing"

	"consentstream/state"
	"consentstream/state/rules"
)

// A compacted contact decides like all of its facts, as long as it says so; a
// saturated one never allows more, nor keeps longer.
func TestCompactedContacts(t *testing.T) {
	t.Parallel()
	first, runs := fromEnv(t, "ORACLE_SEED", 1), fromEnv(t, "ORACLE_RUNS", 60)
	exact, saturated := 0, 0
	for seed := first; seed < first+runs; seed++ {
		r := newLongRun(seed)
		if !r.compacted.Compacted {
			continue
		}
		if r.compacted.Saturated {
			saturated++
		} else {
			exact++
		}
		for range 3 {
			r.compareCompacted()
		}
		if len(r.faults) > 0 {
			t.Fatalf("ORACLE_SEED=%d ORACLE_RUNS=1 saturated=%v horizon=%s\n%s\n%s",
				seed, r.compacted.Saturated, r.compacted.Horizon, r.faults[0], r.describe())
		}
	}
	if runs >= 60 && (exact < 5 || saturated < 5) {
		t.Errorf("%d exact and %d saturated contacts: too few to tell", exact, saturated)
	}
}

// longRun is a contact with more facts than fit.
type longRun struct {
	*run
	compacted state.Contact
}

func newLongRun(seed uint64) *longRun {
	r := &longRun{run: &run{drawing: newDrawing(seed)}}
	r.policy = r.drawing.policy()
	var facts []state.Fact
	for range 4 + r.IntN(10)*r.IntN(8) {
		facts = append(facts, r.history()...)
	}
	r.contact = contactOf(facts)
	r.compacted = state.NewContact()
	for _, i := range r.Perm(len(r.contact.Facts)) {
		r.compacted.Add(r.contact.Facts[i])
	}
	for _, use := range r.uses(r.contact.Facts) {
		if use.Answered {
			r.compacted.Answer(use.Address, use.Crowded)
		} else {
			use.Crowded = false
		}
		r.contact.Uses = append(r.contact.Uses, use)
	}
	return r
}

func (r *longRun) compareCompacted() {
	at, known := r.moment()
	at, known = max(at, r.compacted.Horizon), max(known, r.compacted.Horizon)
	for range 4 {
		q := r.question()
		want := Decide(r.policy, controller, r.contact.Facts, r.contact.Uses, at, known, q)
		got := rules.Decide(r.policy, controller, &r.compacted, at, known, q)
		r.judge("Decide", at, known, q, answerOf(&got), want)
	}
	decision := rules.Standing(r.policy, controller, &r.compacted, at, known)
	for i := range decision.Verdicts {
		v := &decision.Verdicts[i]
		q := rules.Question{Kind: v.Kind, Channel: v.Channel, Address: v.Address, Brand: v.Brand}
		want := ask(r.policy, controller, recordedBy(r.contact.Facts, known), r.contact.Uses, at, q, true)
		r.judge("Standing", at, known, q, answerOf(v), want)
	}
	r.judgeClock(at, known, decision.Retention)
}

func (r *longRun) judge(what string, at, known state.Instant, q rules.Question, got, want Answer) {
	switch {
	case !r.compacted.Saturated && !got.Same(want):
	case r.compacted.Saturated && (got.Allowed && !want.Allowed || got.AllowedByLaw && !want.AllowedByLaw):
	default:
		return
	}
	r.faultf("%s at %s known %s %+v\n  compacted: %s\n  all facts: %s", what, at, known, q, got, want)
}

func (r *longRun) judgeClock(at, known state.Instant, got rules.Retention) {
	runs, expires, _ := Retention(r.policy, controller, r.contact.Facts, at, known)
	later := got.Known && (!runs || got.ExpiresAt > expires)
	other := got.Known != runs || got.Known && got.ExpiresAt != expires
	if later && r.compacted.Saturated || other && !r.compacted.Saturated {
		r.faultf("Clock at %s known %s\n  compacted: %v %s\n  all facts: %v %s", at, known, got.Known, got.ExpiresAt, runs, expires)
	}
}
