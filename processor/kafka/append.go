package kafka

import (
	"context"
	"fmt"
	"time"
)

// appender is an idempotent producer without transactions.
type appender struct {
	producer producerID
	sequence map[TopicPartition]int32
}

// Produce writes records with no transaction around them and returns when all
// replicas in sync have them. A repetition inside is recognised by the broker,
// so a record comes twice only if Produce fails and the caller repeats it.
// Records of one partition keep their order within one call.
func (c *Client) Produce(ctx context.Context, records []OutRecord) (Committed, error) {
	if len(records) == 0 {
		return Committed{}, nil
	}
	a, err := c.borrowAppender(ctx)
	if err != nil {
		return Committed{}, fmt.Errorf("starting an idempotent producer: %w", err)
	}
	e := encoder{producer: a.producer, codec: c.cfg.Compression, maxBytes: c.cfg.MaxBatchBytes}
	s, err := newSender(c, e, "", a.sequence, records)
	if err != nil {
		return Committed{}, err
	}
	if err := s.run(ctx); err != nil {
		// The appender is dropped: its numbers may be out of step.
		if codeOf(err).refused() {
			err = fmt.Errorf("%w: %w", ErrRefused, err)
		}
		return Committed{}, fmt.Errorf("producing %d records: %w", len(records), err)
	}
	c.returnAppender(a)
	return s.done, nil
}

func (c *Client) borrowAppender(ctx context.Context) (*appender, error) {
	c.mu.Lock()
	if n := len(c.idle); n > 0 {
		a := c.idle[n-1]
		c.idle = c.idle[:n-1]
		c.mu.Unlock()
		return a, nil
	}
	c.mu.Unlock()
	a := &appender{sequence: map[TopicPartition]int32{}}
	err := c.retry(ctx, func() (err error) {
		a.producer, err = c.initProducer(ctx, route{anyBroker}, "", time.Minute, noProducer)
		return err
	})
	return a, err
}

func (c *Client) returnAppender(a *appender) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle = append(c.idle, a)
}
