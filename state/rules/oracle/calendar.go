package oracle

import (
	"time"

	"consentstream/state"
)

// Calendar arithmetic on local dates (R44). Every result is a local midnight.

func local(i state.Instant, zone *time.Location) time.Time { return i.Time().In(zone) }

// midnight is the first instant of a local date. Where the clocks change at
// midnight that hour may not exist, or twice: then the date is searched for.
func midnight(year int, month time.Month, day int, zone *time.Location) state.Instant {
	t := time.Date(year, month, day, 0, 0, 0, 0, zone)
	_, before := t.Add(-24 * time.Hour).Zone()
	_, after := t.Add(24 * time.Hour).Zone()
	if before == after {
		return state.At(t)
	}
	want := time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Day()
	t = t.Add(-4 * time.Hour)
	for t.Day() != want {
		t = t.Add(15 * time.Minute)
	}
	return state.At(t)
}

// startOfDay is the midnight that begins the local day of i.
func startOfDay(i state.Instant, zone *time.Location) state.Instant {
	return plusDays(i, 0, zone)
}

// plusDays is the midnight n calendar days after the one that begins i's day.
func plusDays(i state.Instant, n int, zone *time.Location) state.Instant {
	d := local(i, zone)
	return midnight(d.Year(), d.Month(), d.Day()+n, zone)
}

// plusMonths is the midnight of the same day n months later, or of the last
// day of that month where it is shorter: 29 February becomes 28 February.
func plusMonths(i state.Instant, n int, zone *time.Location) state.Instant {
	d := local(i, zone)
	first := time.Date(d.Year(), d.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return midnight(first.Year(), first.Month(), min(d.Day(), last), zone)
}

func plusYears(i state.Instant, n int, zone *time.Location) state.Instant {
	return plusMonths(i, 12*n, zone)
}

// holiday tells the public holidays of France. Those of Alsace and Moselle
// only are not among them.
func holiday(d time.Time) bool {
	switch [2]int{int(d.Month()), d.Day()} {
	case [2]int{1, 1}, [2]int{5, 1}, [2]int{5, 8}, [2]int{7, 14}, [2]int{8, 15},
		[2]int{11, 1}, [2]int{11, 11}, [2]int{12, 25}:
		return true
	}
	sunday := easter(d.Year())
	for _, after := range []int{1, 39, 50} { // Easter Monday, Ascension, Whit Monday
		h := sunday.AddDate(0, 0, after)
		if h.Month() == d.Month() && h.Day() == d.Day() {
			return true
		}
	}
	return false
}

// easter is Easter Sunday, found as the church defines it: the Sunday after
// the ecclesiastical full moon that falls on or after 21 March.
func easter(year int) time.Time {
	golden := year%19 + 1
	century := year/100 + 1
	skippedLeapDays := 3*century/4 - 12
	moonShift := (8*century+5)/25 - 5
	epact := (11*golden + 20 + moonShift - skippedLeapDays) % 30
	if epact < 0 {
		epact += 30
	}
	if epact == 24 || (epact == 25 && golden > 11) {
		epact++
	}
	moon := 44 - epact
	if moon < 21 {
		moon += 30
	}
	day := time.Date(year, time.March, moon, 0, 0, 0, 0, time.UTC)
	return day.AddDate(0, 0, 7-int(day.Weekday()))
}
