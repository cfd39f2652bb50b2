package kafka

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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
		if want := int64(3 * i); done.BaseOffsets[TopicPartition{Topic: outTopic, Partition: 1}] != want {
			t.Errorf("transaction %d: base offsets %v, want %d on partition 1", i, done.BaseOffsets, want)
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
