package kafka

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/segmentio/kafka-go/protocol/endtxn"
)

// Right is an operation that an authorizer allows or denies; its number is the
// bit that brokers answer for it.
type Right uint8

// The rights that an instance needs of topics, its group and its transactional ids.
const (
	RightRead            Right = 3
	RightWrite           Right = 4
	RightDescribe        Right = 8
	RightDescribeConfigs Right = 10
)

// String is the operation as kafka-acls takes it.
func (r Right) String() string {
	switch r {
	case RightRead:
		return "Read"
	case RightWrite:
		return "Write"
	case RightDescribe:
		return "Describe"
	case RightDescribeConfigs:
		return "DescribeConfigs"
	}
	return fmt.Sprintf("operation %d", uint8(r))
}

// TopicRights are what this principal may do with a topic.
type TopicRights struct {
	// Exists is false for a topic that does not exist; one that may not be
	// described seems to exist.
	Exists bool
	bits   int32
}

// Has reports whether a right is granted. A broker that does not tell grants.
func (r TopicRights) Has(right Right) bool {
	return r.bits == math.MinInt32 || r.bits&(1<<right) != 0
}

// TopicRights asks what this principal may do with topics.
func (c *Client) TopicRights(ctx context.Context, topics ...string) (map[string]TopicRights, error) {
	names := slices.Compact(slices.Sorted(slices.Values(topics)))
	rights := map[string]TopicRights{}
	err := c.retry(ctx, func() error {
		res, err := call[*metadataResponse](ctx, c, 0, &metadataRequest{ClientID: c.cfg.ClientID, Topics: names, Rights: true, route: route{anyBroker}})
		if err != nil {
			return err
		}
		for _, t := range res.Topics {
			switch Code(t.Error) {
			case codeTopicAuthorization:
				rights[t.Name] = TopicRights{Exists: true}
			case codeUnknownTopic, codeInvalidTopic:
				rights[t.Name] = TopicRights{}
			default:
				rights[t.Name] = TopicRights{Exists: true, bits: t.Rights}
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("asking for rights on topics: %w", err)
	}
	return rights, nil
}

// MayUseGroup reports whether this principal may be a member of a group. It
// asks with a heartbeat of nobody, which changes nothing.
func (c *Client) MayUseGroup(ctx context.Context, group string) (bool, error) {
	err := c.retry(ctx, func() error {
		return c.coordinators.ask(ctx, groupCoordinator(group), func(to route) error {
			res, err := call[*heartbeatResponse](ctx, c, 0, &heartbeatRequest{Group: group, GenerationID: -1, MemberID: "nobody", route: to})
			if err != nil {
				return err
			}
			return answer("Heartbeat", "group "+group, res.ErrorCode)
		})
	})
	return allowed(err, codeGroupAuthorization)
}

// nobodysProducer is a producer id that no broker gives out.
const nobodysProducer = math.MaxInt64 - 1

// MayUseTransactionalID reports whether this principal may write under a
// transactional id. It asks to end a transaction of a producer that does not
// exist: brokers look at the right first, and then refuse. Whoever owns the id
// does not notice.
func (c *Client) MayUseTransactionalID(ctx context.Context, id string) (bool, error) {
	err := c.retry(ctx, func() error {
		return c.coordinators.ask(ctx, txnCoordinator(id), func(to route) error {
			res, err := call[*endtxn.Response](ctx, c, 0, &endTxnRequest{TransactionalID: id, ProducerID: nobodysProducer, route: to})
			if err != nil {
				return err
			}
			return answer("EndTxn", id, res.ErrorCode)
		})
	})
	return allowed(err, codeTxnIDAuthorization)
}

// allowed reads the answer to a probe: a code other than that of a missing right
// comes from behind the gate.
func allowed(err error, denied Code) (bool, error) {
	switch code := codeOf(err); {
	case code == denied:
		return false, nil
	case code != 0 && !code.retriable():
		return true, nil
	}
	return err == nil, err
}
