package kafka

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/segmentio/kafka-go/protocol/produce"
)

// produceWait is how long a broker may wait for its followers.
const produceWait = 10 * time.Second

// sender brings the batches of one producer to their leaders: one batch per
// partition at a time, in order, all partitions in parallel.
type sender struct {
	client        *Client
	encoder       encoder
	transactional string                   // id, "" for a producer without transactions
	sequence      map[TopicPartition]int32 // next number, by partition; moves on as batches are answered

	queues    map[TopicPartition][]encoded
	done      Committed
	uncertain map[TopicPartition]struct{} // batches that were sent and may or may not be in the log
}

// newSender encodes records, which keep their order within a partition.
func newSender(c *Client, e encoder, transactional string, sequence map[TopicPartition]int32, records []OutRecord) (*sender, error) {
	s := &sender{
		client: c, encoder: e, transactional: transactional, sequence: sequence,
		queues: map[TopicPartition][]encoded{}, uncertain: map[TopicPartition]struct{}{},
		done: Committed{BaseOffsets: map[TopicPartition]int64{}, LastOffsets: map[TopicPartition]int64{}},
	}
	for _, run := range partitionRecords(records) {
		if err := s.enqueue(run[0].at(), run); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// partitionRecords groups records by partition and keeps their order.
func partitionRecords(records []OutRecord) [][]*OutRecord {
	var groups [][]*OutRecord
	known := map[TopicPartition]int{}
	current := -1
	for i := range records {
		r := &records[i]
		if current < 0 || groups[current][0].at() != r.at() {
			var ok bool
			if current, ok = known[r.at()]; !ok {
				current = len(groups)
				known[r.at()] = current
				groups = append(groups, nil)
			}
		}
		groups[current] = append(groups[current], r)
	}
	return groups
}

func (s *sender) enqueue(tp TopicPartition, records []*OutRecord) error {
	sequence := s.sequence[tp]
	for _, run := range s.encoder.split(records) {
		b, err := s.encoder.encode(run, sequence)
		if err != nil {
			return fmt.Errorf("encoding %d records for %s: %w", len(run), tp, err)
		}
		s.queues[tp] = append(s.queues[tp], b)
		sequence = sequenceAfter(sequence, len(run))
	}
	return nil
}

func (s *sender) partitions() []TopicPartition { return partitionsOf(s.queues) }

// run sends until every batch is answered. An error that is not retriable ends
// it; s.uncertain then tells whether some batch may be in the log unanswered.
func (s *sender) run(ctx context.Context) error {
	return s.client.retry(ctx, func() error {
		for len(s.queues) > 0 {
			if err := s.round(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// round sends the first batch of each partition.
func (s *sender) round(ctx context.Context) error {
	tps := s.partitions()
	meta, err := s.client.meta.get(ctx, topicsOf(tps)...)
	if err != nil {
		return err
	}
	groups, lacking := byLeader(meta, tps, func(tp TopicPartition) TopicPartition { return tp })
	var errs []error
	for _, err := range lacking {
		errs = append(errs, err)
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for leader, group := range groups {
		wg.Go(func() {
			res, err := s.send(ctx, leader, group)
			mu.Lock()
			defer mu.Unlock()
			errs = append(errs, s.settle(group, res, err)...)
		})
	}
	wg.Wait()
	return s.client.worst(meta, errs)
}

func (s *sender) send(ctx context.Context, leader int32, group []TopicPartition) (*produce.Response, error) {
	req := &produceRequest{
		TransactionalID: s.transactional, Acks: -1, TimeoutMs: int32(produceWait.Milliseconds()), route: route{leader},
		Topics: byTopic(group, func(name string) produceTopic {
			return produceTopic{Name: name}
		}, func(t *produceTopic, tp TopicPartition) {
			t.Partitions = append(t.Partitions, producePartition{Partition: tp.Partition, Batch: s.queues[tp][0].bytes})
		}),
	}
	return call[*produce.Response](ctx, s.client, 0, req)
}

// settle takes what is written off the queues and returns the errors of the rest.
func (s *sender) settle(group []TopicPartition, res *produce.Response, err error) []error {
	if err != nil {
		for _, tp := range group {
			s.uncertain[tp] = struct{}{}
		}
		return []error{err}
	}
	var errs []error
	for _, t := range res.Topics {
		for _, p := range t.Partitions {
			if err := s.answered(TopicPartition{t.Topic, p.Partition}, Code(p.ErrorCode), p.BaseOffset); err != nil {
				errs = append(errs, err)
			}
		}
	}
	return errs
}

func (s *sender) answered(tp TopicPartition, code Code, offset int64) error {
	queue := s.queues[tp]
	if len(queue) == 0 {
		return &TransportError{API: "Produce", Err: fmt.Errorf("the answer names %s, to which nothing was sent", tp)}
	}
	switch {
	case code == 0:
		s.written(tp, offset)
		return nil
	case code == codeRequestTimedOut || code == codeNotEnoughAfterAppend:
		s.uncertain[tp] = struct{}{} // written on the leader, perhaps not kept
	case (code == codeMessageTooLarge || code == codeRecordListTooLarge) && len(queue[0].records) > 1:
		return s.halve(tp)
	}
	return answer("Produce", tp.String(), int16(code))
}

func (s *sender) written(tp TopicPartition, offset int64) {
	queue := s.queues[tp]
	if _, ok := s.done.BaseOffsets[tp]; !ok {
		s.done.BaseOffsets[tp] = offset
	}
	s.done.LastOffsets[tp] = offset + int64(len(queue[0].records)) - 1
	delete(s.uncertain, tp)
	s.sequence[tp] = sequenceAfter(s.sequence[tp], len(queue[0].records))
	if len(queue) == 1 {
		delete(s.queues, tp)
	} else {
		s.queues[tp] = queue[1:]
	}
}

// halve cuts a batch that the topic refuses as too large in two. The refusal
// says that nothing of it was written, so other bytes may take its numbers.
func (s *sender) halve(tp TopicPartition) error {
	queue := s.queues[tp]
	whole := queue[0].records
	half := len(whole) / 2
	first, err := s.encoder.encode(whole[:half], s.sequence[tp])
	if err != nil {
		return err
	}
	second, err := s.encoder.encode(whole[half:], sequenceAfter(s.sequence[tp], half))
	if err != nil {
		return err
	}
	s.queues[tp] = append([]encoded{first, second}, queue[1:]...)
	return nil
}

// Committed tells where records were written.
type Committed struct {
	// BaseOffsets and LastOffsets are the offsets of the first and the last
	// record of each partition. In between lies nothing else where one
	// producer alone writes to the partition.
	BaseOffsets, LastOffsets map[TopicPartition]int64
}
