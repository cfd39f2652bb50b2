package oracle

import "consentstream/state"

// yes is one answer YES for the channel, address and brand of the question.
type yes struct {
	fact   *state.Fact
	answer *state.Answer
	lo     state.Instant
}

// answered are the answers YES of the current epoch for exactly the channel,
// address and brand of the question, and the purpose; good or not (R21).
func (w *world) answered(p state.Purpose) []yes {
	var list []yes
	for i := range w.known {
		f := &w.known[i]
		if f.Signup == nil || f.Address != w.ask.Address || f.Brand != w.ask.Brand || !w.current(f) {
			continue
		}
		for j := range f.Signup.Answers {
			a := &f.Signup.Answers[j]
			if a.Value == state.AnswerYes && a.Channels.Has(w.ask.Channel) && a.Purposes.Has(p) {
				list = append(list, yes{f, a, w.lo(f)})
			}
		}
	}
	return list
}

// valid reports whether the form of a yes can be a consent (R19, R22).
func (y *yes) valid() bool {
	switch y.answer.Form {
	case state.FormPretickedBox, state.FormTerms, state.FormOptOutBox:
		return false
	case state.FormDoubleOptIn:
		return y.answer.Confirmed
	}
	return true
}

// proven reports whether a proof was kept and is alive (R20). What the same
// form proved after the loss is another matter.
func (w *world) proven(ref string, given *state.Fact) bool {
	for i := range w.known {
		f := &w.known[i]
		u := f.Unsubscribe
		if u != nil && !f.Forwarded && u.Kind == state.UnsubscribeProofLost && u.ProofRef == ref && f.RecordedAt <= w.at && w.hi(f) >= w.lo(given) {
			return false
		}
	}
	return ref != ""
}

// consents are the answers that stand for p today: valid, proven, and later
// than whatever refuses p. For cart a yes to promo speaks too, where the
// company's question covers reminders, but not against a refusal of cart alone
// (R12).
func (w *world) consents(p state.Purpose) []yes {
	var list []yes
	for _, y := range w.answered(p) {
		if y.valid() && w.proven(y.answer.ProofRef, y.fact) && w.stands(&y, p, false) == stood {
			list = append(list, y)
		}
	}
	if w.promoSpeaksFor(p) {
		for _, y := range w.answered(state.PurposePromotional) {
			if y.valid() && w.proven(y.answer.ProofRef, y.fact) && w.standsForCart(&y) == stood {
				list = append(list, y)
			}
		}
	}
	return list
}

func (w *world) promoSpeaksFor(p state.Purpose) bool {
	return p == state.PurposeCart && w.set.CartCoveredByPromotional
}

func (w *world) consented(p state.Purpose) bool { return len(w.consents(p)) > 0 }

// standing of a yes against the objections.
type standing int

const (
	stood standing = iota
	unconfirmed
	beaten
)

// standsForCart is how a yes to promo stands for cart: against what refuses
// either.
func (w *world) standsForCart(y *yes) standing {
	return max(w.stands(y, state.PurposePromotional, true), w.stands(y, state.PurposeCart, true))
}

// stands is how a yes stands against the objections that refuse p (R35, R36).
func (w *world) stands(y *yes, p state.Purpose, general bool) standing {
	worst := stood
	for _, n := range w.negatives() {
		if !n.refuses(p) {
			continue
		}
		cartAlone := n.purposes.Has(state.PurposeCart) && !n.purposes.Has(state.PurposePromotional)
		switch {
		case general && cartAlone, !y.lifts(&n):
			worst = beaten
		case n.complaint && w.set.ComplaintNeedsConfirmation && !y.answer.Confirmed:
			worst = max(worst, unconfirmed)
		}
	}
	return worst
}

// lifts reports whether a yes is one that can lift the objection: a later act
// of the person, on another form, not asked for by what was forbidden.
func (y *yes) lifts(n *negative) bool {
	s := y.fact.Signup
	switch {
	case n.fact.Forwarded, y.lo <= n.hi:
		return false
	case s.SubmissionID != "" && s.SubmissionID == n.submission:
		return false
	case s.Collection == state.CollectionImport, s.Collection == state.CollectionPublic:
		return false
	}
	return !n.forbade(y.answer.Message)
}

// forbade reports whether the objection forbade the message that asked. What
// it left to consents alone counts as forbidden.
func (n *negative) forbade(kind state.MessageKind) bool {
	closes := func(p state.Purpose) bool { return n.lawRefuses(p) || n.lawClosesSoft(p) }
	switch kind {
	case state.MessageUnknown, state.MessageService:
		return false
	case state.MessagePromotional:
		return closes(state.PurposePromotional)
	case state.MessageNewsletter:
		return closes(state.PurposeNewsletter)
	case state.MessageWelcome:
		return closes(state.PurposePromotional) || closes(state.PurposeNewsletter)
	case state.MessageCartAbandonment:
		return closes(state.PurposeCart)
	case state.MessageLoyalty:
		return closes(state.PurposeLoyalty)
	case state.MessageReviewRequest:
		return n.lawRefuses(state.PurposeReview)
	case state.MessageCall:
		return n.channels.Has(state.ChannelPhone)
	}
	return true
}

// doubtful is why the answers that are there make no consent; None when there
// are none (group 3 of the reasons).
func (w *world) doubtful(p state.Purpose) state.Reason {
	var noProof, badForm, noDOI bool
	look := func(y *yes, how standing) {
		switch {
		case !y.valid():
			badForm = true
		case !w.proven(y.answer.ProofRef, y.fact):
			noProof = true
		case how == unconfirmed:
			noDOI = true
		}
	}
	for _, y := range w.answered(p) {
		look(&y, w.stands(&y, p, false))
	}
	if w.promoSpeaksFor(p) {
		for _, y := range w.answered(state.PurposePromotional) {
			look(&y, w.standsForCart(&y))
		}
	}
	switch {
	case noProof:
		return state.ReasonProofMissing
	case badForm:
		return state.ReasonConsentInvalidForm
	case noDOI:
		return state.ReasonComplaintNeedsDOI
	}
	return state.ReasonNone
}

// onlyConfirmation reports that a consent would stand against a complaint if
// the person had confirmed it.
func (w *world) onlyConfirmation(p state.Purpose) bool {
	if w.consented(p) {
		return false
	}
	for _, y := range w.answered(p) {
		if y.valid() && w.proven(y.answer.ProofRef, y.fact) && w.stands(&y, p, false) == unconfirmed {
			return true
		}
	}
	if w.promoSpeaksFor(p) {
		for _, y := range w.answered(state.PurposePromotional) {
			if y.valid() && w.proven(y.answer.ProofRef, y.fact) && w.standsForCart(&y) == unconfirmed {
				return true
			}
		}
	}
	return false
}
