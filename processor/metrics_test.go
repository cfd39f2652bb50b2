package processor

import (
	"log/slog"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// tasksShown are the tasks for which a gauge is exported.
func tasksShown(t *testing.T, registry *prometheus.Registry, name string) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]float64{}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			shown[m.GetLabel()[0].GetValue()] = m.GetGauge().GetValue()
		}
	}
	return shown
}

// A task that has moved to another instance is not shown by this one any more.
func TestMetricsShowTheTasksOfNow(t *testing.T) {
	registry := prometheus.NewRegistry()
	metrics := NewMetrics(registry, func() float64 { return 0 })
	i := NewInstance(InstanceConfig{Metrics: metrics})
	for p := range int32(2) {
		task := &Task{config: &TaskConfig{Clock: NewManualClock(day0)}, partition: p, logger: slog.New(slog.DiscardHandler), restorer: &restorer{}}
		task.enter(TaskRunning)
		i.add(task)
	}
	if shown := tasksShown(t, registry, "consentstream_task_state"); len(shown) != 2 || shown["1"] != float64(TaskRunning) {
		t.Errorf("shown %v, want two running tasks", shown)
	}
	if shown := tasksShown(t, registry, "consentstream_restore_remaining_records"); len(shown) != 2 {
		t.Errorf("shown %v, want two tasks", shown)
	}
	i.clear()
	if shown := tasksShown(t, registry, "consentstream_task_state"); len(shown) != 0 {
		t.Errorf("shown %v, want none", shown)
	}
}
