package rules

import (
	"time"

	"consentstream/state"
)

// confirmationWindow is how long after an unsubscribe it may be confirmed (R17).
const confirmationWindow = 24 * time.Hour

// confirmation is R17: one neutral message within 24 hours of an unsubscribe,
// never after a complaint, a letter or an erasure. A company that confirms on
// the page has it switched off, and then nothing of this is looked at.
func (a *ask) confirmation() finding {
	if !a.v.settings.UnsubscribeConfirmation {
		return deny(state.ReasonPolicyOff)
	}
	if reason := a.unconfirmable(); reason != state.ReasonNone {
		return deny(reason)
	}
	last := a.lastUnsubscribe()
	if last == nil {
		return deny(state.ReasonNoUnsub24h)
	}
	a.cite(last.fact)
	if reason := a.wipedSince(last); reason != state.ReasonNone {
		return deny(reason)
	}
	if a.confirmed(last) {
		return deny(state.ReasonAlreadySent)
	}
	return allow(state.ReasonUnsubConfirm, state.BasisContract)
}

// unconfirmable is what forbids any confirmation.
func (a *ask) unconfirmable() state.Reason {
	if a.unreadable() {
		return state.ReasonUnreadableNegative
	}
	complaint, letter := int32(-1), int32(-1)
	for i := range a.v.book.negatives {
		n := &a.v.book.negatives[i]
		switch {
		case !n.complaint && !n.solemn || !a.applies(n):
		case n.complaint:
			complaint = n.fact
		default:
			letter = n.fact
		}
	}
	if reason := a.tellObjection(complaint, letter); reason != state.ReasonNone {
		return reason
	}
	if a.pending() {
		return state.ReasonAddressPending
	}
	return state.ReasonNone
}

// lastUnsubscribe returns the newest unsubscribe of the person at this address
// that is no more than 24 hours ago.
func (a *ask) lastUnsubscribe() *negative {
	var last *negative
	for i := range a.v.book.negatives {
		n := &a.v.book.negatives[i]
		here := n.address == a.q.Address || n.address == ""
		if !n.unsubscribe || !here || !a.applies(n) || !a.reached(n.asked) || a.reached(n.asked.Add(confirmationWindow)) {
			continue
		}
		if last == nil || n.asked >= last.asked {
			last = n
		}
	}
	return last
}

// wipedSince refuses to confirm to somebody who was erased or purged.
func (a *ask) wipedSince(last *negative) state.Reason {
	reason := state.ReasonNone
	for i := range a.v.book.negatives {
		n := &a.v.book.negatives[i]
		switch {
		case !n.erasure || !a.applies(n):
		case last.asked <= n.hi:
			return state.ReasonErased
		default:
			reason = state.ReasonObjected
		}
	}
	if reason != state.ReasonNone {
		return reason
	}
	if a.v.wiped != state.Unset && !a.v.clock.running {
		return state.ReasonPurged
	}
	return state.ReasonNone
}

// confirmed reports whether the unsubscribe, or one shortly before it, was
// confirmed already.
func (a *ask) confirmed(last *negative) bool {
	for i := range a.v.book.sent {
		m := &a.v.book.sent[i]
		if m.kind == state.MessageUnsubscribeConfirmation && m.channel == a.q.Channel &&
			m.hi > last.asked.Add(-confirmationWindow) && a.reached(m.lo) {
			a.cite(m.fact)
			return true
		}
	}
	return false
}
