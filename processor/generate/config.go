package generate

import (
	"errors"
	"fmt"
	"math"
	"time"

	"consentstream/state"
)

// Config says how much load and of which kind.
type Config struct {
	Seed     uint64
	Events   int64 // records, duplicates included
	Contacts int
	// Zipf is the exponent s of how unequal contacts are: the n-th most
	// active one has 1/n^s of the events of the first. 0 = all alike.
	Zipf float64
	// From and Until bound the instants at which records are recorded.
	From, Until state.Instant
}

// Day is the length of a day of the shop, which knows no change of hour.
const day = state.Instant(24 * time.Hour / time.Millisecond)

// DefaultUntil is where the sample ends unless told otherwise: fixed, so that
// the same command gives the same records in any year.
var DefaultUntil = state.At(time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC))

// DefaultSpan is how far the sample goes back: four years, one more than
// retention, so that some contacts expire.
const DefaultSpan = 1461 * 24 * time.Hour

// Default returns the settings of a small sample.
func Default() Config {
	return Config{
		Seed: 1, Events: 100_000, Contacts: 20_000,
		From: DefaultUntil.Add(-DefaultSpan), Until: DefaultUntil,
	}
}

// Bounds of the span; facts may have happened a month before it.
var (
	earliest = state.At(time.Date(1971, time.January, 1, 0, 0, 0, 0, time.UTC))
	latest   = state.At(time.Date(2200, time.January, 1, 0, 0, 0, 0, time.UTC))
)

// Validate says what cannot be generated.
func (c *Config) Validate() error {
	var errs []error
	if c.Events < 0 {
		errs = append(errs, fmt.Errorf("events: expected 0 or more, found %d", c.Events))
	}
	if c.Contacts < 1 || c.Contacts > math.MaxInt32 {
		errs = append(errs, fmt.Errorf("contacts: expected 1 to %d, found %d", math.MaxInt32, c.Contacts))
	}
	if !(c.Zipf >= 0 && c.Zipf <= 5) {
		errs = append(errs, fmt.Errorf("zipf: expected 0 (all alike) to 5, found %v", c.Zipf))
	}
	if c.From < earliest || c.Until > latest || c.From >= c.Until {
		errs = append(errs, fmt.Errorf("from and until: expected a span between %v and %v, found %v to %v", earliest, latest, c.From, c.Until))
	}
	return errors.Join(errs...)
}
