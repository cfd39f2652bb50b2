package kafka

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	kafkago "github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
)

// TopicPartition names one partition.
type TopicPartition struct {
	Topic     string
	Partition int32
}

// String is topic/partition.
func (tp TopicPartition) String() string { return fmt.Sprintf("%s/%d", tp.Topic, tp.Partition) }

func (tp TopicPartition) compare(other TopicPartition) int {
	return cmp.Or(cmp.Compare(tp.Topic, other.Topic), cmp.Compare(tp.Partition, other.Partition))
}

// Client talks to one cluster. It is safe for concurrent use.
type Client struct {
	cfg    Config
	trip   kafkago.RoundTripper
	addr   net.Addr
	closed context.Context
	close  context.CancelFunc

	meta         metadataCache
	coordinators coordinatorCache

	mu   sync.Mutex
	idle []*appender // idempotent producers that nobody uses just now
}

// Dial prepares a client. It does not connect: Check does, and so does every
// request, so that a broker that is away delays a start but does not fail it.
func Dial(cfg Config) (*Client, error) {
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("kafka configuration: %w", err)
	}
	mechanism, err := cfg.SASL.mechanism()
	if err != nil {
		return nil, fmt.Errorf("kafka configuration: %w", err)
	}
	cfg = cfg.withDefaults()
	ctx, cancel := context.WithCancel(context.Background())
	return newClient(ctx, cancel, cfg, &kafkago.Transport{
		ClientID: cfg.ClientID,
		TLS:      cfg.TLS,
		SASL:     mechanism,
		// The transport is asked for brokers only; topics are looked up by
		// metadata.go, which refreshes when an answer says that it must.
		MetadataTTL:    500 * time.Millisecond,
		MetadataTopics: []string{},
		DialTimeout:    min(5*time.Second, cfg.RequestTimeout),
		Context:        ctx,
	}), nil
}

func newClient(ctx context.Context, cancel context.CancelFunc, cfg Config, trip kafkago.RoundTripper) *Client {
	c := &Client{cfg: cfg, trip: trip, addr: kafkago.TCP(cfg.Brokers...), closed: ctx, close: cancel}
	c.meta.client, c.meta.refreshing = c, make(chan struct{}, 1)
	c.coordinators.client = c
	return c
}

// Close closes the connections. Members must be closed before.
func (c *Client) Close() {
	c.close()
	if t, ok := c.trip.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// call sends one request and waits for its answer, for RequestTimeout plus the
// time that the broker is asked to wait.
func call[R protocol.Message](ctx context.Context, c *Client, wait time.Duration, req protocol.Message) (R, error) {
	return callWithin[R](ctx, c, c.cfg.RequestTimeout+wait, req)
}

// callWithin sends one request and waits for its answer up to limit. It returns
// the context's error if that ended, else a *TransportError if there is no answer.
func callWithin[R protocol.Message](ctx context.Context, c *Client, limit time.Duration, req protocol.Message) (R, error) {
	var none R
	api := req.ApiKey().String()
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	start := time.Now()
	res, err := c.trip.RoundTrip(limited, c.addr, req)
	c.cfg.Observe(Call{API: api, Took: time.Since(start), Lost: err != nil})
	switch {
	case err == nil:
	case c.closed.Err() != nil:
		return none, fmt.Errorf("%s: kafka client: %w", api, ErrClosed)
	case ctx.Err() != nil:
		return none, fmt.Errorf("%s: %w", api, context.Cause(ctx))
	case limited.Err() != nil && errors.Is(err, context.DeadlineExceeded):
		return none, &TransportError{API: api, Err: fmt.Errorf("nothing within %v: %w", limit, err)}
	default:
		return none, &TransportError{API: api, Err: err}
	}
	typed, ok := res.(R)
	if !ok {
		return none, &TransportError{API: api, Err: fmt.Errorf("the answer is a %T, not a %T", res, none)}
	}
	return typed, nil
}
