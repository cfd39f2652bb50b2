package schemas

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/linkedin/goavro/v2"
	"pgregory.net/rapid"

	"consentstream/schemas/internal/container"
	"consentstream/state"
)

var ocfCodecs = container.Codecs()

// readAll returns clones of the records of a file, and the record errors.
func readAll(t testing.TB, file []byte) (records []Record, faults []*RecordError, end error) {
	t.Helper()
	in, err := NewOCFReader(bytes.NewReader(file))
	if err != nil {
		return nil, nil, err
	}
	var r Record
	for {
		err := in.Next(&r)
		var fault *RecordError
		switch {
		case err == nil:
			records = append(records, r.Clone())
		case errors.As(err, &fault):
			faults = append(faults, fault)
		default:
			return records, faults, err
		}
	}
}

func TestOCFRoundTrip(t *testing.T) {
	for _, codec := range ocfCodecs {
		t.Run(codec, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				topic := rapid.SampledFrom(inputTopics).Draw(rt, "topic")
				var file bytes.Buffer
				out, err := NewOCFWriter(&file, topic, WithCodec(codec), WithBlockSize(rapid.SampledFrom([]int{1, 500, 1 << 20}).Draw(rt, "block")))
				if err != nil {
					rt.Fatal(err)
				}
				var want []*Record
				for range rapid.IntRange(0, 6).Draw(rt, "records") {
					want = append(want, randomRecord(rt, topic))
					if err := out.Append(want[len(want)-1]); err != nil {
						rt.Fatal(err)
					}
				}
				if err := out.Flush(); err != nil {
					rt.Fatal(err)
				}
				got, faults, end := readAll(t, file.Bytes())
				if !errors.Is(end, io.EOF) || len(faults) > 0 || len(got) != len(want) {
					rt.Fatalf("%d records, faults %v, end %v; want %d", len(got), faults, end, len(want))
				}
				for i := range want {
					sameRecord(rt, want[i], &got[i])
				}
			})
		})
	}
}

// goavro reads what we write, with the codecs it has.
func TestGoavroReadsOurFiles(t *testing.T) {
	for _, codec := range []string{"null", "deflate", "snappy"} {
		in, err := goavro.NewOCFReader(bytes.NewReader(ocfFile(t, codec, 2000)))
		if err != nil {
			t.Fatalf("%s: %v", codec, err)
		}
		n := 0
		for in.Scan() {
			if _, err := in.Read(); err != nil {
				t.Fatalf("%s: record %d: %v", codec, n, err)
			}
			n++
		}
		if in.Err() != nil || n != 2000 {
			t.Errorf("%s: %d records, error %v", codec, n, in.Err())
		}
	}
}

// We read what goavro writes, by the current schema and by an older one.
func TestWeReadGoavroFiles(t *testing.T) {
	older := evolved(t, state.TopicPurchases, `"BUYER", "BENEFICIARY"], "default": "BENEFICIARY"`, `"BUYER"]`)
	for _, schema := range []string{OfTopic(state.TopicPurchases).Text, older} {
		for _, codec := range []string{"null", "deflate", "snappy"} {
			file := goavroFile(t, schema, codec, 300)
			got, faults, end := readAll(t, file)
			if !errors.Is(end, io.EOF) || len(faults) > 0 || len(got) != 300 {
				t.Fatalf("%s: %d records, faults %v, end %v", codec, len(got), faults, end)
			}
			for i := range got {
				sameRecord(t, sample(state.TopicPurchases), &got[i])
			}
		}
	}
}

