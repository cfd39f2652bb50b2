package kafka

import (
	"context"
	"errors"
	"fmt"
)

// settle brings a transaction that failed with cause to an end and returns what
// the caller must do about it.
func (p *Producer) settle(ctx context.Context, cause error, uncertain bool) error {
	p.state = unsettled
	code := codeOf(cause)
	switch {
	case code.generationOver():
		if err := p.abort(ctx, uncertain); err != nil {
			p.client.cfg.Logger.Warn("a transaction could not be aborted; the next owner of its task will", "transactional_id", p.id, "error", err)
		}
		return fmt.Errorf("%w: %w", ErrGenerationOver, cause)
	case code.refused():
		if err := p.abort(ctx, uncertain); err != nil {
			return errors.Join(cause, err)
		}
		return fmt.Errorf("%w: %w", ErrRefused, cause)
	}
	// 47 and 90 do not tell a new owner from a transaction that expired, nor
	// does a lost answer tell anything: the epoch held decides.
	err := p.settled(p.Reset(ctx))
	if errors.Is(err, ErrReset) || errors.Is(err, ErrFenced) {
		return fmt.Errorf("%w: after %w", err, cause)
	}
	return errors.Join(cause, err)
}

// settled is what Commit tells after Reset: the caller has to read again even
// though the Producer is as good as new.
func (p *Producer) settled(err error) error {
	if err == nil {
		return ErrReset
	}
	return err
}

// abort ends the transaction with nothing written. Where a batch may still be
// on its way it takes a new epoch, so that the batch cannot land in the next
// transaction.
func (p *Producer) abort(ctx context.Context, uncertain bool) error {
	if !uncertain {
		if err := p.end(ctx, false); err == nil {
			p.state = ready
			return nil
		}
	}
	return p.Reset(ctx)
}

// Reset settles a transaction whose outcome is unknown: it asks for the next
// epoch with the one held, which aborts what is open and tells whether the id
// is still ours. It returns nil when the Producer is usable again: then the
// caller reads offsets and changelog again, as after ErrReset. It returns
// ErrFenced when the id is lost. After any other error it must be called again.
func (p *Producer) Reset(ctx context.Context) error {
	if p.state == fenced {
		return ErrFenced
	}
	p.state = unsettled
	err := p.init(ctx)
	switch codeOf(err) {
	case codeProducerFenced, codeInvalidProducerEpoch, codeInvalidProducerMapping:
		p.state = fenced
		return fmt.Errorf("%w: %w", ErrFenced, err)
	}
	if err != nil {
		return fmt.Errorf("settling transactional id %s: %w", p.id, err)
	}
	return nil
}
