package oracle

import "consentstream/state"

// marketing judges promotional mail, newsletters, cart reminders and loyalty
// mail, hours and call frequency left out.
func (w *world) marketing(kind state.MessageKind) Answer {
	return w.serve(kind, purposeOf(kind))
}

// serve judges a message of a kind that serves a purpose.
func (w *world) serve(kind state.MessageKind, p state.Purpose) Answer {
	if reason := w.closed(p); reason != state.ReasonNone {
		return unlawful(reason)
	}
	a := w.basis(p)
	if a.Allowed && w.banned() {
		a = unlawful(state.ReasonSectorBan)
	}
	if !a.Allowed {
		return a
	}
	if reason := w.company(a, kind, p); reason != state.ReasonNone {
		return a.narrowed(reason)
	}
	return a
}

// closed is what shuts a purpose before any basis is looked at: groups 1 and 2
// of the reasons.
func (w *world) closed(p state.Purpose) state.Reason {
	if w.unreadable() {
		return state.ReasonUnreadableNegative
	}
	if reason := w.objected(p); reason != state.ReasonNone {
		return reason
	}
	if w.pending() {
		return state.ReasonAddressPending
	}
	return w.overdue()
}

// objected is the reason of the objections that cover p: those that refuse it,
// and where no consent stands, those that close what needs none.
func (w *world) objected(p state.Purpose) state.Reason {
	if list := w.unlifted(w.ask.Channel, p); len(list) > 0 {
		return objection(list)
	}
	if p == state.PurposeLoyalty || w.consented(w.ask.Channel, p) {
		return state.ReasonNone
	}
	return objection(w.closing(w.ask.Channel, p))
}

// overdue is the reason of the retention clock (R42).
func (w *world) overdue() state.Reason {
	switch {
	case w.clock.runs && w.at < w.clock.expires:
		return state.ReasonNone
	case w.clock.runs:
		return state.ReasonExpired
	case len(w.wipes) > 0:
		return state.ReasonPurged
	}
	return state.ReasonUnknownContact
}

// basis finds what allows p: consent, else the client exception, else the
// business rule; on the phone its own rules.
func (w *world) basis(p state.Purpose) Answer {
	if w.ask.Channel == state.ChannelPhone {
		return w.phone(p)
	}
	if w.consented(w.ask.Channel, p) {
		return lawful(state.BasisConsent, state.ReasonConsent)
	}
	if p == state.PurposeLoyalty {
		return unlawful(w.orUseless(p, state.ReasonNeedsLoyaltyConsent))
	}
	reason, families := w.soft(w.ask.Channel, p)
	if reason == state.ReasonNone {
		a := lawful(state.BasisSoftOptIn, state.ReasonSoftOptin)
		a.Families = families
		return a
	}
	if w.isBusiness() {
		return w.businessAnswer(p)
	}
	return unlawful(w.orUseless(p, reason))
}

func (w *world) businessAnswer(p state.Purpose) Answer {
	reason := w.business(w.ask.Channel, p)
	switch {
	case reason != state.ReasonNone:
		return unlawful(w.orUseless(p, reason))
	case w.contactType() == state.ContactB2BGeneric:
		return lawful(state.BasisB2B, state.ReasonB2BGeneric)
	}
	return lawful(state.BasisB2B, state.ReasonB2BNamed)
}

// orUseless puts a useless consent before the reason that comes after it.
func (w *world) orUseless(p state.Purpose, reason state.Reason) state.Reason {
	if useless := w.useless(w.ask.Channel, p); useless != state.ReasonNone {
		return useless
	}
	return reason
}

// banned reports a banned sector with no running contract (R53).
func (w *world) banned() bool {
	return w.set.BannedSector && len(w.running()) == 0
}

// company is what the company's own policy says of a lawful message (R56-R59).
func (w *world) company(a Answer, kind state.MessageKind, p state.Purpose) state.Reason {
	switch {
	case w.complainedElsewhere(p):
		return state.ReasonComplaint
	case a.Basis != state.BasisSoftOptIn:
		return state.ReasonNone
	case !w.set.SoftOptIn:
		return state.ReasonPolicyStrict
	case w.windowPast():
		return state.ReasonPolicy12M
	case w.set.WelcomeRamp && !w.ramped(kind):
		return state.ReasonPolicyRamp
	}
	return state.ReasonNone
}

// complainedElsewhere reports a complaint on another channel where the company
// lets it close all (R36).
func (w *world) complainedElsewhere(p state.Purpose) bool {
	if !w.set.ComplaintClosesAllChannels {
		return false
	}
	for _, channel := range []state.Channel{state.ChannelEmail, state.ChannelSMS, state.ChannelPhone} {
		for _, n := range w.negatives(channel) {
			if n.complaint && !w.lifted(&n, w.ask.Channel, p) {
				return true
			}
		}
	}
	return false
}

// windowPast reports that the last firm purchase is too long ago (R58).
func (w *world) windowPast() bool {
	if w.set.SoftOptInWindowMonths == 0 {
		return false
	}
	last := state.Unset
	for _, f := range w.sales() {
		if w.firm(f) == state.ReasonNone {
			last = max(last, w.lo(f))
		}
	}
	return last == state.Unset || w.at >= plusMonths(last, w.set.SoftOptInWindowMonths, w.zone())
}

// ramped reports whether the ramp has reached a kind: a welcome first, then
// newsletters, then the rest (R59).
func (w *world) ramped(kind state.MessageKind) bool {
	if kind == state.MessageWelcome {
		return true
	}
	welcomes := w.sent(state.MessageWelcome)
	if len(welcomes) == 0 {
		return false
	}
	if kind == state.MessageNewsletter {
		return true
	}
	editorial := 0
	for _, f := range w.sent(state.MessageNewsletter) {
		if w.lo(f) > w.hi(welcomes[0]) {
			editorial++
		}
	}
	return editorial >= w.set.RampMinEditorial
}

// sent are the messages of a kind that surely went out in this epoch on the
// channel of the question, oldest first.
func (w *world) sent(kind state.MessageKind) []*state.Fact {
	var list []*state.Fact
	for _, f := range w.history() {
		if c := f.Click; c != nil && c.Kind == state.ClickSent && c.Message == kind && c.Channel == w.ask.Channel && w.current(f) {
			list = append(list, f)
		}
	}
	return list
}

// welcome follows the basis that opens it, promo or newsletter (R18).
func (w *world) welcome() Answer {
	return better(w.serve(state.MessageWelcome, state.PurposePromotional), w.serve(state.MessageWelcome, state.PurposeNewsletter))
}

// better picks of two answers the one that allows more; consent before the
// client exception, and on a tie the first.
func better(a, b Answer) Answer {
	rank := func(x Answer) int {
		switch {
		case x.Allowed && x.Basis == state.BasisConsent:
			return 3
		case x.Allowed:
			return 2
		case x.AllowedByLaw:
			return 1
		}
		return 0
	}
	if rank(b) > rank(a) {
		return b
	}
	return a
}
