package schemas

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"

	"consentstream/schemas/internal/avro"
	"consentstream/state"
)

// AppendJSON appends a record of an input topic as one line, with no line
// break, and returns the longer slice. Fields that have their default are left
// out. The timestamp is that of the Kafka record, state.Unset for none.
func AppendJSON(dst []byte, topic state.Topic, r *Record, timestamp state.Instant) ([]byte, error) {
	body, err := AppendRecord(nil, topic, r)
	if err != nil {
		return nil, err
	}
	return appendLine(dst, OfTopic(topic), r.Key.Contact, timestamp, body)
}

// AppendEligibilityJSON appends a record of eligibility-changed as one line,
// with every field.
func AppendEligibilityJSON(dst []byte, v *state.EligibilityChanged) ([]byte, error) {
	var w writer
	w.eligibility(v)
	return w.line(dst, eligibilitySchema, v.Key)
}

// AppendRetentionJSON appends a record of retention-expiry as one line, with
// every field.
func AppendRetentionJSON(dst []byte, v *state.RetentionExpiry) ([]byte, error) {
	var w writer
	w.retention(v)
	return w.line(dst, retentionSchema, v.Key)
}

// AppendTombstoneJSON appends the line of a record with a key and no value.
func AppendTombstoneJSON(dst []byte, topic string, key []byte) []byte {
	dst = append(dst, `{"topic":`...)
	dst = appendString(dst, topic)
	dst = append(dst, `,"key":`...)
	dst = appendString(dst, string(key))
	return append(dst, `,"value":null}`...)
}

func (w *writer) line(dst []byte, s *Schema, key state.Key) ([]byte, error) {
	body, err := w.result(s)
	if err != nil {
		return nil, err
	}
	return appendLine(dst, s, string(AppendPublishedKey(nil, key, false)), state.Unset, body)
}

func appendLine(dst []byte, s *Schema, key string, timestamp state.Instant, body []byte) ([]byte, error) {
	dst = append(dst, `{"topic":`...)
	dst = appendString(dst, s.Topic)
	dst = append(dst, `,"key":`...)
	dst = appendString(dst, key)
	if timestamp != state.Unset {
		dst = append(dst, `,"timestamp":`...)
		dst = appendInstant(dst, timestamp)
	}
	dst = append(dst, `,"value":`...)
	j := jsonWriter{dst: dst, buf: body, brief: s.Input}
	j.value(s.tree)
	if j.err != nil {
		return nil, fmt.Errorf("%s as JSON: %w", s.Name, j.err)
	}
	return append(j.dst, '}'), nil
}

// jsonWriter turns Avro binary into JSON, walking the schema.
type jsonWriter struct {
	dst   []byte
	buf   []byte
	brief bool // leave out fields that have their default
	err   error
}

func (j *jsonWriter) value(t *avro.Type) {
	switch t.Kind {
	case avro.Record:
		j.record(t)
	case avro.Array:
		j.array(t)
	case avro.Union:
		j.union(t)
	case avro.Enum:
		j.dst = appendString(j.dst, t.Symbols[j.long()])
	case avro.String:
		j.dst = appendString(j.dst, string(j.bytes(j.long())))
	case avro.Boolean:
		j.dst = strconv.AppendBool(j.dst, j.bytes(1)[0] == 1)
	case avro.Int, avro.Long:
		j.number(t)
	default:
		j.err = errors.New("no JSON form of " + t.BranchName())
	}
}

func (j *jsonWriter) number(t *avro.Type) {
	n := j.long()
	if t.Logical != "" {
		j.dst = appendInstant(j.dst, state.Instant(n))
		return
	}
	j.dst = strconv.AppendInt(j.dst, n, 10)
}

func (j *jsonWriter) record(t *avro.Type) {
	j.dst = append(j.dst, '{')
	first := true
	for i := range t.Fields {
		f := &t.Fields[i]
		if j.brief && j.isDefault(f) {
			continue
		}
		if !first {
			j.dst = append(j.dst, ',')
		}
		first = false
		j.dst = appendString(j.dst, f.Name)
		j.dst = append(j.dst, ':')
		j.value(f.Type)
	}
	j.dst = append(j.dst, '}')
}

// isDefault walks over the field when it has its default.
func (j *jsonWriter) isDefault(f *avro.Field) bool {
	want, has := defaultBytes()[f]
	if !has {
		return false
	}
	rest, err := f.Type.Skip(j.buf)
	if err != nil || string(j.buf[:len(j.buf)-len(rest)]) != string(want) {
		return false
	}
	j.buf = rest
	return true
}

func (j *jsonWriter) array(t *avro.Type) {
	j.dst = append(j.dst, '[')
	items := 0
	for n := j.block(); n > 0; n = j.block() {
		for ; n > 0; n-- {
			if items > 0 {
				j.dst = append(j.dst, ',')
			}
			items++
			j.value(t.Items)
		}
	}
	j.dst = append(j.dst, ']')
}

func (j *jsonWriter) union(t *avro.Type) {
	branch := t.Branches[j.long()]
	if branch.Kind == avro.Null {
		j.dst = append(j.dst, "null"...)
		return
	}
	j.value(branch)
}

// The bytes come from our own encoder, so reading them cannot fail.
func (j *jsonWriter) long() int64 {
	n, rest, _ := avro.Long64(j.buf)
	j.buf = rest
	return n
}

func (j *jsonWriter) block() int {
	n, rest, _ := avro.Block(j.buf)
	j.buf = rest
	return n
}

func (j *jsonWriter) bytes(n int64) []byte {
	b := j.buf[:n]
	j.buf = j.buf[n:]
	return b
}

// defaultBytes are the encoded defaults of all fields of the inputs.
var defaultBytes = sync.OnceValue(func() map[*avro.Field][]byte {
	all := map[*avro.Field][]byte{}
	for _, s := range catalog {
		if s.Input {
			collectDefaults(s.tree, all)
		}
	}
	return all
})

func collectDefaults(t *avro.Type, all map[*avro.Field][]byte) {
	for i := range t.Fields {
		f := &t.Fields[i]
		if f.HasDefault {
			all[f] = encodeDefault(f)
		}
		inner := f.Type
		if optional := inner.Optional(); optional != nil {
			inner = optional
		}
		if inner.Kind == avro.Array {
			inner = inner.Items
		}
		collectDefaults(inner, all)
	}
}

// encodeDefault encodes the default of a field of an embedded schema.
func encodeDefault(f *avro.Field) []byte {
	v, err := f.DefaultValue()
	if err != nil {
		panic(fmt.Sprintf("schemas: %v", err))
	}
	codec, err := codecOf(f.Type)
	if err != nil {
		panic(fmt.Sprintf("schemas: %s: %v", f.Name, err))
	}
	b, err := codec.BinaryFromNative(nil, v)
	if err != nil {
		panic(fmt.Sprintf("schemas: %s: %v", f.Name, err))
	}
	return b
}

// appendInstant writes RFC 3339 in UTC, or milliseconds where a year has more
// than four digits.
func appendInstant(dst []byte, i state.Instant) []byte {
	if i > MaxInstant || i < -62167219200000 {
		return strconv.AppendInt(dst, int64(i), 10)
	}
	dst = append(dst, '"')
	dst = time.UnixMilli(int64(i)).UTC().AppendFormat(dst, "2006-01-02T15:04:05.000Z07:00")
	return append(dst, '"')
}

const hexDigits = "0123456789abcdef"

// appendString writes a JSON string. What is no UTF-8 becomes U+FFFD.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[r>>4], hexDigits[r&15])
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return append(dst, '"')
}
