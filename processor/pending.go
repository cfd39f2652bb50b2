package processor

import (
	"time"

	"consentstream/processor/kafka"
)

// flushAfter is how long a position that moved over no record may stay uncommitted.
const flushAfter = time.Second

// pending are positions that moved without anything to do: control records,
// aborted records, the start of a log. They ride along with the next step, or
// are committed alone after a while.
type pending struct {
	positions map[kafka.TopicPartition]int64
	since     time.Time
}

func (p *pending) note(tp kafka.TopicPartition, next int64, now time.Time) {
	if p.positions == nil {
		p.positions = map[kafka.TopicPartition]int64{}
	}
	if len(p.positions) == 0 {
		p.since = now
	}
	p.positions[tp] = next
}

// overdue reports whether the positions should be committed alone.
func (p *pending) overdue(now time.Time) bool {
	return len(p.positions) > 0 && now.Sub(p.since) >= flushAfter
}

// into lets the positions ride along with a step.
func (p *pending) into(step *Step, now time.Time) {
	if step.Empty() && !p.overdue(now) {
		return
	}
	for tp, next := range p.positions {
		if at, ok := step.Positions[tp]; !ok || at < next { // an earlier slice may have moved it too
			step.Positions[tp] = next
		}
	}
	clear(p.positions)
}

// takeIdle takes chunks without records out of a batch that has nothing else.
func (p *pending) takeIdle(b *batch, now time.Time) {
	for _, f := range b.fetched {
		if len(f.Records) > 0 {
			return
		}
	}
	for _, f := range b.fetched {
		p.note(f.TopicPartition, f.Next, now)
	}
	b.fetched = nil
}
