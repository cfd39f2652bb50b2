package schemas

import (
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/linkedin/goavro/v2"

	"consentstream/schemas/internal/avro"
	"consentstream/state"
)

// evolved changes the text of a schema; every change must apply.
func evolved(t *testing.T, topic state.Topic, changes ...string) string {
	t.Helper()
	text := OfTopic(topic).Text
	for i := 0; i < len(changes); i += 2 {
		if !strings.Contains(text, changes[i]) {
			t.Fatalf("%s has no %s", topic, changes[i])
		}
		text = strings.Replace(text, changes[i], changes[i+1], 1)
	}
	return text
}

// written encodes a record by another schema, with goavro, framed.
func written(t *testing.T, schema string, n native) []byte {
	t.Helper()
	tree, err := avro.Parse(schema)
	if err != nil {
		t.Fatal(err)
	}
	codec, err := goavro.NewCodec(schema)
	if err != nil {
		t.Fatal(err)
	}
	h := singleObject(tree.Fingerprint())
	value, err := codec.BinaryFromNative(h.bytes[:h.size], n)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// readAs decodes a record that was written by another schema.
func readAs(t *testing.T, topic state.Topic, schema string, n native) *Record {
	t.Helper()
	d := NewDecoder()
	if err := d.AddWriterSchema(schema); err != nil {
		t.Fatal(err)
	}
	r := new(Record)
	if err := d.Decode(topic, written(t, schema, n), state.Unset, r); err != nil {
		t.Fatal(err)
	}
	return r
}

func sampleNative(topic state.Topic, changes native) native {
	n := nativeOf(sample(topic))
	for field, v := range changes {
		n[field] = v
	}
	return n
}

const laterUnsubscribe = `"PURGED", "BLOCTEL"]`

// An unsubscribe of a kind from a later schema is an objection on all channels,
// whatever channels it names.
func TestUnknownKindOfUnsubscribe(t *testing.T) {
	schema := evolved(t, state.TopicUnsubscribes, laterUnsubscribe, `"PURGED", "BLOCTEL", "MINOR"]`)
	for _, channels := range [][]any{{}, {"SMS"}} {
		r := readAs(t, state.TopicUnsubscribes, schema, sampleNative(state.TopicUnsubscribes, native{"kind": "MINOR", "channels": channels}))
		u := r.Fact.Unsubscribe
		if u.Kind != state.UnsubscribeObjection || u.Channels != state.AllChannels {
			t.Errorf("channels %v: %v on %b, want OBJECTION on all", channels, u.Kind, u.Channels)
		}
	}
	known := readAs(t, state.TopicUnsubscribes, schema, sampleNative(state.TopicUnsubscribes, nil))
	sameRecord(t, sample(state.TopicUnsubscribes), known)
}

// An unknown method with no channels means all channels; a known one, and
// channels that are named, mean what they say.
func TestUnknownMethodOfUnsubscribe(t *testing.T) {
	schema := evolved(t, state.TopicUnsubscribes, `"AUTHORITY", "OTHER"]`, `"AUTHORITY", "OTHER", "FAX"]`)
	for _, row := range []struct {
		method   string
		channels []any
		want     state.Channels
	}{
		{"FAX", []any{}, state.AllChannels},
		{"FAX", []any{"SMS"}, state.ChannelsOf(state.ChannelSMS)},
		{"OTHER", []any{}, 0},
	} {
		r := readAs(t, state.TopicUnsubscribes, schema, sampleNative(state.TopicUnsubscribes, native{"method": row.method, "channels": row.channels}))
		if u := r.Fact.Unsubscribe; u.Method != state.MethodOther || u.Channels != row.want {
			t.Errorf("%s on %v: %v on %b, want OTHER on %b", row.method, row.channels, u.Method, u.Channels, row.want)
		}
	}
}

// Unknown channels and purposes stay visible: only the rules know whether
// they widen or narrow.
func TestUnknownChannelsStay(t *testing.T) {
	schema := evolved(t, state.TopicUnsubscribes, `"PHONE", "UNKNOWN"]`, `"PHONE", "UNKNOWN", "POST"]`, `"CONTACT", "UNKNOWN"]`, `"CONTACT", "UNKNOWN", "SURVEY"]`)
	r := readAs(t, state.TopicUnsubscribes, schema, sampleNative(state.TopicUnsubscribes, native{"channels": []any{"POST", "SMS"}, "purposes": []any{"SURVEY"}}))
	u := r.Fact.Unsubscribe
	if u.Channels != state.ChannelsOf(state.ChannelUnknown, state.ChannelSMS) || u.Purposes != state.PurposesOf(state.PurposeUnknown) {
		t.Errorf("channels %b, purposes %b", u.Channels, u.Purposes)
	}
}

// Of a signup of an unknown kind the refusals are left and nothing else.
func TestUnknownKindOfSignup(t *testing.T) {
	schema := evolved(t, state.TopicSignups, `"ADDRESS_CHANGED", "UNKNOWN"]`, `"ADDRESS_CHANGED", "UNKNOWN", "RAFFLE"]`)
	s := sample(state.TopicSignups)
	s.Fact.Signup.ContactType, s.Fact.Signup.TimeZone = state.ContactB2BNamed, "Europe/Paris"
	yes := s.Fact.Signup.Answers[0]
	yes.Value = state.AnswerYes
	s.Fact.Signup.Answers = append(s.Fact.Signup.Answers, yes)
	n := nativeOf(s)
	n["kind"] = "RAFFLE"
	r := readAs(t, state.TopicSignups, schema, n)
	got := r.Fact.Signup
	if got.Notice != nil || got.ContactType != state.ContactNone || got.TimeZone != "" || len(got.Answers) != 1 || got.Answers[0].Value != state.AnswerNo {
		t.Errorf("left %+v", got)
	}
	if !r.UnknownKind() || !r.Fact.IsNegative() {
		t.Error("it must count as unknown and as a negative")
	}
}

func TestUnknownKindOfOtherPositives(t *testing.T) {
	schema := evolved(t, state.TopicPurchases, `"ATTENDED", "UNKNOWN"]`, `"ATTENDED", "UNKNOWN", "RENTED"]`)
	p := sample(state.TopicPurchases)
	p.Fact.Purchase.Notice = &state.Notice{OptOutOffered: true}
	n := nativeOf(p)
	n["kind"] = "RENTED"
	r := readAs(t, state.TopicPurchases, schema, n)
	if !r.UnknownKind() || r.Fact.Purchase.Notice != nil || r.Fact.Purchase.AmountKnown {
		t.Errorf("left %+v", r.Fact.Purchase)
	}
	schema = evolved(t, state.TopicClicks, `"BOUNCED", "UNKNOWN"]`, `"BOUNCED", "UNKNOWN", "HOVER"]`)
	if r := readAs(t, state.TopicClicks, schema, sampleNative(state.TopicClicks, native{"kind": "HOVER"})); !r.UnknownKind() {
		t.Errorf("left %+v", r.Fact.Click)
	}
}

// The defaults of the other enums are on the safe side.
func TestOtherUnknownSymbols(t *testing.T) {
	schema := evolved(t, state.TopicPurchases, `"INSTANT", "DAY"]`, `"INSTANT", "DAY", "MONTH"]`, `"BUYER", "BENEFICIARY"]`, `"BUYER", "BENEFICIARY", "AGENT"]`,
		`"DIRECT", "MARKETPLACE", "THIRD_PARTY"]`, `"DIRECT", "MARKETPLACE", "THIRD_PARTY", "BOT"]`)
	r := readAs(t, state.TopicPurchases, schema, sampleNative(state.TopicPurchases, native{"precision": "MONTH", "role": "AGENT", "collected_by": "BOT"}))
	p := r.Fact.Purchase
	if r.Fact.Precision != state.PrecisionDay || p.Role != state.RoleBeneficiary || p.CollectedBy != state.CollectedThirdParty {
		t.Errorf("%v %v %v", r.Fact.Precision, p.Role, p.CollectedBy)
	}
}

// A field that the writer does not have takes our default; one that we do not
// have is passed over; a narrower number is widened; order does not matter.
func TestFieldsByName(t *testing.T) {
	const schema = `{"type": "record", "name": "Click", "namespace": "consentstream.v1", "fields": [
		{"name": "actor", "type": {"type": "enum", "name": "Actor", "symbols": ["MACHINE", "HUMAN", "UNKNOWN"]}},
		{"name": "weather", "type": {"type": "map", "values": {"type": "array", "items": ["null", "double", {"type": "fixed", "name": "F", "size": 3}]}}},
		{"name": "kind", "type": {"type": "enum", "name": "ClickKind", "symbols": ["LOGIN", "CLICK"]}},
		{"name": "channel", "type": {"type": "enum", "name": "Channel", "symbols": ["SMS", "EMAIL"]}},
		{"name": "occurred_at", "type": ["long", "null"]},
		{"name": "contact_id", "type": "bytes"},
		{"name": "event_id", "type": "string"}]}`
	if err := NewDecoder().AddWriterSchema(schema); err == nil {
		t.Error("a null where we need an instant must be refused")
	}
	schema2 := strings.Replace(schema, `["long", "null"]`, `"long"`, 1)
	r := readAs(t, state.TopicClicks, schema2, native{"actor": "HUMAN", "kind": "CLICK", "channel": "SMS", "occurred_at": int64(1772359200000),
		"weather": native{"sun": []any{nil, union("double", 1.5), union("consentstream.v1.F", []byte("abc"))}}, "contact_id": []byte("c1"), "event_id": "e1"})
	want := &Record{Key: state.Key{Controller: "default", Contact: "c1"}, Fact: state.Fact{ID: "e1", Topic: state.TopicClicks,
		OccurredAt: 1772359200000, Since: 1772359200000, RecordedAt: 1772359200000,
		Click: &state.Click{Kind: state.ClickClick, Channel: state.ChannelSMS, Actor: state.ActorHuman}}}
	sameRecord(t, want, r)
}

func TestRefusedWriters(t *testing.T) {
	const head = `{"type": "record", "name": "Click", "namespace": "x", "fields": [`
	for name, schema := range map[string]string{
		"no JSON":             `{`,
		"no record":           `"string"`,
		"no record of ours":   `{"type": "record", "name": "Other", "fields": []}`,
		"a required field":    head + `]}`,
		"microseconds":        evolved(t, state.TopicClicks, `{"type": "long", "logicalType": "timestamp-millis"}`, `{"type": "long", "logicalType": "timestamp-micros"}`),
		"text for an instant": evolved(t, state.TopicClicks, `{"type": "long", "logicalType": "timestamp-millis"}`, `"string"`),
		"a schema in itself":  head + `{"name": "next", "type": ["null", "x.Click"]}]}`,
	} {
		if err := NewDecoder().AddWriterSchema(schema); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// A message cannot make goavro reserve more than its own length justifies.
func TestHugeCountsAreRefused(t *testing.T) {
	schema := evolved(t, state.TopicUnsubscribes, laterUnsubscribe, `"PURGED", "BLOCTEL", "MINOR"]`)
	value := written(t, schema, sampleNative(state.TopicUnsubscribes, native{"brands": []any{}}))
	d := NewDecoder()
	if err := d.AddWriterSchema(schema); err != nil {
		t.Fatal(err)
	}
	huge := binary.AppendVarint(nil, 1<<30)
	for i := 10; i < len(value); i++ {
		spoilt := append(append(append([]byte(nil), value[:i]...), huge...), value[i:]...)
		var r Record
		_ = d.Decode(state.TopicUnsubscribes, spoilt, state.Unset, &r)
	}
}

// fakeRegistry answers from a map, or fails.
type fakeRegistry struct {
	schemas map[int]string
	err     error
	asked   int
}

func (f *fakeRegistry) SchemaByID(_ context.Context, id int) (string, error) {
	f.asked++
	if f.err != nil {
		return "", f.err
	}
	text, ok := f.schemas[id]
	if !ok {
		return "", ErrNoSchema
	}
	return text, nil
}

func withID(id uint32, singleObject []byte) []byte {
	value := binary.BigEndian.AppendUint32([]byte{0}, id)
	return append(value, singleObject[10:]...)
}

func TestConfluentFormat(t *testing.T) {
	older := evolved(t, state.TopicClicks, `"type": ["null", "string"], "default": null}
  ]`, `"type": "null", "default": null}
  ]`)
	registry := &fakeRegistry{schemas: map[int]string{7: OfTopic(state.TopicClicks).Text, 8: older, 9: `{"type": "record"}`}}
	d := NewDecoder(WithRegistry(registry))
	current := sampleValue(t, state.TopicClicks)
	var r Record
	for range 3 {
		if err := d.Decode(state.TopicClicks, withID(7, current), state.Unset, &r); err != nil {
			t.Fatal(err)
		}
		sameRecord(t, sample(state.TopicClicks), &r)
		if err := d.Decode(state.TopicClicks, withID(8, written(t, older, sampleNative(state.TopicClicks, nil))), state.Unset, &r); err != nil {
			t.Fatal(err)
		}
		sameRecord(t, sample(state.TopicClicks), &r)
		wantFault(t, d.Decode(state.TopicClicks, withID(9, current), state.Unset, &r), FaultUnknownSchema)
	}
	if registry.asked != 3 {
		t.Errorf("asked %d times for three ids", registry.asked)
	}
	wantFault(t, d.Decode(state.TopicPurchases, withID(7, current), state.Unset, &r), FaultUnknownSchema)
}

// Where the registry is away, the record is good for another try; where it
// answers that it has no such id, it is not, and is not asked again at once.
func TestRegistryAway(t *testing.T) {
	registry := &fakeRegistry{err: errors.New("connection refused")}
	d := NewDecoder(WithRegistry(registry), WithLookup(context.Background(), time.Second))
	now := time.Unix(0, 0)
	d.writers.now = func() time.Time { return now }
	value := withID(7, sampleValue(t, state.TopicClicks))
	var r Record
	got := wantFault(t, d.Decode(state.TopicClicks, value, state.Unset, &r), FaultRegistry)
	if !got.Retry() || !errors.Is(got, ErrRegistryUnavailable) {
		t.Errorf("%v does not ask to try again", got)
	}
	registry.err = nil
	for range 3 {
		if got := wantFault(t, d.Decode(state.TopicClicks, value, state.Unset, &r), FaultUnknownSchema); got.Retry() {
			t.Errorf("%v asks to try again", got)
		}
	}
	if registry.asked != 2 {
		t.Errorf("asked %d times, want 2", registry.asked)
	}
	registry.schemas = map[int]string{7: OfTopic(state.TopicClicks).Text}
	now = now.Add(missTime)
	if err := d.Decode(state.TopicClicks, value, state.Unset, &r); err != nil {
		t.Errorf("registered meanwhile: %v", err)
	}
}

func TestMissesAreBounded(t *testing.T) {
	d := NewDecoder(WithRegistry(&fakeRegistry{}))
	var r Record
	for id := range uint32(3 * maxMisses) {
		wantFault(t, d.Decode(state.TopicClicks, withID(id, make([]byte, 10)), state.Unset, &r), FaultUnknownSchema)
	}
	if n := len(d.writers.misses); n > maxMisses {
		t.Errorf("%d misses are remembered", n)
	}
}

func TestNoRegistryConfigured(t *testing.T) {
	var r Record
	err := NewDecoder().Decode(state.TopicClicks, withID(7, sampleValue(t, state.TopicClicks)), state.Unset, &r)
	wantFault(t, err, FaultUnknownSchema)
}
