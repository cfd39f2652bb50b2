package oracle

import "consentstream/state"

// resets reports whether a fact is a last contact (R43).
func (w *world) resets(f *state.Fact) bool {
	if !w.positive(f) {
		return false
	}
	switch {
	case f.Purchase != nil:
		return w.purchaseResets(f.Purchase)
	case f.Click != nil:
		return w.clickResets(f.Click)
	case f.Signup != nil:
		return signupResets(f.Signup)
	}
	return false
}

func (w *world) purchaseResets(p *state.Purchase) bool {
	switch p.Kind {
	case state.PurchaseOrdered, state.PurchaseContractStarted:
		return own(p)
	case state.PurchaseContractEnded:
		return true
	case state.PurchaseAttended:
		return w.set.AttendanceCountsAsContact
	}
	return false
}

func (w *world) clickResets(c *state.Click) bool {
	if c.Actor != state.ActorHuman {
		return false
	}
	switch c.Kind {
	case state.ClickLogin:
		return w.set.LoginCountsAsContact
	case state.ClickClick:
		content := c.Target == state.TargetContent || c.Target == state.TargetKeepMe
		switch c.Message {
		case state.MessageUnknown:
			return false
		case state.MessageService:
			return content && w.set.ServiceClickCountsAsContact
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
