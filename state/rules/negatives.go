package rules

import (
	"slices"

	"consentstream/state"
)

// unreadable reports whether a record that could not be read may be a
// negative: nothing is sent until a person has looked at it.
func (a *ask) unreadable() bool {
	found := false
	for i := range a.v.book.blind {
		spot := &a.v.book.blind[i]
		if a.reached(spot.from) && !a.reached(spot.until) {
			a.cite(spot.fact)
			found = true
		}
	}
	return found
}

// applies reports whether an objection is in force for the channel, brand and
// address of the question. A negative follows the person to every address and
// brand (R4, R41), unless a list of brands was displayed; one that came over a
// shared address stays with it.
func (a *ask) applies(n *negative) bool {
	onChannel := n.channels.Has(a.q.Channel) || a.strict && n.complaint && a.v.settings.ComplaintClosesAllChannels
	onBrand := len(n.brands) == 0 || slices.Contains(n.brands, a.q.Brand)
	onAddress := !n.forwarded || n.address == a.q.Address || a.q.Address == ""
	return onChannel && onBrand && onAddress && a.reached(n.from) && !a.lapsed(n)
}

// lapsed is R48: the suppression list of a wiped profile may forget, but never
// a complaint, nor what another contact said, and never so that what was
// collected meanwhile comes to life.
func (a *ask) lapsed(n *negative) bool {
	v := a.v
	if n.complaint || n.forwarded || n.hi > v.wiped {
		return false
	}
	return a.reached(v.lapse) && v.profile >= v.lapse
}

// closedConsents is which consents an objection closes (R33); all marketing
// where the company lets any objection close all.
func (a *ask) closedConsents(n *negative) state.Purposes {
	if a.strict && a.v.settings.AnyObjectionClosesAll {
		return n.consent | state.AllMarketing
	}
	return n.consent
}

// objected is R32 to R37: an objection that covers the purpose refuses, unless
// a consent stands against it. Where one only lacks its confirmation, that is
// told later, as what is missing.
func (a *ask) objected(p state.Purpose, consent *consents) state.Reason {
	if consent.given >= 0 || consent.unconfirmed {
		return state.ReasonNone
	}
	complaint, objection := int32(-1), int32(-1)
	for _, n := range a.inForce() {
		switch {
		case !a.covers(n, p):
		case n.complaint:
			complaint = n.fact
		default:
			objection = n.fact
		}
	}
	return a.tellObjection(complaint, objection)
}

// tellObjection cites what it tells: a complaint before any other objection.
func (a *ask) tellObjection(complaint, objection int32) state.Reason {
	reason, fact := complaintFirst(complaint, objection)
	a.cite(fact)
	return reason
}

// complaintFirst is a complaint before any other objection.
func complaintFirst(complaint, objection int32) (state.Reason, int32) {
	switch {
	case complaint >= 0:
		return state.ReasonComplaint, complaint
	case objection >= 0:
		return state.ReasonObjected, objection
	}
	return state.ReasonNone, -1
}

// everObjected reports whether an objection covers the purpose, lifted or not:
// only consent carries it from then on (R35, R29).
func (a *ask) everObjected(p state.Purpose) bool {
	return slices.ContainsFunc(a.inForce(), func(n *negative) bool { return a.covers(n, p) })
}

// covers reports whether an objection is one to a purpose. Soft opt-in does
// not exist for loyalty and reviews, so closing it does not touch them.
func (a *ask) covers(n *negative, p state.Purpose) bool {
	if a.closedConsents(n).Has(p) {
		return true
	}
	return p != state.PurposeLoyalty && p != state.PurposeReview && n.soft.Has(p)
}

// notLifted finds an objection on the channel that is not lifted in full.
func (a *ask) notLifted() (state.Reason, int32) {
	complaint, objection := int32(-1), int32(-1)
	for _, n := range a.inForce() {
		switch {
		case a.allGiven(a.closedConsents(n)):
		case n.complaint:
			complaint = n.fact
		default:
			objection = n.fact
		}
	}
	return complaintFirst(complaint, objection)
}

// pending reports whether marketing waits for what others have said about the
// address (R41): its owner has not answered, it is shared by too many, or what
// was known about it has been given up.
func (a *ask) pending() bool {
	c := a.v.book.contact
	for i := range c.Uses {
		u := &c.Uses[i]
		if (u.Address == a.q.Address || a.q.Address == "") && (!u.Answered || u.Crowded) {
			return true
		}
	}
	return c.GaveUp(a.q.Address)
}
