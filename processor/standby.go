package processor

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"consentstream/processor/kafka"
)

// StandbyState is where the copy of a task stands.
type StandbyState int32

// The states of a standby.
const (
	StandbyRestoring StandbyState = iota
	StandbyFollowing              // at the end of the changelog, or just behind it
	StandbyWaiting                // for the broker to come back
	StandbyFailed                 // a person must mend what the log says; it is tried again now and then
)

// String names the state as readiness and logs show it.
func (s StandbyState) String() string {
	return [...]string{"restoring", "following", "waiting for the broker", "failed"}[s]
}

// Standby keeps a second copy of the state of a task that another instance owns: it
// applies the changelog as it grows, what is committed of it alone. When this
// instance comes to own the task, its store lacks the last moments and no more.
//
// It fences nobody, joins no transaction and answers no questions: until the task
// is owned, its copy may be behind.
type Standby struct {
	partition int32
	restorer  *restorer
	logger    *slog.Logger
	state     atomic.Int32
	lag       atomic.Int64 // changelog offsets
}

func newStandby(config *TaskConfig, partition int32) *Standby {
	logger := config.Logger.With("standby", partition)
	s := &Standby{partition: partition, restorer: newRestorer(config, partition, logger), logger: logger}
	s.restorer.copies = true
	return s
}

// Partition returns the partition of the task.
func (s *Standby) Partition() int32 { return s.partition }

// State returns where the copy stands.
func (s *Standby) State() StandbyState { return StandbyState(s.state.Load()) }

// Lag returns how many changelog offsets the copy is behind, as far as the last
// answer of the broker tells.
func (s *Standby) Lag() int64 {
	if s.State() == StandbyRestoring {
		return s.Restored().Remaining
	}
	return s.lag.Load()
}

// Restored returns how far the copy is restored.
func (s *Standby) Restored() Progress {
	return s.restorer.progress.see(s.restorer.config.elapsed())
}

func (s *Standby) enter(state StandbyState) {
	if StandbyState(s.state.Swap(int32(state))) != state {
		s.logger.Info("standby", "copy", state.String())
	}
}

// standbyPause is how long a copy waits that cannot be kept: the disk may have room
// again, or whatever it is be mended.
const standbyPause = 30 * time.Second

// run keeps the copy until ctx ends. What stops it stops nothing else: the task has
// an owner, and a copy that cannot be kept is told by state and log.
func (s *Standby) run(ctx context.Context) {
	for ctx.Err() == nil {
		err := s.follow(ctx)
		switch {
		case ctx.Err() != nil:
		case kafka.Retriable(err):
			s.enter(StandbyWaiting)
			s.logger.Warn("standby: the broker is away", "reason", err)
			_ = pause(ctx, time.Second)
		default:
			s.enter(StandbyFailed)
			s.logger.Error("standby: the copy cannot be kept", "reason", err)
			_ = pause(ctx, standbyPause)
		}
	}
}

// follow brings the copy forward and applies what comes after, until ctx ends.
func (s *Standby) follow(ctx context.Context) error {
	s.enter(StandbyRestoring)
	at, err := s.restorer.bringForward(ctx)
	if err != nil {
		return err
	}
	s.lag.Store(0)
	s.enter(StandbyFollowing)
	r, load := s.restorer, s.restorer.config.Store.NewLoad(s.partition)
	for fresh := r.config.elapsed(); ; {
		f, err := r.fetch(ctx, at, tailPace.fetch, r.config.Limits.FetchWait)
		if err != nil {
			return err
		}
		atEnd := f.HighWatermark >= 0 && f.Next >= f.HighWatermark
		now := r.config.elapsed()
		// At the end nothing can have been missed: the copy stays as good as new,
		// also of a task where nothing happens for days.
		if f.Next > at || atEnd && now.Sub(fresh) >= r.config.Limits.TombstonesKept/staysFresh {
			for i := range f.Records {
				r.take(load, &f.Records[i])
			}
			if err := r.apply(load, f.Next); err != nil {
				return err
			}
			at, fresh = f.Next, now
		}
		if f.HighWatermark >= 0 {
			s.lag.Store(max(f.HighWatermark-at, 0))
		}
	}
}

// staysFresh is how often a copy says that it is complete, in the time after which
// it would not be trusted any more.
const staysFresh = 24
