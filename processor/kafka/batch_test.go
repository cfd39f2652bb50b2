package kafka

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// logBatch describes a batch of a hand-made log.
type logBatch struct {
	base     int64
	values   []string
	producer int64 // 0 = not transactional
	marker   string
	codec    Compression
}

// encodeLog lays batches out as a broker stores them.
func encodeLog(t *testing.T, batches ...logBatch) []byte {
	t.Helper()
	var all []byte
	for _, b := range batches {
		all = append(all, encodeLogBatch(t, b)...)
	}
	return all
}

func encodeLogBatch(t *testing.T, b logBatch) []byte {
	t.Helper()
	e := encoder{producer: producerID{id: -1, epoch: -1}, codec: b.codec, maxBytes: math.MaxInt32}
	if b.producer != 0 {
		e.producer, e.transactional = producerID{id: b.producer}, true
	}
	var records []OutRecord
	for _, v := range b.values {
		records = append(records, OutRecord{Key: []byte("k"), Value: []byte(v), Timestamp: 1000})
	}
	if b.marker != "" {
		kind := byte(0)
		if b.marker == "commit" {
			kind = 1
		}
		records = []OutRecord{{Key: []byte{0, 0, 0, kind}, Value: []byte{0, 0, 0, 0, 0, 0}}}
	}
	one, err := e.encode(pointers(records), 0)
	if err != nil {
		t.Fatal(err)
	}
	raw := one.bytes
	binary.BigEndian.PutUint64(raw, uint64(b.base))
	if b.marker != "" {
		setAttributes(raw, attrTransactional|attrControl)
	}
	return raw
}

func pointers(records []OutRecord) []*OutRecord {
	var p []*OutRecord
	for i := range records {
		p = append(p, &records[i])
	}
	return p
}

func setAttributes(raw []byte, attributes uint16) {
	binary.BigEndian.PutUint16(raw[batchAttributes:], attributes)
	seal(raw)
}

func seal(raw []byte) {
	binary.BigEndian.PutUint32(raw[batchCRC:], crc32.Checksum(raw[batchAttributes:], castagnoli))
}

// readLog reads hand-made bytes as the answer of a read_committed fetch.
func readLog(t *testing.T, from int64, raw []byte, aborted ...abortedRange) Fetched {
	t.Helper()
	f := Fetched{TopicPartition: TopicPartition{Topic: "log"}, Next: from}
	f.read(&partitionAnswer{Batches: raw, Aborted: aborted}, true)
	return f
}

func TestReadCommittedLeavesOutAbortedTransactions(t *testing.T) {
	raw := encodeLog(t,
		logBatch{base: 0, values: []string{"plain"}},
		logBatch{base: 1, values: []string{"7 aborted"}, producer: 7},
		logBatch{base: 2, values: []string{"8 committed"}, producer: 8},
		logBatch{base: 3, values: []string{"7 aborted too"}, producer: 7},
		logBatch{base: 4, marker: "abort", producer: 7},
		logBatch{base: 5, values: []string{"7 committed"}, producer: 7},
		logBatch{base: 6, marker: "commit", producer: 8},
		logBatch{base: 7, marker: "commit", producer: 7},
		logBatch{base: 8, values: []string{"7 aborted again"}, producer: 7},
		logBatch{base: 9, values: []string{"plain in between"}},
		logBatch{base: 10, marker: "abort", producer: 7},
	)
	f := readLog(t, 0, raw, abortedRange{7, 8}, abortedRange{7, 1})
	want := []string{"plain", "8 committed", "7 committed", "plain in between"}
	if diff := cmp.Diff(want, values(f.Records)); diff != "" || f.Err != nil {
		t.Error(diff, f.Err)
	}
	if f.Next != 11 {
		t.Errorf("next %d, want 11: behind the last marker", f.Next)
	}
}

// The data of an aborted transaction may lie below the position, so that only
// its marker is read. Its entry must be gone by the producer's next transaction.
func TestAbortMarkerAloneEndsItsEntry(t *testing.T) {
	raw := encodeLog(t,
		logBatch{base: 4, marker: "abort", producer: 7},
		logBatch{base: 5, values: []string{"committed"}, producer: 7},
		logBatch{base: 6, marker: "commit", producer: 7},
	)
	f := readLog(t, 4, raw, abortedRange{7, 1})
	if diff := cmp.Diff([]string{"committed"}, values(f.Records)); diff != "" || f.Err != nil {
		t.Error(diff, f.Err)
	}
}

// randomLog is a log of several producers, with the truth about each offset.
type randomLog struct {
	batches   []logBatch
	raw       [][]byte       // of each batch
	aborted   []abortedRange // with ends, below
	ends      []int64
	committed map[int64]string
	end       int64
}

