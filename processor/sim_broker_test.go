package processor

import (
	"context"
	"math/rand/v2"
	"time"

	"consentstream/processor/kafka"
	"consentstream/state"
)

// simBroker is a Kafka of one thread: logs in memory, transactions that are
// atomic, fencing, and faults drawn from a seed.
type simBroker struct {
	random  *rand.Rand
	logs    map[kafka.TopicPartition][]simRecord
	offsets map[kafka.TopicPartition]int64
	epochs  map[string]int
	faults  bool
	commits int
	// generation is that of the group. Whether commits of an older one are
	// refused is another matter: the fence must do without.
	generation     int32
	asksGeneration bool
}

type simRecord struct {
	kafka.Record
	control bool
	gone    bool // by compaction
}

func newSimBroker(random *rand.Rand) *simBroker {
	return &simBroker{random: random, logs: map[kafka.TopicPartition][]simRecord{}, offsets: map[kafka.TopicPartition]int64{}, epochs: map[string]int{}}
}

func (b *simBroker) append(tp kafka.TopicPartition, r kafka.Record) (offset int64) {
	r.Offset = int64(len(b.logs[tp]))
	b.logs[tp] = append(b.logs[tp], simRecord{Record: r})
	return r.Offset
}

// compact removes what a later record of the same key has replaced, up to a
// point, and tombstones written before an instant, as the cleaner does.
func (b *simBroker) compact(tp kafka.TopicPartition, tombstonesFrom state.Instant) {
	log := b.logs[tp]
	if len(log) == 0 {
		return
	}
	last := map[string]int{}
	upTo := b.random.IntN(len(log))
	for i := range log[:upTo] {
		if !log[i].control {
			last[string(log[i].Key)] = i
		}
	}
	for i := range log[:upTo] {
		replaced := log[i].control || last[string(log[i].Key)] != i
		forgotten := log[i].Value == nil && state.Instant(log[i].Timestamp) < tombstonesFrom
		log[i].gone = log[i].gone || replaced || forgotten
	}
}

// Apart keeps everything together: there is one leader.
func (b *simBroker) Apart(_ context.Context, positions []kafka.Position) [][]kafka.Position {
	return [][]kafka.Position{positions}
}

// Fetch returns up to a random number of records of each partition.
func (b *simBroker) Fetch(_ context.Context, positions []kafka.Position, _ kafka.FetchOptions) ([]kafka.Fetched, error) {
	out := make([]kafka.Fetched, len(positions))
	for i, p := range positions {
		out[i] = kafka.Fetched{TopicPartition: p.TopicPartition, Next: p.Offset}
		log := b.logs[p.TopicPartition]
		for n := b.random.IntN(12); n > 0 && out[i].Next < int64(len(log)); n-- {
			if r := log[out[i].Next]; !r.control && !r.gone {
				out[i].Records = append(out[i].Records, r.Record)
			}
			out[i].Next++
		}
	}
	return out, nil
}

func (b *simBroker) StartOffsets(_ context.Context, tps []kafka.TopicPartition) (map[kafka.TopicPartition]int64, error) {
	out := map[kafka.TopicPartition]int64{}
	for _, tp := range tps {
		out[tp] = 0
	}
	return out, nil
}

func (b *simBroker) EndOffsets(_ context.Context, tps []kafka.TopicPartition, _ bool) (map[kafka.TopicPartition]int64, error) {
	out := map[kafka.TopicPartition]int64{}
	for _, tp := range tps {
		out[tp] = int64(len(b.logs[tp]))
	}
	return out, nil
}

func (b *simBroker) CommittedOffsets(_ context.Context, _ string, tps []kafka.TopicPartition) (map[kafka.TopicPartition]int64, error) {
	out := map[kafka.TopicPartition]int64{}
	for _, tp := range tps {
		out[tp] = -1
		if at, ok := b.offsets[tp]; ok {
			out[tp] = at
		}
	}
	return out, nil
}

// CommittedSoFar is the same here: transactions are never open.
func (b *simBroker) CommittedSoFar(ctx context.Context, group string, tps []kafka.TopicPartition) (map[kafka.TopicPartition]int64, error) {
	return b.CommittedOffsets(ctx, group, tps)
}

func (b *simBroker) TakeOver(_ context.Context, id string, _ time.Duration) (Producer, error) {
	b.epochs[id]++
	return &simProducer{b, id, b.epochs[id]}, nil
}

type simProducer struct {
	broker *simBroker
	id     string
	epoch  int
}

// Commit writes a transaction whole or not at all. A fault either loses it, or
// lets it through and loses the answer.
func (p *simProducer) Commit(_ context.Context, t kafka.Transaction) (kafka.Committed, error) {
	b := p.broker
	if b.epochs[p.id] != p.epoch {
		return kafka.Committed{}, kafka.ErrFenced
	}
	if b.asksGeneration && t.Generation.ID != b.generation {
		return kafka.Committed{}, kafka.ErrGenerationOver
	}
	fault := 0
	if b.faults {
		fault = b.random.IntN(12)
	}
	if fault == 1 {
		return kafka.Committed{}, kafka.ErrReset
	}
	b.commits++
	base := map[kafka.TopicPartition]int64{}
	for _, r := range t.Records {
		tp := kafka.TopicPartition{Topic: r.Topic, Partition: r.Partition}
		if _, ok := base[tp]; !ok {
			base[tp] = int64(len(b.logs[tp]))
		}
		b.append(tp, kafka.Record{Timestamp: r.Timestamp, Key: clone(r.Key), Value: clone(r.Value), Headers: r.Headers})
	}
	for tp := range base {
		b.logs[tp] = append(b.logs[tp], simRecord{control: true})
	}
	for tp, at := range t.Offsets {
		b.offsets[tp] = at
	}
	if fault == 2 {
		return kafka.Committed{}, kafka.ErrReset
	}
	return kafka.Committed{BaseOffsets: base}, nil
}

func (p *simProducer) Reset(context.Context) error { return nil }

func (p *simProducer) Rest() time.Duration { return 0 }

func clone(b []byte) []byte {
	if b == nil {
		return nil
	}
	return append([]byte{}, b...)
}
