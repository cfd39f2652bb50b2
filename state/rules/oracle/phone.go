package oracle

import (
	"slices"
	"sync"
	"time"

	"consentstream/state"
)

func inParis(year int, month time.Month, day int) state.Instant {
	return midnight(year, month, day, paris())
}

var paris = sync.OnceValue(func() *time.Location {
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		panic("oracle: no time zone database: " + err.Error())
	}
	return zone
})

// reform is when calls to consumers came to need a consent or a running
// contract (R52).
func reform() state.Instant { return inParis(2026, time.August, 11) }

// asConsumer reports whether the law of consumers judges the call: that of a
// business does only what concerns the job (R30).
func (w *world) asConsumer() bool { return !w.isBusiness() || w.ask.Unprofessional }

// phone finds what allows a call for p under the law of consumers. That a
// business is called about something else is told before what that law lacks.
func (w *world) phone(p state.Purpose) Answer {
	a := w.phoneOptIn(p)
	if w.at < reform() {
		a = w.phoneOptOut(p)
	}
	switch a.Reason {
	case state.ReasonPhoneMentionsMissing, state.ReasonPhoneConsentExpired, state.ReasonPhoneNoConsent, state.ReasonBloctel:
		if w.isBusiness() {
			a.Reason = state.ReasonNotProfessional
		}
	}
	return a
}

// phoneOptOut is the old regime: free unless refused or listed, a running
// contract excepted.
func (w *world) phoneOptOut(p state.Purpose) Answer {
	switch {
	case p == state.PurposeLoyalty && w.consented(p):
		return lawful(state.BasisConsent, state.ReasonConsent)
	case p == state.PurposeLoyalty, w.onlyConfirmation(p):
		return unlawful(w.orDoubtful(p, state.ReasonNeedsLoyaltyConsent))
	case !w.names(w.ask.Address):
		return unlawful(state.ReasonOtherAddress)
	case !w.consented(p) && !w.acquainted():
		return unlawful(state.ReasonPhoneNoConsent)
	case w.listed():
		if w.mayRing(p) {
			return w.byContract()
		}
		return unlawful(state.ReasonBloctel)
	case len(w.refusing(p)) > 0:
		return lawful(state.BasisConsent, state.ReasonConsent)
	}
	return lawful(state.BasisNone, state.ReasonPhoneOptoutPre20260811)
}

// acquainted reports that more is known of the person than refusals.
func (w *world) acquainted() bool {
	for _, f := range w.history() {
		if w.carries(f) && !w.onlyRefuses(f) && w.lo(f) >= w.clock.floor {
			return true
		}
	}
	return false
}

// phoneOptIn is the new regime.
func (w *world) phoneOptIn(p state.Purpose) Answer {
	missing := w.callable(p)
	switch {
	case missing == state.ReasonNone:
		return lawful(state.BasisConsent, state.ReasonPhoneConsent)
	case w.mayRing(p) && !w.onlyConfirmation(p):
		return w.byContract()
	case w.consented(p):
		return unlawful(missing)
	case missing == state.ReasonPhoneNoConsent && p == state.PurposeLoyalty:
		missing = state.ReasonNeedsLoyaltyConsent
	}
	return unlawful(w.orDoubtful(p, missing))
}

// callable is None where a phone consent for p is complete: with the mentions,
// and not a year old.
func (w *world) callable(p state.Purpose) state.Reason {
	var noMentions, old bool
	for _, y := range w.consents(p) {
		switch {
		case !y.answer.PhoneMentions:
			noMentions = true
		case w.at >= plusYears(y.lo, 1, w.zone()):
			old = true
		default:
			return state.ReasonNone
		}
	}
	switch {
	case noMentions:
		return state.ReasonPhoneMentionsMissing
	case old:
		return state.ReasonPhoneConsentExpired
	}
	return state.ReasonPhoneNoConsent
}

// mayRing reports a running contract at the number that the call is about, and
// that nobody ever objected: after that only consent carries a call.
func (w *world) mayRing(p state.Purpose) bool {
	families := w.families()
	about := w.ask.Family == "" && len(families) > 0 || slices.Contains(families, w.ask.Family)
	return p != state.PurposeLoyalty && len(w.refusing(p)) == 0 && about
}

func (w *world) byContract() Answer {
	a := lawful(state.BasisContract, state.ReasonPhoneContract)
	a.Families = w.families()
	return a
}

// families are those of the running contracts at the number of the question.
func (w *world) families() []string {
	var list []string
	for _, f := range w.contracts() {
		if f.Address == w.ask.Address && w.at < w.stops(f) && w.current(f) {
			list = append(list, f.Purchase.Family)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// running are the contracts of the contact that run now, of the family of the
// question where it names one.
func (w *world) running() []*state.Fact {
	var list []*state.Fact
	for _, f := range w.contracts() {
		about := w.ask.Family == "" || w.ask.Family == f.Purchase.Family
		if about && w.at < w.stops(f) && w.current(f) {
			list = append(list, f)
		}
	}
	return list
}

// listed reports a number on the list of people who want no calls.
func (w *world) listed() bool {
	for i := range w.known {
		f := &w.known[i]
		u := f.Unsubscribe
		if u != nil && u.Kind == state.UnsubscribeBloctel && w.here(f) && w.begins(f) <= w.at {
			return true
		}
	}
	return false
}
