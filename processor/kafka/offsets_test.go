package kafka

import "testing"

// Real brokers refuse a ListOffsets that names a partition twice; the embedded
// one does not.
func TestEndsOfAPartitionNamedTwice(t *testing.T) {
	c := newCluster(t)
	client, topic := c.client(), c.topic(2)
	c.produce(topic, 1, "a", "b")
	tps := append(c.partitions(topic), c.partitions(topic)...)
	ends, err := client.EndOffsets(testContext(t), tps, true)
	if err != nil || len(ends) != 2 || ends[tps[1]] != 2 {
		t.Errorf("ends %v, %v", ends, err)
	}
}
