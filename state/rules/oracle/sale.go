package oracle

import (
	"slices"

	"consentstream/state"
)

// stages are the reasons why a sale opens nothing, from the first thing that
// can be wrong to the last: of several sales the one that got furthest speaks.
var stages = []state.Reason{
	state.ReasonNoPurchase,
	state.ReasonOtherAddress,
	state.ReasonOrderCancelled,
	state.ReasonNotOwnCollection,
	state.ReasonNotBuyer,
	state.ReasonNotASale,
	state.ReasonNoNotice,
	state.ReasonNoticeOtherChannel,
	state.ReasonNoticeOtherPurpose,
	state.ReasonNoOptoutOffered,
	state.ReasonProofMissing,
	state.ReasonNotAnalogous,
	state.ReasonNone,
}

func stage(r state.Reason) int { return slices.Index(stages, r) }

func further(a, b state.Reason) state.Reason {
	if stage(b) > stage(a) {
		return b
	}
	return a
}

// sales are the orders and contracts of the current epoch, good or not.
func (w *world) sales() []*state.Fact {
	var list []*state.Fact
	for i := range w.known {
		f := &w.known[i]
		if p := f.Purchase; p != nil && (p.Kind == state.PurchaseOrdered || p.Kind == state.PurchaseContractStarted) && w.current(f) {
			list = append(list, f)
		}
	}
	return list
}

// firm is what is wrong with a sale as a sale (R24), None when nothing.
func (w *world) firm(f *state.Fact) state.Reason {
	p := f.Purchase
	switch {
	case w.cancelled(f):
		return state.ReasonOrderCancelled
	case p.CollectedBy != state.CollectedDirect:
		return state.ReasonNotOwnCollection
	case p.Role != state.RoleBuyer:
		return state.ReasonNotBuyer
	case p.AmountKnown && p.AmountMinor <= 0 && !w.set.FreeOfferCountsAsSale:
		return state.ReasonNotASale
	}
	return state.ReasonNone
}

// cancelled reports that the order was taken back.
func (w *world) cancelled(order *state.Fact) bool { return w.marked(state.PurchaseCancelled, order) }

// marked reports whether something has happened to an order. What is surely
// from before it was about another one.
func (w *world) marked(kind state.PurchaseKind, order *state.Fact) bool {
	for i := range w.known {
		if f := &w.known[i]; w.about(f, kind, order) && w.lo(f) <= w.at {
			return true
		}
	}
	return false
}

func (w *world) about(f *state.Fact, kind state.PurchaseKind, order *state.Fact) bool {
	p := f.Purchase
	return p != nil && !f.Forwarded && p.Kind == kind && p.OrderRef == order.Purchase.OrderRef && w.hi(f) >= w.lo(order)
}

// told is a notice and the fact that carried it.
type told struct {
	fact   *state.Fact
	notice *state.Notice
}

// notices are the notices of the current epoch for the address, under whatever
// brand: a brand is no other person (R4).
func (w *world) notices() []told {
	var list []told
	for i := range w.known {
		f := &w.known[i]
		if f.Address != w.ask.Address || !w.current(f) {
			continue
		}
		switch {
		case f.Signup != nil && f.Signup.Notice != nil:
			list = append(list, told{f, f.Signup.Notice})
		case f.Purchase != nil && f.Purchase.Notice != nil:
			list = append(list, told{f, f.Purchase.Notice})
		}
	}
	return list
}

// before reports whether the notice was there when the sale was made (R3, R25).
func (w *world) before(n told, sale *state.Fact) bool {
	same := n.notice.OrderRef != "" && n.notice.OrderRef == sale.Purchase.OrderRef && n.notice.Mode != state.NoticeEmail
	return n.fact == sale || same || w.hi(n.fact) <= w.lo(sale)
}

// informs is what is wrong with a notice for the channel and purpose; cart is
// inside promo (A7), and what was said needs its script (R28).
func (w *world) informs(n told, p state.Purpose) state.Reason {
	oral := n.notice.Mode == state.NoticePhone || n.notice.Mode == state.NoticeInStore
	switch {
	case !n.notice.Channels.Has(w.ask.Channel):
		return state.ReasonNoticeOtherChannel
	case !n.notice.Purposes.Has(p) && !(w.promoSpeaksFor(p) && n.notice.Purposes.Has(state.PurposePromotional)):
		return state.ReasonNoticeOtherPurpose
	case !n.notice.OptOutOffered:
		return state.ReasonNoOptoutOffered
	case !w.proven(n.notice.ProofRef, n.fact), oral && n.notice.TextVersion == "":
		return state.ReasonProofMissing
	}
	return state.ReasonNone
}

// soft judges the client exception (R23): None and the families it covers, or
// the reason of the sale that got furthest.
func (w *world) soft(p state.Purpose) (state.Reason, []string) {
	best, families := state.ReasonNoPurchase, []string(nil)
	for _, f := range w.sales() {
		reason, covered := w.softBySale(f, p)
		best = further(best, reason)
		families = append(families, covered...)
	}
	slices.Sort(families)
	return best, slices.Compact(families)
}

func (w *world) softBySale(f *state.Fact, p state.Purpose) (state.Reason, []string) {
	if f.Address != w.ask.Address {
		return state.ReasonOtherAddress, nil
	}
	if reason := w.firm(f); reason != state.ReasonNone {
		return reason, nil
	}
	best, families := state.ReasonNoNotice, []string(nil)
	for _, n := range w.notices() {
		if !w.before(n, f) {
			continue
		}
		reason := w.informs(n, p)
		if reason == state.ReasonNone {
			covered := w.covers(f.Purchase.Family, n.notice.Families)
			families = append(families, covered...)
			if len(covered) == 0 || (w.ask.Family != "" && !slices.Contains(covered, w.ask.Family)) {
				reason = state.ReasonNotAnalogous
			}
		}
		best = further(best, reason)
	}
	return best, families
}

// covers are the families that a sale of one opens under a notice (R26, A6).
func (w *world) covers(bought string, listed []string) []string {
	all := append([]string{bought}, w.set.AnalogousFamilies[bought]...)
	return slices.DeleteFunc(all, func(family string) bool {
		return len(listed) > 0 && !slices.Contains(listed, family)
	})
}

// customer is None for a contact with a firm sale of its own at any address,
// else what is wrong with the one that got furthest (R14).
func (w *world) customer() state.Reason {
	best := state.ReasonNoPurchase
	for _, f := range w.sales() {
		best = further(best, w.firm(f))
	}
	if best == state.ReasonNoPurchase {
		return state.ReasonNotACustomer
	}
	return best
}
