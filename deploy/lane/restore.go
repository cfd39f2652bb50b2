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
)

const (
	// roundPeople are enough for one round; of those about half are in tasks that
	// run while the others are restored.
	roundPeople = 4000
	// restoreProbes are sent in a second: a restore is soon over.
	restoreProbes = 100
)

// besideRestore measures unsubscribes of tasks that run while others of the same
// instance are restored. Each round a new instance with nothing of its own joins,
// has its share of the tasks restored, and then gets those of the other one, which
// leaves.
func (b *bench) besideRestore(ctx context.Context) error {
	if b.partitions < 2 {
		return errors.New("one task has no other beside it: -partitions 2 or more")
	}
	s, err := b.newStage(ctx, "restore")
	if err != nil {
		return err
	}
	defer s.close()
	s.pace = restoreProbes
	people := loners(b.rounds * roundPeople)
	if err := s.prepare(ctx, people); err != nil {
		return err
	}
	p, err := s.run(ctx)
	if err != nil {
		return err
	}
	l, r := newLedger(), restored{}
	for round := 0; round < b.rounds && err == nil; round++ {
		p, err = s.moveTo(ctx, p, "state-"+strconv.Itoa(round), people[round*roundPeople:(round+1)*roundPeople], l, &r)
	}
	if err = errors.Join(err, p.stop()); err != nil {
		return err
	}
	b.print("restore", l, backlogTarget)
	fmt.Fprintf(b.out, "  while %d records of the changelog were restored in %.1f s, in %d rounds\n", r.records, r.took.Seconds(), b.rounds)
	return nil
}

// restored is what tasks restored while others ran.
type restored struct {
	records int64
	took    time.Duration
}

// moveTo starts an instance beside the old one, ends that once the new one runs
// its share, and probes the tasks of this share while the rest is restored. It
// returns the instance that is left to be stopped, also beside an error.
func (s *stage) moveTo(ctx context.Context, old *program, state string, people []person, l *ledger, r *restored) (*program, error) {
	p, err := s.launch(ctx, state)
	if err != nil {
		return old, err
	}
	own, err := s.share(ctx, old, p)
	if err = errors.Join(err, old.stop()); err != nil {
		return p, err
	}
	if err := p.until(ctx, func(t tasks) bool { return len(t) == int(s.bench.partitions) }); err != nil {
		return p, err
	}
	begin := time.Now()
	probed, err := s.probeWhileRestoring(ctx, p, within(people, own, s.bench.partitions))
	if err != nil {
		return p, err
	}
	l.add(probed)
	r.took += time.Since(begin)
	return p, p.Metrics(ctx, func(name string, value float64) {
		if task, ok := local.Task(name, "consentstream_restored_records"); ok && !own.has(task) {
			r.records += int64(value)
		}
	})
}

// share waits until two instances run all tasks between them, and returns those of
// the second.
func (s *stage) share(ctx context.Context, first, second *program) (own tasks, err error) {
	err = second.until(ctx, func(t tasks) bool {
		others, err := first.tasks(ctx)
		own = t
		return err == nil && len(t) > 0 && t.running()+others.running() == int(s.bench.partitions)
	})
	return own, err
}

// probeWhileRestoring probes until every task of an instance runs.
func (s *stage) probeWhileRestoring(ctx context.Context, p *program, people []person) (*ledger, error) {
	watching, cancel := context.WithCancel(ctx)
	var over atomic.Bool
	var watch sync.WaitGroup
	watch.Go(func() {
		_ = p.until(watching, func(t tasks) bool { return t.running() == int(s.bench.partitions) }) // if it ends, answers are missed
		over.Store(true)
	})
	defer func() { cancel(); watch.Wait() }()
	return s.probe(ctx, people, func() bool { return !over.Load() })
}

// within returns those whose task is one of some.
func within(people []person, of tasks, partitions int32) (found []person) {
	for _, p := range people {
		if of.has(partitionOf(p.contact, partitions)) {
			found = append(found, p)
		}
	}
	return found
}
