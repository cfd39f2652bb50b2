package main

import (
	"context"
	"errors"
	"time"

	"consentstream/processor/kafka"
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
	var partitions []kafka.TopicPartition
	for _, topic := range topics {
		for p := range s.bench.partitions {
			partitions = append(partitions, kafka.TopicPartition{Topic: topic, Partition: p})
		}
	}
	ends, err := s.client.EndOffsets(ctx, partitions, true)
	if err != nil {
		return nil, err
	}
	committed, err := s.client.CommittedOffsets(ctx, s.group, partitions)
	if err != nil {
		return nil, err
	}
	tasks := make(lag, s.bench.partitions)
	for tp, end := range ends {
		tasks[tp.Partition] += end - max(committed[tp], 0)
	}
	return tasks, nil
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
		if err := errors.Join(p.alive(), pause(ctx, samplePause)); err != nil {
			return catchUp{}, err
		}
	}
}
