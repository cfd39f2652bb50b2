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
	}
	return compareRow(&rows[i], &verdicts[k])
}

// sameRow reports whether a row and a verdict say the same, whatever their until.
func sameRow(row *state.Row, v *rules.Verdict) bool {
	return row.Allowed == v.Allowed && row.AllowedByLaw == v.AllowedByLaw && row.Basis == v.Basis &&
		row.Reason == v.Reason && slices.Equal(row.Families, v.Families)
}

// comparison is what one walk over what was published and what is decided finds.
type comparison struct {
	changed []state.VerdictChange
	// earlier: a row stops holding before its published until, which a
	// consumer must learn at once.
	earlier bool
	// refreshAt is when the earliest published until of an allowed row that
	// truly holds for longer must be published again.
	refreshAt state.Instant
}

// compare walks over both lists; it keeps the memory of changed.
func (d *comparison) compare(rows []state.Row, verdicts []rules.Verdict) {
	d.changed, d.earlier, d.refreshAt = d.changed[:0], false, state.Never
	eachPair(rows, verdicts, d.pair)
}

func (d *comparison) pair(row *state.Row, v *rules.Verdict) {
	switch {
	case v == nil:
		d.changed = append(d.changed, state.VerdictChange{Kind: row.Kind, Channel: row.Channel, Address: row.Address, Brand: row.Brand, Before: row.Allowed, HasBefore: true})
		return
	case row == nil:
		d.changed = append(d.changed, state.VerdictChange{Kind: v.Kind, Channel: v.Channel, Address: v.Address, Brand: v.Brand, After: v.Allowed})
		return
	case !sameRow(row, v):
		d.changed = append(d.changed, state.VerdictChange{Kind: v.Kind, Channel: v.Channel, Address: v.Address, Brand: v.Brand, Before: row.Allowed, HasBefore: true, After: v.Allowed})
	}
	d.earlier = d.earlier || v.Until < row.Until
	if row.Allowed && v.Allowed && row.Until != state.Never && v.Until > row.Until {
		d.refreshAt = min(d.refreshAt, row.Until.Add(-refreshAhead))
	}
}

// differs reports whether the map moved.
func differs(rows []state.Row, verdicts []rules.Verdict) bool {
	var d comparison
	d.compare(rows, verdicts)
	return len(d.changed) > 0
}

// storeRows writes verdicts as the rows that are remembered, reusing rows.
func storeRows(rows []state.Row, verdicts []rules.Verdict) []state.Row {
	rows = rows[:0]
	for i := range verdicts {
		v := &verdicts[i]
		rows = append(rows, state.Row{
			Kind: v.Kind, Channel: v.Channel, Address: v.Address, Brand: v.Brand,
			Allowed: v.Allowed, AllowedByLaw: v.AllowedByLaw, Basis: v.Basis, Reason: v.Reason,
			Families: v.Families, Until: v.Until,
		})
	}
	return rows
}
