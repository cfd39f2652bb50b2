package processor

import (
	"encoding/binary"
	"fmt"
	"slices"

	"consentstream/processor/kafka"
	"consentstream/state"
	"consentstream/state/codec"
)

// envelopeKind tells what a record of the repartition topic carries.
type envelopeKind byte

const (
	// envelopeMisrouted carries a record of an input topic whose key belongs
	// to another partition, as it came.
	envelopeMisrouted envelopeKind = iota + 1
	// envelopeAnswer answers the first use of an address with its negatives.
	envelopeAnswer
	// envelopeForward carries negatives that came after the answer.
	envelopeForward
	// envelopeInternal carries facts the processor made for a contact of any
	// controller: an unreadable negative, a release.
	envelopeInternal
)

const envelopeFormat = 1

// envelope is the value of a record of the repartition topic. Its key is the
// contact id, so it lands with the contact's own records.
type envelope struct {
	Kind envelopeKind

	// For envelopeMisrouted: the record as it came, with where from.
	Topic     string
	Partition int32
	Offset    int64
	Timestamp int64 // of the first append, in ms
	HasKey    bool
	Key       []byte
	HasValue  bool
	Value     []byte
	Headers   []kafka.Header

	// For the others.
	To      state.Key
	Address string
	Crowded bool
	Facts   []state.Fact
}

// appendEnvelope encodes an envelope: format, kind, then the fields of its kind.
func appendEnvelope(dst []byte, e *envelope) []byte {
	dst = append(dst, envelopeFormat, byte(e.Kind))
	if e.Kind == envelopeMisrouted {
		dst = appendString(dst, e.Topic)
		dst = binary.AppendVarint(dst, int64(e.Partition))
		dst = binary.AppendVarint(dst, e.Offset)
		dst = binary.AppendVarint(dst, e.Timestamp)
		dst = append(dst, boolByte(e.HasKey), boolByte(e.HasValue))
		dst = appendString(dst, string(e.Key))
		dst = appendHeaders(dst, e.Headers)
		return append(dst, e.Value...)
	}
	dst = appendString(dst, e.To.Controller)
	dst = appendString(dst, e.To.Contact)
	dst = appendString(dst, e.Address)
	dst = append(dst, boolByte(e.Crowded))
	dst = binary.AppendUvarint(dst, uint64(len(e.Facts)))
	for i := range e.Facts {
		dst = appendString(dst, string(codec.AppendFact(nil, &e.Facts[i])))
	}
	return dst
}

// decodeEnvelope decodes a value of the repartition topic. The result aliases b.
func decodeEnvelope(b []byte) (envelope, error) {
	var e envelope
	if len(b) < 2 || b[0] != envelopeFormat {
		return e, fmt.Errorf("repartition record: format is not %d; it was written by another version", envelopeFormat)
	}
	e.Kind = envelopeKind(b[1])
	r := reader{rest: b[2:]}
	switch e.Kind {
	case envelopeMisrouted:
		e.Topic = string(r.bytes())
		e.Partition = int32(r.varint())
		e.Offset = r.varint()
		e.Timestamp = r.varint()
		e.HasKey, e.HasValue = r.bool(), r.bool()
		e.Key = r.bytes()
		e.Headers = r.headers()
		e.Value = r.rest
	case envelopeAnswer, envelopeForward, envelopeInternal:
		e.To = state.Key{Controller: string(r.bytes()), Contact: string(r.bytes())}
		e.Address = string(r.bytes())
		e.Crowded = r.bool()
		e.Facts = r.facts()
	default:
		return e, fmt.Errorf("repartition record: unknown kind %d", e.Kind)
	}
	if r.err != nil {
		return e, fmt.Errorf("repartition record: %w", r.err)
	}
	return e, nil
}

// record turns a misrouted envelope back into the record that it carries.
func (e *envelope) record() kafka.Record {
	r := kafka.Record{Offset: e.Offset, Timestamp: e.Timestamp, Headers: e.Headers}
	if e.HasKey {
		r.Key = nonNil(e.Key)
	}
	if e.HasValue {
		r.Value = nonNil(e.Value)
	}
	return r
}

func nonNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// reader reads fields one after the other and keeps the first error.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) bytes() []byte {
	if r.err != nil {
		return nil
	}
	var value []byte
	value, r.rest, r.err = readBytes(r.rest)
	return value
}

func (r *reader) varint() int64 {
	if r.err != nil {
		return 0
	}
	v, n := binary.Varint(r.rest)
	if n <= 0 {
		r.err = errTruncated
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) bool() bool {
	if r.err == nil && len(r.rest) == 0 {
		r.err = errTruncated
	}
	if r.err != nil {
		return false
	}
	v := r.rest[0] != 0
	r.rest = r.rest[1:]
	return v
}

// headers reads what appendHeaders wrote.
func (r *reader) headers() []kafka.Header {
	if r.err != nil {
		return nil
	}
	count, rest, err := readUvarint(r.rest)
	if err != nil || count > uint64(len(rest)) {
		r.err = errTruncated
		return nil
	}
	r.rest = rest
	var headers []kafka.Header
	for range count {
		h := kafka.Header{Key: string(r.bytes())}
		if r.bool() {
			h.Value = nonNil(r.bytes())
		}
		if r.err != nil {
			return nil
		}
		headers = append(headers, h)
	}
	return headers
}

// facts reads a counted list of facts; they own their memory.
func (r *reader) facts() []state.Fact {
	if r.err != nil {
		return nil
	}
	count, rest, err := readUvarint(r.rest)
	if err != nil || count > uint64(len(rest)) {
		r.err = errTruncated
		return nil
	}
	r.rest = rest
	facts := make([]state.Fact, 0, min(count, 64))
	for range count {
		var f state.Fact
		b := r.bytes()
		if r.err == nil {
			r.err = codec.DecodeFact(slices.Clone(b), &f, new(codec.Arena))
		}
		if r.err != nil {
			return nil
		}
		facts = append(facts, f)
	}
	return facts
}

// appendHeaders writes a counted list of headers; a value may be null.
func appendHeaders(dst []byte, headers []kafka.Header) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(headers)))
	for _, h := range headers {
		dst = append(appendString(dst, h.Key), boolByte(h.Value != nil))
		if h.Value != nil {
			dst = appendString(dst, string(h.Value))
		}
	}
	return dst
}

func appendString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// MisroutedTopic returns the input topic that a record of the repartition topic
// was sent on from; false for one that carries something else.
func MisroutedTopic(value []byte) (string, bool) {
	e, err := decodeEnvelope(value)
	return e.Topic, err == nil && e.Kind == envelopeMisrouted
}

// misroutedValue returns the value of an input record that a record of the
// repartition topic carries, nil where it carries something else.
func misroutedValue(value []byte) []byte {
	if len(value) < 2 || envelopeKind(value[1]) != envelopeMisrouted {
		return nil
	}
	e, err := decodeEnvelope(value)
	if err != nil {
		return nil // the step that takes it says what is wrong
	}
	return e.Value
}

// MisroutedRecord returns the value under which a record of an input topic is
// sent on.
func MisroutedRecord(topic string, partition int32, r *kafka.Record) []byte {
	return appendEnvelope(nil, misrouted(origin{topic, partition, r.Offset}, r))
}

func misrouted(from origin, r *kafka.Record) *envelope {
	return &envelope{
		Kind: envelopeMisrouted, Topic: from.topic, Partition: from.partition, Offset: from.offset, Timestamp: r.Timestamp,
		HasKey: r.Key != nil, Key: r.Key, HasValue: r.Value != nil, Value: r.Value, Headers: r.Headers,
	}
}
