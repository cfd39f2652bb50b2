package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"consentstream/deploy/internal/local"
)

// poll is how exactly the end of something is seen.
const poll = 10 * time.Millisecond

func (b *bench) file(name string) string { return filepath.Join(b.dir, name) }
func (b *bench) group() string           { return b.prefix + "group" }
func (b *bench) changelog() []string     { return []string{b.topics.Changelog} }

// place names topics and group of this folder's own, those of an earlier run where
// there was one.
func (b *bench) place() error {
	prefix, err := os.ReadFile(b.file("prefix"))
	if errors.Is(err, os.ErrNotExist) {
		prefix = fmt.Appendf(nil, "restore-%d-", time.Now().UnixNano())
		err = os.WriteFile(b.file("prefix"), prefix, 0o600)
	}
	b.prefix = string(prefix)
	b.topics = local.Topics(b.prefix)
	return err
}

// prepare makes a changelog by a first start over the sample load, unless an
// earlier run has.
func (b *bench) prepare(ctx context.Context) error {
	if err := b.place(); err != nil {
		return err
	}
	settings := local.Settings(b.group(), &b.topics) + b.settings + "\n"
	if err := os.WriteFile(b.file("config.yaml"), []byte(settings), 0o600); err != nil {
		return err
	}
	if _, err := os.Stat(b.file("filled")); err == nil {
		return nil
	}
	if err := b.command(ctx, "topics", "create", "--partitions", strconv.Itoa(b.partitions)); err != nil {
		return err
	}
	if err := b.load(ctx, 1, b.events); err != nil {
		return err
	}
	instance, err := b.start(ctx, "a")
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
	return os.WriteFile(b.file("filled"), nil, 0o600)
}

// command runs the program to its end.
func (b *bench) command(ctx context.Context, args ...string) error {
	p, err := local.Start(ctx, b.file(args[0]+".log"), b.program, append(args, "--config", b.file("config.yaml"), "--brokers", b.brokers)...)
	if err != nil {
		return err
	}
	_, err = p.Wait()
	return err
}

// load writes records of the sample shop, others for each seed.
func (b *bench) load(ctx context.Context, seed, events int) error {
	return b.command(ctx, "generate", "--seed", strconv.Itoa(seed), "--events", strconv.Itoa(events),
		"--contacts", strconv.Itoa(b.contacts))
}

// start starts an instance on the state of its name.
func (b *bench) start(ctx context.Context, name string, more ...string) (*local.Instance, error) {
	args := append([]string{"--config", b.file("config.yaml"), "--brokers", b.brokers, "--state", b.file("state-" + name)}, more...)
	return local.Run(ctx, b.file(name+".log"), b.program, args...)
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
		behind, err := local.Behind(ctx, b.client, b.group(), b.topics.Consumed(), int32(b.partitions))
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
