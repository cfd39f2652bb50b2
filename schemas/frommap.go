package schemas

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"strings"
	"time"

	"consentstream/schemas/internal/avro"
	"consentstream/state"
)

// Defaults are what FactFromMap takes where the map leaves a field out. The
// zero value gives none.
type Defaults struct {
	EventID    string
	Contact    string
	Controller string // "" = the schema's, "default"
	// Timestamp is that of the Kafka record, which bounds RecordedAt; one
	// that cannot be true, such as 0, is none.
	Timestamp state.Instant
}

// FactFromMap makes a record of an input topic from a map with the field names
// of the schema, as encoding/json or a YAML reader gives it. Fields with a
// default may be left out and unions are plain. Timestamps are strings for
// ParseTime, in the zone where they have no offset, whole milliseconds or
// time.Time; a bare date in occurred_at means precision DAY. An unknown field
// or symbol is an error, since nothing tells it from a slip of the pen.
//
// The error is a *RecordError. The map is not changed nor kept.
func FactFromMap(topic state.Topic, m map[string]any, zone *time.Location, defaults Defaults) (Record, error) {
	s := OfTopic(topic)
	m = defaults.fill(m)
	body, err := s.fromMap(m, zone)
	if err != nil {
		return Record{}, err
	}
	var r Record
	c := cursor{buf: body}
	c.record(topic, &r, defaults.Timestamp)
	return r, c.finish(s)
}

func (d *Defaults) fill(m map[string]any) map[string]any {
	m = maps.Clone(m)
	if m == nil {
		m = map[string]any{}
	}
	for field, value := range map[string]string{"event_id": d.EventID, "contact_id": d.Contact, "controller": d.Controller} {
		if _, given := m[field]; !given && value != "" {
			m[field] = value
		}
	}
	return m
}

// fromMap encodes a map by the schema, through goavro.
func (s *Schema) fromMap(m map[string]any, zone *time.Location) ([]byte, error) {
	conv := plainValues{schema: s, zone: zone}
	native, err := conv.record(s.tree, m, "")
	if err != nil {
		return nil, err
	}
	body, err := s.encode(native)
	if err != nil {
		return nil, s.fault(FaultInvalid, "", "the codec refuses the values", nil)
	}
	return body, nil
}

// plainValues turns plain values into goavro's form.
type plainValues struct {
	schema *Schema
	zone   *time.Location
}

func (p *plainValues) record(t *avro.Type, v any, path string) (any, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, p.expected(path, "an object")
	}
	if err := p.onlyKnown(t, m, path); err != nil {
		return nil, err
	}
	out := make(map[string]any, len(t.Fields))
	for i := range t.Fields {
		f := &t.Fields[i]
		at := avro.Join(path, f.Name)
		var err error
		if given, ok := m[f.Name]; ok {
			out[f.Name], err = p.value(f.Type, given, at)
		} else {
			out[f.Name], err = p.leftOut(f, at)
		}
		if err != nil {
			return nil, err
		}
	}
	if path == "" && p.bareDate(m["occurred_at"]) {
		out["precision"] = state.PrecisionDay.String()
	}
	return out, nil
}

func (p *plainValues) onlyKnown(t *avro.Type, m map[string]any, path string) error {
	for name := range m {
		if t.Field(name) == nil {
			err := p.schema.fault(FaultInvalid, path, fmt.Sprintf("no field %.40q in the schema: expected %s", name, fieldNames(t)), nil)
			err.Unknown = name
			return err
		}
	}
	return nil
}

func fieldNames(t *avro.Type) string {
	names := make([]string, len(t.Fields))
	for i := range t.Fields {
		names[i] = t.Fields[i].Name
	}
	return strings.Join(names, ", ")
}

