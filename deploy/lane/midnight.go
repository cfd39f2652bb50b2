package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"consentstream/deploy/internal/local"
	"consentstream/schemas"
	"consentstream/state"
)

// errTooLate tells that the machine was slower than was allowed for.
var errTooLate = errors.New("the common deadline passed before all orders were read: choose fewer -deadlines")

// atMidnight measures unsubscribes while very many deadlines fall due. The
// instant need not be a midnight: what the window of review requests (60 days)
// closes is due to the millisecond.
func (b *bench) atMidnight(ctx context.Context) error {
	s, err := b.newStage(ctx, "midnight")
	if err != nil {
		return err
	}
	defer s.close()
	people := loners(1000 + b.deadlines/500) // for two seconds and what a thousand deadlines a second take
	due := time.Now().Add(b.preparing())
	if err := s.fillOrders(ctx, due); err != nil {
		return err
	}
	if err := s.prepare(ctx, people); err != nil {
		return err
	}
	p, err := s.run(ctx)
	if err != nil {
		return err
	}
	l, took, err := s.through(ctx, p, due, people)
	if err != nil {
		return errors.Join(err, p.Alive(), p.stop())
	}
	b.print("midnight", l, backlogTarget)
	fmt.Fprintf(b.out, "  while %d deadlines of one instant were worked off in %.1f s\n", b.deadlines, took.Seconds())
	return p.stop()
}

// preparing is how long it may take until all orders are written and read.
func (b *bench) preparing() time.Duration {
	const each = 200 * time.Microsecond
	return 30*time.Second + time.Duration(b.deadlines)*each
}

// reviewWindow is how long after a delivery a review may be asked for.
const reviewWindow = 60 * 24 * time.Hour

// fillOrders writes an order for each deadline, whose review window ends at due.
func (s *stage) fillOrders(ctx context.Context, due time.Time) error {
	sink, delivered := s.sink(ctx), due.Add(-reviewWindow)
	for i := range s.bench.deadlines {
		contact := "order-" + strconv.Itoa(i)
		for _, r := range []schemas.Record{
			order(contact, state.PurchaseOrdered, delivered.Add(-time.Hour)), order(contact, state.PurchaseDelivered, delivered),
		} {
			if err := sink.Write(&r); err != nil {
				sink.Discard()
				return err
			}
		}
	}
	return sink.Close()
}

// order is a step of a contact's only order.
func order(contact string, kind state.PurchaseKind, at time.Time) schemas.Record {
	return statement(contact, contact, contact+"-"+kind.String(), at, state.Fact{Topic: state.TopicPurchases, Purchase: &state.Purchase{
		Kind: kind, OrderRef: contact, Family: "concert",
	}})
}

// before is how long before the deadlines the first probe goes out.
const before = time.Second

// through probes from just before the deadlines until the last of them is looked
// at, and returns how long those took.
func (s *stage) through(ctx context.Context, p *program, due time.Time, people []person) (*ledger, time.Duration, error) {
	if time.Until(due) < before {
		return nil, 0, errTooLate
	}
	if err := local.Pause(ctx, time.Until(due)-before); err != nil {
		return nil, 0, err
	}
	earlier, err := p.deadlines(ctx)
	if err != nil {
		return nil, 0, err
	}
	watching, cancel := context.WithCancel(ctx)
	var done atomic.Int64 // when, in milliseconds after due; 0 = not yet
	var watch sync.WaitGroup
	watch.Go(func() {
		for p.Alive() == nil && local.Pause(watching, samplePause) == nil {
			if n, err := p.deadlines(watching); err == nil && n-earlier >= int64(s.bench.deadlines) {
				break
			}
		}
		done.Store(max(time.Since(due).Milliseconds(), 1))
	})
	defer func() { cancel(); watch.Wait() }()
	l, err := s.probe(ctx, people, func() bool { return done.Load() == 0 })
	return l, time.Duration(done.Load()) * time.Millisecond, err
}
