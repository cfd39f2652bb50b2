package schemas

import (
	"errors"
	"time"

	"consentstream/state"
)

var errTime = errors.New("expected RFC 3339, a local date and time, a bare date, or milliseconds")

// layouts of a timestamp with no offset. Go reads a fraction of a second
// after the seconds of any of them.
var layouts = [...]string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04"}

// ParseTime reads a timestamp as people write it: RFC 3339 (the seconds may be
// left out), the same with no offset and then in the zone, or a bare date,
// which is the first instant of that local day. The flag tells a bare date.
// What is finer than a millisecond is cut off.
func ParseTime(s string, zone *time.Location) (at state.Instant, bareDate bool, err error) {
	for _, layout := range [...]string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return state.At(t), false, nil
		}
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			return state.At(inZone(t, zone)), false, nil
		}
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, false, errTime
	}
	return state.At(inZone(t, zone)), true, nil
}

// inZone takes the wall clock of t, which is in UTC, for one of the zone. Of a
// time that occurs twice it returns the first; one that the change of hour
// skips moves forward by what was skipped. time.Date promises neither.
func inZone(t time.Time, zone *time.Location) time.Time {
	_, before := t.Add(-24 * time.Hour).In(zone).Zone()
	_, after := t.Add(24 * time.Hour).In(zone).Zone()
	first := t.Add(-time.Duration(max(before, after)) * time.Second)
	last := t.Add(-time.Duration(min(before, after)) * time.Second)
	for _, candidate := range [...]time.Time{first, last} {
		_, offset := candidate.In(zone).Zone()
		if candidate.Add(time.Duration(offset) * time.Second).Equal(t) {
			return candidate
		}
	}
	return t.Add(-time.Duration(before) * time.Second)
}
