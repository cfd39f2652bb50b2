package statetest

import (
	"cmp"
	"slices"

	"consentstream/state"
)

// Contact draws a contact with n facts folded in and a published part.
func Contact(source Source, pools Pools, n int) state.Contact {
	d := drawer{Pools: pools, source: source}
	c := state.NewContact()
	for range n {
		if use := c.Add(d.fact()).FirstUse; use != "" && d.bool() {
			c.Answer(use, d.bool())
		}
	}
	if d.bool() {
		c.Timer = d.instant()
	}
	c.Published = d.published()
	return c
}

func (d *drawer) published() state.Published {
	p := state.NewContact().Published
	p.Sequence = int64(d.int(0, 300))
	if p.Sequence == 0 {
		return p
	}
	p.DecidedAt = d.instant()
	p.Retention.Sequence = int64(d.int(0, 3))
	p.Retention.WarnedFor, p.Retention.Expired = d.optional(), d.optional()
	for range d.int(0, 40) {
		p.Rows = append(p.Rows, d.row())
	}
	p.Steady = state.Steady(d.int(0, int(state.SteadyUnderAll)))
	slices.SortFunc(p.Rows, compareRows)
	p.Rows = slices.CompactFunc(p.Rows, func(a, b state.Row) bool { return compareRows(a, b) == 0 })
	return p
}

func (d *drawer) row() state.Row {
	r := state.Row{
		Kind:         draw(d, state.MessageCall),
		Channel:      draw(d, state.ChannelPhone),
		Address:      pick(d, append([]string{"a9"}, d.Addresses...)),
		Brand:        pick(d, d.Brands),
		Allowed:      d.bool(),
		AllowedByLaw: d.bool(),
		Basis:        draw(d, state.BasisB2B),
		Reason:       draw(d, state.ReasonBeyondHorizon),
		Families:     pick(d, [][]string{nil, {"*"}, {"main", "book"}}),
		Until:        state.Never,
	}
	if d.bool() {
		r.Until = d.instant()
	}
	return r
}

func compareRows(a, b state.Row) int {
	return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(a.Brand, b.Brand),
		cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Kind, b.Kind))
}

func (d *drawer) optional() state.Instant {
	if d.bool() {
		return d.instant()
	}
	return state.Unset
}
