package state

import (
	"math"
	"time"
)

// Instant is a point in time in milliseconds since 1970-01-01T00:00:00Z, the
// resolution of every timestamp in the records. Instants are compared as
// numbers, never as wall clocks.
type Instant int64

// Bounds of Instant. Never stands for "no such instant" wherever the earliest
// of several is wanted; Unset for "not given".
const (
	Unset Instant = math.MinInt64
	Never Instant = math.MaxInt64
)

// At converts a time.Time, cutting below a millisecond.
func At(t time.Time) Instant { return Instant(t.UnixMilli()) }

// Time returns the instant in UTC.
func (i Instant) Time() time.Time { return time.UnixMilli(int64(i)).UTC() }

// Add returns the instant d later. Never and Unset stay what they are.
func (i Instant) Add(d time.Duration) Instant {
	if i == Never || i == Unset {
		return i
	}
	return i + Instant(d.Milliseconds())
}

// String prints RFC 3339 in UTC, or "never" and "unset".
func (i Instant) String() string {
	switch i {
	case Never:
		return "never"
	case Unset:
		return "unset"
	}
	return i.Time().Format("2006-01-02T15:04:05.000Z07:00")
}
