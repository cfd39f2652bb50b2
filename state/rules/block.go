package rules

import "consentstream/state"

// block is R14, the question for consent inside a service e-mail: for clients,
// and for businesses that are served, who have not objected and have not said
// yes to all of it. Whether a service e-mail is due is the sender's to know.
// Where a yes was dropped nothing is asked: it may have been to this.
func (a *ask) block() finding {
	if reason := a.refusedAtAll(); reason != state.ReasonNone {
		return deny(reason)
	}
	if reason := a.over(); reason != state.ReasonNone {
		return deny(reason)
	}
	if reason := a.blockAudience(); reason != state.ReasonNone {
		return deny(reason)
	}
	if !a.v.book.names(a.q.Address) {
		return deny(state.ReasonOtherAddress)
	}
	if a.v.book.contact.YesDropped || a.allGiven(state.PurposesOf(state.PurposePromotional, state.PurposeNewsletter)) {
		return deny(state.ReasonAlreadyOptedIn)
	}
	if a.banned() {
		return deny(state.ReasonSectorBan)
	}
	return allow(state.ReasonBlockOk, state.BasisContract)
}

// refusedAtAll is refused for messages that any objection on the channel forbids.
func (a *ask) refusedAtAll() state.Reason {
	if a.unreadable() {
		return state.ReasonUnreadableNegative
	}
	if reason := a.objectedAtAll(); reason != state.ReasonNone {
		return reason
	}
	if a.pending() {
		return state.ReasonAddressPending
	}
	return state.ReasonNone
}

// blockAudience is who may be asked. A client is one at any address that facts
// name.
func (a *ask) blockAudience() state.Reason {
	if a.v.kind != state.ContactConsumer {
		ground := a.serviceGround()
		a.cite(ground)
		if ground < 0 {
			return state.ReasonB2BNotNeeded
		}
		return state.ReasonNone
	}
	step, fact := a.customer()
	a.cite(fact)
	switch step {
	case stepNoNotice:
		return state.ReasonNone
	case stepNone:
		return state.ReasonNotACustomer
	}
	return stepReasons[step]
}

// customer returns how far the best sale gets towards a firm own sale;
// stepNoNotice says that it is one.
func (a *ask) customer() (best saleStep, fact int32) {
	fact = -1
	for _, s := range a.countedSales() {
		if s.step > best {
			best, fact = s.step, s.fact
		}
	}
	if best < stepNoNotice {
		a.restsOn(state.SteadyUnderSale)
	}
	return best, fact
}
