package replay

import (
	"context"
	"fmt"
	"io"

	"golang.org/x/sync/errgroup"

	"consentstream/processor"
	"consentstream/processor/spool"
	"consentstream/schemas"
	"consentstream/state"
)

// Sorted is the facts of archives in the order of a replay: a
// processor.ReplayInput. It is not safe for concurrent use.
type Sorted struct {
	file     *spool.File
	memory   []spool.Run
	budget   int64
	meetings *meetings
	merge    *spool.Merge
	summary  Summary

	records []*schemas.Record // that hold the facts handed out since Release
	used    int
	slabs   spool.Slabs // and their bytes
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
	t := newTally(&o, files)
	s := &Sorted{file: spool.NewFile(o.SpoolDir), budget: o.MemoryBytes, meetings: newMeetings(t.total)}
	if err := s.collect(ctx, files, &o, t); err != nil {
		_ = s.Close()
		return nil, err
	}
	s.summary = t.result()
	s.summary.Spooled = s.file.Bytes()
	return s, nil
}

// collect reads the files, several at the same time.
func (s *Sorted) collect(ctx context.Context, files []source, o *Options, t *tally) error {
	queue := make(chan source, len(files))
	for _, f := range files {
		queue <- f
	}
	close(queue)
	n := workers(len(files))
	s.memory = make([]spool.Run, n)
	group, ctx := errgroup.WithContext(ctx)
	for i := range n {
		group.Go(func() error {
			c := newCollector(spool.NewSorter(s.file, o.MemoryBytes/int64(n), tie), s.meetings, t)
			r := reader{options: o, taker: c, tally: t}
			for f := range queue {
				if err := r.file(ctx, f); err != nil {
					return err
				}
			}
			var err error
			s.memory[i], err = c.end()
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return s.rewind()
}

// rewind starts merging at the first fact.
func (s *Sorted) rewind() (err error) {
	s.merge, err = spool.NewMerge(s.memory, s.file, s.budget, func(a, b *spool.Entry) int { return spool.Compare(a, b, tie) })
	return err
}

// Summary says what was read.
func (s *Sorted) Summary() Summary { return s.summary }

// Shared implements processor.ReplayInput.
func (s *Sorted) Shared(grown bool, fn func(*processor.ReplayFact) error) error {
	var record schemas.Record
	var fact processor.ReplayFact
	return spool.Each(s.memory, s.file, s.budget, func(e *spool.Entry) error {
		if !s.meetings.matters(meetingOf(e.Payload()), grown) {
			return nil
		}
		if err := s.decode(e, e.Payload()[meetingLen:], &record, &fact); err != nil {
			return err
		}
		return fn(&fact)
	})
}

// Peek implements processor.ReplayInput.
func (s *Sorted) Peek() (contact, controller []byte, everywhere bool, err error) {
	e := s.merge.Least()
	if e == nil {
		return nil, nil, false, io.EOF
	}
	key := parseKey(e.Key())
	return key.contact, key.controller, key.scope == scopeEverywhere, nil
}

// Next implements processor.ReplayInput.
func (s *Sorted) Next(into *processor.ReplayFact) error {
	e := s.merge.Least()
	if e == nil {
		return io.EOF
	}
	if s.used == len(s.records) {
		s.records = append(s.records, new(schemas.Record))
	}
	record := s.records[s.used]
	s.used++
	if err := s.decode(e, s.slabs.Copy(e.Payload()[meetingLen:]), record, into); err != nil {
		return err
	}
	return s.merge.Drop()
}

// Release implements processor.ReplayInput.
func (s *Sorted) Release() {
	s.used = 0
	s.slabs.Reset()
}

// decode makes the fact of an entry in the memory of datum and record.
func (s *Sorted) decode(e *spool.Entry, datum []byte, r *schemas.Record, into *processor.ReplayFact) error {
	key := parseKey(e.Key())
	if key.class == classUnreadable {
		*into = processor.ReplayFact{Key: state.Key{Contact: string(key.contact)}, Fact: unreadable(datum), Everywhere: true, Alone: true}
		return nil
	}
	if err := schemas.DecodeDatum(topicOf[key.class], datum, r); err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	*into = processor.ReplayFact{Key: r.Key, Fact: r.Fact, Alone: s.meetings.alone(meetingOf(e.Payload()))}
	return nil
}

// Close gives memory and disk space back.
func (s *Sorted) Close() error {
	s.merge, s.memory, s.records, s.slabs = nil, nil, nil, spool.Slabs{}
	return s.file.Close()
}
