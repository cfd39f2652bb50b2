package rules

import (
	"testing"
	"time"

	"consentstream/state"
)

func utc(s string) state.Instant {
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return state.At(v)
}

func place(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return zone
}

// R44: "Calendar years on the local date; 29 Feb -> 28 Feb".
func TestYearsAndMonths(t *testing.T) {
	cases := []struct {
		from         day
		years, extra int // months on top
		want         day
	}{
		{dateOf(2023, time.March, 15), 3, 0, dateOf(2026, time.March, 15)},
		{dateOf(2024, time.February, 29), 3, 0, dateOf(2027, time.February, 28)},
		{dateOf(2024, time.February, 29), 4, 0, dateOf(2028, time.February, 29)},
		{dateOf(2025, time.February, 28), 3, 0, dateOf(2028, time.February, 28)},
		{dateOf(2025, time.March, 1), 3, 0, dateOf(2028, time.March, 1)},
		{dateOf(2025, time.January, 31), 0, 1, dateOf(2025, time.February, 28)},
		{dateOf(2025, time.August, 31), 0, 6, dateOf(2026, time.February, 28)},
		{dateOf(2025, time.December, 31), 0, 12, dateOf(2026, time.December, 31)},
		{dateOf(2025, time.November, 30), 0, 1, dateOf(2025, time.December, 30)},
		{dateOf(1969, time.December, 31), 1, 0, dateOf(1970, time.December, 31)},
	}
	for _, c := range cases {
		if got := c.from.addYears(c.years).addMonths(c.extra); got != c.want {
			t.Errorf("%d + %d years %d months = %d, want %d", c.from, c.years, c.extra, got, c.want)
		}
	}
}

// The local date and the first instant of a date, also where clocks change.
func TestDays(t *testing.T) {
	cases := []struct {
		says, zone, at, start string
		length                time.Duration
	}{
		{"winter", "Europe/Paris", "2026-01-10T22:59:59Z", "2026-01-09T23:00:00Z", 24 * time.Hour},
		{"the next local day", "Europe/Paris", "2026-01-10T23:00:00Z", "2026-01-10T23:00:00Z", 24 * time.Hour},
		{"summer", "Europe/Paris", "2023-06-30T22:30:00Z", "2023-06-30T22:00:00Z", 24 * time.Hour},
		{"spring forward", "Europe/Paris", "2023-03-26T01:30:00Z", "2023-03-25T23:00:00Z", 23 * time.Hour},
		{"autumn back", "Europe/Paris", "2023-10-29T01:30:00Z", "2023-10-28T22:00:00Z", 25 * time.Hour},
		{"after 2037", "Europe/Paris", "2051-07-01T10:00:00Z", "2051-06-30T22:00:00Z", 24 * time.Hour},
		{"before 1970", "Europe/Paris", "1960-01-01T12:00:00Z", "1959-12-31T23:00:00Z", 24 * time.Hour},
		{"no midnight", "Asia/Beirut", "2025-03-30T12:00:00Z", "2025-03-29T22:00:00Z", 23 * time.Hour},
		{"midnight twice", "America/Havana", "2025-11-02T12:00:00Z", "2025-11-02T04:00:00Z", 25 * time.Hour},
		{"a day that did not happen before it", "Pacific/Apia", "2011-12-30T12:00:00Z", "2011-12-30T10:00:00Z", 24 * time.Hour},
		{"overseas", "Indian/Reunion", "2026-01-10T21:00:00Z", "2026-01-10T20:00:00Z", 24 * time.Hour},
	}
	for _, c := range cases {
		t.Run(c.says, func(t *testing.T) {
			zone := place(c.zone)
			around := dayAround(utc(c.at), zone)
			if around.lo != utc(c.start) {
				t.Errorf("starts %v, want %v", around.lo, c.start)
			}
			if got := time.Duration(around.hi+1-around.lo) * time.Millisecond; got != c.length {
				t.Errorf("lasts %v, want %v", got, c.length)
			}
			if dayOf(around.lo, zone) != dayOf(around.hi, zone) || dayOf(around.lo-1, zone) >= dayOf(around.lo, zone) {
				t.Error("its ends are not on one local date")
			}
		})
	}
}

