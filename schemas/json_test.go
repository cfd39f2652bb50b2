package schemas

import (
	"errors"
	"strings"
	"testing"
	"time"

	"consentstream/state"
)

func TestParseTime(t *testing.T) {
	for text, want := range map[string]string{
		"2026-01-10T10:00":              "2026-01-10T09:00:00.000Z",
		"2026-01-10 10:00":              "2026-01-10T09:00:00.000Z",
		"2026-07-10T10:00:01":           "2026-07-10T08:00:01.000Z",
		"2026-07-10T10:00:01.5":         "2026-07-10T08:00:01.500Z",
		"2026-07-10T10:00:01.9999":      "2026-07-10T08:00:01.999Z",
		"2026-07-10T10:00:00Z":          "2026-07-10T10:00:00.000Z",
		"2026-07-10T10:00Z":             "2026-07-10T10:00:00.000Z",
		"2026-07-10T10:00:00.250+05:30": "2026-07-10T04:30:00.250Z",
		"2026-07-10T10:00-02:00":        "2026-07-10T12:00:00.000Z",
		// 29 March 2026 has no 02:30 in Paris, 25 October has two.
		"2026-03-29T01:59:59": "2026-03-29T00:59:59.000Z",
		"2026-03-29T02:00":    "2026-03-29T01:00:00.000Z",
		"2026-03-29T02:30":    "2026-03-29T01:30:00.000Z",
		"2026-03-29T03:00":    "2026-03-29T01:00:00.000Z",
		"2026-10-25T01:59":    "2026-10-24T23:59:00.000Z",
		"2026-10-25T02:00":    "2026-10-25T00:00:00.000Z",
		"2026-10-25T02:30":    "2026-10-25T00:30:00.000Z",
		"2026-10-25T03:00":    "2026-10-25T02:00:00.000Z",
	} {
		got, bare, err := ParseTime(text, paris)
		if err != nil || bare || got.String() != want {
			t.Errorf("%s: %s, bare %v, error %v; want %s", text, got, bare, err, want)
		}
	}
}

func TestParseBareDate(t *testing.T) {
	got, bare, err := ParseTime("2026-07-10", paris)
	if err != nil || !bare || got.String() != "2026-07-09T22:00:00.000Z" {
		t.Errorf("%s, bare %v, error %v", got, bare, err)
	}
	// Midnight does not exist on that day in Beirut: the day starts at one.
	got, bare, err = ParseTime("2026-03-29", mustZone("Asia/Beirut"))
	if err != nil || !bare || got.String() != "2026-03-28T22:00:00.000Z" {
		t.Errorf("%s, bare %v, error %v", got, bare, err)
	}
}

func TestParseTimeRefuses(t *testing.T) {
	for _, text := range []string{"", "today", "2026", "2026-13-01", "2026-02-30", "2026-01-10T25:00", "2026-01-10T", "1772359200000", "10/01/2026"} {
		if got, _, err := ParseTime(text, paris); err == nil {
			t.Errorf("%q gives %s", text, got)
		}
	}
}

// The zones whose rules changed most oddly, against a plain search.
func TestInZoneAgainstSearch(t *testing.T) {
	for _, zone := range []*time.Location{time.UTC, paris, mustZone("Australia/Lord_Howe"), mustZone("America/St_Johns"), mustZone("Asia/Beirut")} {
		for wall := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); wall.Year() == 2026; wall = wall.Add(30 * time.Minute) {
			if month := wall.Month(); month > time.April && month < time.September {
				continue // no zone of these changes its hour then
			}
			got := inZone(wall, zone)
			if want, exists := search(wall, zone); exists && !got.Equal(want) {
				t.Fatalf("%s in %s: %s, want %s", wall, zone, got, want)
			} else if !exists && got.In(zone).Format("15:04") <= wall.Format("15:04") {
				t.Fatalf("%s in %s is skipped, but %s is not later", wall, zone, got.In(zone))
			}
		}
	}
}

// search finds the first instant that shows a wall clock time.
func search(wall time.Time, zone *time.Location) (time.Time, bool) {
	for at := wall.Add(-12 * time.Hour); at.Before(wall.Add(12 * time.Hour)); at = at.Add(30 * time.Minute) {
		if shown := at.In(zone); shown.Day() == wall.Day() && shown.Hour() == wall.Hour() && shown.Minute() == wall.Minute() {
			return at, true
		}
	}
	return time.Time{}, false
}

