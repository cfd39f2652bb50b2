package kafka

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/segmentio/kafka-go/protocol/addoffsetstotxn"
	"github.com/segmentio/kafka-go/protocol/addpartitionstotxn"
	"github.com/segmentio/kafka-go/protocol/endtxn"
	"github.com/segmentio/kafka-go/protocol/initproducerid"
	"github.com/segmentio/kafka-go/protocol/txnoffsetcommit"
)

// noProducer asks InitProducerID for a fresh epoch, whoever has the id now.
var noProducer = producerID{id: -1, epoch: -1}

// Transaction is what is written together or not at all. At least one of
// Records and Offsets must hold something; an empty one commits at once.
type Transaction struct {
	Records []OutRecord
	// Offsets are the next positions to read from, committed for the group
	// of Generation.
	Offsets    map[TopicPartition]int64
	Generation *Generation // nil only where Offsets is empty
}

// Producer writes transactions under one transactional id. It belongs to one
// task and is not safe for concurrent use.
type Producer struct {
	client   *Client
	id       string
	timeout  time.Duration
	producer producerID
	sequence map[TopicPartition]int32
	state    producerState
	markers  markerPace
}

type producerState uint8

const (
	ready producerState = iota
	// unsettled: a transaction may be open, committed or aborted.
	unsettled
	// fenced: another owner has the id.
	fenced
)

// TakeOver makes the caller the owner of a transactional id. The previous owner
// is fenced, and a transaction that it left open is aborted. timeout is how long
// a transaction may stay open before the broker aborts it by itself.
func (c *Client) TakeOver(ctx context.Context, transactionalID string, timeout time.Duration) (*Producer, error) {
	p := &Producer{client: c, id: transactionalID, timeout: timeout, producer: noProducer}
	if err := p.init(ctx); err != nil {
		return nil, fmt.Errorf("taking over transactional id %s: %w", transactionalID, err)
	}
	return p, nil
}

// init asks for an epoch: the first one, or with the epoch held the next one,
// which also aborts a transaction that is open.
func (p *Producer) init(ctx context.Context) error {
	return p.client.retry(ctx, func() error {
		return p.coordinator(ctx, func(to route) error {
			got, err := p.client.initProducer(ctx, to, p.id, p.timeout, p.producer)
			if err != nil {
				return err
			}
			p.producer, p.sequence, p.state = got, map[TopicPartition]int32{}, ready
			return nil
		})
	})
}

func (c *Client) initProducer(ctx context.Context, to route, id string, timeout time.Duration, held producerID) (producerID, error) {
	res, err := call[*initproducerid.Response](ctx, c, 0, &initProducerIDRequest{
		TransactionalID: id, TimeoutMs: int32(timeout.Milliseconds()), ProducerID: held.id, ProducerEpoch: held.epoch, route: to,
	})
	if err != nil {
		return noProducer, err
	}
	return producerID{res.ProducerID, res.ProducerEpoch}, answer("InitProducerId", "transactional id "+id, res.ErrorCode)
}

func (p *Producer) coordinator(ctx context.Context, f func(route) error) error {
	return p.client.coordinators.ask(ctx, txnCoordinator(p.id), f)
}

// Commit writes t and returns when it is decided. ctx is looked at before the
// first request only. See the package comment for its errors; any error other
// than the three named there leaves the Producer unsettled, and the next Commit
// settles it first, as Reset does.
func (p *Producer) Commit(ctx context.Context, t Transaction) (Committed, error) {
	if err := p.client.ended(ctx); err != nil {
		return Committed{}, err
	}
	switch p.state {
	case fenced:
		return Committed{}, ErrFenced
	case unsettled:
		return Committed{}, p.settled(p.Reset(ctx))
	}
	if len(t.Offsets) > 0 && t.Generation.over() {
		return Committed{}, ErrGenerationOver
	}
	if len(t.Records) == 0 && len(t.Offsets) == 0 {
		return Committed{}, nil
	}
	e := encoder{producer: p.producer, transactional: true, codec: p.client.cfg.Compression, maxBytes: p.client.cfg.MaxBatchBytes}
	s, err := newSender(p.client, e, p.id, p.sequence, t.Records)
	if err != nil {
		return Committed{}, err
	}
	whole := context.WithoutCancel(ctx)
	if err := p.write(whole, t, s); err != nil {
		return Committed{}, p.settle(whole, err, len(s.uncertain) > 0)
	}
	return s.done, nil
}

// write is one transaction from its first request to its last. No Produce comes
// before its partition is added: it would go into the previous transaction while
// that one still commits. Records and offsets then go their ways beside each
// other, and the end comes when both are there.
func (p *Producer) write(ctx context.Context, t Transaction, s *sender) error {
	if len(t.Records) > 0 {
		if err := p.begin(ctx, s.partitions()); err != nil {
			return err
		}
	}
	if err := p.fill(ctx, t, s); err != nil {
		return err
	}
	defer p.markers.begin()
	return p.end(ctx, true)
}

// Rest is how long the coordinator is still expected to write the markers of the
// last transaction, and to refuse the next one: whatever comes in that time may as
// well go with it. 0 or less when it is expected to take one.
func (p *Producer) Rest() time.Duration { return p.markers.left() }

// begin opens a transaction with its partitions, as soon as the markers of the
// one before are expected to be written.
func (p *Producer) begin(ctx context.Context, tps []TopicPartition) error {
	if err := pause(ctx, p.markers.left()); err != nil {
		return err
	}
	tries := 0
	err := p.client.retry(ctx, func() error {
		tries++
		return p.addPartitions(ctx, tps)
	})
	p.markers.learn(tries > 1)
	return err
}

