package processor

import (
	"fmt"
	"sync"
	"time"

	"consentstream/processor/kafka"
)

// Progress is how far a restore is.
type Progress struct {
	Records   int64     // read, of which the last are about to be applied
	Bytes     int64     // of their keys and values
	Remaining int64     // offsets that are still to be read; some hold no record any more
	Began     time.Time // zero = nothing was restored yet
	Ended     time.Time // zero = not yet
	at        time.Time
	passed    int64 // offsets
}

// Took is how long the restore took, so far where it is not over.
func (p *Progress) Took() time.Duration {
	if p.Ended.IsZero() {
		return p.at.Sub(p.Began)
	}
	return p.Ended.Sub(p.Began)
}

// Left estimates how long it will still take, by the pace so far; false where
// nothing can be said yet.
func (p *Progress) Left() (time.Duration, bool) {
	switch {
	case p.Remaining == 0:
		return 0, true
	case p.passed == 0:
		return 0, false
	}
	return time.Duration(float64(p.Took()) * float64(p.Remaining) / float64(p.passed)), true
}

// String tells it as readiness does.
func (p *Progress) String() string {
	if p.Began.IsZero() {
		return fmt.Sprintf("%d records to go, waiting for the restore of other tasks", p.Remaining)
	}
	left := "not known yet how long it takes"
	if d, known := p.Left(); known {
		left = fmt.Sprintf("about %v left", d.Round(time.Second))
	}
	return fmt.Sprintf("%d records (%d MiB) restored, %d to go, %s", p.Records, p.Bytes>>20, p.Remaining, left)
}

// progress is what others may see of a restore under way.
type progress struct {
	mu       sync.Mutex
	now      Progress
	from, to int64
}

// begin notes what is to be read.
func (p *progress) begin(from, to int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.from, p.to = from, to
	p.now = Progress{Remaining: to - from}
}

// start notes that reading has begun.
func (p *progress) start(at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now.Began = at
}

// took notes what was fetched.
func (p *progress) took(f *kafka.Fetched) {
	bytes := 0
	for i := range f.Records {
		bytes += len(f.Records[i].Key) + len(f.Records[i].Value)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now.Records += int64(len(f.Records))
	p.now.Bytes += int64(bytes)
}

// reach notes the position up to which all is applied.
func (p *progress) reach(next int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now.Remaining, p.now.passed = max(p.to-next, 0), next-p.from
}

func (p *progress) finish(at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now.Ended = at
}

// see returns the progress as it is at an instant.
func (p *progress) see(at time.Time) Progress {
	p.mu.Lock()
	defer p.mu.Unlock()
	seen := p.now
	seen.at = at
	return seen
}
