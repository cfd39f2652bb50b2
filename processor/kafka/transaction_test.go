package kafka

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/segmentio/kafka-go/protocol"
)

const txnTimeout = 10 * time.Second

func takeOver(t *testing.T, c *Client, id string) *Producer {
	t.Helper()
	p, err := c.TakeOver(testContext(t), id, txnTimeout)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// joined joins a group of its own and returns its first generation.
func joined(t *testing.T, c *Client, topics ...string) (*Member, *Generation) {
	t.Helper()
	m := c.Join(GroupConfig{Group: name("group"), InstanceID: "one", Topics: topics, SessionTimeout: 6 * time.Second, HeartbeatInterval: 50 * time.Millisecond})
	t.Cleanup(func() { m.Close(context.Background(), true) })
	gen, err := m.Next(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	return m, gen
}

func TestCommitIsVisibleOnce(t *testing.T) {
	c := newCluster(t)
	client := c.client()
	in, outTopic := c.topic(2), c.topic(2)
	_, gen := joined(t, client, in)
	p := takeOver(t, client, name("txn"))
	tp := TopicPartition{Topic: in, Partition: 1}
	for i, v := range []string{"a", "b", "c"} {
		done, err := p.Commit(testContext(t), Transaction{
			Records:    []OutRecord{out(outTopic, 0, v), out(outTopic, 1, v+"1"), out(outTopic, 1, v+"2")},
			Offsets:    map[TopicPartition]int64{tp: int64(i + 1)},
			Generation: gen,
		})
		if err != nil {
			t.Fatal(err)
		}
		one, base := TopicPartition{Topic: outTopic, Partition: 1}, int64(3*i) // two records and a marker each
		if done.BaseOffsets[one] != base || done.LastOffsets[one] != base+1 {
			t.Errorf("transaction %d: offsets %v to %v, want %d to %d on partition 1", i, done.BaseOffsets, done.LastOffsets, base, base+1)
		}
	}
	want := map[int32][]string{0: {"a", "b", "c"}, 1: {"a1", "a2", "b1", "b2", "c1", "c2"}}
	if diff := cmp.Diff(want, c.committed(outTopic)); diff != "" {
		t.Error(diff)
	}
	offsets, err := client.CommittedOffsets(testContext(t), gen.Group, []TopicPartition{tp, {Topic: in, Partition: 0}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[TopicPartition]int64{tp: 3, {Topic: in, Partition: 0}: -1}, offsets); diff != "" {
		t.Error(diff)
	}
}

func TestZombieIsFenced(t *testing.T) {
	c := newCluster(t)
	client := c.client()
	topic, id := c.topic(1), name("txn")
	zombie := takeOver(t, client, id)
	if _, err := zombie.Commit(testContext(t), Transaction{Records: []OutRecord{out(topic, 0, "before")}}); err != nil {
		t.Fatal(err)
	}
	owner := takeOver(t, client, id)
	if _, err := zombie.Commit(testContext(t), Transaction{Records: []OutRecord{out(topic, 0, "zombie")}}); !errors.Is(err, ErrFenced) {
		t.Fatalf("the zombie's commit answered %v, want ErrFenced", err)
	}
	if _, err := zombie.Commit(testContext(t), Transaction{Records: []OutRecord{out(topic, 0, "zombie")}}); !errors.Is(err, ErrFenced) {
		t.Fatalf("its next commit answered %v, want ErrFenced", err)
	}
	if _, err := owner.Commit(testContext(t), Transaction{Records: []OutRecord{out(topic, 0, "after")}}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[int32][]string{0: {"before", "after"}}, c.committed(topic)); diff != "" {
		t.Error(diff)
	}
}

// A take-over ends what the previous owner left open: nothing of it is seen,
// and offsets can be read at once.
func TestTakeOverEndsAnOpenTransaction(t *testing.T) {
	c := newCluster(t)
	client := c.client()
	in, outTopic, id := c.topic(1), c.topic(1), name("txn")
	tp := TopicPartition{in, 0}
	_, gen := joined(t, client, in)
	lost := takeOver(t, client, id)
	if _, err := lost.Commit(testContext(t), Transaction{Records: []OutRecord{out(outTopic, 0, "before")}, Offsets: map[TopicPartition]int64{tp: 1}, Generation: gen}); err != nil {
		t.Fatal(err)
	}
	openTransaction(t, lost, Transaction{Records: []OutRecord{out(outTopic, 0, "open")}, Offsets: map[TopicPartition]int64{tp: 2}, Generation: gen})
	start := time.Now()
	owner := takeOver(t, client, id)
	offsets, err := client.CommittedOffsets(testContext(t), gen.Group, []TopicPartition{tp})
	if err != nil || offsets[tp] != 1 {
		t.Fatalf("offset %d, %v; want 1", offsets[tp], err)
	}
	if took := time.Since(start); took > txnTimeout/2 {
		t.Errorf("the take-over took %v: it waited for the orphan to expire", took)
	}
	if _, err := owner.Commit(testContext(t), Transaction{Records: []OutRecord{out(outTopic, 0, "after")}, Offsets: map[TopicPartition]int64{tp: 2}, Generation: gen}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[int32][]string{0: {"before", "after"}}, c.committed(outTopic)); diff != "" {
		t.Error(diff)
	}
}

// openTransaction does everything of a transaction but its end, as a process
// does that is killed just before.
func openTransaction(t *testing.T, p *Producer, tx Transaction) {
	t.Helper()
	ctx := testContext(t)
	s, err := newSender(p.client, encoder{producer: p.producer, transactional: true, maxBytes: 1000}, p.id, p.sequence, tx.Records)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []func() error{
		func() error { return p.client.retry(ctx, func() error { return p.addPartitions(ctx, s.partitions()) }) },
		func() error { return s.run(ctx) },
		func() error {
			return p.client.retry(ctx, func() error { return p.addOffsets(ctx, tx.Generation.Group) })
		},
		func() error { return p.client.retry(ctx, func() error { return p.commitOffsets(ctx, tx) }) },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
}

// Until a take-over, offsets of an open transaction cannot be read.
func TestOffsetsOfAnOpenTransactionAreNotRead(t *testing.T) {
	c := newCluster(t)
	client := c.client(func(cfg *Config) { cfg.RetryFor = 300 * time.Millisecond })
	in := c.topic(1)
	tp := TopicPartition{in, 0}
	_, gen := joined(t, client, in)
	p := takeOver(t, c.client(), name("txn"))
	openTransaction(t, p, Transaction{Records: []OutRecord{out(c.topic(1), 0, "open")}, Offsets: map[TopicPartition]int64{tp: 2}, Generation: gen})
	if got, err := client.CommittedOffsets(testContext(t), gen.Group, []TopicPartition{tp}); codeOf(err) != codeUnstableOffsets {
		t.Errorf("%v, %v; want an error that says they are unstable", got, err)
	}
	if got, err := client.CommittedSoFar(testContext(t), gen.Group, []TopicPartition{tp}); err != nil || got[tp] != -1 {
		t.Errorf("%v, %v; want what was committed before, which is nothing", got, err)
	}
}

func TestAbortedGenerationLeavesNothing(t *testing.T) {
	c := newCluster(t)
	client := c.client()
	in, outTopic := c.topic(1), c.topic(1)
	tp := TopicPartition{in, 0}
	member, gen := joined(t, client, in)
	p := takeOver(t, client, name("txn"))
	if err := member.Close(testContext(t), true); err != nil {
		t.Fatal(err)
	}
	// A process that does not know yet commits under the old generation.
	stale := *gen
	stale.ctx = nil
	_, err := p.Commit(testContext(t), Transaction{Records: []OutRecord{out(outTopic, 0, "never")}, Offsets: map[TopicPartition]int64{tp: 1}, Generation: &stale})
	if !errors.Is(err, ErrGenerationOver) {
		t.Fatalf("%v, want ErrGenerationOver", err)
	}
	if got := c.committed(outTopic); len(got) != 0 {
		t.Errorf("a read_committed reader sees %v", got)
	}
	offsets, err := client.CommittedOffsets(testContext(t), gen.Group, []TopicPartition{tp})
	if err != nil || offsets[tp] != -1 {
		t.Errorf("offset %v, %v; want none", offsets, err)
	}
}

func TestTransactionsOfOffsetsOrRecordsAlone(t *testing.T) {
	c := newCluster(t)
	client := c.client()
	in, outTopic := c.topic(1), c.topic(1)
	tp := TopicPartition{in, 0}
	_, gen := joined(t, client, in)
	p := takeOver(t, client, name("txn"))
	for _, tx := range []Transaction{
		{},
		{Offsets: map[TopicPartition]int64{tp: 3}, Generation: gen},
		{Records: []OutRecord{out(outTopic, 0, "a")}},
		{Generation: gen},
		{Offsets: map[TopicPartition]int64{tp: 4}, Generation: gen},
	} {
		if _, err := p.Commit(testContext(t), tx); err != nil {
			t.Fatal(err)
		}
	}
	offsets, err := client.CommittedOffsets(testContext(t), gen.Group, []TopicPartition{tp})
	if err != nil || offsets[tp] != 4 {
		t.Errorf("offset %v, %v; want 4", offsets, err)
	}
	if diff := cmp.Diff(map[int32][]string{0: {"a"}}, c.committed(outTopic)); diff != "" {
		t.Error(diff)
	}
}

// Records of one partition may need several batches, and keep their order.
func TestManyBatchesKeepTheirOrder(t *testing.T) {
	c := newCluster(t)
	client := c.client(func(cfg *Config) { cfg.MaxBatchBytes = 2000 })
	topic := c.topic(3)
	p := takeOver(t, client, name("txn"))
	want := map[int32][]string{}
	for round := range 3 {
		var records []OutRecord
		for i := range 400 {
			part := int32(i % 3)
			v := fmt.Sprintf("%d.%d", round, i)
			want[part] = append(want[part], v)
			records = append(records, out(topic, part, v))
		}
		if _, err := p.Commit(testContext(t), Transaction{Records: records}); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, c.committed(topic)); diff != "" {
		t.Error(diff)
	}
}

// A topic that takes smaller batches than we make gets them cut in halves.
func TestBatchesThatAreTooLargeAreCut(t *testing.T) {
	c := newCluster(t)
	client := c.client()
	topic := c.topic(1, "max.message.bytes", "3000")
	p := takeOver(t, client, name("txn"))
	var records []OutRecord
	var want []string
	for i := range 50 {
		want = append(want, fmt.Sprintf("%0400d", i))
		records = append(records, out(topic, 0, want[i]))
	}
	for range 2 { // sequence numbers must be right after it
		if _, err := p.Commit(testContext(t), Transaction{Records: records}); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(map[int32][]string{0: append(want, want...)}, c.committed(topic)); diff != "" {
		t.Error(diff)
	}
	_, err := p.Commit(testContext(t), Transaction{Records: []OutRecord{out(topic, 0, "fits"), out(topic, 0, fmt.Sprintf("%05000d", 1))}})
	if !errors.Is(err, ErrRefused) || codeOf(err) != codeMessageTooLarge {
		t.Fatalf("one record that is too large: %v", err)
	}
	if _, err := p.Commit(testContext(t), Transaction{Records: records[:1]}); err != nil {
		t.Fatal(err)
	}
	if got := c.committed(topic)[0]; len(got) != 101 {
		t.Errorf("%d records, want 101", len(got))
	}
}

// The broker aborts a transaction that stays open too long. Its owner is told so
// and goes on.
func TestExpiredTransactionIsReset(t *testing.T) {
	if testing.Short() {
		t.Skip("a broker looks for expired transactions every 10 s")
	}
	c := newCluster(t)
	topic := c.topic(1)
	client := c.client()
	p, err := client.TakeOver(testContext(t), name("txn"), time.Second)
	if err != nil {
		t.Fatal(err)
	}
	faults := spoil(t, client)
	expired := func() {
		tps := []TopicPartition{{topic, 0}}
		waitFor(t, func() bool {
			high, err1 := client.HighWatermarks(testContext(t), tps)
			stable, err2 := client.EndOffsets(testContext(t), tps, true)
			return err1 == nil && err2 == nil && high[tps[0]] == 2 && stable[tps[0]] == 2
		})
	}
	faults.add(fault{api: protocol.EndTxn, times: 1, then: expired})
	if _, err := p.Commit(testContext(t), Transaction{Records: []OutRecord{out(topic, 0, "late")}}); !errors.Is(err, ErrReset) {
		t.Fatalf("%v, want ErrReset", err)
	}
	if _, err := p.Commit(testContext(t), Transaction{Records: []OutRecord{out(topic, 0, "after")}}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[int32][]string{0: {"after"}}, c.committed(topic)); diff != "" {
		t.Error(diff)
	}
}
