package oracle

import "consentstream/state"

// unliftedAtAll is the reason of an objection on the channel that later yeses
// have not lifted for every purpose it refuses: after it nobody is asked again
// (R14) nor warned (R16).
func (w *world) unliftedAtAll() state.Reason {
	var list []negative
	for _, n := range w.negatives() {
		for _, p := range []state.Purpose{
			state.PurposePromotional, state.PurposeNewsletter, state.PurposeCart, state.PurposeLoyalty, state.PurposeReview,
		} {
			if n.refuses(p) && !w.consented(p) {
				list = append(list, n)
			}
		}
	}
	return objection(list)
}

// shut is what forbids to ask and to warn before anything else.
func (w *world) shut() state.Reason {
	if w.unreadable() {
		return state.ReasonUnreadableNegative
	}
	if reason := w.unliftedAtAll(); reason != state.ReasonNone {
		return reason
	}
	if w.pending() {
		return state.ReasonAddressPending
	}
	return w.overdue()
}

// block judges a block in a service mail that asks for an opt-in (R14).
func (w *world) block() Answer {
	if reason := w.shut(); reason != state.ReasonNone {
		return unlawful(reason)
	}
	if reason := w.audience(); reason != state.ReasonNone {
		return unlawful(reason)
	}
	switch {
	case w.consented(state.PurposePromotional) && w.consented(state.PurposeNewsletter):
		return unlawful(state.ReasonAlreadyOptedIn)
	case w.banned():
		return unlawful(state.ReasonSectorBan)
	}
	return lawful(state.BasisContract, state.ReasonBlockOk)
}

// audience is who may be asked: a client at any address of theirs, a business
// that is served.
func (w *world) audience() state.Reason {
	switch {
	case w.isBusiness() && !w.ground():
		return state.ReasonB2BNotNeeded
	case !w.isBusiness() && w.customer() != state.ReasonNone:
		return w.customer()
	case !w.names(w.ask.Address):
		return state.ReasonOtherAddress
	}
	return state.ReasonNone
}

// warning judges the last mail before the end of retention (R16, R46).
func (w *world) warning() Answer {
	if reason := w.shut(); reason != state.ReasonNone {
		return unlawful(reason)
	}
	if w.clock.expires == state.Never || w.at < w.clock.warns {
		return unlawful(state.ReasonOutOfWindow)
	}
	a := w.promoOrNewsletter()
	switch {
	case a.Reason == state.ReasonSectorBan:
		return a
	case !a.Allowed:
		return unlawful(state.ReasonNoBasis)
	case w.warned():
		return unlawful(state.ReasonAlreadySent)
	}
	a.Reason = state.ReasonWarnWindow
	return w.byCompany(a, state.MessageDeletionWarning)
}

// warned reports a warning sent since the last contact, on whatever channel.
func (w *world) warned() bool {
	for i := range w.known {
		f := &w.known[i]
		c := f.Click
		if c != nil && c.Kind == state.ClickSent && c.Message == state.MessageDeletionWarning && !f.Forwarded &&
			w.lo(f) <= w.at && w.hi(f) >= w.clock.since && !w.wiped(f) {
			return true
		}
	}
	return false
}
