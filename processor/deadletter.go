package processor

import (
	"context"
	"fmt"
	"time"

	"consentstream/processor/kafka"
	"consentstream/state"
)

// DeadLetter is one record that could not be used. It shows no value: that may
// hold personal data, and is kept in the topic.
type DeadLetter struct {
	Ref       string    `json:"ref"` // topic/partition/offset of the record as it came
	Reason    string    `json:"reason"`
	Message   string    `json:"message"`
	At        time.Time `json:"at"`
	HasKey    bool      `json:"has_key"`
	Partition int32     `json:"partition"` // in the dead-letter topic
	Offset    int64     `json:"offset"`

	key []byte
}

// DeadLetters reads the dead-letter topic from its start to its present end.
func DeadLetters(ctx context.Context, client *kafka.Client, topic string, partitions int32, each func(DeadLetter) error) error {
	tps := make([]kafka.TopicPartition, partitions)
	for p := range tps {
		tps[p] = kafka.TopicPartition{Topic: topic, Partition: int32(p)}
	}
	starts, err := client.StartOffsets(ctx, tps)
	if err != nil {
		return fmt.Errorf("dead letters: %w", err)
	}
	ends, err := client.EndOffsets(ctx, tps, true)
	if err != nil {
		return fmt.Errorf("dead letters: %w", err)
	}
	for _, tp := range tps {
		if err := readLetters(ctx, client, tp, starts[tp], ends[tp], each); err != nil {
			return fmt.Errorf("dead letters: %s: %w", tp, err)
		}
	}
	return nil
}

func readLetters(ctx context.Context, client *kafka.Client, tp kafka.TopicPartition, from, end int64, each func(DeadLetter) error) error {
	for from < end {
		fetched, err := client.Fetch(ctx, []kafka.Position{{TopicPartition: tp, Offset: from}}, kafka.FetchOptions{Committed: true})
		if err != nil {
			return err
		}
		f := &fetched[0]
		if f.Err != nil && !kafka.Retriable(f.Err) {
			return f.Err
		}
		for i := range f.Records {
			if err := each(readLetter(tp, &f.Records[i])); err != nil {
				return err
			}
		}
		from = f.Next
	}
	return nil
}

func readLetter(tp kafka.TopicPartition, r *kafka.Record) DeadLetter {
	headers := map[string]string{}
	for _, h := range r.Headers {
		headers[h.Key] = string(h.Value)
	}
	return DeadLetter{
		Ref:    headers["__streams.errors.topic"] + "/" + headers["__streams.errors.partition"] + "/" + headers["__streams.errors.offset"],
		Reason: headers["__streams.errors.exception"], Message: headers["__streams.errors.message"],
		At: state.Instant(r.Timestamp).Time(), HasKey: len(r.Key) > 0, Partition: tp.Partition, Offset: r.Offset, key: r.Key,
	}
}

// ReleaseRecord returns the record that lifts an unreadable negative: marketing
// to its contact is decided by the rules again. by says who takes that upon
// themselves; it is kept as a fact.
func ReleaseRecord(topics *Topics, l *DeadLetter, by string, at state.Instant, partition func([]byte, int32) int32, partitions int32) (kafka.OutRecord, error) {
	if !possibleContact(string(l.key)) {
		return kafka.OutRecord{}, fmt.Errorf("dead letter %s has no contact as its key: nothing was denied because of it, so there is nothing to release", l.Ref)
	}
	f := state.Fact{
		ID: releaseID(l.Ref), Topic: state.TopicUnsubscribes, OccurredAt: at, Since: at, RecordedAt: at,
		Internal: &state.Internal{Kind: state.InternalRelease, Target: l.Ref, By: by},
	}
	e := envelope{Kind: envelopeInternal, To: state.Key{Contact: string(l.key)}, Facts: []state.Fact{f}}
	return kafka.OutRecord{
		Topic: topics.Repartition, Partition: partition(l.key, partitions), Key: l.key,
		Value: appendEnvelope(nil, &e), Timestamp: int64(at),
	}, nil
}

func releaseID(target string) string { return "release:" + target }
