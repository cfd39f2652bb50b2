package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"consentstream/deploy/internal/local"
	"consentstream/processor"
)

// sessionTimeout is the program's default: so long the group waits for a member
// that is gone.
const sessionTimeout = 10 * time.Second

// failOver measures the loss of one of two instances that keep copies for each
// other: it is killed in the middle of work and does not return.
func (b *bench) failOver(ctx context.Context) error {
	lost, err := b.start(ctx, "a", "--standby", "1")
	if err != nil {
		return err
	}
	left, err := b.start(ctx, "b", "--standby", "1")
	if err != nil {
		lost.Kill()
		return err
	}
	err = b.untilCopied(ctx, lost, left)
	if err == nil {
		err = b.load(ctx, int(time.Now().UnixNano()%1_000_000_000), b.waiting())
	}
	lost.Kill()
	begin := time.Now()
	if err == nil {
		_, err = b.untilRunning(ctx, left)
	}
	if err == nil {
		err = b.tellFailOver(ctx, left, time.Since(begin))
	}
	_, ended := left.Stop()
	return errors.Join(err, ended)
}

func (b *bench) tellFailOver(ctx context.Context, left *local.Instance, took time.Duration) error {
	restored, err := restoredBy(ctx, left)
	if err == nil {
		fmt.Fprintf(b.out, "%-32s %8.2f s, of it up to %.0f s until the group gives up the other; %d changelog records to bring forward\n",
			"lost, with a standby", took.Seconds(), sessionTimeout.Seconds(), restored.records)
		err = b.untilRead(ctx, left)
	}
	return err
}

// untilCopied waits until every task runs on one of two instances and its copy is
// kept by the other, up to the end of the changelog.
func (b *bench) untilCopied(ctx context.Context, instances ...*local.Instance) error {
	for {
		running, following, behind := 0, 0, int64(0)
		for _, instance := range instances {
			err := instance.Metrics(ctx, func(name string, value float64) {
				name, _, _ = strings.Cut(name, "{")
				switch {
				case name == "consentstream_task_state" && processor.TaskState(value) == processor.TaskRunning:
					running++
				case name == "consentstream_standby_state" && processor.StandbyState(value) == processor.StandbyFollowing:
					following++
				case name == "consentstream_standby_lag_records":
					behind += int64(value)
				}
			})
			if err != nil { // it does not listen yet
				running = 0
			}
		}
		if running == b.partitions && following == b.partitions && behind == 0 {
			return nil
		}
		for _, instance := range instances {
			if err := instance.Alive(); err != nil {
				return err
			}
		}
		if err := local.Pause(ctx, 10*poll); err != nil {
			return err
		}
	}
}
