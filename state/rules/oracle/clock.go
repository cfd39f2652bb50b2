package oracle

import (
	"cmp"
	"slices"

	"consentstream/state"
)

// clock is where the contact stands on the retention clock (R42-R45).
type clock struct {
	runs    bool
	expires state.Instant // E, Never while a contract runs
	warns   state.Instant // start of the warning window
	anchor  state.Instant // when the last contact was
	floor   state.Instant // the epoch holds what happened from here on
}

// findClock runs through the contact's facts in the order in which they happened.
func (w *world) findClock() clock {
	c := clock{floor: state.Unset, expires: state.Never, warns: state.Never}
	for _, f := range w.history() {
		x := w.lo(f)
		contract := c.runs && w.contractRuns(x, f)
		end := state.Never
		if c.runs && !contract {
			end = w.expiry(c.anchor)
		}
		switch {
		case !c.runs:
			c.runs, c.anchor = true, x
		case x < end:
			if w.resets(f) {
				c.anchor = x
			}
		case w.opens(f):
			c.anchor, c.floor = x, end
		}
	}
	if c.runs && !w.contractRuns(w.at+1, nil) {
		c.expires = w.expiry(c.anchor)
		c.warns = plusDays(c.expires, -w.set.WarningDays, w.zone())
	}
	return c
}

// history is what the clock may count, oldest first: the contact's own facts
// that happened by now and were not wiped. The wipes themselves are none.
func (w *world) history() []*state.Fact {
	var list []*state.Fact
	for i := range w.known {
		f := &w.known[i]
		if w.positive(f) || w.startsAsNegative(f) {
			list = append(list, f)
		}
	}
	slices.SortStableFunc(list, func(a, b *state.Fact) int {
		return cmp.Or(cmp.Compare(w.lo(a), w.lo(b)), w.opensFirst(a, b), cmp.Compare(a.ID, b.ID))
	})
	return list
}

// opensFirst puts what opens an epoch before what does not, at one instant.
func (w *world) opensFirst(a, b *state.Fact) int {
	rank := func(f *state.Fact) int {
		if w.opens(f) {
			return 0
		}
		return 1
	}
	return cmp.Compare(rank(a), rank(b))
}

// startsAsNegative tells negatives that are the earliest sign of a contact.
func (w *world) startsAsNegative(f *state.Fact) bool {
	if f.Forwarded || w.begins(f) > w.at || w.wiped(f) {
		return false
	}
	if f.Signup != nil {
		return f.IsNegative()
	}
	return f.Unsubscribe != nil && f.Unsubscribe.Kind != state.UnsubscribeErasure && f.Unsubscribe.Kind != state.UnsubscribePurged
}

// expiry is E for an anchor: the first instant that is at or after the anchor
// plus the retention in force at that very instant, so that a longer retention
// later revives nobody.
func (w *world) expiry(anchor state.Instant) state.Instant {
	first := state.Never
	for i := range w.policy.Versions {
		set := w.policy.Versions[i].For(w.controller)
		due := plusYears(anchor, set.RetentionYears, set.TimeZone)
		if i > 0 {
			due = max(due, w.policy.Versions[i].EffectiveFrom)
		}
		until := state.Never
		if i+1 < len(w.policy.Versions) {
			until = w.policy.Versions[i+1].EffectiveFrom
		}
		if due < until {
			first = min(first, due)
		}
	}
	return first
}

// contractRuns reports whether a contract of the contact is running just
// before the instant. The fact that is being judged does not count itself.
func (w *world) contractRuns(x state.Instant, self *state.Fact) bool {
	for _, f := range w.contracts() {
		if f != self && w.lo(f) < x && !w.endedBefore(f, x) {
			return true
		}
	}
	return false
}

// contracts are the started contracts of the contact itself.
func (w *world) contracts() []*state.Fact {
	var list []*state.Fact
	for i := range w.known {
		f := &w.known[i]
		if p := f.Purchase; p != nil && p.Kind == state.PurchaseContractStarted && own(p) && w.positive(f) {
			list = append(list, f)
		}
	}
	return list
}

func own(p *state.Purchase) bool {
	return p.Role == state.RoleBuyer && p.CollectedBy == state.CollectedDirect
}

// endedBefore reports whether the contract was ended or cancelled before x.
func (w *world) endedBefore(contract *state.Fact, x state.Instant) bool {
	for i := range w.known {
		f := &w.known[i]
		if f.Purchase == nil || f.Forwarded || f.Purchase.OrderRef != contract.Purchase.OrderRef {
			continue
		}
		ends := f.Purchase.Kind == state.PurchaseContractEnded || f.Purchase.Kind == state.PurchaseCancelled
		if ends && w.lo(f) <= w.at && w.lo(f) < x && w.hi(f) >= w.lo(contract) {
			return true
		}
	}
	return false
}
