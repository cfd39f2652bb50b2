package processor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"consentstream/processor/kafka"
	"consentstream/schemas"
	"consentstream/state"
)

// TaskConfig is what all tasks of one instance share.
type TaskConfig struct {
	Step   StepConfig
	Group  string
	Broker Broker
	Store  Store
	Clock  Clock
	Logger *slog.Logger
	Limits Limits
	// TopicIDs are the ids of the topics as they were when the process started:
	// offsets kept from another topic of the same name mean nothing. A topic
	// without one is not compared.
	TopicIDs map[string]kafka.TopicID
	// SpoolDir is where the backlog of a first start is sorted that memory does
	// not hold; "" = the system's folder for temporary files.
	SpoolDir string
	// PolicyID names the content of the policy: a store that was decided
	// under another one is looked at again.
	PolicyID string
	// Observe is told how every transaction ended; it may be nil.
	Observe func(Outcome)
	// Go runs a question to the broker beside the task; nil = in a goroutine.
	Go func(func())
	// Elapsed is the time that pauses between questions are measured in; nil =
	// the machine's. It decides nothing but pace.
	Elapsed func() time.Time
	// restores bounds what restores of all tasks take; nil = no bounds.
	restores *restores
}

// elapsed is the present for measuring pauses.
func (c *TaskConfig) elapsed() time.Time {
	if c.Elapsed != nil {
		return c.Elapsed()
	}
	return time.Now()
}

// aside runs f beside the task.
func (c *TaskConfig) aside(f func()) {
	if c.Go != nil {
		c.Go(f)
		return
	}
	go f()
}

// Limits bound what a task holds and how long a transaction stays open.
type Limits struct {
	BatchRecords       int           // records of one step, about
	DeadlinesPerStep   int           // deadlines and swept contacts of one step
	FetchBytes         int32         // of one partition in one answer
	FetchWait          time.Duration // for something to come
	TransactionTimeout time.Duration // after which the broker aborts an orphan
	// TombstonesKept is the changelog's delete.retention.ms: an older store
	// may have missed that somebody was erased.
	TombstonesKept time.Duration
	// RestoreBytes is what all restores together may hold in memory, about; one
	// may always go on.
	RestoreBytes int64
}

// DefaultLimits returns the limits that the benchmarks were made with.
func DefaultLimits() Limits {
	return Limits{
		BatchRecords: 4000, DeadlinesPerStep: 500, FetchBytes: 512 << 10, FetchWait: 500 * time.Millisecond,
		TransactionTimeout: 10 * time.Second, TombstonesKept: 24 * time.Hour, RestoreBytes: 256 << 20,
	}
}

// Beyond so many tasks of one instance each takes less at a time, so that all
// together hold about as much as so many would; but no less than the floors, below
// which transactions and fetches cost more than they carry.
const (
	tasksAtFull = 8
	batchFloor  = 500
	fetchFloor  = 64 << 10
)

// shared returns the limits of one of so many tasks.
func (l Limits) shared(tasks int) Limits {
	if tasks <= tasksAtFull {
		return l
	}
	l.BatchRecords = min(l.BatchRecords, max(l.BatchRecords*tasksAtFull/tasks, batchFloor))
	l.FetchBytes = min(l.FetchBytes, max(l.FetchBytes*tasksAtFull/int32(tasks), fetchFloor))
	return l
}

// TaskState is where a task stands.
type TaskState int32

// The states of a task, in the order it goes through them.
const (
	TaskTakingOver TaskState = iota
	TaskRestoring
	TaskFirstStart // running, and holding back what only a complete reading may allow
	TaskRunning
	TaskStopped
	TaskWaiting // for the broker or the schema registry to come back
)

// String names the state as readiness and logs show it.
func (s TaskState) String() string {
	return [...]string{"taking over", "restoring", "first start", "running", "stopped", "waiting for the broker or the schema registry"}[s]
}

// Task is partition p of every input and internal topic, owned by this instance
// for one generation of the group.
type Task struct {
	config     *TaskConfig
	partition  int32
	generation *kafka.Generation
	logger     *slog.Logger
	state      atomic.Int32
	restorer   *restorer

	producer  Producer
	stepper   *stepper
	steps     [2]*Step
	next      int // which of steps is computed next
	feeds     *feeds
	positions map[kafka.TopicPartition]int64 // next offset of what is computed
	marks     *marks
	first     *firstStart
	sweep     *sweep
	deadlines deadlines
	pending   pending
	backlog   []*kafka.Fetched // fetched of the bulk topics and not yet taken
	refeed    bool             // the feeds are to begin anew at the positions
	meta      []Put            // to be written by the next step
	lag       lag
	overdue   overdue
	held      held
	unread    unread
	changelog int64   // position in the changelog of what is applied
	order     []int32 // of what is applied; kept for its memory
}

// NewTask returns a task of a generation; Run starts it.
func NewTask(config *TaskConfig, partition int32, generation *kafka.Generation) *Task {
	logger := config.Logger.With("task", partition)
	return &Task{
		config: config, partition: partition, generation: generation,
		logger:   logger,
		restorer: newRestorer(config, partition, logger),
		stepper:  newStepper(&config.Step, partition),
		steps:    [2]*Step{newStep(), newStep()},
	}
}

// Partition returns the partition the task owns.
func (t *Task) Partition() int32 { return t.partition }

// State returns where the task stands.
func (t *Task) State() TaskState { return TaskState(t.state.Load()) }

// Restored returns how far the restore of the task is, or how far it went.
func (t *Task) Restored() Progress { return t.restorer.progress.see(t.config.elapsed()) }

