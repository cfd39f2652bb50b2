package processor

import (
	"errors"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"consentstream/processor/kafka"
	"consentstream/processor/trace"
	"consentstream/state"
)

// Metrics are what an instance counts; docs/metrics.md lists them. No label
// holds anything about a person.
type Metrics struct {
	records      *prometheus.CounterVec
	facts        *prometheus.CounterVec
	published    *prometheus.CounterVec
	deadLetters  *prometheus.CounterVec
	deadlines    prometheus.Counter
	misrouted    prometheus.Counter
	transactions *prometheus.HistogramVec
	outcomes     *prometheus.CounterVec
	endToEnd     *prometheus.HistogramVec
	backlog      backlogMetrics
	taskState    *prometheus.Desc
	restore      restoreMetrics
	storeBytes   prometheus.GaugeFunc
	spans        *prometheus.CounterVec
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
		outcomes: counter("transactions_total", "Transactions by how they ended: committed, aborted, reset, fenced, unknown.", "task", "outcome"),
		endToEnd: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "consentstream", Name: "end_to_end_seconds", Help: "Time from when a record was appended to its topic until what follows from it is committed, by input topic.",
			Buckets: prometheus.ExponentialBuckets(0.005, 2.5, 14),
		}, []string{"topic"}),
		backlog:    newBacklogMetrics(ofTask),
		taskState:  ofTask("task_state", "State of a task: 0 taking over, 1 restoring, 2 first start, 3 running, 4 stopped, 5 waiting for the broker or the schema registry."),
		restore:    newRestoreMetrics(ofTask),
		spans:      counter("trace_spans_total", "Spans of traced records and their transactions, by what became of them: sent, dropped, failed.", "outcome"),
		storeBytes: prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "consentstream", Name: "store_bytes", Help: "Size of the local store on disk, in bytes."}, storeBytes),
	}
	registry.MustRegister(m.records, m.facts, m.published, m.deadLetters, m.deadlines, m.misrouted, m.transactions, m.outcomes, m.endToEnd, m.storeBytes, m.spans)
	for _, outcome := range []string{trace.Sent, trace.Dropped, trace.Failed} {
		m.spans.WithLabelValues(outcome)
	}
	return m
}

// observe counts a transaction and, where it was applied, its step.
func (m *Metrics) observe(o Outcome) {
	task := strconv.Itoa(int(o.Partition))
	m.outcomes.WithLabelValues(task, outcomeOf(o.Err)).Inc()
	if o.Err != nil {
		return
	}
	m.transactions.WithLabelValues(task).Observe(o.Took.Seconds())
	m.count(task, &o.Step.Counts)
	m.arrivals(o.Step, o.At)
}

// Spans counts what became of spans: trace.Sent, Dropped or Failed.
func (m *Metrics) Spans(outcome string, n int) { m.spans.WithLabelValues(outcome).Add(float64(n)) }

// outcomeOf names how a transaction ended.
func outcomeOf(err error) string {
	switch {
	case err == nil:
		return trace.Committed
	case errors.Is(err, kafka.ErrFenced):
		return "fenced"
	case errors.Is(err, kafka.ErrReset):
		return "reset"
	case errors.Is(err, kafka.ErrGenerationOver), errors.Is(err, kafka.ErrRefused):
		return "aborted"
	}
	return "unknown"
}

// arrivals takes in how long the records of a step were on their way.
func (m *Metrics) arrivals(step *Step, at state.Instant) {
	for topic, appended := range step.Appended {
		if len(appended) == 0 {
			continue
		}
		observer := m.endToEnd.WithLabelValues(state.Topic(topic).String())
		for _, since := range appended {
			took := time.Duration(at-since) * time.Millisecond
			observer.Observe(max(0, took.Seconds())) // a producer's clock may be ahead of ours
		}
	}
}

// count adds what an applied step did.
func (m *Metrics) count(task string, c *Counts) {
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
}
