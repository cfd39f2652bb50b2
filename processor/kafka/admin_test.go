package kafka

import (
	"slices"
	"strings"
	"testing"

	"github.com/segmentio/kafka-go/protocol"
)

func TestCreateAndDescribeTopics(t *testing.T) {
	c := newCluster(t)
	client := c.client()
	first, second := name("first"), name("second")
	created, err := client.CreateTopics(testContext(t), []TopicSpec{{Name: first, Partitions: 3, Replication: 1, Configs: map[string]string{"cleanup.policy": "compact", "delete.retention.ms": "12345"}}})
	if err != nil || !slices.Equal(created, []string{first}) {
		t.Fatal(created, err)
	}
	created, err = client.CreateTopics(testContext(t), []TopicSpec{{Name: first, Partitions: 9, Replication: 1}, {Name: second, Partitions: 1, Replication: 1}})
	if err != nil || !slices.Equal(created, []string{second}) {
		t.Fatal(created, err)
	}
	info, err := client.DescribeTopics(testContext(t), first, second, name("none"))
	if err != nil || len(info) != 2 {
		t.Fatal(info, err)
	}
	got := info[first]
	if got.Partitions != 3 || got.Replication != 1 || got.Configs["cleanup.policy"] != "compact" || got.Configs["delete.retention.ms"] != "12345" {
		t.Errorf("%+v", got)
	}
	if got.ID == [16]byte{} || got.ID == info[second].ID {
		t.Errorf("topic ids %x and %x", got.ID, info[second].ID)
	}
	if _, err := client.Produce(testContext(t), []OutRecord{out(first, 2, "a")}); err != nil {
		t.Errorf("a topic that was just created: %v", err)
	}
}

// A real broker refuses a request that names a topic twice.
func TestTopicsThatAreNamedTwice(t *testing.T) {
	c := newCluster(t)
	client := c.client()
	spec := TopicSpec{Name: name("twice"), Partitions: 2, Replication: 1, Configs: map[string]string{"cleanup.policy": "compact"}}
	for _, want := range [][]string{{spec.Name}, nil} {
		created, err := client.CreateTopics(testContext(t), []TopicSpec{spec, spec})
		if err != nil || !slices.Equal(created, want) {
			t.Errorf("created %v, %v; want %v", created, err, want)
		}
	}
	info, err := client.DescribeTopics(testContext(t), spec.Name, spec.Name)
	if err != nil || len(info) != 1 || info[spec.Name].Partitions != 2 || info[spec.Name].Configs["cleanup.policy"] != "compact" {
		t.Errorf("%+v, %v", info, err)
	}
	tp := TopicPartition{spec.Name, 1}
	if got, err := client.CommittedOffsets(testContext(t), name("group"), []TopicPartition{tp, tp}); err != nil || got[tp] != -1 {
		t.Errorf("%v, %v", got, err)
	}
	other := spec
	other.Partitions = 3
	if _, err := client.CreateTopics(testContext(t), []TopicSpec{spec, other}); err == nil || !strings.Contains(err.Error(), "a name of its own") {
		t.Errorf("two different topics of one name: %v", err)
	}
}

func TestCreateTopicsErrors(t *testing.T) {
	c := newCluster(t)
	client := c.client()
	faults := spoil(t, client)
	for _, f := range []fault{{code: 41}, {code: 7}, {code: 89}, {before: true}, {after: true}} {
		f.api = protocol.CreateTopics
		faults.add(f)
		if _, err := client.CreateTopics(testContext(t), []TopicSpec{{Name: name("topic"), Partitions: 1, Replication: 1}}); err != nil {
			t.Errorf("%+v: %v", f, err)
		}
	}
	for _, code := range []Code{17, 29, 31, 38, 44} {
		faults.add(fault{api: protocol.CreateTopics, code: code})
		if _, err := client.CreateTopics(testContext(t), []TopicSpec{{Name: name("topic"), Partitions: 1, Replication: 1}}); codeOf(err) != code || Retriable(err) {
			t.Errorf("%v: %v", code, err)
		}
	}
}

func TestDeleteRecords(t *testing.T) {
	c := newCluster(t)
	client := c.client()
	topic := c.topic(2)
	c.produce(topic, 0, "a", "b", "c")
	c.produce(topic, 1, "d", "e")
	zero, one := TopicPartition{topic, 0}, TopicPartition{topic, 1}
	starts, err := client.DeleteRecords(testContext(t), map[TopicPartition]int64{zero: 2, one: 1})
	if err != nil || starts[zero] != 2 || starts[one] != 1 {
		t.Fatal(starts, err)
	}
	if _, err := client.DeleteRecords(testContext(t), map[TopicPartition]int64{zero: 99}); codeOf(err) != codeOffsetOutOfRange {
		t.Errorf("below an offset past the end: %v", err)
	}
}
