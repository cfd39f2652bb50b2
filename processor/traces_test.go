package processor

import (
	"slices"
	"testing"

	"consentstream/processor/kafka"
	"consentstream/processor/trace"
	"consentstream/state"
)

const (
	sampledTrace   = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	unsampledTrace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
)

// toldSteps is a sink that keeps what it is told.
type toldSteps []trace.Step

// Step implements trace.Sink.
func (s *toldSteps) Step(step trace.Step) {
	step.Traced = slices.Clone(step.Traced)
	*s = append(*s, step)
}

// records are all that were told, in order.
func (s *toldSteps) records() (all []trace.Record) {
	for i := range *s {
		all = append(all, (*s)[i].Traced...)
	}
	return all
}

// tracedRig is a rig whose steps are told.
func tracedRig(t *testing.T, partitions int32) (*rig, *toldSteps) {
	steps := new(toldSteps)
	return newRig(t, partitions, func(c *TaskConfig) {
		c.Step.Traced = true
		c.Observe = telling(steps, c.Observe)
	}), steps
}

func traceHeader(name, value string) kafka.Header {
	return kafka.Header{Key: name, Value: []byte(value)}
}

// tracesIn are the traceparents of what lies in a topic, "" where a record has none.
func (r *rig) tracesIn(topic string) (all []string) {
	for _, record := range r.log(topic) {
		all = append(all, header(&record, trace.Header))
	}
	return all
}

// What follows from a record is a child of the record's span, and that is a child
// of the producer's.
func TestATracedRecordGetsASpanAndWhatFollowsCarriesItOn(t *testing.T) {
	for _, name := range []string{trace.Header, trace.CloudEventsHeader} {
		t.Run(name, func(t *testing.T) {
			r, steps := tracedRig(t, 1)
			offset := r.send("c", consent("a"), traceHeader(name, sampledTrace))
			r.send("d", consent("b"))
			r.run()
			parent, _ := trace.Parse([]byte(sampledTrace))
			records := steps.records()
			if len(*steps) != 1 || len(records) != 1 {
				t.Fatalf("told %+v, want one step with one record", *steps)
			}
			got, step := records[0], (*steps)[0]
			if got.Parent != parent || !got.Spanned() || got.Taken.IsZero() || got.Topic != "signups" || got.Partition != 0 || got.Offset != offset {
				t.Errorf("record %+v", got)
			}
			if step.Outcome != trace.Committed || step.Records != 2 || step.Published != 2 || step.Ended.Before(step.Began) || step.Began.Before(got.Taken) {
				t.Errorf("step %+v", step)
			}
			want := []string{string(got.Onward().Append(nil)), ""}
			if traces := r.tracesIn("eligibility-changed"); !slices.Equal(traces, want) {
				t.Errorf("published with %q, want %q", traces, want)
			}
			if onward := got.Onward(); onward.TraceID != parent.TraceID || onward.SpanID == parent.SpanID || !onward.Sampled {
				t.Errorf("onward %+v", onward)
			}
		})
	}
}

// The nearer hop counts where a record has both headers.
func TestTheTraceOfTheNearerHopCounts(t *testing.T) {
	other := "00-11111111111111111111111111111111-2222222222222222-01"
	for _, headers := range [][]kafka.Header{
		{traceHeader(trace.CloudEventsHeader, other), traceHeader(trace.Header, sampledTrace)},
		{traceHeader(trace.Header, sampledTrace), traceHeader(trace.CloudEventsHeader, other)},
		{traceHeader(trace.Header, "00-garbage"), traceHeader(trace.CloudEventsHeader, sampledTrace)},
	} {
		got, ok := contextOf(headers)
		if want, _ := trace.Parse([]byte(sampledTrace)); !ok || got != want {
			t.Errorf("%v: %+v, %v", headers, got, ok)
		}
	}
}

// A producer that does not sample is not overruled, and neither is whoever reads
// what follows.
func TestAnUnsampledTraceGetsNoSpanAndTravelsOn(t *testing.T) {
	r, steps := tracedRig(t, 1)
	r.send("c", consent("a"), traceHeader(trace.Header, unsampledTrace))
	r.run()
	if traces := r.tracesIn("eligibility-changed"); len(*steps) != 0 || !slices.Equal(traces, []string{unsampledTrace}) {
		t.Errorf("told %+v, published with %q", *steps, traces)
	}
}

func TestAMalformedTraceIsIgnored(t *testing.T) {
	r, steps := tracedRig(t, 1)
	r.send("c", consent("a"), traceHeader(trace.Header, "00-none"))
	r.run()
	if traces := r.tracesIn("eligibility-changed"); len(*steps) != 0 || !slices.Equal(traces, []string{""}) {
		t.Errorf("told %+v, published with %q", *steps, traces)
	}
}

