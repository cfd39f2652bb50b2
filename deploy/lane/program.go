package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"consentstream/processor"
)

// program is the measured consentstream, running.
type program struct {
	cmd     *exec.Cmd
	log     string
	address string        // of its metrics
	ended   chan struct{} // closed when it has ended; err is set then
	err     error
}

// start starts run with arguments; what it prints goes to a file. It gets SIGTERM
// when ctx ends.
func (b *bench) start(ctx context.Context, log string, args ...string) (*program, error) {
	port, err := anyPort()
	if err != nil {
		return nil, err
	}
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close() // the child has its own
	p := &program{log: log, address: "127.0.0.1:" + strconv.Itoa(port), ended: make(chan struct{})}
	p.cmd = exec.CommandContext(ctx, b.program, append(append([]string{"run"}, args...), "--listen", p.address)...)
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = 30 * time.Second
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go p.reap()
	return p, nil
}

func (p *program) reap() {
	defer close(p.ended)
	if err := p.cmd.Wait(); err != nil {
		p.err = fmt.Errorf("consentstream run: %w: %s", err, lastLine(p.log))
	}
}

// stop asks the program to end, as an operator would, and waits for it.
func (p *program) stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // fails where it has ended already
	<-p.ended
	return p.err
}

// alive returns an error once the program has ended.
func (p *program) alive() error {
	select {
	case <-p.ended:
		return fmt.Errorf("run ended before its work was done: %s", lastLine(p.log))
	default:
		return nil
	}
}

// running counts the tasks that are past restoring and first start.
func (p *program) running(ctx context.Context) (tasks int32, err error) {
	err = p.metrics(ctx, func(name string, value float64) {
		if strings.HasPrefix(name, "consentstream_task_state{") && processor.TaskState(value) == processor.TaskRunning {
			tasks++
		}
	})
	return tasks, err
}

// deadlines returns how many deadlines were looked at since the start.
func (p *program) deadlines(ctx context.Context) (n int64, err error) {
	err = p.metrics(ctx, func(name string, value float64) {
		if name == "consentstream_deadlines_total" {
			n = int64(value)
		}
	})
	return n, err
}

// metrics calls each for every sample that the program shows.
func (p *program) metrics(ctx context.Context, each func(name string, value float64)) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.address+"/metrics", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		name, text, _ := strings.Cut(lines.Text(), " ")
		if value, err := strconv.ParseFloat(text, 64); err == nil { // else a comment
			each(name, value)
		}
	}
	return lines.Err()
}

// lastLine returns the end of a log.
func lastLine(file string) string {
	b, _ := os.ReadFile(file) // an empty answer says enough
	b = bytes.TrimSpace(b[max(0, len(b)-2000):])
	return string(b[bytes.LastIndexByte(b, '\n')+1:])
}
