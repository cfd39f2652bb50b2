package schemas

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"consentstream/state"
)

func wantFault(t *testing.T, err error, fault Fault) *RecordError {
	t.Helper()
	var got *RecordError
	if !errors.As(err, &got) {
		t.Fatalf("error %v, want a RecordError of %s", err, fault)
	}
	if got.Fault != fault {
		t.Fatalf("%s (%v), want %s", got.Fault, err, fault)
	}
	return got
}

func TestUndecodable(t *testing.T) {
	d := NewDecoder()
	whole := sampleValue(t, state.TopicUnsubscribes)
	bad := map[string][]byte{
		"nil": nil, "empty": {}, "one byte": {0xC3}, "text": []byte(`{"kind":"UNSUBSCRIBE"}`), "another marker": {0xC3, 0x02, 0, 0, 0, 0, 0, 0, 0, 0},
		"short id":        {0, 0, 0, 1},
		"a byte too many": append(append([]byte(nil), whole...), 0),
		"no body":         whole[:10],
	}
	for name, value := range bad {
		t.Run(name, func(t *testing.T) {
			var r Record
			wantFault(t, d.Decode(state.TopicUnsubscribes, value, state.Unset, &r), FaultUndecodable)
		})
	}
	// Cut anywhere, it is undecodable and never anything else.
	for n := 10; n < len(whole); n++ {
		var r Record
		if err := d.Decode(state.TopicUnsubscribes, whole[:n], state.Unset, &r); err == nil {
			t.Fatalf("cut to %d of %d bytes it still decodes", n, len(whole))
		}
	}
}

func TestUnknownFingerprint(t *testing.T) {
	value := sampleValue(t, state.TopicClicks)
	value[5]++
	var r Record
	wantFault(t, NewDecoder().Decode(state.TopicClicks, value, state.Unset, &r), FaultUnknownSchema)
}

func TestRecordOfAnotherTopic(t *testing.T) {
	var r Record
	err := NewDecoder().Decode(state.TopicPurchases, sampleValue(t, state.TopicClicks), state.Unset, &r)
	wantFault(t, err, FaultUnknownSchema)
	if !strings.Contains(err.Error(), "Click") {
		t.Errorf("the error does not say what it found: %v", err)
	}
}

// What is well encoded but not acceptable still leaves whose it is, so that a
// negative can fail closed.
func TestKeySurvivesAViolation(t *testing.T) {
	r := sample(state.TopicUnsubscribes)
	r.Fact.OccurredAt, r.Fact.RecordedAt = 12, 12
	body, err := AppendRecord(nil, state.TopicUnsubscribes, r)
	if err != nil {
		t.Fatal(err)
	}
	var got Record
	wantFault(t, NewDecoder().Decode(state.TopicUnsubscribes, frame(OfTopic(state.TopicUnsubscribes), body), state.Unset, &got), FaultTimestamp)
	if got.Key != r.Key {
		t.Errorf("key %v, want %v", got.Key, r.Key)
	}
}

// A Record that is used again shows nothing of what was in it before.
func TestReuseLeavesNothingBehind(t *testing.T) {
	d := NewDecoder()
	rapid.Check(t, func(rt *rapid.T) {
		var used Record
		for range 5 {
			topic := rapid.SampledFrom(inputTopics).Draw(rt, "topic")
			want := randomRecord(rt, topic)
			body, err := AppendRecord(nil, topic, want)
			if err != nil {
				rt.Fatal(err)
			}
			if err := d.Decode(topic, frame(OfTopic(topic), body), state.Unset, &used); err != nil {
				rt.Fatal(err)
			}
			sameRecord(rt, want, &used)
		}
	})
}

func TestCloneSharesNothing(t *testing.T) {
	d := NewDecoder()
	rapid.Check(t, func(rt *rapid.T) {
		topic := rapid.SampledFrom(inputTopics).Draw(rt, "topic")
		want := randomRecord(rt, topic)
		body, err := AppendRecord(nil, topic, want)
		if err != nil {
			rt.Fatal(err)
		}
		value := frame(OfTopic(topic), body)
		var r Record
		if err := d.Decode(topic, value, state.Unset, &r); err != nil {
			rt.Fatal(err)
		}
		clone := r.Clone()
		for i := range value {
			value[i] = '#'
		}
		var other Record
		if err := d.Decode(topic, sampleValue(t, topic), state.Unset, &other); err != nil {
			rt.Fatal(err)
		}
		r = other
		sameRecord(rt, want, &clone)
	})
}

// The clone also survives the bodies that it came from.
func TestCloneOwnsItsBodies(t *testing.T) {
	d := NewDecoder()
	for _, topic := range inputTopics {
		var r Record
		if err := d.Decode(topic, sampleValue(t, topic), state.Unset, &r); err != nil {
			t.Fatal(err)
		}
		clone := r.Clone()
		*r.bodies = bodies{}
		sameRecord(t, sample(topic), &clone)
	}
}

func TestHotPathAllocatesNothing(t *testing.T) {
	d := NewDecoder()
	e, err := NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	for _, topic := range inputTopics {
		var r Record
		value := sampleValue(t, topic)
		dst := make([]byte, 0, 1024)
		if n := testing.AllocsPerRun(100, func() {
			if err := d.Decode(topic, value, 1772359200000, &r); err != nil {
				t.Error(err)
			}
			if _, err := e.Record(dst, topic, &r); err != nil {
				t.Error(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations a record", topic, n)
		}
	}
	v, dst := sampleEligibility(), make([]byte, 0, 4096)
	if n := testing.AllocsPerRun(100, func() {
		if _, err := e.EligibilityChanged(dst, v); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("eligibility-changed: %v allocations a record", n)
	}
}

// No error tells a value of the record, whatever is wrong with it.
func TestErrorsTellNoValues(t *testing.T) {
	const secret = "ZQXW"
	d := NewDecoder()
	for _, topic := range inputTopics {
		r := sample(topic)
		r.Key.Contact, r.Fact.ID, r.Fact.Source = secret+"|", secret, strings.Repeat(secret, 99)
		body, err := AppendRecord(nil, topic, r)
		if err != nil {
			t.Fatal(err)
		}
		value := frame(OfTopic(topic), body)
		for i := 10; i < len(value); i++ {
			for _, b := range []byte{0x00, 0x03, 0x7f, 0xff} {
				spoilt := bytes.Clone(value)
				spoilt[i] = b
				var got Record
				if err := d.Decode(topic, spoilt, state.Unset, &got); err != nil && strings.Contains(err.Error(), secret) {
					t.Fatalf("byte %d set to %x: %v", i, b, err)
				}
			}
		}
	}
}

func TestErrorsTellNoValuesOfMaps(t *testing.T) {
	const secret = "ZQXW"
	for _, topic := range inputTopics {
		for i := range OfTopic(topic).tree.Fields {
			field := OfTopic(topic).tree.Fields[i].Name
			for _, v := range []any{secret, secret + "\xff|", []any{secret}, native{secret: secret}, native{"form": secret}, strings.Repeat(secret, 200)} {
				_, err := FactFromMap(topic, with(topic, native{field: v}), paris, Defaults{})
				if err == nil || field == "notice" || field == "answers" {
					continue
				}
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%s: %v", field, err)
				}
			}
		}
	}
}
