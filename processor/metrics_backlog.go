package processor

import "github.com/prometheus/client_golang/prometheus"

// backlogMetrics tell what a task has still to do.
type backlogMetrics struct {
	lag, due, late, waits *prometheus.Desc
}

func newBacklogMetrics(ofTask func(name, help string) *prometheus.Desc) backlogMetrics {
	return backlogMetrics{
		lag:   prometheus.NewDesc("consentstream_lag_offsets", "Offsets of a topic that a task has still to process, by task and topic.", []string{"task", "topic"}, nil),
		due:   ofTask("deadlines_due", "Deadlines of a task that have come and are not evaluated yet, counted up to 10000."),
		late:  ofTask("deadline_late_seconds", "For how long the oldest of those has been due; 0 = there is none."),
		waits: ofTask("schema_waits", "Topics of a task whose next record has a schema that the registry does not give now; the others go on."),
	}
}

func (m *backlogMetrics) describe(to chan<- *prometheus.Desc) {
	to <- m.lag
	to <- m.due
	to <- m.late
	to <- m.waits
}

func (m *backlogMetrics) collect(to chan<- prometheus.Metric, task string, t *Task) {
	gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	}
	t.lag.each(func(topic string, offsets int64) { gauge(m.lag, float64(offsets), task, topic) })
	gauge(m.due, float64(t.overdue.count.Load()), task)
	gauge(m.waits, float64(t.held.count()), task)
	gauge(m.late, t.overdue.late(t.config.Clock.Now()).Seconds(), task)
}
