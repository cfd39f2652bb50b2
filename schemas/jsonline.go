package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"consentstream/state"
)

// JSON reads events as lines, each
//
//	{"topic": "purchases", "key": "c1", "timestamp": "…", "value": {…}}
//
// with key and timestamp optional and value null for a tombstone. It counts
// the lines for its errors; the zero value starts at line 1. It is not safe
// for concurrent use.
type JSON struct {
	line int
}

// Line is one line. Of Record, Eligibility and Retention the one that the
// topic tells is set, none when Tombstone is.
type Line struct {
	Topic     string        // by default name
	Key       []byte        // nil = none
	Timestamp state.Instant // of the Kafka record, state.Unset = none
	Tombstone bool

	Record      *Record // of an input topic; its Fact says which
	Eligibility *state.EligibilityChanged
	Retention   *state.RetentionExpiry
}

// LineError says in which line what is wrong. Where the cause is the record,
// it wraps a *RecordError; otherwise the line itself could not be read.
type LineError struct {
	Line int // from 1
	Err  error
}

// Error puts the line number before the cause.
func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns the cause.
func (e *LineError) Unwrap() error { return e.Err }

// ParseLine reads one line. Timestamps with no offset are in the zone. Any
// error is a *LineError; the Line then still holds topic, key, timestamp and,
// where they could be read, the contact and controller of the Record, so that
// a negative that cannot be read can fail closed.
func (j *JSON) ParseLine(line []byte, zone *time.Location) (Line, error) {
	j.line++
	out, err := parseLine(line, zone)
	if err != nil {
		return out, &LineError{Line: j.line, Err: err}
	}
	return out, nil
}

// envelope is what stands around a value.
type envelope struct {
	Topic     *string `json:"topic"`
	Key       *string `json:"key"`
	Timestamp any     `json:"timestamp"`
	Value     any     `json:"value"`
}

func parseLine(line []byte, zone *time.Location) (out Line, err error) {
	out.Timestamp = state.Unset
	env, err := parseEnvelope(line)
	if err != nil {
		return out, err
	}
	s, ok := ByTopic(*env.Topic)
	if !ok {
		return out, fmt.Errorf("topic: expected one of %s", topicNames())
	}
	out.Topic = s.Topic
	if env.Key != nil {
		out.Key = []byte(*env.Key)
	}
	p := plainValues{schema: s, zone: zone}
	if env.Timestamp != nil {
		ms, err := p.timestamp(env.Timestamp, "timestamp")
		if err != nil {
			return out, errors.New("timestamp: " + errTime.Error())
		}
		out.Timestamp = state.Instant(ms.(int64))
	}
	if env.Value == nil {
		out.Tombstone = true
		return out, nil
	}
	return out, out.value(s, env.Value, zone)
}

// parseEnvelope reads the outer object; it refuses attributes it does not
// know and a line with no value, which is no tombstone.
func parseEnvelope(line []byte) (envelope, error) {
	var env envelope
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.UseNumber()
	dec.DisallowUnknownFields()
	env.Value = missing{}
	if err := dec.Decode(&env); err != nil {
		return env, jsonFault(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return env, errors.New("there is text after the object")
	}
	if env.Topic == nil {
		return env, errors.New("topic: required and not there")
	}
	if _, ok := env.Value.(missing); ok {
		return env, errors.New("value: required; write null for a tombstone")
	}
	return env, nil
}

// missing marks a value that the line does not have.
type missing struct{}

// jsonFault tells where JSON ends to be JSON, without repeating what it holds.
func jsonFault(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("no JSON at byte %d", syntax.Offset)
	case errors.As(err, &kind) && kind.Field != "":
		return fmt.Errorf("%s: expected %s", kind.Field, kind.Type)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the line ends inside the object")
	}
	return errors.New("expected an object with topic, value and maybe key and timestamp")
}

// value reads the value of a line by the schema of its topic.
func (l *Line) value(s *Schema, value any, zone *time.Location) error {
	m, ok := value.(map[string]any)
	if !ok {
		return s.fault(FaultInvalid, "", "expected an object or null as value", nil)
	}
	if s.Input {
		return l.input(s, m, zone)
	}
	body, err := s.fromMap(m, zone)
	if err != nil {
		return err
	}
	c := cursor{buf: body}
	if s.Name == NameEligibilityChanged {
		l.Eligibility = new(state.EligibilityChanged)
		c.eligibility(l.Eligibility)
	} else {
		l.Retention = new(state.RetentionExpiry)
		c.retention(l.Retention)
	}
	return c.finish(s)
}

func (l *Line) input(s *Schema, m map[string]any, zone *time.Location) error {
	topic, _ := state.ParseTopic(s.Topic)
	r, err := FactFromMap(topic, m, zone, Defaults{Timestamp: l.Timestamp})
	l.Record = &r
	if err != nil {
		r.Key.Contact, _ = m["contact_id"].(string)
		r.Key.Controller, _ = m["controller"].(string)
	}
	return err
}

func topicNames() string {
	var b bytes.Buffer
	for i, s := range catalog {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(s.Topic)
	}
	return b.String()
}
