package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// usage is what a process took.
type usage struct {
	wall time.Duration
	cpu  time.Duration
	peak int64 // bytes of resident memory
}

// child is the measured program, running.
type child struct {
	cmd    *exec.Cmd
	begin  time.Time
	stderr tail
	ended  chan struct{} // closed when it has ended; used and err are set then
	used   usage
	err    error
}

// start starts the program; what it prints is dropped, but for the last lines
// of its errors. It gets SIGTERM when ctx ends.
func (b *bench) start(ctx context.Context, args ...string) (*child, error) {
	c := &child{cmd: exec.CommandContext(ctx, b.program, args...), ended: make(chan struct{})}
	c.cmd.Stderr = &c.stderr
	c.cmd.Cancel = func() error { return c.cmd.Process.Signal(syscall.SIGTERM) }
	c.cmd.WaitDelay = 30 * time.Second
	c.begin = time.Now()
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	go c.reap()
	return c, nil
}

// reap waits for the end of the program and notes what it used.
func (c *child) reap() {
	defer close(c.ended)
	if err := c.cmd.Wait(); err != nil {
		c.err = fmt.Errorf("consentstream %s: %w: %s", c.cmd.Args[1], err, &c.stderr)
	}
	c.used = usage{
		wall: time.Since(c.begin),
		cpu:  c.cmd.ProcessState.UserTime() + c.cmd.ProcessState.SystemTime(),
		peak: peakMemory(c.cmd.ProcessState),
	}
}

// wait waits for the end of the program.
func (c *child) wait() (usage, error) {
	<-c.ended
	return c.used, c.err
}

// stop asks the program to end, as an operator would, and waits for it.
func (c *child) stop() (usage, error) {
	_ = c.cmd.Process.Signal(syscall.SIGTERM) // fails where it has ended already
	return c.wait()
}

// command runs the program to its end.
func (b *bench) command(ctx context.Context, args ...string) (usage, error) {
	c, err := b.start(ctx, args...)
	if err != nil {
		return usage{}, err
	}
	return c.wait()
}

func (b *bench) sample(zipf float64) []string {
	return []string{
		"generate", "--seed", "1", "--events", strconv.Itoa(b.events), "--contacts", strconv.Itoa(b.contacts),
		"--zipf", strconv.FormatFloat(zipf, 'f', -1, 64),
	}
}

// size is what the files below a folder hold.
func size(dir string) (total int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	return total, err
}

// tail keeps the end of what is written to it.
type tail struct{ kept []byte }

const tailBytes = 2000

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if len(t.kept) > tailBytes {
		t.kept = bytes.Clone(t.kept[len(t.kept)-tailBytes:])
	}
	return len(p), nil
}

// String returns the end.
func (t *tail) String() string { return string(bytes.TrimSpace(t.kept)) }
