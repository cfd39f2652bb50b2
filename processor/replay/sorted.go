package replay

import (
	"context"
	"fmt"
	"io"

	"golang.org/x/sync/errgroup"

	"consentstream/processor"
	"consentstream/schemas"
	"consentstream/state"
)

// Sorted is the facts of archives in the order of a replay. It is not safe for
// concurrent use.
type Sorted struct {
	merge   *merge
	spool   *spool
	summary Summary

	records []schemas.Record // that hold the facts handed out last
	memory  slabs            // and their bytes
}

// Open reads all inputs and puts their facts in order. Its error is an input
// that does not exist or cannot be read to its end, or that ctx has ended;
// records that cannot be used are no error, see Options.OnBad and Summary.
func Open(ctx context.Context, inputs []string, o Options) (*Sorted, error) {
	o = o.withDefaults()
	files, err := sources(inputs)
	if err != nil {
		return nil, err
	}
	s := &Sorted{spool: &spool{dir: o.SpoolDir}}
	t := newTally(&o, files)
	runs, err := s.collect(ctx, files, &o, t)
	if err == nil {
		s.merge, err = newMerge(s.heads(runs, o.MemoryBytes))
	}
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	s.summary = t.result()
	s.summary.Spooled = s.spool.end
	return s, nil
}

// collect reads the files, several at the same time, and returns the runs that
// are left in memory.
func (s *Sorted) collect(ctx context.Context, files []source, o *Options, t *tally) ([]run, error) {
	queue := make(chan source, len(files))
	for _, f := range files {
		queue <- f
	}
	close(queue)
	n := workers(len(files))
	runs := make([]run, n)
	group, ctx := errgroup.WithContext(ctx)
	for i := range n {
		group.Go(func() error {
			c := newCollector(s.spool, t, o.MemoryBytes/int64(n))
			r := reader{options: o, taker: c, tally: t}
			for f := range queue {
				if err := r.file(ctx, f); err != nil {
					return err
				}
			}
			var err error
			runs[i], err = c.end()
			return err
		})
	}
	return runs, group.Wait()
}

// heads are the runs in memory and on disk. Those on disk share the budget for
// their buffers.
func (s *Sorted) heads(runs []run, budget int64) (heads []*head) {
	for _, r := range runs {
		heads = append(heads, &head{memory: r})
	}
	if len(s.spool.runs) == 0 {
		return heads
	}
	buffer := min(max(budget/4/int64(len(s.spool.runs)), 16<<10), spoolBuffer)
	for _, e := range s.spool.runs {
		heads = append(heads, &head{disk: s.spool.open(e, int(buffer))})
	}
	return heads
}

// Summary says what was read.
func (s *Sorted) Summary() Summary { return s.summary }

// Next puts the next facts into the list, as many as it has room for, and
// returns how many those are. At the end it returns 0 and io.EOF. What the
// facts point to is valid until the next call.
func (s *Sorted) Next(into []processor.ReplayFact) (int, error) {
	if len(s.records) < len(into) {
		s.records = make([]schemas.Record, len(into))
	}
	s.memory.reset()
	for n := range into {
		e := s.merge.least()
		if e == nil {
			if n == 0 {
				return 0, io.EOF
			}
			return n, nil
		}
		if err := s.decode(e, &s.records[n], &into[n]); err != nil {
			return n, err
		}
		if err := s.merge.drop(); err != nil {
			return n, err
		}
	}
	return len(into), nil
}

// decode makes the fact of an entry, in memory of its own.
func (s *Sorted) decode(e *entry, r *schemas.Record, into *processor.ReplayFact) error {
	if e.class == classUnreadable {
		contact, fact := unreadable(e)
		*into = processor.ReplayFact{Key: state.Key{Contact: contact}, Fact: fact, Everywhere: true}
		return nil
	}
	if err := schemas.DecodeDatum(topicOf[e.class], s.memory.copy(e.payload), r); err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	*into = processor.ReplayFact{Key: r.Key, Fact: r.Fact}
	return nil
}

// Close gives memory and disk space back.
func (s *Sorted) Close() error {
	s.merge, s.records, s.memory = nil, nil, slabs{}
	return s.spool.close()
}
