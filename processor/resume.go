package processor

import (
	"context"
	"fmt"
	"time"

	"consentstream/processor/kafka"
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
	if t.changelog, err = t.restorer.bringForward(ctx); err != nil {
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
			return fmt.Errorf("%s was committed to offset %d, but its log now starts at %d: records were deleted before they were read, objections perhaps. "+
				"Raise the topic's retention; to go on without them: kafka-consumer-groups --group %s --topic %s:%d --reset-offsets --to-earliest --execute",
				tp, at, starts[tp], t.config.Group, tp.Topic, tp.Partition)
		case at > ends[tp]:
			return fmt.Errorf("%s was committed to offset %d, but ends at %d: the topic was deleted and created again, or has lost records, and objections may be among them. "+
				"To go on without them: kafka-consumer-groups --group %s --topic %s --reset-offsets --to-earliest --execute", tp, at, ends[tp], t.config.Group, tp.Topic)
		default:
			t.positions[tp] = at
		}
	}
	t.lag.begin(t.positions, ends)
	return nil
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
