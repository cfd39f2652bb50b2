package processor

import (
	"sync/atomic"
	"time"

	"consentstream/state"
)

// Clock tells the present. The loop is the only place that asks for it.
type Clock interface {
	Now() state.Instant
}

// WallClock is the clock of the machine.
type WallClock struct{}

// Now returns the present.
func (WallClock) Now() state.Instant { return state.At(time.Now()) }

// ManualClock is moved by hand: by tests, and by the sample shop of demo. It is
// safe for concurrent use and never moves back.
type ManualClock struct{ now atomic.Int64 }

// NewManualClock returns a clock that stands at an instant.
func NewManualClock(at state.Instant) *ManualClock {
	c := &ManualClock{}
	c.now.Store(int64(at))
	return c
}

// Now returns the instant the clock stands at.
func (c *ManualClock) Now() state.Instant { return state.Instant(c.now.Load()) }

// Set moves the clock forward to an instant; an earlier one changes nothing.
func (c *ManualClock) Set(at state.Instant) {
	for {
		now := c.now.Load()
		if int64(at) <= now || c.now.CompareAndSwap(now, int64(at)) {
			return
		}
	}
}

// liveMoment returns t and k of a live decision: whatever has been read is
// known, and time never goes back for a contact.
func liveMoment(now state.Instant, c *state.Contact) (at, known state.Instant) {
	at = max(now, c.Horizon, c.Published.DecidedAt)
	known = at
	for i := range c.Facts {
		known = max(known, c.Facts[i].RecordedAt)
	}
	return at, known
}
