package main

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"consentstream/deploy/internal/local"
	"consentstream/processor/generate"
	"consentstream/schemas"
	"consentstream/state"
)

// Spans of the loads: years of warm history, and days of backlog on top of it.
const backlogSpan = 48 * time.Hour

// Seeds of the loads, each with events of its own.
const (
	warmSeed = iota + 1
	steadySeed
	backlogSeed // and above
)

// sink opens the way to the input topics.
func (s *stage) sink(ctx context.Context) *generate.Brokers {
	return generate.NewBrokers(ctx, s.client, s.encoder, [4]string(s.topics.Inputs()), s.bench.partitions)
}

// welcome has everybody say yes.
func (s *stage) welcome(ctx context.Context, people []person) error {
	sink, at := s.sink(ctx), time.Now().Add(-backlogSpan)
	for i := range people {
		for _, contact := range []string{people[i].contact, people[i].other} {
			if contact == "" {
				continue
			}
			r := yes(contact, people[i].address, at)
			if err := sink.Write(&r); err != nil {
				sink.Discard()
				return err
			}
		}
	}
	return sink.Close()
}

// fillWarm writes some years of the shop.
func (s *stage) fillWarm(ctx context.Context) error {
	until := state.At(time.Now().Add(-backlogSpan))
	_, err := generate.Run(ctx, generate.Config{
		Seed: warmSeed, Events: s.bench.warm, Contacts: s.bench.contacts, From: until.Add(-generate.DefaultSpan), Until: until,
	}, s.sink(ctx), nil)
	return err
}

// fillBacklog writes purchases and clicks of the last days.
func (s *stage) fillBacklog(ctx context.Context, seed uint64) error {
	until := state.At(time.Now().Add(-time.Minute))
	shop := generate.New(generate.Config{
		Seed: seed, Events: 2 * s.bench.backlog, // three of four are purchases and clicks
		Contacts: s.bench.contacts, From: until.Add(-backlogSpan), Until: until,
	})
	sink := s.sink(ctx)
	var r schemas.Record
	for left := s.bench.backlog; left > 0 && shop.Next(&r); {
		if r.Fact.Topic != state.TopicPurchases && r.Fact.Topic != state.TopicClicks {
			continue
		}
		left--
		if err := sink.Write(&r); err != nil {
			sink.Discard()
			return err
		}
	}
	return sink.Close()
}

// linger is how long the steady load collects records, as busy producers do. It
// is sent as it is: brokers unpack what is compressed, and that is not what is
// measured here.
const linger = 25 * time.Millisecond

// steady writes the load at its rate until ctx ends, which is no error, and
// returns the records a second that it came to.
func (s *stage) steady(ctx context.Context) (rate float64, err error) {
	client, err := newProducer(strings.Split(s.bench.brokers, ","), linger)
	if err != nil {
		return 0, err
	}
	defer client.Close()
	begin, shop := time.Now(), s.shop()
	var failed firstError
	sent := 0
	for local.Pause(ctx, 2*time.Millisecond) == nil && failed.get() == nil {
		for due := int(time.Since(begin).Seconds() * float64(s.bench.rate)); sent < due; sent++ {
			r, err := s.next(shop)
			if err != nil {
				return 0, err
			}
			client.Produce(context.WithoutCancel(ctx), r, failed.promise)
		}
	}
	rate = float64(sent) / time.Since(begin).Seconds()
	return rate, errors.Join(client.Flush(context.WithoutCancel(ctx)), failed.get())
}

// steadySpan is how much of a steady load there is, more than is used.
const steadySpan = time.Hour

// shop makes the steady load: each record was recorded just before it is sent.
func (s *stage) shop() *generate.Generator {
	now := time.Now()
	return generate.New(generate.Config{
		Seed: steadySeed, Events: int64(s.bench.rate) * int64(steadySpan/time.Second), Contacts: s.bench.contacts,
		From: state.At(now.Add(-time.Second)), Until: state.At(now.Add(steadySpan - time.Second)),
	})
}

// errLoadOver tells that a run takes longer than there is load.
var errLoadOver = errors.New("the steady load is over: -seconds is to be below an hour")

func (s *stage) next(shop *generate.Generator) (*kgo.Record, error) {
	var r schemas.Record
	if !shop.Next(&r) {
		return nil, errLoadOver
	}
	return s.encode(&r)
}

// encode returns the record where it belongs.
func (s *stage) encode(r *schemas.Record) (*kgo.Record, error) {
	value, err := s.encoder.Record(nil, r.Fact.Topic, r)
	return &kgo.Record{
		Topic: s.topics.Inputs()[r.Fact.Topic], Partition: partitionOf(r.Key.Contact, s.bench.partitions),
		Key: []byte(r.Key.Contact), Value: value, Timestamp: r.Fact.RecordedAt.Time(),
	}, err
}

// firstError keeps the first of the errors that promises tell.
type firstError struct {
	mu  sync.Mutex
	err error
}

func (f *firstError) promise(_ *kgo.Record, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil {
		f.err = err
	}
}

func (f *firstError) get() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}
