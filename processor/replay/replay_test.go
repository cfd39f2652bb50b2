package replay

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"consentstream/processor"
	"consentstream/processor/generate"
	"consentstream/schemas"
)

// write puts files into a folder and returns it.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// read opens inputs and returns all facts, copied.
func read(t *testing.T, o Options, inputs ...string) ([]processor.ReplayFact, Summary) {
	t.Helper()
	s, err := Open(t.Context(), inputs, o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	return drained(t, s), s.Summary()
}

// drained reads what is left, and looks whether Peek tells whose it is.
func drained(t *testing.T, s *Sorted) (all []processor.ReplayFact) {
	t.Helper()
	for n := 1; ; n++ {
		contact, controller, everywhere, err := s.Peek()
		if errors.Is(err, io.EOF) {
			if err := s.Next(new(processor.ReplayFact)); !errors.Is(err, io.EOF) {
				t.Errorf("behind the end: %v", err)
			}
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		whose := fmt.Sprintf("%s at %s, everywhere %v", contact, controller, everywhere)
		var f processor.ReplayFact
		if err := s.Next(&f); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%s at %s, everywhere %v", f.Key.Contact, f.Key.Controller, f.Everywhere); got != whose {
			t.Fatalf("a fact of %s comes as one of %s", got, whose)
		}
		r := schemas.Record{Key: f.Key, Fact: f.Fact}
		kept := r.Clone()
		all = append(all, processor.ReplayFact{Key: kept.Key, Fact: kept.Fact, Everywhere: f.Everywhere, Alone: f.Alone})
		if n%7 == 0 {
			s.Release()
		}
	}
}

func encode(t *testing.T, f *processor.ReplayFact) string {
	t.Helper()
	b, err := schemas.AppendRecord(nil, f.Fact.Topic, &schemas.Record{Key: f.Key, Fact: f.Fact})
	if err != nil {
		t.Fatal(err)
	}
	return f.Fact.Topic.String() + " " + string(b)
}

// sampleConfig is a small sample with duplicates and late facts.
func sampleConfig() generate.Config {
	c := generate.Default()
	c.Events, c.Contacts = 20_000, 2000
	return c
}

// sample returns the facts of the sample in the order of a replay, by a plain
// sort of the whole.
func sample(t *testing.T) (encoded []string) {
	t.Helper()
	var all []processor.ReplayFact
	g := generate.New(sampleConfig())
	for r := new(schemas.Record); g.Next(r); {
		kept := r.Clone()
		all = append(all, processor.ReplayFact{Key: kept.Key, Fact: kept.Fact})
	}
	slices.SortStableFunc(all, func(a, b processor.ReplayFact) int {
		return strings.Compare(orderOf(&a), orderOf(&b))
	})
	for i := range all {
		encoded = append(encoded, encode(t, &all[i]))
	}
	return encoded
}

// orderOf is a text that sorts by contact, then by (recorded_at, topic, event_id).
func orderOf(f *processor.ReplayFact) string {
	return fmt.Sprintf("%s|%s|%020d %s %s", f.Key.Contact, f.Key.Controller, f.Fact.RecordedAt, f.Fact.Topic, f.Fact.ID)
}

func sampleFiles(t *testing.T, format string) string {
	t.Helper()
	dir := t.TempDir()
	var sink generate.Sink
	var err error
	if format == "jsonl" {
		sink, err = generate.NewJSONFile(dir)
	} else {
		sink, err = generate.NewAvroFolder(dir, format)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := generate.Run(t.Context(), sampleConfig(), sink, nil); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Whatever the archive's form and however little memory there is, the facts
// are the same in the same order.
func TestFactsComeInOrderFromEveryForm(t *testing.T) {
	want := sample(t)
	for _, format := range []string{"null", "snappy", "jsonl"} {
		for _, memory := range []int64{0, 1} {
			facts, summary := read(t, Options{MemoryBytes: memory}, sampleFiles(t, format))
			var got []string
			for i := range facts {
				got = append(got, encode(t, &facts[i]))
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s in %d bytes: %d facts, want %d; or another order", format, memory, len(got), len(want))
			}
			if summary.Facts != int64(len(want)) || summary.Bad != 0 || summary.ByTopic["unsubscribes"] < 500 || (summary.Spooled > 0) != (memory == 1) {
				t.Errorf("%s: summary %+v", format, summary)
			}
			byTime := func(a, b processor.ReplayFact) int { return cmp.Compare(a.Fact.RecordedAt, b.Fact.RecordedAt) }
			first, last := slices.MinFunc(facts, byTime).Fact.RecordedAt, slices.MaxFunc(facts, byTime).Fact.RecordedAt
			if summary.First != first || summary.Last != last {
				t.Errorf("%s: from %v to %v, facts from %v to %v", format, summary.First, summary.Last, first, last)
			}
		}
	}
}

func TestASpoolThatCannotBeWrittenSaysWhatToDo(t *testing.T) {
	_, err := Open(t.Context(), []string{sampleFiles(t, "null")}, Options{MemoryBytes: 1, SpoolDir: "/dev/null/no"})
	if err == nil || !strings.Contains(err.Error(), "--spool") {
		t.Errorf("error %v", err)
	}
}

const (
	click       = `{"topic": "clicks", "value": {"event_id": "k1", "contact_id": "c1", "occurred_at": "2026-01-02T00:00:00Z", "kind": "VISIT", "actor": "HUMAN"}}`
	unsubscribe = `{"topic": "unsubscribes", "value": {"event_id": "u1", "contact_id": "c1", "occurred_at": "2026-01-02T00:00:00Z", "kind": "UNSUBSCRIBE"}}`
	purchase    = `{"topic": "purchases", "value": {"event_id": "p1", "contact_id": "c1", "occurred_at": "2026-01-02T00:00:00Z", "kind": "ORDERED", "order_ref": "o"}}`
)

func ids(facts []processor.ReplayFact) string {
	var all []string
	for i := range facts {
		all = append(all, facts[i].Fact.ID)
	}
	return strings.Join(all, " ")
}

func TestFactsOfOneInstantComeByTopicNameThenID(t *testing.T) {
	second := strings.Replace(click, "k1", "k0", 1)
	dir := write(t, map[string]string{"a.jsonl": unsubscribe + "\n" + purchase + "\n" + click + "\n" + second + "\n"})
	facts, _ := read(t, Options{}, dir)
	if got := ids(facts); got != "k0 k1 p1 u1" {
		t.Errorf("order %s", got)
	}
}

// The instant that counts is never after the Kafka timestamp of the line.
func TestATimestampBoundsRecordedAt(t *testing.T) {
	ahead := strings.Replace(unsubscribe, `"topic"`, `"timestamp": "2026-01-01T00:00:00Z", "topic"`, 1)
	dir := write(t, map[string]string{"a.jsonl": click + "\n" + ahead})
	facts, _ := read(t, Options{}, dir)
	if got := ids(facts); got != "u1 k1" {
		t.Errorf("order %s", got)
	}
}

func TestFormsOfInput(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	fmt.Fprintln(w, purchase)
	w.Close()
	dir := write(t, map[string]string{
		"in/a.jsonl": "\uFEFF" + click + "\r\n\n   \n", "in/deep/b.jsonl.gz": packed.String(), "in/c.txt": unsubscribe, "in/.hidden.jsonl": "junk",
	})
	for name, c := range map[string]struct {
		inputs []string
		want   string
	}{
		"a folder takes known names":      {[]string{dir + "/in"}, "k1 p1"},
		"a file may have any name":        {[]string{dir + "/in/c.txt"}, "u1"},
		"a file is read once":             {[]string{dir + "/in", dir + "/in/a.jsonl", dir + "/in/./a.jsonl"}, "k1 p1"},
		"standard input is JSON lines":    {[]string{"-"}, "u1"},
		"standard input beside a file":    {[]string{"-", dir + "/in/a.jsonl"}, "k1 u1"},
		"packed without the name of such": {[]string{dir + "/in/deep/b.jsonl.gz"}, "p1"},
	} {
		facts, _ := read(t, Options{Stdin: strings.NewReader(unsubscribe)}, c.inputs...)
		if got := ids(facts); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestInputsThatAreNotThere(t *testing.T) {
	empty := write(t, map[string]string{"notes.txt": "none"})
	for name, inputs := range map[string][]string{"no input": {}, "missing": {"/no/such"}, "empty folder": {empty}} {
		if _, err := Open(t.Context(), inputs, Options{}); err == nil || !strings.Contains(err.Error(), "input") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// A damaged file may have lost a refusal: it ends the reading.
func TestADamagedFileIsAnError(t *testing.T) {
	whole, err := os.ReadFile(filepath.Join(sampleFiles(t, "snappy"), "unsubscribes.avro"))
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 0xff
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	fmt.Fprintln(w, strings.Repeat(purchase+"\n", 100))
	w.Close()
	for name, content := range map[string]string{
		"cut.avro": string(whole[:len(whole)-10]), "flipped.avro": string(flipped), "header.avro": "Obj\x01", "cut.jsonl.gz": packed.String()[:packed.Len()-9],
	} {
		dir := write(t, map[string]string{name: content})
		_, err := Open(t.Context(), []string{dir}, Options{})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestAnEndedContextEndsTheReading(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, []string{sampleFiles(t, "jsonl")}, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestProgressReachesTheTotal(t *testing.T) {
	dir := sampleFiles(t, "null")
	var done, total int64
	read(t, Options{Progress: func(d, of int64) {
		if d < done || of <= 0 {
			t.Errorf("progress from %d to %d of %d", done, d, of)
		}
		done, total = d, of
	}}, dir)
	if done == 0 || done != total {
		t.Errorf("progress ended at %d of %d", done, total)
	}
}

func TestEachReadsTheSameFacts(t *testing.T) {
	dir := sampleFiles(t, "null")
	want, wantSummary := read(t, Options{}, dir)
	var got []string
	summary, err := Each(t.Context(), []string{dir}, Options{}, func(f *processor.ReplayFact) error {
		got = append(got, encode(t, f))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var sorted []string
	for i := range want {
		sorted = append(sorted, encode(t, &want[i]))
	}
	slices.Sort(got)
	slices.Sort(sorted)
	if !slices.Equal(got, sorted) || summary.Facts != wantSummary.Facts || summary.First != wantSummary.First || summary.Last != wantSummary.Last {
		t.Errorf("%d facts, want %d; summary %+v, want %+v", len(got), len(sorted), summary, wantSummary)
	}
	stop := errors.New("enough")
	if _, err := Each(t.Context(), []string{dir}, Options{}, func(*processor.ReplayFact) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("error %v", err)
	}
}
