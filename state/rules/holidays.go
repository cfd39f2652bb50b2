package rules

import "time"

// fixedHolidays are the French public holidays with a date of their own
// (Code du travail, L3133-1).
var fixedHolidays = [...]MonthDay{
	{time.January, 1}, {time.May, 1}, {time.May, 8}, {time.July, 14},
	{time.August, 15}, {time.November, 1}, {time.November, 11}, {time.December, 25},
}

// easterHolidays are the days after Easter Sunday of Easter Monday, Ascension
// and Whit Monday.
var easterHolidays = [...]day{1, 39, 50}

// isPublicHoliday reports whether a date is a public holiday in all of France.
func isPublicHoliday(d day) bool {
	year, month, dom := d.date()
	for _, h := range fixedHolidays {
		if h.Month == month && h.Day == dom {
			return true
		}
	}
	easter := easterSunday(year)
	for _, after := range easterHolidays {
		if d == easter+after {
			return true
		}
	}
	return false
}

// easterSunday computes the Gregorian Easter after Meeus, Jones and Butcher.
func easterSunday(year int) day {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	f := (b + 8) / 25
	g := (b - f + 1) / 3
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	month, dom := (h+l-7*m+114)/31, (h+l-7*m+114)%31+1
	return dateOf(year, time.Month(month), dom)
}
