package processor

import (
	"context"
	"fmt"
	"time"

	"consentstream/processor/kafka"
	"consentstream/state"
)

// tick is how often a task looks at its deadlines when nothing else comes.
const tick = 50 * time.Millisecond

// gather waits for something to do and returns the batch that the next step
// begins with; nil when nothing came within a tick, so that a step in flight can
// be finished.
//
// The lane goes first and whole; what fits of the rest comes after it.
func (t *Task) gather(ctx context.Context, inFlight *commit) (*batch, error) {
	b := &batch{now: t.now()}
	if err := t.awaitInput(ctx, b, inFlight); err != nil {
		return nil, err
	}
	return t.complete(ctx, b)
}

// complete adds to the records of a batch what else is to be done; nil when
// there is nothing at all.
func (t *Task) complete(ctx context.Context, b *batch) (*batch, error) {
	t.stepper.reading.takeIdle(b)
	t.pending.takeIdle(b, t.config.elapsed())
	if err := t.stepper.reading.sort(); err != nil {
		return nil, fmt.Errorf("task %d: %w", t.partition, err)
	}
	t.addSorted(b)
	b.meta, t.meta = t.meta, nil
	t.watch(ctx)
	b.phase = t.phase()
	if err := t.overdue.look(t, b.now); err != nil {
		return nil, err
	}
	if err := t.addDeadlines(b); err != nil {
		return nil, err
	}
	if err := t.addSweep(b); err != nil {
		return nil, err
	}
	if len(b.fetched) == 0 && len(b.due) == 0 && len(b.sweep) == 0 && len(b.meta) == 0 && b.sorted == 0 && !t.pending.overdue(t.config.elapsed()) {
		return nil, nil
	}
	return b, nil
}

// awaitInput takes what the feeds have, waiting up to a tick where there is
// nothing else to do. While a step is in flight, less than a slice waits for its
// end: computed now it would be committed no sooner, and without what comes
// meanwhile.
func (t *Task) awaitInput(ctx context.Context, b *batch, inFlight *commit) error {
	wait := time.NewTimer(tick)
	defer wait.Stop()
	for {
		t.takeReady(b)
		if t.worthwhile(b, inFlight) || t.stepper.reading.folds() || t.sweep.busy() {
			return nil
		}
		select {
		case err := <-t.feeds.failed:
			return err
		case <-ctx.Done():
			return nil
		case <-inFlight.over():
			return nil
		case <-wait.C:
			return nil
		case f := <-t.feeds.lane:
			t.take(b, f)
		case f := <-t.feeds.bulk:
			t.backlog = appendChunks(t.backlog, f)
		}
	}
}

// worthwhile reports whether a batch is enough to be computed now.
func (t *Task) worthwhile(b *batch, inFlight *commit) bool {
	if inFlight.committing() {
		return records(b.fetched) >= t.slice()
	}
	return len(b.fetched) > 0
}

// takeReady takes what lies ready without waiting: the lane, and of the rest what
// one slice holds.
func (t *Task) takeReady(b *batch) {
	t.takeLane(b)
	t.drawBulk()
	t.takeBacklog(b)
}

// takeLane takes what the lane has, about as much as a step holds.
func (t *Task) takeLane(b *batch) {
	for taken := ready(t.feeds.lane); taken != nil; taken = ready(t.feeds.lane) {
		if t.take(b, taken); records(b.fetched) >= t.config.Limits.BatchRecords {
			return
		}
	}
}

// drawBulk has a slice of the bulk topics at hand, where there is one.
func (t *Task) drawBulk() {
	for records(t.backlog) < t.slice() {
		taken := ready(t.feeds.bulk)
		if taken == nil {
			return
		}
		t.backlog = appendChunks(t.backlog, taken)
	}
}

// ready returns what a feed has to hand over, nil when it has nothing yet.
func ready(feed <-chan []kafka.Fetched) []kafka.Fetched {
	select {
	case f := <-feed:
		return f
	default:
		return nil
	}
}

func records(chunks []*kafka.Fetched) (n int) {
	for _, f := range chunks {
		n += len(f.Records)
	}
	return n
}

func (t *Task) take(b *batch, fetched []kafka.Fetched) {
	b.fetched = appendChunks(b.fetched, fetched)
}

// appendChunks appends the partitions of an answer that moved.
func appendChunks(to []*kafka.Fetched, fetched []kafka.Fetched) []*kafka.Fetched {
	for i := range fetched {
		if f := &fetched[i]; f.Err == nil {
			to = append(to, f)
		}
	}
	return to
}

// takeBacklog takes what fits into one slice of the rest.
func (t *Task) takeBacklog(b *batch) {
	room := t.slice() - records(b.fetched)
	if t.stepper.reading.folds() {
		return // what lies behind the backlog comes after it
	}
	for len(t.backlog) > 0 && room > 0 {
		f := t.backlog[0]
		if len(f.Records) <= room {
			b.fetched = append(b.fetched, f)
			t.backlog = t.backlog[1:]
			room -= len(f.Records)
			continue
		}
		head := *f
		head.Records, head.Next = f.Records[:room], f.Records[room].Offset
		f.Records = f.Records[room:]
		b.fetched = append(b.fetched, &head)
		room = 0
	}
}

// phase tells what may be published now.
func (t *Task) phase() phase {
	p := phase{
		firstStart: t.first != nil, laneReadUpTo: state.Unset, allReadUpTo: state.Unset,
		laneWaits: t.laneWaits(),
	}
	if t.first == nil {
		p.laneReadUpTo, p.allReadUpTo = t.marks.lane.readUpTo, t.marks.all.readUpTo
	}
	return p
}

// laneWaits reports whether what may be an objection cannot be read just now.
func (t *Task) laneWaits() bool {
	lane := t.config.Step.Topics.Lane()
	return t.held.any(lane) || t.unread.any(t, lane)
}

// addDeadlines adds the deadlines that have come, as many as one step may hold.
// Those that must wait for more input are passed over until a mark moves. All
// wait for the net of a first start: that tells what the inputs say, and a
// deadline only what it has moved since.
func (t *Task) addDeadlines(b *batch) error {
	if t.first != nil || t.sweep.firstNet() {
		return nil
	}
	return t.deadlines.due(t, b)
}

// addSweep adds contacts to look at whatever happened to them.
func (t *Task) addSweep(b *batch) error {
	if !t.sweep.busy() {
		return nil
	}
	return t.sweep.next(t, b)
}

// watch moves the first start and the marks along with the positions.
func (t *Task) watch(ctx context.Context) {
	if t.first != nil || t.sweep.firstNet() {
		t.marks.want(t.now()) // for the deadlines that pass meanwhile
	}
	t.marks.update(ctx, t.positions)
	if t.first == nil || !t.first.over(ctx, t.positions) {
		return
	}
	t.logger.Info("task: the inputs are read, publishing the net of the first start")
	t.first = nil
	t.sweep.begin(state.CauseReplay, Put{Key: firstStartKey, Armed: state.Never, Timer: state.Never})
}
