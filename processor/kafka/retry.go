package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// backoff is the wait before the next repetition. A transaction whose
// predecessor still writes its markers waits for a few milliseconds as a rule, and
// beyond that about a quarter as long again as it has waited already; everything
// else is a broker that is gone or moving.
type backoff struct{ next time.Duration }

// The longest pauses. That for markers must be able to grow: where hundreds of
// transactions wait for theirs, a broker that each asks fifty times a second has no
// time to write them.
const (
	longestPause       = 100 * time.Millisecond
	usualMarkerPause   = 20 * time.Millisecond
	longestMarkerPause = 500 * time.Millisecond
)

func (b *backoff) after(err error) time.Duration {
	if b.next == 0 {
		b.next = 2 * time.Millisecond
		return b.next
	}
	switch {
	case codeOf(err) != codeConcurrentTransactions:
		b.next = min(b.next*2, longestPause)
	case b.next < usualMarkerPause:
		b.next = min(b.next*3/2, usualMarkerPause)
	default:
		b.next = min(b.next*5/4, longestMarkerPause)
	}
	return b.next
}

// retry repeats f while its error is retriable, for RetryFor at most. ctx ends
// the waiting too; inside a transaction it is one that never ends.
func (c *Client) retry(ctx context.Context, f func() error) error {
	return c.retryWhile(ctx, c.cfg.RetryFor, Retriable, f)
}

func (c *Client) retryWhile(ctx context.Context, limit time.Duration, again func(error) bool, f func() error) error {
	var wait backoff
	start := time.Now()
	for {
		err := f()
		if err == nil || !again(err) {
			return err
		}
		if time.Since(start) > limit {
			return fmt.Errorf("gave up after %v: %w", limit, err)
		}
		c.cfg.Logger.Debug("kafka request is repeated", "error", err)
		if pauseErr := pause(ctx, wait.after(err)); pauseErr != nil {
			return errors.Join(pauseErr, err)
		}
	}
}

// pause waits for d, or until ctx ends, and then returns why it ended.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
