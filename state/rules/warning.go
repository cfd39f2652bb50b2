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
	if !a.reached(a.v.clock.warns) || a.v.book.contact.ClockUnsure {
		return deny(state.ReasonOutOfWindow) // over facts that were dropped E may be later
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
	a.restsOn(state.SteadyUnderWarning)
	since := a.v.lastContact()
	for i := range a.v.book.sent {
		m := &a.v.book.sent[i]
		if m.kind == state.MessageDeletionWarning && m.lo > a.v.wiped && m.hi >= since && a.reached(m.lo) {
			a.cite(m.fact)
			return true
		}
	}
	return false
}

// lastContact is since when the period of retention runs; a contact of which
// only the day is known may have come before anything else of that day.
func (v *view) lastContact() state.Instant {
	c := &v.clock
	if c.anchor >= 0 && v.book.contact.Facts[c.anchor].Precision == state.PrecisionDay {
		return dayAround(c.anchorAt, v.book.zone).lo
	}
	return c.anchorAt
}
