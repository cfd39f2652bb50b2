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
	cited  []int32  // evidence, one question after the other
	names  []string // families, one finding after the other
	memory memory
	// rests is what the answers since the last opening asked for: a decision is
	// not steady under more of it.
	rests state.Steady
}

// finding is what a rule says: a reason, and the basis where it allows.
type finding struct {
	allowed  bool
	reason   state.Reason
	basis    state.Basis
	families named
}

// named is a part of ask.names.
type named struct{ from, to int32 }

func allow(reason state.Reason, basis state.Basis) finding {
	return finding{allowed: true, reason: reason, basis: basis}
}

func deny(reason state.Reason) finding { return finding{reason: reason} }

// look turns to the instant of a view: what was found at another is forgotten.
func (a *ask) look(v *view) {
	a.v = v
	a.memory.forget()
}

// begin starts the question about a kind.
func (a *ask) begin(kind state.MessageKind) {
	a.q.Kind = kind
	a.walk = walk{t: a.v.t, next: a.v.next}
}

// marks are the ends of what an ask has noted.
type marks struct{ cited, names int }

func (a *ask) marks() marks { return marks{len(a.cited), len(a.names)} }

// backTo drops what was noted since, and the findings that rest on it.
func (a *ask) backTo(m marks) {
	a.cited, a.names = a.cited[:m.cited], a.names[:m.names]
	a.memory.forget()
}

// restsOn notes that an answer asked for what further facts may tell.
func (a *ask) restsOn(what state.Steady) { a.rests |= what }

// cite makes a fact part of the evidence.
func (a *ask) cite(fact int32) {
	if fact >= 0 {
		a.cited = append(a.cited, fact)
	}
}

// usable reports whether a positive counts now: it is over, no wipe covers it,
// and it belongs to the running epoch, which ends at E (R3, R45, R49).
func (a *ask) usable(s span) bool {
	a.next = min(a.next, a.v.ends)
	return s.lo > a.v.wiped && s.lo >= a.v.clock.floor && a.reached(s.hi)
}

// phone reports whether the question is about a call.
func (a *ask) phone() bool { return a.q.Channel == state.ChannelPhone }
