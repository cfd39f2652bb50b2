package kafka

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/segmentio/kafka-go/protocol/listoffsets"
	"github.com/segmentio/kafka-go/protocol/offsetcommit"
)

// Timestamps by which ListOffsets names the ends of a log.
const (
	latestOffset   int64 = -1
	earliestOffset int64 = -2
)

// EndOffsets returns the ends of the partitions: the last stable offset if
// committed, which is where a read_committed reader can get to now, else the
// high watermark.
func (c *Client) EndOffsets(ctx context.Context, tps []TopicPartition, committed bool) (map[TopicPartition]int64, error) {
	isolation := int8(0)
	if committed {
		isolation = 1
	}
	return c.listOffsets(ctx, tps, latestOffset, isolation)
}

// HighWatermarks returns the ends of the partitions as replicated, transactions
// that are still open included.
func (c *Client) HighWatermarks(ctx context.Context, tps []TopicPartition) (map[TopicPartition]int64, error) {
	return c.listOffsets(ctx, tps, latestOffset, 0)
}

// StartOffsets returns the first offsets that the partitions still keep.
func (c *Client) StartOffsets(ctx context.Context, tps []TopicPartition) (map[TopicPartition]int64, error) {
	return c.listOffsets(ctx, tps, earliestOffset, 0)
}

// listOffsets asks for each partition once, however often it is named: brokers
// refuse a request that names one twice.
func (c *Client) listOffsets(ctx context.Context, tps []TopicPartition, at int64, isolation int8) (map[TopicPartition]int64, error) {
	found := make(map[TopicPartition]int64, len(tps))
	err := c.retry(ctx, func() error {
		var missing []TopicPartition
		asked := make(map[TopicPartition]bool, len(tps))
		for _, tp := range tps {
			if _, ok := found[tp]; !ok && !asked[tp] {
				asked[tp] = true
				missing = append(missing, tp)
			}
		}
		return c.listOffsetsOnce(ctx, missing, at, isolation, found)
	})
	if err != nil {
		return nil, fmt.Errorf("asking for the ends of partitions: %w", err)
	}
	return found, nil
}

// listOffsetsOnce adds what it learns to found and returns one of the errors
// of the others.
func (c *Client) listOffsetsOnce(ctx context.Context, tps []TopicPartition, at int64, isolation int8, found map[TopicPartition]int64) error {
	meta, err := c.meta.get(ctx, topicsOf(tps)...)
	if err != nil {
		return err
	}
	groups, lacking := byLeader(meta, tps, func(tp TopicPartition) TopicPartition { return tp })
	var mu sync.Mutex
	var errs []error
	for _, err := range lacking {
		errs = append(errs, err)
	}
	var wg sync.WaitGroup
	for leader, group := range groups {
		wg.Go(func() {
			offsets, err := c.listOffsetsFrom(ctx, leader, group, at, isolation)
			mu.Lock()
			defer mu.Unlock()
			for tp, offset := range offsets {
				found[tp] = offset
			}
			if err != nil {
				errs = append(errs, err)
			}
		})
	}
	wg.Wait()
	return c.worst(meta, errs)
}

// worst picks the error that decides: one that no repetition cures goes before
// those that pass. Where a leader may have moved, metadata is asked for again.
func (c *Client) worst(meta *metadata, errs []error) error {
	var worst error
	for _, err := range errs {
		if leaderMoved(err) {
			c.meta.stale(meta)
		}
		if worst == nil || !Retriable(err) {
			worst = err
		}
	}
	return worst
}

func (c *Client) listOffsetsFrom(ctx context.Context, leader int32, tps []TopicPartition, at int64, isolation int8) (map[TopicPartition]int64, error) {
	req := &listOffsetsRequest{ReplicaID: -1, IsolationLevel: isolation, route: route{leader}}
	req.Topics = byTopic(tps, func(name string) listoffsets.RequestTopic {
		return listoffsets.RequestTopic{Topic: name}
	}, func(t *listoffsets.RequestTopic, tp TopicPartition) {
		t.Partitions = append(t.Partitions, listoffsets.RequestPartition{Partition: tp.Partition, CurrentLeaderEpoch: -1, Timestamp: at})
	})
	res, err := call[*listoffsets.Response](ctx, c, 0, req)
	if err != nil {
		return nil, err
	}
	found := map[TopicPartition]int64{}
	var errs []error
	for _, t := range res.Topics {
		for _, p := range t.Partitions {
			tp := TopicPartition{t.Topic, p.Partition}
			if err := answer("ListOffsets", tp.String(), p.ErrorCode); err != nil {
				errs = append(errs, err)
				continue
			}
			found[tp] = p.Offset
		}
	}
	if len(errs) == 0 && len(found) < len(tps) {
		errs = append(errs, &TransportError{API: "ListOffsets", Err: errors.New("the answer lacks partitions")})
	}
	return found, c.worst(nil, errs)
}

