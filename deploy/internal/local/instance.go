package local

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"consentstream/processor"
)

// Instance is a process of a group: consentstream run.
type Instance struct {
	*Process
	Address string // HOST:PORT of its metrics
}

// Run starts consentstream run with arguments, listening on a free port.
func Run(ctx context.Context, log, program string, args ...string) (*Instance, error) {
	port, err := AnyPort()
	if err != nil {
		return nil, err
	}
	p, err := Start(ctx, log, program, append(append([]string{"run"}, args...), "--listen", Host(port))...)
	return &Instance{p, Host(port)}, err
}

// Running counts the tasks that are past restoring and first start.
func (i *Instance) Running(ctx context.Context) (tasks int, err error) {
	states, err := i.Tasks(ctx)
	for _, state := range states {
		if state == processor.TaskRunning {
			tasks++
		}
	}
	return tasks, err
}

// Tasks returns the tasks that the instance has, and where each of them stands.
func (i *Instance) Tasks(ctx context.Context) (map[int32]processor.TaskState, error) {
	tasks := map[int32]processor.TaskState{}
	err := i.Metrics(ctx, func(name string, value float64) {
		if task, ok := Task(name, "consentstream_task_state"); ok {
			tasks[task] = processor.TaskState(value)
		}
	})
	return tasks, err
}

// Task returns the task that a sample of a metric is about: 3 of
// consentstream_task_state{task="3"}. Other samples have none.
func Task(name, metric string) (task int32, ok bool) {
	label, ok := strings.CutPrefix(name, metric+`{task="`)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSuffix(label, `"}`), 10, 32)
	return int32(n), err == nil
}

// Metrics calls each for every sample that the instance shows; a name holds its
// labels as they are exported.
func (i *Instance) Metrics(ctx context.Context, each func(name string, value float64)) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+i.Address+"/metrics", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("/metrics answers %s", response.Status)
	}
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		name, text, _ := strings.Cut(lines.Text(), " ")
		if value, err := strconv.ParseFloat(text, 64); err == nil { // else a comment
			each(name, value)
		}
	}
	return lines.Err()
}
