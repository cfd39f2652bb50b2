package generate

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"consentstream/processor/kafka"
	"consentstream/schemas"
	"consentstream/state"
)

func testConfig() Config {
	c := Default()
	c.Events, c.Contacts = 3000, 300
	return c
}

// expected are the bytes of each record by topic, in order.
func expected(t *testing.T, c Config) [4][][]byte {
	t.Helper()
	var want [4][][]byte
	g := New(c)
	for r := new(schemas.Record); g.Next(r); {
		want[r.Fact.Topic] = append(want[r.Fact.Topic], encoded(t, r))
	}
	return want
}

func compare(t *testing.T, what string, got, want [][]byte) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d records, want %d", what, len(got), len(want))
		return
	}
	for i := range got {
		if !bytes.Equal(got[i], want[i]) {
			t.Errorf("%s: record %d is %x, want %x", what, i, got[i], want[i])
			return
		}
	}
}

func TestAvroFolderHoldsAllRecords(t *testing.T) {
	for _, codec := range []string{"null", "zstandard"} {
		dir := filepath.Join(t.TempDir(), "sample")
		sink, err := NewAvroFolder(dir, codec)
		if err != nil {
			t.Fatal(err)
		}
		summary, err := Run(t.Context(), testConfig(), sink, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := expected(t, testConfig())
		for i, topic := range state.TopicSymbols() {
			compare(t, codec+" "+topic, readAvro(t, filepath.Join(dir, topic+".avro")), want[i])
			if n := summary.ByTopic[topic]; n != int64(len(want[i])) {
				t.Errorf("the summary says %d %s, want %d", n, topic, len(want[i]))
			}
		}
		if summary.Records != 3000 || summary.Duplicates != 15 || summary.Late < 20 {
			t.Errorf("summary %+v", summary)
		}
	}
}

func readAvro(t *testing.T, path string) (all [][]byte) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in, err := schemas.NewOCFReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for r := new(schemas.Record); ; {
		if err := in.Next(r); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, encoded(t, r))
	}
}

func TestJSONLinesHoldAllRecords(t *testing.T) {
	dir := t.TempDir()
	sink, err := NewJSONFile(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), testConfig(), sink, nil); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(dir, "events.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var got [4][][]byte
	var lines schemas.JSON
	for line := range strings.Lines(string(content)) {
		parsed, err := lines.ParseLine([]byte(line), time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		topic := parsed.Record.Fact.Topic
		got[topic] = append(got[topic], encoded(t, parsed.Record))
	}
	for i, want := range expected(t, testConfig()) {
		compare(t, state.Topic(i).String(), got[i], want)
	}
}

func TestExistingFilesAreNotTouched(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "signups.avro")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := NewAvroFolder(dir, "null")
	if err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
	left, _ := os.ReadDir(dir)
	if content, _ := os.ReadFile(path); len(left) != 1 || string(content) != "mine" {
		t.Errorf("%d files are left, signups.avro is %q", len(left), content)
	}
}

func TestAnInterruptedRunLeavesNoFiles(t *testing.T) {
	for name, open := range map[string]func(dir string) (Sink, error){
		"avro":  func(dir string) (Sink, error) { return NewAvroFolder(dir, "null") },
		"jsonl": func(dir string) (Sink, error) { return NewJSONFile(dir) },
	} {
		dir := t.TempDir()
		sink, err := open(dir)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		_, err = Run(ctx, Default(), sink, func(int64) { cancel() })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v", name, err)
		}
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("%s: %d files are left", name, len(left))
		}
	}
}

// producer keeps what it is given, and fails from some call on.
type producer struct {
	records  []kafka.OutRecord
	calls    int
	failFrom int
}

var errBroker = errors.New("the broker is away")

func (p *producer) Produce(_ context.Context, records []kafka.OutRecord) (kafka.Committed, error) {
	if p.calls++; p.calls >= p.failFrom {
		return kafka.Committed{}, errBroker
	}
	p.records = append(p.records, records...)
	return kafka.Committed{}, nil
}

func brokers(t *testing.T, p *producer) *Brokers {
	t.Helper()
	encoder, err := schemas.NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	return NewBrokers(t.Context(), p, encoder, [4]string{"p", "c", "s", "u"}, 12)
}

func TestBrokersGetAllRecordsKeyedByContact(t *testing.T) {
	p := &producer{failFrom: 1000}
	c := testConfig()
	c.Events = 50_000 // more than two batches
	if _, err := Run(t.Context(), c, brokers(t, p), nil); err != nil {
		t.Fatal(err)
	}
	if p.calls < 3 {
		t.Errorf("%d batches", p.calls)
	}
	var got [4][][]byte
	decoder, r := schemas.NewDecoder(), new(schemas.Record)
	for _, out := range p.records {
		topic := state.Topic(strings.Index("pcsu", out.Topic))
		if err := decoder.Decode(topic, out.Value, state.Instant(out.Timestamp), r); err != nil {
			t.Fatal(err)
		}
		if string(out.Key) != r.Key.Contact || out.Partition != kafka.Partition(out.Key, 12) || out.Timestamp != int64(r.Fact.RecordedAt) {
			t.Fatalf("key %q, partition %d, timestamp %d of %+v", out.Key, out.Partition, out.Timestamp, r)
		}
		got[topic] = append(got[topic], encoded(t, r))
	}
	for i, want := range expected(t, c) {
		compare(t, state.Topic(i).String(), got[i], want)
	}
}

func TestAFailingBrokerEndsTheRun(t *testing.T) {
	for failFrom := 1; failFrom <= 3; failFrom++ {
		c := testConfig()
		c.Events = 50_000
		if _, err := Run(t.Context(), c, brokers(t, &producer{failFrom: failFrom}), nil); !errors.Is(err, errBroker) {
			t.Errorf("failing from batch %d: error %v", failFrom, err)
		}
	}
}
