package processor

import (
	"log/slog"
	"testing"

	"consentstream/processor/generate"
	"consentstream/processor/kafka"
	"consentstream/schemas"
	"consentstream/state"
	"consentstream/state/rules"
	"consentstream/state/store"
)

// BenchmarkStep is a task's work on its inputs without Kafka: decode, fold,
// decide, encode, apply. One op is one record. "first start" decides only about
// negatives, as on a backlog; "live" decides about every fact that may matter.
// "traced" are those of which each hundredth or each carries a trace.
func BenchmarkStep(b *testing.B) {
	for _, row := range []struct {
		name   string
		first  bool
		traced int // every so many records, 0 = traces are off
	}{{"first start", true, 0}, {"live", false, 0}, {"live traced 100", false, 100}, {"live traced 1", false, 1}} {
		b.Run(row.name, func(b *testing.B) { benchmarkStep(b, row.first, row.traced) })
	}
}

func benchmarkStep(b *testing.B, first bool, traced int) {
	s, err := store.Open(b.TempDir(), store.Options{CacheBytes: 128 << 20, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	config := StepConfig{
		Topics: DefaultTopics(), Partitions: 1, DeadLetters: 1, Policy: rules.Default(), Encoder: mustEncoder(),
		NewDecoder: func() *schemas.Decoder { return schemas.NewDecoder() }, Partition: kafka.Partition, Traced: traced > 0,
	}
	tell := telling(new(toldSteps), nil)
	t := &Task{config: &TaskConfig{Step: config, Store: s, Clock: NewManualClock(generate.DefaultUntil)}}
	step, stepper := newStep(), newStepper(&config, 0)
	load := generate.Default()
	load.Events, load.Contacts = int64(b.N), max(b.N/5, 1)
	shop := generate.New(load)
	b.ReportAllocs()
	b.ResetTimer()
	for left := b.N; left > 0; left -= DefaultLimits().BatchRecords {
		b.StopTimer()
		in := &batch{now: generate.DefaultUntil, fetched: portion(b, shop, min(left, DefaultLimits().BatchRecords))}
		withTraces(in.fetched, traced)
		in.phase = phase{firstStart: first, laneReadUpTo: state.Never, allReadUpTo: state.Never}
		b.StartTimer()
		stepper.view = view{store: s, reader: s.NewReader(0)}
		step.reset()
		if err := stepper.extend(step, in); err != nil {
			b.Fatal(err)
		}
		_ = stepper.view.reader.Close()
		if err := t.apply(step, kafka.Committed{}); err != nil {
			b.Fatal(err)
		}
		tell(Outcome{Step: step})
	}
}

// withTraces gives every so many records a trace, 0 = none.
func withTraces(fetched []*kafka.Fetched, every int) {
	for _, f := range fetched {
		for i := 0; every > 0 && i < len(f.Records); i += every {
			f.Records[i].Headers = []kafka.Header{traceHeader("traceparent", sampledTrace)}
		}
	}
}

// portion is the next n records of a shop as a broker would hand them over.
func portion(b *testing.B, shop *generate.Generator, n int) []*kafka.Fetched {
	topics := DefaultTopics()
	fetched := make([]*kafka.Fetched, len(topics.Inputs()))
	for i, topic := range topics.Inputs() {
		fetched[i] = &kafka.Fetched{TopicPartition: kafka.TopicPartition{Topic: topic}}
	}
	encoder := mustEncoder()
	var record schemas.Record
	for range n {
		if !shop.Next(&record) {
			break
		}
		value, err := encoder.Record(nil, record.Fact.Topic, &record)
		if err != nil {
			b.Fatal(err)
		}
		f := fetched[record.Fact.Topic]
		f.Records = append(f.Records, kafka.Record{Timestamp: int64(record.Fact.RecordedAt), Key: []byte(record.Key.Contact), Value: value})
	}
	return fetched
}
