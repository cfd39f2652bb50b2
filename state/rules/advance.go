package rules

import "consentstream/state"

// stood is what the last standing eligibility needs to be taken on to a later
// instant: what was seen then, and since when each part may differ.
type stood struct {
	whole     bool // all that was evaluated is shown, and every fact was seen
	known     state.Instant
	view      view
	first     []state.Instant // by row: the first instant at which its answer may differ
	restFirst state.Instant
}

// maxNoted bounds what a Decider notes from one instant to the next.
const maxNoted = 1 << 12

// stand remembers the decision that has just been answered, its until not found yet.
func (d *Decider) stand(out *Decision) {
	s := &d.stood
	s.whole = !d.book.unseen && d.known >= d.book.contact.Horizon && !branded(out.Verdicts)
	s.known, s.view = d.known, d.view
	s.first, s.restFirst = append(s.first[:0], d.next...), d.rest.next
}

// branded reports whether rows of a brand were evaluated, of which some are not shown.
func branded(rows []Verdict) bool {
	return len(rows) > rowsPerBrand && rows[rowsPerBrand].Brand != ""
}

// Advance takes the decision that the last call of Standing or Advance wrote
// into out on to a later instant: it writes what Standing would. The contact
// must be the same, hold the same facts in the same memory, and out must be as
// it was left. Only the rows are asked again that may have changed, because
// each comparison that they rest on has told how long it holds.
func (d *Decider) Advance(at, known state.Instant, out *Decision) {
	if !d.reaches(at, known) {
		d.Standing(d.lens.policy, d.lens.controller, d.book.contact, at, known, out)
		return
	}
	s := &d.stood
	d.known, d.view = known, s.view
	d.moveTo(at)
	out.Retention = d.view.retention()
	if s.restFirst <= at {
		d.rest = d.restOf(out)
		s.restFirst = d.rest.next
	}
	for i, first := range s.first {
		if first > at {
			continue
		}
		v := &out.Verdicts[i]
		d.ask.about(v.Channel, v.Address, v.Brand)
		d.next[i] = d.answerRow(v, v.Kind)
		s.first[i] = d.next[i]
	}
	s.known, s.view = known, d.view
	d.findUntil(out.Verdicts)
	d.collect(out)
}

// reaches reports whether the last decision can be taken on: nothing unseen
// comes to light, and the same version of the policy judges.
func (d *Decider) reaches(at, known state.Instant) bool {
	s := &d.stood
	return s.whole && at >= s.view.t && known >= s.known && d.lens.version(at) == s.view.version && len(d.ask.cited) < maxNoted
}