func goavroFile(t testing.TB, schema, codec string, n int) []byte {
	t.Helper()
	var file bytes.Buffer
	out, err := goavro.NewOCFWriter(goavro.OCFConfig{W: &file, Schema: schema, CompressionName: codec})
	if err != nil {
		t.Fatal(err)
	}
	var records []native
	for range n {
		records = append(records, nativeOf(sample(state.TopicPurchases)))
	}
	if err := out.Append(records); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func TestOCFIsDeterministic(t *testing.T) {
	for _, codec := range ocfCodecs {
		if !bytes.Equal(ocfFile(t, codec, 1500), ocfFile(t, codec, 1500)) {
			t.Errorf("%s: the same records give other bytes", codec)
		}
	}
}

// A record that fails a check costs only itself.
func TestOCFGoesOnAfterABadRecord(t *testing.T) {
	var file bytes.Buffer
	out, err := NewOCFWriter(&file, state.TopicPurchases)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 9 {
		r := sample(state.TopicPurchases)
		if i%3 == 1 {
			r.Fact.ID = ""
		}
		if err := out.Append(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	got, faults, end := readAll(t, file.Bytes())
	if len(got) != 6 || len(faults) != 3 || !errors.Is(end, io.EOF) {
		t.Errorf("%d records, faults %v, end %v", len(got), faults, end)
	}
}

// Bytes that follow no schema cost the rest of their block, and the error
// says how much that is.
func TestOCFGoesOnAfterABadBlock(t *testing.T) {
	var file bytes.Buffer
	schema := OfTopic(state.TopicPurchases)
	out, err := container.NewWriter(&file, schema.Text, "null")
	if err != nil {
		t.Fatal(err)
	}
	good, err := AppendRecord(nil, state.TopicPurchases, sample(state.TopicPurchases))
	if err != nil {
		t.Fatal(err)
	}
	bad := append(bytes.Clone(good), bytes.Repeat([]byte{0xff}, 40)...)
	for _, b := range []container.Block{{Count: 1, Data: good}, {Count: 4, Data: bad}, {Count: 1, Data: append(bytes.Clone(good), 0)}, {Count: 1, Data: good}} {
		if err := out.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	got, faults, end := readAll(t, file.Bytes())
	if len(got) != 3 || len(faults) != 2 || !errors.Is(end, io.EOF) {
		t.Fatalf("%d records, faults %v, end %v", len(got), faults, end)
	}
	if text := faults[0].Error(); !bytes.Contains([]byte(text), []byte("2 records after it")) {
		t.Errorf("the error does not tell what is lost: %s", text)
	}
}

func TestOCFCutOff(t *testing.T) {
	file := ocfFile(t, "deflate", 2000)
	for _, n := range []int{0, 3, 4, 100, len(file) - 1, len(file) - 17, len(file) / 2} {
		_, _, end := readAll(t, file[:n])
		if end == nil || errors.Is(end, io.EOF) {
			t.Errorf("cut to %d bytes: %v", n, end)
		}
	}
}

func TestOCFRefuses(t *testing.T) {
	for name, schema := range map[string]string{
		"an output":        mustByName(NameRetentionExpiry).Text,
		"another record":   `{"type": "record", "name": "Other", "fields": []}`,
		"no schema at all": ``,
	} {
		var file bytes.Buffer
		if _, err := container.NewWriter(&file, schema, "null"); err != nil {
			t.Fatal(err)
		}
		if _, err := NewOCFReader(&file); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := NewOCFWriter(io.Discard, state.TopicClicks, WithCodec("bzip2")); err == nil {
		t.Error("an unknown codec is accepted")
	}
	if _, err := NewOCFWriter(io.Discard, state.TopicClicks, WithBlockSize(0)); err == nil {
		t.Error("a block size of 0 is accepted")
	}
}

func TestDatumDecodesAgain(t *testing.T) {
	in, err := NewOCFReader(bytes.NewReader(ocfFile(t, "snappy", 10)))
	if err != nil {
		t.Fatal(err)
	}
	var r, again Record
	for range 10 {
		if err := in.Next(&r); err != nil {
			t.Fatal(err)
		}
		if err := DecodeDatum(in.Topic(), in.Datum(), &again); err != nil {
			t.Fatal(err)
		}
		sameRecord(t, &r, &again)
	}
	if !in.Current() {
		t.Error("our own file is not of the current schema")
	}
}
