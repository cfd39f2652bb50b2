package rules

import (
	"math"
	"sync/atomic"
	"time"

	"consentstream/state"
)

// offsets is what the local clocks of a zone add to UTC, as a table of
// stretches of about 50 days: a decision reads local clocks a dozen times, and
// a search through the changes of a zone costs as much as a rule does.
type offsets struct {
	zone      *time.Location
	stretches [lastStretch - firstStretch]stretch
}

// stretch is 2^32 ms, in which clocks change once at most.
type stretch struct {
	change        state.Instant // Never where the clocks do not change
	before, after int32         // ms
}

const (
	stretchBits  = 32
	firstStretch = 146 // begins in December 1989
	lastStretch  = 661 // begins in January 2060
	// severalChanges stands for an offset that the table cannot tell.
	severalChanges = math.MinInt32
)

// offset returns what must be added to UTC to read the local clock.
func offset(i state.Instant, zone *time.Location) state.Instant {
	n := uint64(i>>stretchBits) - firstStretch
	if n >= lastStretch-firstStretch {
		return slowOffset(i, zone)
	}
	table := offsetsOf(zone)
	if table == nil {
		return slowOffset(i, zone)
	}
	s := &table.stretches[n]
	switch {
	case s.before == severalChanges:
		return slowOffset(i, zone)
	case i < s.change:
		return state.Instant(s.before)
	}
	return state.Instant(s.after)
}

// slowOffset searches through the changes of the zone.
func slowOffset(i state.Instant, zone *time.Location) state.Instant {
	_, seconds := time.UnixMilli(int64(i)).In(zone).Zone()
	return state.Instant(seconds) * 1000
}

// maxTables bounds the memory of tables: 8 KiB each, and a policy names a zone
// or two. The zones that persons live in go without once there are so many.
const maxTables = 16

// tables are the zones met so far.
var tables atomic.Pointer[[]*offsets]

// offsetsOf returns the table of a zone, which it makes at the first use; nil
// where there are too many.
func offsetsOf(zone *time.Location) *offsets {
	known := tables.Load()
	if known == nil {
		known = new([]*offsets)
	}
	for _, t := range *known {
		if t.zone == zone {
			return t
		}
	}
	if len(*known) >= maxTables {
		return nil
	}
	return addTable(zone)
}

// addTable makes the table of a zone and adds it to those that are known, by
// copy, because others read them.
func addTable(zone *time.Location) *offsets {
	made := tabulate(zone)
	for {
		known := tables.Load()
		var longer []*offsets
		if known != nil {
			longer = append(longer, *known...)
		}
		longer = append(longer, made)
		if tables.CompareAndSwap(known, &longer) {
			return made
		}
	}
}

func tabulate(zone *time.Location) *offsets {
	t := &offsets{zone: zone}
	for n := range t.stretches {
		t.stretches[n] = stretchOf(state.Instant(n+firstStretch)<<stretchBits, zone)
	}
	return t
}

// stretchOf looks at the clocks of a zone from an instant on, day by day: no
// zone changes them back within a day.
func stretchOf(from state.Instant, zone *time.Location) stretch {
	to := from + 1<<stretchBits
	s := stretch{change: state.Never, before: int32(slowOffset(from, zone))}
	s.after = s.before
	for day := from; day < to; day += millisPerDay {
		end := min(day+millisPerDay, to) - 1
		after := int32(slowOffset(end, zone))
		switch {
		case after == s.after:
		case s.change != state.Never:
			return stretch{before: severalChanges}
		default:
			s.change, s.after = changeWithin(day, end, zone), after
		}
	}
	return s
}

// changeWithin returns the first instant of (from, to] with the offset of to.
func changeWithin(from, to state.Instant, zone *time.Location) state.Instant {
	after := slowOffset(to, zone)
	for to-from > 1 {
		if middle := from + (to-from)/2; slowOffset(middle, zone) == after {
			to = middle
		} else {
			from = middle
		}
	}
	return to
}
