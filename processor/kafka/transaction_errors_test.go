package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

// transactionAPIs are the requests that one Commit sends, in order.
var transactionAPIs = []protocol.ApiKey{
	protocol.AddPartitionsToTxn, protocol.Produce, protocol.AddOffsetsToTxn, protocol.TxnOffsetCommit, protocol.EndTxn,
}

// bench is one producer in one generation, with a faulty connection, and the
// record of what it should have written.
type bench struct {
	*cluster
	t        *testing.T
	client   *Client
	faults   *faulty
	topic    string
	in       TopicPartition
	gen      *Generation
	id       string
	producer *Producer
	want     []string
	offset   int64
}

func newBench(t *testing.T, change ...func(*Config)) *bench {
	t.Helper()
	c := newCluster(t)
	b := &bench{cluster: c, t: t, client: c.client(change...), topic: c.topic(1), id: name("txn")}
	b.in = TopicPartition{Topic: c.topic(1), Partition: 0}
	b.faults = spoil(t, b.client)
	_, b.gen = joined(t, c.client(), b.in.Topic)
	b.producer = takeOver(t, b.client, b.id)
	return b
}

// commit writes one record and the next offset.
func (b *bench) commit(value string) error {
	_, err := b.producer.Commit(testContext(b.t), Transaction{
		Records: []OutRecord{out(b.topic, 0, value)}, Offsets: map[TopicPartition]int64{b.in: b.offset + 1}, Generation: b.gen,
	})
	if err == nil {
		b.want = append(b.want, value)
		b.offset++
	}
	return err
}

func (b *bench) mustCommit(value string) {
	b.t.Helper()
	if err := b.commit(value); err != nil {
		b.t.Fatalf("committing %s: %v", value, err)
	}
}

// committedOffset is what a task reads after ErrReset.
func (b *bench) committedOffset() int64 {
	b.t.Helper()
	offsets, err := b.cluster.client().CommittedOffsets(testContext(b.t), b.gen.Group, []TopicPartition{b.in})
	if err != nil {
		b.t.Fatal(err)
	}
	return max(0, offsets[b.in])
}

// verify compares what an independent reader sees with what was committed.
func (b *bench) verify() {
	b.t.Helper()
	if got := b.committed(b.topic)[0]; !slices.Equal(got, b.want) {
		b.t.Errorf("a read_committed reader sees %v, want %v", got, b.want)
	}
	if got := b.committedOffset(); got != b.offset {
		b.t.Errorf("committed offset %d, want %d", got, b.offset)
	}
	if n := b.faults.left(); n > 0 {
		b.t.Errorf("%d faults never struck", n)
	}
}

// askedWithEpochHeld fails where the producer recovered by asking for a fresh
// epoch, with which a zombie would steal the id back.
func (b *bench) askedWithEpochHeld() {
	b.t.Helper()
	inits := requests[*initProducerIDRequest](b.faults)
	if len(inits) == 0 {
		b.t.Error("InitProducerId was not asked")
	}
	for _, r := range inits {
		if r.ProducerID < 0 || r.ProducerEpoch < 0 {
			b.t.Error("InitProducerId was asked for a fresh epoch, not with the one held")
		}
	}
}

// Codes after which the same bytes are sent again.
var retriedCodes = []Code{51, 14, 15, 16, 3, 5, 6, 7, 8, 9, 13, 19, 20, 56, 72, 88}

func TestCommitRepeatsRetriableCodes(t *testing.T) {
	b := newBench(t)
	for _, api := range transactionAPIs {
		for _, code := range retriedCodes {
			b.faults.add(fault{api: api, code: code, times: 2})
			b.mustCommit(fmt.Sprintf("%v-%d", api, code))
		}
	}
	b.verify()
}

func TestTakeOverRepeatsRetriableCodes(t *testing.T) {
	b := newBench(t)
	for _, code := range retriedCodes {
		b.faults.add(fault{api: protocol.InitProducerId, code: code, times: 2})
		b.producer = takeOver(t, b.client, b.id)
		b.mustCommit(fmt.Sprint(code))
	}
	b.verify()
}

