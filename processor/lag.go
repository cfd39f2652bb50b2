package processor

import (
	"maps"
	"sync"

	"consentstream/processor/kafka"
)

// lag is what a task has still to process of its inputs: from the offsets up to
// which everything is committed and applied to the ends that the broker told
// last. The feeds tell the ends, the task its offsets, and a scrape reads both.
type lag struct {
	mu            sync.Mutex
	applied, ends map[kafka.TopicPartition]int64
}

// begin starts over at what is committed.
func (l *lag) begin(committed, ends map[kafka.TopicPartition]int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.applied, l.ends = maps.Clone(committed), maps.Clone(ends)
}

// saw notes the ends that answers told.
func (l *lag) saw(fetched []kafka.Fetched) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range fetched {
		if f := &fetched[i]; f.Err == nil && f.LastStable > l.ends[f.TopicPartition] {
			l.ends[f.TopicPartition] = f.LastStable
		}
	}
}

// passed notes the offsets of an applied step.
func (l *lag) passed(positions map[kafka.TopicPartition]int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.Copy(l.applied, positions)
}

// each tells the lag of every partition. Offsets without a record count, so
// what is left of a topic with transactions may be less.
func (l *lag) each(fn func(topic string, offsets int64)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for tp, at := range l.applied {
		fn(tp.Topic, max(0, l.ends[tp]-at))
	}
}
