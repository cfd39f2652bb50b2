package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"consentstream/processor"
)

// instance is the measured run, asked over HTTP.
type instance struct{ address string }

// ask returns how many tasks are in a state, and the processor time used so
// far.
func (i instance) ask(ctx context.Context, in processor.TaskState) (tasks int, cpu time.Duration, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, i.address+"/metrics", nil)
	if err != nil {
		return 0, 0, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, 0, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return 0, 0, fmt.Errorf("/metrics answers %s", response.Status)
	}
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		name, text, _ := strings.Cut(lines.Text(), " ")
		value, err := strconv.ParseFloat(text, 64)
		switch {
		case err != nil: // a comment
		case strings.HasPrefix(name, "consentstream_task_state{") && processor.TaskState(value) == in:
			tasks++
		case name == "process_cpu_seconds_total":
			cpu = time.Duration(value * float64(time.Second))
		}
	}
	return tasks, cpu, lines.Err()
}

// freePort returns a port that nothing listens on now.
func freePort() int {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0 // the program that is to listen there will say why it cannot
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}
