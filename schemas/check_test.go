package schemas

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"consentstream/state"
)

// minimal are the records with nothing but what is required.
var minimal = map[state.Topic]native{
	state.TopicPurchases:    {"event_id": "e1", "contact_id": "c1", "occurred_at": "2026-01-10T10:00", "kind": "ORDERED", "order_ref": "O1"},
	state.TopicClicks:       {"event_id": "e1", "contact_id": "c1", "occurred_at": "2026-01-10T10:00", "kind": "CLICK", "actor": "HUMAN"},
	state.TopicSignups:      {"event_id": "e1", "contact_id": "c1", "occurred_at": "2026-01-10T10:00", "kind": "FORM"},
	state.TopicUnsubscribes: {"event_id": "e1", "contact_id": "c1", "occurred_at": "2026-01-10T10:00", "kind": "UNSUBSCRIBE"},
}

func with(topic state.Topic, changes native) native {
	m := maps.Clone(minimal[topic])
	for field, value := range changes {
		if value == leftOut {
			delete(m, field)
		} else {
			m[field] = value
		}
	}
	return m
}

// leftOut removes a field from a minimal record.
const leftOut = "\x00left out"

func list(n int, item any) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = item
	}
	return out
}

func notice(changes native) native {
	n := native{"channels": []any{"EMAIL"}, "purposes": []any{"PROMOTIONAL"}, "opt_out_offered": true, "text_version": "v1", "proof_ref": "p1"}
	maps.Copy(n, changes)
	return n
}

func answer(changes native) native {
	a := native{"form": "YES_NO", "value": "YES", "channels": []any{"EMAIL"}, "purposes": []any{"PROMOTIONAL"}, "proof_ref": "p1"}
	maps.Copy(a, changes)
	return a
}

