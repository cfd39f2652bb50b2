package otlp

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	collectorpb "go.opentelemetry.io/proto/slim/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/slim/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"consentstream/processor/trace"
	"consentstream/processor/trace/otlp/otlptest"
)

// bench is a sink with what it told about itself.
type bench struct {
	*Sink
	collector *otlptest.Collector
	mu        sync.Mutex
	counts    map[string]int
	log       bytes.Buffer
}

func open(t *testing.T, change ...func(*Options)) *bench {
	t.Helper()
	b := &bench{collector: otlptest.New(t), counts: map[string]int{}}
	o := Options{
		URL: b.collector.URL, Group: "shop", InstanceID: "one", Version: "1.2", Count: b.count,
		Logger: slog.New(slog.NewTextHandler(&b.log, nil)), Pause: time.Millisecond, CloseWithin: time.Minute,
	}
	for _, f := range change {
		f(&o)
	}
	var err error
	if b.Sink, err = Open(o); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) count(outcome string, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.counts[outcome] += n
}

// want checks what became of spans, after Close.
func (b *bench) want(t *testing.T, sent, dropped, failed int) {
	t.Helper()
	want := map[string]int{trace.Sent: sent, trace.Dropped: dropped, trace.Failed: failed}
	for outcome, n := range want {
		if b.counts[outcome] != n {
			t.Errorf("counts %v, want %v", b.counts, want)
			return
		}
	}
	if held := b.held.Load(); held != 0 {
		t.Errorf("%d spans are still held", held)
	}
}

var began = time.Unix(1_800_000_000, 5)

