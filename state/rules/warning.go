package rules

import "consentstream/state"

// warning is R16 and R46: once, in the last days before E, to somebody who may
// still be written to and has never objected on the channel.
func (a *ask) warning() finding {
	if reason := a.refusedAtAll(); reason != state.ReasonNone {
		return deny(reason)
	}
	if reason := a.over(); reason != state.ReasonNone {
		return deny(reason)
	}
	if !a.reached(a.v.clock.warns) {
		return deny(state.ReasonOutOfWindow)
	}
	found := a.promotionalOrNewsletter()
	switch {
	case found.reason == state.ReasonSectorBan:
		return found
	case !found.allowed:
		return deny(state.ReasonNoBasis)
	case a.warned():
		return deny(state.ReasonAlreadySent)
	}
	found.reason = state.ReasonWarnWindow
	return found
}

// warned reports whether the person was warned since the last contact, on
// whatever channel: one warning per period.
func (a *ask) warned() bool {
	for i := range a.v.book.sent {
		m := &a.v.book.sent[i]
		if m.kind == state.MessageDeletionWarning && m.lo > a.v.wiped && m.hi >= a.v.clock.anchorAt && a.reached(m.lo) {
			a.cite(m.fact)
			return true
		}
	}
	return false
}
