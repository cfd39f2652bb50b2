package processor

import (
	"log/slog"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"consentstream/processor/generate"
	"consentstream/processor/kafka"
	"consentstream/schemas"
	"consentstream/state"
	"consentstream/state/rules"
	"consentstream/state/store"
)

// A producer's clock that is ahead of ours must not delay an objection: it is
// in force as soon as it is read.
func TestObjectionOfAProducerWhoseClockIsAhead(t *testing.T) {
	s, err := store.Open("store", store.Options{FS: vfs.NewMem(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	now := generate.DefaultUntil
	ahead := now.Add(10 * time.Minute)
	record := schemas.Record{
		Key: state.Key{Controller: schemas.DefaultController, Contact: "c-1"},
		Fact: state.Fact{ID: "e-1", Topic: state.TopicUnsubscribes, OccurredAt: ahead, Since: ahead, RecordedAt: ahead,
			Unsubscribe: &state.Unsubscribe{Kind: state.UnsubscribeUnsubscribe, Method: state.MethodOneClick, PurgedBefore: state.Unset}},
	}
	value, err := mustEncoder().Record(nil, record.Fact.Topic, &record)
	if err != nil {
		t.Fatal(err)
	}
	topics := DefaultTopics()
	config := StepConfig{
		Topics: topics, Partitions: 1, DeadLetters: 1, Policy: rules.Default(), Encoder: mustEncoder(),
		NewDecoder: func() *schemas.Decoder { return schemas.NewDecoder() }, Partition: kafka.Partition,
	}
	step, stepper := newStep(), newStepper(&config, 0)
	stepper.view = view{store: s, reader: s.NewReader(0)}
	defer stepper.view.reader.Close()
	fetched := &kafka.Fetched{
		TopicPartition: kafka.TopicPartition{Topic: topics.Unsubscribes},
		Records:        []kafka.Record{{Key: []byte("c-1"), Value: value, Timestamp: int64(ahead)}},
	}
	if err := stepper.extend(step, &batch{now: now, fetched: []*kafka.Fetched{fetched}}); err != nil {
		t.Fatal(err)
	}
	for _, row := range stepper.contact.Published.Rows {
		if row.Kind == state.MessagePromotional && row.Channel == state.ChannelEmail && row.Reason == state.ReasonObjected {
			return
		}
	}
	t.Errorf("promotional e-mail is not OBJECTED right after the objection was read: %+v", stepper.contact.Published.Rows)
}
