package replay

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"consentstream/processor"
	"consentstream/schemas"
	"consentstream/state"
)

// readBad reads one file of JSON lines and returns what was reported.
func readBad(t *testing.T, lines ...string) ([]processor.ReplayFact, []BadRecord, Summary) {
	t.Helper()
	var bad []BadRecord
	dir := write(t, map[string]string{"in.jsonl": strings.Join(lines, "\n")})
	facts, summary := read(t, Options{OnBad: func(b BadRecord) { bad = append(bad, b) }}, dir)
	return facts, bad, summary
}

// denials lists the contacts that unreadable records deny, with the instants.
func denials(facts []processor.ReplayFact) string {
	var all []string
	for i := range facts {
		f := &facts[i]
		if f.Fact.Internal == nil {
			continue
		}
		if !f.Everywhere || f.Fact.Internal.Kind != state.InternalUnreadable || f.Fact.Topic != state.TopicUnsubscribes {
			all = append(all, "wrong")
		}
		all = append(all, fmt.Sprintf("%s@%s %s", f.Key.Contact, f.Fact.RecordedAt, f.Fact.ID))
	}
	return strings.Join(all, ", ")
}

func TestBadLines(t *testing.T) {
	noKind := `{"topic": "unsubscribes", "key": "c7", "value": {"event_id": "u", "contact_id": "c7", "occurred_at": "2026-03-01T00:00:00Z"}}`
	const day2 = "2026-01-02T00:00:00.000Z"
	for name, c := range map[string]struct {
		line    string
		denies  string
		topic   string
		anybody bool
	}{
		"no JSON":                       {`{"topic": "clicks", "value"`, "", "", true},
		"an unknown topic":              {`{"topic": "orders", "value": {}}`, "", "", true},
		"a bad click":                   {strings.Replace(click, "VISIT", "DANCE", 1), "", "clicks", false},
		"a click with no value":         {`{"topic": "clicks", "key": "c1", "value": null}`, "", "clicks", false},
		"a click of another key":        {strings.Replace(click, `"value"`, `"key": "c2", "value"`, 1), "", "clicks", false},
		"a refusal lacks a field":       {noKind, "c7@" + day2 + " unsubscribes/in.jsonl/2", "unsubscribes", false},
		"a refusal with no value":       {`{"topic": "unsubscribes", "key": "c8", "value": null}`, "c8@" + day2 + " unsubscribes/in.jsonl/2", "unsubscribes", false},
		"a refusal says its instant":    {strings.Replace(noKind, `"key"`, `"timestamp": "2025-01-01T00:00:00Z", "key"`, 1), "c7@2025-01-01T00:00:00.000Z unsubscribes/in.jsonl/2", "unsubscribes", false},
		"a refusal of two contacts":     {strings.Replace(unsubscribe, `"value"`, `"key": "c0", "value"`, 1), "c0@" + day2 + " unsubscribes/in.jsonl/2, c1@" + day2 + " unsubscribes/in.jsonl/2", "unsubscribes", false},
		"a refusal of nobody":           {`{"topic": "unsubscribes", "value": null}`, "", "unsubscribes", true},
		"a refusal of no possible name": {`{"topic": "unsubscribes", "key": "a|b", "value": null}`, "", "unsubscribes", true},
		"a line without end":            {`{"topic": "clicks", "value": "` + strings.Repeat("x", maxLine), "", "", true},
	} {
		facts, bad, summary := readBad(t, click, c.line, purchase)
		if got := denials(facts); got != c.denies {
			t.Errorf("%s: denies %q, want %q", name, got, c.denies)
		}
		if summary.Facts != 2 || summary.Bad != 1 || len(bad) != 1 || (summary.Anybody == 1) != c.anybody {
			t.Errorf("%s: summary %+v, reported %v", name, summary, bad)
			continue
		}
		b := &bad[0]
		if b.Number != 2 || b.Topic != c.topic || b.Denied != (c.denies != "") || b.Anybody != c.anybody || !strings.Contains(b.String(), "in.jsonl:2: ") {
			t.Errorf("%s: reported %+v", name, b)
		}
		if strings.Contains(b.Err.Error(), "c7") || strings.Contains(b.Err.Error(), "DANCE") {
			t.Errorf("%s: the report quotes the record: %v", name, b.Err)
		}
	}
}

