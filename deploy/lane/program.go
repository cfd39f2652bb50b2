package main

import (
	"context"

	"consentstream/deploy/internal/local"
)

// program is the measured consentstream, running.
type program struct{ *local.Instance }

// stop asks the program to end, as an operator would, and waits for it.
func (p *program) stop() error {
	_, err := p.Stop()
	return err
}

// deadlines returns how many deadlines were looked at since the start.
func (p *program) deadlines(ctx context.Context) (n int64, err error) {
	err = p.Metrics(ctx, func(name string, value float64) {
		if name == "consentstream_deadlines_total" {
			n = int64(value)
		}
	})
	return n, err
}
