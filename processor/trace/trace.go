// Package trace is what the processor knows of distributed traces: the context
// that a record carries, and what a step tells about the traced records in it.
// It knows no exporter and no library; processor/trace/otlp sends what is told
// here.
//
// Nothing here holds anything about a person: numbers, topics, an outcome, and
// the ids that producers made for their own traces. Whether a record is traced
// is its producer's choice: without a sampled context there is no span.
package trace

import (
	"crypto/rand"
	"encoding/hex"
	"time"
)

// Header is the record header of a W3C trace context, and CloudEventsHeader that
// of the same as an extension of CloudEvents. Where a record has both, the first
// is the nearer hop and counts.
const (
	Header            = "traceparent"
	CloudEventsHeader = "ce_traceparent"
)

// MaxSpans is how many records of a step get a span. The contexts of the others
// travel on as they came.
const MaxSpans = 128

// What became of spans, as their metric tells.
const (
	Sent    = "sent"
	Dropped = "dropped" // more than a step may tell or the queue may hold
	Failed  = "failed"  // the collector was away or refused them
)

// Context is where a record stands in a trace.
type Context struct {
	TraceID [16]byte
	SpanID  [8]byte
	Sampled bool
}

// Record is a record of a step that carries a trace.
type Record struct {
	Parent Context
	// Span is the id of the span that tells what was done with the record, zero
	// where there is none.
	Span      [8]byte
	Topic     string
	Partition int32
	Offset    int64
	Taken     time.Time // when the step took it in
	Fault     string    // why it was dead-lettered, "" = it was not
}

// Spanned reports whether the record has a span.
func (r *Record) Spanned() bool { return r.Span != [8]byte{} }

// Onward is the context that what follows from the record carries: that of its
// span, or the one it came with.
func (r *Record) Onward() Context {
	if !r.Spanned() {
		return r.Parent
	}
	return Context{TraceID: r.Parent.TraceID, SpanID: r.Span, Sampled: true}
}

// Step is one Kafka transaction of a task, told once it has ended.
type Step struct {
	Task        int32
	Began       time.Time // its first request
	Ended       time.Time
	Records     int // taken
	Published   int // of eligibility-changed and retention-expiry
	DeadLetters int
	Deadlines   int
	// Outcome is that of the metric consentstream_transactions_total; a step
	// whose outcome is not Committed failed, and its records are taken again.
	Outcome string
	// Traced are its records that have a span, at most MaxSpans; valid during the
	// call only.
	Traced []Record
	// Untold is how many more sampled records it has.
	Untold int
}

// Committed is the outcome of a step that did not fail.
const Committed = "committed"

// Sink takes steps that have traced records. It never waits: what it cannot take
// it drops and counts. Many tasks call it at once.
type Sink interface {
	Step(Step)
}

// NewSpanID returns a random id.
func NewSpanID() (id [8]byte) {
	_, _ = rand.Read(id[:]) // never fails
	return id
}

// NewTraceID returns a random id.
func NewTraceID() (id [16]byte) {
	_, _ = rand.Read(id[:]) // never fails
	return id
}

// Places in 00-<32 digits>-<16 digits>-<2 digits>.
const (
	traceAt   = 3
	spanAt    = 36
	flagsAt   = 53
	lengthOf0 = 55
)

// Parse reads a traceparent, and false where it is none. A later version may have
// more fields behind the known ones.
func Parse(b []byte) (Context, bool) {
	var c Context
	var version, flags [1]byte
	if len(b) < lengthOf0 || b[traceAt-1] != '-' || b[spanAt-1] != '-' || b[flagsAt-1] != '-' {
		return c, false
	}
	ok := lowerHex(version[:], b[:2]) && lowerHex(c.TraceID[:], b[traceAt:spanAt-1]) &&
		lowerHex(c.SpanID[:], b[spanAt:flagsAt-1]) && lowerHex(flags[:], b[flagsAt:lengthOf0])
	switch {
	case !ok, version[0] == 0xff, c.TraceID == [16]byte{}, c.SpanID == [8]byte{}:
		return Context{}, false
	case len(b) > lengthOf0 && (version[0] == 0 || b[lengthOf0] != '-'):
		return Context{}, false
	}
	c.Sampled = flags[0]&1 == 1
	return c, true
}

// lowerHex decodes hex digits, of which capitals are none.
func lowerHex(dst, src []byte) bool {
	for _, d := range src {
		if d >= 'A' && d <= 'F' {
			return false
		}
	}
	_, err := hex.Decode(dst, src)
	return err == nil
}

// Append writes the context as a traceparent of version 00.
func (c Context) Append(dst []byte) []byte {
	dst = hex.AppendEncode(append(dst, "00-"...), c.TraceID[:])
	dst = hex.AppendEncode(append(dst, '-'), c.SpanID[:])
	if c.Sampled {
		return append(dst, "-01"...)
	}
	return append(dst, "-00"...)
}
