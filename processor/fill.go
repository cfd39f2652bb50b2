package processor

import (
	"time"
)

// A step is computed in slices: what comes of the lane meanwhile waits for the
// slice at hand, and then goes into the same transaction.
const (
	// sliceRecords is how many records of the bulk topics are computed at once.
	sliceRecords = 250
	// stepTime is how long a step is filled. Longer steps do not get through much
	// more, take longer to commit, and an unsubscribe may come just behind one.
	stepTime = 250 * time.Millisecond
)

// slice is how many records of the bulk topics are computed at once.
func (t *Task) slice() int { return min(sliceRecords, t.config.Limits.BatchRecords) }

// addSorted adds a slice of the sorted backlog of a first start.
func (t *Task) addSorted(b *batch) {
	if t.stepper.reading.folds() {
		b.sorted = t.slice()
	}
}

// filling is a step on its way from its first slice to its last.
type filling struct {
	begun time.Time
	held  int // records, those of a sorted backlog too
}

// enough reports whether a transaction should not hold more.
func (f *filling) enough(t *Task) bool {
	return f.held >= t.config.Limits.BatchRecords || t.config.elapsed().Sub(f.begun) >= stepTime
}

// fill adds slices to a step until it is sent. That is when the one in flight is
// committed and the broker takes another, and this one is urgent, as large as a
// transaction should be, or all there is. The lane is added to a large one too.
//
// Deadlines and sweeps come at the beginning of a step only: they look for
// contacts in the store, where those of this step are not yet.
func (t *Task) fill(step *Step, first *batch, inFlight *commit) error {
	f := &filling{begun: t.config.elapsed(), held: records(first.fetched) + first.sorted}
	for !t.filled(f, step, inFlight) {
		b := t.nextSlice(f, inFlight)
		if b.empty() {
			if !inFlight.committing() && len(t.backlog) == 0 {
				return nil
			}
			continue
		}
		b.now, b.phase = t.now(), first.phase
		f.held += records(b.fetched) + b.sorted
		if err := t.extend(step, b, inFlight); err != nil {
			return err
		}
	}
	return nil
}

// filled reports whether a step is to be sent now. Once the backlog of a first
// start is taken, the feeds begin anew, and what they hold is of no use.
func (t *Task) filled(f *filling, step *Step, inFlight *commit) bool {
	if t.feeds == nil || t.refeed {
		return true
	}
	return !inFlight.committing() && (step.urgent || step.Empty() || f.enough(t))
}

// nextSlice takes what is worth being computed now: of the lane anything, of the
// rest a whole slice while the step before still commits. Where that is nothing,
// it waits for a change.
func (t *Task) nextSlice(f *filling, inFlight *commit) *batch {
	b := &batch{}
	committing, full := inFlight.committing(), f.enough(t)
	if f.held < 2*t.config.Limits.BatchRecords {
		t.takeLane(b)
	}
	if !full {
		t.drawBulk()
		t.addSorted(b)
	}
	if !full && (!committing || records(t.backlog) >= t.slice()) {
		t.takeBacklog(b)
	}
	if b.empty() && committing {
		t.awaitChange(b, f, inFlight)
	}
	t.stepper.reading.takeIdle(b)
	t.pending.takeIdle(b, t.config.elapsed())
	return b
}

// awaitChange waits for the end of the step in flight, or for something to read.
// A step that is full takes nothing but the lane, and where the broker does not
// come to commit, in the end not even that.
func (t *Task) awaitChange(b *batch, f *filling, inFlight *commit) {
	lane, bulk := t.feeds.lane, t.feeds.bulk
	if f.enough(t) {
		bulk = nil
	}
	if f.held >= 2*t.config.Limits.BatchRecords {
		lane = nil
	}
	select {
	case <-inFlight.over():
	case fetched := <-lane:
		t.take(b, fetched)
	case fetched := <-bulk:
		t.backlog = appendChunks(t.backlog, fetched)
	}
}

// empty reports whether nothing was read.
func (b *batch) empty() bool { return len(b.fetched) == 0 && b.sorted == 0 }
