package processor

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"consentstream/processor/kafka"
	"consentstream/state"
	"consentstream/state/codec"
	"consentstream/state/store"
)

// restorer brings the store of one task to where its changelog is. The owner of the
// task does so before it processes, a standby all the time.
type restorer struct {
	config    *TaskConfig
	partition int32
	logger    *slog.Logger
	progress  progress
	// copies: what is restored is a second copy, which makes way for tasks that wait
	// for their store.
	copies bool
}

func newRestorer(config *TaskConfig, partition int32, logger *slog.Logger) *restorer {
	return &restorer{config: config, partition: partition, logger: logger}
}

// changelog is the partition that the store is a copy of.
func (r *restorer) changelog() kafka.TopicPartition {
	return kafka.TopicPartition{Topic: r.config.Step.Topics.Changelog, Partition: r.partition}
}

// checkChangelog refuses a store that was filled from another changelog of the
// same name: the store's position means nothing in this one, and what only the
// old one held is gone.
func (r *restorer) checkChangelog() error {
	stored, err := r.config.Store.Meta(r.partition, metaChangelogID)
	if err != nil {
		return err
	}
	id := r.config.TopicIDs[r.config.Step.Topics.Changelog]
	if len(stored) != len(id) || id.Same(kafka.TopicID(stored)) {
		return nil
	}
	return fmt.Errorf("the store was filled from another topic %s (id %s; now it is %s): it was deleted and created again, and what was not in a store is lost. %s",
		r.config.Step.Topics.Changelog, kafka.TopicID(stored), id, beginAnew)
}

// noteChangelog remembers the changelog that the store is filled from. It comes
// before the first position, so there is never a position without it.
func (r *restorer) noteChangelog() error {
	id := r.config.TopicIDs[r.config.Step.Topics.Changelog]
	if id == (kafka.TopicID{}) {
		return nil
	}
	b := r.config.Store.NewBatch()
	defer b.Close()
	b.PutMeta(r.partition, metaChangelogID, id[:])
	return r.config.Store.Apply(b, false)
}

// bringForward applies what the store lacks of the changelog, and returns the
// position that it has reached. A store that is missing, too old or below the
// start of the log is read anew from the whole changelog, so that a tombstone it
// has missed cannot bring an erased person back.
func (r *restorer) bringForward(ctx context.Context) (int64, error) {
	from, end, err := r.begin(ctx)
	if err != nil {
		return 0, err
	}
	r.progress.begin(from, end)
	pace, release, err := r.config.restores.admit(ctx, end-from, r.copies)
	if err != nil {
		return 0, err
	}
	defer release()
	r.progress.start(r.config.elapsed())
	if from == end { // as good as new: say so, or a quiet task is read anew one day
		err = r.apply(r.config.Store.NewLoad(r.partition), from)
	} else {
		from, err = r.read(ctx, from, end, pace)
	}
	if err != nil {
		return 0, err
	}
	r.progress.finish(r.config.elapsed())
	if done := r.progress.see(r.config.elapsed()); done.Records > 0 {
		r.logger.Info("task: restored", "records", done.Records, "bytes", done.Bytes, "took", done.Took())
	}
	return from, nil
}

// begin returns the changelog position from which the store lacks records, and
// the end of the changelog. A store that is not to be trusted is emptied.
func (r *restorer) begin(ctx context.Context) (from, end int64, err error) {
	tp := r.changelog()
	starts, err := r.config.Broker.StartOffsets(ctx, []kafka.TopicPartition{tp})
	if err != nil {
		return 0, 0, err
	}
	ends, err := r.config.Broker.EndOffsets(ctx, []kafka.TopicPartition{tp}, false)
	if err != nil {
		return 0, 0, err
	}
	if err := r.checkChangelog(); err != nil {
		return 0, 0, err
	}
	if err := r.checkWhole(ctx, starts[tp]); err != nil {
		return 0, 0, err
	}
	if from, err = r.trusted(starts[tp], ends[tp]); err != nil {
		return 0, 0, err
	}
	return from, ends[tp], r.noteChangelog()
}

// trusted returns the changelog position from which the store lacks records. A
// store that is not to be trusted is emptied.
func (r *restorer) trusted(start, end int64) (int64, error) {
	from, anew, err := r.lacks(start, end)
	if err != nil || !anew {
		return from, err
	}
	if end > start {
		r.logger.Info("task: nothing is stored, or it is older than the changelog's tombstones: reading the whole changelog")
	}
	return from, r.config.Store.DropPartition(r.partition)
}

