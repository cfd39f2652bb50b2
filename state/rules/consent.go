package rules

import "consentstream/state"

// noConsent is what there is without a yes.
var noConsent = consents{given: -1, call: -1, uselessFact: -1}

// consents is what the yeses of a contact amount to for one purpose on the
// channel, address and brand of the question.
type consents struct {
	given int32 // fact of the newest one that counts, -1 = none

	// Why those that do not count are useless, and the fact of the newest.
	noProof     bool
	badForm     bool
	unconfirmed bool // it would lift a complaint if it were confirmed (R36)
	uselessFact int32

	// For calls: why those that count in general do not carry a call (R52).
	call       int32 // fact of the newest that does, -1 = none
	noMentions bool
	tooOld     bool
}

// useless returns why there is a consent but none that counts, in the order in
// which it is told.
func (c *consents) useless() state.Reason {
	switch {
	case c.given >= 0:
		return state.ReasonNone
	case c.noProof:
		return state.ReasonProofMissing
	case c.badForm:
		return state.ReasonConsentInvalidForm
	case c.unconfirmed:
		return state.ReasonComplaintNeedsDOI
	}
	return state.ReasonNone
}

// weighAll looks for a yes to a purpose (R19 to R22, R35), the newest first. It
// covers only the channel, purpose and brand it names, at the address it was
// given for. In writing the newest that counts decides; for calls an older one
// may carry what it does not.
func (a *ask) weighAll(p state.Purpose, found *consents) {
	*found = noConsent
	for i := len(a.v.book.yeses) - 1; i >= 0; i-- {
		y := &a.v.book.yeses[i]
		if y.channels.Has(a.q.Channel) && y.address == a.q.Address && y.brand == a.q.Brand && a.usable(y.span) {
			a.weigh(y, p, found)
		}
		if found.given >= 0 && !a.phone() {
			return
		}
	}
}

// weigh adds one yes to what is found. A yes to promotional may cover reminders
// of a basket (R12); what refuses either then stands against it.
func (a *ask) weigh(y *yes, p state.Purpose, found *consents) {
	own := y.purposes.Has(p)
	general := p == state.PurposeCart && a.v.settings.CartCoveredByPromotional && y.purposes.Has(state.PurposePromotional)
	switch {
	case !own && !general:
	case !y.validForm:
		found.badForm = true
		found.isUseless(y)
	case !a.proven(y.proof, y.span):
		found.noProof = true
		found.isUseless(y)
	default:
		a.count(y, p, own, found)
	}
}

// count adds a yes that is well formed and proven, to the purpose itself or to
// promotional.
func (a *ask) count(y *yes, p state.Purpose, own bool, found *consents) {
	purposes := state.PurposesOf(p)
	if !own {
		purposes = state.PurposesOf(p, state.PurposePromotional)
	}
	survives, unconfirmed := a.survives(y, purposes, !own)
	switch {
	case survives:
		found.given = max(found.given, y.fact)
		a.weighForCall(y, found)
	case unconfirmed:
		found.unconfirmed = true
		found.isUseless(y)
	}
}

// isUseless notes a yes that does not count; the newest is told.
func (c *consents) isUseless(y *yes) { c.uselessFact = max(c.uselessFact, y.fact) }

// proven is R20: the proof of the single act exists, and has not been lost. A
// loss is about what was given by then, not about what the same form proves later.
func (a *ask) proven(ref string, s span) bool {
	if ref == "" || s.mayPrecede(a.v.book.contact.Retracted.ProofLost) {
		return false
	}
	for i := range a.v.book.lost {
		if l := &a.v.book.lost[i]; l.ref == ref && l.until >= s.lo && a.reached(l.from) {
			return false
		}
	}
	return true
}

// survives reports whether a yes stands against every objection that closes
// one of the purposes. A refusal of the basket alone is not undone by a
// general yes (R12). unconfirmed tells that only confirmation is missing.
func (a *ask) survives(y *yes, purposes state.Purposes, general bool) (survives, unconfirmed bool) {
	inForce := a.inForce()
	for i := len(inForce) - 1; i >= 0; i-- { // the newest mostly decides
		n := inForce[i]
		if a.closedConsents(n)&purposes == 0 {
			continue
		}
		if general && n.refused.Has(state.PurposeCart) && !n.refused.Has(state.PurposePromotional) {
			return false, false
		}
		if !lifts(y, n) {
			return false, false
		}
		if n.complaint && a.v.settings.ComplaintNeedsConfirmation && !y.confirmed {
			unconfirmed = true
		}
	}
	return !unconfirmed, unconfirmed
}

// lifts is R35: only a later, explicit act of the person, not made in the same
// submission as the refusal (R2), not asked for by a message that the
// objection forbade, and never another contact's objection (R41).
func lifts(y *yes, n *negative) bool {
	sameForm := y.submission != "" && y.submission == n.submission
	return y.lo > n.hi && !sameForm && !y.synced && !n.forwarded && !n.forbids(y.message)
}

// forbids reports whether an objection forbade to send a kind of message.
func (n *negative) forbids(kind state.MessageKind) bool {
	closed := n.consent | n.soft
	switch kind {
	case state.MessagePromotional:
		return closed.Has(state.PurposePromotional)
	case state.MessageNewsletter:
		return closed.Has(state.PurposeNewsletter)
	case state.MessageCartAbandonment:
		return closed.Has(state.PurposeCart)
	case state.MessageLoyalty:
		return closed.Has(state.PurposeLoyalty)
	case state.MessageWelcome:
		return closed.Has(state.PurposePromotional) || closed.Has(state.PurposeNewsletter)
	case state.MessageReviewRequest:
		return n.consent.Has(state.PurposeReview)
	case state.MessageOptInBlock, state.MessageDeletionWarning, state.MessageUnsubscribeConfirmation:
		return true
	case state.MessageCall:
		return n.channels.Has(state.ChannelPhone)
	}
	return false
}

// allGiven reports whether every purpose of a set has a consent.
func (a *ask) allGiven(purposes state.Purposes) bool {
	for _, p := range marketable {
		if purposes.Has(p) {
			if c := a.consent(p); c.given < 0 {
				return false
			}
		}
	}
	return true
}

// marketable are the purposes that a person can refuse and allow.
var marketable = [...]state.Purpose{
	state.PurposePromotional, state.PurposeNewsletter, state.PurposeCart, state.PurposeLoyalty, state.PurposeReview,
}
