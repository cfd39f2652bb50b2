package main

import (
	"slices"
	"time"
)

// distribution is how long things took, in ascending order.
type distribution []time.Duration

// distributionOf sorts a copy of what was measured.
func distributionOf(took []time.Duration) distribution {
	d := distribution(slices.Clone(took))
	slices.Sort(d)
	return d
}

// percentile returns the smallest of the values that p per cent of all, 0 < p <=
// 100, do not exceed (the nearest rank, so it is a value that was measured); 0 of
// none.
func (d distribution) percentile(p int) time.Duration {
	if len(d) == 0 {
		return 0
	}
	rank := (len(d)*p + 99) / 100
	return d[max(rank, 1)-1]
}

// longest returns the largest value, 0 of none.
func (d distribution) longest() time.Duration { return d.percentile(100) }
