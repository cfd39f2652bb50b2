package oracle

import (
	"slices"

	"consentstream/state"
)

// contactType is what the contact is: a business when a fact says so and
// surely happened after all that call it a consumer; of several the newest,
// and the one with a name of two at once. A wipe takes it, the end of
// retention does not.
func (w *world) contactType() state.ContactType {
	consumer := state.Unset
	for i := range w.known {
		f := &w.known[i]
		if w.types(f) == state.ContactConsumer && w.lo(f) <= w.at && !w.wiped(f) {
			consumer = max(consumer, w.hi(f))
		}
	}
	kind, newest := state.ContactConsumer, state.Unset
	for i := range w.known {
		f := &w.known[i]
		business := w.types(f) == state.ContactB2BNamed || w.types(f) == state.ContactB2BGeneric
		if !business || !w.positive(f) || w.lo(f) <= consumer {
			continue
		}
		if w.hi(f) > newest || (w.hi(f) == newest && w.types(f) == state.ContactB2BNamed) {
			kind, newest = w.types(f), w.hi(f)
		}
	}
	return kind
}

func (w *world) types(f *state.Fact) state.ContactType {
	if f.Signup == nil || f.Forwarded || f.Signup.Kind == state.SignupUnknown {
		return state.ContactNone
	}
	return f.Signup.ContactType
}

func (w *world) isBusiness() bool { return w.contactType() != state.ContactConsumer }

// business judges the business rules: a named address after a notice and about
// the job (R30), a generic one freely (R31), a call to either by notice and
// relevance (R52).
func (w *world) business(p state.Purpose) Answer {
	generic := w.contactType() == state.ContactB2BGeneric
	if generic && w.ask.Channel != state.ChannelPhone {
		if !w.names(w.ask.Address) {
			return unlawful(w.orDoubtful(p, state.ReasonOtherAddress))
		}
		return lawful(state.BasisB2B, state.ReasonB2BGeneric)
	}
	reason, families := w.informed(p)
	switch {
	case reason != state.ReasonNone:
		return unlawful(w.orDoubtful(p, reason))
	case w.ask.Unprofessional:
		return unlawful(w.orDoubtful(p, state.ReasonNotProfessional))
	}
	a := lawful(state.BasisB2B, state.ReasonB2BNamed)
	if generic {
		a.Reason = state.ReasonB2BGeneric
	}
	a.Families = families
	return a
}

// informed judges the notices to a business, and tells the families that they
// list where none of them covers all (A6).
func (w *world) informed(p state.Purpose) (state.Reason, []string) {
	best, listed, all := state.ReasonNoNotice, []string(nil), false
	for _, n := range w.notices() {
		reason := w.informs(n, p)
		if reason == state.ReasonNone {
			all = all || len(n.notice.Families) == 0
			listed = append(listed, n.notice.Families...)
			if w.ask.Family != "" && len(n.notice.Families) > 0 && !slices.Contains(n.notice.Families, w.ask.Family) {
				reason = state.ReasonNotAnalogous
			}
		}
		best = further(best, reason)
	}
	if best != state.ReasonNone || all {
		return best, nil
	}
	slices.Sort(listed)
	return best, slices.Compact(listed)
}
