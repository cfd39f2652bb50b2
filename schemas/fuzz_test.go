package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"testing"

	"consentstream/schemas/internal/avro"
	"consentstream/state"
)

// Every fuzzer wants of its decoder that it never panics, answers with a
// RecordError or a Record that passes its own checks again, and tells nothing
// twice in two ways.

func seed(f *testing.F, add func(topic state.Topic, body []byte)) {
	f.Helper()
	for _, r := range goldenInputs() {
		body, err := AppendRecord(nil, r.Fact.Topic, r)
		if err != nil {
			f.Fatal(err)
		}
		add(r.Fact.Topic, body)
	}
}

// The hand-written decoder and goavro agree on any bytes: what one can read
// the other can, and they read the same.
func FuzzHand(f *testing.F) {
	seed(f, func(topic state.Topic, body []byte) { f.Add(uint8(topic), body) })
	d := NewDecoder()
	f.Fuzz(func(t *testing.T, topicNumber uint8, body []byte) {
		topic := state.Topic(topicNumber % 4)
		s := OfTopic(topic)
		var r Record
		err := d.Decode(topic, frame(s, body), state.Unset, &r)
		plain, goavroErr := readByGoavro(s, body)
		var fault *RecordError
		switch {
		case err == nil && goavroErr != nil:
			t.Fatalf("we read what goavro refuses: %v", goavroErr)
		case err == nil:
			agree(t, topic, &r, plain)
		case !errors.As(err, &fault):
			t.Fatalf("an error of %T", err)
		case goavroErr == nil && fault.Fault == FaultUndecodable && !stricter(fault.Err):
			t.Fatalf("goavro reads what we refuse: %v", err)
		}
	})
}

// stricter tells the two cases that goavro lets pass: numbers of more than 64
// bits, which it cuts, and counts that the bytes do not justify.
func stricter(err error) bool {
	return errors.Is(err, avro.ErrVarint) || errors.Is(err, avro.ErrTooMany)
}

// readByGoavro reads a whole body through goavro. What we are stricter about
// is kept from it: it would reserve memory for any count.
func readByGoavro(s *Schema, body []byte) (native, error) {
	if _, err := s.tree.Skip(body); stricter(err) {
		return nil, err
	}
	v, rest, err := codecs()[s].NativeFromBinary(body)
	if err == nil && len(rest) > 0 {
		err = errTrailing
	}
	n, _ := v.(native)
	return n, err
}

// agree compares a record with what goavro read, by the canonical bytes that
// both become.
func agree(t *testing.T, topic state.Topic, r *Record, n native) {
	t.Helper()
	canonical(n)
	want, err := codecs()[OfTopic(topic)].BinaryFromNative(nil, n)
	if err != nil {
		t.Fatal(err)
	}
	var again Record
	if err := DecodeDatum(topic, want, &again); err != nil {
		t.Fatal(err)
	}
	sameRecord(t, &again, r)
	if r.UnknownKind() {
		return // left out on purpose, so the bytes differ
	}
	got, err := AppendRecord(nil, topic, r)
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("we say\n%x (%v), goavro\n%x", got, err, want)
	}
}

// canonical brings a native record to the one form that our encoder writes:
// no empty optional strings, no unknown optional symbols, no recorded_at that
// says nothing, sets in order.
func canonical(n native) {
	for field, v := range n {
		switch x := v.(type) {
		case native:
			if x["string"] == "" || x[Namespace+".Channel"] == "UNKNOWN" || x[Namespace+".MessageKind"] == "UNKNOWN" {
				n[field] = nil
			}
			if inner, ok := x[Namespace+".Notice"].(native); ok {
				canonical(inner)
			}
		case []any:
			n[field] = sortedSet(x)
		}
	}
	if at, ok := n["recorded_at"].(native); ok && at["long"] == n["occurred_at"] {
		n["recorded_at"] = nil
	}
}

func sortedSet(in []any) []any {
	order := append(findEnum(Namespace + ".Channel").Symbols[:3:3], findEnum(Namespace+".Purpose").Symbols...)
	out := []any{}
	for _, symbol := range order {
		for _, v := range in {
			if v == symbol {
				out = append(out, v)
				break
			}
		}
	}
	for _, v := range in {
		if answer, ok := v.(native); ok {
			canonical(answer)
		}
	}
	if len(out) == 0 {
		return in // strings, records or nothing
	}
	return out
}

// Any value on any topic, in any framing.
func FuzzDecode(f *testing.F) {
	later := laterSchema(f)
	h := singleObject(fingerprintOf(f, later))
	seed(f, func(topic state.Topic, body []byte) {
		f.Add(uint8(topic), frame(OfTopic(topic), body))
		f.Add(uint8(topic), append([]byte{0, 0, 0, 0, byte(topic)}, body...))
		f.Add(uint8(topic), append([]byte{0, 0, 0, 0, 9}, body...))
		f.Add(uint8(state.TopicUnsubscribes), append(h.bytes[:10:10], body...))
	})
	registry := &fakeRegistry{schemas: map[int]string{9: later}}
	for i, topic := range inputTopics {
		registry.schemas[i] = OfTopic(topic).Text
	}
	d := NewDecoder(WithRegistry(registry))
	if err := d.AddWriterSchema(later); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, topicNumber uint8, value []byte) {
		topic := state.Topic(topicNumber % 4)
		var r Record
		err := d.Decode(topic, value, state.Unset, &r)
		usable(t, topic, &r, err)
	})
}

