package oracle

import (
	"slices"
	"testing"

	"consentstream/state"
	"consentstream/state/rules"
)

// Facts that a processor may keep without deciding again must change nothing
// that it would have published, at no instant.
func TestInertFactsChangeNothing(t *testing.T) {
	t.Parallel()
	inert, runs := 0, fromEnv(t, "ORACLE_RUNS", 250)
	for seed := uint64(1); seed <= runs; seed++ {
		r := newRun(seed)
		for i := range r.contact.Facts {
			f := r.contact.Facts[i]
			if !rules.Inert(r.policy, &r.contact, &f) || r.introduces(&f) {
				continue
			}
			inert++
			without := slices.DeleteFunc(slices.Clone(r.contact.Facts), func(g state.Fact) bool { return g.ID == f.ID })
			for range 3 {
				r.compareWithout(without, &f)
			}
		}
		if len(r.faults) > 0 {
			t.Fatalf("seed %d\n%s\n%s", seed, r.faults[0], r.describe())
		}
	}
	if runs >= 250 && inert < 100 {
		t.Errorf("%d inert facts: too few to tell", inert)
	}
}

// introduces reports whether a fact is the only one that names its address or
// its brand.
func (r *run) introduces(f *state.Fact) bool {
	address, brand := f.Address == "", f.Brand == ""
	for i := range r.contact.Facts {
		g := &r.contact.Facts[i]
		if g.ID != f.ID && !g.Forwarded && g.RecordedAt <= f.RecordedAt {
			address = address || g.Address == f.Address
			brand = brand || g.Brand == f.Brand
		}
	}
	return !address || !brand
}

func (r *run) compareWithout(facts []state.Fact, f *state.Fact) {
	at, known := r.moment()
	at, known = max(at, f.RecordedAt), max(known, f.RecordedAt)
	with := Standing(r.policy, controller, r.contact.Facts, r.contact.Uses, at, known)
	without := Standing(r.policy, controller, facts, r.contact.Uses, at, known)
	if len(with) != len(without) {
		r.faultf("%s is told to change nothing, but at %s known %s there are %d rows with it and %d without", f.ID, at, known, len(with), len(without))
		return
	}
	for i := range with {
		if !with[i].Same(without[i].Answer) {
			r.faultf("%s is told to change nothing, but at %s known %s it does:\n  with:    %s %s %s\n  without: %s",
				f.ID, at, known, with[i].Channel, with[i].Kind, with[i].Answer, without[i].Answer)
			return
		}
	}
}