// lacks returns the changelog position from which the store lacks records, and
// whether it must be read anew from the start instead.
func (r *restorer) lacks(start, end int64) (from int64, anew bool, err error) {
	positions, err := r.config.Store.Positions(r.partition)
	if err != nil {
		return 0, false, err
	}
	at, ok := positions[positionChangelog]
	age := r.config.Clock.Now() - state.Instant(positions[positionAppliedAt])
	switch {
	case !ok:
		return start, true, nil
	case at > end:
		return 0, false, fmt.Errorf("the store is at offset %d of %s, which ends at %d: the topic was deleted and created again, or has lost records. %s", at, r.changelog(), end, beginAnew)
	case at == end: // whatever its age: nothing was written since
		return at, false, nil
	case at < start, age > state.Instant(r.config.Limits.TombstonesKept.Milliseconds()), age < -clockTurnedBack:
		return start, true, nil
	}
	return at, false, nil
}

// clockTurnedBack is by how much, in ms, a store may be of the future: clocks are put
// right. Beyond that the clock was wrong then or is now, and its age is not known.
const clockTurnedBack = hour

// tellEvery is how often the log tells how far a restore is.
const tellEvery = 5 * time.Second

// read applies the changelog from one position up to another, or somewhat further,
// and returns how far it came. The next fetch is under way while one is applied.
// What is not decided yet is waited for: the old owner is fenced, so it will be.
func (r *restorer) read(ctx context.Context, from, end int64, pace pace) (int64, error) {
	load, told := r.config.Store.NewLoad(r.partition), r.config.elapsed()
	for next := r.ahead(ctx, from, end, pace); next != nil; {
		answer := <-next
		if answer.err != nil {
			return from, answer.err
		}
		from = answer.fetched.Next
		next = r.ahead(ctx, from, end, pace)
		for i := range answer.fetched.Records {
			r.take(load, &answer.fetched.Records[i])
		}
		r.progress.took(answer.fetched)
		if load.Bytes() < pace.load && next != nil {
			continue
		}
		if err := r.apply(load, from); err != nil {
			if next != nil {
				<-next // nothing of a task is under way once it has ended
			}
			return from, err
		}
		if now := r.config.elapsed(); now.Sub(told) >= tellEvery {
			r.tell(now)
			told = now
		}
	}
	return from, nil
}

// tell logs how far the restore is.
func (r *restorer) tell(now time.Time) {
	p := r.progress.see(now)
	left, _ := p.Left()
	r.logger.Info("task: restoring", "records", p.Records, "bytes", p.Bytes, "remaining", p.Remaining, "eta", left.Round(time.Second))
}

// fetchAnswer is what a fetch under way comes to.
type fetchAnswer struct {
	fetched *kafka.Fetched
	err     error
}

// ahead sends a fetch on its way; nil where there is nothing more to fetch.
func (r *restorer) ahead(ctx context.Context, from, end int64, pace pace) <-chan fetchAnswer {
	if from >= end {
		return nil
	}
	answer := make(chan fetchAnswer, 1)
	go func() {
		f, err := r.fetch(ctx, from, pace.fetch, 100*time.Millisecond)
		answer <- fetchAnswer{f, err}
	}()
	return answer
}

// fetch fetches once; nothing after a while where the broker is away.
func (r *restorer) fetch(ctx context.Context, from int64, bytes int32, wait time.Duration) (*kafka.Fetched, error) {
	tp := r.changelog()
	fetched, err := r.config.Broker.Fetch(ctx, []kafka.Position{{TopicPartition: tp, Offset: from}},
		kafka.FetchOptions{MaxWait: wait, MaxPartitionBytes: bytes, Committed: true})
	if err != nil {
		return nil, err
	}
	f := &fetched[0]
	switch {
	case f.Err != nil && kafka.Retriable(f.Err):
		return &kafka.Fetched{TopicPartition: tp, Next: from}, pause(ctx, 100*time.Millisecond)
	case f.Err != nil:
		return nil, f.Err
	}
	return f, nil
}

// take adds one changelog record to a load. The deadline index is made from the
// contact's own timer; entries it has left are dropped when they fire.
func (r *restorer) take(load *store.Load, record *kafka.Record) {
	if record.Value == nil {
		load.Delete(record.Key)
		return
	}
	load.Put(record.Key, record.Value)
	if len(record.Key) == 0 || record.Key[0] != prefixContact {
		return
	}
	if timer := codec.Timer(record.Value); timer != state.Never {
		load.PutTimer(timer, record.Key)
	}
}

// apply writes what was taken, with the position behind it.
func (r *restorer) apply(load *store.Load, next int64) error {
	load.PutPosition(positionChangelog, next)
	load.PutPosition(positionAppliedAt, int64(r.config.Clock.Now()))
	if err := load.Apply(); err != nil {
		return err
	}
	r.progress.reach(next)
	return nil
}
