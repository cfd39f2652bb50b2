package kafka

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"

	kafkago "github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/addoffsetstotxn"
	"github.com/segmentio/kafka-go/protocol/addpartitionstotxn"
	"github.com/segmentio/kafka-go/protocol/endtxn"
	"github.com/segmentio/kafka-go/protocol/findcoordinator"
	"github.com/segmentio/kafka-go/protocol/initproducerid"
	"github.com/segmentio/kafka-go/protocol/joingroup"
	"github.com/segmentio/kafka-go/protocol/listoffsets"
	"github.com/segmentio/kafka-go/protocol/offsetcommit"
	"github.com/segmentio/kafka-go/protocol/produce"
	"github.com/segmentio/kafka-go/protocol/syncgroup"
	"github.com/segmentio/kafka-go/protocol/txnoffsetcommit"
)

// faulty stands between a client and its brokers, real or embedded, and spoils
// requests as rules say.
type faulty struct {
	next kafkago.RoundTripper

	mu    sync.Mutex
	rules []*fault
	sent  []protocol.Message // that passed, or were spoiled, in order
}

// fault spoils requests of one kind.
type fault struct {
	api   protocol.ApiKey
	times int // how many requests; 0 = one, -1 = all

	code   Code // answered instead of the brokers
	before bool // the request is lost
	after  bool // the answer is lost: the brokers have done it
	only   func(protocol.Message) bool
	then   func() // called when it strikes
}

var errLost = errors.New("connection reset by a test")

// spoil puts a faulty connection between c and its brokers.
func spoil(t *testing.T, c *Client) *faulty {
	t.Helper()
	f := &faulty{next: c.trip}
	c.trip = f
	return f
}

func (f *faulty) add(rules ...fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range rules {
		if r.times == 0 {
			r.times = 1
		}
		f.rules = append(f.rules, &r)
	}
}

func (f *faulty) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules, f.sent = nil, nil
}

// left is how many faults have not struck.
func (f *faulty) left() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, r := range f.rules {
		n += max(r.times, 0)
	}
	return n
}

// requests are those of one kind that were sent so far.
func requests[T protocol.Message](f *faulty) []T {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []T
	for _, m := range f.sent {
		if r, ok := m.(T); ok {
			all = append(all, r)
		}
	}
	return all
}

func (f *faulty) strike(req protocol.Message) *fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent = append(f.sent, req)
	for _, r := range f.rules {
		if r.times != 0 && r.api == req.ApiKey() && (r.only == nil || r.only(req)) {
			if r.times > 0 {
				r.times--
			}
			return r
		}
	}
	return nil
}

// RoundTrip implements kafkago.RoundTripper.
func (f *faulty) RoundTrip(ctx context.Context, addr net.Addr, req kafkago.Request) (kafkago.Response, error) {
	rule := f.strike(req)
	if rule == nil {
		return f.next.RoundTrip(ctx, addr, req)
	}
	if rule.then != nil {
		rule.then()
	}
	switch {
	case rule.before:
		return nil, errLost
	case rule.code != 0:
		return refusal(req, int16(rule.code)), nil
	}
	res, err := f.next.RoundTrip(ctx, addr, req)
	if rule.after {
		return nil, errors.Join(errLost, err)
	}
	return res, err
}

// CloseIdleConnections passes Close on.
func (f *faulty) CloseIdleConnections() {
	f.next.(interface{ CloseIdleConnections() }).CloseIdleConnections()
}

// refusal answers a request with one code for everything in it.
func refusal(req protocol.Message, code int16) protocol.Message {
	switch r := req.(type) {
	case *initProducerIDRequest:
		return &initproducerid.Response{ErrorCode: code, ProducerID: -1, ProducerEpoch: -1}
	case *addOffsetsRequest:
		return &addoffsetstotxn.Response{ErrorCode: code}
	case *endTxnRequest:
		return &endtxn.Response{ErrorCode: code}
	case *findCoordinatorRequest:
		return &findcoordinator.Response{ErrorCode: code, NodeID: -1}
	case *heartbeatRequest:
		return &heartbeatResponse{ErrorCode: code}
	case *joinGroupRequest:
		return &joingroup.Response{ErrorCode: code, MemberID: r.MemberID, GenerationID: -1}
	case *syncGroupRequest:
		return &syncgroup.Response{ErrorCode: code}
	case *leaveGroupRequest:
		return &leaveGroupResponse{ErrorCode: code}
	case *offsetFetchRequest:
		return &offsetFetchResponse{ErrorCode: code}
	}
	return refusalByPartition(req, code)
}

func refusalByPartition(req protocol.Message, code int16) protocol.Message {
	switch r := req.(type) {
	case *addPartitionsRequest:
		res := &addpartitionstotxn.Response{}
		for _, t := range r.Topics {
			rt := addpartitionstotxn.ResponseResult{Name: t.Name}
			for _, p := range t.Partitions {
				rt.Results = append(rt.Results, addpartitionstotxn.ResponsePartition{PartitionIndex: p, ErrorCode: code})
			}
			res.Results = append(res.Results, rt)
		}
		return res
	case *produceRequest:
		res := &produce.Response{}
		for _, t := range r.Topics {
			rt := produce.ResponseTopic{Topic: t.Name}
			for _, p := range t.Partitions {
				rt.Partitions = append(rt.Partitions, produce.ResponsePartition{Partition: p.Partition, ErrorCode: code, BaseOffset: -1})
			}
			res.Topics = append(res.Topics, rt)
		}
		return res
	case *txnOffsetCommitRequest:
		res := &txnoffsetcommit.Response{}
		for _, t := range r.Topics {
			rt := txnoffsetcommit.ResponseTopic{Name: t.Name}
			for _, p := range t.Partitions {
				rt.Partitions = append(rt.Partitions, txnoffsetcommit.ResponsePartition{Partition: p.Partition, ErrorCode: code})
			}
			res.Topics = append(res.Topics, rt)
		}
		return res
	case *offsetCommitRequest:
		res := &offsetcommit.Response{}
		for _, t := range r.Topics {
			rt := offsetcommit.ResponseTopic{Name: t.Name}
			for _, p := range t.Partitions {
				rt.Partitions = append(rt.Partitions, offsetcommit.ResponsePartition{PartitionIndex: p.PartitionIndex, ErrorCode: code})
			}
			res.Topics = append(res.Topics, rt)
		}
		return res
	case *listOffsetsRequest:
		res := &listoffsets.Response{}
		for _, t := range r.Topics {
			rt := listoffsets.ResponseTopic{Topic: t.Topic}
			for _, p := range t.Partitions {
				rt.Partitions = append(rt.Partitions, listoffsets.ResponsePartition{Partition: p.Partition, ErrorCode: code, Offset: -1})
			}
			res.Topics = append(res.Topics, rt)
		}
		return res
	case *fetchRequest:
		res := &fetchResponse{}
		for _, t := range r.Topics {
			rt := fetchedTopicAnswer{Name: t.Name}
			for _, p := range t.Partitions {
				rt.Partitions = append(rt.Partitions, partitionAnswer{Partition: p.Partition, ErrorCode: code})
			}
			res.Topics = append(res.Topics, rt)
		}
		return res
	case *createTopicsRequest:
		res := &createTopicsResponse{}
		for _, t := range r.Topics {
			res.Topics = append(res.Topics, createTopicAnswer{Name: t.Name, ErrorCode: code})
		}
		return res
	}
	panic(fmt.Sprintf("no refusal is written for %T", req))
}
