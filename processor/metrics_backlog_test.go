package processor

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"consentstream/processor/kafka"
)

// measured returns a rig of one task whose transactions are counted.
func measured(t *testing.T) (*rig, *prometheus.Registry) {
	registry := prometheus.NewRegistry()
	metrics := NewMetrics(registry, func() float64 { return 0 })
	r := newRig(t, 1, func(c *TaskConfig) { c.Observe = metrics.observe })
	i := NewInstance(InstanceConfig{Metrics: metrics})
	i.add(r.tasks[0])
	return r, registry
}

func TestLagIsWhatIsNotAppliedYet(t *testing.T) {
	r, registry := measured(t)
	task := r.tasks[0]
	clicks := tp("clicks", 0)
	lagOf := func() float64 { return sampleOf(t, registry, "consentstream_lag_offsets", "task=0", "topic=clicks") }
	if got := lagOf(); got != 0 {
		t.Errorf("lag %v before anything came", got)
	}
	task.lag.saw([]kafka.Fetched{{TopicPartition: clicks, LastStable: 7}})
	task.lag.saw([]kafka.Fetched{{TopicPartition: clicks, LastStable: -1}}) // not answered
	if got := lagOf(); got != 7 {
		t.Errorf("lag %v, want 7", got)
	}
	for range 5 { // unreadable ones are processed too
		r.raw(clicks, kafka.Record{Timestamp: int64(day0), Key: []byte("c"), Value: []byte("?")})
	}
	r.run()
	if got := lagOf(); got != 2 {
		t.Errorf("lag %v after five of seven, want 2", got)
	}
}

func TestEndToEndIsFromTheAppendToTheCommit(t *testing.T) {
	r, registry := measured(t)
	r.send("c", order("a"))
	r.at(day0.Add(3 * time.Second))
	if got := sampleOf(t, registry, "consentstream_end_to_end_seconds", "topic=purchases"); got != 3 {
		t.Errorf("%v seconds, want 3", got)
	}
}

func TestTransactionsAreCountedByOutcome(t *testing.T) {
	registry := prometheus.NewRegistry()
	metrics := NewMetrics(registry, func() float64 { return 0 })
	for outcome, err := range map[string]error{
		"committed": nil, "fenced": kafka.ErrFenced, "reset": kafka.ErrReset, "aborted": kafka.ErrGenerationOver, "unknown": io.ErrUnexpectedEOF,
	} {
		if err != nil {
			err = fmt.Errorf("commit: %w", err)
		}
		metrics.observe(Outcome{Step: newStep(), Err: err})
		if got := sampleOf(t, registry, "consentstream_transactions_total", "outcome="+outcome, "task=0"); got != 1 {
			t.Errorf("%s: %v", outcome, got)
		}
	}
}

func TestDeadlinesThatWaitShowAsDueAndLate(t *testing.T) {
	r, registry := measured(t)
	r.send("c", consent("a"))
	r.run()
	if got := sampleOf(t, registry, "consentstream_deadlines_due", "task=0"); got != 0 {
		t.Fatalf("%v due before any instant has come", got)
	}
	task := r.tasks[0]
	c := r.contact("c")
	now := c.Timer.Add(time.Minute)
	r.clock.Set(now)
	if err := task.overdue.take(task, now); err != nil {
		t.Fatal(err)
	}
	if got := sampleOf(t, registry, "consentstream_deadlines_due", "task=0"); got != 1 {
		t.Errorf("%v due, want 1", got)
	}
	if got := sampleOf(t, registry, "consentstream_deadline_late_seconds", "task=0"); got != 60 {
		t.Errorf("late by %v s, want 60", got)
	}
	r.run()
	if got := sampleOf(t, registry, "consentstream_deadlines_due", "task=0"); got != 0 {
		t.Errorf("%v due after the deadline fired", got)
	}
}
