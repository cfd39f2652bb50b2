package rules

import "consentstream/state"

// ask is one question on its way through the rules. Its walk knows up to when
// the answer holds.
type ask struct {
	walk
	v *view
	q Question
	// strict reads objections as widely as the company wants (R33, R36)
	// instead of as the law does.
	strict bool
	cited  []int32  // evidence of the finding so far
	names  []string // where lists of families are kept
	// memory keeps findings that several kinds ask for; nil where each
	// question is another.
	memory *memory
}

// finding is what a rule says: a reason, and the basis where it allows.
type finding struct {
	allowed  bool
	reason   state.Reason
	basis    state.Basis
	families []string
}

func allow(reason state.Reason, basis state.Basis) finding {
	return finding{allowed: true, reason: reason, basis: basis}
}

func deny(reason state.Reason) finding { return finding{reason: reason} }

// begin starts the question at the instant of a view.
func (a *ask) begin(v *view, q *Question) {
	a.v, a.q, a.strict = v, *q, false
	a.walk = walk{t: v.t, next: v.next}
	a.cited, a.names = a.cited[:0], a.names[:0]
	if a.memory != nil {
		a.memory.about(a)
	}
}

// cite makes a fact part of the evidence.
func (a *ask) cite(fact int32) {
	if fact >= 0 {
		a.cited = append(a.cited, fact)
	}
}

// usable reports whether a positive counts now: it is over, no wipe covers it,
// and it belongs to the running epoch (R3, R45, R49).
func (a *ask) usable(s span) bool {
	return s.lo > a.v.wiped && s.lo >= a.v.clock.floor && a.reached(s.hi)
}

// phone reports whether the question is about a call.
func (a *ask) phone() bool { return a.q.Channel == state.ChannelPhone }
