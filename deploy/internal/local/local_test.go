package local

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"consentstream/processor"
	"consentstream/processor/kafka"
)

func TestRunningCountsTheTasksThatTheMetricsShow(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`# HELP consentstream_task_state State of a task.
# TYPE consentstream_task_state gauge
consentstream_task_state{task="0"} 3
consentstream_task_state{task="1"} 2
consentstream_task_state{task="2"} 3
process_cpu_seconds_total 1.25
`))
	}))
	defer server.Close()
	i := &Instance{Address: strings.TrimPrefix(server.URL, "http://")}
	if running, err := i.Running(t.Context()); running != 2 || err != nil {
		t.Errorf("%d tasks running, error %v", running, err)
	}
	tasks, err := i.Tasks(t.Context())
	if len(tasks) != 3 || tasks[1] != processor.TaskFirstStart || tasks[2] != processor.TaskRunning || err != nil {
		t.Errorf("tasks %v, error %v", tasks, err)
	}
	for _, name := range []string{"process_cpu_seconds_total", `consentstream_task_state{task="x"}`} {
		if task, ok := Task(name, "consentstream_task_state"); ok {
			t.Errorf("%s is about task %d", name, task)
		}
	}
	cpu := 0.0
	err = i.Metrics(t.Context(), func(name string, value float64) {
		if name == "process_cpu_seconds_total" {
			cpu = value
		}
	})
	if cpu != 1.25 || err != nil {
		t.Errorf("%v seconds, error %v", cpu, err)
	}
}

func shell(t *testing.T, script string) *Process {
	t.Helper()
	p, err := Start(t.Context(), filepath.Join(t.TempDir(), "log"), "/bin/sh", "-c", script)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAProcessThatFailsTellsWhy(t *testing.T) {
	p := shell(t, "echo first; echo no disk left >&2; exit 2")
	if _, err := p.Wait(); err == nil || !strings.HasSuffix(err.Error(), "no disk left") {
		t.Errorf("error %v", err)
	}
	if err := p.Alive(); err == nil || !strings.Contains(err.Error(), "no disk left") {
		t.Errorf("alive: %v", err)
	}
}

func TestAProcessIsMeasured(t *testing.T) {
	used, err := shell(t, "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done").Wait()
	if err != nil {
		t.Fatal(err)
	}
	if used.Wall <= 0 || used.CPU <= 0 || used.Peak <= 0 {
		t.Errorf("used %+v", used)
	}
}

func TestStopAsksAndKillDoesNot(t *testing.T) {
	const script = "trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done"
	stopped, killed := shell(t, script), shell(t, script)
	for _, p := range []*Process{stopped, killed} {
		for LastLine(p.log) != "ready" {
			time.Sleep(5 * time.Millisecond)
		}
	}
	if _, err := stopped.Stop(); err != nil {
		t.Errorf("stopped: %v", err)
	}
	killed.Kill()
	if _, err := killed.Wait(); err == nil {
		t.Error("who was killed ended as if asked to")
	}
}

func TestSizeCountsAllBelow(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "a", "b"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"x", "a/y", "a/b/z"} {
		if err := os.WriteFile(filepath.Join(dir, name), make([]byte, 100), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := Size(dir); got != 300 || err != nil {
		t.Errorf("%d bytes, error %v", got, err)
	}
}

func TestLastLineOfALongLog(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	text := strings.Repeat(strings.Repeat("x", 99)+"\n", 100) + "why it failed\n"
	if err := os.WriteFile(log, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := LastLine(log); got != "why it failed" {
		t.Errorf("%q", got)
	}
}

// A cluster looks for other ports where one of its own is taken, be it the last.
func TestTakenPortsArePassedOver(t *testing.T) {
	o := KafkaOptions{Nodes: 3, Proxied: 2, Ports: func(base int) []int { return []int{base + 200} }}
	base, err := freeBase(o.ports)
	if err != nil {
		t.Skip(err)
	}
	for _, taken := range []int{base, base + 2 + controllerShift, base + 2*ProxiedStep + AdvertisedShift + 2, base + 200} {
		listener, err := net.Listen("tcp", Host(taken))
		if err != nil {
			t.Skip("somebody else was faster")
		}
		if again, err := freeBase(o.ports); err == nil && again == base {
			t.Errorf("%d is taken, and the cluster would begin at %d", taken, again)
		}
		listener.Close()
	}
}

func TestReadingCountsAndGoesOnWhereSomethingIsLeft(t *testing.T) {
	a, b := kafka.TopicPartition{Topic: "t"}, kafka.TopicPartition{Topic: "t", Partition: 1}
	var read Read
	left, err := read.take([]kafka.Fetched{
		{TopicPartition: a, Next: 5, Records: []kafka.Record{{Key: []byte("k"), Value: []byte("val")}, {Key: []byte("k")}}},
		{TopicPartition: b, Next: 3},
	}, map[kafka.TopicPartition]int64{a: 5, b: 4})
	if err != nil || len(left) != 1 || left[0] != (kafka.Position{TopicPartition: b, Offset: 3}) {
		t.Errorf("left %v, error %v", left, err)
	}
	if read != (Read{Records: 2, Bytes: 5}) {
		t.Errorf("%+v", read)
	}
}
