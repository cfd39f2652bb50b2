package rules

import "consentstream/state"

// business is R30 and R31: a named address at work may be written to without
// consent about the job, after a notice that let refuse; a generic address
// belongs to no person. A call is judged by notice and relevance in both cases
// (R52).
func (a *ask) business(p state.Purpose) finding {
	if a.v.kind == state.ContactB2BGeneric && !a.phone() {
		if !a.v.book.names(a.q.Address) {
			return deny(state.ReasonOtherAddress)
		}
		return allow(state.ReasonB2BGeneric, state.BasisB2B)
	}
	step, told, families := a.businessNotice(p)
	a.cite(told)
	switch {
	case step < stepComplete:
		return deny(stepReasons[step])
	case a.q.Unprofessional:
		return deny(state.ReasonNotProfessional)
	}
	found := allow(state.ReasonB2BNamed, state.BasisB2B)
	if a.v.kind == state.ContactB2BGeneric {
		found.reason = state.ReasonB2BGeneric
	}
	found.families = families
	return found
}

// businessNotice finds the notice that got furthest. Families are given only
// where every notice that allows bounds them (A6).
func (a *ask) businessNotice(p state.Purpose) (step saleStep, told int32, families named) {
	a.restsOn(state.SteadyUnderNotice)
	step, told = stepNoNotice, -1
	start, bounded := len(a.names), true
	for i := len(a.v.book.notices) - 1; i >= 0; i-- {
		n := &a.v.book.notices[i]
		if n.address != a.q.Address || !a.usable(n.span) {
			continue
		}
		reached := a.noticeStep(n, p)
		if reached == stepComplete {
			bounded = bounded && len(n.text.Families) > 0
			if !a.addNamed(start, n.text.Families) {
				reached = stepNotAnalogous
			}
		}
		if reached > step {
			step, told = reached, n.fact
		}
	}
	if bounded {
		families = a.familySet(start)
	}
	return step, told, families
}

// addNamed adds the families that a notice lists and reports whether the one
// of the question is among them; a notice that lists none is about all.
func (a *ask) addNamed(start int, listed []string) (covers bool) {
	for _, family := range listed {
		covers = a.addFamily(start, family, nil) || covers
	}
	return covers || len(listed) == 0
}

// asConsumer reports whether the law of consumers judges a call: a business is
// outside it only in what concerns the job (R30, R52).
func (a *ask) asConsumer() bool {
	return a.v.kind == state.ContactConsumer || a.q.Unprofessional
}

// consumerCall is a call under the law of consumers. That a business is called
// about something else than its job is told before what that law misses (R30).
func (a *ask) consumerCall(p state.Purpose, consent *consents) finding {
	found := a.call(p, consent)
	if a.v.kind == state.ContactConsumer {
		return found
	}
	switch found.reason {
	case state.ReasonPhoneMentionsMissing, state.ReasonPhoneConsentExpired, state.ReasonPhoneNoConsent, state.ReasonBloctel:
		return deny(state.ReasonNotProfessional)
	}
	return found
}