// byTopic groups partitions under their topics, in the order they come.
func byTopic[T any](tps []TopicPartition, start func(string) T, add func(*T, TopicPartition)) []T {
	var topics []T
	index := map[string]int{}
	for _, tp := range tps {
		i, ok := index[tp.Topic]
		if !ok {
			i = len(topics)
			index[tp.Topic] = i
			topics = append(topics, start(tp.Topic))
		}
		add(&topics[i], tp)
	}
	return topics
}

// CommittedOffsets returns the offsets that the group has committed, -1 where
// it has none. It waits until no transaction that would change them is open, so
// a task calls it after TakeOver, which ends the one its previous owner left.
func (c *Client) CommittedOffsets(ctx context.Context, group string, tps []TopicPartition) (map[TopicPartition]int64, error) {
	return c.committed(ctx, group, tps, true)
}

// CommittedSoFar returns the offsets that the group has committed, -1 where it has
// none. It does not wait for transactions that are open and would change them: for
// who asks how far others are, of whom some always have one open.
func (c *Client) CommittedSoFar(ctx context.Context, group string, tps []TopicPartition) (map[TopicPartition]int64, error) {
	return c.committed(ctx, group, tps, false)
}

func (c *Client) committed(ctx context.Context, group string, tps []TopicPartition, stable bool) (map[TopicPartition]int64, error) {
	var found map[TopicPartition]int64
	err := c.retry(ctx, func() (err error) {
		found, err = c.committedOnce(ctx, group, tps, stable)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the offsets committed by group %s: %w", group, err)
	}
	return found, nil
}

func (c *Client) committedOnce(ctx context.Context, group string, tps []TopicPartition, stable bool) (map[TopicPartition]int64, error) {
	found := make(map[TopicPartition]int64, len(tps))
	for _, tp := range tps {
		found[tp] = -1
	}
	topics := byTopic(partitionsOf(found), func(name string) offsetFetchTopic {
		return offsetFetchTopic{Name: name}
	}, func(t *offsetFetchTopic, tp TopicPartition) {
		t.Partitions = append(t.Partitions, tp.Partition)
	})
	err := c.coordinators.ask(ctx, groupCoordinator(group), func(to route) error {
		res, err := call[*offsetFetchResponse](ctx, c, 0, &offsetFetchRequest{Group: group, Topics: topics, RequireStable: stable, route: to})
		if err != nil {
			return err
		}
		return res.read(group, found)
	})
	return found, err
}

func (r *offsetFetchResponse) read(group string, found map[TopicPartition]int64) error {
	if Code(r.ErrorCode) == codeGroupNotFound {
		return nil // a group that never was has committed nothing
	}
	if err := answer("OffsetFetch", "group "+group, r.ErrorCode); err != nil {
		return err
	}
	for _, t := range r.Topics {
		for _, p := range t.Partitions {
			tp := TopicPartition{t.Name, p.Partition}
			if err := answer("OffsetFetch", tp.String(), p.ErrorCode); err != nil {
				return err
			}
			found[tp] = p.Offset
		}
	}
	return nil
}

// CommitOffsets commits offsets with no transaction around them, for delivery
// at least once. gen is nil for a tool that is no member of the group, which
// brokers allow only while the group has no members.
// It returns ErrGenerationOver when the group has moved on.
func (c *Client) CommitOffsets(ctx context.Context, group string, gen *Generation, offsets map[TopicPartition]int64) error {
	if len(offsets) == 0 {
		return nil
	}
	err := c.retry(ctx, func() error { return c.commitOffsetsOnce(ctx, group, gen, offsets) })
	switch {
	case err == nil:
		return nil
	case codeOf(err).generationOver():
		return fmt.Errorf("%w: %w", ErrGenerationOver, err)
	}
	return fmt.Errorf("committing offsets of group %s: %w", group, err)
}

func (c *Client) commitOffsetsOnce(ctx context.Context, group string, gen *Generation, offsets map[TopicPartition]int64) error {
	id := gen.identity()
	req := &offsetCommitRequest{
		Group: group, GenerationID: id.generation, MemberID: id.member, InstanceID: id.instance, RetentionMs: -1,
		Topics: byTopic(partitionsOf(offsets), func(name string) offsetcommit.RequestTopic {
			return offsetcommit.RequestTopic{Name: name}
		}, func(t *offsetcommit.RequestTopic, tp TopicPartition) {
			t.Partitions = append(t.Partitions, offsetcommit.RequestPartition{
				PartitionIndex: tp.Partition, CommittedOffset: offsets[tp], CommittedLeaderEpoch: -1,
			})
		}),
	}
	return c.coordinators.ask(ctx, groupCoordinator(group), func(to route) error {
		req.route = to
		res, err := call[*offsetcommit.Response](ctx, c, 0, req)
		if err != nil {
			return err
		}
		for _, t := range res.Topics {
			for _, p := range t.Partitions {
				tp := TopicPartition{t.Name, p.PartitionIndex}
				if err := answer("OffsetCommit", tp.String(), p.ErrorCode); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
