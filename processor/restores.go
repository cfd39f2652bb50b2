package processor

import "context"

// restores bounds the memory that restores take together, whatever the number of
// tasks. Tasks that lack much, tasks that lack little and second copies each have
// slots of their own: a task whose store is warm never waits for one that has none,
// and neither for a copy.
type restores struct {
	whole, tails, copies chan struct{}
}

// pace is how much a restore has in hand.
type pace struct {
	fetch int32 // bytes of one fetch, of which two may be there
	load  int   // bytes that are sorted and written at once
}

var (
	wholePace = pace{fetch: 4 << 20, load: 32 << 20}
	tailPace  = pace{fetch: 256 << 10, load: 1 << 20}
)

const (
	// tailRecords is how much a task may lack to count as warm.
	tailRecords = 10_000
	// tailsAtOnce is how many of those are read at once.
	tailsAtOnce = 16
	// wholeBytes is what a restore takes that lacks more: what it collects, what
	// is on its way, and the lists by which that is sorted.
	wholeBytes = 64 << 20
)

// newRestores bounds restores to about so many bytes; there is always one.
func newRestores(bytes int64) *restores {
	return &restores{
		whole: make(chan struct{}, max(bytes/wholeBytes, 1)), tails: make(chan struct{}, tailsAtOnce), copies: make(chan struct{}, 1),
	}
}

// admit waits until a restore may begin that lacks so many records, of a second copy
// or of a task. The restore calls release when it is over. No bounds at all admit
// everything.
func (r *restores) admit(ctx context.Context, lacking int64, copies bool) (p pace, release func(), err error) {
	p = wholePace
	if lacking <= tailRecords {
		p = tailPace
	}
	if r == nil {
		return p, func() {}, nil
	}
	slots := r.whole
	switch {
	case copies:
		slots = r.copies
	case lacking <= tailRecords:
		slots = r.tails
	}
	select {
	case slots <- struct{}{}:
		return p, func() { <-slots }, nil
	case <-ctx.Done():
		return p, nil, context.Cause(ctx)
	}
}
