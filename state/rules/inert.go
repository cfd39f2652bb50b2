package rules

import "consentstream/state"

// Inert reports whether a fact, which the contact holds, can move no standing
// eligibility under any version of the policy: it resets no clock (R43, R55),
// opens and starts nothing and counts for nothing that is sent once. Almost
// half of what a shop records is of this kind, so that a processor which keeps
// it without deciding again saves half its work.
//
// It holds for a contact that has been decided about and that names no address
// and no brand for the first time with the fact.
func Inert(p *Policy, c *state.Contact, f *state.Fact) bool {
	return f.Click != nil && !moves(p, f.Click) && isEstablished(c, f)
}

// moves reports whether what the person did, or what was sent, can count for
// anything but for when the contact was first known.
func moves(p *Policy, c *state.Click) bool {
	if c.Kind == state.ClickSent {
		return !inertMessage(p, c)
	}
	if c.Actor != state.ActorHuman {
		return false
	}
	switch clickClass(c) {
	case resetsAlways:
		return true
	case resetsByLogin:
		return p.any(func(s *Settings) bool { return s.LoginCountsAsContact })
	case resetsByServiceClick:
		return p.any(func(s *Settings) bool { return s.ServiceClickCountsAsContact })
	}
	return false
}

// isEstablished reports whether a clock runs because of an earlier fact: the
// first that is known starts it (R43). After a wipe that takes one that opens an
// epoch, which must surely be newer than the wipe (R45).
func isEstablished(c *state.Contact, f *state.Fact) bool {
	wiped := newestWipe(c)
	for i := range c.Facts {
		g := &c.Facts[i]
		switch {
		case !startsClock(g) || !surelyBefore(g, f):
		case wiped == state.Unset, g.Since > wiped && opens(g):
			return true
		}
	}
	return false
}

// newestWipe returns up to when wipes may cover facts, Unset where there is none.
func newestWipe(c *state.Contact) state.Instant {
	newest := state.Unset
	for i := range c.Facts {
		if g := &c.Facts[i]; isWipe(g) {
			newest = max(newest, g.OccurredAt+2*millisPerDay, g.Unsubscribe.PurgedBefore)
		}
	}
	return newest
}

func isWipe(f *state.Fact) bool {
	if f.Unsubscribe == nil || f.Forwarded {
		return false
	}
	return f.Unsubscribe.Kind == state.UnsubscribePurged || f.Unsubscribe.Kind == state.UnsubscribeErasure
}

// opens reports whether a fact surely opens an epoch: the person ordered, or
// did what gives the controller an address.
func opens(f *state.Fact) bool {
	switch {
	case f.Purchase != nil:
		return f.Purchase.Kind == state.PurchaseOrdered && f.Purchase.Role == state.RoleBuyer && f.Purchase.CollectedBy == state.CollectedDirect
	case f.Signup != nil:
		return f.Signup.Kind == state.SignupAccountCreated || f.Signup.Kind == state.SignupInquiry || f.Signup.Kind == state.SignupAlertRequested
	}
	return false
}

// startsClock reports whether a fact is one of the contact's own that makes the
// person known. A refusal starts a clock too, but makes nobody known who may be
// called (R52).
func startsClock(f *state.Fact) bool {
	switch {
	case f.Forwarded:
		return false
	case f.Purchase != nil:
		return f.Purchase.Kind != state.PurchaseUnknown
	case f.Click != nil:
		return f.Click.Kind != state.ClickUnknown
	case f.Signup != nil:
		return f.Signup.Kind != state.SignupUnknown && !f.IsNegative()
	}
	return false
}

// surelyBefore leaves room for two local days where only those are known.
func surelyBefore(g, f *state.Fact) bool {
	if g.Precision == state.PrecisionDay || f.Precision == state.PrecisionDay {
		return g.OccurredAt+2*millisPerDay < f.OccurredAt
	}
	return g.OccurredAt < f.OccurredAt
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