// laterSchema has a new kind, a new method, a field more and one less, in
// another order.
func laterSchema(t testing.TB) string {
	var v map[string]any
	if err := json.Unmarshal([]byte(OfTopic(state.TopicUnsubscribes).Text), &v); err != nil {
		t.Fatal(err)
	}
	fields := v["fields"].([]any)
	last := len(fields) - 1
	fields[last] = map[string]any{"name": "tags", "type": map[string]any{"type": "map", "values": []any{"null", "double", "bytes"}}}
	fields[0], fields[4] = fields[4], fields[0]
	for _, i := range []int{9, 10} {
		kind := fields[i].(map[string]any)["type"].(map[string]any)
		kind["symbols"] = append(kind["symbols"].([]any), "LATER")
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func fingerprintOf(t testing.TB, schema string) uint64 {
	tree, err := avro.Parse(schema)
	if err != nil {
		t.Fatal(err)
	}
	return tree.Fingerprint()
}

// usable wants a RecordError, or a record that can be written and read again
// and is the same.
func usable(t *testing.T, topic state.Topic, r *Record, err error) {
	t.Helper()
	if err != nil {
		var fault *RecordError
		if !errors.As(err, &fault) {
			t.Fatalf("an error of %T: %v", err, err)
		}
		return
	}
	body, err := AppendRecord(nil, topic, r)
	if err != nil {
		t.Fatal(err)
	}
	var again Record
	if err := DecodeDatum(topic, body, &again); err != nil {
		t.Fatalf("written again it fails: %v", err)
	}
	sameRecord(t, r, &again)
	clone := r.Clone()
	sameRecord(t, r, &clone)
}

func FuzzJSON(f *testing.F) {
	seed(f, func(topic state.Topic, body []byte) {
		var r Record
		if err := DecodeDatum(topic, body, &r); err != nil {
			f.Fatal(err)
		}
		line, err := AppendJSON(nil, topic, &r, 1772359200000)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(line)
	})
	line, err := AppendEligibilityJSON(nil, goldenEligibility())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(line)
	f.Add([]byte(`{"topic": "clicks", "key": "c1", "value": null}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		var j JSON
		l, err := j.ParseLine(line, paris)
		if err != nil {
			var fault *LineError
			if !errors.As(err, &fault) {
				t.Fatalf("an error of %T", err)
			}
			return
		}
		if l.Record == nil {
			return
		}
		again, err := AppendJSON(nil, l.Record.Fact.Topic, l.Record, l.Timestamp)
		if err != nil {
			t.Fatal(err)
		}
		l2, err := j.ParseLine(again, paris)
		if err != nil {
			t.Fatalf("our own line %s: %v", again, err)
		}
		sameRecord(t, l.Record, l2.Record)
	})
}

func FuzzOCF(f *testing.F) {
	for _, codec := range ocfCodecs {
		f.Add(ocfFile(f, codec, 3))
	}
	f.Add(goavroFile(f, evolvedRole(), "null", 2))
	f.Fuzz(func(t *testing.T, file []byte) {
		in, err := NewOCFReader(bytes.NewReader(file))
		if err != nil {
			return
		}
		var r Record
		for {
			err := in.Next(&r)
			var fault *RecordError
			if err != nil && !errors.As(err, &fault) {
				if again := in.Next(&r); errors.Is(err, io.EOF) && !errors.Is(again, io.EOF) || again == nil {
					t.Fatalf("after the end %v comes %v", err, again)
				}
				return
			}
			usable(t, in.Topic(), &r, err)
		}
	})
}

func evolvedRole() string {
	return string(bytes.Replace([]byte(OfTopic(state.TopicPurchases).Text), []byte(`"BUYER", "BENEFICIARY"], "default": "BENEFICIARY"`), []byte(`"BUYER"]`), 1))
}

func FuzzPublished(f *testing.F) {
	e, err := NewEncoder()
	if err != nil {
		f.Fatal(err)
	}
	value, err := e.EligibilityChanged(nil, goldenEligibility())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(value)
	if value, err = e.RetentionExpiry(nil, goldenRetention()); err != nil {
		f.Fatal(err)
	}
	f.Add(value)
	d := NewDecoder()
	f.Fuzz(func(t *testing.T, value []byte) {
		var v state.EligibilityChanged
		if d.EligibilityChanged(value, &v) == nil {
			if _, err := AppendEligibilityJSON(nil, &v); err != nil {
				t.Fatal(err)
			}
		}
		var r state.RetentionExpiry
		if d.RetentionExpiry(value, &r) == nil {
			if _, err := AppendRetentionJSON(nil, &r); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func FuzzParseTime(f *testing.F) {
	for _, text := range []string{"2026-01-10", "2026-01-10T10:00", "2026-01-10T10:00:00.5+02:00", "2026-03-29T02:30"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, _, err := ParseTime(text, paris)
		if err != nil || !Plausible(at) {
			return
		}
		again, bare, err := ParseTime(at.String(), paris)
		if err != nil || bare || again != at {
			t.Fatalf("%q is %s, which is %s (%v)", text, at, again, err)
		}
	})
}
