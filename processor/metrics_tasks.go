package processor

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// restoreMetrics tell how far the restore of a task is.
type restoreMetrics struct {
	records, bytes, remaining, eta, began, ended *prometheus.Desc
	standbyState, standbyLag                     *prometheus.Desc
}

func newRestoreMetrics(ofTask func(name, help string) *prometheus.Desc) restoreMetrics {
	return restoreMetrics{
		records:   ofTask("restored_records", "Changelog records that the last restore of a task has applied."),
		bytes:     ofTask("restored_bytes", "Bytes of keys and values of those records."),
		remaining: ofTask("restore_remaining_records", "Changelog records that a task has still to apply, as far as offsets tell."),
		eta:       ofTask("restore_eta_seconds", "How long the restore of a task will still take at its pace so far; absent while nothing can be said."),
		began:     ofTask("restore_begin_timestamp_seconds", "When the last restore of a task began, in seconds since 1970."),
		ended:     ofTask("restore_end_timestamp_seconds", "When it was over, in seconds since 1970; absent while it is not."),

		standbyState: ofTask("standby_state", "State of the second copy of a task: 0 restoring, 1 following, 2 waiting for the broker, 3 failed."),
		standbyLag:   ofTask("standby_lag_records", "Changelog offsets that the second copy of a task is behind."),
	}
}

func (m *restoreMetrics) describe(to chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{m.records, m.bytes, m.remaining, m.eta, m.began, m.ended, m.standbyState, m.standbyLag} {
		to <- desc
	}
}

func (m *restoreMetrics) collect(to chan<- prometheus.Metric, task string, p *Progress) {
	gauge := func(desc *prometheus.Desc, value float64) {
		to <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, task)
	}
	gauge(m.records, float64(p.Records))
	gauge(m.bytes, float64(p.Bytes))
	gauge(m.remaining, float64(p.Remaining))
	if left, known := p.Left(); known {
		gauge(m.eta, left.Seconds())
	}
	if !p.Began.IsZero() {
		gauge(m.began, seconds(p.Began))
	}
	if !p.Ended.IsZero() {
		gauge(m.ended, seconds(p.Ended))
	}
}

func seconds(at time.Time) float64 { return float64(at.UnixMicro()) / 1e6 }

// watch shows the states of an instance's tasks at each scrape.
func (m *Metrics) watch(i *Instance) {
	m.registry.MustRegister(taskCollector{m, i})
}

// taskCollector shows the tasks that the instance has now: one that has moved
// away is not shown as it was when it was here.
type taskCollector struct {
	m *Metrics
	i *Instance
}

// Describe implements prometheus.Collector.
func (c taskCollector) Describe(to chan<- *prometheus.Desc) {
	to <- c.m.taskState
	c.m.backlog.describe(to)
	c.m.restore.describe(to)
}

// Collect implements prometheus.Collector.
func (c taskCollector) Collect(to chan<- prometheus.Metric) {
	for _, t := range c.i.Tasks() {
		task := strconv.Itoa(int(t.Partition()))
		restored := t.Restored()
		to <- prometheus.MustNewConstMetric(c.m.taskState, prometheus.GaugeValue, float64(t.State()), task)
		c.m.backlog.collect(to, task, t)
		c.m.restore.collect(to, task, &restored)
	}
	for _, s := range c.i.Standbys() {
		task := strconv.Itoa(int(s.Partition()))
		restored := s.Restored()
		to <- prometheus.MustNewConstMetric(c.m.restore.standbyState, prometheus.GaugeValue, float64(s.State()), task)
		to <- prometheus.MustNewConstMetric(c.m.restore.standbyLag, prometheus.GaugeValue, float64(s.Lag()), task)
		c.m.restore.collect(to, task, &restored)
	}
}