func TestCommitFindsTheCoordinatorAgain(t *testing.T) {
	for _, code := range []Code{14, 15, 16} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			b := newBench(t)
			b.faults.add(fault{api: protocol.EndTxn, code: 16}, fault{api: protocol.FindCoordinator, code: code, times: 3})
			b.mustCommit("a")
			b.verify()
		})
	}
}

// A request that was lost, and one whose answer was lost, are sent again as the
// same bytes; brokers recognise the repetition.
func TestCommitSurvivesLostConnections(t *testing.T) {
	b := newBench(t)
	for _, api := range transactionAPIs {
		b.faults.add(fault{api: api, before: true, times: 2})
		b.mustCommit(fmt.Sprintf("%v request", api))
		b.faults.add(fault{api: api, after: true, times: 2})
		b.mustCommit(fmt.Sprintf("%v answer", api))
	}
	b.verify()
}

func TestResentBatchesAreIdentical(t *testing.T) {
	b := newBench(t)
	b.faults.add(fault{api: protocol.Produce, after: true, times: 3})
	b.mustCommit("a")
	sent := requests[*produceRequest](b.faults)
	if len(sent) != 4 {
		t.Fatalf("%d requests, want 4", len(sent))
	}
	for _, r := range sent[1:] {
		if !slices.Equal(r.Topics[0].Partitions[0].Batch, sent[0].Topics[0].Partitions[0].Batch) {
			t.Error("a batch was sent again with other bytes")
		}
	}
	b.verify()
}

// Codes that say that the transaction is lost, or may be, while the id is ours.
var resetCodes = []Code{45, 46, 47, 48, 49, 59, 90, -1}

func TestCommitResetsAndGoesOn(t *testing.T) {
	b := newBench(t)
	for _, api := range transactionAPIs {
		for _, code := range resetCodes {
			b.faults.clear()
			b.faults.add(fault{api: api, code: code})
			value := fmt.Sprintf("%v-%d", api, code)
			err := b.commit(value)
			if !errors.Is(err, ErrReset) || codeOf(err) != code {
				t.Fatalf("%s: %v, want ErrReset because of %v", value, err, code)
			}
			b.askedWithEpochHeld()
			if got := b.committedOffset(); got != b.offset {
				t.Fatalf("%s: offset %d after the reset, want %d", value, got, b.offset)
			}
			b.mustCommit(value + " again")
		}
	}
	b.verify()
}

func TestResetRepeatsRetriableCodes(t *testing.T) {
	b := newBench(t)
	for _, code := range retriedCodes {
		b.faults.add(fault{api: protocol.Produce, code: 45}, fault{api: protocol.InitProducerId, code: code, times: 2})
		if err := b.commit("never"); !errors.Is(err, ErrReset) {
			t.Fatalf("%v: %v, want ErrReset", code, err)
		}
		b.mustCommit(fmt.Sprint(code))
	}
	b.verify()
}

// Where another owner has taken over meanwhile, no request recovers the id: the
// question is asked with the epoch held, never for a fresh one.
func TestCommitIsFencedAtEveryRequest(t *testing.T) {
	for i, api := range transactionAPIs {
		t.Run(api.String(), func(t *testing.T) {
			b := newBench(t)
			b.mustCommit("before")
			var owner *Producer
			b.faults.clear()
			// The new owner comes just before the request is sent.
			b.faults.add(fault{api: api, times: 1, then: func() { owner = takeOver(t, b.cluster.client(), b.id) }})
			if err := b.commit("zombie"); !errors.Is(err, ErrFenced) {
				t.Fatalf("%v, want ErrFenced", err)
			}
			b.askedWithEpochHeld()
			if err := b.producer.Reset(testContext(t)); !errors.Is(err, ErrFenced) {
				t.Errorf("Reset of a fenced producer: %v", err)
			}
			b.producer = owner
			b.mustCommit(fmt.Sprintf("after %d", i))
			b.verify()
		})
	}
}

func TestGenerationOverAborts(t *testing.T) {
	b := newBench(t)
	for _, code := range []Code{22, 25, 27, 82} {
		b.faults.clear()
		b.faults.add(fault{api: protocol.TxnOffsetCommit, code: code})
		if err := b.commit("never"); !errors.Is(err, ErrGenerationOver) {
			t.Fatalf("%v: %v, want ErrGenerationOver", code, err)
		}
		ends := requests[*endTxnRequest](b.faults)
		if len(ends) != 1 || ends[0].Commit {
			t.Fatalf("%v: %d EndTxn, want one abort", code, len(ends))
		}
		b.mustCommit(fmt.Sprint(code)) // the producer itself is as good as before
	}
	b.verify()
}

