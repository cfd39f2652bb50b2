package main

import (
	"context"
	"sync"
	"time"
)

// ledger keeps which probes are under way and how long the others took.
type ledger struct {
	mu     sync.Mutex
	open   map[string]question // by event id
	sent   int
	took   []time.Duration // until the answer
	acks   []time.Duration // until Kafka had the probe
	change chan struct{}   // told, without waiting, that an answer came
}

// question is a probe without an answer.
type question struct {
	contact string // whose change is the answer
	at      time.Time
}

func newLedger() *ledger {
	return &ledger{open: map[string]question{}, change: make(chan struct{}, 1)}
}

// ask notes that a probe goes out at an instant. It comes before the sending, or
// the answer might be faster.
func (l *ledger) ask(id, contact string, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open[id] = question{contact, at}
	l.sent++
}

// acknowledged notes how long Kafka took to have a probe.
func (l *ledger) acknowledged(took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acks = append(l.acks, took)
}

// answer notes a change that was published: it counts if it is that of the right
// contact, caused by an open probe.
func (l *ledger) answer(id, contact string, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	asked, ok := l.open[id]
	if !ok || asked.contact != contact {
		return
	}
	delete(l.open, id)
	l.took = append(l.took, at.Sub(asked.at))
	select {
	case l.change <- struct{}{}:
	default:
	}
}

// unanswered counts the probes under way.
func (l *ledger) unanswered() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.open)
}

// settle waits until every probe is answered, patience is over, or ctx ends, and
// returns how many are not answered.
func (l *ledger) settle(ctx context.Context, patience time.Duration) int {
	over := time.NewTimer(patience)
	defer over.Stop()
	for {
		left := l.unanswered()
		if left == 0 {
			return 0
		}
		select {
		case <-l.change:
		case <-over.C:
			return left
		case <-ctx.Done():
			return left
		}
	}
}

// forget drops what was measured; what is under way stays so.
func (l *ledger) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent, l.took, l.acks = len(l.open), nil, nil
}

// add takes over what another ledger, which is settled, has measured.
func (l *ledger) add(other *ledger) {
	sent, took, acks := other.measured()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent += sent
	l.took, l.acks = append(l.took, took...), append(l.acks, acks...)
}

// measured returns what is known so far.
func (l *ledger) measured() (sent int, took, acks distribution) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sent, distributionOf(l.took), distributionOf(l.acks)
}
