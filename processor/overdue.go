package processor

import (
	"sync/atomic"
	"time"

	"consentstream/state"
)

// overdue is what the deadline index of a task holds that has come and is not
// evaluated yet. The task counts it itself, at a pace that costs nothing: a
// scrape must not read a store that may be closed under it.
type overdue struct {
	count  atomic.Int64
	oldest atomic.Int64 // instant in ms; meaningless while count is 0
	looked time.Time
}

const (
	overdueEvery = 5 * time.Second
	// overdueLimit bounds the count, and with it what one look costs.
	overdueLimit = 10_000
)

// look counts what has come by now.
func (o *overdue) look(t *Task, now state.Instant) error {
	if elapsed := t.config.elapsed(); elapsed.Sub(o.looked) >= overdueEvery {
		o.looked = elapsed
		return o.take(t, now)
	}
	return nil
}

func (o *overdue) take(t *Task, now state.Instant) error {
	count, oldest := int64(0), now
	err := t.config.Store.DueAfter(t.partition, state.Unset, nil, now, overdueLimit, func(at state.Instant, _ []byte) error {
		count, oldest = count+1, min(oldest, at)
		return nil
	})
	o.oldest.Store(int64(oldest))
	o.count.Store(count)
	return err
}

// late is for how long the oldest of them has been due.
func (o *overdue) late(now state.Instant) time.Duration {
	if o.count.Load() == 0 {
		return 0
	}
	return max(0, time.Duration(int64(now)-o.oldest.Load())*time.Millisecond)
}
