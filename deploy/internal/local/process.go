package local

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Usage is what a process took.
type Usage struct {
	Wall time.Duration
	CPU  time.Duration
	Peak int64 // bytes of resident memory, 0 where the system does not tell
}

// Process is a program under way.
type Process struct {
	Begin time.Time
	cmd   *exec.Cmd
	log   string
	ended chan struct{} // closed when it has ended; used and err are set then
	used  Usage
	err   error
}

// Start starts a program; what it prints is appended to the file log. It gets
// SIGTERM when ctx ends.
func Start(ctx context.Context, log, program string, args ...string) (*Process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close() // the child has its own
	p := &Process{cmd: exec.CommandContext(ctx, program, args...), log: log, ended: make(chan struct{}), Begin: time.Now()}
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = 30 * time.Second
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go p.reap()
	return p, nil
}

// reap waits for the end of the program and notes what it used.
func (p *Process) reap() {
	defer close(p.ended)
	if err := p.cmd.Wait(); err != nil {
		p.err = fmt.Errorf("%s: %w: %s", filepath.Base(p.cmd.Path), err, LastLine(p.log))
	}
	p.used = Usage{
		Wall: time.Since(p.Begin),
		CPU:  p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime(),
		Peak: peakMemory(p.cmd.ProcessState),
	}
}

// Wait waits for the end of the program. The error tells why it failed.
func (p *Process) Wait() (Usage, error) {
	<-p.ended
	return p.used, p.err
}

// Stop asks the program to end, as an operator would, and waits for it.
func (p *Process) Stop() (Usage, error) {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // fails where it has ended already
	return p.Wait()
}

// Kill ends the program without warning and waits until it is gone.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // fails where it has ended already
	<-p.ended
}

// Alive returns an error once the program has ended.
func (p *Process) Alive() error {
	select {
	case <-p.ended:
		return fmt.Errorf("%s ended before its work was done: %s", filepath.Base(p.cmd.Path), LastLine(p.log))
	default:
		return nil
	}
}

// logTail is how much of the end of a log is looked at for its last line.
const logTail = 2000

// LastLine returns the last line of a log, "" of one that is not there.
func LastLine(file string) string {
	b, _ := os.ReadFile(file) // an empty answer says enough
	b = bytes.TrimSpace(b[max(0, len(b)-logTail):])
	return string(b[bytes.LastIndexByte(b, '\n')+1:])
}

// Size is what the files below a folder hold, in bytes.
func Size(dir string) (total int64, err error) {
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
