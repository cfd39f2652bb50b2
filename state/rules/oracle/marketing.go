package oracle

import (
	"slices"
	"time"

	"consentstream/state"
)

// marketing judges promotional mail, newsletters, cart reminders and loyalty
// mail by law and company.
func (w *world) marketing(kind state.MessageKind) Answer {
	return w.byCompany(w.byLaw(purposeOf(kind)), kind)
}

// byLaw is what the law says of a message that serves a purpose.
func (w *world) byLaw(p state.Purpose) Answer {
	if reason := w.closed(p); reason != state.ReasonNone {
		return unlawful(reason)
	}
	a := w.basis(p)
	if a.Allowed && w.banned() {
		return unlawful(state.ReasonSectorBan)
	}
	return a
}

func (w *world) byCompany(a Answer, kind state.MessageKind) Answer {
	if !a.Allowed {
		return a
	}
	if reason := w.company(a, kind); reason != state.ReasonNone {
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

// objected is the reason of the objections to p, unless a consent stands
// against them all. Where one only lacks its confirmation, that is told later,
// as what is missing.
func (w *world) objected(p state.Purpose) state.Reason {
	if w.consented(p) || w.onlyConfirmation(p) {
		return state.ReasonNone
	}
	return objection(w.refusing(p))
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
// business rule; calls to consumers have rules of their own.
func (w *world) basis(p state.Purpose) Answer {
	if w.ask.Channel == state.ChannelPhone && w.asConsumer() {
		return w.phone(p)
	}
	if w.consented(p) {
		return lawful(state.BasisConsent, state.ReasonConsent)
	}
	if w.onlyConfirmation(p) || p == state.PurposeLoyalty {
		return unlawful(w.orDoubtful(p, state.ReasonNeedsLoyaltyConsent))
	}
	reason, families := state.ReasonNoPurchase, []string(nil)
	if w.ask.Channel != state.ChannelPhone {
		reason, families = w.soft(p)
	}
	if reason == state.ReasonNone {
		a := lawful(state.BasisSoftOptIn, state.ReasonSoftOptin)
		a.Families = families
		return a
	}
	if w.isBusiness() {
		return w.business(p)
	}
	return unlawful(w.orDoubtful(p, reason))
}

// orDoubtful puts a useless consent before the reason that comes after it.
func (w *world) orDoubtful(p state.Purpose, reason state.Reason) state.Reason {
	if doubtful := w.doubtful(p); doubtful != state.ReasonNone {
		return doubtful
	}
	return reason
}

// banned reports a banned sector with no running contract that the message is
// about (R53). In writing the ban came on 2 July 2025.
func (w *world) banned() bool {
	inForce := w.ask.Channel == state.ChannelPhone || w.at >= inParis(2025, time.July, 2)
	return w.set.BannedSector && inForce && len(w.running()) == 0
}

// company is what the company's own policy says of a lawful message (R56-R59).
func (w *world) company(a Answer, kind state.MessageKind) state.Reason {
	switch {
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
	if kind == state.MessageWelcome || kind == state.MessageDeletionWarning {
		return true
	}
	first := state.Never
	for _, f := range w.sent(state.MessageWelcome) {
		first = min(first, w.hi(f))
	}
	if first == state.Never {
		return false
	}
	if kind == state.MessageNewsletter {
		return true
	}
	editorial := 0
	for _, f := range w.sent(state.MessageNewsletter) {
		if w.lo(f) > first {
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
	return w.byCompany(w.promoOrNewsletter(), state.MessageWelcome)
}

// promoOrNewsletter is the better of the two by law: what allows, by the
// stronger basis; of two refusals the one that is told first.
func (w *world) promoOrNewsletter() Answer {
	promo, news := w.byLaw(state.PurposePromotional), w.byLaw(state.PurposeNewsletter)
	strength := []state.Basis{state.BasisNone, state.BasisB2B, state.BasisSoftOptIn, state.BasisConsent}
	switch {
	case promo.Allowed != news.Allowed:
		if news.Allowed {
			return news
		}
	case promo.Allowed:
		if slices.Index(strength, news.Basis) > slices.Index(strength, promo.Basis) {
			return news
		}
	case news.Reason < promo.Reason:
		return news
	}
	return promo
}