func newRandomLog(t *testing.T, seed int64) *randomLog {
	rng := rand.New(rand.NewSource(seed))
	l := &randomLog{committed: map[int64]string{}}
	open := map[int64][]logBatch{}
	for range 120 {
		producer := 1 + rng.Int63n(3)
		if rng.Intn(3) > 0 || len(open[producer]) == 0 {
			b := logBatch{base: l.end, producer: producer}
			if seed == 0 { // one log of all codecs; they are slow
				b.codec = Compression(rng.Intn(5))
			}
			for i := range 1 + rng.Intn(4) {
				b.values = append(b.values, fmt.Sprintf("%d-%d", producer, l.end+int64(i)))
			}
			open[producer] = append(open[producer], b)
			l.batches = append(l.batches, b)
			l.end += int64(len(b.values)) + rng.Int63n(2) // compaction leaves gaps
			continue
		}
		l.decide(producer, open[producer], rng.Intn(2) == 0)
		delete(open, producer)
	}
	for producer, batches := range open {
		l.decide(producer, batches, true)
	}
	for _, b := range l.batches {
		l.raw = append(l.raw, encodeLogBatch(t, b))
	}
	return l
}

func (l *randomLog) decide(producer int64, batches []logBatch, commit bool) {
	marker := logBatch{base: l.end, producer: producer, marker: "abort"}
	if commit {
		marker.marker = "commit"
		for _, b := range batches {
			for i, v := range b.values {
				l.committed[b.base+int64(i)] = v
			}
		}
	} else {
		l.aborted, l.ends = append(l.aborted, abortedRange{producer, batches[0].base}), append(l.ends, l.end)
	}
	l.batches = append(l.batches, marker)
	l.end++
}

// from is what a broker answers to a fetch from an offset: whole batches from
// the one that holds it, and the aborted transactions that reach past it.
func (l *randomLog) from(offset int64) ([]byte, []abortedRange) {
	var raw []byte
	for _, b := range l.raw {
		if batch(b).last() >= offset {
			raw = append(raw, b...)
		}
	}
	var aborted []abortedRange
	for i, a := range l.aborted {
		if l.ends[i] >= offset {
			aborted = append(aborted, a)
		}
	}
	return raw, aborted
}

// From whatever offset a log is read, exactly the committed records come.
func TestReadCommittedFromEveryOffset(t *testing.T) {
	for seed := range int64(20) {
		l := newRandomLog(t, seed)
		for start := range l.end {
			raw, aborted := l.from(start)
			f := readLog(t, start, raw, aborted...)
			var want []string
			for o := start; o < l.end; o++ {
				if v, ok := l.committed[o]; ok {
					want = append(want, v)
				}
			}
			if got := values(f.Records); !slices.Equal(got, want) || f.Err != nil || f.Next != l.end {
				t.Fatalf("seed %d from %d: %v, next %d, %v; want %v, next %d", seed, start, got, f.Next, f.Err, want, l.end)
			}
		}
	}
}

func TestReadUncommittedSeesEverything(t *testing.T) {
	raw := encodeLog(t,
		logBatch{base: 1, values: []string{"aborted"}, producer: 7},
		logBatch{base: 2, marker: "abort", producer: 7},
	)
	f := Fetched{Next: 0}
	f.read(&partitionAnswer{Batches: raw, Aborted: []abortedRange{{7, 1}}}, false)
	if diff := cmp.Diff([]string{"aborted"}, values(f.Records)); diff != "" || f.Next != 3 {
		t.Error(diff, f.Next)
	}
}

func TestTruncatedTrailingBatchIsLeftForTheNextFetch(t *testing.T) {
	first := encodeLog(t, logBatch{base: 0, values: []string{"a", "b"}})
	second := encodeLog(t, logBatch{base: 2, values: []string{"c"}})
	for cut := range len(second) {
		f := readLog(t, 0, slices.Concat(first, second[:cut]))
		if diff := cmp.Diff([]string{"a", "b"}, values(f.Records)); diff != "" || f.Err != nil || f.Next != 2 {
			t.Fatalf("cut at %d: %s %v, next %d", cut, diff, f.Err, f.Next)
		}
	}
	for cut := 1; cut < len(first); cut++ {
		if f := readLog(t, 0, first[:cut]); f.Err == nil || f.Next != 0 {
			t.Fatalf("a first batch cut at %d: next %d with no error; the reader would never go on", cut, f.Next)
		}
	}
}

