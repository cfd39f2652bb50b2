package oracle

import "consentstream/state"

var marketingPurposes = []state.Purpose{
	state.PurposePromotional, state.PurposeNewsletter, state.PurposeCart, state.PurposeLoyalty,
}

// block judges a block in a service mail that asks for an opt-in (R14).
func (w *world) block() Answer {
	if w.unreadable() {
		return unlawful(state.ReasonUnreadableNegative)
	}
	if reason := objection(w.anyUnlifted(marketingPurposes)); reason != state.ReasonNone {
		return unlawful(reason)
	}
	if w.pending() {
		return unlawful(state.ReasonAddressPending)
	}
	if reason := w.overdue(); reason != state.ReasonNone {
		return unlawful(reason)
	}
	if reason := w.askable(); reason != state.ReasonNone {
		return unlawful(reason)
	}
	a := lawful(state.BasisContract, state.ReasonBlockOk)
	if w.complainedElsewhere(state.PurposePromotional) {
		return a.narrowed(state.ReasonComplaint)
	}
	return a
}

func (w *world) askable() state.Reason {
	if !w.ground() {
		return state.ReasonNoGround
	}
	if !w.isBusiness() {
		if reason := w.customer(); reason != state.ReasonNone {
			return reason
		}
	}
	if w.consented(w.ask.Channel, state.PurposePromotional) && w.consented(w.ask.Channel, state.PurposeNewsletter) {
		return state.ReasonAlreadyOptedIn
	}
	if w.banned() {
		return state.ReasonSectorBan
	}
	return state.ReasonNone
}

// anyUnlifted are the objections that still refuse any of the purposes.
func (w *world) anyUnlifted(purposes []state.Purpose) []negative {
	var list []negative
	for _, p := range purposes {
		list = append(list, w.unlifted(w.ask.Channel, p)...)
	}
	return list
}

// warning judges the last mail before the end of retention (R16, R46).
func (w *world) warning() Answer {
	if w.unreadable() {
		return unlawful(state.ReasonUnreadableNegative)
	}
	if reason := objection(w.anyUnlifted(append(marketingPurposes, state.PurposeReview))); reason != state.ReasonNone {
		return unlawful(reason)
	}
	if w.pending() {
		return unlawful(state.ReasonAddressPending)
	}
	if reason := w.overdue(); reason != state.ReasonNone {
		return unlawful(reason)
	}
	if w.clock.expires == state.Never || w.at < w.clock.warns {
		return unlawful(state.ReasonOutOfWindow)
	}
	a := better(w.marketing(state.MessagePromotional), w.marketing(state.MessageNewsletter))
	switch {
	case !a.AllowedByLaw && a.Reason != state.ReasonSectorBan:
		return unlawful(state.ReasonNoBasis)
	case w.warned():
		return unlawful(state.ReasonAlreadySent)
	case a.Allowed:
		a.Reason = state.ReasonWarnWindow
	}
	return a
}

// warned reports a warning sent since the last contact.
func (w *world) warned() bool {
	for i := range w.known {
		f := &w.known[i]
		c := f.Click
		if c != nil && c.Kind == state.ClickSent && c.Message == state.MessageDeletionWarning &&
			w.lo(f) <= w.at && w.hi(f) >= w.clock.anchor && !w.wiped(f) {
			return true
		}
	}
	return false
}
