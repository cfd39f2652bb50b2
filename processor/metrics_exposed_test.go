package processor

import (
	"bufio"
	"log/slog"
	"maps"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"consentstream/processor/kafka"
	"consentstream/state"
)

// TestMetricsAreThoseOfTheirDocument compares docs/metrics.md with /metrics, by
// name, type and labels, both ways.
func TestMetricsAreThoseOfTheirDocument(t *testing.T) {
	if diff := cmp.Diff(documented(t), exposed(t)); diff != "" {
		t.Errorf("docs/metrics.md and /metrics differ (- documented, + exposed):\n%s", diff)
	}
}

// documented maps the names of the document to their types and labels.
func documented(t *testing.T) map[string]string {
	t.Helper()
	b, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for line := range strings.Lines(string(b)) {
		cells := strings.Split(line, "|")
		if !strings.HasPrefix(line, "| `") || len(cells) < 7 {
			continue
		}
		name := strings.Trim(cells[1], " `")
		if strings.TrimSpace(cells[4]) == "" || strings.TrimSpace(cells[5]) == "" {
			t.Errorf("%s has no unit or no meaning", name)
		}
		found[name] = described(strings.TrimSpace(cells[2]), strings.Split(strings.TrimSpace(cells[3]), ", "))
	}
	return found
}

func described(kind string, labels []string) string {
	slices.Sort(labels)
	return kind + " " + strings.Join(labels, ",")
}

// exposed is what an instance shows that has done something of every kind.
func exposed(t *testing.T) map[string]string {
	t.Helper()
	registry := prometheus.NewRegistry()
	metrics := NewMetrics(registry, func() float64 { return 0 })
	i := NewInstance(InstanceConfig{Metrics: metrics, Task: TaskConfig{Clock: NewManualClock(day0)}})
	i.add(shownTask())
	i.addStandby(newStandby(&TaskConfig{Logger: slog.New(slog.DiscardHandler)}, 1))
	step := newStep()
	step.Counts.Faults = map[string]int{"invalid": 1}
	step.Appended[state.TopicClicks] = []state.Instant{day0}
	metrics.observe(Outcome{Step: step, At: day0})
	families := map[string][]string{}
	answer := httptest.NewRecorder()
	i.Handler(registry).ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	found := map[string]string{}
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		if name, kind, ok := strings.Cut(strings.TrimPrefix(lines.Text(), "# TYPE "), " "); ok && strings.HasPrefix(lines.Text(), "# TYPE ") {
			found[name] = kind
		}
	}
	all, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		for _, l := range f.GetMetric()[0].GetLabel() {
			families[f.GetName()] = append(families[f.GetName()], l.GetName())
		}
	}
	for name, kind := range maps.Clone(found) {
		found[name] = described(kind, families[name])
	}
	return found
}

// shownTask is a task with something to show in every metric.
func shownTask() *Task {
	config := &TaskConfig{Clock: NewManualClock(day0), Logger: slog.New(slog.DiscardHandler)}
	task := &Task{config: config, logger: config.Logger, restorer: newRestorer(config, 0, config.Logger)}
	inputs := map[kafka.TopicPartition]int64{tp("clicks", 0): 1}
	task.lag.begin(inputs, inputs)
	task.restorer.progress.now = Progress{Began: time.Unix(1, 0), Ended: time.Unix(2, 0)}
	return task
}

// sampleOf is the value of a series with these labels, as name=value.
func sampleOf(t *testing.T, registry *prometheus.Registry, name string, labels ...string) float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			var has []string
			for _, l := range m.GetLabel() {
				has = append(has, l.GetName()+"="+l.GetValue())
			}
			if slices.Equal(has, labels) {
				return m.GetGauge().GetValue() + m.GetCounter().GetValue() + m.GetHistogram().GetSampleSum()
			}
		}
	}
	t.Errorf("no series %s %v", name, labels)
	return 0
}
