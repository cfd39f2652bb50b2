package oracle

import (
	"time"

	"consentstream/state"
)

// reform is 11 August 2026, 00:00 in Paris: from then on calls to consumers
// need a consent or a running contract (R52).
func reform() state.Instant {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		panic("oracle: no time zone database: " + err.Error())
	}
	return midnight(2026, time.August, 11, paris)
}

// phone finds what allows a call for p.
func (w *world) phone(p state.Purpose) Answer {
	switch {
	case p == state.PurposeLoyalty:
		return w.phoneLoyalty(p)
	case w.isBusiness() && !w.ask.Unprofessional:
		return w.phoneBusiness(p)
	case w.at < reform():
		return w.phoneOptOut()
	}
	return w.phoneOptIn(p)
}

// phoneOptOut is the old regime: free unless listed, a running contract
// excepted.
func (w *world) phoneOptOut() Answer {
	switch {
	case !w.named(w.ask.Address):
		return unlawful(state.ReasonOtherAddress)
	case !w.listed():
		return lawful(state.BasisNone, state.ReasonPhoneOptoutPre20260811)
	case w.related():
		return lawful(state.BasisContract, state.ReasonPhoneContract)
	}
	return unlawful(state.ReasonBloctel)
}

// phoneOptIn is the new regime.
func (w *world) phoneOptIn(p state.Purpose) Answer {
	missing := w.callable(p)
	switch {
	case missing == state.ReasonNone:
		return lawful(state.BasisConsent, state.ReasonPhoneConsent)
	case w.related():
		return lawful(state.BasisContract, state.ReasonPhoneContract)
	}
	return unlawful(w.orUseless(p, missing))
}

func (w *world) phoneLoyalty(p state.Purpose) Answer {
	if w.at < reform() {
		if w.consented(state.ChannelPhone, p) {
			return lawful(state.BasisConsent, state.ReasonConsent)
		}
		return unlawful(w.orUseless(p, state.ReasonNeedsLoyaltyConsent))
	}
	missing := w.callable(p)
	switch missing {
	case state.ReasonNone:
		return lawful(state.BasisConsent, state.ReasonPhoneConsent)
	case state.ReasonPhoneNoConsent:
		missing = state.ReasonNeedsLoyaltyConsent
	}
	return unlawful(w.orUseless(p, missing))
}

func (w *world) phoneBusiness(p state.Purpose) Answer {
	if w.at >= reform() && w.callable(p) == state.ReasonNone {
		return lawful(state.BasisConsent, state.ReasonPhoneConsent)
	}
	a := w.businessAnswer(p)
	if !a.Allowed && w.at >= reform() && w.related() {
		return lawful(state.BasisContract, state.ReasonPhoneContract)
	}
	return a
}

// callable is None where a phone consent for p is complete: open, with the
// mentions, and not a year old.
func (w *world) callable(p state.Purpose) state.Reason {
	reason := state.ReasonPhoneNoConsent
	for _, y := range w.open(state.ChannelPhone, p) {
		switch {
		case !y.answer.PhoneMentions:
			reason = state.ReasonPhoneMentionsMissing
		case w.at >= plusYears(y.lo, 1, w.zone()):
			if reason == state.ReasonPhoneNoConsent {
				reason = state.ReasonPhoneConsentExpired
			}
		default:
			return state.ReasonNone
		}
	}
	return reason
}

// running are the contracts of the contact that run now.
func (w *world) running() []*state.Fact {
	var list []*state.Fact
	for _, f := range w.contracts() {
		if !w.endedBefore(f, w.at+1) {
			list = append(list, f)
		}
	}
	return list
}

// related reports a running contract that a call about the family belongs to.
func (w *world) related() bool {
	for _, f := range w.running() {
		if f.Address == w.ask.Address && (w.ask.Family == "" || w.ask.Family == f.Purchase.Family) {
			return true
		}
	}
	return false
}

// listed reports a number on the list of people who want no calls.
func (w *world) listed() bool {
	for i := range w.known {
		f := &w.known[i]
		u := f.Unsubscribe
		elsewhere := f.Forwarded && f.Address != w.ask.Address
		if u != nil && u.Kind == state.UnsubscribeBloctel && !elsewhere && w.begins(f) <= w.at {
			return true
		}
	}
	return false
}