func TestWithoutTracesNothingIsCarriedOn(t *testing.T) {
	r := newRig(t, 1)
	r.send("c", consent("a"), traceHeader(trace.Header, sampledTrace))
	r.run()
	if traces := r.tracesIn("eligibility-changed"); !slices.Equal(traces, []string{""}) {
		t.Errorf("published with %q", traces)
	}
}

func TestSpansOfAStepAreBounded(t *testing.T) {
	r, steps := tracedRig(t, 1)
	for range trace.MaxSpans + 10 {
		r.send("c", consent("a"), traceHeader(trace.Header, sampledTrace))
		r.send("c", consent("a"), traceHeader(trace.Header, unsampledTrace))
	}
	r.run()
	if len(*steps) != 1 || len((*steps)[0].Traced) != trace.MaxSpans || (*steps)[0].Untold != 10 {
		t.Errorf("told %d records of %d steps", len(steps.records()), len(*steps))
	}
	for range 3 { // the next steps have room again
		r.send("c", consent("a"), traceHeader(trace.Header, sampledTrace))
		r.run()
	}
	if len(steps.records()) != trace.MaxSpans+3 {
		t.Errorf("told %d records", len(steps.records()))
	}
}

// A step that failed is told too: its records are taken again, and the time is gone.
func TestAFailedStepIsTold(t *testing.T) {
	steps := new(toldSteps)
	step := newStep()
	tell := telling(steps, nil)
	tell(Outcome{Step: step, Err: kafka.ErrFenced})
	if len(*steps) != 0 {
		t.Errorf("told %+v of a step without traces", *steps)
	}
	step.Traces, step.spans = []trace.Record{{Span: [8]byte{1}}}, 1
	tell(Outcome{Step: step, Err: kafka.ErrFenced})
	if len(*steps) != 1 || (*steps)[0].Outcome != "fenced" {
		t.Errorf("told %+v", *steps)
	}
}

// A first start has nothing to tell about records that lay there before it.
func TestTheBacklogOfAFirstStartHasNoSpans(t *testing.T) {
	steps := new(toldSteps)
	r := newBacklog(t, 1, func(c *TaskConfig) {
		c.Step.Traced = true
		c.Observe = telling(steps, c.Observe)
	})
	for _, f := range []state.Fact{consent("a"), unsubscribe("b")} {
		r.send("c", f, traceHeader(trace.Header, sampledTrace))
	}
	r.start()
	r.run()
	if len(*steps) != 0 {
		t.Errorf("told %+v", *steps)
	}
	r.send("c", consent("d"), traceHeader(trace.Header, sampledTrace))
	r.run()
	if len(steps.records()) != 1 {
		t.Errorf("told %+v after the first start", *steps)
	}
}

func TestADeadLetterIsToldAndKeepsItsTrace(t *testing.T) {
	r, steps := tracedRig(t, 1)
	r.raw(tp("purchases", 0), kafka.Record{Key: []byte("c"), Value: []byte("garbage"), Headers: []kafka.Header{traceHeader(trace.Header, sampledTrace)}})
	first := r.send("c", consent("a"))
	r.send("c", when(consent("a"), day0.Add(-oneDay)), traceHeader(trace.Header, sampledTrace)) // the same id with other content
	r.run()
	records := steps.records()
	if len(records) != 2 || records[0].Fault != "undecodable" || records[1].Fault != "invalid" || records[1].Offset != first+1 {
		t.Errorf("told %+v", records)
	}
	if traces := r.tracesIn("consentstream-dead-letter"); !slices.Equal(traces, []string{sampledTrace, sampledTrace}) {
		t.Errorf("dead letters with %q", traces)
	}
}

// erasure is the demand to be forgotten, which publishes a retention stage.
func erasure(id string) state.Fact {
	f := unsubscribe(id)
	f.Unsubscribe.Kind = state.UnsubscribeErasure
	return f
}

func TestARetentionStageCarriesTheTraceOfItsCause(t *testing.T) {
	r, steps := tracedRig(t, 1)
	r.send("c", order("a"))
	r.run()
	r.send("c", erasure("b"), traceHeader(trace.Header, sampledTrace))
	r.run()
	records := steps.records()
	if len(records) != 1 {
		t.Fatalf("told %+v", records)
	}
	want := string(records[0].Onward().Append(nil))
	if traces := r.tracesIn("retention-expiry"); len(traces) == 0 || slices.ContainsFunc(traces, func(s string) bool { return s != want }) {
		t.Errorf("published with %q, want %q", traces, want)
	}
}

