package processor

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"consentstream/processor/kafka"
)

// topicsKey is where a task remembers which topics its state was made from.
var topicsKey = []byte(string(prefixMeta) + "topics")

// metaChangelogID names, in the store alone, the topic that the store's
// changelog position is about.
const metaChangelogID = "changelog-id"

// topicsMarker is the value under topicsKey. It travels with the task, so that
// any instance can tell other topics of the same names.
type topicsMarker struct {
	Partitions int32             `json:"partitions"`
	IDs        map[string]string `json:"ids"` // of the consumed topics, by name
}

func (t *Task) topicsMarker() topicsMarker {
	m := topicsMarker{Partitions: t.config.Step.Partitions, IDs: map[string]string{}}
	for _, name := range t.config.Step.Topics.Consumed() {
		if id := t.config.TopicIDs[name]; id != (kafka.TopicID{}) {
			m.IDs[name] = id.String()
		}
	}
	return m
}

// beginAnew is what is left to do when the state of a task is not to be had.
const beginAnew = "Nothing was changed. If the inputs still hold all their records, begin anew: with another --group, another topics.changelog and an empty --state"

// resumeTopics refuses to go on with topics that are not the ones that the
// task's state was made from. It has the marker written where there is none.
func (t *Task) resumeTopics(ctx context.Context, committed map[kafka.TopicPartition]int64) error {
	value, err := t.storedMeta(topicsKey)
	if err != nil {
		return err
	}
	now := t.topicsMarker()
	switch {
	case value != nil:
		was, err := t.parseMarker(value)
		if err != nil {
			return err
		}
		if now, err = t.compareTopics(ctx, was, now, committed); err != nil {
			return err
		}
	default:
		if err := t.checkNewTask(ctx, committed); err != nil {
			return err
		}
	}
	written, err := json.Marshal(now)
	if err != nil || string(written) == string(value) {
		return err
	}
	t.meta = append(t.meta, Put{Key: topicsKey, Value: written})
	return nil
}

func (t *Task) parseMarker(value []byte) (topicsMarker, error) {
	var m topicsMarker
	if err := json.Unmarshal(value, &m); err != nil {
		return m, fmt.Errorf("topics marker of task %d: %w", t.partition, err)
	}
	return m, nil
}

// compareTopics holds the topics against the marker, and returns the marker to keep.
func (t *Task) compareTopics(ctx context.Context, was, now topicsMarker, committed map[kafka.TopicPartition]int64) (topicsMarker, error) {
	if was.Partitions != now.Partitions {
		return now, partitionsChanged(was.Partitions, now.Partitions)
	}
	var changed []kafka.TopicPartition
	for _, tp := range t.consumed() {
		if id, before := now.IDs[tp.Topic], was.IDs[tp.Topic]; id != "" && before != "" && id != before {
			changed = append(changed, tp)
		}
	}
	if err := t.acceptNew(ctx, changed, committed); err != nil {
		return now, err
	}
	for name, id := range was.IDs {
		if now.IDs[name] == "" {
			now.IDs[name] = id // a broker that does not tell ids, or another name for a while
		}
	}
	return now, nil
}

// acceptNew refuses topics that were deleted and created again, unless somebody
// has put the group's offset at the start of the new one: Kafka forgets the
// offset with the old topic, so this says that they know.
func (t *Task) acceptNew(ctx context.Context, changed []kafka.TopicPartition, committed map[kafka.TopicPartition]int64) error {
	if len(changed) == 0 {
		return nil
	}
	starts, err := t.config.Broker.StartOffsets(ctx, changed)
	if err != nil {
		return fmt.Errorf("start offsets of task %d: %w", t.partition, err)
	}
	for _, tp := range changed {
		if at, ok := committed[tp]; !ok || at != starts[tp] {
			return fmt.Errorf("topic %s was deleted and created again: what this group had not read of it is lost, objections among it perhaps. "+
				"If that is all right, say so by putting the group at the start of the new one: kafka-consumer-groups --group %s --topic %s --reset-offsets --to-earliest --execute",
				tp.Topic, t.config.Group, tp.Topic)
		}
	}
	return nil
}

// checkNewTask is for a task that has no state. With committed offsets its
// state was lost; without any it is new, and then the group must not have known
// another number of partitions.
func (t *Task) checkNewTask(ctx context.Context, committed map[kafka.TopicPartition]int64) error {
	held, err := t.holds(nil)
	if err != nil || held {
		return err
	}
	if err := t.lostState(committed); err != nil {
		return err
	}
	if t.partition == 0 {
		return nil
	}
	was, err := t.markerOf(ctx, 0)
	if err != nil || was.Partitions == 0 || was.Partitions == t.config.Step.Partitions {
		return err
	}
	return partitionsChanged(was.Partitions, t.config.Step.Partitions)
}

// lostState is for a task that has no state although it may have read something.
func (t *Task) lostState(committed map[kafka.TopicPartition]int64) error {
	for _, tp := range t.consumed() {
		if committed[tp] > 0 {
			return fmt.Errorf("group %s has read %s up to offset %d, but %s holds no state for it: the changelog was deleted, or is not the group's own. %s",
				t.config.Group, tp, committed[tp], t.changelogPartition(), beginAnew)
		}
	}
	return nil
}

// markerOf reads the marker of another task from the changelog; the zero value
// when there is none. It reads up to the marker, which is near the start unless
// compaction has moved it, and only a task without any state asks for it.
func (t *Task) markerOf(ctx context.Context, partition int32) (topicsMarker, error) {
	var marker topicsMarker
	tp := kafka.TopicPartition{Topic: t.config.Step.Topics.Changelog, Partition: partition}
	starts, err := t.config.Broker.StartOffsets(ctx, []kafka.TopicPartition{tp})
	if err != nil {
		return marker, err
	}
	ends, err := t.config.Broker.EndOffsets(ctx, []kafka.TopicPartition{tp}, true)
	if err != nil {
		return marker, err
	}
	other := newRestorer(t.config, partition, t.logger)
	for from := starts[tp]; from < ends[tp]; {
		f, err := other.fetch(ctx, from, wholePace.fetch, 100*time.Millisecond)
		if err != nil {
			return marker, err
		}
		for i := range f.Records {
			if r := &f.Records[i]; string(r.Key) == string(topicsKey) && r.Value != nil {
				return t.parseMarker(r.Value)
			}
		}
		from = f.Next
	}
	return marker, nil
}

func partitionsChanged(was, is int32) error {
	return fmt.Errorf("the topics have %d partitions and had %d when this group began: the state of a contact would be looked for in the wrong task. "+
		"Kafka cannot take partitions away: create topics of other names with %d partitions and copy the records into them, or begin anew with all %d: "+
		"another --group, another topics.changelog, topics.repartition and topics.addresses, and an empty --state", is, was, was, is)
}

// TopicIDs picks the ids out of what the cluster tells about topics.
func TopicIDs(found map[string]kafka.TopicInfo) map[string]kafka.TopicID {
	ids := make(map[string]kafka.TopicID, len(found))
	for _, name := range slices.Sorted(maps.Keys(found)) {
		ids[name] = found[name].ID
	}
	return ids
}