func TestOffsetsByTheHeaderOfABatch(t *testing.T) {
	raw := encodeLog(t, logBatch{base: 10, values: []string{"a", "b"}})
	binary.BigEndian.PutUint32(raw[batchLastDelta:], 9) // compaction removed offsets 12 to 19
	seal(raw)
	f := readLog(t, 11, raw)
	if diff := cmp.Diff([]string{"b"}, values(f.Records)); diff != "" || f.Next != 20 {
		t.Errorf("%s, next %d, want 20", diff, f.Next)
	}
	empty := encodeLog(t, logBatch{base: 20, values: []string{"gone"}})[:batchRecords]
	binary.BigEndian.PutUint32(empty[batchLength:], batchRecords-12)
	binary.BigEndian.PutUint32(empty[batchCount:], 0)
	binary.BigEndian.PutUint32(empty[batchLastDelta:], 4)
	seal(empty)
	if f := readLog(t, 20, empty); f.Next != 25 || f.Err != nil || len(f.Records) != 0 {
		t.Errorf("an emptied batch: next %d, %v", f.Next, f.Err)
	}
}

func TestTimestamps(t *testing.T) {
	e := encoder{producer: noProducer}
	one, err := e.encode([]*OutRecord{{Timestamp: 5000}, {Timestamp: 4000}, {Timestamp: 6000}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := readLog(t, 0, one.bytes)
	if got := []int64{f.Records[0].Timestamp, f.Records[1].Timestamp, f.Records[2].Timestamp}; !slices.Equal(got, []int64{5000, 4000, 6000}) {
		t.Errorf("timestamps %v", got)
	}
	setAttributes(one.bytes, attrAppendTime)
	f = readLog(t, 0, one.bytes)
	if f.Records[0].Timestamp != 6000 || f.Records[1].Timestamp != 6000 {
		t.Errorf("append time %d and %d, want the batch's largest, 6000", f.Records[0].Timestamp, f.Records[1].Timestamp)
	}
}

func TestNullsEmptiesAndHeaders(t *testing.T) {
	records := []*OutRecord{
		{Key: nil, Value: nil},
		{Key: []byte{}, Value: []byte{}},
		{Key: []byte("k"), Value: []byte("v"), Headers: []Header{{"a", []byte("1")}, {"b", nil}, {"a", []byte{}}, {"", []byte("x")}}},
	}
	for codec := None; codec.valid(); codec++ {
		e := encoder{producer: noProducer, codec: codec}
		one, err := e.encode(records, 0)
		if err != nil {
			t.Fatal(err)
		}
		f := readLog(t, 0, one.bytes)
		if f.Err != nil || len(f.Records) != 3 {
			t.Fatal(codec, f.Err, len(f.Records))
		}
		for i, r := range f.Records {
			if diff := cmp.Diff([][]byte{records[i].Key, records[i].Value}, [][]byte{r.Key, r.Value}); diff != "" {
				t.Errorf("%v, record %d: %s", codec, i, diff)
			}
			if diff := cmp.Diff(records[i].Headers, r.Headers); diff != "" {
				t.Errorf("%v, record %d: %s", codec, i, diff)
			}
		}
	}
}

// What is written is read back by an independent implementation.
func TestBatchesAgreeWithFranz(t *testing.T) {
	e := encoder{producer: producerID{id: 77, epoch: 3}, transactional: true}
	one, err := e.encode([]*OutRecord{
		{Key: []byte("k1"), Value: []byte("v1"), Timestamp: 100, Headers: []Header{{"h", []byte("x")}}},
		{Key: nil, Value: nil, Timestamp: 50},
	}, 41)
	if err != nil {
		t.Fatal(err)
	}
	var b kmsg.RecordBatch
	if err := b.ReadFrom(one.bytes); err != nil {
		t.Fatal(err)
	}
	got := []any{b.PartitionLeaderEpoch, b.Magic, b.Attributes, b.LastOffsetDelta, b.FirstTimestamp, b.MaxTimestamp, b.ProducerID, b.ProducerEpoch, b.FirstSequence, b.NumRecords, int(b.Length)}
	want := []any{int32(-1), int8(2), int16(0x10), int32(1), int64(100), int64(100), int64(77), int16(3), int32(41), int32(2), len(one.bytes) - 12}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	records := b.Records
	for i, want := range []string{"k1 v1 0 0", "  -50 1"} {
		var r kmsg.Record
		size, n := binary.Varint(records)
		if err := r.ReadFrom(records[:n+int(size)]); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%s %s %d %d", r.Key, r.Value, r.TimestampDelta64, r.OffsetDelta); got != want {
			t.Errorf("record %d reads %q, want %q", i, got, want)
		}
		records = records[n+int(size):]
	}
}

func TestCorruptBatchesAreErrors(t *testing.T) {
	good := encodeLog(t, logBatch{base: 0, values: []string{"a"}})
	bad := encodeLog(t, logBatch{base: 1, values: []string{"b"}})
	for name, spoil := range map[string]func([]byte){
		"one bit":        func(b []byte) { b[len(b)-3] ^= 1 },
		"old format":     func(b []byte) { b[batchMagic] = 1 },
		"a huge count":   func(b []byte) { binary.BigEndian.PutUint32(b[batchCount:], 1000); seal(b) },
		"a lower count":  func(b []byte) { binary.BigEndian.PutUint32(b[batchCount:], math.MaxUint32); seal(b) },
		"negative delta": func(b []byte) { binary.BigEndian.PutUint32(b[batchLastDelta:], math.MaxUint32); seal(b) },
		"unknown codec":  func(b []byte) { setAttributes(b, 6) },
		"not gzip":       func(b []byte) { setAttributes(b, uint16(Gzip)) },
		"tiny length":    func(b []byte) { binary.BigEndian.PutUint32(b[batchLength:], 3) },
	} {
		t.Run(name, func(t *testing.T) {
			raw := slices.Clone(bad)
			spoil(raw)
			f := readLog(t, 0, slices.Concat(good, raw))
			if diff := cmp.Diff([]string{"a"}, values(f.Records)); diff != "" || f.Next != 1 || f.Err != nil {
				t.Fatalf("what is before it: %s, next %d, %v", diff, f.Next, f.Err)
			}
			f = readLog(t, 1, raw)
			if f.Err == nil || f.Next != 1 || len(f.Records) != 0 {
				t.Fatalf("alone: next %d, %d records, error %v", f.Next, len(f.Records), f.Err)
			}
			if codeOf(f.Err) != codeCorruptMessage || !strings.Contains(f.Err.Error(), "offset 1") {
				t.Errorf("the error %q does not tell where", f.Err)
			}
		})
	}
}

func TestSplitKeepsBatchesWithinTheLimit(t *testing.T) {
	e := encoder{producer: noProducer, maxBytes: 1000}
	var records []*OutRecord
	for i := range 100 {
		records = append(records, &OutRecord{Value: make([]byte, i*3)})
	}
	records = append(records, &OutRecord{Value: make([]byte, 5000)}, &OutRecord{})
	total := 0
	for _, run := range e.split(records) {
		one, err := e.encode(run, 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(one.bytes) > 1000+batchRecords && len(run) > 1 {
			t.Errorf("a batch of %d records has %d bytes", len(run), len(one.bytes))
		}
		total += len(run)
	}
	if total != len(records) {
		t.Errorf("%d records of %d", total, len(records))
	}
}

func TestVarintAgreesWithTheStandardLibrary(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	for range 100_000 {
		want := rng.Int63() >> rng.Intn(63)
		if rng.Intn(2) == 0 {
			want = -want
		}
		b := binary.AppendVarint(nil, want)
		if got, n := varint(b); got != want || n != len(b) || varintSize(want) != len(b) {
			t.Fatalf("%x reads as %d in %d bytes, want %d in %d", b, got, n, want, len(b))
		}
		if _, n := varint(b[:len(b)-1]); n > 0 {
			t.Fatalf("%x cut short reads as a number", b)
		}
	}
}

func TestSequenceWraps(t *testing.T) {
	for _, c := range [][3]int64{{0, 5, 5}, {math.MaxInt32, 1, 0}, {math.MaxInt32 - 1, 3, 1}} {
		if got := sequenceAfter(int32(c[0]), int(c[1])); int64(got) != c[2] {
			t.Errorf("%d behind %d is %d, want %d", c[1], c[0], got, c[2])
		}
	}
}

func FuzzReadBatches(f *testing.F) {
	t := &testing.T{}
	for codec := None; codec.valid(); codec++ {
		f.Add(encodeLog(t, logBatch{values: []string{"a", "b"}, codec: codec}, logBatch{base: 2, values: []string{"c"}, producer: 7}, logBatch{base: 3, marker: "abort", producer: 7}))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		raw = slices.Clone(raw)
		for rest := raw; ; { // a checksum never passes by chance
			one, next, err := cutBatch(rest)
			if err != nil || one == nil {
				break
			}
			seal(one)
			rest = next
		}
		got := readLog(t, 0, raw, abortedRange{7, 2})
		if got.Err != nil && len(got.Records) > 0 {
			t.Error("records and an error")
		}
		if got.Next < 0 {
			t.Error("a negative position")
		}
	})
}
