package kafka

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"consentstream/processor/kafka/embedded"
)

// benchCluster is a cluster for benchmarks, which have no *testing.T.
func benchClient(b *testing.B) (*Client, string) {
	b.Helper()
	brokers := realBrokers()
	if brokers == nil {
		fake, err := embedded.Start(embedded.Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(fake.Close)
		brokers = fake.Addresses()
	}
	client, err := Dial(Config{Brokers: brokers})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(client.Close)
	topic := name("bench")
	if _, err := client.CreateTopics(context.Background(), []TopicSpec{{Name: topic, Partitions: benchPartitions, Replication: 1}}); err != nil {
		b.Fatal(err)
	}
	return client, topic
}

const benchPartitions = 8

// benchRecords are n records of 130 bytes, spread over the partitions.
func benchRecords(topic string, n int) []OutRecord {
	records := make([]OutRecord, n)
	value := make([]byte, 114)
	for i := range records {
		records[i] = OutRecord{Topic: topic, Partition: int32(i % benchPartitions), Key: fmt.Appendf(nil, "contact-%08d", i), Value: value, Timestamp: 1}
	}
	return records
}

// BenchmarkConsume reads what is in a topic, as a task that catches up does.
func BenchmarkConsume(b *testing.B) {
	client, topic := benchClient(b)
	ctx := context.Background()
	const total = 1_000_000
	for n := 0; n < total; n += 50_000 {
		if _, err := client.Produce(ctx, benchRecords(topic, 50_000)); err != nil {
			b.Fatal(err)
		}
	}
	for _, size := range []int32{1 << 20, 4 << 20} {
		b.Run(fmt.Sprintf("%dMiB", size>>20), func(b *testing.B) {
			read := 0
			cpu, start := cpuTime(), time.Now()
			for b.Loop() {
				read += consumeAll(b, client, topic, total, size)
			}
			report(b, read, cpu, start)
		})
	}
}

func consumeAll(b *testing.B, client *Client, topic string, total int, size int32) int {
	positions := make([]Position, benchPartitions)
	for p := range positions {
		positions[p].TopicPartition = TopicPartition{topic, int32(p)}
	}
	read := 0
	for read < total {
		fetched, err := client.Fetch(context.Background(), positions, FetchOptions{MaxPartitionBytes: size, Committed: true})
		if err != nil {
			b.Fatal(err)
		}
		for i, f := range fetched {
			if f.Err != nil {
				b.Fatal(f.Err)
			}
			read += len(f.Records)
			positions[i].Offset = f.Next
		}
	}
	return read
}

// BenchmarkTransactions writes transactions back to back under one id.
func BenchmarkTransactions(b *testing.B) {
	for _, perPartition := range []int{100, 500, 2000, 4000} {
		b.Run(fmt.Sprintf("%dx%d", benchPartitions, perPartition), func(b *testing.B) {
			client, topic := benchClient(b)
			p, err := client.TakeOver(context.Background(), name("txn"), 10*time.Second)
			if err != nil {
				b.Fatal(err)
			}
			records := benchRecords(topic, benchPartitions*perPartition)
			written := 0
			cpu, start := cpuTime(), time.Now()
			for b.Loop() {
				if _, err := p.Commit(context.Background(), Transaction{Records: records}); err != nil {
					b.Fatal(err)
				}
				written += len(records)
			}
			report(b, written, cpu, start)
		})
	}
}

// BenchmarkSmallTransaction is the latency of one transaction with offsets, with
// a pause in between as a live task has.
func BenchmarkSmallTransaction(b *testing.B) {
	client, topic := benchClient(b)
	m := client.Join(GroupConfig{Group: name("group"), Topics: []string{topic}})
	gen, err := m.Next(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	defer m.Close(context.Background(), true)
	p, err := client.TakeOver(context.Background(), name("txn"), 10*time.Second)
	if err != nil {
		b.Fatal(err)
	}
	var busy time.Duration
	n := 0
	records := benchRecords(topic, 4)
	for b.Loop() {
		start := time.Now()
		if _, err := p.Commit(context.Background(), Transaction{Records: records, Offsets: map[TopicPartition]int64{{topic, 0}: int64(n)}, Generation: gen}); err != nil {
			b.Fatal(err)
		}
		busy += time.Since(start)
		n++
		time.Sleep(20 * time.Millisecond)
	}
	b.ReportMetric(float64(busy.Microseconds())/float64(n)/1000, "ms/commit")
}

func report(b *testing.B, records int, cpu time.Duration, start time.Time) {
	b.ReportMetric(float64(records)/time.Since(start).Seconds()/1000, "krecords/s")
	b.ReportMetric(float64(cpuTime()-cpu)/float64(records), "cpu-ns/record")
}

// cpuTime is what this process has used; with an embedded broker, its part too.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
