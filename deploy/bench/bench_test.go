package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"consentstream/processor"
)

func TestProbeReadsTheMetricsThatRunExports(t *testing.T) {
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
	running, cpu, err := instance{server.URL}.ask(context.Background(), processor.TaskRunning)
	if err != nil || running != 2 || cpu != 1250*time.Millisecond {
		t.Errorf("%d tasks running, %v used, error %v", running, cpu, err)
	}
}

func TestAChildThatFailsTellsWhy(t *testing.T) {
	b := &bench{program: "/bin/sh"}
	_, err := b.command(context.Background(), "-c", "echo no disk left >&2; exit 2")
	if err == nil || !strings.Contains(err.Error(), "no disk left") {
		t.Errorf("error %v", err)
	}
}

func TestAChildIsMeasured(t *testing.T) {
	b := &bench{program: "/bin/sh"}
	used, err := b.command(context.Background(), "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done")
	if err != nil {
		t.Fatal(err)
	}
	if used.wall <= 0 || used.cpu <= 0 || used.peak <= 0 {
		t.Errorf("used %+v", used)
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
	if got, err := size(dir); got != 300 || err != nil {
		t.Errorf("%d bytes, error %v", got, err)
	}
}

func TestTailKeepsTheEnd(t *testing.T) {
	var end tail
	for range 100 {
		_, _ = end.Write([]byte(strings.Repeat("x", 99) + "\n"))
	}
	_, _ = end.Write([]byte("why it failed\n"))
	if got := end.String(); len(got) > tailBytes || !strings.HasSuffix(got, "why it failed") {
		t.Errorf("%d bytes, ending in %q", len(got), got[len(got)-20:])
	}
}

func TestUnknownCasesAreRefused(t *testing.T) {
	if _, err := parse([]string{"-cases", "kafka,steams"}); err == nil {
		t.Error("a misspelt case would be left out in silence")
	}
}
