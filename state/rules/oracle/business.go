package oracle

import "consentstream/state"

// contactType is the newest type that a fact of the epoch gave the contact,
// consumer at first.
func (w *world) contactType() state.ContactType {
	kind, newest := state.ContactConsumer, state.Unset
	for i := range w.known {
		f := &w.known[i]
		if f.Signup == nil || f.Signup.ContactType == state.ContactNone || !w.current(f) {
			continue
		}
		at := w.lo(f)
		if at > newest || (at == newest && f.Signup.ContactType < kind) {
			kind, newest = f.Signup.ContactType, at
		}
	}
	return kind
}

func (w *world) isBusiness() bool { return w.contactType() != state.ContactConsumer }

// business judges the business rule (R30, R31): None when it allows.
func (w *world) business(channel state.Channel, p state.Purpose) state.Reason {
	if !w.named(w.ask.Address) {
		return state.ReasonOtherAddress
	}
	if w.contactType() == state.ContactB2BGeneric {
		return state.ReasonNone
	}
	best := state.ReasonNoNotice
	for _, n := range w.notices() {
		reason := w.informs(n, channel, p)
		if reason == state.ReasonNone && !w.bounds(n) {
			reason = state.ReasonNotAnalogous
		}
		best = further(best, reason)
	}
	if best == state.ReasonNone && w.ask.Unprofessional {
		return state.ReasonNotProfessional
	}
	return best
}

// bounds reports whether the families that a notice lists, if any, hold the
// one of the question (A6).
func (w *world) bounds(n told) bool {
	if len(n.notice.Families) == 0 || w.ask.Family == "" {
		return true
	}
	for _, family := range n.notice.Families {
		if family == w.ask.Family {
			return true
		}
	}
	return false
}
