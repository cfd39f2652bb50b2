package rules

import (
	"sync"
	"time"

	// The calendar must work on machines with no time zone database.
	_ "time/tzdata"
)

// paris is the zone of the legal calendar (R42).
var paris = sync.OnceValue(func() *time.Location {
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		panic(err) // the database is compiled in
	}
	return zone
})

// daysOf returns the number of days of a month.
func daysOf(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
