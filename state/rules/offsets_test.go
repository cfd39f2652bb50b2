package rules

import (
	"math/rand/v2"
	"testing"
	"time"

	"consentstream/state"
)

// The tables say what the time zone database says: at, before and after each
// change of the clocks, and anywhere.
func TestOffsetsAreThoseOfTheDatabase(t *testing.T) {
	zones := []string{
		"UTC", "Europe/Paris", "Africa/Cairo", "Africa/Casablanca", "America/Martinique", "Asia/Gaza", "Asia/Kathmandu",
		"Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia", "Indian/Reunion", "Antarctica/Troll",
	}
	random := rand.New(rand.NewPCG(1, 2))
	tables.Store(nil) // other tests may have used them all
	from, to := utc("1985-01-01T00:00:00Z"), utc("2065-01-01T00:00:00Z")
	for _, name := range zones {
		zone := place(name)
		for at := from; at < to; at += millisPerDay {
			if slowOffset(at, zone) == slowOffset(at+millisPerDay, zone) {
				continue
			}
			for i := at; i <= at+millisPerDay; i += 15 * millisPerMin {
				sameOffset(t, zone, i-1)
				sameOffset(t, zone, i)
			}
		}
		for range 2000 {
			sameOffset(t, zone, from+state.Instant(random.Int64N(int64(to-from))))
		}
		for _, i := range []state.Instant{firstStretch << stretchBits, lastStretch << stretchBits} {
			sameOffset(t, zone, i-1)
			sameOffset(t, zone, i)
		}
	}
}

func sameOffset(t *testing.T, zone *time.Location, i state.Instant) {
	t.Helper()
	if got, want := offset(i, zone), slowOffset(i, zone); got != want {
		t.Fatalf("%s at %v: %d, want %d", zone, i, got, want)
	}
}

// A zone has one table, which tells of each change of its clocks where it is.
func TestTables(t *testing.T) {
	tables.Store(nil)
	changes := func(name string) (count int) {
		table := offsetsOf(place(name))
		if offsetsOf(table.zone) != table {
			t.Errorf("%s has two tables", name)
		}
		for n := range table.stretches {
			s, end := &table.stretches[n], state.Instant(n+firstStretch+1)<<stretchBits
			if s.before == severalChanges || s.change != state.Never && s.change >= end {
				t.Errorf("%s: stretch %d: %+v", name, n, *s)
			}
			if s.change != state.Never {
				count++
			}
		}
		return count
	}
	first := offsetsOf(place("Asia/Tokyo"))
	if n := changes("UTC"); n != 0 {
		t.Errorf("%d changes in UTC", n)
	}
	if n := changes("Europe/Paris"); n != 2*(2059-1990+1) {
		t.Errorf("%d changes in Paris from 1990 to 2059", n)
	}
	if offsetsOf(first.zone) != first {
		t.Error("the next zones push a table out")
	}
}

// More zones than there are tables for are told all the same.
func TestMoreZonesThanTables(t *testing.T) {
	for n := range 2 * maxTables {
		zone := time.FixedZone("", n*60)
		if got := offset(0, zone); got != state.Instant(n)*60_000 {
			t.Fatalf("zone %d adds %d ms", n, got)
		}
		if got := offset(utc("2026-01-01T00:00:00Z"), zone); got != state.Instant(n)*60_000 {
			t.Fatalf("zone %d adds %d ms in 2026", n, got)
		}
	}
	if n := len(*tables.Load()); n > maxTables {
		t.Errorf("%d tables", n)
	}
}

// Dates are those of the Gregorian calendar.
func TestDatesAreThoseOfTheLibrary(t *testing.T) {
	for d := dateOf(1899, time.December, 1); d < dateOf(2101, time.March, 1); d++ {
		year, month, dom := d.date()
		want := time.Unix(int64(d)*24*60*60, 0).UTC()
		if y, m, n := want.Date(); y != year || m != month || n != dom {
			t.Fatalf("day %d is %d-%d-%d, want %v", d, year, month, dom, want)
		}
		if got := dateOf(year, month, dom); got != d {
			t.Fatalf("%v is day %d, want %d", want, got, d)
		}
		if got, last := daysOf(year, month), time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day(); got != last {
			t.Fatalf("%d-%d has %d days, want %d", year, month, got, last)
		}
	}
}
