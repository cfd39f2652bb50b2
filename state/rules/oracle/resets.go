package oracle

import (
	"consentstream/state"
	"consentstream/state/rules"
)

// resets reports whether a fact is a last contact (R43).
func (w *world) resets(f *state.Fact) bool {
	if !w.positive(f) && !w.endsContract(f) {
		return false
	}
	switch {
	case f.Purchase != nil:
		return w.purchaseResets(f)
	case f.Click != nil:
		return w.clickResets(f)
	case f.Signup != nil:
		return signupResets(f.Signup)
	}
	return false
}

// always reports whether a parameter was on in every version of the policy in
// force from the fact to now: one that is switched on later revives nobody.
func (w *world) always(f *state.Fact, on func(*rules.Settings) bool) bool {
	for i := range w.policy.Versions {
		from, to := state.Unset, state.Never
		if i > 0 {
			from = w.policy.Versions[i].EffectiveFrom
		}
		if i+1 < len(w.policy.Versions) {
			to = w.policy.Versions[i+1].EffectiveFrom
		}
		if from <= w.at && to > w.lo(f) && !on(w.policy.Versions[i].For(w.controller)) {
			return false
		}
	}
	return true
}

func (w *world) purchaseResets(f *state.Fact) bool {
	p := f.Purchase
	switch p.Kind {
	case state.PurchaseOrdered, state.PurchaseContractStarted:
		return own(p)
	case state.PurchaseContractEnded:
		return true
	case state.PurchaseAttended:
		return w.always(f, func(s *rules.Settings) bool { return s.AttendanceCountsAsContact })
	}
	return false
}

func (w *world) clickResets(f *state.Fact) bool {
	c := f.Click
	if c.Actor != state.ActorHuman {
		return false
	}
	switch c.Kind {
	case state.ClickLogin:
		return w.always(f, func(s *rules.Settings) bool { return s.LoginCountsAsContact })
	case state.ClickClick:
		content := c.Target == state.TargetContent || c.Target == state.TargetKeepMe
		switch c.Message {
		case state.MessageUnknown:
			return false
		case state.MessageService:
			return content && w.always(f, func(s *rules.Settings) bool { return s.ServiceClickCountsAsContact })
		}
		return content
	}
	return false
}

func signupResets(s *state.Signup) bool {
	switch s.Kind {
	case state.SignupAccountCreated, state.SignupInquiry, state.SignupAlertRequested:
		return true
	case state.SignupCollected:
		switch s.Collection {
		case state.CollectionDirect, state.CollectionInStore, state.CollectionByPhone:
			return true
		}
	}
	return saysYes(s)
}

// saysYes reports a YES that is an act of the person.
func saysYes(s *state.Signup) bool {
	for _, a := range s.Answers {
		if a.Value == state.AnswerYes && a.Form != state.FormPretickedBox && a.Form != state.FormTerms {
			return true
		}
	}
	return false
}

// opens reports whether a fact opens a new epoch after the end of one (R45).
func (w *world) opens(f *state.Fact) bool {
	if !w.resets(f) {
		return false
	}
	switch {
	case f.Purchase != nil:
		return f.Purchase.Kind == state.PurchaseOrdered || f.Purchase.Kind == state.PurchaseContractStarted
	case f.Signup != nil:
		return true
	}
	return false
}
