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

// review judges the request to rate an order (R9).
func (w *world) review() Answer {
	if w.unreadable() {
		return unlawful(state.ReasonUnreadableNegative)
	}
	if len(w.unlifted(state.ChannelEmail, state.PurposeReview)) > 0 {
		return unlawful(state.ReasonObjected)
	}
	if w.pending() {
		return unlawful(state.ReasonAddressPending)
	}
	if reason := w.reviewable(); reason != state.ReasonNone {
		return unlawful(reason)
	}
	due := lawful(state.BasisContract, state.ReasonReviewDue)
	if w.ask.Incentive {
		return w.marketing(state.MessagePromotional)
	}
	if w.complainedElsewhere(state.PurposeReview) {
		return due.narrowed(state.ReasonComplaint)
	}
	if w.set.ReviewStrict {
		return w.marketing(state.MessagePromotional)
	}
	return due
}

// reviewable is None where an order is due, else what is wrong with the one
// that got furthest.
func (w *world) reviewable() state.Reason {
	best := 0
	for i := range w.known {
		f := &w.known[i]
		p := f.Purchase
		if p == nil || p.Kind != state.PurchaseOrdered || !own(p) || !w.positive(f) || f.Address != w.ask.Address {
			continue
		}
		if (w.ask.OrderRef == "" || w.ask.OrderRef == p.OrderRef) && !w.cancelled(f) {
			best = max(best, slices.Index(reviewStages, w.orderDue(p.OrderRef)))
		}
	}
	return reviewStages[best]
}

func (w *world) orderDue(ref string) state.Reason {
	first, last := w.delivered(ref)
	switch {
	case first == nil || w.hi(first) > w.at:
		return state.ReasonNoDueOrder
	case w.at >= w.lo(last)+state.Instant(w.set.ReviewWindowDays)*day:
		return state.ReasonReviewWindowPast
	case w.askedFor(ref):
		return state.ReasonAlreadySent
	}
	return state.ReasonNone
}

// delivered are the first and the last delivery of an order.
func (w *world) delivered(ref string) (first, last *state.Fact) {
	for i := range w.known {
		f := &w.known[i]
		if p := f.Purchase; p == nil || p.Kind != state.PurchaseDelivered || p.OrderRef != ref || !w.positive(f) {
			continue
		}
		if first == nil || w.lo(f) < w.lo(first) {
			first = f
		}
		if last == nil || w.lo(f) > w.lo(last) {
			last = f
		}
	}
	return first, last
}

func (w *world) askedFor(ref string) bool {
	for i := range w.known {
		f := &w.known[i]
		c := f.Click
		if c != nil && c.Kind == state.ClickSent && c.Message == state.MessageReviewRequest && c.OrderRef == ref && w.lo(f) <= w.at {
			return true
		}
	}
	return false
}
