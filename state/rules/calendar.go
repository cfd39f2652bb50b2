package rules

import (
	"sync"
	"time"

	// The calendar must work on machines with no time zone database.
	_ "time/tzdata"

	"consentstream/state"
)

// R44: terms are calendar years and months on the local date, 29 February
// becomes 28 February, and a day begins at its first local instant, which is
// not 00:00 where the clocks change at midnight. Intervals are half-open.

// day is a date of a local calendar, counted in days from 1970-01-01.
type day int64

const (
	millisPerDay state.Instant = 24 * 60 * 60 * 1000
	millisPerMin state.Instant = 60 * 1000
)

// paris is the zone of the French law's own dates.
var paris = sync.OnceValue(func() *time.Location {
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		panic(err) // the database is compiled in
	}
	return zone
})

// dayOf returns the local date of an instant.
func dayOf(i state.Instant, zone *time.Location) day {
	return day(floorDiv(i+offset(i, zone), millisPerDay))
}

func floorDiv[T int | state.Instant](a, b T) T {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// dateOf makes a day of a calendar date; days beyond the month run over.
// Counted from March, a leap day is the last of its year, and the months before
// one take 153 days in five.
func dateOf(year int, month time.Month, dom int) day {
	fromMarch := (int(month) + 9) % 12
	if month <= time.February {
		year--
	}
	const marchToEpoch = 719468 // days from 0000-03-01 to 1970-01-01
	leaps := floorDiv(year, 4) - floorDiv(year, 100) + floorDiv(year, 400)
	return day(year*365 + leaps + (153*fromMarch+2)/5 + dom - 1 - marchToEpoch)
}

// date returns year, month and day of month.
func (d day) date() (year int, month time.Month, dom int) {
	return time.Unix(int64(d)*24*60*60, 0).UTC().Date()
}

func (d day) weekday() time.Weekday {
	return time.Weekday(((int64(d)+4)%7 + 7) % 7)
}

// start returns the first instant of the date in a zone.
func (d day) start(zone *time.Location) state.Instant {
	midnight := state.Instant(d) * millisPerDay
	before := offset(midnight-millisPerDay, zone)
	after := offset(midnight+millisPerDay, zone)
	if before == after {
		return midnight - before
	}
	// The clocks change nearby. The earlier candidate wins where midnight
	// happens twice; where it does not happen at all, the day begins at the change.
	first, second := midnight-max(before, after), midnight-min(before, after)
	if first+offset(first, zone) == midnight {
		return first
	}
	if second+offset(second, zone) == midnight {
		return second
	}
	_, change := time.UnixMilli(int64(first)).In(zone).ZoneBounds()
	return state.At(change)
}

// addYears returns the same date n years later, 28 February for a 29 February
// that does not exist.
func (d day) addYears(n int) day { return d.addMonths(12 * n) }

// addMonths returns the same date n months later, or the last of the month
// where that is shorter.
func (d day) addMonths(n int) day {
	year, month, dom := d.date()
	total := year*12 + int(month) - 1 + n
	year, month = total/12, time.Month(total%12+1)
	return dateOf(year, month, min(dom, daysOf(year, month)))
}

// daysOf returns the number of days of a month.
func daysOf(year int, month time.Month) int {
	switch month {
	case time.February:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case time.April, time.June, time.September, time.November:
		return 30
	}
	return 31
}

// span is an instant that is known only within [lo, hi] (R3).
type span struct {
	lo, hi state.Instant
}

// mayPrecede reports whether something may have happened by the instant of the
// newest retraction that was dropped: then it counts as taken back.
func (s *span) mayPrecede(dropped state.Instant) bool {
	return s.lo <= dropped
}

// dayAround is the interval of the local day of an instant, both ends in it.
func dayAround(i state.Instant, zone *time.Location) span {
	d := dayOf(i, zone)
	return span{d.start(zone), (d + 1).start(zone) - 1}
}

// spanOf is when a fact happened: a moment, a local day (R3), or all that a
// merged fact stands for.
func spanOf(f *state.Fact, zone *time.Location) span {
	if f.Precision != state.PrecisionDay {
		return span{f.Since, f.OccurredAt}
	}
	return span{dayAround(f.Since, zone).lo, dayAround(f.OccurredAt, zone).hi}
}
