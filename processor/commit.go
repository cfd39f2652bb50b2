package processor

import (
	"context"
	"fmt"
	"time"

	"consentstream/processor/kafka"
	"consentstream/state"
)

// commit is a step on its way into Kafka.
type commit struct {
	step    *Step
	started time.Time
	done    chan struct{} // closed when the outcome is known
	free    chan struct{} // closed when the next transaction may begin
	rest    time.Duration // from the one to the other
	decided time.Time     // when the outcome came to be known
	err     error
	offsets kafka.Committed
}

func newCommit(step *Step) *commit {
	return &commit{step: step, started: time.Now(), done: make(chan struct{}), free: make(chan struct{})}
}

// over is closed once the next transaction may begin; of no commit at all it
// never is.
func (c *commit) over() <-chan struct{} {
	if c == nil {
		return nil
	}
	return c.free
}

// committing reports whether there is a commit behind which no transaction may
// begin yet. What comes meanwhile goes with the next one.
func (c *commit) committing() bool {
	if c == nil {
		return false
	}
	select {
	case <-c.free:
		return false
	default:
		return true
	}
}

// start sends a step on its way. The transaction is never cancelled: a context
// that ends is looked at between transactions.
func (t *Task) start(step *Step) *commit {
	c := newCommit(step)
	go func() {
		c.offsets, c.err = t.producer.Commit(context.Background(), kafka.Transaction{
			Records: step.Records, Offsets: step.Positions, Generation: t.generation,
		})
		c.decide(t.producer.Rest())
	}()
	return c
}

// decide tells that the outcome is known, and after a rest that the next
// transaction may begin.
func (c *commit) decide(rest time.Duration) {
	c.rest, c.decided = max(rest, 0), time.Now()
	close(c.done)
	time.Sleep(c.rest)
	close(c.free)
}

// decidedAt is the instant at which the outcome was known, when it is now.
func (c *commit) decidedAt(now state.Instant) state.Instant {
	return now - state.Instant(min(c.rest, time.Since(c.decided)).Milliseconds())
}

// finish waits for the step in flight and applies it to the store.
func (t *Task) finish(c *commit) (*commit, error) {
	if c == nil {
		return nil, nil
	}
	<-c.done
	if c.err != nil {
		t.observe(c)
		return nil, fmt.Errorf("commit of task %d: %w", t.partition, c.err)
	}
	if err := t.apply(c.step, c.offsets); err != nil {
		return nil, err
	}
	t.first.committed(c.step.Positions)
	t.deadlines.note(c.step)
	t.lag.passed(c.step.Positions)
	t.observe(c)
	return nil, nil
}

// Outcome is how the transaction of a step ended.
type Outcome struct {
	Partition int32
	Step      *Step         // used again after the call
	At        state.Instant // of the task's clock
	Began     time.Time     // its first request
	Took      time.Duration // from there until it was applied, or failed
	// Err is why it was not applied, one of those of Producer.Commit; nil = it was.
	Err error
}

func (t *Task) observe(c *commit) {
	if t.config.Observe != nil {
		t.config.Observe(Outcome{Partition: t.partition, Step: c.step, At: c.decidedAt(t.now()), Began: c.started, Took: time.Since(c.started), Err: c.err})
	}
}

// abandon waits for a transaction that is not applied any more: whoever goes on
// finds it in the changelog or not at all. It returns why the task stops, which
// is the transaction where that failed, since the producer must settle it first.
func (t *Task) abandon(c *commit, err error) error {
	if c == nil {
		return err
	}
	<-c.done
	if c.err != nil {
		t.observe(c)
		return c.err
	}
	return err
}
