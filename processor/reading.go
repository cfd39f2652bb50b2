package processor

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"

	"consentstream/processor/kafka"
	"consentstream/processor/spool"
	"consentstream/state"
)

// readingKey is where a task remembers how far it is with the backlog of its
// first start.
var readingKey = []byte(string(prefixMeta) + "first-reading")

// firstReading is how a task takes the backlog of its first start: it reads the
// bulk topics to their ends, sorts the facts by contact, and folds those of one
// contact at once, so that a state is written once and not for every fact. The
// lane goes on in between, as always.
//
// The offsets of what was read are committed after the last fact is folded. A
// task that stops before reads the same again, since its ends are kept with the
// marker of the first start. What it has done by then is kept too: what was sent
// on or dead-lettered while reading, and which facts were taken.
type firstReading struct {
	ends      map[kafka.TopicPartition]int64
	positions map[kafka.TopicPartition]int64 // next offsets of what was read
	before    readingMarker                  // what was done before this reading began
	marker    readingMarker
	moved     bool // the marker is to be written by the step at hand

	file    *spool.File
	sorter  *spool.Sorter
	sorted  *spool.Merge // nil while reading
	key     []byte
	payload []byte
}

// readingMarker is the value under readingKey.
type readingMarker struct {
	// Settled are the offsets, by topic, below which whatever is no fact of a
	// contact of this task was sent on or dead-lettered.
	Settled map[string]int64 `json:"settled,omitempty"`
	// Taken is the sort key of the last fact that was taken.
	Taken []byte `json:"taken,omitempty"`
}

// spoolBudget is what all tasks together may hold in memory for sorting.
const (
	spoolBudget    = 96 << 20
	minSpoolBudget = 1 << 20
)

// resumeReading begins to read the backlog of a first start, unless it is read.
func (t *Task) resumeReading() error {
	t.endReading()
	if t.first == nil || t.first.inputsRead(t.positions) {
		return nil
	}
	r := &firstReading{
		ends: t.first.inputs, positions: map[kafka.TopicPartition]int64{}, marker: readingMarker{Settled: map[string]int64{}},
		file: spool.NewFile(t.config.SpoolDir),
	}
	value, err := t.storedMeta(readingKey)
	if err == nil && value != nil {
		err = json.Unmarshal(value, &r.before)
	}
	if err != nil {
		return fmt.Errorf("first reading of task %d: %w", t.partition, err)
	}
	maps.Copy(r.marker.Settled, r.before.Settled)
	r.marker.Taken = r.before.Taken
	for tp := range r.ends {
		r.positions[tp] = t.positions[tp]
	}
	budget := max(spoolBudget/int64(t.config.Step.Partitions), minSpoolBudget)
	r.sorter = spool.NewSorter(r.file, budget, bytes.Compare)
	t.stepper.reading = r
	return nil
}

// endReading gives memory and disk space back.
func (t *Task) endReading() {
	if r := t.stepper.reading; r != nil {
		_ = r.file.Close()
		t.stepper.reading = nil
	}
}

// reads reports whether what is fetched of a partition is taken for the backlog.
func (r *firstReading) reads(tp kafka.TopicPartition) bool {
	if r == nil {
		return false
	}
	_, ok := r.ends[tp]
	return ok
}

// nextOffset is the offset to fetch a partition from.
func (t *Task) nextOffset(tp kafka.TopicPartition) int64 {
	if r := t.stepper.reading; r.reads(tp) {
		return r.positions[tp]
	}
	return t.positions[tp]
}

// cut returns what was fetched as far as it is part of the backlog. The rest is
// fetched again once that is taken.
func (r *firstReading) cut(f *kafka.Fetched) []kafka.Record {
	end := r.ends[f.TopicPartition]
	r.positions[f.TopicPartition] = min(f.Next, end)
	n := len(f.Records)
	for n > 0 && f.Records[n-1].Offset >= end {
		n--
	}
	return f.Records[:n]
}

