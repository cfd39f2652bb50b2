package main

import (
	"fmt"
	"io"
	"runtime"
	"time"
)

// result is what a case measured, beside what it should be.
type result struct {
	name       string
	sent       int
	took, acks distribution
	target     time.Duration // for the 99th percentile
}

func printHead(w io.Writer, o *options) {
	fmt.Fprintf(w, "%d Kafka node(s), %d tasks, %d processors, %s; milliseconds\n\n", o.nodes, o.partitions, runtime.NumCPU(), runtime.Version())
	fmt.Fprintf(w, "%-28s %8s %8s %9s %9s %9s %9s %8s %7s\n", "", "probes", "answers", "p50", "p90", "p99", "max", "target", "p99/t")
}

func (r *result) print(w io.Writer) {
	row(w, r.name, r.sent, r.took)
	fmt.Fprintf(w, " %8.0f %7.2f\n", milliseconds(r.target), float64(r.took.percentile(99))/float64(r.target))
	row(w, "  until Kafka acknowledged", r.sent, r.acks)
	fmt.Fprintln(w)
}

func row(w io.Writer, name string, sent int, d distribution) {
	fmt.Fprintf(w, "%-28s %8d %8d %9.1f %9.1f %9.1f %9.1f", name, sent, len(d),
		milliseconds(d.percentile(50)), milliseconds(d.percentile(90)), milliseconds(d.percentile(99)), milliseconds(d.longest()))
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// catchUp is how fast a backlog was worked off.
type catchUp struct {
	records int64
	took    time.Duration
}

func (c catchUp) rate() float64 {
	if c.took <= 0 {
		return 0
	}
	return float64(c.records) / c.took.Seconds()
}

// printCatchUp tells what probes cost; the target is a tenth at the most.
func printCatchUp(w io.Writer, alone, probed catchUp) {
	share := 0.0
	if alone.rate() > 0 {
		share = 1 - probed.rate()/alone.rate()
	}
	fmt.Fprintf(w, "  catching up: %.0f records a second without probes (%d in %.1f s), %.0f with them (%d in %.1f s): %+.1f %% lost, target 10 %%\n",
		alone.rate(), alone.records, alone.took.Seconds(), probed.rate(), probed.records, probed.took.Seconds(), 100*share)
}
