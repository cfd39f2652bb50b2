package processor

import (
	"slices"

	"consentstream/state"
	"consentstream/state/rules"
)

// maxAddresses is how many addresses of a contact are published: one more may
// push another out.
const maxAddresses = 8

// passesOver reports whether a fact that was just folded in moves nothing that
// is published, so that no decision is due because of it. It moves the timer to
// where a published until must be published again that the fact may have put off.
func (j *Judge) passesOver(controller string, c *state.Contact, f *state.Fact, at state.Instant, o state.Outcome) bool {
	if !o.Added || o.FirstUse != "" || o.Dropped || c.Published.Sequence == 0 || len(c.Uses) > maxAddresses || !knowsBrand(c, f) {
		return false
	}
	if o.Unnamed && hasBrandRows(c) {
		return false
	}
	if rules.Inert(j.policy, c, f) {
		return true
	}
	refresh := refreshOf(c)
	at = max(at, c.Horizon, c.Published.DecidedAt)
	if min(c.Timer, refresh) <= at {
		return false
	}
	still, stands := rules.Stands(j.policy, controller, c, f, at, o.PushedOut)
	if !stands {
		return false
	}
	c.Timer, c.Published.Steady = min(c.Timer, refresh), still
	return true
}

// refreshOf returns when the earliest until of an allowed row must be published
// again if it holds for longer.
func refreshOf(c *state.Contact) state.Instant {
	earliest := state.Never
	for i := range c.Published.Rows {
		if row := &c.Published.Rows[i]; row.Allowed {
			earliest = min(earliest, row.Until)
		}
	}
	if earliest == state.Never {
		return state.Never
	}
	return earliest.Add(-refreshAhead)
}

// hasBrandRows reports whether rows of a brand are published. Of a contact whose
// facts are merged the last that names the brand may go into another.
func hasBrandRows(c *state.Contact) bool {
	return slices.ContainsFunc(c.Published.Rows, func(r state.Row) bool { return r.Brand != "" })
}

// knowsBrand reports whether a fact names no brand that the contact's other
// facts do not: a new one may add rows of its own.
func knowsBrand(c *state.Contact, f *state.Fact) bool {
	if f.Brand == "" {
		return true
	}
	for i := range c.Facts {
		if other := &c.Facts[i]; other.Brand == f.Brand && other.ID != f.ID {
			return true
		}
	}
	return false
}
