package generate

import (
	"context"
	"fmt"

	"consentstream/processor/kafka"
	"consentstream/schemas"
)

// Producer writes records to brokers; *kafka.Client provides it.
type Producer interface {
	Produce(ctx context.Context, records []kafka.OutRecord) (kafka.Committed, error)
}

// Brokers is a Sink of the input topics of a cluster. The record key is the
// contact id, the partition that of the Java default partitioner, the
// timestamp recorded_at. It encodes the next batch while one is on its way.
type Brokers struct {
	ctx        context.Context
	producer   Producer
	encoder    *schemas.Encoder
	topics     [4]string // by state.Topic
	partitions int32

	filling []kafka.OutRecord
	bytes   int
	sent    chan error // of the batch on its way; nil = none is
}

// A batch ends at whichever comes first.
const (
	brokerBatchRecords = 20_000
	brokerBatchBytes   = 8 << 20
)

// NewBrokers returns a Sink. Names are those of the four input topics in the
// order of state.Topic; each has the same number of partitions. The context
// ends what is under way.
func NewBrokers(ctx context.Context, p Producer, e *schemas.Encoder, names [4]string, partitions int32) *Brokers {
	return &Brokers{ctx: ctx, producer: p, encoder: e, topics: names, partitions: partitions}
}

// Write adds a record to the batch, and sends the batch when it is full.
func (b *Brokers) Write(r *schemas.Record) error {
	value, err := b.encoder.Record(nil, r.Fact.Topic, r)
	if err != nil {
		return err
	}
	key := []byte(r.Key.Contact)
	b.filling = append(b.filling, kafka.OutRecord{
		Topic: b.topics[r.Fact.Topic], Partition: kafka.Partition(key, b.partitions),
		Key: key, Value: value, Timestamp: int64(r.Fact.RecordedAt),
	})
	b.bytes += len(value)
	if len(b.filling) < brokerBatchRecords && b.bytes < brokerBatchBytes {
		return nil
	}
	return b.send()
}

// send waits for the batch before, so that records of a partition keep their
// order, and sends this one.
func (b *Brokers) send() error {
	if err := b.wait(); err != nil {
		return err
	}
	batch, sent := b.filling, make(chan error, 1)
	b.filling, b.bytes, b.sent = make([]kafka.OutRecord, 0, len(batch)), 0, sent
	go func() {
		_, err := b.producer.Produce(b.ctx, batch)
		sent <- err
	}()
	return nil
}

func (b *Brokers) wait() error {
	if b.sent == nil {
		return nil
	}
	err := <-b.sent
	b.sent = nil
	if err != nil {
		return fmt.Errorf("produce: %w", err)
	}
	return nil
}

// Close sends what is left and waits until the brokers have all of it.
func (b *Brokers) Close() error {
	if len(b.filling) > 0 {
		if err := b.send(); err != nil {
			return err
		}
	}
	return b.wait()
}

// Discard waits for the batch on its way; what was sent stays in the topics.
func (b *Brokers) Discard() { _ = b.wait() }
