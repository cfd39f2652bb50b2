package processor

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are what an instance counts. No label holds anything about a person.
type Metrics struct {
	records      *prometheus.CounterVec
	facts        *prometheus.CounterVec
	published    *prometheus.CounterVec
	deadLetters  *prometheus.CounterVec
	deadlines    prometheus.Counter
	misrouted    prometheus.Counter
	transactions *prometheus.HistogramVec
	taskState    *prometheus.Desc
	restore      restoreMetrics
	storeBytes   prometheus.GaugeFunc
	registry     prometheus.Registerer
}

// NewMetrics registers the metrics; storeBytes tells the size of the store.
func NewMetrics(registry prometheus.Registerer, storeBytes func() float64) *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "consentstream", Name: name, Help: help}, labels)
	}
	ofTask := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc(prometheus.BuildFQName("consentstream", "", name), help, []string{"task"}, nil)
	}
	m := &Metrics{
		registry:    registry,
		records:     counter("records_total", "Records read, by task.", "task"),
		facts:       counter("facts_total", "Facts folded in, by outcome: new, duplicate, ignored.", "outcome"),
		published:   counter("published_total", "Records published, by topic kind.", "topic"),
		deadLetters: counter("dead_letters_total", "Records that could not be used, by reason.", "reason"),
		deadlines:   prometheus.NewCounter(prometheus.CounterOpts{Namespace: "consentstream", Name: "deadlines_total", Help: "Deadlines evaluated."}),
		misrouted:   prometheus.NewCounter(prometheus.CounterOpts{Namespace: "consentstream", Name: "misrouted_total", Help: "Records sent on because their key belongs to another partition."}),
		transactions: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "consentstream", Name: "transaction_seconds", Help: "Time from the first request of a transaction until it is committed and applied.",
			Buckets: prometheus.ExponentialBuckets(0.002, 2, 14),
		}, []string{"task"}),
		taskState:  ofTask("task_state", "State of a task: 0 taking over, 1 restoring, 2 first start, 3 running, 4 stopped, 5 waiting for the broker or the schema registry."),
		restore:    newRestoreMetrics(ofTask),
		storeBytes: prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "consentstream", Name: "store_bytes", Help: "Size of the local store on disk, in bytes."}, storeBytes),
	}
	registry.MustRegister(m.records, m.facts, m.published, m.deadLetters, m.deadlines, m.misrouted, m.transactions, m.storeBytes)
	return m
}

// observe counts an applied step.
func (m *Metrics) observe(partition int32, c *Counts, took time.Duration) {
	task := strconv.Itoa(int(partition))
	m.records.WithLabelValues(task).Add(float64(c.Records))
	m.facts.WithLabelValues("new").Add(float64(c.Facts))
	m.facts.WithLabelValues("duplicate").Add(float64(c.Duplicates))
	m.facts.WithLabelValues("ignored").Add(float64(c.Ignored))
	m.published.WithLabelValues("eligibility").Add(float64(c.Eligibility))
	m.published.WithLabelValues("retention").Add(float64(c.Retention))
	for reason, n := range c.Faults {
		m.deadLetters.WithLabelValues(reason).Add(float64(n))
	}
	m.deadlines.Add(float64(c.Deadlines))
	m.misrouted.Add(float64(c.Misrouted))
	m.transactions.WithLabelValues(task).Observe(took.Seconds())
}
