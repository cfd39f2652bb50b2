package oracle

import "consentstream/state"

const day = state.Instant(24 * 60 * 60 * 1000)

// service asks for a live ground (R7); a promotional block in it is judged as
// promotion (R8).
func (w *world) service() Answer {
	switch {
	case !w.ground():
		return unlawful(state.ReasonNoGround)
	case w.ask.PromotionalContent:
		return w.marketing(state.MessagePromotional)
	}
	return lawful(state.BasisContract, state.ReasonServiceGround)
}

func (w *world) ground() bool {
	if !w.named(w.ask.Address) {
		return false
	}
	for i := range w.known {
		f := &w.known[i]
		if isGround(f) && w.lo(f) <= w.at && w.survives(f) {
			return true
		}
	}
	return false
}

func isGround(f *state.Fact) bool {
	switch {
	case f.Forwarded:
		return false
	case f.Purchase != nil:
		return f.Purchase.Kind == state.PurchaseOrdered || f.Purchase.Kind == state.PurchaseContractStarted
	case f.Signup != nil:
		switch f.Signup.Kind {
		case state.SignupAccountCreated, state.SignupInquiry, state.SignupAlertRequested:
			return true
		}
	}
	return false
}

// survives reports whether a ground is left by every wipe that covers it: by a
// purge only an order learnt after it, by an erasure only what is unfinished.
func (w *world) survives(f *state.Fact) bool {
	for _, gone := range w.wipes {
		if w.lo(f) > gone.upTo {
			continue
		}
		if gone.purge {
			if f.Purchase == nil || f.Purchase.Kind != state.PurchaseOrdered || f.RecordedAt <= max(gone.learned, gone.upTo) {
				return false
			}
		} else if f.Purchase == nil || w.finished(f) {
			return false
		}
	}
	return true
}

// finished reports an order delivered or cancelled, or a contract ended.
func (w *world) finished(order *state.Fact) bool {
	if w.cancelled(order) {
		return true
	}
	if order.Purchase.Kind == state.PurchaseContractStarted {
		return w.endedBefore(order, w.at+1)
	}
	for i := range w.known {
		f := &w.known[i]
		p := f.Purchase
		if p != nil && p.Kind == state.PurchaseDelivered && p.OrderRef == order.Purchase.OrderRef && !f.Forwarded && w.lo(f) <= w.at {
			return true
		}
	}
	return false
}

// confirmation judges the confirmation of an unsubscribe (R17).
func (w *world) confirmation() Answer {
	if !w.set.UnsubscribeConfirmation {
		return unlawful(state.ReasonPolicyOff)
	}
	if w.unreadable() {
		return unlawful(state.ReasonUnreadableNegative)
	}
	asked, ever := w.unsubscribedAt()
	for _, n := range w.negatives(w.ask.Channel) {
		if n.complaint {
			return unlawful(state.ReasonComplaint)
		}
	}
	switch {
	case w.pending():
		return unlawful(state.ReasonAddressPending)
	case !ever || w.at >= asked+day:
		return unlawful(state.ReasonNoUnsub24h)
	case w.erased():
		return unlawful(state.ReasonErased)
	case w.wroteLetter():
		return unlawful(state.ReasonObjected)
	case w.confirmedSince(asked):
		return unlawful(state.ReasonAlreadySent)
	}
	return lawful(state.BasisContract, state.ReasonUnsubConfirm)
}

// unsubscribedAt is when the person last unsubscribed on the channel at the
// address.
func (w *world) unsubscribedAt() (state.Instant, bool) {
	last := state.Unset
	for _, n := range w.negatives(w.ask.Channel) {
		u := n.fact.Unsubscribe
		if u != nil && u.Kind == state.UnsubscribeUnsubscribe && !n.fact.Forwarded && n.fact.Address == w.ask.Address {
			last = max(last, w.begins(n.fact))
		}
	}
	return last, last != state.Unset
}

func (w *world) erased() bool {
	for _, n := range w.allNegatives() {
		if u := n.fact.Unsubscribe; u != nil && u.Kind == state.UnsubscribeErasure {
			return true
		}
	}
	return false
}

func (w *world) wroteLetter() bool {
	for _, n := range w.negatives(w.ask.Channel) {
		u := n.fact.Unsubscribe
		if u == nil || u.Kind == state.UnsubscribeUnsubscribe {
			continue
		}
		if u.Method == state.MethodLetter || u.Kind == state.UnsubscribeRestriction || u.Kind == state.UnsubscribeDeceased {
			return true
		}
	}
	return false
}

func (w *world) confirmedSince(asked state.Instant) bool {
	for i := range w.known {
		f := &w.known[i]
		c := f.Click
		if c != nil && c.Kind == state.ClickSent && c.Message == state.MessageUnsubscribeConfirmation &&
			c.Channel == w.ask.Channel && w.lo(f) <= w.at && w.hi(f) >= asked {
			return true
		}
	}
	return false
}
