package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"consentstream/deploy/internal/local"
	"consentstream/schemas"
	"consentstream/state"
)

const (
	// probesPerSecond is few enough to cost nothing and enough for a 99th
	// percentile.
	probesPerSecond = 20
	// patience is how long the last answers may take.
	patience = 30 * time.Second
)

// probe has people object, one after the other at irregular instants, while more
// says so, and waits for the answers.
func (s *stage) probe(ctx context.Context, people []person, more func() bool) (*ledger, error) {
	l := newLedger()
	stop, err := s.listen(ctx, l)
	if err != nil {
		return nil, err
	}
	defer stop()
	// The first opens connections on all sides and is not counted.
	if err := s.objections(ctx, l, people[:1], func() bool { return true }); err != nil {
		return nil, err
	}
	l.forget()
	return l, s.objections(ctx, l, people[1:], more)
}

// objections has people object and waits for the answers.
func (s *stage) objections(ctx context.Context, l *ledger, people []person, more func() bool) error {
	var failed firstError
	for i := range people {
		// Even pauses would meet the program's own rhythm always in one place.
		if err := local.Pause(ctx, rand.N(2*time.Second/time.Duration(s.pace))); err != nil {
			return err
		}
		if failed.get() != nil || i > 0 && !more() { // one at the least, or there is nothing to tell
			break
		}
		if err := s.object(ctx, l, &people[i], &failed); err != nil {
			return err
		}
	}
	left := l.settle(ctx, patience)
	if err := errors.Join(failed.get(), ctx.Err()); err != nil {
		return err
	}
	if left > 0 {
		return fmt.Errorf("%d of %d unsubscribes were not answered within %v", left, l.sent, patience)
	}
	return nil
}

// object sends one objection.
func (s *stage) object(ctx context.Context, l *ledger, p *person, failed *firstError) error {
	begin := time.Now()
	said := no(p, begin)
	r, err := s.encode(&said)
	if err != nil {
		return err
	}
	l.ask(said.Fact.ID, p.watched(), begin)
	s.prober.Produce(ctx, r, func(r *kgo.Record, err error) {
		l.acknowledged(time.Since(begin))
		failed.promise(r, err)
	})
	return nil
}

// listen has the ledger told what is published from now on, until the returned
// function is called.
func (s *stage) listen(ctx context.Context, l *ledger) (stop func(), err error) {
	ends, err := kadm.NewClient(s.prober).ListCommittedOffsets(ctx, s.topics.Eligibility)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("ends of %s: %w", s.topics.Eligibility, err)
	}
	reader, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(s.bench.brokers, ",")...),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumePartitions(ends.KOffsets()))
	if err != nil {
		return nil, err
	}
	reading, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() { hear(reading, reader, l) })
	return func() {
		cancel()
		work.Wait()
		reader.Close()
	}, nil
}

// hear reads until ctx ends. An error of reading repeats itself; what it costs are
// answers, and those are missed.
func hear(ctx context.Context, reader *kgo.Client, l *ledger) {
	decoder := schemas.NewDecoder()
	var v state.EligibilityChanged
	for ctx.Err() == nil {
		reader.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
			if !isProbe(r.Key) || decoder.EligibilityChanged(r.Value, &v) != nil {
				return
			}
			l.answer(v.Cause.EventID, v.Key.Contact, time.Now())
		})
	}
}