// Every check that a record can fail, with the fault and the field it names.
// The maps pass through the bytes of the current schema, so each row that
// FactFromMap does not refuse by itself exercises the hot path.
func TestChecks(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	const purchases, clicks, signups, unsubscribes = state.TopicPurchases, state.TopicClicks, state.TopicSignups, state.TopicUnsubscribes
	for name, row := range map[string]struct {
		topic   state.Topic
		changes native
		fault   Fault
		field   string
	}{
		"no event id":                {purchases, native{"event_id": leftOut}, FaultMissing, "event_id"},
		"empty event id":             {purchases, native{"event_id": ""}, FaultMissing, "event_id"},
		"long event id":              {purchases, native{"event_id": long(129)}, FaultTooLong, "event_id"},
		"empty contact":              {clicks, native{"contact_id": ""}, FaultMissing, "contact_id"},
		"long contact":               {clicks, native{"contact_id": long(257)}, FaultTooLong, "contact_id"},
		"bar in contact":             {clicks, native{"contact_id": "a|b"}, FaultInvalid, "contact_id"},
		"empty controller":           {clicks, native{"controller": ""}, FaultMissing, "controller"},
		"long controller":            {clicks, native{"controller": long(65)}, FaultTooLong, "controller"},
		"bar in controller":          {clicks, native{"controller": "a|b"}, FaultInvalid, "controller"},
		"long brand":                 {clicks, native{"brand": long(65)}, FaultTooLong, "brand"},
		"long address":               {clicks, native{"address_key": long(129)}, FaultTooLong, "address_key"},
		"bar in address":             {clicks, native{"address_key": "|"}, FaultInvalid, "address_key"},
		"long source":                {clicks, native{"source": long(129)}, FaultTooLong, "source"},
		"bytes count, not runes":     {clicks, native{"source": strings.Repeat("é", 65)}, FaultTooLong, "source"},
		"no UTF-8":                   {clicks, native{"source": "a\xff"}, FaultInvalid, "source"},
		"no UTF-8 in eight":          {clicks, native{"source": "abcdefg\xff"}, FaultInvalid, "source"},
		"no instant":                 {clicks, native{"occurred_at": leftOut}, FaultMissing, "occurred_at"},
		"instant 0":                  {clicks, native{"occurred_at": 0}, FaultTimestamp, "occurred_at"},
		"before 1970":                {clicks, native{"occurred_at": "1969-12-31T23:59:59Z"}, FaultTimestamp, "occurred_at"},
		"seconds":                    {clicks, native{"occurred_at": 1772359200}, FaultTimestamp, "occurred_at"},
		"microseconds":               {clicks, native{"occurred_at": 1772359200000000}, FaultTimestamp, "occurred_at"},
		"recorded in seconds":        {clicks, native{"recorded_at": 1772359200}, FaultTimestamp, "recorded_at"},
		"purged in seconds":          {unsubscribes, native{"kind": "PURGED", "purged_before": 1772359200}, FaultTimestamp, "purged_before"},
		"no kind":                    {clicks, native{"kind": leftOut}, FaultMissing, "kind"},
		"no actor":                   {clicks, native{"actor": leftOut}, FaultMissing, "actor"},
		"unknown symbol":             {clicks, native{"kind": "TAP"}, FaultInvalid, "kind"},
		"unknown field":              {clicks, native{"knid": "CLICK"}, FaultInvalid, ""},
		"no order":                   {purchases, native{"order_ref": leftOut}, FaultMissing, "order_ref"},
		"empty order":                {purchases, native{"order_ref": ""}, FaultMissing, "order_ref"},
		"empty order of a delivery":  {purchases, native{"order_ref": "", "kind": "DELIVERED"}, FaultMissing, "order_ref"},
		"long order":                 {purchases, native{"order_ref": long(129)}, FaultTooLong, "order_ref"},
		"long family":                {purchases, native{"family": long(65)}, FaultTooLong, "family"},
		"long currency":              {purchases, native{"currency": long(129)}, FaultTooLong, "currency"},
		"amount with a fraction":     {purchases, native{"amount_minor": 10.5}, FaultInvalid, "amount_minor"},
		"amount as text":             {purchases, native{"amount_minor": "10"}, FaultInvalid, "amount_minor"},
		"long campaign":              {clicks, native{"campaign_id": long(129)}, FaultTooLong, "campaign_id"},
		"long order of a click":      {clicks, native{"order_ref": long(129)}, FaultTooLong, "order_ref"},
		"long submission":            {signups, native{"submission_id": long(129)}, FaultTooLong, "submission_id"},
		"long zone":                  {signups, native{"time_zone": long(129)}, FaultTooLong, "time_zone"},
		"33 answers":                 {signups, native{"answers": list(33, answer(nil))}, FaultTooLong, "answers"},
		"no list of answers":         {signups, native{"answers": "none"}, FaultInvalid, "answers"},
		"33 channels":                {signups, native{"answers": []any{answer(native{"channels": list(33, "EMAIL")})}}, FaultTooLong, "answers.channels"},
		"33 shown":                   {signups, native{"answers": []any{answer(native{"shown": list(33, "CART")})}}, FaultTooLong, "answers.shown"},
		"long text of an answer":     {signups, native{"answers": []any{answer(native{"text_version": long(65)})}}, FaultTooLong, "answers.text_version"},
		"long proof of an answer":    {signups, native{"answers": []any{answer(native{"proof_ref": long(129)})}}, FaultTooLong, "answers.proof_ref"},
		"answer without a value":     {signups, native{"answers": []any{native{"form": "ORAL"}}}, FaultMissing, "answers.value"},
		"notice without a text":      {signups, native{"notice": native{"channels": []any{}, "purposes": []any{}, "opt_out_offered": true}}, FaultMissing, "notice.text_version"},
		"33 families":                {signups, native{"notice": notice(native{"families": list(33, "f")})}, FaultTooLong, "notice.families"},
		"long family of a notice":    {purchases, native{"notice": notice(native{"families": []any{long(65)}})}, FaultTooLong, "notice.families"},
		"long text of a notice":      {purchases, native{"notice": notice(native{"text_version": long(65)})}, FaultTooLong, "notice.text_version"},
		"long proof of a notice":     {purchases, native{"notice": notice(native{"proof_ref": long(129)})}, FaultTooLong, "notice.proof_ref"},
		"long url":                   {purchases, native{"notice": notice(native{"url": long(129)})}, FaultTooLong, "notice.url"},
		"long language":              {purchases, native{"notice": notice(native{"language": long(129)})}, FaultTooLong, "notice.language"},
		"long order of a notice":     {purchases, native{"notice": notice(native{"order_ref": long(129)})}, FaultTooLong, "notice.order_ref"},
		"a notice that is text":      {purchases, native{"notice": "v1"}, FaultInvalid, "notice"},
		"opt out that is text":       {purchases, native{"notice": notice(native{"opt_out_offered": "yes"})}, FaultInvalid, "notice.opt_out_offered"},
		"33 brands":                  {unsubscribes, native{"brands": list(33, "b")}, FaultTooLong, "brands"},
		"long brand of a negative":   {unsubscribes, native{"brands": []any{long(65)}}, FaultTooLong, "brands"},
		"33 purposes":                {unsubscribes, native{"purposes": list(33, "CART")}, FaultTooLong, "purposes"},
		"long proof":                 {unsubscribes, native{"proof_ref": long(129)}, FaultTooLong, "proof_ref"},
		"lost proof without a name":  {unsubscribes, native{"kind": "PROOF_LOST"}, FaultMissing, "proof_ref"},
		"a number where text is due": {unsubscribes, native{"proof_ref": 12}, FaultInvalid, "proof_ref"},
		"null where text is due":     {unsubscribes, native{"proof_ref": nil}, FaultInvalid, "proof_ref"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := FactFromMap(row.topic, with(row.topic, row.changes), paris, Defaults{})
			var got *RecordError
			if !errors.As(err, &got) {
				t.Fatalf("error %v, want a RecordError", err)
			}
			if got.Fault != row.fault || got.Field != row.field {
				t.Errorf("%s in field %q (%v), want %s in %q", got.Fault, got.Field, err, row.fault, row.field)
			}
			if got.Record != OfTopic(row.topic).Name || got.Topic != row.topic.String() {
				t.Errorf("names %s on %s, want %s on %s", got.Record, got.Topic, OfTopic(row.topic).Name, row.topic)
			}
			if got.Retry() {
				t.Error("asks to try again what can never work")
			}
		})
	}
}

