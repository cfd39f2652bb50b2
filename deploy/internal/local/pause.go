package local

import (
	"context"
	"time"
)

// Pause waits, or returns the error of ctx where that ends first.
func Pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
