package rules

import "consentstream/state"

// call is R52, live calls to consumers: opt-out until 10 August 2026, opt-in
// for a year at most from the day after.
func (a *ask) call(p state.Purpose, consent *consents) finding {
	reformed := a.reached(telephoneReform)
	if useless := consent.useless(); useless != state.ReasonNone && (reformed || consent.unconfirmed || p == state.PurposeLoyalty) {
		if found := a.contractCall(p); found.allowed {
			return found
		}
		a.cite(consent.uselessFact)
		return deny(useless)
	}
	if reformed {
		return a.callByConsent(p, consent)
	}
	return a.callUnlessRefused(p, consent)
}

// callByConsent is the law from 11 August 2026 (L223-1, R223-1): a prior
// consent with the five mentions, one year old at most, or a contract in
// progress and a call about its object.
func (a *ask) callByConsent(p state.Purpose, consent *consents) finding {
	if consent.call >= 0 {
		a.cite(consent.call)
		return allow(state.ReasonPhoneConsent, state.BasisConsent)
	}
	if found := a.contractCall(p); found.allowed {
		return found
	}
	a.cite(consent.given)
	switch {
	case consent.noMentions:
		return deny(state.ReasonPhoneMentionsMissing)
	case consent.tooOld:
		return deny(state.ReasonPhoneConsentExpired)
	case p == state.PurposeLoyalty:
		return deny(state.ReasonNeedsLoyaltyConsent)
	}
	return deny(state.ReasonPhoneNoConsent)
}

// callUnlessRefused is the law until 10 August 2026: allowed unless the person
// objected or is on the opposition list, which a contract in progress overrides.
func (a *ask) callUnlessRefused(p state.Purpose, consent *consents) finding {
	switch {
	case p == state.PurposeLoyalty && consent.given < 0:
		return deny(state.ReasonNeedsLoyaltyConsent)
	case p == state.PurposeLoyalty:
		a.cite(consent.given)
		return allow(state.ReasonConsent, state.BasisConsent)
	case !a.v.book.names(a.q.Address):
		return deny(state.ReasonOtherAddress)
	case !a.acquainted():
		return deny(state.ReasonPhoneNoConsent)
	case a.listed():
		return a.callThoughListed(p)
	case a.everObjected(p): // and consent stands against it, or it would have refused
		a.cite(consent.given)
		return allow(state.ReasonConsent, state.BasisConsent)
	}
	return allow(state.ReasonPhoneOptoutPre20260811, state.BasisNone)
}

// callThoughListed is the one exception to the opposition list, a contract in
// progress; a consent is none.
func (a *ask) callThoughListed(p state.Purpose) finding {
	if found := a.contractCall(p); found.allowed {
		return found
	}
	return deny(state.ReasonBloctel)
}

// acquainted reports whether more is known of the person than refusals: these
// must not be what makes somebody known who may be called.
func (a *ask) acquainted() bool {
	for i := range a.v.book.ticks {
		if t := &a.v.book.ticks[i]; !t.negative && a.usable(t.span) {
			return true
		}
	}
	a.restsOn(state.SteadyUnderContact)
	return false
}

// contractCall is a call about the object of a contract in progress: its own
// family, for what is analogous to a sale is not yet the object of a contract.
// A sale that was performed is none (R52). An objection closes it for good.
func (a *ask) contractCall(p state.Purpose) finding {
	if p == state.PurposeLoyalty || a.everObjected(p) {
		return deny(state.ReasonPhoneNoConsent)
	}
	a.restsOn(state.SteadyWithoutSales)
	start, newest := len(a.names), int32(-1)
	for i := range a.v.book.sales {
		if s := &a.v.book.sales[i]; s.address == a.q.Address && a.runs(s) && a.addFamily(start, s.family, nil) {
			newest = s.fact
		}
	}
	if newest < 0 {
		return deny(state.ReasonPhoneNoConsent)
	}
	a.cite(newest)
	found := allow(state.ReasonPhoneContract, state.BasisContract)
	found.families = a.familySet(start)
	return found
}

// runs reports whether a sale is a contract of the person that is in progress.
func (a *ask) runs(s *sale) bool {
	return s.contract && s.own && s.buyer && a.usable(s.span) && a.v.book.contractEnd(&a.walk, s) == state.Never
}

// listed reports whether the person, or the number, is on the opposition list.
func (a *ask) listed() bool {
	for i := range a.v.book.bloctel {
		l := &a.v.book.bloctel[i]
		if (!l.forwarded || l.address == a.q.Address || a.q.Address == "") && a.reached(l.from) {
			a.cite(l.fact)
			return true
		}
	}
	return false
}

// weighForCall checks what a yes needs to carry a call: the five mentions, and
// an age of one year at most, counted from the day it was given (R223-1).
func (a *ask) weighForCall(y *yes, found *consents) {
	if !a.phone() {
		return
	}
	zone := a.v.settings.TimeZone
	switch {
	case !y.mentions:
		found.noMentions = true
	case a.reached(dayOf(y.lo, zone).addYears(1).start(zone)):
		found.tooOld = true
	default:
		found.call = max(found.call, y.fact)
	}
}

// banned is R53: in energy renovation and home adaptation nothing may be
// advertised, by telephone ever and in writing since July 2025, not even with
// consent, except under a contract in progress.
func (a *ask) banned() bool {
	if !a.v.settings.BannedSector || !a.phone() && !a.reached(electronicBan) {
		return false
	}
	a.restsOn(state.SteadyWithoutSales)
	for i := range a.v.book.sales {
		s := &a.v.book.sales[i]
		if about := a.q.Family == "" || a.q.Family == s.family; about && a.runs(s) {
			return false
		}
	}
	return true
}
