package replay

import (
	"io"
	"sync"
	"sync/atomic"

	"consentstream/state"
)

// tally collects what several readers report.
type tally struct {
	options *Options
	total   int64 // bytes of all files, -1 = not known
	done    atomic.Int64
	shown   atomic.Int64
	ignored atomic.Int64

	mu      sync.Mutex
	summary Summary
	topics  [4]int64 // facts, by state.Topic
}

func newTally(o *Options, files []source) *tally {
	t := &tally{options: o, summary: Summary{Files: len(files), First: state.Unset, Last: state.Unset}}
	for _, f := range files {
		if f.path == Stdin {
			t.total = -1
			break
		}
		t.total += f.size
	}
	return t
}

func (t *tally) ignore() { t.ignored.Add(1) }

func (t *tally) bad(b BadRecord, denied int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.summary.Bad += 1 + b.Lost
	t.summary.Denied += int64(denied)
	switch {
	case b.Anybody && b.Denied && b.Lost > 0:
		t.summary.Anybody += b.Lost // its own contact is known
	case b.Anybody:
		t.summary.Anybody += 1 + b.Lost
	}
	if t.options.OnBad != nil {
		t.options.OnBad(b)
	}
}

// facts adds what one reader has taken.
func (t *tally) facts(byTopic [4]int64, first, last state.Instant) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := &t.summary
	for topic, n := range byTopic {
		t.topics[topic] += n
		s.Facts += n
	}
	if first != state.Unset && (s.First == state.Unset || first < s.First) {
		s.First = first
	}
	s.Last = max(s.Last, last)
}

func (t *tally) result() Summary {
	if t.options.Progress != nil {
		t.options.Progress(t.done.Load(), t.total)
	}
	s := t.summary
	s.Ignored = t.ignored.Load()
	s.ByTopic = map[string]int64{}
	for topic, n := range t.topics {
		s.ByTopic[state.Topic(topic).String()] = n
	}
	return s
}

// showEvery is the number of bytes between two reports of progress.
const showEvery = 1 << 20

// read counts bytes and reports progress.
func (t *tally) read(n int) {
	done := t.done.Add(int64(n))
	shown := t.shown.Load()
	if t.options.Progress == nil || done < shown+showEvery || !t.shown.CompareAndSwap(shown, done) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.options.Progress(done, t.total)
}

// counter counts what is read through it.
type counter struct {
	in    io.Reader
	tally *tally
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.tally.read(n)
	return n, err
}
