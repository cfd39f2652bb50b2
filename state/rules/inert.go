package rules

import "consentstream/state"

// Inert reports whether a fact can move no standing eligibility of a contact
// about whom something earlier is known already, under any version of the
// policy: it resets no clock (R43, R55), opens nothing and counts for nothing
// that is sent once. Almost half of what a shop records is of this kind, so
// that a processor which keeps it without deciding again saves half its work.
//
// It holds for a contact that has been decided about, that has a fact before
// this one, and that names no address and no brand for the first time with it.
func Inert(p *Policy, f *state.Fact) bool {
	if f.Click == nil {
		return false
	}
	c := f.Click
	switch c.Kind {
	case state.ClickSent:
		return inertMessage(p, c)
	case state.ClickOpen, state.ClickVisit, state.ClickBounced, state.ClickUnknown:
		return true
	}
	if c.Actor != state.ActorHuman {
		return true
	}
	switch clickClass(c) {
	case resetsNever:
		return true
	case resetsByLogin:
		return !p.any(func(s *Settings) bool { return s.LoginCountsAsContact })
	case resetsByServiceClick:
		return !p.any(func(s *Settings) bool { return s.ServiceClickCountsAsContact })
	}
	return false
}

// inertMessage reports whether having sent a message matters to nothing but the
// frequency of calls, which a standing eligibility leaves out.
func inertMessage(p *Policy, c *state.Click) bool {
	switch c.Message {
	case state.MessagePromotional, state.MessageCartAbandonment, state.MessageLoyalty, state.MessageOptInBlock,
		state.MessageService, state.MessageCall:
		return true
	case state.MessageNewsletter, state.MessageWelcome:
		return !p.any(func(s *Settings) bool { return s.WelcomeRamp })
	}
	return false
}

// any reports whether a choice is made in any version, for any controller.
func (p *Policy) any(chosen func(*Settings) bool) bool {
	for i := range p.Versions {
		v := &p.Versions[i]
		if chosen(&v.Settings) {
			return true
		}
		for _, s := range v.Controllers {
			if chosen(&s) {
				return true
			}
		}
	}
	return false
}
