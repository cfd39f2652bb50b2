package main

import (
	"context"
	"errors"
	"time"

	"consentstream/deploy/internal/local"
)

// samplePause is how exactly the end of catching up is seen.
const samplePause = 100 * time.Millisecond

// lag is how many offsets are not committed, by task.
type lag []int64

func (l lag) sum() (n int64) {
	for _, task := range l {
		n += task
	}
	return n
}

// least is the lag of the task that is nearest to its end.
func (l lag) least() int64 {
	n := l[0]
	for _, task := range l {
		n = min(n, task)
	}
	return n
}

// behind asks what of some topics is not committed.
func (s *stage) behind(ctx context.Context, topics []string) (lag, error) {
	return local.Behind(ctx, s.client, s.group, topics, s.bench.partitions)
}

// left is how much is not committed at all.
func (s *stage) left(ctx context.Context) (int64, error) {
	tasks, err := s.behind(ctx, s.topics.Consumed())
	return tasks.sum(), err
}

// drain waits until everything is committed, and measures how fast that goes from
// now on. Afterwards every answer about an address has come too, since the topics
// that carry them are among those that are read.
func (s *stage) drain(ctx context.Context, p *program) (catchUp, error) {
	begin := time.Now()
	first, err := s.left(ctx)
	for left := first; ; left, err = s.left(ctx) {
		if err != nil || left == 0 {
			return catchUp{first, time.Since(begin)}, err
		}
		if err := errors.Join(p.Alive(), local.Pause(ctx, samplePause)); err != nil {
			return catchUp{}, err
		}
	}
}
