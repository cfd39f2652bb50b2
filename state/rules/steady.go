package rules

import (
	"slices"

	"consentstream/state"
)

// Most facts of somebody who is known for long change nothing: one more order of
// a client, a delivery to somebody who objected. What a decision rests on is
// noted while it is made (see ask.restsOn), so that it can be told of the next
// fact without another decision.

// Steady tells under which further facts the last answer of Standing or Advance
// surely stands.
func (d *Decider) Steady() state.Steady {
	v := &d.stood.view
	if d.book.unseen || d.known < d.book.contact.Horizon {
		return 0
	}
	steady := state.SteadyUnderAll &^ d.ask.rests
	if !v.clock.farFromEnd(v.t) {
		steady &^= state.SteadyUnderContact
	}
	return steady
}

// farFromEnd reports whether a clock runs whose window of warning is ahead.
func (c *clock) farFromEnd(t state.Instant) bool {
	return c.running && t < c.warns
}

// Stands reports whether the decision that c.Published tells of stands at an
// instant after the fact f was added to the contact, which happened before: no
// row says anything else than before, and none ends earlier. It may hold longer,
// since a contact prolongs retention (R43).
//
// Between the decision and the instant lie no deadline of the contact and no fact
// that moved it. It must have named the fact's address and brand before; out tells
// that adding the fact has pushed out an older one of its kind. What the decision
// is steady under from now on is returned as still.
func Stands(p *Policy, controller string, c *state.Contact, f *state.Fact, at state.Instant, out bool) (still state.Steady, stands bool) {
	if f.Forwarded || f.Precision == state.PrecisionDay || max(f.OccurredAt, f.RecordedAt, c.Horizon) > at || !isNewest(c, f) {
		return 0, false
	}
	needs, told := askedBy(c, f)
	if out {
		needs |= state.SteadyWithoutSales | state.SteadyUnderNotice
	}
	if !told || needs&^c.Published.Steady != 0 || c.Scant() && !standsScant(c, f, out) {
		return 0, false
	}
	if sells(f) && !coversFamily(p.At(at).For(controller), c, f.Purchase.Family) {
		return 0, false
	}
	still = c.Published.Steady
	if tells(f) {
		still &^= state.SteadyUnderSale | state.SteadyUnderToldSale
	}
	return still, true
}

// tells reports whether the person was told something that may carry the next sale
// further than those before (see ask.saleWouldTell).
func tells(f *state.Fact) bool {
	return f.Purchase != nil && f.Purchase.Notice != nil || f.Signup != nil && f.Signup.Notice != nil
}

func sells(f *state.Fact) bool { return f.Purchase != nil && f.Purchase.Kind == state.PurchaseOrdered }

// isNewest reports whether every other fact surely happened before this one, so
// that it cannot fill a gap of the past.
func isNewest(c *state.Contact, f *state.Fact) bool {
	for i := len(c.Facts) - 1; i >= 0; i-- {
		g := &c.Facts[i]
		if g.OccurredAt+2*millisPerDay < f.OccurredAt {
			return true
		}
		if g.ID != f.ID && !surelyBefore(g, f) {
			return false
		}
	}
	return true
}

// askedBy returns what a decision must be steady under for a fact to change
// nothing; told is false where that cannot be told.
func askedBy(c *state.Contact, f *state.Fact) (needs state.Steady, told bool) {
	switch {
	case f.Purchase != nil:
		return askedByPurchase(f.Purchase)
	case f.Click != nil:
		return askedByClick(f.Click)
	case f.Signup != nil:
		return askedBySignup(c, f.Signup)
	}
	return 0, false
}

func askedByPurchase(p *state.Purchase) (needs state.Steady, told bool) {
	needs, told = askedByNotice(p.Notice)
	if !told {
		return 0, false
	}
	switch p.Kind {
	case state.PurchaseOrdered:
		if p.Notice != nil {
			needs |= state.SteadyUnderToldSale
		}
		return needs | state.SteadyUnderSale | state.SteadyUnderRequest, true
	case state.PurchaseDelivered:
		return needs | state.SteadyUnderDelivery, true
	case state.PurchaseAttended:
		return needs, true
	}
	return 0, false
}

// askedByNotice: what the person is told now matters to later sales only, but for
// one that names an order (R25).
func askedByNotice(n *state.Notice) (needs state.Steady, told bool) {
	switch {
	case n == nil:
		return state.SteadyUnderContact, true
	case n.OrderRef != "":
		return 0, false
	}
	return state.SteadyUnderContact | state.SteadyUnderNotice, true
}

func askedByClick(c *state.Click) (needs state.Steady, told bool) {
	if c.Kind != state.ClickSent {
		return state.SteadyUnderContact, c.Kind != state.ClickUnknown
	}
	switch c.Message {
	case state.MessageReviewRequest:
		return state.SteadyUnderContact | state.SteadyUnderDelivery, true
	case state.MessageDeletionWarning:
		return state.SteadyUnderContact | state.SteadyUnderWarning, true
	}
	return 0, false
}

// askedBySignup: what somebody answered is always looked at, and so is what may
// change whom the law sees in them. Where that fact was pushed out at once, it is
// not among those of the contact.
func askedBySignup(c *state.Contact, s *state.Signup) (needs state.Steady, told bool) {
	if len(s.Answers) > 0 || s.ContactType != state.ContactNone && !(s.ContactType == state.ContactConsumer && isConsumer(c)) {
		return 0, false
	}
	needs, told = askedByNotice(s.Notice)
	if !told {
		return 0, false
	}
	switch s.Kind {
	case state.SignupAccountCreated, state.SignupInquiry, state.SignupAlertRequested:
		return needs | state.SteadyUnderRequest, true
	case state.SignupCollected, state.SignupForm, state.SignupLoyaltyJoined:
		return needs, true
	}
	return 0, false
}

// isConsumer reports whether no fact says anything else.
func isConsumer(c *state.Contact) bool {
	for i := range c.Facts {
		if s := c.Facts[i].Signup; s != nil && s.ContactType != state.ContactNone && s.ContactType != state.ContactConsumer {
			return false
		}
	}
	return true
}

// coversFamily reports whether a sale of a family adds none to those that a
// soft opt-in of the contact covers (R26).
func coversFamily(s *Settings, c *state.Contact, family string) bool {
	for i := range c.Published.Rows {
		row := &c.Published.Rows[i]
		if row.Basis == state.BasisSoftOptIn && !coversAll(row.Families, family, s.AnalogousFamilies[family]) {
			return false
		}
	}
	return true
}

func coversAll(covered []string, family string, analogous []string) bool {
	if slices.Contains(covered, anyFamily) {
		return true
	}
	if !slices.Contains(covered, family) {
		return false
	}
	for _, other := range analogous {
		if !slices.Contains(covered, other) {
			return false
		}
	}
	return true
}
