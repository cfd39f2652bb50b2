package kafka

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/apiversions"
)

// versionRange is which versions of a request this package can send: below
// least a field that it depends on is missing, above most it cannot encode.
type versionRange struct {
	api         protocol.ApiKey
	least, most int16
	since       string // the first Kafka with the least version
}

// needs is checked at the start because kafka-go does not: with a broker that is
// too old or too new it would send what that broker cannot read.
var needs = []versionRange{
	{protocol.Produce, 3, 8, "0.11"},
	{protocol.Fetch, 4, 11, "0.11"},
	{protocol.ListOffsets, 2, 5, "0.11"},
	{protocol.Metadata, metadataVersion, metadataVersion, "2.8"},
	{protocol.OffsetCommit, 7, 7, "2.3"},
	{protocol.OffsetFetch, 7, 7, "2.5"},
	{protocol.FindCoordinator, 1, 2, "0.11"},
	{protocol.JoinGroup, 5, 7, "2.3"},
	{protocol.SyncGroup, 3, 5, "2.3"},
	{protocol.Heartbeat, 3, 4, "2.3"},
	{protocol.LeaveGroup, 3, 4, "2.4"},
	{protocol.InitProducerId, 4, 4, "2.7"},
	{protocol.AddPartitionsToTxn, 0, 3, "0.11"},
	{protocol.AddOffsetsToTxn, 0, 3, "0.11"},
	{protocol.TxnOffsetCommit, 3, 3, "2.5"},
	{protocol.EndTxn, 0, 3, "0.11"},
	{protocol.CreateTopics, 2, 4, "1.0"},
	{protocol.DescribeConfigs, 1, 3, "1.1"},
	{protocol.DeleteRecords, 0, 1, "0.11"},
}

// Check connects and tells whether the brokers can serve this package. One that
// cannot be reached is passed over where another can: what it leads is waited
// for, and the rest goes on. Its errors say what to change; Retriable tells
// those that may pass by themselves.
func (c *Client) Check(ctx context.Context) error {
	// The version first: a broker that is too old hangs up on our metadata request.
	if err := c.checkBroker(ctx, anyBroker); err != nil {
		return fmt.Errorf("kafka at %s: %w", strings.Join(c.cfg.Brokers, ", "), c.explain(err))
	}
	meta, err := c.meta.fresh(ctx)
	if err != nil {
		return fmt.Errorf("kafka at %s: %w", strings.Join(c.cfg.Brokers, ", "), c.explain(err))
	}
	return c.checkEach(ctx, meta.brokers)
}

// checkEach checks all brokers at once and waits for those that are fit or
// unfit; once one is fit, not for long for those that do not answer.
func (c *Client) checkEach(ctx context.Context, brokers []int32) error {
	type verdict struct {
		broker int32
		err    error
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	verdicts := make(chan verdict, len(brokers))
	for _, broker := range brokers {
		go func() { verdicts <- verdict{broker, c.checkBroker(ctx, broker)} }()
	}
	var away error
	var enough <-chan time.Time
	for range brokers {
		select {
		case v := <-verdicts:
			switch {
			case v.err == nil && enough == nil:
				enough = time.After(awayPatience)
			case v.err == nil:
			case !Retriable(v.err):
				return fmt.Errorf("broker %d: %w", v.broker, c.explain(v.err))
			default:
				away = fmt.Errorf("broker %d: %w", v.broker, c.explain(v.err))
			}
		case <-enough:
			c.cfg.Logger.Warn("a broker does not answer: what it leads is waited for")
			return nil
		}
	}
	if enough != nil && away != nil {
		c.cfg.Logger.Warn("a broker does not answer: what it leads is waited for", "reason", away)
		return nil
	}
	return away
}

// awayPatience is how long a broker may take longer than the first one.
const awayPatience = 2 * time.Second

func (c *Client) checkBroker(ctx context.Context, broker int32) error {
	var res *apiversions.Response
	// A broker that has just started is in the metadata of others a little
	// later; one that cannot be reached at all is told at once.
	again := func(err error) bool { return broker != anyBroker && Retriable(err) }
	err := c.retryWhile(ctx, c.cfg.RequestTimeout, again, func() (err error) {
		res, err = call[*apiversions.Response](ctx, c, 0, &apiVersionsRequest{route: route{broker}})
		return err
	})
	if err != nil {
		return err
	}
	if err := answer("ApiVersions", "the broker", res.ErrorCode); err != nil {
		return err
	}
	has := map[protocol.ApiKey]apiversions.ApiKeyResponse{}
	for _, k := range res.ApiKeys {
		has[protocol.ApiKey(k.ApiKey)] = k
	}
	for _, n := range needs {
		if err := n.within(has); err != nil {
			return err
		}
	}
	return nil
}

// transactional tells requests that only transactions need.
func (n versionRange) transactional() bool {
	switch n.api {
	case protocol.InitProducerId, protocol.AddPartitionsToTxn, protocol.AddOffsetsToTxn, protocol.TxnOffsetCommit, protocol.EndTxn:
		return true
	}
	return false
}

func (n versionRange) within(has map[protocol.ApiKey]apiversions.ApiKeyResponse) error {
	k, ok := has[n.api]
	switch {
	case !ok && n.transactional():
		return fmt.Errorf("%w: it speaks no transactions (%s is missing), so nothing could be published exactly once; use Apache Kafka 2.8 or later, or a broker that has them", ErrUnfitBroker, n.api)
	case !ok || k.MaxVersion < n.least:
		return fmt.Errorf("%w: it is too old: %s version %d is needed (Kafka %s); use Kafka 2.8 or later", ErrUnfitBroker, n.api, n.least, n.since)
	case k.MinVersion > n.most:
		return fmt.Errorf("%w: it is too new: it has dropped %s version %d; use a newer release of this program", ErrUnfitBroker, n.api, n.most)
	}
	return nil
}
