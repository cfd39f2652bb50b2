package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"consentstream/deploy/internal/local"
)

// Targets.
const (
	entriesASecond = 250_000 // of a restore, or
	shareOfReading = 0.60    // of the bare reading, whichever is less
	warmRestart    = 2 * time.Second
	strangeRestart = 10 * time.Second
)

// restore measures the restore of a store that is not there, beside the bare
// reading of the same changelog.
func (b *bench) restore(ctx context.Context) error {
	begin := time.Now()
	read, err := local.ReadAll(ctx, b.client, b.changelog(), int32(b.partitions))
	if err != nil {
		return err
	}
	bare := speed{read.Records, read.Bytes, time.Since(begin)}
	if err := os.RemoveAll(filepath.Join(b.file("state-a"), "store")); err != nil {
		return err
	}
	instance, err := b.start(ctx, "a")
	if err != nil {
		return err
	}
	took, err := b.untilRunning(ctx, instance)
	restored, asked := restoredBy(ctx, instance)
	if err := errors.Join(err, asked); err != nil {
		_, ended := instance.Stop()
		return errors.Join(err, ended)
	}
	used, err := instance.Stop()
	if err != nil {
		return err
	}
	fmt.Fprintf(b.out, "%-32s %8s %10s %10s %8s\n", "changelog", "seconds", "records", "records/s", "MiB/s")
	bare.print(b.out, "read and left")
	restored.print(b.out, "restored")
	target := min(entriesASecond, shareOfReading*bare.rate())
	fmt.Fprintf(b.out, "  %.0f %% of the bare reading; %.2f of the target, %.0f a second; running %.2f s after the start, %.1f s of CPU, at most %d MiB\n\n",
		100*restored.rate()/bare.rate(), restored.rate()/target, target, took.Seconds(), used.CPU.Seconds(), used.Peak>>20)
	return nil
}

// restoredBy asks an instance what its tasks have restored, and how long that took
// from the first to the last of them.
func restoredBy(ctx context.Context, instance *local.Instance) (s speed, err error) {
	first, last := 0.0, 0.0
	err = instance.Metrics(ctx, func(name string, value float64) {
		name, _, _ = strings.Cut(name, "{")
		switch name {
		case "consentstream_restored_records":
			s.records += int64(value)
		case "consentstream_restored_bytes":
			s.bytes += int64(value)
		case "consentstream_restore_begin_timestamp_seconds":
			if first == 0 || value < first {
				first = value
			}
		case "consentstream_restore_end_timestamp_seconds":
			last = max(last, value)
		}
	})
	s.took = time.Duration((last - first) * float64(time.Second))
	return s, err
}

// waiting is how many records are written before the instance is ended, so that
// it ends in the middle of work: one for every fiftieth contact.
func (b *bench) waiting() int { return max(b.contacts/50, 100) }

// afterStop measures a restart after SIGTERM.
func (b *bench) afterStop(ctx context.Context) error {
	return b.restart(ctx, "after SIGTERM", warmRestart, func(i *local.Instance) error {
		_, err := i.Stop()
		return err
	})
}

// afterKill measures a restart after kill -9.
func (b *bench) afterKill(ctx context.Context) error {
	return b.restart(ctx, "after kill -9", warmRestart, kill)
}

// afterKillAsAnother is the same for an instance that returns under another name.
func (b *bench) afterKillAsAnother(ctx context.Context) error {
	return b.restart(ctx, "after kill -9, as another member", strangeRestart, kill, "--instance-id", fmt.Sprintf("another-%d", time.Now().UnixNano()))
}

func kill(i *local.Instance) error {
	i.Kill()
	return nil
}

// restart measures the restart of an instance that was ended while it had
// something to do, with the store that it has. Its second life is ended too,
// without waiting for the session of that name.
func (b *bench) restart(ctx context.Context, name string, target time.Duration, end func(*local.Instance) error, second ...string) error {
	instance, err := b.start(ctx, "a")
	if err != nil {
		return err
	}
	err = b.untilRead(ctx, instance)
	if err == nil {
		err = b.load(ctx, int(time.Now().UnixNano()%1_000_000_000), b.waiting())
	}
	if err = errors.Join(err, end(instance)); err != nil {
		return err
	}
	again, err := b.start(ctx, "a", second...)
	if err != nil {
		return err
	}
	took, err := b.untilRunning(ctx, again)
	if err == nil {
		restored, asked := restoredBy(ctx, again)
		err = asked
		fmt.Fprintf(b.out, "%-32s %8.2f s, target %.0f s; %d changelog records to bring forward\n", name, took.Seconds(), target.Seconds(), restored.records)
	}
	if err == nil {
		err = b.untilRead(ctx, again)
	}
	_, ended := again.Stop()
	return errors.Join(err, ended)
}
