package rules

import "consentstream/state"

// answer is what law and company together say (R5).
type answer struct {
	finding
	byLaw bool
}

// decide answers the question: the law first, then what the company narrows.
func (a *ask) decide() answer {
	start := len(a.cited)
	found := a.lawful()
	out := answer{finding: found, byLaw: found.allowed}
	if a.widens() {
		middle := len(a.cited)
		a.strict = true
		out.finding = a.lawful()
		a.strict = false
		a.cited = append(a.cited[:start], a.cited[middle:]...)
		out.basis, out.families = found.basis, found.families
	}
	if !out.allowed {
		return out
	}
	if reason := a.narrowed(&out.finding); reason != state.ReasonNone {
		out.allowed, out.reason = false, reason
	}
	return out
}

// widens reports whether the company reads the objections that there are more
// widely than the law.
func (a *ask) widens() bool {
	if a.q.Kind == state.MessageService && !a.q.PromotionalContent {
		return false
	}
	s, b := a.v.settings, a.v.book
	return s.AnyObjectionClosesAll && len(b.negatives) > 0 ||
		s.ComplaintClosesAllChannels && b.uncomplained.Has(a.q.Channel)
}

// narrowed is the list of the company's own gates; all but the first are about
// soft opt-in only, because they leave people who said yes alone.
func (a *ask) narrowed(found *finding) state.Reason {
	if a.q.Kind == state.MessageReviewRequest {
		return a.strictReview()
	}
	if found.basis != state.BasisSoftOptIn {
		return state.ReasonNone
	}
	switch {
	case !a.v.settings.SoftOptIn:
		return state.ReasonPolicyStrict
	case a.windowOver():
		return state.ReasonPolicy12M
	case a.ramping():
		return state.ReasonPolicyRamp
	}
	return state.ReasonNone
}

// strictReview is R9 where a review request is treated as promotional: by the
// company, or because it promises or promotes something.
func (a *ask) strictReview() state.Reason {
	if !a.v.settings.ReviewStrict && !a.q.Incentive && !a.q.PromotionalContent {
		return state.ReasonNone
	}
	kind := a.q.Kind
	a.q.Kind = state.MessagePromotional
	result := a.decide()
	a.q.Kind = kind
	if result.allowed {
		return state.ReasonNone
	}
	return result.reason
}

// windowOver is R58: a soft opt-in lives some months from the last own firm
// purchase, whatever the person clicks.
func (a *ask) windowOver() bool {
	months := a.v.settings.SoftOptInWindowMonths
	if months == 0 {
		return false
	}
	last := state.Unset // there is one, or there were no soft opt-in
	for _, s := range a.countedSales() {
		if s.step == stepNoNotice {
			last = max(last, s.hi)
		}
	}
	zone := a.v.settings.TimeZone
	over := a.reached(dayOf(last, zone).addMonths(months).start(zone))
	if over {
		a.restsOn(state.SteadyUnderSale)
	}
	return over
}

// ramping is R59: a client hears a welcome first, then editorial, then
// promotions, counted anew in each epoch.
func (a *ask) ramping() bool {
	if !a.v.settings.WelcomeRamp {
		return false
	}
	switch a.q.Kind {
	case state.MessageNewsletter:
		return a.welcomedAt() == state.Never
	case state.MessagePromotional, state.MessageCartAbandonment, state.MessageService: // with a promotional block
		return a.editorialSince(a.welcomedAt()) < a.v.settings.RampMinEditorial
	}
	return false
}

// welcomedAt returns when the first welcome of the epoch was sent on the channel,
// Never when none was.
func (a *ask) welcomedAt() state.Instant {
	first := state.Never
	for i := range a.v.book.sent {
		m := &a.v.book.sent[i]
		if m.kind == state.MessageWelcome && m.channel == a.q.Channel && a.usable(m.span) {
			first = min(first, m.hi)
		}
	}
	return first
}

func (a *ask) editorialSince(welcome state.Instant) int {
	count := 0
	for i := range a.v.book.sent {
		m := &a.v.book.sent[i]
		if m.kind == state.MessageNewsletter && m.channel == a.q.Channel && m.lo > welcome && a.usable(m.span) {
			count++
		}
	}
	return count
}
