package rules

import "consentstream/state"

// The order of the gates. Each kind of message has its list; a gate either
// answers, with the reason, or lets the question pass to the next one. Nothing
// is allowed that no basis allows.

// lawful answers the question as the law does.
func (a *ask) lawful() finding {
	switch a.q.Kind {
	case state.MessageService:
		return a.service()
	case state.MessageReviewRequest:
		return a.review()
	case state.MessagePromotional:
		return a.marketing(state.PurposePromotional)
	case state.MessageNewsletter:
		return a.marketing(state.PurposeNewsletter)
	case state.MessageCartAbandonment:
		return a.marketing(state.PurposeCart)
	case state.MessageLoyalty:
		return a.marketing(state.PurposeLoyalty)
	case state.MessageOptInBlock:
		return a.block()
	case state.MessageDeletionWarning:
		return a.warning()
	case state.MessageUnsubscribeConfirmation:
		return a.confirmation()
	case state.MessageWelcome:
		return a.welcome()
	}
	return deny(state.ReasonNone)
}

// marketing is the list for whatever advertises (R10 to R13).
func (a *ask) marketing(p state.Purpose) finding { return a.recall(p) }

func (a *ask) advertise(p state.Purpose) finding {
	consent := a.consent(p)
	if reason := a.refused(p, consent); reason != state.ReasonNone {
		return deny(reason)
	}
	if reason := a.over(); reason != state.ReasonNone {
		return deny(reason)
	}
	found := a.basis(p, consent)
	if found.allowed && a.banned() {
		return deny(state.ReasonSectorBan)
	}
	return found
}

// refused is what goes before everything else: a negative that nobody could
// read, an objection, negatives on the address that are not known yet.
func (a *ask) refused(p state.Purpose, consent *consents) state.Reason {
	if a.unreadable() {
		return state.ReasonUnreadableNegative
	}
	if reason := a.objected(p, consent); reason != state.ReasonNone {
		return reason
	}
	if a.pending() {
		return state.ReasonAddressPending
	}
	return state.ReasonNone
}

// over is R42 and R45: no marketing without a running clock, nor at or after E.
func (a *ask) over() state.Reason {
	c := &a.v.clock
	a.next = min(a.next, a.v.ends)
	switch {
	case c.expired:
		a.cite(c.anchor)
		return state.ReasonExpired
	case c.running:
		return state.ReasonNone
	case a.v.wiped != state.Unset:
		return state.ReasonPurged
	}
	return state.ReasonUnknownContact
}

// overtakes reports whether the clock gives another answer, whatever that is,
// than one that was found earlier. Past its gate nothing is told from E on, and
// in the warning window nobody is outside it.
func (v *view) overtakes(kind state.MessageKind, reason state.Reason) bool {
	c := &v.clock
	if c.expired {
		return clocked[kind] && !toldFirst[reason]
	}
	return reason == state.ReasonOutOfWindow && v.t >= c.warns && !v.book.contact.ClockUnsure
}

// clocked are the kinds whose list has the gate of the clock.
var clocked = [state.MessageCall + 1]bool{
	state.MessagePromotional: true, state.MessageNewsletter: true, state.MessageCartAbandonment: true, state.MessageLoyalty: true,
	state.MessageOptInBlock: true, state.MessageDeletionWarning: true, state.MessageWelcome: true,
}

// toldFirst are the reasons of that gate and of those before it.
var toldFirst = [state.ReasonBeyondHorizon + 1]bool{
	state.ReasonBeyondHorizon: true, state.ReasonUnreadableNegative: true, state.ReasonComplaint: true, state.ReasonObjected: true,
	state.ReasonAddressPending: true, state.ReasonExpired: true, state.ReasonPurged: true, state.ReasonUnknownContact: true,
}

// basis finds what carries a message (R10): explicit consent, else the
// exception for clients, else the doctrine on businesses. Calls to consumers
// have a law of their own.
func (a *ask) basis(p state.Purpose, consent *consents) finding {
	if a.phone() && a.asConsumer() {
		return a.consumerCall(p, consent)
	}
	if consent.given >= 0 {
		a.cite(consent.given)
		return allow(state.ReasonConsent, state.BasisConsent)
	}
	useless := consent.useless()
	if useless != state.ReasonNone && (consent.unconfirmed || p == state.PurposeLoyalty) {
		a.cite(consent.uselessFact)
		return deny(useless)
	}
	if p == state.PurposeLoyalty {
		return deny(state.ReasonNeedsLoyaltyConsent)
	}
	start := len(a.cited)
	found := a.withoutConsent(p)
	if !found.allowed && useless != state.ReasonNone {
		a.cited = append(a.cited[:start], consent.uselessFact)
		return deny(useless)
	}
	return found
}

// withoutConsent tries the bases that need no yes. What a business lacks is
// told before the sale that it does not need.
func (a *ask) withoutConsent(p state.Purpose) finding {
	start, found := len(a.cited), deny(state.ReasonNoPurchase)
	if !a.phone() {
		found = a.softOptIn(p)
	}
	if found.allowed || a.v.kind == state.ContactConsumer {
		return found
	}
	a.cited = a.cited[:start]
	return a.business(p)
}

// welcome is R18: what opens the series carries it, promotional or newsletter.
func (a *ask) welcome() finding { return a.promotionalOrNewsletter() }

// promotionalOrNewsletter returns the finding whose reason is told first, of two
// alike the promotional one. Reasons are in that order: those that allow by the
// strength of the basis, then those that refuse.
func (a *ask) promotionalOrNewsletter() finding {
	start := len(a.cited)
	promotional := a.marketing(state.PurposePromotional)
	middle := len(a.cited)
	newsletter := a.marketing(state.PurposeNewsletter)
	if newsletter.reason >= promotional.reason {
		a.cited = a.cited[:middle]
		return promotional
	}
	a.cited = append(a.cited[:start], a.cited[middle:]...)
	return newsletter
}
