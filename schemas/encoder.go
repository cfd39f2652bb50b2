package schemas

import (
	"errors"
	"fmt"

	"consentstream/state"
)

// Encoder writes the values of Kafka records, framed. The zero value is not
// ready; use NewEncoder. It is safe for concurrent use.
type Encoder struct {
	source  string
	framing Framing
	headers map[string]header // by record name
}

// Framing is what stands before the Avro bytes.
type Framing uint8

// The framings.
const (
	SingleObject Framing = iota // C3 01 and the fingerprint
	Confluent                   // 0 and the id in the registry
)

// EncoderOption changes how an Encoder is made.
type EncoderOption func(*Encoder) error

// WithRegistryIDs writes the Confluent wire format with the ids, by record
// name, that Register has returned.
func WithRegistryIDs(ids map[string]int) EncoderOption {
	return func(e *Encoder) error {
		e.framing = Confluent
		e.headers = map[string]header{}
		for name, id := range ids {
			h, err := confluent(id)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			e.headers[name] = h
		}
		return nil
	}
}

// WithSource sets ce_source, the URI reference of who publishes.
func WithSource(source string) EncoderOption {
	return func(e *Encoder) error {
		if source == "" {
			return errors.New("ce_source must not be empty")
		}
		e.source = source
		return nil
	}
}

// NewEncoder returns an Encoder for single-object encoding.
func NewEncoder(options ...EncoderOption) (*Encoder, error) {
	e := &Encoder{source: "consentstream", headers: map[string]header{}}
	for _, s := range catalog {
		e.headers[s.Name] = singleObject(s.Fingerprint)
	}
	for _, option := range options {
		if err := option(e); err != nil {
			return nil, fmt.Errorf("new encoder: %w", err)
		}
	}
	return e, nil
}

// Framing tells what the Encoder writes before the Avro bytes.
func (e *Encoder) Framing() Framing { return e.framing }

// EligibilityChanged appends the framed value and returns the longer slice.
// The error is a value that the schema has no symbol for.
func (e *Encoder) EligibilityChanged(dst []byte, v *state.EligibilityChanged) ([]byte, error) {
	s := eligibilitySchema
	w, err := e.begin(dst, s)
	if err != nil {
		return nil, err
	}
	w.eligibility(v)
	return w.result(s)
}

// RetentionExpiry appends the framed value and returns the longer slice.
func (e *Encoder) RetentionExpiry(dst []byte, v *state.RetentionExpiry) ([]byte, error) {
	s := retentionSchema
	w, err := e.begin(dst, s)
	if err != nil {
		return nil, err
	}
	w.retention(v)
	return w.result(s)
}

// Record appends the framed value of an input topic; see AppendRecord.
func (e *Encoder) Record(dst []byte, topic state.Topic, r *Record) ([]byte, error) {
	w, err := e.begin(dst, OfTopic(topic))
	if err != nil {
		return nil, err
	}
	return AppendRecord(w.dst, topic, r)
}

func (e *Encoder) begin(dst []byte, s *Schema) (writer, error) {
	h, ok := e.headers[s.Name]
	if !ok {
		return writer{}, fmt.Errorf("no registry id is known for %s: register its schema first", s.Name)
	}
	return writer{dst: append(dst, h.bytes[:h.size]...)}, nil
}

// Header is one header of a Kafka record.
type Header struct {
	Key   string
	Value []byte
}

// HeaderID is the header that holds a published record's event_id.
const HeaderID = "ce_id"

// Headers returns the headers of a published record, by the Kafka binding of
// CloudEvents in binary mode: record is the name of its schema, id its
// event_id, at when it was decided or emitted.
func (e *Encoder) Headers(record, id string, at state.Instant) []Header {
	return []Header{
		{"ce_specversion", []byte("1.0")},
		{HeaderID, []byte(id)},
		{"ce_source", []byte(e.source)},
		{"ce_type", []byte(Namespace + "." + record)},
		{"ce_time", []byte(at.String())},
		{"content-type", []byte(e.contentType())},
	}
}

func (e *Encoder) contentType() string {
	if e.framing == Confluent {
		return "application/vnd.confluent.avro"
	}
	return "application/avro"
}

// AppendPublishedKey appends the record key of the two published topics: the
// contact alone for the controller "default" and where each controller has a
// topic of its own, else contact|controller.
func AppendPublishedKey(dst []byte, key state.Key, ownTopic bool) []byte {
	dst = append(dst, key.Contact...)
	if ownTopic || key.Controller == DefaultController {
		return dst
	}
	dst = append(dst, '|')
	return append(dst, key.Controller...)
}

// DefaultController is the controller of records that name none.
const DefaultController = "default"
