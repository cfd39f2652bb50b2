package schemas

import "context"

// turn lets one after the other do something. Who waits for it can give up,
// which a mutex does not allow: behind a registry that never answers each would
// have to wait for the patience of all before it.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

// take waits for the turn, or returns the error of ctx if that ends first.
func (t turn) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t turn) give() { <-t }