func (p *plainValues) leftOut(f *avro.Field, path string) (any, error) {
	if !f.HasDefault {
		return nil, p.schema.fault(FaultMissing, path, "required and not there", nil)
	}
	v, err := f.DefaultValue()
	if err != nil {
		return nil, p.schema.fault(FaultInvalid, path, "the default cannot be used", err)
	}
	return v, nil
}

// bareDate tells that only the day is known. The strings were parsed before.
func (p *plainValues) bareDate(v any) bool {
	s, ok := v.(string)
	if !ok {
		return false
	}
	_, bare, err := ParseTime(s, p.zone)
	return bare && err == nil
}

func (p *plainValues) value(t *avro.Type, v any, path string) (any, error) {
	switch t.Kind {
	case avro.Union:
		return p.union(t, v, path)
	case avro.Record:
		return p.record(t, v, path)
	case avro.Array:
		return p.array(t, v, path)
	case avro.Enum:
		return p.enum(t, v, path)
	case avro.Int, avro.Long:
		return p.number(t, v, path)
	case avro.Boolean:
		if b, ok := v.(bool); ok {
			return b, nil
		}
		return nil, p.expected(path, "true or false")
	case avro.String:
		if s, ok := v.(string); ok {
			return s, nil
		}
	}
	return nil, p.expected(path, "a string")
}

func (p *plainValues) union(t *avro.Type, v any, path string) (any, error) {
	if v == nil {
		return nil, nil
	}
	inner := t.Optional()
	value, err := p.value(inner, v, path)
	if err != nil {
		return nil, err
	}
	return map[string]any{inner.BranchName(): value}, nil
}

func (p *plainValues) array(t *avro.Type, v any, path string) (any, error) {
	in, ok := v.([]any)
	if !ok {
		return nil, p.expected(path, "a list")
	}
	out := make([]any, len(in))
	for i := range in {
		var err error
		if out[i], err = p.value(t.Items, in[i], path); err != nil {
			return nil, atItem(err, i)
		}
	}
	return out, nil
}

// atItem tells which item of a list an error is about. No list of a record is
// deeper than another but those of an answer, of which the answer is told.
func atItem(err error, i int) error {
	var e *RecordError
	if errors.As(err, &e) {
		e.Item = i + 1
	}
	return err
}

func (p *plainValues) enum(t *avro.Type, v any, path string) (any, error) {
	if s, ok := v.(string); ok && t.Symbol(s) >= 0 {
		return s, nil
	}
	return nil, p.expected(path, "one of "+strings.Join(t.Symbols, ", "))
}

func (p *plainValues) number(t *avro.Type, v any, path string) (any, error) {
	if t.Logical != "" {
		return p.timestamp(v, path)
	}
	n, err := whole(v)
	if err != nil || t.Kind == avro.Int && n != int64(int32(n)) {
		return nil, p.expected(path, "a whole number")
	}
	return n, nil
}

func (p *plainValues) timestamp(v any, path string) (any, error) {
	var at state.Instant
	var err error
	switch x := v.(type) {
	case string:
		at, _, err = ParseTime(x, p.zone)
	case time.Time:
		at = state.At(x)
	default:
		var n int64
		n, err = whole(v)
		at = state.Instant(n)
	}
	if err != nil {
		return nil, p.schema.fault(FaultTimestamp, path, errTime.Error(), nil)
	}
	return int64(at), nil
}

var errWhole = errors.New("expected a whole number")

// whole reads a whole number from any of the forms that decoders give it.
func whole(v any) (int64, error) {
	switch x := v.(type) {
	case int:
		return int64(x), nil
	case int64:
		return x, nil
	case uint64:
		if x <= math.MaxInt64 {
			return int64(x), nil
		}
	case float64:
		if x == math.Trunc(x) && math.Abs(x) < 1<<53 {
			return int64(x), nil
		}
	case json.Number:
		return x.Int64()
	}
	return 0, errWhole
}

func (p *plainValues) expected(path, what string) error {
	return p.schema.fault(FaultInvalid, path, "expected "+what, nil)
}