// Where a record says no instant, it was known when the one before it was.
func TestTheInstantOfAnUnreadableRefusal(t *testing.T) {
	refusal := `{"topic": "unsubscribes", "key": "c9", "value": null}`
	for name, c := range map[string]struct {
		lines []string
		want  string
	}{
		"after a good record":    {[]string{click, refusal}, "2026-01-02T00:00:00.000Z"},
		"at the start of a file": {[]string{refusal, click}, "2026-01-02T00:00:00.000Z"},
		"with no good record":    {[]string{refusal}, schemas.MinInstant.String()},
	} {
		facts, _, _ := readBad(t, c.lines...)
		if got := denials(facts); !strings.HasPrefix(got, "c9@"+c.want+" ") {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestPublishedRecordsSayNothingNew(t *testing.T) {
	_, bad, summary := readBad(t, `{"topic": "retention-expiry", "key": "c1", "value": null}`, click)
	if len(bad) != 0 || summary.Facts != 1 {
		t.Errorf("summary %+v, reported %v", summary, bad)
	}
}

func TestKindsOfALaterVersionAreCounted(t *testing.T) {
	_, bad, summary := readBad(t, strings.Replace(click, "VISIT", "UNKNOWN", 1), click)
	if len(bad) != 0 || summary.Facts != 1 || summary.Ignored != 1 {
		t.Errorf("summary %+v, reported %v", summary, bad)
	}
}

// A record in a container file that breaks a limit is reported, and the one
// after it is read.
func TestBadRecordsInContainerFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "u.avro")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := schemas.NewOCFWriter(f, state.TopicUnsubscribes)
	if err != nil {
		t.Fatal(err)
	}
	at := state.Instant(1_700_000_000_000)
	for i, id := range []string{"good", strings.Repeat("x", 200), "last"} {
		fact := state.Fact{ID: id, Topic: state.TopicUnsubscribes, OccurredAt: at, Since: at, RecordedAt: at, Unsubscribe: &state.Unsubscribe{PurgedBefore: state.Unset}}
		if err := w.Append(&schemas.Record{Key: state.Key{Controller: "default", Contact: fmt.Sprint("c", i)}, Fact: fact}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	f.Close()
	var bad []BadRecord
	facts, summary := read(t, Options{OnBad: func(b BadRecord) { bad = append(bad, b) }}, path)
	if summary.Facts != 2 || summary.Bad != 1 || summary.Denied != 1 || len(bad) != 1 || bad[0].Number != 2 || bad[0].Topic != "unsubscribes" {
		t.Errorf("summary %+v, reported %v", summary, bad)
	}
	if got, want := denials(facts), "c1@"+at.String()+" unsubscribes/u.avro/2"; got != want {
		t.Errorf("denies %s, want %s", got, want)
	}
}

// What a broken block takes with it is counted, the records behind it keep their
// numbers, and where refusals may be among them nobody is told that all is well.
func TestABrokenBlock(t *testing.T) {
	for topic, refusals := range map[state.Topic]bool{
		state.TopicUnsubscribes: true, state.TopicSignups: true, state.TopicPurchases: false, state.TopicClicks: false,
	} {
		name := topic.String() + ".avro"
		path := filepath.Join(write(t, map[string]string{name: brokenContainer(t, topic)}), name)
		var bad []BadRecord
		_, summary := read(t, Options{OnBad: func(b BadRecord) { bad = append(bad, b) }}, path)
		anybody := int64(0)
		if refusals {
			anybody = 4
		}
		if summary.Facts != 2 || summary.Bad != 5 || summary.Anybody != anybody || len(bad) != 2 {
			t.Fatalf("%s: summary %+v, reported %v", topic, summary, bad)
		}
		if bad[0].Number != 2 || bad[0].Lost != 3 || bad[0].Anybody != refusals || bad[1].Number != 7 || bad[1].Lost != 0 {
			t.Errorf("%s: reported %+v", topic, bad)
		}
	}
}

// brokenContainer is a file of blocks of 1, 4, 1 and 1 records. The second holds
// bytes that are none, the last record is over a limit.
func brokenContainer(t *testing.T, topic state.Topic) string {
	t.Helper()
	var file bytes.Buffer
	w, err := schemas.NewOCFWriter(&file, topic)
	if err != nil {
		t.Fatal(err)
	}
	broken := 0
	for block, ids := range [][]string{{"good"}, {"a", "b", "c", "d"}, {"last"}, {strings.Repeat("x", 200)}} {
		start := file.Len()
		for _, id := range ids {
			if err := w.Append(containerRecord(topic, id)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if block == 1 {
			broken = start + bytes.IndexByte(file.Bytes()[start:], 'a') - 1 // how long the first id is
		}
	}
	copy(file.Bytes()[broken:], "\xff\xff\xff\xff")
	return file.String()
}

func containerRecord(topic state.Topic, id string) *schemas.Record {
	at := state.Instant(1_700_000_000_000)
	fact := state.Fact{ID: id, Topic: topic, OccurredAt: at, Since: at, RecordedAt: at}
	switch topic {
	case state.TopicUnsubscribes:
		fact.Unsubscribe = &state.Unsubscribe{PurgedBefore: state.Unset}
	case state.TopicSignups:
		fact.Signup = &state.Signup{Kind: state.SignupInquiry}
	case state.TopicPurchases:
		fact.Purchase = &state.Purchase{Kind: state.PurchaseOrdered, OrderRef: "o"}
	case state.TopicClicks:
		fact.Click = &state.Click{Kind: state.ClickVisit}
	}
	return &schemas.Record{Key: state.Key{Controller: "default", Contact: "c1"}, Fact: fact}
}

// A container file always has a header: one of no bytes has lost what it held.
func TestAnEmptyContainerFile(t *testing.T) {
	dir := write(t, map[string]string{"u.avro": ""})
	_, err := Open(t.Context(), []string{dir}, Options{})
	if err == nil || !strings.Contains(err.Error(), "u.avro") || !strings.Contains(err.Error(), "get the file whole") {
		t.Errorf("an empty container file: %v", err)
	}
}

// FuzzLines reads whatever text as JSON lines: every line is a fact, ignored,
// or reported, never lost and never a panic.
func FuzzLines(f *testing.F) {
	f.Add(click + "\n" + unsubscribe)
	f.Add(`{"topic": "unsubscribes", "key": "c8", "value": null}`)
	f.Add("\x1f\x8b junk")
	f.Add("Obj\x01 junk")
	f.Fuzz(func(t *testing.T, text string) {
		var reported int64
		o := Options{Stdin: strings.NewReader(text), OnBad: func(BadRecord) { reported++ }}
		var facts int64
		summary, err := Each(t.Context(), []string{Stdin}, o, func(f *processor.ReplayFact) error {
			if !f.Everywhere {
				facts++
			}
			return nil
		})
		if err == nil && (summary.Facts != facts || summary.Bad != reported) {
			t.Errorf("summary %+v, %d facts, %d reported", summary, facts, reported)
		}
	})
}
