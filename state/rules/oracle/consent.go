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
func (w *world) answered(channel state.Channel, p state.Purpose) []yes {
	var list []yes
	for i := range w.known {
		f := &w.known[i]
		if f.Signup == nil || f.Address != w.ask.Address || f.Brand != w.ask.Brand || !w.current(f) {
			continue
		}
		for j := range f.Signup.Answers {
			a := &f.Signup.Answers[j]
			if a.Value == state.AnswerYes && a.Channels.Has(channel) && a.Purposes.Has(p) {
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

// proven reports whether a proof was kept and is alive (R20).
func (w *world) proven(ref string, f *state.Fact) bool {
	if ref == "" {
		return false
	}
	for i := range w.known {
		lost := &w.known[i]
		u := lost.Unsubscribe
		if u == nil || u.Kind != state.UnsubscribeProofLost || u.ProofRef != ref || lost.Forwarded {
			continue
		}
		if lost.RecordedAt <= w.at && w.lo(f) <= max(w.hi(lost), lost.RecordedAt) {
			return false
		}
	}
	return true
}

// consents are the usable answers YES.
func (w *world) consents(channel state.Channel, p state.Purpose) []yes {
	var list []yes
	for _, y := range w.answered(channel, p) {
		if y.valid() && w.proven(y.answer.ProofRef, y.fact) {
			list = append(list, y)
		}
	}
	return list
}

// serving are the usable answers that speak for p: for cart those for promo
// too, where the company's question covers reminders (R12).
func (w *world) serving(channel state.Channel, p state.Purpose) []yes {
	list := w.consents(channel, p)
	if p == state.PurposeCart && w.set.CartCoveredByPromotional {
		list = append(list, w.consents(channel, state.PurposePromotional)...)
	}
	return list
}

// lifted reports whether a later yes lifts the objection for p (R35).
func (w *world) lifted(n *negative, channel state.Channel, p state.Purpose) bool {
	if n.fact.Forwarded {
		return false
	}
	for _, y := range w.serving(channel, p) {
		general := !y.answer.Purposes.Has(p)
		cartAlone := n.purposes.Has(state.PurposeCart) && !n.purposes.Has(state.PurposePromotional)
		switch {
		case y.lo <= n.hi, general && cartAlone:
		case n.submission != "" && n.submission == y.fact.Signup.SubmissionID:
		case n.complaint && w.set.ComplaintNeedsConfirmation && !y.answer.Confirmed:
		case n.forbade(y.answer.Message):
		default:
			return true
		}
	}
	return false
}

// forbade reports whether the objection forbade the message that asked.
func (n *negative) forbade(kind state.MessageKind) bool {
	switch kind {
	case state.MessageUnknown, state.MessageService:
		return false
	case state.MessagePromotional, state.MessageCall:
		return n.refuses(state.PurposePromotional)
	case state.MessageNewsletter:
		return n.refuses(state.PurposeNewsletter)
	case state.MessageCartAbandonment:
		return n.refuses(state.PurposeCart)
	case state.MessageLoyalty:
		return n.refuses(state.PurposeLoyalty)
	case state.MessageReviewRequest:
		return n.refuses(state.PurposeReview)
	}
	return n.purposes&state.AllMarketing != 0
}

// consented reports whether consent for p is there and open: nothing refuses p
// that was not lifted, and for cart through promo nothing refuses promo.
func (w *world) consented(channel state.Channel, p state.Purpose) bool {
	return len(w.open(channel, p)) > 0
}

// open are the answers that make consent for p.
func (w *world) open(channel state.Channel, p state.Purpose) []yes {
	if len(w.unlifted(channel, p)) > 0 {
		return nil
	}
	list := w.consents(channel, p)
	if p == state.PurposeCart && w.set.CartCoveredByPromotional {
		list = append(list, w.open(channel, state.PurposePromotional)...)
	}
	return list
}

// useless is why the answers that are there make no consent; None when there
// are none (group 3 of the reasons).
func (w *world) useless(channel state.Channel, p state.Purpose) state.Reason {
	list := w.answered(channel, p)
	if p == state.PurposeCart && w.set.CartCoveredByPromotional {
		list = append(list, w.answered(channel, state.PurposePromotional)...)
	}
	reason := state.ReasonNone
	for _, y := range list {
		switch {
		case !y.valid():
			if reason == state.ReasonNone {
				reason = state.ReasonConsentInvalidForm
			}
		case !w.proven(y.answer.ProofRef, y.fact):
			return state.ReasonProofMissing
		}
	}
	return reason
}
