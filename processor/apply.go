package processor

import (
	"bytes"
	"fmt"
	"slices"

	"consentstream/processor/kafka"
	"consentstream/state"
	"consentstream/state/store"
)

// Names of positions that are no topics.
const (
	positionChangelog = "changelog"  // next changelog offset to bring forward
	positionAppliedAt = "applied_at" // when the store was last written, in ms
)

// apply writes a committed step to the store: states, deadlines and positions
// in one batch. It is not synced: the changelog repairs what a crash takes.
func (t *Task) apply(step *Step, offsets kafka.Committed) error {
	b := t.config.Store.NewBatch()
	defer b.Close()
	for _, d := range step.Stale { // before the puts, which may set the same deadline anew
		b.DeleteTimer(t.partition, d.At, d.Key)
	}
	for _, i := range t.storeOrder(step.Puts) {
		t.applyState(b, &step.Puts[i])
	}
	for i := range step.Puts {
		t.applyTimer(b, &step.Puts[i])
	}
	for tp, next := range step.Positions {
		b.PutPosition(t.partition, tp.Topic, next)
	}
	t.changelog = t.changelogAfter(step, offsets)
	b.PutPosition(t.partition, positionChangelog, t.changelog)
	b.PutPosition(t.partition, positionAppliedAt, int64(t.now()))
	if err := t.config.Store.Apply(b, false); err != nil {
		return fmt.Errorf("task %d: %w", t.partition, err)
	}
	return nil
}

// storeOrder returns the puts in the order of the store, which takes keys that
// come in order in half the time. Each slice of a step has an order of its own.
func (t *Task) storeOrder(puts []Put) []int32 {
	t.order = t.order[:0]
	for i := range puts {
		t.order = append(t.order, int32(i))
	}
	slices.SortFunc(t.order, func(a, b int32) int { return bytes.Compare(puts[a].Key, puts[b].Key) })
	return t.order
}

func (t *Task) applyState(b *store.Batch, p *Put) {
	if p.Value == nil {
		b.Delete(t.partition, p.Key)
	} else {
		b.Put(t.partition, p.Key, p.Value)
	}
}

// applyTimer moves the entry of the deadline index. These come after the states:
// between them they would take each out of its order.
func (t *Task) applyTimer(b *store.Batch, p *Put) {
	if p.Armed == p.Timer {
		return
	}
	if p.Armed != state.Never {
		b.DeleteTimer(t.partition, p.Armed, p.Key)
	}
	if p.Timer != state.Never {
		b.PutTimer(t.partition, p.Timer, p.Key)
	}
}

// changelogAfter is the changelog position after the records of a step.
func (t *Task) changelogAfter(step *Step, offsets kafka.Committed) int64 {
	tp := t.changelogPartition()
	base, ok := offsets.BaseOffsets[tp]
	if !ok {
		return t.changelog
	}
	n := int64(0)
	for i := range step.Records {
		if step.Records[i].Topic == tp.Topic {
			n++
		}
	}
	return base + n
}

func (t *Task) changelogPartition() kafka.TopicPartition {
	return kafka.TopicPartition{Topic: t.config.Step.Topics.Changelog, Partition: t.partition}
}
