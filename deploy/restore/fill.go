package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"consentstream/deploy/internal/local"
	"consentstream/processor"
)

const group = "consentstream"

// poll is how exactly the end of something is seen.
const poll = 10 * time.Millisecond

func (b *bench) log() string         { return filepath.Join(b.dir, "run.log") }
func (b *bench) state() string       { return filepath.Join(b.dir, "state") }
func (b *bench) config() string      { return filepath.Join(b.dir, "config.yaml") }
func (b *bench) fillMarker() string  { return filepath.Join(b.dir, "filled") }
func (b *bench) everyTask() []string { return topics.Consumed() }
func (b *bench) changelog() []string { return []string{topics.Changelog} }
func (b *bench) storeFolder() string { return filepath.Join(b.state(), "store") }

var topics = processor.DefaultTopics()

// prepare makes a changelog by a first start over the sample load, unless an
// earlier run has.
func (b *bench) prepare(ctx context.Context) error {
	if err := os.WriteFile(b.config(), []byte("group: "+group+"\n"+b.settings+"\n"), 0o600); err != nil {
		return err
	}
	if _, err := os.Stat(b.fillMarker()); err == nil {
		return nil
	}
	if err := b.command(ctx, "topics", "create", "--brokers", b.brokers, "--partitions", strconv.Itoa(b.partitions)); err != nil {
		return err
	}
	if err := b.load(ctx, 1, b.events); err != nil {
		return err
	}
	instance, err := b.start(ctx)
	if err != nil {
		return err
	}
	if err := b.untilRead(ctx, instance); err != nil {
		_, ended := instance.Stop()
		return errors.Join(err, ended)
	}
	if _, err := instance.Stop(); err != nil {
		return err
	}
	return os.WriteFile(b.fillMarker(), nil, 0o600)
}

// command runs the program to its end.
func (b *bench) command(ctx context.Context, args ...string) error {
	p, err := local.Start(ctx, filepath.Join(b.dir, args[0]+".log"), b.program, args...)
	if err != nil {
		return err
	}
	_, err = p.Wait()
	return err
}

// load writes records of the sample shop, others for each seed.
func (b *bench) load(ctx context.Context, seed, events int) error {
	return b.command(ctx, "generate", "--seed", strconv.Itoa(seed), "--events", strconv.Itoa(events),
		"--contacts", strconv.Itoa(b.contacts), "--brokers", b.brokers)
}

// start starts the instance on its state.
func (b *bench) start(ctx context.Context, more ...string) (*local.Instance, error) {
	args := append([]string{"--config", b.config(), "--brokers", b.brokers, "--state", b.state()}, more...)
	return local.Run(ctx, b.log(), b.program, args...)
}

// untilRunning waits until every task is past restoring and first start, and
// returns how long after its start that is.
func (b *bench) untilRunning(ctx context.Context, instance *local.Instance) (time.Duration, error) {
	for {
		running, err := instance.Running(ctx)
		if err == nil && running == b.partitions {
			return time.Since(instance.Begin), nil
		}
		if err := errors.Join(instance.Alive(), local.Pause(ctx, poll)); err != nil {
			return 0, err
		}
	}
}

// untilRead waits until every task runs and has committed all that is written.
func (b *bench) untilRead(ctx context.Context, instance *local.Instance) error {
	for {
		if _, err := b.untilRunning(ctx, instance); err != nil {
			return err
		}
		behind, err := local.Behind(ctx, b.client, group, b.everyTask(), int32(b.partitions))
		if err != nil {
			return err
		}
		left := int64(0)
		for _, task := range behind {
			left += task
		}
		if left == 0 {
			return nil
		}
		if err := local.Pause(ctx, 10*poll); err != nil {
			return err
		}
	}
}
