package main

import (
	"context"
	"fmt"
	"time"

	"consentstream/processor"
	"consentstream/processor/config"
	"consentstream/processor/generate"
	"consentstream/processor/kafka"
	"consentstream/schemas"
	"consentstream/state"
)

// demoShop produces the events of the sample shop, stamped by the clock that
// the processor runs on.
type demoShop struct {
	options   *demoOptions
	clock     *demoClock
	generator *generate.Generator
	today     state.Instant
	sent      int64
	topics    processor.Topics
	group     string
}

func newDemoShop(o *demoOptions, today state.Instant) *demoShop {
	from := today.Add(-generate.DefaultSpan)
	g := generate.Default()
	g.Seed, g.Events, g.Contacts, g.From, g.Until = o.seed, o.events, o.contacts, from, today
	return &demoShop{
		options: o, clock: processor.NewManualClock(from), generator: generate.New(g), today: today,
		topics: processor.DefaultTopics(), group: config.Default().Group,
	}
}

// newDemoTopics creates the topics over the Kafka protocol, as on a real broker.
func newDemoTopics(ctx context.Context, c *config.Config) (*kafka.Client, error) {
	client, err := kafka.Dial(kafka.Config{Brokers: c.Brokers})
	if err != nil {
		return nil, err
	}
	if _, err := client.CreateTopics(ctx, c.Topics.TopicSpecs(demoPartitions, 1, nil)); err != nil {
		client.Close()
		return nil, err
	}
	return client, nil
}

// run sends every event, each when its time has come on the shop's clock, then
// lets the clock reach today.
func (s *demoShop) run(ctx context.Context, client *kafka.Client) error {
	encoder, err := schemas.NewEncoder()
	if err != nil {
		return err
	}
	var record schemas.Record
	pause := time.NewTicker(time.Second / time.Duration(s.options.pace))
	defer pause.Stop()
	for s.generator.Next(&record) {
		at := record.Fact.RecordedAt
		if err := s.advance(ctx, client, at); err != nil {
			return err
		}
		value, err := encoder.Record(nil, record.Fact.Topic, &record)
		if err != nil {
			return fmt.Errorf("demo: %w", err)
		}
		key := []byte(record.Key.Contact)
		out := kafka.OutRecord{
			Topic: s.topics.Inputs()[record.Fact.Topic], Partition: kafka.Partition(key, demoPartitions),
			Key: key, Value: value, Timestamp: int64(at),
		}
		if _, err := client.Produce(ctx, []kafka.OutRecord{out}); err != nil {
			return err
		}
		s.sent++
		if s.options.fast {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-pause.C:
		}
	}
	return s.advance(ctx, client, s.today)
}

// stride is how far the clock may run ahead of the processor: a deadline is
// seen to fire on its day, and not months later in one heap.
const stride = 10 * 24 * time.Hour

// advance moves the clock to an instant, in strides that wait until what was
// sent before is processed.
func (s *demoShop) advance(ctx context.Context, client *kafka.Client, to state.Instant) error {
	for {
		now := s.clock.Now()
		next := min(to, now.Add(stride))
		if next.Time().Truncate(stride) != now.Time().Truncate(stride) || next == s.today {
			if err := processor.AwaitRead(ctx, client, s.group, &s.topics, demoPartitions); err != nil {
				return err
			}
		}
		s.clock.Set(next)
		if next == to {
			return nil
		}
	}
}
