package processor

import (
	"bytes"
	"errors"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"consentstream/processor/kafka"
	"consentstream/state"
	"consentstream/state/codec"
	"consentstream/state/statetest"
)

func someText(t *rapid.T, name string) string {
	return rapid.SampledFrom([]string{"", "c1", "a", "jané", "x y"}).Draw(t, name)
}

func someBytes(t *rapid.T, name string) []byte {
	return rapid.SampledFrom([][]byte{nil, {}, {0}, []byte("value"), bytes.Repeat([]byte("long"), 100)}).Draw(t, name)
}

func someHeaders(t *rapid.T) []kafka.Header {
	var headers []kafka.Header
	for range rapid.IntRange(0, 3).Draw(t, "headers") {
		headers = append(headers, kafka.Header{Key: someText(t, "header"), Value: someBytes(t, "header value")})
	}
	return headers
}

// encodedFacts compares facts by their bytes, which hold all that they are.
func encodedFacts(facts []state.Fact) [][]byte {
	encoded := make([][]byte, len(facts))
	for i := range facts {
		encoded[i] = codec.AppendFact(nil, &facts[i])
	}
	return encoded
}

func TestMisroutedEnvelopesSurvive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := kafka.Record{
			Offset: rapid.Int64Range(0, 1<<40).Draw(t, "offset"), Timestamp: rapid.Int64().Draw(t, "timestamp"),
			Key: someBytes(t, "key"), Value: someBytes(t, "value"), Headers: someHeaders(t),
		}
		e := envelope{
			Kind: envelopeMisrouted, Topic: "purchases", Partition: rapid.Int32Range(0, 9999).Draw(t, "partition"), Offset: r.Offset,
			Timestamp: r.Timestamp, HasKey: r.Key != nil, Key: r.Key, HasValue: r.Value != nil, Value: r.Value, Headers: r.Headers,
		}
		got, err := decodeEnvelope(appendEnvelope(nil, &e))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r, got.record()); diff != "" || got.Topic != e.Topic || got.Partition != e.Partition {
			t.Errorf("%s %d: %s", got.Topic, got.Partition, diff)
		}
	})
}

func TestEnvelopesOfFactsSurvive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := envelope{
			Kind: rapid.SampledFrom([]envelopeKind{envelopeAnswer, envelopeForward, envelopeInternal}).Draw(t, "kind"),
			To:   state.Key{Controller: someText(t, "controller"), Contact: someText(t, "contact")}, Address: someText(t, "address"),
			Crowded: rapid.Bool().Draw(t, "crowded"), Facts: statetest.Facts(statetest.Rapid{T: t}, statetest.Shop(), rapid.IntRange(0, 4).Draw(t, "facts")),
		}
		got, err := decodeEnvelope(appendEnvelope(nil, &e))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(encodedFacts(e.Facts), encodedFacts(got.Facts)); diff != "" {
			t.Error(diff)
		}
		if got.Kind != e.Kind || got.To != e.To || got.Address != e.Address || got.Crowded != e.Crowded {
			t.Errorf("got %+v, want %+v", got, e)
		}
	})
}

func TestAddressesSurvive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := NewAddress()
		for range rapid.IntRange(0, 20).Draw(t, "users") {
			a.Use(rapid.StringN(1, 8, 30).Draw(t, "user"))
		}
		for _, f := range statetest.Facts(statetest.Rapid{T: t}, statetest.Shop(), rapid.IntRange(0, 5).Draw(t, "facts")) {
			a.Object(f)
		}
		a.Crowded = rapid.Bool().Draw(t, "crowded")
		encoded := appendAddress(nil, &a)
		got, err := decodeAddress(encoded)
		if err != nil {
			t.Fatal(err)
		}
		if again := appendAddress(nil, &got); !bytes.Equal(encoded, again) || got.Crowded != a.Crowded || len(got.Users) != len(a.Users) {
			t.Errorf("got %+v, want %+v", got, a)
		}
	})
}

func TestNegativesSurvive(t *testing.T) {
	f := when(withAddress(unsubscribe("no"), "x"), day0)
	got, tag, err := decodeNegative(appendNegative(nil, "jane", &f))
	if err != nil || !got.Forwarded || got.ID != "no" || got.Address != "x" {
		t.Fatalf("%+v, %v", got, err)
	}
	if !bytes.Equal(tag, originTag("jane", "no")) || bytes.Equal(tag, originTag("john", "no")) || bytes.Equal(tag, originTag("jane", "other")) {
		t.Errorf("origin %x", tag)
	}
}