// sample is a committed step of one record.
func sample() trace.Step {
	parent, _ := trace.Parse([]byte("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
	return trace.Step{
		Task: 3, Began: began, Ended: began.Add(40 * time.Millisecond), Records: 7, Published: 2, DeadLetters: 1, Deadlines: 4, Outcome: trace.Committed,
		Traced: []trace.Record{{
			Parent: parent, Span: [8]byte{1, 2, 3, 4, 5, 6, 7, 8}, Topic: "purchases", Partition: 3, Offset: 99, Taken: began.Add(-5 * time.Millisecond),
		}},
	}
}

func TestARecordAndItsTransactionBecomeSpans(t *testing.T) {
	b := open(t)
	step := sample()
	b.Step(step)
	step.Traced[0] = trace.Record{} // the processor uses its memory again
	b.Close()
	b.want(t, 2, 0, 0)
	spans := b.collector.Spans(2)
	if len(spans) != 2 {
		t.Fatalf("%d spans", len(spans))
	}
	transaction, record := spans[0], spans[1]
	want := sample().Traced[0]
	if !bytes.Equal(record.TraceId, want.Parent.TraceID[:]) || !bytes.Equal(record.ParentSpanId, want.Parent.SpanID[:]) || !bytes.Equal(record.SpanId, want.Span[:]) {
		t.Errorf("record: %v", record)
	}
	if record.Name != "process purchases" || record.Kind != tracepb.Span_SPAN_KIND_CONSUMER || record.Flags != 0x301 || record.Status != nil {
		t.Errorf("record: %v", record)
	}
	if record.StartTimeUnixNano != uint64(want.Taken.UnixNano()) || record.EndTimeUnixNano != uint64(step.Ended.UnixNano()) {
		t.Errorf("record: %v", record)
	}
	if len(transaction.TraceId) != 16 || len(transaction.SpanId) != 8 || bytes.Equal(transaction.TraceId, record.TraceId) || len(transaction.ParentSpanId) != 0 {
		t.Errorf("transaction: %v", transaction)
	}
	if transaction.StartTimeUnixNano != uint64(began.UnixNano()) || transaction.EndTimeUnixNano != uint64(step.Ended.UnixNano()) || transaction.Status != nil {
		t.Errorf("transaction: %v", transaction)
	}
	for from, to := range map[*tracepb.Span]*tracepb.Span{transaction: record, record: transaction} {
		if l := from.Links; len(l) != 1 || !bytes.Equal(l[0].TraceId, to.TraceId) || !bytes.Equal(l[0].SpanId, to.SpanId) {
			t.Errorf("%s links to %v", from.Name, l)
		}
	}
}

func TestAttributes(t *testing.T) {
	b := open(t)
	b.Step(sample())
	b.Close()
	spans := b.collector.Spans(2)
	for i, want := range []map[string]any{
		{
			"messaging.system": "kafka", "consentstream.task": int64(3), "consentstream.records": int64(7), "consentstream.published": int64(2),
			"consentstream.dead_letters": int64(1), "consentstream.deadlines": int64(4), "consentstream.outcome": "committed",
		},
		{
			"messaging.system": "kafka", "messaging.operation.name": "process", "messaging.operation.type": "process", "messaging.destination.name": "purchases",
			"messaging.destination.partition.id": "3", "messaging.kafka.offset": int64(99), "messaging.consumer.group.name": "shop",
			"consentstream.task": int64(3), "consentstream.outcome": "committed",
		},
	} {
		if diff := cmp.Diff(want, otlptest.Attributes(spans[i].Attributes)); diff != "" {
			t.Errorf("%s (- want, + got):\n%s", spans[i].Name, diff)
		}
	}
	resource := map[string]any{"service.name": "consentstream", "service.version": "1.2", "service.instance.id": "one"}
	if diff := cmp.Diff(resource, b.collector.Resource()); diff != "" {
		t.Errorf("resource (- want, + got):\n%s", diff)
	}
}

func TestWhatFailedIsAnError(t *testing.T) {
	b := open(t)
	fenced, refused := sample(), sample()
	fenced.Outcome = "fenced"
	refused.Traced[0].Fault = "undecodable"
	b.Step(fenced)
	b.Step(refused)
	b.Close()
	spans := b.collector.Spans(4)
	for i, want := range []struct{ reason, message string }{
		{"fenced", "transaction fenced"}, {"fenced", "transaction fenced"}, {"", ""}, {"undecodable", "dead letter: undecodable"},
	} {
		reason, _ := otlptest.Attributes(spans[i].Attributes)["error.type"].(string)
		if reason != want.reason || spans[i].GetStatus().GetMessage() != want.message || (spans[i].GetStatus().GetCode() == tracepb.Status_STATUS_CODE_ERROR) != (want.reason != "") {
			t.Errorf("span %d: %v", i, spans[i])
		}
	}
}

// hang has the collector take requests and never answer, until the test ends.
func (b *bench) hang(t *testing.T) (asked <-chan struct{}) {
	release, first := make(chan struct{}), make(chan struct{})
	var once sync.Once
	t.Cleanup(func() { close(release) })
	b.collector.Answer(func(http.ResponseWriter, *http.Request) {
		once.Do(func() { close(first) })
		<-release
	})
	return first
}

// A collector that hangs costs neither time nor memory: what does not fit is
// dropped, every span is counted once, and the end does not wait long.
func TestAHangingCollectorCostsSpansOnly(t *testing.T) {
	const closeWithin = 500 * time.Millisecond
	b := open(t, func(o *Options) { o.CloseWithin = closeWithin })
	asked := b.hang(t)
	b.Step(sample())
	<-asked // one request is on its way for ever
	const steps = 20_000
	slowest := time.Duration(0)
	for range steps {
		before := time.Now()
		b.Step(sample())
		slowest = max(slowest, time.Since(before))
	}
	if held := b.held.Load(); held > maxHeld || held < maxHeld-1 {
		t.Errorf("%d spans are held, want %d", held, maxHeld)
	}
	if slowest > time.Second {
		t.Errorf("a task waited for %v", slowest)
	}
	before := time.Now()
	b.Close()
	if took := time.Since(before); took < closeWithin || took > closeWithin+5*time.Second {
		t.Errorf("the end took %v", took)
	}
	b.want(t, 0, 2*(steps+1)-maxHeld, maxHeld)
}

func TestUntoldRecordsCountAsDropped(t *testing.T) {
	b := open(t)
	step := sample()
	step.Untold = 5
	b.Step(step)
	b.Close()
	b.want(t, 2, 5, 0)
}

// A busy collector is asked again; that it was away is logged once, and that it
// is back.
func TestABusyCollectorIsAskedAgain(t *testing.T) {
	b := open(t)
	busy := 3
	b.collector.Answer(func(w http.ResponseWriter, _ *http.Request) {
		if busy--; busy == 0 {
			b.collector.Answer(nil)
		}
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	b.Step(sample())
	b.collector.Spans(2)
	b.Close()
	b.want(t, 2, 0, 0)
	if n := len(b.collector.Requests()); n != 4 {
		t.Errorf("%d requests, want 4", n)
	}
	if log := b.log.String(); strings.Count(log, "does not take spans") != 1 || strings.Count(log, "takes spans again") != 1 {
		t.Errorf("log: %s", log)
	}
}

func TestACollectorThatIsAwayIsGivenUp(t *testing.T) {
	b := open(t, func(o *Options) { o.URL = "http://127.0.0.1:1/v1/traces" })
	b.Step(sample())
	for deadline := time.Now().Add(10 * time.Second); b.held.Load() > 0 && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond)
	}
	b.Close()
	b.want(t, 0, 0, 2)
}

// What will not get better is not tried again, and the log tells what to look at.
func TestARefusalIsFinal(t *testing.T) {
	for _, status := range []int{http.StatusNotFound, http.StatusUnauthorized, http.StatusTemporaryRedirect, http.StatusInternalServerError} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			b := open(t)
			b.collector.Answer(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(status)
			})
			b.Step(sample())
			b.Close()
			b.want(t, 0, 0, 2)
			if n := len(b.collector.Requests()); n != 1 {
				t.Errorf("%d requests", n)
			}
			if log := b.log.String(); !strings.Contains(log, fmt.Sprint("answers ", status)) || !strings.Contains(log, "/v1/traces") {
				t.Errorf("log: %s", log)
			}
		})
	}
}

