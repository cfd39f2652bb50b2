package main

import (
	"fmt"
	"io"
	"time"
)

// speed is what went through in a time.
type speed struct {
	records int64
	bytes   int64 // of keys and values
	took    time.Duration
}

// rate is records a second, 0 where there is no time.
func (s *speed) rate() float64 {
	if s.took <= 0 {
		return 0
	}
	return float64(s.records) / s.took.Seconds()
}

func (s *speed) print(w io.Writer, name string) {
	each := float64(s.bytes) / max(float64(s.records), 1)
	fmt.Fprintf(w, "%-32s %8.2f %10d %10.0f %8.0f\n", name, s.took.Seconds(), s.records, s.rate(), s.rate()*each/(1<<20))
}
