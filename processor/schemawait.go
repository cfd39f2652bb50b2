package processor

import (
	"context"
	"time"

	"consentstream/processor/kafka"
	"consentstream/schemas"
)

// schemaWaits are the partitions of one feed whose next record names a schema
// that the registry does not give just now. Such a partition is not fetched until
// it does: its records stay in Kafka, its offset stays before them, and whatever
// else the feed reads goes on. The registry is asked beside the feed.
type schemaWaits struct {
	t     *Task
	waits map[kafka.TopicPartition]*schemaWait
}

// schemaWait is the question after one schema.
type schemaWait struct {
	id     uint32
	answer chan error
	asking bool
	next   time.Time // when to ask again
	pause  time.Duration
}

const (
	// schemaAtOnce is how long a feed waits for the first answer about an id, which a
	// registry in good health gives in less.
	schemaAtOnce = 100 * time.Millisecond
	// schemaTick is how often a feed looks for answers when it has nothing to fetch.
	schemaTick = 50 * time.Millisecond
	// Pauses between two questions after one id grow from the first to the last.
	firstSchemaPause = 250 * time.Millisecond
	lastSchemaPause  = 4 * time.Second
)

func newSchemaWaits(t *Task) *schemaWaits {
	return &schemaWaits{t: t, waits: map[kafka.TopicPartition]*schemaWait{}}
}

// readable returns the positions of what does not wait, or no longer.
func (s *schemaWaits) readable(ctx context.Context, positions []kafka.Position) []kafka.Position {
	if len(s.waits) == 0 {
		return positions
	}
	var readable []kafka.Position
	for _, p := range positions {
		if w := s.waits[p.TopicPartition]; w != nil && !s.over(ctx, p.TopicPartition, w) {
			continue
		}
		readable = append(readable, p)
	}
	return readable
}

// over asks again when it is time to, and reports whether the wait is over.
func (s *schemaWaits) over(ctx context.Context, tp kafka.TopicPartition, w *schemaWait) bool {
	if now := s.t.config.elapsed(); !w.asking && !now.Before(w.next) {
		s.ask(ctx, w)
	}
	select {
	case err := <-w.answer:
		return s.answered(ctx, tp, w, err)
	default:
		return false
	}
}

// cut takes from what was fetched whatever lies behind a schema that is not to
// be had, and that record with it.
func (s *schemaWaits) cut(ctx context.Context, fetched []kafka.Fetched) {
	for i := range fetched {
		f := &fetched[i]
		if n := s.decodable(ctx, f); n < len(f.Records) {
			f.Records, f.Next = f.Records[:n], f.Records[n].Offset
		}
	}
}

// decodable returns how many of the first records need no schema that is not to
// be had.
func (s *schemaWaits) decodable(ctx context.Context, f *kafka.Fetched) int {
	decoder, known := s.t.stepper.decoder, int64(-1)
	for n := range f.Records {
		id, ok := s.t.config.Step.Topics.schemaOf(f.Topic, &f.Records[n])
		if !ok || int64(id) == known {
			continue
		}
		if !decoder.Knows(id) && !s.learn(ctx, f.TopicPartition, id) {
			return n
		}
		known = int64(id)
	}
	if len(f.Records) > 0 {
		s.t.held.release(s.t, f.TopicPartition) // also what a feed before this one has held
	}
	return len(f.Records)
}

// learn asks for a schema and waits for the answer a little. Without one the
// partition waits from now on.
func (s *schemaWaits) learn(ctx context.Context, tp kafka.TopicPartition, id uint32) bool {
	w := &schemaWait{id: id, answer: make(chan error, 1), pause: firstSchemaPause}
	s.waits[tp] = w
	s.ask(ctx, w)
	atOnce := time.NewTimer(schemaAtOnce)
	defer atOnce.Stop()
	select {
	case err := <-w.answer:
		return s.answered(ctx, tp, w, err)
	case <-atOnce.C:
	case <-ctx.Done():
	}
	return false
}

func (s *schemaWaits) ask(ctx context.Context, w *schemaWait) {
	w.asking = true
	decoder := s.t.stepper.decoder
	s.t.config.aside(func() { w.answer <- decoder.Learn(ctx, w.id) })
}

// answered takes an answer in and reports whether the wait is over. Readiness
// learns of it with the first that is none.
func (s *schemaWaits) answered(ctx context.Context, tp kafka.TopicPartition, w *schemaWait, err error) bool {
	w.asking = false
	if err == nil {
		delete(s.waits, tp)
		s.t.held.release(s.t, tp)
		return true
	}
	w.next = s.t.config.elapsed().Add(w.pause)
	w.pause = min(2*w.pause, lastSchemaPause)
	if ctx.Err() == nil {
		s.t.held.hold(s.t, tp, w.id, err)
	}
	return false
}

// schemaOf returns the registry id by which a consumed record names its schema,
// also where it was sent on from another partition; false where it names none.
func (t *Topics) schemaOf(topic string, r *kafka.Record) (uint32, bool) {
	switch topic {
	case t.Addresses:
		return 0, false
	case t.Repartition:
		return schemas.RegistryID(misroutedValue(r.Value))
	}
	return schemas.RegistryID(r.Value)
}
