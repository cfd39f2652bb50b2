package policy

import (
	"time"

	"consentstream/state"
)

// Local returns the instant at which the clocks of a zone show what wall
// shows; the zone of wall itself is ignored. A time that a change of hour
// repeats is its first occurrence; one that it skips moves forward by what
// was skipped.
func Local(wall time.Time, zone *time.Location) state.Instant {
	_, own := wall.Zone()
	utc := wall.Add(time.Duration(own) * time.Second).UTC() // the same digits, read as UTC
	before, after := offsetAt(utc.Add(-24*time.Hour), zone), offsetAt(utc.Add(24*time.Hour), zone)
	early := utc.Add(-before)
	if late := utc.Add(-after); offsetAt(early, zone) != before && offsetAt(late, zone) == after {
		return state.At(late)
	}
	return state.At(early)
}

func offsetAt(t time.Time, zone *time.Location) time.Duration {
	_, seconds := t.In(zone).Zone()
	return time.Duration(seconds) * time.Second
}
