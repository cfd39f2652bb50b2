package schemas

import (
	"testing"

	"consentstream/state"
)

func TestHeaders(t *testing.T) {
	for _, row := range []struct {
		options     []EncoderOption
		source      string
		contentType string
	}{
		{nil, "consentstream", "application/avro"},
		{[]EncoderOption{WithSource("//shop/consent"), WithRegistryIDs(map[string]int{NameRetentionExpiry: 1})}, "//shop/consent", "application/vnd.confluent.avro"},
	} {
		e, err := NewEncoder(row.options...)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"ce_specversion": "1.0", "ce_id": "e1", "ce_source": row.source, "ce_type": "consentstream.v1.RetentionExpiry",
			"ce_time": "2026-03-01T10:00:00.000Z", "content-type": row.contentType}
		got := e.Headers(NameRetentionExpiry, "e1", 1772359200000)
		if len(got) != len(want) {
			t.Errorf("%d headers, want %d", len(got), len(want))
		}
		for _, h := range got {
			if want[h.Key] != string(h.Value) {
				t.Errorf("%s: %s, want %s", h.Key, h.Value, want[h.Key])
			}
		}
	}
}

func TestEncoderRefuses(t *testing.T) {
	for name, option := range map[string]EncoderOption{
		"no source":    WithSource(""),
		"id below 0":   WithRegistryIDs(map[string]int{NameClick: -1}),
		"id too large": WithRegistryIDs(map[string]int{NameClick: 1 << 32}),
	} {
		if _, err := NewEncoder(option); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	e, err := NewEncoder(WithRegistryIDs(map[string]int{NameClick: 1}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.EligibilityChanged(nil, sampleEligibility()); err == nil {
		t.Error("a schema that was not registered is encoded")
	}
	if _, err := e.RetentionExpiry(nil, goldenRetention()); err == nil {
		t.Error("a schema that was not registered is encoded")
	}
}

// Values outside the vocabulary are refused, never written as something else.
func TestEncodersRefuseForeignValues(t *testing.T) {
	e, err := NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	v := sampleEligibility()
	v.Verdicts[0].Basis = 200
	if _, err := e.EligibilityChanged(nil, v); err == nil {
		t.Error("a basis of 200 is encoded")
	}
	r := goldenRetention()
	r.Keep[0].What = 99
	if _, err := e.RetentionExpiry(nil, r); err == nil {
		t.Error("a keep of 99 is encoded")
	}
	s := sample(state.TopicUnsubscribes)
	s.Fact.Unsubscribe.Channels = 1 << 6
	if _, err := AppendRecord(nil, state.TopicUnsubscribes, s); err == nil {
		t.Error("a channel of bit 6 is encoded")
	}
	if _, err := AppendRecord(nil, state.TopicClicks, sample(state.TopicSignups)); err == nil {
		t.Error("a signup is encoded as a click")
	}
	internal := &Record{Fact: state.Fact{Topic: state.TopicUnsubscribes, Internal: &state.Internal{Kind: state.InternalRelease}}}
	if _, err := AppendRecord(nil, state.TopicUnsubscribes, internal); err == nil {
		t.Error("an internal fact is encoded")
	}
}

func TestPublishedKey(t *testing.T) {
	for _, row := range []struct {
		controller string
		ownTopic   bool
		want       string
	}{{"default", false, "c1"}, {"default", true, "c1"}, {"A", false, "c1|A"}, {"A", true, "c1"}} {
		if got := string(AppendPublishedKey(nil, state.Key{Controller: row.controller, Contact: "c1"}, row.ownTopic)); got != row.want {
			t.Errorf("controller %s, own topic %v: %s, want %s", row.controller, row.ownTopic, got, row.want)
		}
	}
}

// A cause that came over no topic has no place in one.
func TestCauseOfADeadline(t *testing.T) {
	e, err := NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	v := sampleEligibility()
	v.Cause = state.Cause{Kind: state.CauseDeadline}
	value, err := e.EligibilityChanged(nil, v)
	if err != nil {
		t.Fatal(err)
	}
	var got state.EligibilityChanged
	if err := NewDecoder().EligibilityChanged(value, &got); err != nil {
		t.Fatal(err)
	}
	if want := (state.Cause{Kind: state.CauseDeadline, Partition: -1, Offset: -1}); got.Cause != want {
		t.Errorf("%+v, want %+v", got.Cause, want)
	}
}
