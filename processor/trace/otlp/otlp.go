package otlp

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	tracepb "go.opentelemetry.io/proto/slim/otlp/trace/v1"

	"consentstream/processor/trace"
)

// Bounds of what waits for the collector.
const (
	maxHeld    = 4096 // spans, those on their way among them; some 2 MB
	batchSpans = 512  // sent at once, and up to a step more
	sendEvery  = time.Second
)

// Options say where spans go.
type Options struct {
	URL        string      // of the collector's traces, such as http://127.0.0.1:4318/v1/traces
	Header     http.Header // sent with every request, such as one that authenticates
	Group      string      // consumer group
	InstanceID string
	Version    string // of the program
	// Count is told what became of spans: trace.Sent, Dropped or Failed. It must
	// not wait.
	Count  func(outcome string, spans int)
	Logger *slog.Logger
	// Pause is the time before a batch is sent again, doubled each time; 0 = half a
	// second.
	Pause time.Duration
	// CloseWithin is how long Close waits for the last spans; 0 = a second.
	CloseWithin time.Duration
}

// Sink is a trace.Sink over OTLP.
type Sink struct {
	options   Options
	collector *collector
	steps     chan trace.Step
	held      atomic.Int64 // spans that wait or are on their way
	stop      chan struct{}
	ended     chan struct{}
	requests  context.Context // ends when Close has waited long enough
	giveUp    context.CancelFunc
	away      bool // the last batch did not get through
}

// Open returns a sink. It does not ask the collector for anything yet: one that
// is away is no reason not to start.
func Open(o Options) (*Sink, error) {
	c, err := newCollector(&o)
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	if o.Pause == 0 {
		o.Pause = 500 * time.Millisecond
	}
	if o.CloseWithin == 0 {
		o.CloseWithin = time.Second
	}
	// A step has two spans at the least, so there is room for as many as may be held.
	s := &Sink{options: o, collector: c, steps: make(chan trace.Step, maxHeld/2), stop: make(chan struct{}), ended: make(chan struct{})}
	s.requests, s.giveUp = context.WithCancel(context.Background())
	go s.run()
	return s, nil
}

// spansOf is how many spans a step gives.
func spansOf(step *trace.Step) int { return 1 + len(step.Traced) }

// Step implements trace.Sink.
func (s *Sink) Step(step trace.Step) {
	if step.Untold > 0 {
		s.options.Count(trace.Dropped, step.Untold)
	}
	n := spansOf(&step)
	if s.held.Add(int64(n)) > maxHeld {
		s.settle(trace.Dropped, n)
		return
	}
	step.Traced = slices.Clone(step.Traced)
	s.steps <- step
}

// settle counts what became of spans that were held.
func (s *Sink) settle(outcome string, spans int) {
	s.held.Add(-int64(spans))
	s.options.Count(outcome, spans)
}

// Close sends what waits, for Options.CloseWithin at most, and counts the rest as failed.
// No step may be told any more.
func (s *Sink) Close() {
	close(s.stop)
	timer := time.AfterFunc(s.options.CloseWithin, s.giveUp)
	defer timer.Stop()
	<-s.ended
	s.giveUp()
	s.collector.close()
}

// run sends what comes: full batches at once, and the rest every second.
func (s *Sink) run() {
	defer close(s.ended)
	tick := time.NewTicker(sendEvery)
	defer tick.Stop()
	var batch []*tracepb.Span
	for {
		select {
		case step := <-s.steps:
			if batch = appendSpans(batch, &step, s.options.Group); len(batch) < batchSpans {
				continue
			}
		case <-tick.C:
		case <-s.stop:
			s.drain(batch)
			return
		}
		batch = s.send(batch)
	}
}

// drain sends what is left when the program ends.
func (s *Sink) drain(batch []*tracepb.Span) {
	for len(s.steps) > 0 {
		step := <-s.steps
		if batch = appendSpans(batch, &step, s.options.Group); len(batch) >= batchSpans {
			batch = s.send(batch)
		}
	}
	s.send(batch)
}

// attempts is how often a batch is sent before it is given up.
const attempts = 4

// send hands a batch to the collector, again where that may help, and returns its
// emptied memory.
func (s *Sink) send(batch []*tracepb.Span) []*tracepb.Span {
	if len(batch) == 0 {
		return batch
	}
	pause := s.options.Pause
	for attempt := 1; ; attempt++ {
		rejected, err := s.collector.post(s.requests, batch)
		s.tell(err)
		if err == nil {
			s.settle(trace.Sent, len(batch)-rejected)
			s.settle(trace.Failed, rejected)
			break
		}
		wait, again := again(err)
		if !again || attempt == attempts || !s.wait(max(pause, wait)) {
			s.settle(trace.Failed, len(batch))
			break
		}
		pause *= 2
	}
	clear(batch)
	return batch[:0]
}

// wait pauses, and reports false when the sink is to end meanwhile.
func (s *Sink) wait(pause time.Duration) bool {
	select {
	case <-time.After(pause):
		return true
	case <-s.stop:
		return false
	}
}

// tell logs that the collector has gone, or come back.
func (s *Sink) tell(err error) {
	switch away := err != nil; {
	case away && !s.away:
		s.options.Logger.Warn("traces: the collector does not take spans; what does not fit into the queue is dropped", "reason", err)
	case !away && s.away:
		s.options.Logger.Info("traces: the collector takes spans again")
	}
	s.away = err != nil
}
