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
// any instance can tell other topics of the same names, and the topics of another
// group.
type topicsMarker struct {
	Group      string            `json:"group,omitempty"`
	Partitions int32             `json:"partitions"`
	IDs        map[string]string `json:"ids"` // of the consumed topics, by name
}

func (t *Task) topicsMarker() topicsMarker {
	m := topicsMarker{Group: t.config.Group, Partitions: t.config.Step.Partitions, IDs: map[string]string{}}
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
	switch {
	case was.Group != "" && was.Group != now.Group:
		return now, otherGroup(was.Group, now.Group, t.changelogPartition())
	case was.Partitions != now.Partitions:
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
	if err := t.acceptForgotten(ctx, was, committed); err != nil {
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

// acceptForgotten is for topics that the state was made from and that the group has
// no offset of any more: it was deleted, or expired while nobody ran. They are read
// from the start again, which changes nothing where that is still their first
// record. Else an objection may have been deleted unread, unless the store knows
// better: whatever lies below its position is part of the state.
func (t *Task) acceptForgotten(ctx context.Context, was topicsMarker, committed map[kafka.TopicPartition]int64) error {
	var forgotten []kafka.TopicPartition
	for _, tp := range t.consumed() {
		if at, ok := committed[tp]; was.IDs[tp.Topic] != "" && (!ok || at < 0) {
			forgotten = append(forgotten, tp)
		}
	}
	if len(forgotten) == 0 {
		return nil
	}
	starts, err := t.config.Broker.StartOffsets(ctx, forgotten)
	if err != nil {
		return fmt.Errorf("start offsets of task %d: %w", t.partition, err)
	}
	read, err := t.storedPositions()
	if err != nil {
		return err
	}
	for _, tp := range forgotten {
		if starts[tp] > max(read[tp.Topic], 0) {
			return fmt.Errorf("group %s has read %s before and has no offset of it any more, and the log now starts at %d: what was deleted of it may never have been read, objections perhaps. "+
				"To go on without that: kafka-consumer-groups --group %s --topic %s:%d --reset-offsets --to-earliest --execute", t.config.Group, tp, starts[tp], t.config.Group, tp.Topic, tp.Partition)
		}
	}
	t.logger.Warn("task: the group's offsets were deleted or have expired; reading again from the start, so bad records are dead-lettered again", "partitions", len(forgotten))
	return nil
}

// storedPositions are the next offsets by topic of what is part of the store; none
// where there is no store, as in a preview.
func (t *Task) storedPositions() (map[string]int64, error) {
	if t.config.Store == nil {
		return nil, nil
	}
	return t.config.Store.Positions(t.partition)
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

// markerOf reads the marker of a task from the changelog; the zero value when there
// is none. Only a task without any state asks for it.
func (t *Task) markerOf(ctx context.Context, partition int32) (topicsMarker, error) {
	value, err := newRestorer(t.config, partition, t.logger).marker(ctx)
	if err != nil || value == nil {
		return topicsMarker{}, err
	}
	return t.parseMarker(value)
}

// marker reads the marker from the changelog, nil when there is none. It reads up to
// the marker, which is near the start unless compaction has moved it.
func (r *restorer) marker(ctx context.Context) ([]byte, error) {
	tp := r.changelog()
	starts, err := r.config.Broker.StartOffsets(ctx, []kafka.TopicPartition{tp})
	if err != nil {
		return nil, err
	}
	ends, err := r.config.Broker.EndOffsets(ctx, []kafka.TopicPartition{tp}, true)
	if err != nil {
		return nil, err
	}
	for from := starts[tp]; from < ends[tp]; {
		f, err := r.fetch(ctx, from, wholePace.fetch, 100*time.Millisecond)
		if err != nil {
			return nil, err
		}
		for i := range f.Records {
			if record := &f.Records[i]; string(record.Key) == string(topicsKey) && record.Value != nil {
				return record.Value, nil
			}
		}
		from = f.Next
	}
	return nil, nil
}

// checkWhole refuses a changelog from whose start records were deleted, the first
// that was ever written among them. Compaction moves no start: somebody did, or the
// topic was not only compacted for a while, and states of contacts went too.
func (r *restorer) checkWhole(ctx context.Context, start int64) error {
	if start == 0 {
		return nil
	}
	value, err := r.marker(ctx)
	if err != nil || value != nil {
		return err
	}
	return fmt.Errorf("%s starts at offset %d and lacks what was first written to it: records were deleted, and state with them, objections among it perhaps; "+
		"its cleanup.policy must be compact alone. %s", r.changelog(), start, beginAnew)
}

func otherGroup(was, is string, changelog kafka.TopicPartition) error {
	return fmt.Errorf("%s holds the state of group %s, not of %s: two groups on the same topics would publish every change twice. Go on with --group %s, "+
		"or give group %s published and internal topics of its own (topics.changelog, topics.repartition, topics.addresses, topics.eligibility_changed, "+
		"topics.retention_expiry, topics.dead_letter)", changelog, was, is, was, is)
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
