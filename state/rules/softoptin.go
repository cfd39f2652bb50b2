package rules

import (
	"slices"

	"consentstream/state"
)

// anyFamily stands for every family in a list of families.
const anyFamily = "*"

// saleStep is how far a sale gets towards a soft opt-in (R23); the reason is
// what stops it.
type saleStep uint8

const (
	stepNone saleStep = iota
	stepOtherAddress
	stepCancelled
	stepNotOwn
	stepNotBuyer
	stepNotSale
	stepNoNotice
	stepOtherChannel
	stepOtherPurpose
	stepNoOptOut
	stepNoProof
	stepNotAnalogous
	stepComplete
)

var stepReasons = [...]state.Reason{
	stepNone:         state.ReasonNoPurchase,
	stepOtherAddress: state.ReasonOtherAddress,
	stepCancelled:    state.ReasonOrderCancelled,
	stepNotOwn:       state.ReasonNotOwnCollection,
	stepNotBuyer:     state.ReasonNotBuyer,
	stepNotSale:      state.ReasonNotASale,
	stepNoNotice:     state.ReasonNoNotice,
	stepOtherChannel: state.ReasonNoticeOtherChannel,
	stepOtherPurpose: state.ReasonNoticeOtherPurpose,
	stepNoOptOut:     state.ReasonNoOptoutOffered,
	stepNoProof:      state.ReasonProofMissing,
	stepNotAnalogous: state.ReasonNotAnalogous,
	stepComplete:     state.ReasonSoftOptin,
}

// softOptIn is R23, the exception for clients. Of several sales the one that
// got furthest gives the reason, of equals the newest.
func (a *ask) softOptIn(p state.Purpose) finding {
	best, saleFact, noticeFact := stepNone, int32(-1), int32(-1)
	families := len(a.names)
	for _, s := range a.countedSales() {
		step, told := a.saleStep(&s, p, families)
		if step > best {
			best, saleFact, noticeFact = step, s.fact, told
		}
	}
	a.cite(saleFact)
	a.cite(noticeFact)
	if best < stepComplete {
		a.restsOn(a.saleWouldTell(best))
		return deny(stepReasons[best])
	}
	found := allow(state.ReasonSoftOptin, state.BasisSoftOptIn)
	found.families = a.familySet(families)
	return found
}

// saleWouldTell returns which further sale might get further than the best one.
// Where that came after everything the person was told, only one in which they
// are told more, or of a family that they were told about.
func (a *ask) saleWouldTell(best saleStep) state.Steady {
	if a.rests&state.SteadyUnderSale != 0 || best == stepNotAnalogous || a.toldSinceSale() {
		return state.SteadyUnderSale | state.SteadyUnderToldSale
	}
	return state.SteadyUnderToldSale
}

// toldSinceSale reports whether the person was told something after the newest
// firm sale at the address, from memory where it is there.
func (a *ask) toldSinceSale() bool {
	m := &a.memory
	if !m.known[knowsTold] {
		m.known[knowsTold] = true
		sales := a.countedSales()
		i := slices.IndexFunc(sales, func(s counted) bool { return s.step == stepNoNotice && s.address == a.q.Address })
		m.told = i < 0 || a.toldSince(sales[i].sale)
	}
	return m.told
}

// toldSince reports whether the person was told something after a sale.
func (a *ask) toldSince(s *sale) bool {
	for i := range a.v.book.notices {
		if n := &a.v.book.notices[i]; n.address == a.q.Address && !n.precedes(s) {
			return true
		}
	}
	return false
}

// saleStep takes one sale through the conditions and adds the families that it
// covers to the list that begins at families.
func (a *ask) saleStep(s *counted, p state.Purpose, families int) (step saleStep, told int32) {
	if s.address != a.q.Address {
		return stepOtherAddress, -1
	}
	if s.step < stepNoNotice {
		return s.step, -1
	}
	step, told = stepNoNotice, -1
	for i := len(a.v.book.notices) - 1; i >= 0; i-- {
		n := &a.v.book.notices[i]
		if n.address != a.q.Address || !n.precedes(s.sale) || !a.usable(n.span) {
			continue
		}
		reached := a.noticeStep(n, p)
		if reached == stepComplete && !a.addFamilies(families, s.family, n.text.Families) {
			reached = stepNotAnalogous
		}
		if reached > step {
			step, told = reached, n.fact
		}
	}
	return step, told
}