func TestGenerationOverBeforeTheFirstRequest(t *testing.T) {
	b := newBench(t)
	b.gen.end(ErrGenerationOver)
	b.faults.clear()
	if err := b.commit("never"); !errors.Is(err, ErrGenerationOver) {
		t.Fatalf("%v, want ErrGenerationOver", err)
	}
	if n := len(b.faults.sent); n != 0 {
		t.Errorf("%d requests were sent for a generation that is over", n)
	}
}

// A batch that was sent and not answered may arrive late. An abort by EndTxn
// would leave the epoch as it is, and the batch could land in the next
// transaction; so the epoch is bumped instead.
func TestUncertainProduceBumpsTheEpoch(t *testing.T) {
	b := newBench(t)
	b.faults.clear()
	b.faults.add(fault{api: protocol.Produce, before: true}, fault{api: protocol.Produce, code: codeInvalidRecord})
	if err := b.commit("never"); !errors.Is(err, ErrRefused) {
		t.Fatalf("%v, want ErrRefused", err)
	}
	if n := len(requests[*endTxnRequest](b.faults)); n != 0 {
		t.Errorf("%d EndTxn were sent after an uncertain Produce", n)
	}
	b.askedWithEpochHeld()
	b.mustCommit("after")
	b.verify()
}

func TestRefusedRecordsAreAborted(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		api  protocol.ApiKey
		code Code
	}{
		{protocol.AddPartitionsToTxn, 29}, {protocol.AddPartitionsToTxn, 53}, {protocol.AddPartitionsToTxn, 17},
		{protocol.Produce, 10}, {protocol.Produce, 18}, {protocol.Produce, 29}, {protocol.Produce, 31}, {protocol.Produce, 87}, {protocol.Produce, 44},
		{protocol.AddOffsetsToTxn, 30}, {protocol.TxnOffsetCommit, 30}, {protocol.EndTxn, 53},
	} {
		b.faults.add(fault{api: c.api, code: c.code})
		err := b.commit("never")
		if !errors.Is(err, ErrRefused) || codeOf(err) != c.code || Retriable(err) {
			t.Fatalf("%v %v: %v, want ErrRefused, not retriable", c.api, c.code, err)
		}
		b.mustCommit(fmt.Sprintf("%v %d", c.api, c.code))
	}
	b.verify()
}

// After 51 on AddPartitionsToTxn a batch would go into the previous transaction.
func TestNothingIsProducedBeforePartitionsAreAdded(t *testing.T) {
	b := newBench(t)
	b.mustCommit("before")
	b.faults.clear()
	b.faults.add(fault{api: protocol.AddPartitionsToTxn, code: 51, times: 5, then: func() {
		if n := len(requests[*produceRequest](b.faults)); n != 0 {
			t.Errorf("%d Produce requests were sent before the partitions were added", n)
		}
	}})
	b.mustCommit("after")
	b.verify()
}

// Records and offsets wait for each other with neither; the end waits for both,
// also where one of them is refused: what follows must meet nothing under way.
func TestRecordsAndOffsetsGoBesideEachOther(t *testing.T) {
	b := newBench(t)
	eventually := func(what string, sent func() int) {
		for start := time.Now(); sent() == 0; time.Sleep(time.Millisecond) {
			if time.Since(start) > 5*time.Second {
				t.Errorf("%s was not sent", what)
				return
			}
		}
	}
	noEnd := func() {
		time.Sleep(20 * time.Millisecond)
		if n := len(requests[*endTxnRequest](b.faults)); n != 0 {
			t.Errorf("EndTxn was sent %d times", n)
		}
	}
	b.faults.add(fault{api: protocol.Produce, then: func() {
		eventually("TxnOffsetCommit", func() int { return len(requests[*txnOffsetCommitRequest](b.faults)) })
		noEnd()
	}})
	b.mustCommit("slow records")
	b.faults.clear()
	b.faults.add(fault{api: protocol.TxnOffsetCommit, then: func() {
		eventually("Produce", func() int { return len(requests[*produceRequest](b.faults)) })
		noEnd()
	}})
	b.mustCommit("slow offsets")
	b.faults.clear()
	b.faults.add(fault{api: protocol.Produce, code: codeInvalidRecord}, fault{api: protocol.TxnOffsetCommit, then: noEnd})
	if err := b.commit("refused"); !errors.Is(err, ErrRefused) {
		t.Errorf("refused records: %v", err)
	}
	b.mustCommit("after")
	b.verify()
}