// fill brings records and offsets into the transaction, and returns when all of
// them are answered: what follows must not meet a request under way.
func (p *Producer) fill(ctx context.Context, t Transaction, s *sender) error {
	var offsets error
	var under sync.WaitGroup
	if len(t.Offsets) > 0 {
		under.Go(func() { offsets = p.sendOffsets(ctx, t) })
	}
	records := s.run(ctx) // nothing to do where there are none
	under.Wait()
	if records == nil || codeOf(offsets).generationOver() {
		return offsets
	}
	return records
}

// sendOffsets commits the offsets as part of the transaction.
func (p *Producer) sendOffsets(ctx context.Context, t Transaction) error {
	if err := p.client.retry(ctx, func() error { return p.addOffsets(ctx, t.Generation.Group) }); err != nil {
		return err
	}
	return p.client.retry(ctx, func() error { return p.commitOffsets(ctx, t) })
}

func (p *Producer) addPartitions(ctx context.Context, tps []TopicPartition) error {
	req := &addPartitionsRequest{
		TransactionalID: p.id, ProducerID: p.producer.id, ProducerEpoch: p.producer.epoch,
		Topics: byTopic(tps, func(name string) addpartitionstotxn.RequestTopic {
			return addpartitionstotxn.RequestTopic{Name: name}
		}, func(t *addpartitionstotxn.RequestTopic, tp TopicPartition) {
			t.Partitions = append(t.Partitions, tp.Partition)
		}),
	}
	return p.coordinator(ctx, func(to route) error {
		req.route = to
		res, err := call[*addpartitionstotxn.Response](ctx, p.client, 0, req)
		if err != nil {
			return err
		}
		return p.added(res, len(tps))
	})
}

// added tells whether all partitions are part of the transaction. Where one is
// refused the good ones are not attempted; its code is the one that counts.
func (p *Producer) added(res *addpartitionstotxn.Response, want int) error {
	var errs []error
	for _, t := range res.Results {
		for _, r := range t.Results {
			want--
			if err := answer("AddPartitionsToTxn", TopicPartition{t.Name, r.PartitionIndex}.String(), r.ErrorCode); err != nil && Code(r.ErrorCode) != codeNotAttempted {
				errs = append(errs, err)
			}
		}
	}
	if len(errs) == 0 && want > 0 {
		return &TransportError{API: "AddPartitionsToTxn", Err: fmt.Errorf("the answer lacks %d partitions", want)}
	}
	return p.client.worst(nil, errs)
}

func (p *Producer) addOffsets(ctx context.Context, group string) error {
	return p.coordinator(ctx, func(to route) error {
		res, err := call[*addoffsetstotxn.Response](ctx, p.client, 0, &addOffsetsRequest{
			TransactionalID: p.id, ProducerID: p.producer.id, ProducerEpoch: p.producer.epoch, Group: group, route: to,
		})
		if err != nil {
			return err
		}
		return answer("AddOffsetsToTxn", "transactional id "+p.id, res.ErrorCode)
	})
}

func (p *Producer) commitOffsets(ctx context.Context, t Transaction) error {
	id := t.Generation.identity()
	req := &txnOffsetCommitRequest{
		TransactionalID: p.id, Group: t.Generation.Group, ProducerID: p.producer.id, ProducerEpoch: p.producer.epoch,
		GenerationID: id.generation, MemberID: id.member, InstanceID: id.instance,
		Topics: byTopic(partitionsOf(t.Offsets), func(name string) txnoffsetcommit.RequestTopic {
			return txnoffsetcommit.RequestTopic{Name: name}
		}, func(rt *txnoffsetcommit.RequestTopic, tp TopicPartition) {
			rt.Partitions = append(rt.Partitions, txnoffsetcommit.RequestPartition{
				Partition: tp.Partition, CommittedOffset: t.Offsets[tp], CommittedLeaderEpoch: -1,
			})
		}),
	}
	return p.client.coordinators.ask(ctx, groupCoordinator(t.Generation.Group), func(to route) error {
		req.route = to
		res, err := call[*txnoffsetcommit.Response](ctx, p.client, 0, req)
		if err != nil {
			return err
		}
		var errs []error
		for _, rt := range res.Topics {
			for _, r := range rt.Partitions {
				if err := answer("TxnOffsetCommit", TopicPartition{rt.Name, r.Partition}.String(), r.ErrorCode); err != nil {
					errs = append(errs, err)
				}
			}
		}
		return p.client.worst(nil, errs)
	})
}

// end decides the transaction. The same request may be sent again: a broker
// that has carried it out already answers the repetition with success.
func (p *Producer) end(ctx context.Context, commit bool) error {
	return p.client.retry(ctx, func() error {
		return p.coordinator(ctx, func(to route) error {
			res, err := call[*endtxn.Response](ctx, p.client, 0, &endTxnRequest{
				TransactionalID: p.id, ProducerID: p.producer.id, ProducerEpoch: p.producer.epoch, Commit: commit, route: to,
			})
			if err != nil {
				return err
			}
			return answer("EndTxn", "transactional id "+p.id, res.ErrorCode)
		})
	})
}

// partitionsOf returns the keys of m, ordered.
func partitionsOf[T any](m map[TopicPartition]T) []TopicPartition {
	return slices.SortedFunc(maps.Keys(m), TopicPartition.compare)
}
