package processor

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"consentstream/processor/kafka"
)

// firstStartKey is where a task remembers that its first start is under way.
var firstStartKey = []byte(string(prefixMeta) + "first-start")

// firstStart waits until everything that could deny is read: the task's own
// backlog and the topics of all partitions that carry negatives, then what of those
// was sent on to its own partition, then what they sent to the owners of addresses,
// then what those answered. Until then nothing may newly allow.
type firstStart struct {
	config *TaskConfig
	// own is the task's repartition partition.
	own kafka.TopicPartition
	// repartition and addresses are all partitions of the two.
	repartition, addresses []kafka.TopicPartition
	// inputs are the ends of the task's own bulk topics, which it reads first, and
	// taken is how far of them is committed.
	inputs, taken map[kafka.TopicPartition]int64

	stage   firstStartStage
	ends    map[kafka.TopicPartition]int64 // what must be passed in this stage
	answers chan firstStartAnswer
	asking  bool
	asked   time.Time
}

type firstStartStage int

const (
	stageNegatives firstStartStage = iota // the group has read unsubscribes, signups and repartition
	stageSentOn                           // the group has read repartition, with what was sent on meanwhile
	stageAddresses                        // the group has read addresses
	stageAnswers                          // this task has read its repartition
)

// firstStartAnswer is what the broker said: a stage is passed, with the ends of
// the next one.
type firstStartAnswer struct {
	passed bool
	ends   map[kafka.TopicPartition]int64
	err    error
}

// firstStartMarker is the value under firstStartKey: the ends at first start of
// unsubscribes, signups and repartition, by partition, and of the task's own
// partition of the bulk topics, by topic. A refusal in a form follows the address
// like an unsubscribe.
type firstStartMarker struct {
	Inputs       map[string]int64 `json:"inputs"`
	Unsubscribes []int64          `json:"unsubscribes"`
	Signups      []int64          `json:"signups"`
	Repartition  []int64          `json:"repartition"`
}

// resumeFirstStart goes on with a first start, or begins one where the group
// has no offset and no state for the task but the inputs hold records.
func (t *Task) resumeFirstStart(ctx context.Context, committed map[kafka.TopicPartition]int64) error {
	t.first = nil
	value, err := t.storedMeta(firstStartKey)
	if err != nil {
		return err
	}
	var marker firstStartMarker
	switch {
	case value != nil:
		if err := json.Unmarshal(value, &marker); err != nil {
			return fmt.Errorf("first-start marker of task %d: %w", t.partition, err)
		}
	default:
		known, err := t.known(committed)
		if err != nil || known {
			return err
		}
		if marker, err = t.markFirstStart(ctx); err != nil || marker.Unsubscribes == nil {
			return err
		}
	}
	t.first = t.newFirstStart(marker)
	t.enter(TaskFirstStart)
	return nil
}

// known reports whether the group has ever committed anything for the task. A
// changelog of aborted transactions alone has an end and holds nothing.
func (t *Task) known(committed map[kafka.TopicPartition]int64) (bool, error) {
	for _, at := range committed {
		if at >= 0 {
			return true, nil
		}
	}
	return t.holds(nil)
}

// markFirstStart reads the ends to pass and has them written by the first
// transaction. It returns no ends where nothing lies unread: neither for this
// task nor, of what may concern its contacts, anywhere else.
func (t *Task) markFirstStart(ctx context.Context) (firstStartMarker, error) {
	topics := &t.config.Step.Topics
	all := t.consumed()
	for _, topic := range []string{topics.Unsubscribes, topics.Signups, topics.Repartition} {
		all = append(all, t.everyPartition(topic)...)
	}
	starts, err := t.config.Broker.StartOffsets(ctx, all)
	if err != nil {
		return firstStartMarker{}, fmt.Errorf("start offsets: %w", err)
	}
	ends, err := t.config.Broker.EndOffsets(ctx, all, true)
	if err != nil {
		return firstStartMarker{}, fmt.Errorf("end offsets: %w", err)
	}
	empty := true
	for tp, end := range ends {
		empty = empty && end <= starts[tp]
	}
	if empty {
		return firstStartMarker{}, nil
	}
	marker := firstStartMarker{
		Inputs: map[string]int64{}, Unsubscribes: t.endsOf(topics.Unsubscribes, ends),
		Signups: t.endsOf(topics.Signups, ends), Repartition: t.endsOf(topics.Repartition, ends),
	}
	for _, topic := range topics.Bulk() {
		marker.Inputs[topic] = ends[kafka.TopicPartition{Topic: topic, Partition: t.partition}]
	}
	value, err := json.Marshal(marker)
	t.meta = append(t.meta, Put{Key: firstStartKey, Value: value})
	return marker, err
}

