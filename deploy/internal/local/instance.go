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
	err = i.Metrics(ctx, func(name string, value float64) {
		if strings.HasPrefix(name, "consentstream_task_state{") && processor.TaskState(value) == processor.TaskRunning {
			tasks++
		}
	})
	return tasks, err
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
