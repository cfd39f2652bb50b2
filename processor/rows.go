package processor

import (
	"cmp"
	"slices"

	"consentstream/state"
	"consentstream/state/rules"
)

// Both what was published and what is decided are ordered by (address, brand,
// channel, kind), so that comparing them is one walk over two sorted lists.

// compareRow orders a published row against a verdict.
func compareRow(row *state.Row, v *rules.Verdict) int {
	if c := cmp.Compare(row.Address, v.Address); c != 0 {
		return c
	}
	if c := cmp.Compare(row.Brand, v.Brand); c != 0 {
		return c
	}
	if c := cmp.Compare(row.Channel, v.Channel); c != 0 {
		return c
	}
	return cmp.Compare(row.Kind, v.Kind)
}

// eachPair calls fn for every row of either list; the missing side is nil.
func eachPair(rows []state.Row, verdicts []rules.Verdict, fn func(*state.Row, *rules.Verdict)) {
	i, k := 0, 0
	for i < len(rows) || k < len(verdicts) {
		order := 0
		switch {
		case i == len(rows):
			order = 1
		case k == len(verdicts):
			order = -1
		default:
			order = compareRow(&rows[i], &verdicts[k])
		}
		switch {
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

// sameRow reports whether a row and a verdict say the same, whatever their until.
func sameRow(row *state.Row, v *rules.Verdict) bool {
	return row.Allowed == v.Allowed && row.AllowedByLaw == v.AllowedByLaw && row.Basis == v.Basis &&
		row.Reason == v.Reason && slices.Equal(row.Families, v.Families)
}

// diffRows appends every row that moved.
func diffRows(changed []state.VerdictChange, rows []state.Row, verdicts []rules.Verdict) []state.VerdictChange {
	eachPair(rows, verdicts, func(row *state.Row, v *rules.Verdict) {
		switch {
		case v == nil:
			changed = append(changed, state.VerdictChange{Kind: row.Kind, Channel: row.Channel, Address: row.Address, Brand: row.Brand, Before: row.Allowed, HasBefore: true})
		case row == nil:
			changed = append(changed, state.VerdictChange{Kind: v.Kind, Channel: v.Channel, Address: v.Address, Brand: v.Brand, After: v.Allowed})
		case !sameRow(row, v):
			changed = append(changed, state.VerdictChange{Kind: v.Kind, Channel: v.Channel, Address: v.Address, Brand: v.Brand, Before: row.Allowed, HasBefore: true, After: v.Allowed})
		}
	})
	return changed
}

// differs reports whether the map moved.
func differs(rows []state.Row, verdicts []rules.Verdict) bool {
	moved := false
	eachPair(rows, verdicts, func(row *state.Row, v *rules.Verdict) {
		moved = moved || row == nil || v == nil || !sameRow(row, v)
	})
	return moved
}

// untilEarlier reports whether a row stops holding before its published until,
// which a consumer must learn at once.
func untilEarlier(rows []state.Row, verdicts []rules.Verdict) bool {
	earlier := false
	eachPair(rows, verdicts, func(row *state.Row, v *rules.Verdict) {
		earlier = earlier || row != nil && v != nil && v.Until < row.Until
	})
	return earlier
}

// refreshDue reports whether an allowed row is about to lapse at a consumer
// although it truly holds for longer.
func refreshDue(rows []state.Row, verdicts []rules.Verdict, at state.Instant) bool {
	due := false
	eachPair(rows, verdicts, func(row *state.Row, v *rules.Verdict) {
		due = due || row != nil && v != nil && row.Allowed && v.Allowed && row.Until != state.Never &&
			v.Until > row.Until && row.Until.Add(-refreshAhead) <= at
	})
	return due
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