// What is at its limit is not over it.
func TestLimitsAreInclusive(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	for topic, changes := range map[state.Topic]native{
		state.TopicPurchases: {"event_id": long(128), "contact_id": long(256), "controller": long(64), "brand": long(64), "address_key": long(128),
			"source": long(128), "order_ref": long(128), "family": long(64), "notice": notice(native{"families": list(32, long(64)),
				"text_version": long(64), "proof_ref": long(128), "url": long(128), "order_ref": long(128)})},
		state.TopicSignups:      {"answers": list(32, answer(native{"channels": list(32, "SMS"), "shown": list(32, "CART")}))},
		state.TopicUnsubscribes: {"brands": list(32, long(64)), "proof_ref": long(128), "purposes": list(32, "CART"), "channels": list(32, "SMS")},
		state.TopicClicks:       {"occurred_at": int64(MinInstant), "recorded_at": int64(MaxInstant), "order_ref": long(128)},
	} {
		if _, err := FactFromMap(topic, with(topic, changes), paris, Defaults{}); err != nil {
			t.Errorf("%s: %v", topic, err)
		}
	}
}

func TestATTENDEDNeedsNoOrder(t *testing.T) {
	if _, err := FactFromMap(state.TopicPurchases, with(state.TopicPurchases, native{"kind": "ATTENDED", "order_ref": ""}), paris, Defaults{}); err != nil {
		t.Error(err)
	}
}

// An objection counts from when we could know of it: a producer's clock that
// is ahead of the broker's must not delay it.
func TestRecordedAt(t *testing.T) {
	const occurred, given, kafka = 2_000_000_000_000, 3_000_000_000_000, 2_500_000_000_000
	for name, row := range map[string]struct{ given, timestamp, want state.Instant }{
		"null and no timestamp":       {state.Unset, state.Unset, occurred},
		"null and a later timestamp":  {state.Unset, kafka, occurred},
		"null and an earlier one":     {state.Unset, occurred - 1, occurred - 1},
		"given and no timestamp":      {given, state.Unset, given},
		"given and an earlier one":    {given, kafka, kafka},
		"given and a later one":       {given, given + 1, given},
		"a timestamp that cannot be":  {given, 0, given},
		"a broker that gives minus 1": {given, -1, given},
	} {
		if got := resolveRecorded(row.given, occurred, row.timestamp); got != row.want {
			t.Errorf("%s: %d, want %d", name, got, row.want)
		}
	}
}

func TestCheckKey(t *testing.T) {
	for _, key := range [][]byte{nil, {}, []byte("c1")} {
		if err := CheckKey(key, "c1"); err != nil {
			t.Errorf("key %q: %v", key, err)
		}
	}
	var got *RecordError
	if err := CheckKey([]byte("c2"), "c1"); !errors.As(err, &got) || got.Fault != FaultKey {
		t.Errorf("another contact's key gives %v", err)
	}
	if text := got.Error(); strings.Contains(text, "c1") || strings.Contains(text, "c2") {
		t.Errorf("the error names the contacts: %s", text)
	}
}
