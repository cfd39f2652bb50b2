package processor

import (
	"context"
	"fmt"
	"time"

	"consentstream/processor/kafka"
	"consentstream/state"
	"consentstream/state/codec"
	"consentstream/state/store"
)

// resume brings the task to what is committed: offsets first (stable, since the
// old owner is fenced), then the changelog to its end, then whatever was under
// way when the last owner stopped.
func (t *Task) resume(ctx context.Context) error {
	committed, err := t.config.Broker.CommittedOffsets(ctx, t.config.Group, t.consumed())
	if err != nil {
		return fmt.Errorf("committed offsets of task %d: %w", t.partition, err)
	}
	t.enter(TaskRestoring)
	if err := t.bringForward(ctx); err != nil {
		return fmt.Errorf("changelog of task %d: %w", t.partition, err)
	}
	t.meta = nil
	if err := t.resumeTopics(ctx, committed); err != nil {
		return err
	}
	if err := t.startPositions(ctx, committed); err != nil {
		return err
	}
	t.marks = newMarks(t.config, t.lane(), t.consumed())
	t.sweep, t.deadlines = newSweep(), newDeadlines()
	if t.stepper.wildcards, err = t.holds([]byte{prefixWildcard}); err != nil {
		return err
	}
	if err := t.resumeFirstStart(ctx, committed); err != nil {
		return err
	}
	if err := t.resumeReading(); err != nil {
		return err
	}
	return t.resumePolicy()
}

func (t *Task) consumed() []kafka.TopicPartition {
	return partitionsOf(t.config.Step.Topics.Consumed(), t.partition)
}

func (t *Task) lane() []kafka.TopicPartition {
	return partitionsOf(t.config.Step.Topics.Lane(), t.partition)
}

func partitionsOf(topics []string, partition int32) []kafka.TopicPartition {
	tps := make([]kafka.TopicPartition, len(topics))
	for i, topic := range topics {
		tps[i] = kafka.TopicPartition{Topic: topic, Partition: partition}
	}
	return tps
}

// startPositions begins at the committed offsets. A partition without one
// begins at its start, and that is committed soon, so that others can tell a
// partition that was read from one that was not.
func (t *Task) startPositions(ctx context.Context, committed map[kafka.TopicPartition]int64) error {
	starts, err := t.config.Broker.StartOffsets(ctx, t.consumed())
	if err != nil {
		return fmt.Errorf("start offsets of task %d: %w", t.partition, err)
	}
	ends, err := t.config.Broker.EndOffsets(ctx, t.consumed(), false)
	if err != nil {
		return fmt.Errorf("end offsets of task %d: %w", t.partition, err)
	}
	t.positions = map[kafka.TopicPartition]int64{}
	t.pending = pending{}
	for _, tp := range t.consumed() {
		at, ok := committed[tp]
		switch {
		case !ok || at < 0:
			t.positions[tp] = starts[tp]
			t.pending.note(tp, starts[tp], t.config.elapsed())
		case at < starts[tp]:
			return fmt.Errorf("%s was committed to offset %d, but its log now starts at %d: records were deleted before they were read. "+
				"Raise the topic's retention; to go on without them, move the group's offset by Kafka's own tool", tp, at, starts[tp])
		case at > ends[tp]:
			return fmt.Errorf("%s was committed to offset %d, but ends at %d: the topic was deleted and created again, or has lost records, and objections may be among them. "+
				"To go on without them: kafka-consumer-groups --group %s --topic %s --reset-offsets --to-earliest --execute", tp, at, ends[tp], t.config.Group, tp.Topic)
		default:
			t.positions[tp] = at
		}
	}
	return nil
}

// bringForward applies what the store lacks of the changelog. A store that is
// missing, too old or below the start of the log is read anew from the whole
// changelog, so that a tombstone it has missed cannot bring an erased person back.
func (t *Task) bringForward(ctx context.Context) error {
	tp := t.changelogPartition()
	starts, err := t.config.Broker.StartOffsets(ctx, []kafka.TopicPartition{tp})
	if err != nil {
		return err
	}
	ends, err := t.config.Broker.EndOffsets(ctx, []kafka.TopicPartition{tp}, false)
	if err != nil {
		return err
	}
	if err := t.checkChangelog(); err != nil {
		return err
	}
	from, err := t.trusted(starts[tp], ends[tp])
	if err != nil {
		return err
	}
	if err := t.noteChangelog(); err != nil {
		return err
	}
	t.progress.restored.Store(0)
	t.progress.toRestore.Store(max(ends[tp]-from, 0))
	for from < ends[tp] {
		next, err := t.restoreChunk(ctx, tp, from)
		if err != nil {
			return err
		}
		t.progress.restored.Add(next - from)
		from = next
	}
	t.changelog = from
	return nil
}

