package kafka

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand"
	"slices"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/twmb/franz-go/pkg/kgo"
)

func TestFetchReadsEveryCodecOfAnotherProducer(t *testing.T) {
	c := newCluster(t)
	client := c.client()
	for name, codec := range map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(), "lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	} {
		t.Run(name, func(t *testing.T) {
			topic := c.topic(1)
			p := c.franz(kgo.ProducerBatchCompression(codec), kgo.ProducerLinger(20*time.Millisecond))
			var want []string
			var records []*kgo.Record
			for i := range 500 {
				v := fmt.Sprintf("value %d of a batch that compresses well", i)
				want = append(want, v)
				records = append(records, &kgo.Record{Topic: topic, Key: []byte("k"), Value: []byte(v)})
			}
			if err := p.ProduceSync(testContext(t), records...).FirstErr(); err != nil {
				t.Fatal(err)
			}
			if got := values(readAll(t, client, TopicPartition{topic, 0}, 0, true)); !slices.Equal(got, want) {
				t.Errorf("%d records came back of %d", len(got), len(want))
			}
			if got := values(readAll(t, client, TopicPartition{topic, 0}, 321, true)); !slices.Equal(got, want[321:]) {
				t.Errorf("from 321: %d records came back of %d", len(got), len(want)-321)
			}
		})
	}
}

func TestCompressedTransactionsAreReadByAnotherConsumer(t *testing.T) {
	c := newCluster(t)
	for codec := None; codec.valid(); codec++ {
		t.Run(codec.String(), func(t *testing.T) {
			client := c.client(func(cfg *Config) { cfg.Compression = codec })
			topic := c.topic(1)
			var records []OutRecord
			var want []string
			for i := range 300 {
				want = append(want, fmt.Sprintf("a value that repeats itself, number %d", i))
				records = append(records, out(topic, 0, want[i]))
			}
			if _, err := takeOver(t, client, name("txn")).Commit(testContext(t), Transaction{Records: records}); err != nil {
				t.Fatal(err)
			}
			if got := c.committed(topic)[0]; !slices.Equal(got, want) {
				t.Errorf("%d records came back of %d", len(got), len(want))
			}
		})
	}
}