// One unknown topic in the list answers 3 for itself and 55 for the good ones.
func TestUnknownTopicIsWaitedFor(t *testing.T) {
	b := newBench(t)
	late := name("late")
	created := make(chan error, 1)
	go func() {
		time.Sleep(300 * time.Millisecond)
		_, err := b.cluster.client().CreateTopics(context.Background(), []TopicSpec{{Name: late, Partitions: 1, Replication: 1}})
		created <- err
	}()
	_, err := b.producer.Commit(testContext(t), Transaction{Records: []OutRecord{out(b.topic, 0, "a"), out(late, 0, "b")}})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-created; err != nil {
		t.Fatal(err)
	}
	b.want = append(b.want, "a")
	b.verify()
	if got := b.committed(late)[0]; !slices.Equal(got, []string{"b"}) {
		t.Errorf("the late topic holds %v", got)
	}
}

// A context that ends inside a transaction does not end the transaction.
func TestContextIsLookedAtBetweenTransactions(t *testing.T) {
	b := newBench(t)
	for _, api := range transactionAPIs {
		ctx, cancel := context.WithCancel(context.Background())
		b.faults.add(fault{api: api, code: 51, times: 3, then: cancel})
		_, err := b.producer.Commit(ctx, Transaction{Records: []OutRecord{out(b.topic, 0, api.String())}, Offsets: map[TopicPartition]int64{b.in: b.offset + 1}, Generation: b.gen})
		if err != nil {
			t.Fatalf("%v: %v", api, err)
		}
		b.want, b.offset = append(b.want, api.String()), b.offset+1
		if _, err := b.producer.Commit(ctx, Transaction{Records: []OutRecord{out(b.topic, 0, "never")}}); !errors.Is(err, context.Canceled) {
			t.Fatalf("a commit under a context that has ended: %v", err)
		}
	}
	b.verify()
}

// EndTxn may be carried out and never answered. The caller learns from the
// committed offsets which of the two it was.
func TestUnknownOutcomeOfEndTxn(t *testing.T) {
	for _, carriedOut := range []bool{true, false} {
		t.Run(fmt.Sprintf("carried out %v", carriedOut), func(t *testing.T) {
			b := newBench(t, func(c *Config) { c.RetryFor = 200 * time.Millisecond })
			b.mustCommit("before")
			away := []fault{
				{api: protocol.EndTxn, before: !carriedOut, after: carriedOut, times: -1},
				{api: protocol.InitProducerId, before: true, times: -1},
			}
			b.faults.add(away...)
			err := b.commit("maybe")
			if err == nil || errors.Is(err, ErrReset) || errors.Is(err, ErrFenced) || errors.Is(err, ErrGenerationOver) {
				t.Fatalf("with no broker in reach: %v", err)
			}
			if !Retriable(err) {
				t.Errorf("%v is not retriable", err)
			}
			if err := b.producer.Reset(testContext(t)); !Retriable(err) {
				t.Fatalf("Reset with no broker in reach: %v", err)
			}
			b.faults.clear()
			if carriedOut { // Reset and the next Commit settle alike
				if err := b.producer.Reset(testContext(t)); err != nil {
					t.Fatal(err)
				}
			} else if err := b.commit("never"); !errors.Is(err, ErrReset) {
				t.Fatalf("the next commit: %v, want ErrReset", err)
			}
			if carriedOut {
				b.want, b.offset = append(b.want, "maybe"), b.offset+1
			}
			if got := b.committedOffset(); got != b.offset {
				t.Fatalf("committed offset %d, want %d", got, b.offset)
			}
			b.mustCommit("after")
			b.verify()
		})
	}
}
