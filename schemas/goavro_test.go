package schemas

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"consentstream/state"
)

func sameRecord(t interface{ Errorf(string, ...any) }, want, got *Record) {
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Record{})); diff != "" {
		t.Errorf("records differ (-want +got):\n%s", diff)
	}
}

// frame puts the bytes of the current schema in single-object encoding.
func frame(s *Schema, body []byte) []byte {
	h := singleObject(s.Fingerprint)
	return append(append([]byte(nil), h.bytes[:h.size]...), body...)
}

// The hand-written code and goavro agree on every record, in both directions.
func TestInputsAgainstGoavro(t *testing.T) {
	d := NewDecoder()
	var got Record // used again and again, as on the hot path
	for _, topic := range inputTopics {
		t.Run(topic.String(), func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				want := randomRecord(rt, topic)
				body := goavroBytes(t, OfTopic(topic), nativeOf(want))
				ours, err := AppendRecord(nil, topic, want)
				if err != nil {
					rt.Fatal(err)
				}
				if !bytes.Equal(ours, body) {
					rt.Fatalf("encoded\n%x, goavro\n%x", ours, body)
				}
				if err := d.Decode(topic, frame(OfTopic(topic), body), state.Unset, &got); err != nil {
					rt.Fatal(err)
				}
				sameRecord(rt, want, &got)
			})
		})
	}
}

func TestEligibilityAgainstGoavro(t *testing.T) {
	d, s := NewDecoder(), mustByName(NameEligibilityChanged)
	e, err := NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	var got state.EligibilityChanged
	rapid.Check(t, func(rt *rapid.T) {
		want := randomEligibility(rt)
		value, err := e.EligibilityChanged([]byte("before"), want)
		if err != nil {
			rt.Fatal(err)
		}
		if expected := append([]byte("before"), frame(s, goavroBytes(t, s, nativeEligibility(want)))...); !bytes.Equal(value, expected) {
			rt.Fatalf("encoded\n%x, goavro\n%x", value, expected)
		}
		if err := d.EligibilityChanged(value[len("before"):], &got); err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(want, &got); diff != "" {
			rt.Errorf("records differ (-want +got):\n%s", diff)
		}
	})
}

func TestRetentionAgainstGoavro(t *testing.T) {
	d, s := NewDecoder(), mustByName(NameRetentionExpiry)
	e, err := NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	var got state.RetentionExpiry
	rapid.Check(t, func(rt *rapid.T) {
		want := randomRetention(rt)
		value, err := e.RetentionExpiry(nil, want)
		if err != nil {
			rt.Fatal(err)
		}
		if expected := frame(s, goavroBytes(t, s, nativeRetention(want))); !bytes.Equal(value, expected) {
			rt.Fatalf("encoded\n%x, goavro\n%x", value, expected)
		}
		if err := d.RetentionExpiry(value, &got); err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(want, &got); diff != "" {
			rt.Errorf("records differ (-want +got):\n%s", diff)
		}
	})
}

// Lines of JSON carry the same as the bytes.
func TestJSONRoundTrip(t *testing.T) {
	var j JSON
	for _, topic := range inputTopics {
		t.Run(topic.String(), func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				want := randomRecord(rt, topic)
				line, err := AppendJSON(nil, topic, want, state.Unset)
				if err != nil {
					rt.Fatal(err)
				}
				got, err := j.ParseLine(line, paris)
				if err != nil {
					rt.Fatalf("%v in %s", err, line)
				}
				sameRecord(rt, want, got.Record)
				if string(got.Key) != want.Key.Contact {
					rt.Errorf("key %q, want %q", got.Key, want.Key.Contact)
				}
			})
		})
	}
}

func TestPublishedJSONRoundTrip(t *testing.T) {
	var j JSON
	rapid.Check(t, func(rt *rapid.T) {
		want := randomEligibility(rt)
		line, err := AppendEligibilityJSON(nil, want)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := j.ParseLine(line, paris)
		if err != nil {
			rt.Fatalf("%v in %s", err, line)
		}
		if diff := cmp.Diff(want, got.Eligibility); diff != "" {
			rt.Errorf("records differ (-want +got):\n%s", diff)
		}
	})
	rapid.Check(t, func(rt *rapid.T) {
		want := randomRetention(rt)
		line, err := AppendRetentionJSON(nil, want)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := j.ParseLine(line, paris)
		if err != nil {
			rt.Fatalf("%v in %s", err, line)
		}
		if diff := cmp.Diff(want, got.Retention); diff != "" {
			rt.Errorf("records differ (-want +got):\n%s", diff)
		}
	})
}
