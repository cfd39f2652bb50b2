package processor

import (
	"bytes"

	"consentstream/state"
)

// deadlines walks the deadline index of a task. A deadline that must wait for
// more input stays where it is; the walk goes on behind it, and starts over
// when a mark has moved or a deadline was set behind it.
type deadlines struct {
	at        state.Instant // everything up to (at, key) was looked at
	key       []byte
	lane, all state.Instant // the marks of the walk's start
}

func newDeadlines() deadlines {
	return deadlines{at: state.Unset, lane: state.Unset, all: state.Unset}
}

// due adds to the batch the next deadlines that have come.
func (d *deadlines) due(t *Task, b *batch) error {
	if t.marks.lane.readUpTo > d.lane || t.marks.all.readUpTo > d.all {
		d.at, d.key = state.Unset, d.key[:0]
		d.lane, d.all = t.marks.lane.readUpTo, t.marks.all.readUpTo
	}
	return t.config.Store.DueAfter(t.partition, d.at, d.key, b.now, t.config.Limits.DeadlinesPerStep, func(at state.Instant, key []byte) error {
		b.due = append(b.due, Due{At: at, Key: bytes.Clone(key)})
		d.at, d.key = at, append(d.key[:0], key...)
		t.marks.want(at)
		return nil
	})
}

// note starts the walk over when a step has set a deadline behind it.
func (d *deadlines) note(step *Step) {
	for i := range step.Puts {
		if p := &step.Puts[i]; p.Timer <= d.at && p.Timer != p.Armed {
			d.at, d.key = state.Unset, d.key[:0]
			return
		}
	}
}
