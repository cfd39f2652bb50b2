package main

import (
	"context"
	"errors"

	"consentstream/deploy/internal/local"
	"consentstream/processor"
)

// program is the measured consentstream, running.
type program struct{ *local.Instance }

// stop asks the program to end, as an operator would, and waits for it.
func (p *program) stop() error {
	_, err := p.Stop()
	return err
}

// tasks are those of an instance, and where each of them stands.
type tasks map[int32]processor.TaskState

func (t tasks) has(task int32) bool {
	_, ok := t[task]
	return ok
}

// running counts those that are past restoring.
func (t tasks) running() (n int) {
	for _, state := range t {
		if state == processor.TaskRunning {
			n++
		}
	}
	return n
}

func (p *program) tasks(ctx context.Context) (tasks, error) { return p.Tasks(ctx) }

// until waits until the tasks of the program are as they should be. While it does
// not listen yet it has none.
func (p *program) until(ctx context.Context, so func(tasks) bool) error {
	for {
		t, err := p.tasks(ctx)
		if err == nil && so(t) {
			return nil
		}
		if err := errors.Join(p.Alive(), local.Pause(ctx, samplePause)); err != nil {
			return err
		}
	}
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
