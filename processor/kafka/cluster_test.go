package kafka

import (
	"context"
	"fmt"
	"maps"
	"net"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"consentstream/processor/kafka/embedded"
)

// cluster is what a test runs against: real brokers where KAFKA_BROKERS names
// some, else embedded ones of its own.
type cluster struct {
	t       *testing.T
	brokers []string
	fake    *embedded.Broker // nil for real brokers
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	if real := realBrokers(); real != nil {
		return &cluster{t: t, brokers: real}
	}
	return newFake(t, 1)
}

// realBrokers are those to test against, nil for embedded ones.
func realBrokers() []string {
	if list := os.Getenv("KAFKA_BROKERS"); list != "" {
		return strings.Split(list, ",")
	}
	return nil
}

// newFake starts embedded brokers, for what only they can be made to do.
func newFake(t *testing.T, brokers int) *cluster {
	t.Helper()
	b, err := embedded.Start(embedded.Options{Brokers: brokers})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return &cluster{t: t, brokers: b.Addresses(), fake: b}
}

// newFakeOnDisk starts one embedded broker that keeps its records.
func newFakeOnDisk(t *testing.T, dir string, port int) *cluster {
	t.Helper()
	b, err := embedded.Start(embedded.Options{Dir: dir, Port: port})
	if err != nil {
		t.Error(err)
		return &cluster{t: t}
	}
	t.Cleanup(b.Close)
	return &cluster{t: t, brokers: b.Addresses(), fake: b}
}

func (c *cluster) port() int {
	_, port, err := net.SplitHostPort(c.brokers[0])
	if err != nil {
		c.t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		c.t.Fatal(err)
	}
	return n
}

var (
	unique  = fmt.Sprintf("%d", time.Now().UnixNano())
	counter atomic.Int64
)

// name returns a name that no other test or run uses.
func name(what string) string {
	return fmt.Sprintf("t-%s-%s-%d", what, unique[8:16], counter.Add(1))
}

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func (c *cluster) client(change ...func(*Config)) *Client {
	c.t.Helper()
	cfg := Config{Brokers: c.brokers, RequestTimeout: 5 * time.Second, RetryFor: 20 * time.Second}
	for _, f := range change {
		f(&cfg)
	}
	client, err := Dial(cfg)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(client.Close)
	return client
}

// topic creates a topic and returns its name.
func (c *cluster) topic(partitions int32, configs ...string) string {
	c.t.Helper()
	spec := TopicSpec{Name: name("topic"), Partitions: partitions, Replication: -1, Configs: map[string]string{}}
	for i := 0; i+1 < len(configs); i += 2 {
		spec.Configs[configs[i]] = configs[i+1]
	}
	if _, err := c.client().CreateTopics(testContext(c.t), []TopicSpec{spec}); err != nil {
		c.t.Fatal(err)
	}
	return spec.Name
}

// produce writes values to a partition through franz-go, outside of what is tested.
func (c *cluster) produce(topic string, partition int32, values ...string) {
	c.t.Helper()
	p := c.franz(kgo.RecordPartitioner(kgo.ManualPartitioner()))
	for _, v := range values {
		r := &kgo.Record{Topic: topic, Partition: partition, Key: []byte("k"), Value: []byte(v)}
		if err := p.ProduceSync(testContext(c.t), r).FirstErr(); err != nil {
			c.t.Fatal(err)
		}
	}
}

func (c *cluster) franz(opts ...kgo.Opt) *kgo.Client {
	c.t.Helper()
	client, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(c.brokers...)}, opts...)...)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(client.Close)
	return client
}

// committed reads a topic with franz-go, read_committed, up to its end, and
// returns the values by partition.
func (c *cluster) committed(topic string) map[int32][]string {
	c.t.Helper()
	ctx := testContext(c.t)
	ends := c.decided(topic)
	reader := c.franz(kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.KeepControlRecords())
	values, at := map[int32][]string{}, map[TopicPartition]int64{}
	for behind(at, ends) {
		fetches := reader.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			c.t.Fatal(err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			at[TopicPartition{Topic: topic, Partition: r.Partition}] = r.Offset + 1
			if !r.Attrs.IsControl() {
				values[r.Partition] = append(values[r.Partition], string(r.Value))
			}
		})
	}
	return values
}

// decided waits until no transaction is open on a topic, and returns its ends.
// Markers are still on their way just after a commit or abort was answered.
func (c *cluster) decided(topic string) map[TopicPartition]int64 {
	c.t.Helper()
	ctx, client, tps := testContext(c.t), c.client(), c.partitions(topic)
	for {
		high, err := client.HighWatermarks(ctx, tps)
		if err != nil {
			c.t.Fatal(err)
		}
		stable, err := client.EndOffsets(ctx, tps, true)
		if err != nil {
			c.t.Fatal(err)
		}
		if maps.Equal(high, stable) {
			return high
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func behind(at, ends map[TopicPartition]int64) bool {
	for tp, end := range ends {
		if at[tp] < end {
			return true
		}
	}
	return false
}

func (c *cluster) partitions(topic string) []TopicPartition {
	c.t.Helper()
	info, err := c.client().DescribeTopics(testContext(c.t), topic)
	if err != nil {
		c.t.Fatal(err)
	}
	var tps []TopicPartition
	for p := range info[topic].Partitions {
		tps = append(tps, TopicPartition{Topic: topic, Partition: p})
	}
	return tps
}

// readAll reads a partition with the package itself, from an offset to the end.
func readAll(t *testing.T, c *Client, tp TopicPartition, from int64, committed bool) []Record {
	t.Helper()
	ctx := testContext(t)
	ends, err := c.EndOffsets(ctx, []TopicPartition{tp}, committed)
	if err != nil {
		t.Fatal(err)
	}
	var all []Record
	for from < ends[tp] {
		got, err := c.Fetch(ctx, []Position{{TopicPartition: tp, Offset: from}}, FetchOptions{Committed: committed})
		if err != nil {
			t.Fatal(err)
		}
		if got[0].Err != nil {
			t.Fatal(got[0].Err)
		}
		all = append(all, got[0].Records...)
		from = got[0].Next
	}
	return all
}

func values(records []Record) []string {
	var v []string
	for _, r := range records {
		v = append(v, string(r.Value))
	}
	return v
}

func out(topic string, partition int32, value string) OutRecord {
	return OutRecord{Topic: topic, Partition: partition, Key: []byte("k"), Value: []byte(value), Timestamp: 1_700_000_000_000}
}
