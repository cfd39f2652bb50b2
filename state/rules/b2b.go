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
// where a notice bounds them (A6).
func (a *ask) businessNotice(p state.Purpose) (step saleStep, told int32, families []string) {
	step, told = stepNoNotice, -1
	for i := len(a.v.book.notices) - 1; i >= 0; i-- {
		n := &a.v.book.notices[i]
		if n.address != a.q.Address || !a.usable(n.span) {
			continue
		}
		reached := a.noticeStep(n, p)
		if reached == stepComplete && len(n.text.Families) > 0 && !hasFamily(n.text.Families, a.q.Family) {
			reached = stepNotAnalogous
		}
		if reached > step {
			step, told, families = reached, n.fact, n.text.Families
		}
	}
	return step, told, families
}

// unrelatedCall is a call that has nothing to do with the job: the law of
// consumers decides, and that it has nothing to do with the job is told before
// what that law misses (R30).
func (a *ask) unrelatedCall(p state.Purpose, consent *consents) finding {
	found := a.call(p, consent)
	switch found.reason {
	case state.ReasonPhoneMentionsMissing, state.ReasonPhoneConsentExpired, state.ReasonPhoneNoConsent, state.ReasonBloctel:
		return deny(state.ReasonNotProfessional)
	}
	return found
}
