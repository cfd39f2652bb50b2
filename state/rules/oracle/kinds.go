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

// ground reports a ground of the contact, whatever the address.
func (w *world) ground() bool {
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
	end := state.PurchaseDelivered
	if order.Purchase.Kind == state.PurchaseContractStarted {
		end = state.PurchaseContractEnded
	}
	return w.cancelled(order) || w.marked(end, order)
}

// confirmation judges the confirmation of an unsubscribe (R17).
func (w *world) confirmation() Answer {
	if !w.set.UnsubscribeConfirmation {
		return unlawful(state.ReasonPolicyOff)
	}
	if w.unreadable() {
		return unlawful(state.ReasonUnreadableNegative)
	}
	if reason := objection(w.solemn()); reason != state.ReasonNone {
		return unlawful(reason)
	}
	if w.pending() {
		return unlawful(state.ReasonAddressPending)
	}
	asked := w.lastUnsubscribe()
	if asked == state.Unset {
		return unlawful(state.ReasonNoUnsub24h)
	}
	if reason := w.erasedSince(asked); reason != state.ReasonNone {
		return unlawful(reason)
	}
	if w.confirmedSince(asked - day) {
		return unlawful(state.ReasonAlreadySent)
	}
	return lawful(state.BasisContract, state.ReasonUnsubConfirm)
}

// solemn are the objections that are never confirmed by mail: complaints,
// letters, authorities, restriction, death.
func (w *world) solemn() []negative {
	var list []negative
	for _, n := range w.negatives() {
		u := n.fact.Unsubscribe
		switch {
		case n.complaint:
			list = append(list, n)
		case u == nil || u.Kind == state.UnsubscribeUnsubscribe:
		case u.Kind == state.UnsubscribeRestriction, u.Kind == state.UnsubscribeDeceased,
			u.Method == state.MethodLetter, u.Method == state.MethodAuthority:
			list = append(list, n)
		}
	}
	return list
}

// lastUnsubscribe is when the person last unsubscribed on the channel at the
// address, in the last 24 hours; Unset for never.
func (w *world) lastUnsubscribe() state.Instant {
	last := state.Unset
	for _, n := range w.negatives() {
		u, at := n.fact.Unsubscribe, w.begins(n.fact)
		here := n.fact.Address == w.ask.Address || n.fact.Address == ""
		if u != nil && u.Kind == state.UnsubscribeUnsubscribe && !n.fact.Forwarded && here && w.at < at+day {
			last = max(last, at)
		}
	}
	return last
}

// erasedSince refuses to confirm to somebody whose data are gone.
func (w *world) erasedSince(asked state.Instant) state.Reason {
	reason := state.ReasonNone
	for _, n := range w.negatives() {
		u := n.fact.Unsubscribe
		switch {
		case u == nil || u.Kind != state.UnsubscribeErasure:
		case asked <= n.hi:
			return state.ReasonErased
		default:
			reason = state.ReasonObjected
		}
	}
	if reason == state.ReasonNone && len(w.wipes) > 0 && !w.clock.runs {
		return state.ReasonPurged
	}
	return reason
}

func (w *world) confirmedSince(after state.Instant) bool {
	for i := range w.known {
		f := &w.known[i]
		c := f.Click
		if c != nil && c.Kind == state.ClickSent && c.Message == state.MessageUnsubscribeConfirmation && !f.Forwarded &&
			c.Channel == w.ask.Channel && w.lo(f) <= w.at && w.hi(f) > after {
			return true
		}
	}
	return false
}
