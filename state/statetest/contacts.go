package statetest

import (
	"cmp"
	"slices"
	"strconv"

	"pgregory.net/rapid"

	"consentstream/state"
)

func itoa(i int) string { return strconv.Itoa(i) }

// Facts draws up to n facts with ids that sometimes collide.
func Facts(t *rapid.T, n int) []state.Fact {
	count := rapid.IntRange(0, n).Draw(t, "facts")
	facts := make([]state.Fact, count)
	for i := range facts {
		facts[i] = Fact(t, 2*n)
	}
	return facts
}

// Contact draws a contact with up to n facts folded in and a published part.
func Contact(t *rapid.T, n int) state.Contact {
	c := state.NewContact()
	for _, f := range Facts(t, n) {
		if use := c.Add(f).FirstUse; use != "" && rapid.Bool().Draw(t, "answered") {
			c.Answer(use, rapid.Bool().Draw(t, "crowded"))
		}
	}
	if rapid.Bool().Draw(t, "timer") {
		c.Timer = Instant(t)
	}
	c.Published = Published(t)
	return c
}

// Published draws what was last published.
func Published(t *rapid.T) state.Published {
	p := state.NewContact().Published
	p.Sequence = int64(rapid.IntRange(0, 300).Draw(t, "sequence"))
	if p.Sequence == 0 {
		return p
	}
	p.DecidedAt = Instant(t)
	p.Retention.Sequence = int64(rapid.IntRange(0, 3).Draw(t, "retention"))
	p.Retention.WarnedFor = optional(t, "warned")
	p.Retention.Expired = optional(t, "expired")
	for range rapid.IntRange(0, 40).Draw(t, "rows") {
		p.Rows = append(p.Rows, Row(t))
	}
	slices.SortFunc(p.Rows, compareRows)
	p.Rows = slices.CompactFunc(p.Rows, func(a, b state.Row) bool { return compareRows(a, b) == 0 })
	return p
}

// Row draws a published row.
func Row(t *rapid.T) state.Row {
	r := state.Row{
		Kind:         draw(t, "kind", state.MessageCall),
		Channel:      draw(t, "channel", state.ChannelPhone),
		Address:      pick(t, "address", append([]string{"a9"}, Addresses...)),
		Brand:        pick(t, "brand", Brands),
		Allowed:      rapid.Bool().Draw(t, "allowed"),
		AllowedByLaw: rapid.Bool().Draw(t, "law"),
		Basis:        draw(t, "basis", state.BasisB2B),
		Reason:       draw(t, "reason", state.ReasonBeyondHorizon),
		Families:     rapid.SampledFrom([][]string{nil, {"*"}, {"main", "book"}}).Draw(t, "families"),
		Until:        state.Never,
	}
	if rapid.Bool().Draw(t, "ends") {
		r.Until = Instant(t)
	}
	return r
}

func compareRows(a, b state.Row) int {
	return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(a.Brand, b.Brand),
		cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Kind, b.Kind))
}

func optional(t *rapid.T, label string) state.Instant {
	if rapid.Bool().Draw(t, label) {
		return Instant(t)
	}
	return state.Unset
}
