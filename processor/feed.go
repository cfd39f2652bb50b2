package processor

import (
	"context"
	"errors"
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

func (t *Task) startFeeds(ctx context.Context) *feeds {
	ctx, cancel := context.WithCancel(ctx)
	f := &feeds{cancel: cancel, lane: make(chan []kafka.Fetched), bulk: make(chan []kafka.Fetched), failed: make(chan error, len(t.consumed()))}
	topics := &t.config.Step.Topics
	f.start(ctx, t, f.lane, topics.Lane())
	f.start(ctx, t, f.bulk, topics.Bulk())
	return f
}

func (f *feeds) start(ctx context.Context, t *Task, out chan<- []kafka.Fetched, topics []string) {
	positions := make([]kafka.Position, len(topics))
	for i, tp := range partitionsOf(topics, t.partition) {
		positions[i] = kafka.Position{TopicPartition: tp, Offset: t.nextOffset(tp)}
	}
	f.run(ctx, t, out, positions)
}

// run feeds from positions until ctx ends, in several where their leaders come
// to be apart. What was apart once stays so.
func (f *feeds) run(ctx context.Context, t *Task, out chan<- []kafka.Fetched, positions []kafka.Position) {
	f.running.Go(func() {
		for ctx.Err() == nil {
			if groups := t.config.Broker.Apart(ctx, positions); len(groups) > 1 {
				for _, group := range groups {
					f.run(ctx, t, out, group)
				}
				return
			}
			if err := t.feed(ctx, out, positions); err != nil {
				if ctx.Err() == nil {
					f.failed <- err
				}
				return
			}
		}
	})
}

// stop ends all feeds.
func (f *feeds) stop() {
	f.cancel()
	f.running.Wait()
}

// feed fetches once from its positions and hands over what it gets.
func (t *Task) feed(ctx context.Context, out chan<- []kafka.Fetched, positions []kafka.Position) error {
	options := kafka.FetchOptions{MaxWait: t.config.Limits.FetchWait, MaxPartitionBytes: t.config.Limits.FetchBytes, Committed: true}
	fetched, err := t.config.Broker.Fetch(ctx, positions, options)
	if err != nil {
		return err
	}
	t.lag.saw(fetched)
	moved, err := advance(positions, fetched)
	switch {
	case err != nil:
		return err
	case !moved && failing(fetched):
		_ = pause(ctx, 100*time.Millisecond)
	case moved:
		select {
		case out <- fetched:
		case <-ctx.Done():
		}
	}
	return nil
}

// advance moves the positions behind what was fetched. A position outside the
// log is an error: records were deleted before they were read.
func advance(positions []kafka.Position, fetched []kafka.Fetched) (moved bool, err error) {
	for i := range fetched {
		f := &fetched[i]
		if f.Err != nil && !kafka.Retriable(f.Err) {
			err = errors.Join(err, f.Err)
		}
		if f.Next > positions[i].Offset {
			positions[i].Offset, moved = f.Next, true
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