func TestRejectedSpansAreNotSent(t *testing.T) {
	for _, row := range []struct{ rejects, failed int }{{1, 1}, {7, 2}, {-1, 0}} {
		b := open(t)
		b.collector.Answer(func(w http.ResponseWriter, _ *http.Request) {
			answer, _ := proto.Marshal(&collectorpb.ExportTraceServiceResponse{PartialSuccess: &collectorpb.ExportTracePartialSuccess{RejectedSpans: int64(row.rejects)}})
			_, _ = w.Write(answer)
		})
		b.Step(sample())
		b.Close()
		b.want(t, 2-row.failed, 0, row.failed)
	}
}

// A secret goes to the collector, and not into the log when that refuses it.
func TestHeadersAndPasswordsStayBetweenUs(t *testing.T) {
	b := open(t, func(o *Options) {
		o.Header = http.Header{"Api-Key": {"secret"}}
		o.URL = strings.Replace(o.URL, "http://", "http://me:password@", 1)
	})
	b.collector.Answer(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	b.Step(sample())
	b.Close()
	request := b.collector.Requests()[0]
	user, password, _ := request.BasicAuth()
	if request.Header.Get("Api-Key") != "secret" || user != "me" || password != "password" {
		t.Errorf("headers %v", request.Header)
	}
	if log := b.log.String(); strings.Contains(log, "secret") || strings.Contains(log, "password") {
		t.Errorf("log: %s", log)
	}
}

// Some collectors want their key in the URL. When none listens there, the error
// names the place without it.
func TestAKeyInTheURLIsNotLogged(t *testing.T) {
	b := open(t, func(o *Options) { o.URL = "http://me:password@127.0.0.1:1/v1/traces?key=secret" })
	b.Step(sample())
	b.Close()
	log := b.log.String()
	if !strings.Contains(log, "127.0.0.1:1/v1/traces") {
		t.Errorf("the log does not name the collector: %s", log)
	}
	if strings.Contains(log, "secret") || strings.Contains(log, "password") {
		t.Errorf("log: %s", log)
	}
}

// Full batches do not wait for the second to pass, and none is much larger.
func TestBatchesAreBounded(t *testing.T) {
	b := open(t)
	step := sample()
	for len(step.Traced) < trace.MaxSpans {
		step.Traced = append(step.Traced, step.Traced[0])
	}
	for range 20 {
		b.Step(step)
	}
	b.Close()
	b.want(t, 20*(trace.MaxSpans+1), 0, 0)
	if n := len(b.collector.Requests()); n < 20*(trace.MaxSpans+1)/(batchSpans+trace.MaxSpans) || n > 6 {
		t.Errorf("%d requests", n)
	}
}

func TestRetryAfterIsBounded(t *testing.T) {
	for text, want := range map[string]time.Duration{"": 0, "3": 3 * time.Second, "86400": maxRetryAfter, "-1": 0, "soon": 0} {
		if got := retryAfter(http.Header{"Retry-After": {text}}); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