func (t *Task) enter(s TaskState) {
	if TaskState(t.state.Swap(int32(s))) != s {
		t.logger.Info("task", "state", s.String())
	}
}

// transactionalID is the same for every owner of the task, so that taking over
// fences the one before.
func (t *Task) transactionalID() string {
	return fmt.Sprintf("%s-%d", t.config.Group, t.partition)
}

// Run owns the task until ctx ends, and returns nil then. Otherwise it returns
// why it stopped: kafka.ErrGenerationOver, kafka.ErrFenced, what kafka.Retriable
// says time mends, or what a person must mend.
func (t *Task) Run(ctx context.Context) error {
	defer t.enter(TaskStopped)
	defer t.endReading()
	t.enter(TaskTakingOver)
	producer, err := t.takeOver(ctx)
	if err != nil {
		return t.ended(ctx, err)
	}
	t.producer = producer
	for {
		if err := t.resume(ctx); err != nil {
			return t.ended(ctx, err)
		}
		err := t.process(ctx)
		if err = t.settle(ctx, err); err != nil || ctx.Err() != nil {
			return t.ended(ctx, err)
		}
		t.logger.Warn("task: going back to what is committed")
	}
}

// settle returns nil where the task can go on from what is committed: after a
// reset, after an outcome that was unknown and is settled now, and a while after
// the schema registry did not answer.
func (t *Task) settle(ctx context.Context, err error) error {
	switch {
	case err == nil, errors.Is(err, kafka.ErrReset):
		return nil
	case errors.Is(err, schemas.ErrRegistryUnavailable):
		t.enter(TaskWaiting)
		t.logger.Warn("task: the schema registry is away", "reason", err)
		_ = pause(ctx, time.Second)
		return nil
	case !kafka.Retriable(err):
		return err
	}
	t.enter(TaskWaiting)
	t.logger.Warn("task: the broker is away", "reason", err)
	for ctx.Err() == nil {
		if err = t.producer.Reset(ctx); err == nil || !kafka.Retriable(err) {
			return err
		}
		_ = pause(ctx, time.Second)
	}
	return nil
}

func (t *Task) takeOver(ctx context.Context) (Producer, error) {
	producer, err := t.config.Broker.TakeOver(ctx, t.transactionalID(), t.config.Limits.TransactionTimeout)
	if err != nil {
		return nil, fmt.Errorf("take over task %d: %w", t.partition, err)
	}
	return producer, nil
}

// ended turns an error into nil where ctx has ended anyway.
func (t *Task) ended(ctx context.Context, err error) error {
	select {
	case <-ctx.Done():
		return nil
	default:
		return err
	}
}

// process computes one step after the other. While one commits, the next is
// computed on top of it; at most one transaction is in flight.
func (t *Task) process(ctx context.Context) (err error) {
	t.feeds = t.startFeeds(ctx)
	defer func() { t.stopFeeds() }()
	t.backlog, t.refeed = nil, false
	var inFlight *commit
	defer func() { err = t.abandon(inFlight, err) }()
	for ctx.Err() == nil {
		b, err := t.gather(ctx, inFlight)
		if err != nil {
			return err
		}
		if inFlight, err = t.turn(b, inFlight); err != nil {
			return err
		}
		if t.refeed { // from behind the backlog of the first start
			t.stopFeeds()
			t.feeds, t.backlog, t.refeed = t.startFeeds(ctx), nil, false
		}
	}
	last := inFlight
	inFlight = nil
	_, err = t.finish(last)
	return err
}

// turn computes a step on top of the one in flight, beginning with a batch, waits
// for that one and sends the new one on its way. No batch means that nothing came
// in time: then it only waits. What it returns is in flight, also beside an error.
func (t *Task) turn(b *batch, inFlight *commit) (*commit, error) {
	if b == nil {
		return t.finish(inFlight)
	}
	step := t.steps[t.next]
	if err := t.compute(step, b, inFlight); err != nil {
		return inFlight, err
	}
	if err := t.fill(step, b, inFlight); err != nil {
		return inFlight, err
	}
	if inFlight, err := t.finish(inFlight); err != nil {
		return inFlight, err
	}
	if step.Empty() {
		return nil, t.tidy(step)
	}
	t.next = 1 - t.next
	return t.start(step), nil
}

// tidy drops the index entries that a step without records found to be stale:
// they are nobody's business but this store's, and need no transaction.
func (t *Task) tidy(step *Step) error {
	if len(step.Stale) == 0 {
		return nil
	}
	return t.apply(step, kafka.Committed{})
}

// compute begins a step with a batch, on the store and the step in flight.
func (t *Task) compute(step *Step, b *batch, inFlight *commit) error {
	step.reset()
	return t.extend(step, b, inFlight)
}

// extend computes a batch on top of what a step holds already.
func (t *Task) extend(step *Step, b *batch, inFlight *commit) error {
	s := t.stepper
	s.view = view{store: t.config.Store, reader: t.config.Store.NewReader(t.partition)}
	defer s.view.reader.Close()
	if inFlight != nil {
		s.view.inFlight = inFlight.step
	}
	if err := s.extend(step, b); err != nil {
		return fmt.Errorf("task %d: %w", t.partition, err)
	}
	t.pending.into(step, t.config.elapsed())
	for tp, next := range step.Positions {
		t.positions[tp] = next
	}
	if s.reading.over() {
		t.endReading()
		t.refeed = true
	}
	return nil
}

// now is the present of the task's clock.
func (t *Task) now() state.Instant { return t.config.Clock.Now() }
