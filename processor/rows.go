package processor

import (
	"slices"
	"strings"

	"consentstream/state"
	"consentstream/state/rules"
)

// Both what was published and what is decided are ordered by (address, brand,
// channel, kind), so that comparing them is one walk over two sorted lists.

// compareRow orders a published row against a verdict.
func compareRow(row *state.Row, v *rules.Verdict) int {
	if row.Address != v.Address {
		return strings.Compare(row.Address, v.Address)
	}
	if row.Brand != v.Brand {
		return strings.Compare(row.Brand, v.Brand)
	}
	return (int(row.Channel)-int(v.Channel))<<8 + int(row.Kind) - int(v.Kind)
}

// eachPair calls fn for every row of either list; the missing side is nil.
func eachPair(rows []state.Row, verdicts []rules.Verdict, fn func(*state.Row, *rules.Verdict)) {
	i, k := 0, 0
	for i < len(rows) || k < len(verdicts) {
		switch order := orderAt(rows, verdicts, i, k); {
		case order < 0:
			fn(&rows[i], nil)
			i++
		case order > 0:
			fn(nil, &verdicts[k])
			k++
		default:
			fn(&rows[i], &verdicts[k])
			i, k = i+1, k+1
		}
	}
}

// orderAt tells which list is behind; the end of a list is behind everything.
func orderAt(rows []state.Row, verdicts []rules.Verdict, i, k int) int {
	switch {
	case i == len(rows):
		return 1
	case k == len(verdicts):
		return -1
	case isRowOf(&rows[i], &verdicts[k]):
		return 0
	}
	return compareRow(&rows[i], &verdicts[k])
}

// isRowOf reports whether a row and a verdict are about the same.
func isRowOf(row *state.Row, v *rules.Verdict) bool {
	return row.Kind == v.Kind && row.Channel == v.Channel && row.Address == v.Address && row.Brand == v.Brand
}

// sameRow reports whether a row and a verdict say the same, whatever their until.
func sameRow(row *state.Row, v *rules.Verdict) bool {
	return row.Allowed == v.Allowed && row.AllowedByLaw == v.AllowedByLaw && row.Basis == v.Basis &&
		row.Reason == v.Reason && (len(row.Families)+len(v.Families) == 0 || slices.Equal(row.Families, v.Families))
}

// comparison is what one walk over what was published and what is decided finds.
type comparison struct {
	// withhold leaves out rows that would be newly allowed. One that was
	// published as a denial goes missing then, which is a denial too: it is
	// told when something else is, and is no reason to publish.
	withhold bool
	withheld bool // a row was left out

	changed []state.VerdictChange
	moved   bool // something changed that is a reason to publish
	// earlier: a row stops holding before its published until, which a
	// consumer must learn at once.
	earlier bool
	// refreshAt is when the earliest published until of an allowed row that
	// truly holds for longer must be published again.
	refreshAt state.Instant
}

// compare walks over both lists; it keeps the memory of changed.
func (d *comparison) compare(rows []state.Row, verdicts []rules.Verdict, withhold bool) {
	*d = comparison{withhold: withhold, changed: d.changed[:0], refreshAt: state.Never}
	eachPair(rows, verdicts, d.pair)
}

// leavesOut reports whether a verdict is withheld.
func (d *comparison) leavesOut(row *state.Row, v *rules.Verdict) bool {
	return d.withhold && v != nil && v.Allowed && (row == nil || !row.Allowed)
}

func (d *comparison) pair(row *state.Row, v *rules.Verdict) {
	if d.leavesOut(row, v) {
		d.withheld = true
		if row != nil {
			d.vanished(row)
		}
		return
	}
	switch {
	case v == nil:
		d.vanished(row)
		d.moved = true
		return
	case row == nil:
		d.changed = append(d.changed, state.VerdictChange{Kind: v.Kind, Channel: v.Channel, Address: v.Address, Brand: v.Brand, After: v.Allowed})
		d.moved = true
		return
	case !sameRow(row, v):
		d.changed = append(d.changed, state.VerdictChange{Kind: v.Kind, Channel: v.Channel, Address: v.Address, Brand: v.Brand, Before: row.Allowed, HasBefore: true, After: v.Allowed})
		d.moved = true
	}
	d.earlier = d.earlier || v.Until < row.Until
	if row.Allowed && v.Allowed && row.Until != state.Never && v.Until > row.Until {
		d.refreshAt = min(d.refreshAt, row.Until.Add(-refreshAhead))
	}
}

// vanished notes a row that is published no longer.
func (d *comparison) vanished(row *state.Row) {
	d.changed = append(d.changed, state.VerdictChange{Kind: row.Kind, Channel: row.Channel, Address: row.Address, Brand: row.Brand, Before: row.Allowed, HasBefore: true})
}

// differs reports whether the map moved.
func differs(rows []state.Row, verdicts []rules.Verdict) bool {
	var d comparison
	d.compare(rows, verdicts, false)
	return len(d.changed) > 0
}

// visible returns the verdicts without those that are left out, reusing their
// memory.
func (d *comparison) visible(rows []state.Row, verdicts []rules.Verdict) []rules.Verdict {
	if !d.withheld {
		return verdicts
	}
	kept := verdicts[:0]
	eachPair(rows, verdicts, func(row *state.Row, v *rules.Verdict) {
		if v != nil && !d.leavesOut(row, v) {
			kept = append(kept, *v)
		}
	})
	return kept
}

// storeRows writes verdicts as the rows that are remembered, reusing rows. The
// rows own their families: those of verdicts last until the next decision.
func storeRows(rows []state.Row, verdicts []rules.Verdict) []state.Row {
	held := len(rows) // beyond it lie rows of others, whose memory may be gone
	rows = slices.Grow(rows[:0], len(verdicts))[:len(verdicts)]
	for i := range verdicts {
		v, families := &verdicts[i], rows[i].Families
		if i < held && isRowOf(&rows[i], v) && sameRow(&rows[i], v) {
			rows[i].Until = v.Until
			continue
		}
		if !slices.Equal(families, v.Families) {
			families = slices.Clone(v.Families)
		}
		rows[i] = state.Row{
			Kind: v.Kind, Channel: v.Channel, Address: v.Address, Brand: v.Brand,
			Allowed: v.Allowed, AllowedByLaw: v.AllowedByLaw, Basis: v.Basis, Reason: v.Reason,
			Families: families, Until: v.Until,
		}
	}
	return rows
}