func TestEveryDayOfManyZonesStartsWhereItShould(t *testing.T) {
	for _, name := range []string{"Europe/Paris", "America/Havana", "Asia/Beirut", "Africa/Cairo", "America/Santiago", "Australia/Lord_Howe"} {
		zone := place(name)
		for d := dateOf(2020, time.January, 1); d < dateOf(2030, time.January, 1); d++ {
			start := d.start(zone)
			if dayOf(start, zone) != d || dayOf(start-1, zone) != d-1 {
				t.Fatalf("%s: day %d starts %v", name, d, start)
			}
		}
	}
}

func TestLocalTimesOfDay(t *testing.T) {
	cases := []struct {
		says    string
		date    day
		minutes int
		want    string
	}{
		{"winter", dateOf(2026, time.January, 10), 10 * 60, "2026-01-10T09:00:00Z"},
		{"summer", dateOf(2026, time.July, 10), 10 * 60, "2026-07-10T08:00:00Z"},
		{"skipped, moves forward", dateOf(2023, time.March, 26), 2*60 + 30, "2023-03-26T01:30:00Z"},
		{"twice, the first", dateOf(2023, time.October, 29), 2*60 + 10, "2023-10-29T00:10:00Z"},
	}
	for _, c := range cases {
		if got := c.date.clock(c.minutes, paris()); got != utc(c.want) {
			t.Errorf("%s: %v, want %s", c.says, got, c.want)
		}
	}
}

// Code du travail L3133-1.
func TestPublicHolidays(t *testing.T) {
	want := map[day]bool{
		dateOf(2026, time.January, 1): true, dateOf(2026, time.April, 6): true, dateOf(2026, time.May, 1): true, dateOf(2026, time.May, 8): true,
		dateOf(2026, time.May, 14): true, dateOf(2026, time.May, 25): true, dateOf(2026, time.July, 14): true, dateOf(2026, time.August, 15): true,
		dateOf(2026, time.November, 1): true, dateOf(2026, time.November, 11): true, dateOf(2026, time.December, 25): true,
	}
	for d := dateOf(2026, time.January, 1); d < dateOf(2027, time.January, 1); d++ {
		if isPublicHoliday(d) != want[d] {
			t.Errorf("day %d of 2026: %v", d-dateOf(2026, time.January, 1)+1, isPublicHoliday(d))
		}
	}
}

func TestEaster(t *testing.T) {
	for _, sunday := range []day{
		dateOf(2000, time.April, 23), dateOf(2008, time.March, 23), dateOf(2011, time.April, 24), dateOf(2024, time.March, 31),
		dateOf(2025, time.April, 20), dateOf(2026, time.April, 5), dateOf(2027, time.March, 28), dateOf(2038, time.April, 25),
	} {
		year, _, _ := sunday.date()
		if got := easterSunday(year); got != sunday || got.weekday() != time.Sunday {
			t.Errorf("%d: day %d, want %d", year, got, sunday)
		}
	}
}

func TestWeekdays(t *testing.T) {
	if got := day(0).weekday(); got != time.Thursday {
		t.Errorf("1 January 1970 was a %v", got)
	}
	if got := day(-1).weekday(); got != time.Wednesday {
		t.Errorf("the day before was a %v", got)
	}
}

// R3: what is known by the day is the interval of that local day.
func TestSpans(t *testing.T) {
	f := state.Fact{OccurredAt: utc("2026-01-20T12:00:00Z"), Since: utc("2026-01-20T12:00:00Z")}
	if got := spanOf(&f, paris()); got != (span{f.OccurredAt, f.OccurredAt}) {
		t.Errorf("a moment: %v", got)
	}
	f.Since = utc("2026-01-10T12:00:00Z")
	if got := spanOf(&f, paris()); got != (span{f.Since, f.OccurredAt}) {
		t.Errorf("a merged fact: %v", got)
	}
	f.Precision = state.PrecisionDay
	if got := spanOf(&f, paris()); got != (span{utc("2026-01-09T23:00:00Z"), utc("2026-01-20T23:00:00Z") - 1}) {
		t.Errorf("a merged fact by the day: %v", got)
	}
	f.Since = f.OccurredAt
	if got := spanOf(&f, paris()); got != (span{utc("2026-01-19T23:00:00Z"), utc("2026-01-20T23:00:00Z") - 1}) {
		t.Errorf("a day: %v", got)
	}
}