// firmStep is R24: paid, kept, the controller's own, for the person's account.
// It returns stepNoNotice for a firm own sale.
func (a *ask) firmStep(s *sale) saleStep {
	switch {
	case a.cancelled(s):
		return stepCancelled
	case !s.own:
		return stepNotOwn
	case !s.buyer:
		return stepNotBuyer
	case s.free && !a.v.settings.FreeOfferCountsAsSale:
		return stepNotSale
	}
	return stepNoNotice
}

// cancelled reports whether an order was taken back (R24).
func (a *ask) cancelled(s *sale) bool {
	return s.mayPrecede(a.v.book.contact.Retracted.Cancelled) || a.marked(state.PurchaseCancelled, s.ref, s.span)
}

// marked reports whether something has happened to an order. What is surely
// from before it was about an earlier one of the same reference.
func (a *ask) marked(kind state.PurchaseKind, ref string, placed span) bool {
	for i := range a.v.book.marks {
		m := &a.v.book.marks[i]
		if m.kind == kind && m.ref == ref && m.hi >= placed.lo && a.reached(m.lo) {
			return true
		}
	}
	return false
}

// precedes is R25 and R3: shown at or before the sale, or in the same
// transaction, which a message sent afterwards is not (A5).
func (n *notice) precedes(s *sale) bool {
	if n.hi <= s.lo || n.fact == s.fact {
		return true
	}
	return n.order != "" && n.order == s.ref && n.text.Mode != state.NoticeEmail
}

// noticeStep is R25, R20 and R28: the notice names channel and purpose, lets
// refuse on the spot, and can be proven.
func (a *ask) noticeStep(n *notice, p state.Purpose) saleStep {
	switch {
	case !n.text.Channels.Has(a.q.Channel):
		return stepOtherChannel
	case !a.tells(n.text.Purposes, p):
		return stepOtherPurpose
	case !n.text.OptOutOffered:
		return stepNoOptOut
	case !a.proven(n.text.ProofRef, n.span), isOral(n.text) && n.text.TextVersion == "":
		return stepNoProof
	}
	return stepComplete
}

// tells reports whether a text about some purposes is about this one; the
// basket is inside promotional (R12, A7).
func (a *ask) tells(purposes state.Purposes, p state.Purpose) bool {
	return purposes.Has(p) ||
		p == state.PurposeCart && a.v.settings.CartCoveredByPromotional && purposes.Has(state.PurposePromotional)
}

func isOral(n *state.Notice) bool {
	return n.Mode == state.NoticePhone || n.Mode == state.NoticeInStore
}

// addFamilies is R26 and A6: a sale covers its own family and those declared
// analogous to it, within what the notice lists. It reports whether the family
// of the question is among them, any when none is asked for. The list begins
// at start and holds each family once.
func (a *ask) addFamilies(start int, bought string, told []string) bool {
	covers := a.addFamily(start, bought, told)
	for _, family := range a.v.settings.AnalogousFamilies[bought] {
		covers = a.addFamily(start, family, told) || covers
	}
	return covers
}

func (a *ask) addFamily(start int, family string, told []string) (covers bool) {
	switch {
	case len(told) == 0 || slices.Contains(told, family):
		if !slices.Contains(a.names[start:], family) {
			a.names = append(a.names, family)
		}
		return a.q.Family == "" || a.q.Family == family || family == anyFamily
	case family == anyFamily:
		for _, name := range told {
			covers = a.addFamily(start, name, nil) || covers
		}
	}
	return covers
}

// familySet sorts the names from start on in place; the mark of all families
// stands for the rest.
func (a *ask) familySet(start int) named {
	names := a.names[start:]
	if i := slices.Index(names, anyFamily); i >= 0 {
		return named{int32(start + i), int32(start + i + 1)}
	}
	slices.Sort(names)
	return named{int32(start), int32(len(a.names))}
}