func TestParseLine(t *testing.T) {
	var j JSON
	got, err := j.ParseLine([]byte(` {"topic": "unsubscribes", "key": "c1", "timestamp": "2026-01-10T12:00", "value": {"event_id": "e1", "contact_id": "c1",
		"occurred_at": "2026-01-10", "recorded_at": 1800000000000, "kind": "OBJECTION", "brand": "X", "channels": ["SMS"], "message_kind": null}} `), paris)
	if err != nil {
		t.Fatal(err)
	}
	want := &Record{Key: state.Key{Controller: "default", Contact: "c1"}, Fact: state.Fact{ID: "e1", Topic: state.TopicUnsubscribes, Brand: "X",
		OccurredAt: 1767999600000, Since: 1767999600000, RecordedAt: 1768042800000, Precision: state.PrecisionDay,
		Unsubscribe: &state.Unsubscribe{Kind: state.UnsubscribeObjection, Method: state.MethodOther, Channels: state.ChannelsOf(state.ChannelSMS), PurgedBefore: state.Unset}}}
	sameRecord(t, want, got.Record)
	if got.Topic != "unsubscribes" || string(got.Key) != "c1" || got.Timestamp != 1768042800000 || got.Tombstone {
		t.Errorf("line %+v", got)
	}
}

// A bare date is a day, also where the line says otherwise.
func TestBareDateIsADay(t *testing.T) {
	for _, precision := range []any{leftOut, "INSTANT", "DAY"} {
		r, err := FactFromMap(state.TopicClicks, with(state.TopicClicks, native{"occurred_at": "2026-01-10", "precision": precision}), paris, Defaults{})
		if err != nil || r.Fact.Precision != state.PrecisionDay {
			t.Errorf("precision %v: %v, error %v", precision, r.Fact.Precision, err)
		}
	}
	r, err := FactFromMap(state.TopicClicks, with(state.TopicClicks, native{"recorded_at": "2026-01-11"}), paris, Defaults{})
	if err != nil || r.Fact.Precision != state.PrecisionInstant || r.Fact.RecordedAt.String() != "2026-01-10T23:00:00.000Z" {
		t.Errorf("a bare recorded_at: %v, %v, error %v", r.Fact.Precision, r.Fact.RecordedAt, err)
	}
}

func TestTombstone(t *testing.T) {
	var j JSON
	got, err := j.ParseLine([]byte(`{"topic":"unsubscribes","key":"c1","timestamp":null,"value":null}`), paris)
	if err != nil || !got.Tombstone || got.Record != nil || string(got.Key) != "c1" || got.Timestamp != state.Unset {
		t.Errorf("%+v, error %v", got, err)
	}
	line := AppendTombstoneJSON(nil, "eligibility-changed", []byte(`c"1|A`))
	got, err = j.ParseLine(line, paris)
	if err != nil || !got.Tombstone || string(got.Key) != `c"1|A` {
		t.Errorf("%s: %+v, error %v", line, got, err)
	}
}

func TestLinesThatCannotBeRead(t *testing.T) {
	for line, want := range map[string]string{
		``:                                      "line 2: the line ends inside the object",
		`{"topic": "clicks", "value": {`:        "line 2: the line ends inside the object",
		`{"topic": "clicks" "value": null}`:     "line 2: no JSON at byte 20",
		`[1]`:                                   "line 2: expected an object with topic, value and maybe key and timestamp",
		`{"value": null}`:                       "line 2: topic: required and not there",
		`{"topic": "clicks"}`:                   "line 2: value: required; write null for a tombstone",
		`{"topic": "clicks", "value": 12}`:      "line 2: Click: expected an object or null as value",
		`{"topic": 5, "value": null}`:           "line 2: topic: expected string",
		`{"topic": "orders", "value": null}`:    "line 2: topic: expected one of purchases, clicks, signups, unsubscribes, eligibility-changed, retention-expiry",
		`{"topic": "clicks", "value": null} {}`: "line 2: there is text after the object",
		`{"topic": "clicks", "timestamp": "soon", "value": null}`: "line 2: timestamp: expected RFC 3339, a local date and time, a bare date, or milliseconds",
		`{"topic": "clicks", "value": {"kind": "CLICK"}}`:         "line 2: Click.event_id: required and not there",
	} {
		j := JSON{line: 1}
		_, err := j.ParseLine([]byte(line), paris)
		var got *LineError
		if !errors.As(err, &got) || err.Error() != want {
			t.Errorf("%s\n got %v\nwant %s", line, err, want)
		}
	}
}