// Where one of several facts is the cause of a stage it carries no trace: it could
// be another's.
func TestARetentionStageOfSeveralFactsCarriesNone(t *testing.T) {
	r, steps := tracedRig(t, 1)
	r.send("c", order("a"))
	r.run()
	r.send("c", erasure("b"), traceHeader(trace.Header, sampledTrace))
	r.send("c", order("d"), traceHeader(trace.Header, sampledTrace))
	r.run()
	traces := r.tracesIn("eligibility-changed")
	if len(steps.records()) != 2 || traces[len(traces)-1] == "" {
		t.Fatalf("told %+v, published with %q", steps.records(), traces)
	}
	if traces := r.tracesIn("retention-expiry"); !slices.Equal(traces, []string{""}) {
		t.Errorf("stages with %q", traces)
	}
}

// The same where a deadline was due when the fact came.
func TestARetentionStageOfADeadlineCarriesNoTrace(t *testing.T) {
	r, steps := tracedRig(t, 1)
	r.send("c", when(order("a"), day0))
	r.run()
	now := expiryOf(day0).Add(-oneDay)
	r.clock.Set(now)
	open := state.Fact{ID: "b", Topic: state.TopicClicks, Click: &state.Click{Kind: state.ClickOpen, Channel: state.ChannelEmail}}
	r.send("c", when(open, now), traceHeader(trace.Header, sampledTrace))
	r.run()
	if traces := r.tracesIn("retention-expiry"); len(steps.records()) != 1 || len(traces) == 0 || traces[0] != "" {
		t.Errorf("told %+v, stages with %q", steps.records(), traces)
	}
}

// A record at the wrong partition gets its span where it is dealt with.
func TestASentOnRecordKeepsItsTrace(t *testing.T) {
	r, steps := tracedRig(t, 2)
	wrong := 1 - r.home("c")
	offset := r.sendTo(wrong, state.Key{Controller: "default", Contact: "c"}, consent("a"), traceHeader(trace.Header, sampledTrace))
	r.run()
	records := steps.records()
	if len(records) != 1 || records[0].Topic != "signups" || records[0].Partition != wrong || records[0].Offset != offset || (*steps)[0].Task != r.home("c") {
		t.Fatalf("told %+v", *steps)
	}
	if traces := r.tracesIn("eligibility-changed"); !slices.Equal(traces, []string{string(records[0].Onward().Append(nil))}) {
		t.Errorf("published with %q", traces)
	}
}

// An address asks its owner; the trace goes there and back, and each hop is a
// child of the one before.
func TestTheTraceGoesByWayOfAnAddress(t *testing.T) {
	r, steps := tracedRig(t, 2)
	r.send("c", withAddress(consent("a"), "address"), traceHeader(trace.Header, sampledTrace))
	r.run()
	records := steps.records()
	if len(records) != 3 {
		t.Fatalf("told %+v, want the record, its question and the answer", records)
	}
	for i, topic := range []string{"signups", "consentstream-addresses", "consentstream-repartition"} {
		if records[i].Topic != topic || i > 0 && records[i].Parent != records[i-1].Onward() {
			t.Errorf("hop %d: %+v", i, records[i])
		}
	}
	traces := r.tracesIn("eligibility-changed")
	if want := string(records[2].Onward().Append(nil)); len(traces) == 0 || traces[len(traces)-1] != want {
		t.Errorf("published with %q, want %q in the end", traces, want)
	}
}

// An objection reaches the others at an address without its trace, which would
// lead from them to whoever objected.
func TestAForwardedObjectionLeavesItsTraceBehind(t *testing.T) {
	r, steps := tracedRig(t, 2)
	for _, contact := range []string{"c", "d"} {
		r.send(contact, withAddress(consent("yes-"+contact), "address"))
	}
	r.run()
	before := len(r.log("eligibility-changed"))
	r.send("c", withAddress(unsubscribe("no"), "address"), traceHeader(trace.Header, sampledTrace))
	r.run()
	r.wantNewsletter("d", "address", r.verdict(state.Key{Controller: "default", Contact: "c"}, state.MessageNewsletter, "address").Reason)
	if len(steps.records()) != 1 || len(r.log("eligibility-changed")) != before+2 {
		t.Fatalf("told %+v, %d published", *steps, len(r.log("eligibility-changed"))-before)
	}
	own := string(steps.records()[0].Onward().Append(nil))
	for _, record := range slices.Concat(r.log("eligibility-changed"), r.log("consentstream-addresses"), r.log("consentstream-repartition")) {
		if carries := header(&record, trace.Header); carries != "" && (carries != own || string(record.Key) != "c") {
			t.Errorf("a record of another contact carries %q", carries)
		}
	}
}
