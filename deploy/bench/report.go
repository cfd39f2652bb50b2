package main

import (
	"fmt"
	"io"
	"runtime"
	"time"

	"consentstream/deploy/internal/local"
)

// result is one line of the report.
type result struct {
	name   string
	events int64
	local.Usage
	state int64 // bytes on disk, 0 = none
}

func printHead(w io.Writer, o *options) {
	fmt.Fprintf(w, "%d events of %d contacts, %d processors, %s\n\n", o.events, o.contacts, runtime.NumCPU(), runtime.Version())
	fmt.Fprintf(w, "%-24s %12s %12s %9s %9s %10s %10s\n", "", "events/s", "per CPU s", "seconds", "CPU s", "peak MiB", "state MiB")
}

func (b *bench) print(r result) {
	fmt.Fprintf(b.out, "%-24s %12.0f %12.0f %9.1f %9.1f %10.0f %10.0f\n",
		r.name, rate(r.events, r.Wall), rate(r.events, r.CPU), r.Wall.Seconds(), r.CPU.Seconds(), mebibytes(r.Peak), mebibytes(r.state))
}

func rate(events int64, in time.Duration) float64 {
	if in <= 0 {
		return 0
	}
	return float64(events) / in.Seconds()
}

func mebibytes(bytes int64) float64 { return float64(bytes) / (1 << 20) }