// A line whose record cannot be used still tells whose it is.
func TestLineKeepsTheKey(t *testing.T) {
	var j JSON
	got, err := j.ParseLine([]byte(`{"topic":"unsubscribes","key":"c1","value":{"event_id":"e1","contact_id":"c1","controller":"A","kind":"FAX"}}`), paris)
	var fault *RecordError
	if !errors.As(err, &fault) {
		t.Fatalf("error %v, want a RecordError", err)
	}
	if got.Record == nil || got.Record.Key != (state.Key{Controller: "A", Contact: "c1"}) || string(got.Key) != "c1" {
		t.Errorf("line %+v", got)
	}
}

func TestJSONLeavesDefaultsOut(t *testing.T) {
	r, err := FactFromMap(state.TopicClicks, minimal[state.TopicClicks], paris, Defaults{})
	if err != nil {
		t.Fatal(err)
	}
	line, err := AppendJSON(nil, state.TopicClicks, &r, 1772359200000)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"topic":"clicks","key":"c1","timestamp":"2026-03-01T10:00:00.000Z","value":{"event_id":"e1","contact_id":"c1","occurred_at":"2026-01-10T09:00:00.000Z","kind":"CLICK","actor":"HUMAN"}}`
	if string(line) != want {
		t.Errorf("got\n%s\nwant\n%s", line, want)
	}
}

func TestPublishedJSONIsWhole(t *testing.T) {
	v := &state.RetentionExpiry{EventID: "e1", Key: state.Key{Contact: "c1", Controller: "A"}, Sequence: 3, PolicyVersion: "default", Stage: state.StageExpired,
		Action: state.ActionPurge, DueAt: 1772359200000, EmittedAt: 1772359200000, LastContactAt: state.Unset, ArchiveUntil: state.Unset,
		Keep: []state.Keep{{What: state.KeepSuppression, Until: state.Never}}}
	line, err := AppendRetentionJSON(nil, v)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"topic":"retention-expiry","key":"c1|A","value":{"event_id":"e1","contact_id":"c1","controller":"A","sequence":3,"policy_version":"default","stage":"EXPIRED","action":"PURGE","due_at":"2026-03-01T10:00:00.000Z","emitted_at":"2026-03-01T10:00:00.000Z","last_contact_at":null,"last_contact_event_id":null,"archive_until":null,"keep":[{"what":"SUPPRESSION","until":null}]}}`
	if string(line) != want {
		t.Errorf("got\n%s\nwant\n%s", line, want)
	}
}

func TestDefaultsFillOnlyWhatIsLeftOut(t *testing.T) {
	m := native{"occurred_at": "2026-01-10T10:00", "kind": "CLICK", "actor": "HUMAN", "contact_id": "mine"}
	r, err := FactFromMap(state.TopicClicks, m, paris, Defaults{EventID: "e9", Contact: "theirs", Controller: "A", Timestamp: 1700000000000})
	if err != nil {
		t.Fatal(err)
	}
	if r.Key != (state.Key{Controller: "A", Contact: "mine"}) || r.Fact.ID != "e9" || r.Fact.RecordedAt != 1700000000000 {
		t.Errorf("key %v, id %s, recorded %s", r.Key, r.Fact.ID, r.Fact.RecordedAt)
	}
	if len(m) != 4 {
		t.Error("the map was changed")
	}
}

func TestNumbersOfAllDecoders(t *testing.T) {
	at := time.UnixMilli(1772359200000)
	for _, v := range []any{1772359200000, int64(1772359200000), uint64(1772359200000), 1772359200000.0, at, "2026-03-01T10:00:00Z"} {
		r, err := FactFromMap(state.TopicClicks, with(state.TopicClicks, native{"occurred_at": v}), paris, Defaults{})
		if err != nil || r.Fact.OccurredAt != 1772359200000 {
			t.Errorf("%T: %s, error %v", v, r.Fact.OccurredAt, err)
		}
	}
}

func TestStringsAreEscaped(t *testing.T) {
	for in, want := range map[string]string{
		"plain":        `"plain"`,
		`a"b\c`:        `"a\"b\\c"`,
		"a\nb\x00\x1f": `"a\u000ab\u0000\u001f"`,
		"é\u2028<&>":   "\"é\u2028<&>\"",
		"a\xffb":       "\"a\ufffdb\"",
	} {
		if got := string(appendString(nil, in)); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
	if got := string(appendInstant(nil, 1e15)); strings.Contains(got, `"`) {
		t.Errorf("an instant of no year in RFC 3339 is %s", got)
	}
}