// trusted returns the changelog position from which the store lacks records. A
// store that is not to be trusted is emptied.
func (t *Task) trusted(start, end int64) (int64, error) {
	from, anew, err := t.lacks(start, end)
	if err != nil || !anew {
		return from, err
	}
	if end > start {
		t.logger.Info("task: nothing is stored, or it is older than the changelog's tombstones: reading the whole changelog")
	}
	return from, t.config.Store.DropPartition(t.partition)
}

// lacks returns the changelog position from which the store lacks records, and
// whether it must be read anew from the start instead.
func (t *Task) lacks(start, end int64) (from int64, anew bool, err error) {
	positions, err := t.config.Store.Positions(t.partition)
	if err != nil {
		return 0, false, err
	}
	at, ok := positions[positionChangelog]
	age := t.now() - state.Instant(positions[positionAppliedAt])
	switch {
	case !ok:
		return start, true, nil
	case at > end:
		return 0, false, fmt.Errorf("the store is at offset %d of %s, which ends at %d: the topic was deleted and created again, or has lost records. %s", at, t.changelogPartition(), end, beginAnew)
	case at < start, age > state.Instant(t.config.Limits.TombstonesKept.Milliseconds()):
		return start, true, nil
	}
	return at, false, nil
}

// restoreChunk applies one fetch of the changelog and returns the next offset.
// What is not decided yet is waited for: the old owner is fenced, so it will be.
func (t *Task) restoreChunk(ctx context.Context, tp kafka.TopicPartition, from int64) (int64, error) {
	f, err := t.fetchChangelog(ctx, tp, from)
	if err != nil || f.Next == from {
		return from, err
	}
	b := t.config.Store.NewBatch()
	defer b.Close()
	for i := range f.Records {
		t.restoreRecord(b, &f.Records[i])
	}
	b.PutPosition(t.partition, positionChangelog, f.Next)
	b.PutPosition(t.partition, positionAppliedAt, int64(t.now()))
	return f.Next, t.config.Store.Apply(b, false)
}

// fetchChangelog fetches once; nothing after a while where the broker is away.
func (t *Task) fetchChangelog(ctx context.Context, tp kafka.TopicPartition, from int64) (*kafka.Fetched, error) {
	fetched, err := t.config.Broker.Fetch(ctx, []kafka.Position{{TopicPartition: tp, Offset: from}},
		kafka.FetchOptions{MaxWait: 100 * time.Millisecond, MaxPartitionBytes: 4 << 20, Committed: true})
	if err != nil {
		return nil, err
	}
	f := &fetched[0]
	switch {
	case f.Err != nil && kafka.Retriable(f.Err):
		return &kafka.Fetched{TopicPartition: tp, Next: from}, pause(ctx, 100*time.Millisecond)
	case f.Err != nil:
		return nil, f.Err
	}
	return f, nil
}

// restoreRecord applies one changelog record. The deadline index is made from
// the contact's own timer; entries it has left are dropped when they fire.
func (t *Task) restoreRecord(b *store.Batch, r *kafka.Record) {
	if r.Value == nil {
		b.Delete(t.partition, r.Key)
		return
	}
	b.Put(t.partition, r.Key, r.Value)
	if len(r.Key) == 0 || r.Key[0] != prefixContact {
		return
	}
	if timer := codec.Timer(r.Value); timer != state.Never {
		b.PutTimer(t.partition, timer, r.Key)
	}
}

// holds reports whether the store has a state under a key with the prefix.
func (t *Task) holds(prefix []byte) (bool, error) {
	found := false
	err := t.config.Store.ScanPrefix(t.partition, prefix, func(_, _ []byte) (bool, error) {
		found = true
		return false, nil
	})
	return found, err
}

// pause waits, or returns early with the error of ctx.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