func TestAddressRecordKeys(t *testing.T) {
	for _, id := range []string{"c1", "with|separator|U|more"} {
		want := addressRecordKey{Address: "a", Controller: "c", Mark: markNegative, ID: id}
		got, err := parseAddressRecordKey(appendAddressRecordKey(nil, want.Address, want.Controller, want.Mark, want.ID))
		if err != nil || got != want {
			t.Errorf("got %+v, %v", got, err)
		}
	}
	for _, key := range []string{"", "a", "a|c", "a|c|U", "a|c|X|i", "a|c||i", "a|c|UN|i"} {
		if _, err := parseAddressRecordKey([]byte(key)); err == nil {
			t.Errorf("%q is a key", key)
		}
	}
}

func TestContactKeys(t *testing.T) {
	want := state.Key{Controller: "c", Contact: "jane"}
	if got, err := parseContactKey(appendContactKey(nil, want)); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, key := range []string{"", "a", "x|y", "cjane"} {
		if _, err := parseContactKey([]byte(key)); err == nil {
			t.Errorf("%q is a key", key)
		}
	}
}

// bounded fails where decoding takes more memory than the bytes could hold.
func bounded(t *testing.T, b []byte, decode func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	decode()
	runtime.ReadMemStats(&after)
	if took, most := after.TotalAlloc-before.TotalAlloc, uint64(1<<20+8<<10*len(b)); took > most {
		t.Fatalf("%d bytes took %d bytes of memory", len(b), took)
	}
}

func FuzzDecodeEnvelope(f *testing.F) {
	facts := statetest.Facts(statetest.Seed(1), statetest.Shop(), 5)
	for _, e := range []envelope{
		{Kind: envelopeMisrouted, Topic: "clicks", HasKey: true, Key: []byte("k"), HasValue: true, Value: []byte("v"), Headers: []kafka.Header{{Key: "h", Value: []byte("v")}, {Key: "null"}}},
		{Kind: envelopeAnswer, To: state.Key{Controller: "c", Contact: "jane"}, Address: "a", Facts: facts},
		{Kind: envelopeInternal, To: state.Key{Contact: "jane"}, Facts: facts[:1]},
	} {
		f.Add(appendEnvelope(nil, &e))
	}
	f.Add([]byte{envelopeFormat, byte(envelopeAnswer), 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Add([]byte{envelopeFormat, byte(envelopeMisrouted), 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, b []byte) {
		bounded(t, b, func() {
			e, err := decodeEnvelope(b)
			if err != nil {
				return
			}
			once := appendEnvelope(nil, &e)
			again, err := decodeEnvelope(once)
			if err != nil || !bytes.Equal(once, appendEnvelope(nil, &again)) {
				t.Fatalf("own bytes decode as %+v, %v", again, err)
			}
		})
	})
}

func FuzzDecodeAddress(f *testing.F) {
	a := NewAddress()
	f.Add(appendAddress(nil, &a))
	a.Use("jane")
	a.Use("john")
	a.Crowded = true
	a.Object(when(withAddress(unsubscribe("no"), "x"), day0))
	f.Add(appendAddress(nil, &a))
	f.Add([]byte{addressFormat, 0, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, b []byte) {
		bounded(t, b, func() {
			a, err := decodeAddress(b)
			if err != nil {
				return
			}
			once := appendAddress(nil, &a)
			again, err := decodeAddress(once)
			if err != nil || !bytes.Equal(once, appendAddress(nil, &again)) {
				t.Fatalf("own bytes decode as %+v, %v", again, err)
			}
		})
	})
}

func FuzzDecodeNegative(f *testing.F) {
	no := when(withAddress(unsubscribe("no"), "x"), day0)
	f.Add([]byte("x|c|N|no"), appendNegative(nil, "jane", &no))
	f.Fuzz(func(t *testing.T, key, value []byte) {
		bounded(t, value, func() {
			_, _ = parseAddressRecordKey(key)
			fact, tag, err := decodeNegative(value)
			if err == nil && (fact == nil || len(tag) != tagLen) {
				t.Fatalf("%+v %x", fact, tag)
			}
		})
	})
}

// A newer version's bytes are refused with what to do.
func TestStateOfAnAddressOfAnotherVersion(t *testing.T) {
	for _, b := range [][]byte{nil, {addressFormat + 1, 0, 0}, {0}} {
		if _, err := decodeAddress(b); !errors.Is(err, errAddressFormat) {
			t.Errorf("%x: %v", b, err)
		}
	}
}
