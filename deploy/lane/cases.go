package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"consentstream/deploy/internal/local"
)

// underBacklog measures unsubscribes while a group catches up.
func (b *bench) underBacklog(ctx context.Context) error {
	s, err := b.newStage(ctx, "backlog")
	if err != nil {
		return err
	}
	defer s.close()
	people := loners(int(1000 + b.backlog/1000)) // for a thousand seconds at 20,000 records each
	if err := s.prepare(ctx, people); err != nil {
		return err
	}
	alone, err := s.catchUpAlone(ctx)
	if err != nil {
		return err
	}
	var l *ledger
	probed, err := s.catchUp(ctx, backlogSeed+1, func(p *program) (err error) {
		l, err = s.probeBehind(ctx, p, people)
		return err
	})
	if err != nil {
		return err
	}
	b.print("backlog", l, backlogTarget)
	printCatchUp(b.out, alone, probed)
	return nil
}

// catchUpAlone is without probes. What is published is read all the same, since
// that is the bench's own share of the work.
func (s *stage) catchUpAlone(ctx context.Context) (catchUp, error) {
	stop, err := s.listen(ctx, newLedger())
	if err != nil {
		return catchUp{}, err
	}
	defer stop()
	return s.catchUp(ctx, backlogSeed, func(*program) error { return nil })
}

// catchUp writes a backlog, starts the program, and measures how fast it gets
// through, while something else goes on.
func (s *stage) catchUp(ctx context.Context, seed uint64, meanwhile func(*program) error) (catchUp, error) {
	if err := s.fillBacklog(ctx, seed); err != nil {
		return catchUp{}, err
	}
	p, err := s.run(ctx)
	if err != nil {
		return catchUp{}, err
	}
	var work sync.WaitGroup
	var other error
	work.Go(func() { other = meanwhile(p) })
	reached, err := s.drain(ctx, p)
	work.Wait()
	return reached, errors.Join(err, other, p.stop())
}

// probeBehind probes as long as every task has a backlog.
func (s *stage) probeBehind(ctx context.Context, p *program, people []person) (*ledger, error) {
	watching, cancel := context.WithCancel(ctx)
	var over atomic.Bool
	var watch sync.WaitGroup
	watch.Go(func() {
		for p.Alive() == nil && local.Pause(watching, samplePause) == nil {
			if left, err := s.behind(watching, s.topics.Bulk()); err == nil && left.least() == 0 {
				break
			}
		}
		over.Store(true)
	})
	defer func() { cancel(); watch.Wait() }()
	return s.probe(ctx, people, func() bool { return !over.Load() })
}

// besideLoad measures unsubscribes beside a load that never stops.
func (b *bench) besideLoad(ctx context.Context) error {
	return b.steadily(ctx, "steady", loners, b.steadyTarget())
}

// byAddress measures, beside that load, objections on their way to another
// contact by way of the address.
func (b *bench) byAddress(ctx context.Context) error {
	pairs := func(n int) []person { return households(n, b.partitions) }
	return b.steadily(ctx, "address", pairs, addressTarget)
}

func (b *bench) steadily(ctx context.Context, name string, who func(n int) []person, target time.Duration) error {
	s, err := b.newStage(ctx, name)
	if err != nil {
		return err
	}
	defer s.close()
	people := who(2 * b.seconds * probesPerSecond) // more than are needed
	if err := s.prepare(ctx, people); err != nil {
		return err
	}
	p, err := s.run(ctx)
	if err != nil {
		return err
	}
	l, rate, left, err := s.loaded(ctx, people)
	if err != nil {
		return errors.Join(err, p.Alive(), p.stop())
	}
	b.print(name, l, target)
	fmt.Fprintf(b.out, "  beside %.0f records a second; %d were not committed when the load ended\n", rate, left)
	return p.stop()
}

// loaded probes beside the steady load, and returns the rate that it came to and
// what of all was not committed in the end.
func (s *stage) loaded(ctx context.Context, people []person) (l *ledger, rate float64, left int64, err error) {
	loading, stop := context.WithCancel(ctx)
	defer stop()
	var load sync.WaitGroup
	var failed error
	load.Go(func() { rate, failed = s.steady(loading) })
	if l, err = s.afterSettling(ctx, people); err == nil {
		left, err = s.left(ctx)
	}
	stop()
	load.Wait()
	return l, rate, left, errors.Join(err, failed)
}

func (s *stage) afterSettling(ctx context.Context, people []person) (*ledger, error) {
	if err := local.Pause(ctx, s.bench.settle); err != nil {
		return nil, err
	}
	end := time.Now().Add(s.bench.duration())
	return s.probe(ctx, people, func() bool { return time.Now().Before(end) })
}

func (b *bench) print(name string, l *ledger, target time.Duration) {
	r := result{name: name, target: target}
	r.sent, r.took, r.acks = l.measured()
	r.print(b.out)
}
