package rules

import (
	"time"

	"consentstream/state"
)

// reviewStep is how far an order gets towards a review request (R9).
type reviewStep uint8

const (
	reviewNone reviewStep = iota
	reviewPast
	reviewSent
	reviewDue
)

var reviewReasons = [...]state.Reason{
	reviewNone: state.ReasonNoDueOrder,
	reviewPast: state.ReasonReviewWindowPast,
	reviewSent: state.ReasonAlreadySent,
	reviewDue:  state.ReasonReviewDue,
}

// review is R9: once for an own order that was delivered, in the window after
// it, unless the person objected to reviews or to everything. With an
// incentive or a promotion it is judged as promotional too.
func (a *ask) review() finding {
	if reason := a.refusedReview(); reason != state.ReasonNone {
		return deny(reason)
	}
	step := a.dueOrder()
	if step < reviewDue {
		return deny(reviewReasons[step])
	}
	if a.q.Incentive || a.q.PromotionalContent {
		return a.marketing(state.PurposePromotional)
	}
	return allow(state.ReasonReviewDue, state.BasisContract)
}

// refusedReview does not tell a complaint apart: it is one more objection of
// the widest scope.
func (a *ask) refusedReview() state.Reason {
	consent := *a.consent(state.PurposeReview)
	consent.unconfirmed = false // there is no other ground for it to be missing to
	reason := a.refused(state.PurposeReview, &consent)
	if reason == state.ReasonComplaint {
		return state.ReasonObjected
	}
	return reason
}

// dueOrder takes every order of the person through the conditions; of several
// the one that got furthest counts. An address that no fact names has none, nor
// has a contact of whom no delivery is held.
func (a *ask) dueOrder() reviewStep {
	if a.v.book.contact.ForgetsDeliveries() {
		return reviewNone
	}
	a.restsOn(state.SteadyUnderDelivery | state.SteadyWithoutSales)
	best, fact := reviewNone, int32(-1)
	if !a.v.book.names(a.q.Address) {
		return best
	}
	for i := len(a.v.book.sales) - 1; i >= 0; i-- {
		s := &a.v.book.sales[i]
		if a.q.OrderRef != "" && s.ref != a.q.OrderRef {
			continue
		}
		if step := a.reviewStep(s); step > best {
			best, fact = step, s.fact
		}
	}
	a.cite(fact)
	return best
}

func (a *ask) reviewStep(s *sale) reviewStep {
	if s.contract || !s.own || !s.buyer || s.lo <= a.v.wiped || !a.reached(s.hi) || a.cancelled(s) {
		return reviewNone
	}
	delivered := a.v.book.delivery(s)
	dropped := &a.v.book.contact.Retracted
	switch {
	case !a.reached(delivered.hi):
		return reviewNone
	case s.mayPrecede(dropped.Delivered): // an earlier delivery may be among those dropped
		return reviewPast
	case s.mayPrecede(dropped.Asked):
		return reviewSent
	case a.reached(delivered.lo.Add(time.Duration(a.v.settings.ReviewWindowDays) * 24 * time.Hour)):
		return reviewPast
	case a.reviewAsked(s, delivered):
		return reviewSent
	}
	return reviewDue
}

// delivery returns when an order was first delivered, Never when it was not.
func (b *book) delivery(s *sale) span {
	first := span{state.Never, state.Never}
	for i := range b.marks {
		m := &b.marks[i]
		if m.kind == state.PurchaseDelivered && m.ref == s.ref && m.hi >= s.lo {
			first.lo, first.hi = min(first.lo, m.lo), min(first.hi, m.hi)
		}
	}
	return first
}

// reviewAsked reports whether a review was asked for. A request that names no
// order may have been for any that was delivered by then.
func (a *ask) reviewAsked(s *sale, delivered span) bool {
	for i := range a.v.book.sent {
		m := &a.v.book.sent[i]
		if m.kind != state.MessageReviewRequest || !a.reached(m.lo) {
			continue
		}
		if m.order == s.ref && m.hi >= s.lo || m.order == "" && m.hi >= delivered.lo {
			return true
		}
	}
	return false
}