func TestLargeRecords(t *testing.T) {
	c := newCluster(t)
	client := c.client()
	topic := c.topic(1, "max.message.bytes", "4000000")
	large := make([]byte, 1<<20)
	rand.New(rand.NewSource(1)).Read(large)
	var records []OutRecord
	for i := range 3 {
		records = append(records, OutRecord{Topic: topic, Key: []byte{byte(i)}, Value: large, Timestamp: 1})
	}
	if _, err := takeOver(t, client, name("txn")).Commit(testContext(t), Transaction{Records: records}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Produce(testContext(t), records); err != nil {
		t.Fatal(err)
	}
	// A limit below the size of one batch still gets whole batches.
	tp, from, count := TopicPartition{topic, 0}, int64(0), 0
	for count < 6 {
		got, err := client.Fetch(testContext(t), []Position{{tp, from}}, FetchOptions{MaxPartitionBytes: 1000, Committed: true})
		if err != nil || got[0].Err != nil {
			t.Fatal(err, got[0].Err)
		}
		for _, r := range got[0].Records {
			if !bytes.Equal(r.Value, large) {
				t.Fatal("another value came back")
			}
			count++
		}
		from = got[0].Next
	}
}

func TestFetchOutOfRange(t *testing.T) {
	c := newCluster(t)
	client := c.client()
	topic := c.topic(1)
	c.produce(topic, 0, "a", "b", "c", "d")
	tp := TopicPartition{topic, 0}
	starts, err := client.DeleteRecords(testContext(t), map[TopicPartition]int64{tp: 2})
	if err != nil || starts[tp] != 2 {
		t.Fatal(starts, err)
	}
	for _, offset := range []int64{0, 1, 5, 1000} {
		got, err := client.Fetch(testContext(t), []Position{{tp, offset}}, FetchOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if !errors.Is(got[0].Err, ErrOffsetOutOfRange) || Retriable(got[0].Err) || got[0].Next != offset {
			t.Errorf("offset %d: %v, next %d", offset, got[0].Err, got[0].Next)
		}
	}
	if got := values(readAll(t, client, tp, 2, false)); !slices.Equal(got, []string{"c", "d"}) {
		t.Errorf("%v", got)
	}
	first, err := client.StartOffsets(testContext(t), []TopicPartition{tp})
	if err != nil || first[tp] != 2 {
		t.Errorf("start %v, %v", first, err)
	}
}

// Committed reading stops at an open transaction and passes an aborted one.
func TestFetchRespectsOpenAndAbortedTransactions(t *testing.T) {
	c := newCluster(t)
	client := c.client()
	topic := c.topic(1)
	tp := TopicPartition{topic, 0}
	p := c.franz(kgo.TransactionalID(name("txn")), kgo.DefaultProduceTopic(topic))
	if err := p.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := p.ProduceSync(testContext(t), kgo.StringRecord("aborted")).FirstErr(); err != nil {
		t.Fatal(err)
	}
	c.produce(topic, 0, "behind it")
	fetch := func(committed bool) Fetched {
		got, err := client.Fetch(testContext(t), []Position{{tp, 0}}, FetchOptions{Committed: committed, MaxWait: 100 * time.Millisecond})
		if err != nil || got[0].Err != nil {
			t.Fatal(err, got[0].Err)
		}
		return got[0]
	}
	if f := fetch(true); len(f.Records) != 0 || f.Next != 0 || f.LastStable != 0 || f.HighWatermark != 2 {
		t.Errorf("with a transaction open: %v, next %d, stable %d, high %d", values(f.Records), f.Next, f.LastStable, f.HighWatermark)
	}
	if f := fetch(false); !slices.Equal(values(f.Records), []string{"aborted", "behind it"}) {
		t.Errorf("uncommitted: %v", values(f.Records))
	}
	ends, err := client.EndOffsets(testContext(t), []TopicPartition{tp}, true)
	if err != nil || ends[tp] != 0 {
		t.Errorf("stable end %v, %v", ends, err)
	}
	high, err := client.HighWatermarks(testContext(t), []TopicPartition{tp})
	if err != nil || high[tp] != 2 {
		t.Errorf("high watermark %v, %v", high, err)
	}
	if err := p.EndTransaction(testContext(t), kgo.TryAbort); err != nil {
		t.Fatal(err)
	}
	c.decided(topic)
	if got := values(readAll(t, client, tp, 0, true)); !slices.Equal(got, []string{"behind it"}) {
		t.Errorf("after the abort: %v", got)
	}
}

// From whatever offset a real log is read, the same committed records come.
func TestFetchCommittedFromEveryOffset(t *testing.T) {
	c := newCluster(t)
	client := c.client()
	topic := c.topic(1)
	tp := TopicPartition{topic, 0}
	ctx := testContext(t)
	rng := rand.New(rand.NewSource(1))
	producers := []*kgo.Client{}
	for range 3 {
		producers = append(producers, c.franz(kgo.TransactionalID(name("txn")), kgo.DefaultProduceTopic(topic)))
	}
	for i := range 30 {
		p := producers[rng.Intn(len(producers))]
		commit := rng.Intn(2) == 0
		if err := p.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		for j := range 1 + rng.Intn(3) {
			if err := p.ProduceSync(ctx, kgo.StringRecord(fmt.Sprintf("%d.%d %v", i, j, commit))).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.EndTransaction(ctx, kgo.TransactionEndTry(commit)); err != nil {
			t.Fatal(err)
		}
	}
	ends := c.decided(topic)
	all := readAll(t, client, tp, 0, true)
	if got, want := values(all), c.committed(topic)[0]; !slices.Equal(got, want) {
		t.Fatalf("from the start %v, another consumer sees %v", got, want)
	}
	for start := range ends[tp] {
		want := slices.DeleteFunc(slices.Clone(all), func(r Record) bool { return r.Offset < start })
		if got := readAll(t, client, tp, start, true); !slices.Equal(values(got), values(want)) {
			t.Errorf("from %d: %v, want %v", start, values(got), values(want))
		}
	}
}

func TestFetchFailsPartitionsOneByOne(t *testing.T) {
	c := newCluster(t)
	client := c.client()
	topic := c.topic(2)
	c.produce(topic, 1, "a")
	got, err := client.Fetch(testContext(t), []Position{{TopicPartition{topic, 7}, 0}, {TopicPartition{topic, 1}, 0}, {TopicPartition{name("none"), 0}, 0}}, FetchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !Retriable(got[0].Err) || !Retriable(got[2].Err) {
		t.Errorf("what does not exist: %v, %v", got[0].Err, got[2].Err)
	}
	if got[1].Err != nil || !slices.Equal(values(got[1].Records), []string{"a"}) {
		t.Errorf("what exists: %v, %v", values(got[1].Records), got[1].Err)
	}
}

func TestFetchErrorsOfAPartition(t *testing.T) {
	c := newCluster(t)
	client := c.client()
	faults := spoil(t, client)
	topic := c.topic(1)
	c.produce(topic, 0, "a")
	for _, code := range []Code{3, 5, 6, 9, 13, 56, 74, 75, 78} {
		faults.add(fault{api: protocol.Fetch, code: code})
		got, err := client.Fetch(testContext(t), []Position{{TopicPartition{topic, 0}, 0}}, FetchOptions{})
		if err != nil || codeOf(got[0].Err) != code || !Retriable(got[0].Err) || got[0].Next != 0 {
			t.Errorf("%v: %v, %v, next %d", code, err, got[0].Err, got[0].Next)
		}
	}
	for _, f := range []fault{{api: protocol.Fetch, before: true}, {api: protocol.Fetch, after: true}, {api: protocol.Fetch, code: 29}} {
		faults.add(f)
		got, err := client.Fetch(testContext(t), []Position{{TopicPartition{topic, 0}, 0}}, FetchOptions{})
		if err != nil || got[0].Err == nil || Retriable(got[0].Err) == (f.code != 0) {
			t.Errorf("%v: %v, %v", f.code, err, got[0].Err)
		}
	}
	if got := values(readAll(t, client, TopicPartition{topic, 0}, 0, true)); !slices.Equal(got, []string{"a"}) {
		t.Errorf("afterwards: %v", got)
	}
}

func TestFetchEndsWithItsContext(t *testing.T) {
	c := newCluster(t)
	client := c.client()
	topic := c.topic(1)
	ctx, cancel := context.WithCancel(testContext(t))
	time.AfterFunc(100*time.Millisecond, cancel)
	start := time.Now()
	_, err := client.Fetch(ctx, []Position{{TopicPartition{topic, 0}, 0}}, FetchOptions{MaxWait: 5 * time.Second})
	if !errors.Is(err, context.Canceled) || time.Since(start) > 3*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
	client.Close()
	if _, err := client.Fetch(testContext(t), []Position{{TopicPartition{topic, 0}, 0}}, FetchOptions{}); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestListOffsetsRepeatsRetriableCodes(t *testing.T) {
	c := newCluster(t)
	client := c.client()
	faults := spoil(t, client)
	topic := c.topic(3)
	c.produce(topic, 2, "a", "b")
	for _, code := range []Code{3, 5, 6, 9, 13, 56, 74, 75, 78} {
		faults.add(fault{api: protocol.ListOffsets, code: code, times: 2})
		ends, err := client.EndOffsets(testContext(t), c.partitions(topic), true)
		if err != nil || len(ends) != 3 || ends[TopicPartition{topic, 2}] != 2 {
			t.Errorf("%v: %v, %v", code, ends, err)
		}
	}
	faults.add(fault{api: protocol.ListOffsets, code: 29})
	if _, err := client.EndOffsets(testContext(t), c.partitions(topic), true); codeOf(err) != 29 {
		t.Errorf("without the right: %v", err)
	}
}

func TestOffsetFetchWaitsForStableOffsets(t *testing.T) {
	c := newCluster(t)
	client := c.client()
	faults := spoil(t, client)
	topic := c.topic(1)
	tp := TopicPartition{topic, 0}
	group := name("group")
	if err := client.CommitOffsets(testContext(t), group, nil, map[TopicPartition]int64{tp: 5}); err != nil {
		t.Fatal(err)
	}
	for _, code := range []Code{88, 14, 15, 16, 51} {
		faults.add(fault{api: protocol.OffsetFetch, code: code, times: 3})
		got, err := client.CommittedOffsets(testContext(t), group, []TopicPartition{tp})
		if err != nil || got[tp] != 5 {
			t.Errorf("%v: %v, %v", code, got, err)
		}
	}
	for _, r := range requests[*offsetFetchRequest](faults) {
		if !r.RequireStable {
			t.Error("offsets were asked for that may still change")
		}
	}
	faults.add(fault{api: protocol.OffsetFetch, code: 30})
	if _, err := client.CommittedOffsets(testContext(t), group, []TopicPartition{tp}); codeOf(err) != 30 {
		t.Errorf("without the right: %v", err)
	}
}

func TestCommitOffsetsErrors(t *testing.T) {
	c := newCluster(t)
	client := c.client()
	faults := spoil(t, client)
	topic := c.topic(1)
	tp := TopicPartition{topic, 0}
	_, gen := joined(t, c.client(), topic)
	offset := int64(0)
	for _, code := range []Code{14, 15, 16, 3, 5, 7} {
		faults.add(fault{api: protocol.OffsetCommit, code: code, times: 2})
		offset++
		if err := client.CommitOffsets(testContext(t), gen.Group, gen, map[TopicPartition]int64{tp: offset}); err != nil {
			t.Errorf("%v: %v", code, err)
		}
	}
	for _, code := range []Code{22, 25, 27, 82} {
		faults.add(fault{api: protocol.OffsetCommit, code: code})
		if err := client.CommitOffsets(testContext(t), gen.Group, gen, map[TopicPartition]int64{tp: 99}); !errors.Is(err, ErrGenerationOver) {
			t.Errorf("%v: %v, want ErrGenerationOver", code, err)
		}
	}
	got, err := client.CommittedOffsets(testContext(t), gen.Group, []TopicPartition{tp})
	if err != nil || got[tp] != offset {
		t.Errorf("committed %v, %v; want %d", got, err, offset)
	}
	stale := *gen
	stale.ID--
	if err := client.CommitOffsets(testContext(t), gen.Group, &stale, map[TopicPartition]int64{tp: 99}); !errors.Is(err, ErrGenerationOver) {
		t.Errorf("a generation of the past: %v", err)
	}
}
