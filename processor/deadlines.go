package processor

import (
	"bytes"

	"consentstream/state"
)

// deadlines walks the deadline index of a task. A deadline that must wait for
// more input stays where it is and the walk goes on behind it. Once at the end,
// it starts over when a mark has moved or a deadline was set behind it: not
// earlier, so that many that wait never keep those behind them from their turn.
type deadlines struct {
	at        state.Instant // everything up to (at, key) was looked at
	key       []byte
	ended     bool          // nothing is due behind (at, key)
	again     bool          // a deadline was set at or before (at, key)
	lane, all state.Instant // the marks of the walk's start
}

func newDeadlines() deadlines {
	return deadlines{at: state.Unset, lane: state.Unset, all: state.Unset}
}

// due adds to the batch the next deadlines that have come.
func (d *deadlines) due(t *Task, b *batch) error {
	d.startOver(t.marks)
	limit := t.config.Limits.DeadlinesPerStep
	err := t.config.Store.DueAfter(t.partition, d.at, d.key, b.now, limit, func(at state.Instant, key []byte) error {
		b.due = append(b.due, Due{At: at, Key: bytes.Clone(key)})
		t.marks.want(at)
		return nil
	})
	if n := len(b.due); n > 0 {
		d.at, d.key = b.due[n-1].At, append(d.key[:0], b.due[n-1].Key...)
	}
	d.ended = len(b.due) < limit
	return err
}

// startOver begins a new walk where the last one is over and may find more now.
func (d *deadlines) startOver(m *marks) {
	if !d.ended || !d.again && m.lane.readUpTo <= d.lane && m.all.readUpTo <= d.all {
		return
	}
	d.at, d.key, d.again = state.Unset, d.key[:0], false
	d.lane, d.all = m.lane.readUpTo, m.all.readUpTo
}

// note has the walk start over when a step has set a deadline behind it. The
// step must be applied: the walk sees what is in the store alone.
func (d *deadlines) note(step *Step) {
	for i := range step.Puts {
		if p := &step.Puts[i]; p.Timer <= d.at && p.Timer != p.Armed {
			d.again = true
			return
		}
	}
}
