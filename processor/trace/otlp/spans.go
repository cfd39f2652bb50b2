package otlp

import (
	"strconv"

	commonpb "go.opentelemetry.io/proto/slim/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/slim/otlp/trace/v1"

	"consentstream/processor/trace"
)

// remoteParent are the flags of a sampled span whose parent is another process's.
const remoteParent = uint32(tracepb.SpanFlags_SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK | tracepb.SpanFlags_SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK | 1)

// sampled are the flags of a span without parent, and of a link to one of ours.
const sampled = uint32(1)

// appendSpans adds the spans of a step: that of its transaction, and one for each
// traced record.
func appendSpans(spans []*tracepb.Span, step *trace.Step, group string) []*tracepb.Span {
	transaction := transactionSpan(step)
	spans = append(spans, transaction)
	for i := range step.Traced {
		span := recordSpan(&step.Traced[i], step, group)
		span.Links = []*tracepb.Span_Link{linkTo(transaction)}
		transaction.Links = append(transaction.Links, linkTo(span))
		spans = append(spans, span)
	}
	return spans
}

func transactionSpan(step *trace.Step) *tracepb.Span {
	traceID, spanID := trace.NewTraceID(), trace.NewSpanID()
	return &tracepb.Span{
		TraceId: traceID[:], SpanId: spanID[:], Flags: sampled, Name: "transaction", Kind: tracepb.Span_SPAN_KIND_INTERNAL,
		StartTimeUnixNano: uint64(step.Began.UnixNano()), EndTimeUnixNano: uint64(step.Ended.UnixNano()),
		Attributes: failed(step, []*commonpb.KeyValue{
			text("messaging.system", "kafka"),
			number("consentstream.task", int64(step.Task)),
			number("consentstream.records", int64(step.Records)),
			number("consentstream.published", int64(step.Published)),
			number("consentstream.dead_letters", int64(step.DeadLetters)),
			number("consentstream.deadlines", int64(step.Deadlines)),
			text("consentstream.outcome", step.Outcome),
		}),
		Status: statusOf(step),
	}
}

func recordSpan(r *trace.Record, step *trace.Step, group string) *tracepb.Span {
	span := &tracepb.Span{
		TraceId: r.Parent.TraceID[:], ParentSpanId: r.Parent.SpanID[:], SpanId: r.Span[:], Flags: remoteParent,
		Name: "process " + r.Topic, Kind: tracepb.Span_SPAN_KIND_CONSUMER,
		StartTimeUnixNano: uint64(r.Taken.UnixNano()), EndTimeUnixNano: uint64(step.Ended.UnixNano()),
		Attributes: failed(step, []*commonpb.KeyValue{
			text("messaging.system", "kafka"),
			text("messaging.operation.name", "process"),
			text("messaging.operation.type", "process"),
			text("messaging.destination.name", r.Topic),
			text("messaging.destination.partition.id", strconv.Itoa(int(r.Partition))),
			number("messaging.kafka.offset", r.Offset),
			text("messaging.consumer.group.name", group),
			number("consentstream.task", int64(step.Task)),
			text("consentstream.outcome", step.Outcome),
		}),
		Status: statusOf(step),
	}
	if r.Fault != "" && step.Outcome == trace.Committed {
		span.Attributes = append(span.Attributes, text("error.type", r.Fault))
		span.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR, Message: "dead letter: " + r.Fault}
	}
	return span
}

// failed adds why a step failed, where it did.
func failed(step *trace.Step, attributes []*commonpb.KeyValue) []*commonpb.KeyValue {
	if step.Outcome == trace.Committed {
		return attributes
	}
	return append(attributes, text("error.type", step.Outcome))
}

func statusOf(step *trace.Step) *tracepb.Status {
	if step.Outcome == trace.Committed {
		return nil
	}
	return &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR, Message: "transaction " + step.Outcome}
}

func linkTo(span *tracepb.Span) *tracepb.Span_Link {
	return &tracepb.Span_Link{TraceId: span.TraceId, SpanId: span.SpanId, Flags: sampled}
}

func text(key, value string) *commonpb.KeyValue {
	return &commonpb.KeyValue{Key: key, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: value}}}
}

func number(key string, value int64) *commonpb.KeyValue {
	return &commonpb.KeyValue{Key: key, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: value}}}
}
