package rules

import "consentstream/state"

// service is R7: what the person ordered, asked for or is owed may always be
// sent. A service message that carries a promotional block is judged as
// promotional too (R8).
func (a *ask) service() finding {
	fact := a.serviceGround()
	if fact < 0 {
		return deny(state.ReasonNoGround)
	}
	if !a.q.PromotionalContent {
		a.cite(fact)
		return allow(state.ReasonServiceGround, state.BasisContract)
	}
	found := a.marketing(state.PurposePromotional)
	a.cite(fact)
	return found
}

// newestGround returns the newest ground, -1 when there is none. However old,
// delivered or ended, it serves, unless a wipe has taken it.
func (a *ask) newestGround() int32 {
	for i := len(a.v.book.grounds) - 1; i >= 0; i-- {
		if g := &a.v.book.grounds[i]; a.reached(g.lo) && a.outlives(g) {
			return g.fact
		}
	}
	a.restsOn(state.SteadyUnderRequest)
	return -1
}

// outlives reports whether a ground is left by every wipe that covers it.
func (a *ask) outlives(g *ground) bool {
	for i := range a.v.book.wipes {
		w := &a.v.book.wipes[i]
		if g.lo > w.at || g.hi > w.at && a.v.book.isMerged(g.fact) {
			continue // from after the wipe
		}
		a.restsOn(state.SteadyUnderRequest | state.SteadyUnderDelivery)
		if a.reached(w.from) && !a.leaves(w, g) {
			return false
		}
	}
	return true
}

// leaves is what a wipe leaves to be served (R7, R49): a purge an order that
// was recorded only later, an erasure what is still to be performed.
func (a *ask) leaves(w *wipe, g *ground) bool {
	if !w.erasure {
		return g.kind == groundOrder && g.recorded > max(w.at, w.from)
	}
	dropped := &a.v.book.contact.Retracted
	switch {
	case g.kind == groundRelation, g.mayPrecede(dropped.Cancelled), a.marked(state.PurchaseCancelled, g.ref, g.span):
		return false
	case g.kind == groundContract:
		return !a.marked(state.PurchaseContractEnded, g.ref, g.span)
	}
	return !a.marked(state.PurchaseDelivered, g.ref, g.span) && !g.mayPrecede(dropped.Delivered)
}
