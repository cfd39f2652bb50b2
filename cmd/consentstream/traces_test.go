package main

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	tracepb "go.opentelemetry.io/proto/slim/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"consentstream/processor/kafka"
	"consentstream/processor/trace"
	"consentstream/processor/trace/otlp/otlptest"
	"consentstream/schemas"
	"consentstream/state"
)

// tracedOrder is a purchase of a contact whose producer has a span of its own.
func (s *site) tracedOrder(contact string, parent trace.Context) {
	s.t.Helper()
	encoder, err := schemas.NewEncoder()
	if err != nil {
		s.t.Fatal(err)
	}
	at := state.At(time.Now())
	value, err := encoder.Record(nil, state.TopicPurchases, &schemas.Record{
		Key: state.Key{Controller: schemas.DefaultController, Contact: contact},
		Fact: state.Fact{ID: "order-" + contact, Topic: state.TopicPurchases, OccurredAt: at, RecordedAt: at, Purchase: &state.Purchase{
			Kind: state.PurchaseOrdered, OrderRef: "O-" + contact, Family: "main", AmountMinor: 1000, AmountKnown: true, Role: state.RoleBuyer,
			CollectedBy: state.CollectedDirect, SoldBy: state.SoldOnline,
		}},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	record := kafka.OutRecord{
		Topic: s.topics.Purchases, Partition: kafka.Partition([]byte(contact), sitePartitions), Key: []byte(contact), Value: value, Timestamp: int64(at),
		Headers: []kafka.Header{{Key: trace.Header, Value: parent.Append(nil)}},
	}
	if _, err := s.client.Produce(s.t.Context(), []kafka.OutRecord{record}); err != nil {
		s.t.Fatal(err)
	}
}

// publishedTraces are the contexts that published changes carry, by contact.
func (s *site) publishedTraces() map[string]trace.Context {
	s.t.Helper()
	found := map[string]trace.Context{}
	for p := range int32(sitePartitions) {
		s.each(kafka.TopicPartition{Topic: s.topics.Eligibility, Partition: p}, func(r *kafka.Record) {
			for _, h := range r.Headers {
				if c, ok := trace.Parse(h.Value); ok && h.Key == trace.Header {
					found[string(r.Key)] = c
				}
			}
		})
	}
	return found
}

// A purchase that carries a trace gets a span under its producer's, and the
// change that it causes carries the trace on from there. No contact is named to
// the collector.
func TestTracesReachTheCollector(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	collector := otlptest.New(t)
	config, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	s.config = write(t, "traced.yaml", string(config)+fmt.Sprintf("\ntraces: {endpoint: %q}\n", strings.TrimSuffix(collector.URL, "/v1/traces")))
	parents := map[string]trace.Context{}
	s.during(func() { // what comes before the first start is over has no span
		for deadline := time.Now().Add(30 * time.Second); len(s.publishedTraces()) < 2 && time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
			contact := fmt.Sprintf("customer-%d", len(parents))
			parents[contact] = trace.Context{TraceID: trace.NewTraceID(), SpanID: trace.NewSpanID(), Sampled: true}
			s.tracedOrder(contact, parents[contact])
		}
		collector.Spans(2)
	})
	published := s.publishedTraces()
	if len(published) < 2 {
		t.Fatalf("%d of %d changes carry a trace", len(published), len(parents))
	}
	spans := map[string]*tracepb.Span{}
	for _, span := range collector.Spans(2) { // the rest was sent before the end
		spans[string(span.SpanId)] = span
		if b, err := proto.Marshal(span); err != nil || bytes.Contains(b, []byte("customer-")) {
			t.Errorf("a span names a contact: %v", span)
		}
	}
	for contact, c := range published {
		span, parent := spans[string(c.SpanID[:])], parents[contact]
		if span == nil || c.TraceID != parent.TraceID || !bytes.Equal(span.TraceId, parent.TraceID[:]) || !bytes.Equal(span.ParentSpanId, parent.SpanID[:]) {
			t.Errorf("%s carries %s, its producer's span is %s, ours %v", contact, c.Append(nil), hex.EncodeToString(parent.SpanID[:]), span)
			continue
		}
		if got := otlptest.Attributes(span.Attributes); got["messaging.destination.name"] != s.topics.Purchases || got["consentstream.outcome"] != "committed" {
			t.Errorf("%s: %v", span.Name, got)
		}
		if len(span.Links) != 1 || spans[string(span.Links[0].SpanId)].GetName() != "transaction" {
			t.Errorf("%s links to %v", span.Name, span.Links)
		}
	}
}

// A wrong address of a collector is told before anything starts.
func TestAWrongCollectorIsRefused(t *testing.T) {
	t.Parallel()
	s := newSiteAt(t, "127.0.0.1:1", kafka.SASL{})
	wantRefusal(t, s.ends("--traces", "collector:4318"), "traces.endpoint", "http://127.0.0.1:4318")
}
