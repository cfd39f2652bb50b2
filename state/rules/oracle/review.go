package oracle

import (
	"slices"

	"consentstream/state"
)

// reviewStages are the reasons why an order is not up for a review, from the
// first thing that can be wrong to the last.
var reviewStages = []state.Reason{
	state.ReasonNoDueOrder,
	state.ReasonReviewWindowPast,
	state.ReasonAlreadySent,
	state.ReasonNone,
}

// review judges the request to rate an order (R9). A complaint is told as one
// more objection of the widest scope.
func (w *world) review() Answer {
	switch {
	case w.unreadable():
		return unlawful(state.ReasonUnreadableNegative)
	case !w.consented(state.PurposeReview) && len(w.refusing(state.PurposeReview)) > 0:
		return unlawful(state.ReasonObjected)
	case w.pending():
		return unlawful(state.ReasonAddressPending)
	}
	if reason := w.reviewable(); reason != state.ReasonNone {
		return unlawful(reason)
	}
	if w.ask.Incentive || w.ask.PromotionalContent {
		return w.marketing(state.MessagePromotional)
	}
	due := lawful(state.BasisContract, state.ReasonReviewDue)
	if w.set.ReviewStrict {
		if promo := w.marketing(state.MessagePromotional); !promo.Allowed {
			return due.narrowed(promo.Reason)
		}
	}
	return due
}

// reviewable is None where an order is due, else what is wrong with the one
// that got furthest.
func (w *world) reviewable() state.Reason {
	best := 0
	if !w.names(w.ask.Address) {
		return reviewStages[best]
	}
	for i := range w.known {
		f := &w.known[i]
		p := f.Purchase
		if p == nil || p.Kind != state.PurchaseOrdered || !own(p) || !w.positive(f) {
			continue
		}
		if (w.ask.OrderRef == "" || w.ask.OrderRef == p.OrderRef) && !w.cancelled(f) {
			best = max(best, slices.Index(reviewStages, w.orderDue(f)))
		}
	}
	return reviewStages[best]
}

func (w *world) orderDue(order *state.Fact) state.Reason {
	first := w.delivered(order)
	switch {
	case first == nil || w.hi(first) > w.at:
		return state.ReasonNoDueOrder
	case w.at >= w.lo(first)+state.Instant(w.set.ReviewWindowDays)*day:
		return state.ReasonReviewWindowPast
	case w.askedFor(order, w.lo(first)):
		return state.ReasonAlreadySent
	}
	return state.ReasonNone
}

// delivered is the first delivery of an order.
func (w *world) delivered(order *state.Fact) (first *state.Fact) {
	for i := range w.known {
		f := &w.known[i]
		if !w.about(f, state.PurchaseDelivered, order) {
			continue
		}
		if first == nil || w.lo(f) < w.lo(first) {
			first = f
		}
	}
	return first
}

// askedFor reports that a review of the order was asked for; a request that
// names no order may have been for any that was delivered by then.
func (w *world) askedFor(order *state.Fact, delivered state.Instant) bool {
	for i := range w.known {
		f := &w.known[i]
		c := f.Click
		if c == nil || f.Forwarded || c.Kind != state.ClickSent || c.Message != state.MessageReviewRequest || w.lo(f) > w.at {
			continue
		}
		same := c.OrderRef == order.Purchase.OrderRef && w.hi(f) >= w.lo(order)
		if same || (c.OrderRef == "" && w.hi(f) >= delivered) {
			return true
		}
	}
	return false
}