// endsOf returns the ends of a topic by partition.
func (t *Task) endsOf(topic string, ends map[kafka.TopicPartition]int64) []int64 {
	list := make([]int64, t.config.Step.Partitions)
	for p, tp := range t.everyPartition(topic) {
		list[p] = ends[tp]
	}
	return list
}

func (t *Task) everyPartition(topic string) []kafka.TopicPartition {
	tps := make([]kafka.TopicPartition, t.config.Step.Partitions)
	for p := range tps {
		tps[p] = kafka.TopicPartition{Topic: topic, Partition: int32(p)}
	}
	return tps
}

func (t *Task) newFirstStart(marker firstStartMarker) *firstStart {
	topics := &t.config.Step.Topics
	f := &firstStart{
		config: t.config, answers: make(chan firstStartAnswer, 1),
		own:         kafka.TopicPartition{Topic: topics.Repartition, Partition: t.partition},
		repartition: t.everyPartition(topics.Repartition),
		addresses:   t.everyPartition(topics.Addresses),
		ends:        map[kafka.TopicPartition]int64{},
		inputs:      map[kafka.TopicPartition]int64{},
		taken:       maps.Clone(t.positions),
	}
	for topic, end := range marker.Inputs {
		f.inputs[kafka.TopicPartition{Topic: topic, Partition: t.partition}] = end
	}
	for topic, ends := range map[string][]int64{
		topics.Unsubscribes: marker.Unsubscribes, topics.Signups: marker.Signups, topics.Repartition: marker.Repartition,
	} {
		for p, end := range ends {
			f.ends[kafka.TopicPartition{Topic: topic, Partition: int32(p)}] = end
		}
	}
	return f
}

// inputsRead reports whether the task's own bulk topics have passed their ends.
func (f *firstStart) inputsRead(positions map[kafka.TopicPartition]int64) bool {
	for tp, end := range f.inputs {
		if positions[tp] < end {
			return false
		}
	}
	return true
}

// committed notes how far a step that is committed has taken the inputs.
func (f *firstStart) committed(positions map[kafka.TopicPartition]int64) {
	if f != nil {
		maps.Copy(f.taken, positions)
	}
}

// over reports whether the phase has ended. It never waits: the broker is asked
// in the background. What the task's own backlog asks of the owners of addresses
// lies before the ends of addresses that are read then, since it is committed: what
// they have to say to it is waited for.
func (f *firstStart) over(ctx context.Context, positions map[kafka.TopicPartition]int64) bool {
	if !f.inputsRead(f.taken) {
		return false
	}
	if f.stage == stageAnswers {
		return positions[f.own] >= f.ends[f.own]
	}
	select {
	case a := <-f.answers:
		f.asking = false
		if a.err == nil && a.passed {
			f.stage, f.ends = f.stage+1, a.ends
		}
	default:
	}
	if !f.asking && f.config.elapsed().Sub(f.asked) >= f.askEvery() {
		f.asking, f.asked = true, f.config.elapsed()
		stage, ends := f.stage, f.ends
		f.config.aside(func() { f.answers <- f.ask(ctx, stage, ends) })
	}
	return false
}

// askEvery is how long a task waits before it asks again. Each asks about the
// partitions of all: what they ask together would grow with the square of their
// number, and keep the broker from everything else.
func (f *firstStart) askEvery() time.Duration {
	const atFullPace = 8
	return askEvery * time.Duration(max(int(f.config.Step.Partitions)/atFullPace, 1))
}

// ask holds the group's committed offsets against the ends of a stage; once
// they have passed, it reads the ends of the next one.
func (f *firstStart) ask(ctx context.Context, stage firstStartStage, ends map[kafka.TopicPartition]int64) firstStartAnswer {
	tps := make([]kafka.TopicPartition, 0, len(ends))
	for tp := range ends {
		tps = append(tps, tp)
	}
	committed, err := f.config.Broker.CommittedSoFar(ctx, f.config.Group, tps)
	if err != nil {
		return firstStartAnswer{err: err}
	}
	for tp, end := range ends {
		if committed[tp] < end {
			return firstStartAnswer{}
		}
	}
	// Of what is committed the markers may not be written yet: it lies before the end
	// of the log, but not before the last stable offset.
	ends, err = f.config.Broker.EndOffsets(ctx, f.after(stage), false)
	return firstStartAnswer{passed: err == nil, ends: ends, err: err}
}

// after returns the partitions that are to be read once a stage is passed: what was
// read in it may have sent something there.
func (f *firstStart) after(stage firstStartStage) []kafka.TopicPartition {
	switch stage {
	case stageNegatives:
		return f.repartition
	case stageSentOn:
		return f.addresses
	}
	return []kafka.TopicPartition{f.own}
}
