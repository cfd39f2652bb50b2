package processor

import (
	"time"

	"consentstream/processor/kafka"
	"consentstream/processor/trace"
	"consentstream/state"
)

// traceRef is the place of a record among the traces of its step, from 1; 0 =
// the record carries none, or traces are off.
type traceRef int32

// addressUse is a first use of an address, and the trace of the record that told it.
type addressUse struct {
	address string
	trace   traceRef
	quiet   bool // see useValue
}

// traced notes the trace of a record that is dealt with here, and gives it a span
// where its producer asks for one. While a first start takes its backlog there are
// none: those traces were over long ago.
func (in *intake) traced(r *kafka.Record, from origin) traceRef {
	if !in.s.config.Traced || len(r.Headers) == 0 || in.s.phase.firstStart {
		return 0
	}
	parent, ok := contextOf(r.Headers)
	if !ok {
		return 0
	}
	traces := &in.s.step.Traces
	record := trace.Record{Parent: parent, Topic: from.topic, Partition: from.partition, Offset: from.offset}
	if parent.Sampled && in.s.step.spans < trace.MaxSpans {
		in.s.step.spans++
		record.Span, record.Taken = trace.NewSpanID(), time.Now()
	}
	*traces = append(*traces, record)
	return traceRef(len(*traces))
}

// contextOf returns the trace context that a record carries, and false where it
// carries none that can be read.
func contextOf(headers []kafka.Header) (trace.Context, bool) {
	var found trace.Context
	ok := false
	for _, h := range headers {
		switch h.Key {
		case trace.Header:
			if c, is := trace.Parse(h.Value); is {
				return c, true
			}
		case trace.CloudEventsHeader:
			if c, is := trace.Parse(h.Value); is {
				found, ok = c, true
			}
		}
	}
	return found, ok
}

// causeTrace returns the trace of the record in the group that is a cause.
func (s *stepper) causeTrace(group []work, cause *state.Cause) traceRef {
	if !s.config.Traced || cause.Kind != state.CauseEvent {
		return 0
	}
	from := origin{cause.Topic, cause.Partition, cause.Offset}
	for i := range group {
		if group[i].from == from {
			return group[i].trace
		}
	}
	return 0
}

// carried returns the header by which what follows from a record carries its
// trace on, none where the record has no trace.
//
// An objection that is forwarded to the other contacts of an address is never
// given one: the trace would lead from them to whoever objected.
func (s *stepper) carried(at traceRef) []kafka.Header {
	if at == 0 {
		return nil
	}
	s.scratch = s.step.Traces[at-1].Onward().Append(s.scratch[:0])
	return s.step.addHeaders(nil, kafka.Header{Key: trace.Header, Value: s.step.memory.copy(s.scratch)})
}

// refused notes why a traced record was dead-lettered.
func (s *stepper) refused(at traceRef, fault string) {
	if at != 0 {
		s.step.Traces[at-1].Fault = fault
	}
}

// telling tells a sink how steps with traced records ended, beside whoever
// observes all of them.
func telling(sink trace.Sink, observe func(Outcome)) func(Outcome) {
	return func(o Outcome) {
		if observe != nil {
			observe(o)
		}
		if o.Step.spans > 0 {
			sink.Step(told(&o))
		}
	}
}

// told is what a sink is told about a step.
func told(o *Outcome) trace.Step {
	c := &o.Step.Counts
	out := trace.Step{
		Task: o.Partition, Began: o.Began, Ended: o.Began.Add(o.Took), Records: c.Records, Published: c.Eligibility + c.Retention,
		DeadLetters: c.DeadLetters, Deadlines: c.Deadlines, Outcome: outcomeOf(o.Err), Traced: o.Step.Traces[:0],
	}
	// The step is used again after this: what has no span may be left out in place.
	for _, r := range o.Step.Traces {
		switch {
		case r.Spanned():
			out.Traced = append(out.Traced, r)
		case r.Parent.Sampled:
			out.Untold++
		}
	}
	return out
}
