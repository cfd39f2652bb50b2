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
	anchor  state.Instant // when the last contact was, at the latest
	since   state.Instant // when it was, at the earliest
	floor   state.Instant // the epoch holds what happened from here on
}

// findClock runs through the contact's facts in the order in which they
// happened.
func (w *world) findClock() clock {
	c := clock{anchor: state.Unset, floor: state.Unset, expires: state.Never, warns: state.Never}
	var contracts []*state.Fact // of the epoch
	for _, f := range w.history() {
		x := w.lo(f)
		switch {
		case !c.runs && len(w.wipes) > 0 && !w.opens(f) && !isCollected(f):
			continue // a wipe has closed the epoch, and this opens none
		case !c.runs:
			c.runs = true
			c.contact(f, w)
		case x <= w.lastStop(contracts) || x < w.end(c.anchor, contracts):
			if w.resets(f) {
				c.contact(f, w)
			}
		case w.opens(f):
			c.floor = w.end(c.anchor, contracts)
			c.anchor, contracts = state.Unset, nil
			c.contact(f, w)
		default:
			continue
		}
		if w.isContract(f) {
			contracts = append(contracts, f)
		}
	}
	if c.runs {
		c.expires = w.end(c.anchor, contracts)
	}
	if c.expires != state.Never {
		c.warns = plusDays(c.expires, -w.set.WarningDays, w.zone())
	}
	return c
}

// contact moves the anchor to a fact, unless it is at a later one.
func (c *clock) contact(f *state.Fact, w *world) {
	at := w.hi(f)
	if w.endsContract(f) || (!w.resets(f) && !isCollected(f)) {
		at = w.lo(f)
	}
	if at >= c.anchor {
		c.anchor, c.since = at, w.lo(f)
	}
}

// isCollected tells a collection, by whomever it was made.
func isCollected(f *state.Fact) bool {
	return f.Signup != nil && f.Signup.Kind == state.SignupCollected
}

// end is the end of retention for an anchor: never while a contract runs, and
// not before the last one stopped.
func (w *world) end(anchor state.Instant, contracts []*state.Fact) state.Instant {
	if w.lastStop(contracts) == state.Never {
		return state.Never
	}
	return max(w.expiry(anchor), w.lastStop(contracts))
}

func (w *world) lastStop(contracts []*state.Fact) state.Instant {
	last := state.Unset
	for _, f := range contracts {
		last = max(last, w.stops(f))
	}
	return last
}

// history is what the clock may count, oldest first: the contact's own facts
// that happened by now and were not wiped. The wipes themselves are none.
func (w *world) history() []*state.Fact {
	var list []*state.Fact
	for i := range w.known {
		f := &w.known[i]
		if (w.positive(f) && !(len(w.wipes) > 0 && w.onlyRefuses(f))) || w.endsContract(f) || w.startsAsNegative(f) {
			list = append(list, f)
		}
	}
	slices.SortStableFunc(list, func(a, b *state.Fact) int {
		return cmp.Or(cmp.Compare(w.lo(a), w.lo(b)), w.opensFirst(a, b))
	})
	return list
}

// endsContract tells the end of a contract that has begun to count: from the
// start of its day, as the contract stops then.
func (w *world) endsContract(f *state.Fact) bool {
	return w.carries(f) && f.Purchase != nil && f.Purchase.Kind == state.PurchaseContractEnded && w.lo(f) <= w.at && !w.wiped(f)
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
// After a wipe a negative is an entry of the suppression list and no sign.
func (w *world) startsAsNegative(f *state.Fact) bool {
	if f.Forwarded || w.hi(f) > w.at || len(w.wipes) > 0 {
		return false
	}
	if f.Signup != nil {
		return f.IsNegative()
	}
	return f.Unsubscribe != nil && f.Unsubscribe.Kind != state.UnsubscribePurged
}

// onlyRefuses tells a signup that says no and nothing that starts a clock.
func (w *world) onlyRefuses(f *state.Fact) bool {
	return f.Signup != nil && f.IsNegative() && !signupResets(f.Signup) && f.Signup.Kind != state.SignupCollected
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

// isContract tells a contract of the contact's own.
func (w *world) isContract(f *state.Fact) bool {
	return f.Purchase != nil && f.Purchase.Kind == state.PurchaseContractStarted && own(f.Purchase) && w.positive(f)
}

// contracts are the contracts of the contact's own, old ones too.
func (w *world) contracts() []*state.Fact {
	var list []*state.Fact
	for i := range w.known {
		if f := &w.known[i]; w.isContract(f) {
			list = append(list, f)
		}
	}
	return list
}

func own(p *state.Purchase) bool {
	return p.Role == state.RoleBuyer && p.CollectedBy == state.CollectedDirect
}

// stops is when a contract stopped running, as far as that has happened by
// now: by a cancellation, or by an end that is not surely from before it.
func (w *world) stops(contract *state.Fact) state.Instant {
	first := state.Never
	for i := range w.known {
		f := &w.known[i]
		p := f.Purchase
		if p == nil || f.Forwarded || p.OrderRef != contract.Purchase.OrderRef || w.lo(f) > w.at {
			continue
		}
		ends := p.Kind == state.PurchaseContractEnded || p.Kind == state.PurchaseCancelled
		if ends && w.hi(f) >= w.lo(contract) {
			first = min(first, max(w.lo(f), w.lo(contract)))
		}
	}
	return first
}