// takeIdle takes chunks without records out of the batch: their offsets are
// committed with all others. One behind records of its partition stays: it would
// say that those are read, and the sorting could begin without them.
func (r *firstReading) takeIdle(b *batch) {
	if r == nil {
		return
	}
	kept := b.fetched[:0]
	behind := map[kafka.TopicPartition]bool{} // records of the batch, which are not read yet
	for _, f := range b.fetched {
		if len(f.Records) == 0 && r.reads(f.TopicPartition) && !behind[f.TopicPartition] {
			r.cut(f)
			continue
		}
		behind[f.TopicPartition] = true
		kept = append(kept, f)
	}
	b.fetched = kept
}

// folds reports whether everything is read and facts are to be taken.
func (r *firstReading) folds() bool { return r != nil && r.sorted != nil }

// sort begins to take facts once everything is read.
func (r *firstReading) sort() error {
	if r == nil || r.sorted != nil {
		return nil
	}
	for tp, end := range r.ends {
		if r.positions[tp] < end {
			return nil
		}
	}
	left, err := r.sorter.End()
	if err != nil {
		return err
	}
	r.sorted, err = spool.NewMerge([]spool.Run{left}, r.file, minSpoolBudget, r.sorter.Compare)
	return err
}

// settled reports whether a record that is no fact was dealt with before this
// reading began; else it is to be dealt with now.
func (r *firstReading) settled(from origin) bool {
	if from.offset < r.before.Settled[from.topic] {
		return true
	}
	r.marker.Settled[from.topic], r.moved = from.offset+1, true
	return false
}

// add keeps a fact of the backlog, and the record that it came in. The key says
// nothing that hangs on our clock: after a crash the same record must get the
// same key again, or one that was never taken may look as if it was.
func (r *firstReading) add(storeKey []byte, f *state.Fact, record *kafka.Record, from origin) error {
	r.key = append(append(r.key[:0], storeKey...), separator)
	r.key = AppendSortableInstant(r.key, state.Instant(record.Timestamp))
	r.key = append(r.key, ReplayClass(f))
	r.key = binary.BigEndian.AppendUint64(r.key, uint64(from.offset))
	r.payload = appendEnvelope(r.payload[:0], misrouted(from, record))
	return r.sorter.Add(r.key, r.payload)
}

// takeSorted takes the next facts of the backlog, as many as a step may hold,
// and behind the last one commits what was read.
func (in *intake) takeSorted(limit int) error {
	in.sorted = true
	defer func() { in.sorted = false }()
	r := in.s.reading
	for range limit {
		e := r.sorted.Least()
		if e == nil {
			break
		}
		if err := in.sortedFact(r, e); err != nil {
			return err
		}
		if err := r.sorted.Drop(); err != nil {
			return err
		}
	}
	r.moved = true
	if r.sorted.Least() == nil {
		for tp, next := range r.positions {
			in.s.step.Positions[tp] = next
		}
	}
	return nil
}

// sortedFact takes a fact in the memory of the step.
func (in *intake) sortedFact(r *firstReading, e *spool.Entry) error {
	if bytes.Compare(e.Key(), r.before.Taken) <= 0 {
		return nil
	}
	r.marker.Taken = append([]byte(nil), e.Key()...)
	envelope, err := decodeEnvelope(in.s.step.memory.copy(e.Payload()))
	if err != nil {
		return err
	}
	in.s.step.Counts.Records++
	record := envelope.record()
	return in.input(&record, origin{envelope.Topic, envelope.Partition, envelope.Offset})
}

// over reports whether all of it is taken by the step at hand.
func (r *firstReading) over() bool { return r.folds() && r.sorted.Least() == nil }

// markReading writes how far the reading is with the step at hand.
func (s *stepper) markReading() error {
	r := s.reading
	if r == nil || !r.moved {
		return nil
	}
	r.moved = false
	put := Put{Key: readingKey, Armed: state.Never, Timer: state.Never}
	if !r.over() {
		value, err := json.Marshal(&r.marker)
		if err != nil {
			return err
		}
		put.Value = s.step.memory.copy(value)
	}
	s.step.put(put)
	s.changelog(put.Key, put.Value)
	return nil
}
