package processor

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"consentstream/processor/kafka"
)

// feeds read the inputs of a task ahead of it, the lane apart from the rest and
// what has another leader apart from each other: a fetch over both would wait
// for the slower, an unsubscribe for a node where nothing happens or that is
// away. Each holds at most one answer that the task has not taken yet, so that a
// slow broker or a slow task pushes back instead of filling memory.
type feeds struct {
	lane, bulk chan []kafka.Fetched
	failed     chan error
	running    sync.WaitGroup
	cancel     context.CancelFunc
}

// How long it takes at the least from one fetch that brings little to the next.
// Under a steady trickle each record would be a fetch of its own otherwise, and
// brokers busy with those take longer for everything else.
const (
	lanePace = 10 * time.Millisecond
	bulkPace = 50 * time.Millisecond
)

func (t *Task) startFeeds(ctx context.Context) *feeds {
	ctx, cancel := context.WithCancel(ctx)
	f := &feeds{cancel: cancel, lane: make(chan []kafka.Fetched), bulk: make(chan []kafka.Fetched), failed: make(chan error, len(t.consumed()))}
	topics := &t.config.Step.Topics
	f.start(ctx, t, f.lane, lanePace, topics.Lane())
	f.start(ctx, t, f.bulk, bulkPace, topics.Bulk())
	return f
}

func (f *feeds) start(ctx context.Context, t *Task, out chan<- []kafka.Fetched, pace time.Duration, topics []string) {
	positions := make([]kafka.Position, len(topics))
	for i, tp := range partitionsOf(topics, t.partition) {
		positions[i] = kafka.Position{TopicPartition: tp, Offset: t.nextOffset(tp)}
	}
	f.run(ctx, t, out, pace, positions)
}

// run feeds from positions until ctx ends, in several where their leaders come
// to be apart. What was apart once stays so.
func (f *feeds) run(ctx context.Context, t *Task, out chan<- []kafka.Fetched, pace time.Duration, positions []kafka.Position) {
	waits := newSchemaWaits(t)
	f.running.Go(func() {
		for ctx.Err() == nil {
			if groups := t.config.Broker.Apart(ctx, positions); len(groups) > 1 {
				for _, group := range groups {
					f.run(ctx, t, out, pace, group)
				}
				return
			}
			begin := time.Now()
			fetched, err := t.feed(ctx, out, positions, waits)
			if err != nil {
				if ctx.Err() == nil {
					f.failed <- err
				}
				return
			}
			if fetched < sliceRecords {
				_ = pause(ctx, pace-time.Since(begin))
			}
		}
	})
}

// stop ends all feeds.
func (f *feeds) stop() {
	f.cancel()
	f.running.Wait()
}

// stopFeeds ends the feeds of a task, and whatever they were trying.
func (t *Task) stopFeeds() {
	t.feeds.stop()
	t.unread.ends()
}

// feed fetches once from its positions, those that wait for a schema left out,
// hands over what it gets, and returns how many records that were.
func (t *Task) feed(ctx context.Context, out chan<- []kafka.Fetched, positions []kafka.Position, waits *schemaWaits) (n int, err error) {
	readable := waits.readable(ctx, positions)
	if len(readable) == 0 {
		_ = pause(ctx, schemaTick)
		return 0, nil
	}
	options := kafka.FetchOptions{MaxWait: t.config.Limits.FetchWait, MaxPartitionBytes: t.config.Limits.FetchBytes, Committed: true}
	t.unread.asks(t, readable)
	fetched, err := t.config.Broker.Fetch(ctx, readable, options)
	if err != nil {
		return 0, err
	}
	t.unread.answered(t, fetched)
	t.lag.saw(fetched)
	waits.cut(ctx, fetched)
	moved, err := advance(positions, fetched)
	for i := range fetched {
		n += len(fetched[i].Records)
	}
	switch {
	case err != nil:
		return 0, err
	case !moved && failing(fetched):
		_ = pause(ctx, 100*time.Millisecond)
	case moved:
		select {
		case out <- fetched:
		case <-ctx.Done():
		}
	}
	return n, nil
}

// advance moves the positions behind what was fetched, which may be of some of
// them only. A position outside the log is an error: records were deleted before
// they were read.
func advance(positions []kafka.Position, fetched []kafka.Fetched) (moved bool, err error) {
	for i := range fetched {
		f := &fetched[i]
		if f.Err != nil && !kafka.Retriable(f.Err) {
			err = errors.Join(err, f.Err)
		}
		at := slices.IndexFunc(positions, func(p kafka.Position) bool { return p.TopicPartition == f.TopicPartition })
		if f.Next > positions[at].Offset {
			positions[at].Offset, moved = f.Next, true
		}
	}
	return moved, err
}

func failing(fetched []kafka.Fetched) bool {
	for i := range fetched {
		if fetched[i].Err != nil {
			return true
		}
	}
	return false
}
