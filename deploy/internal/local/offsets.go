package local

import (
	"context"

	"consentstream/processor/kafka"
)

// Partitions lists the partitions of topics that have n each.
func Partitions(topics []string, n int32) (list []kafka.TopicPartition) {
	for _, topic := range topics {
		for p := range n {
			list = append(list, kafka.TopicPartition{Topic: topic, Partition: p})
		}
	}
	return list
}

// Behind returns how many offsets a group has still to commit, by partition
// number, that is by task.
func Behind(ctx context.Context, client *kafka.Client, group string, topics []string, n int32) ([]int64, error) {
	partitions := Partitions(topics, n)
	ends, err := client.EndOffsets(ctx, partitions, true)
	if err != nil {
		return nil, err
	}
	committed, err := client.CommittedSoFar(ctx, group, partitions)
	if err != nil {
		return nil, err
	}
	tasks := make([]int64, n)
	for tp, end := range ends {
		tasks[tp.Partition] += end - max(committed[tp], 0)
	}
	return tasks, nil
}

// readBytes is read from one partition at once: as much as the fastest reading
// wants.
const readBytes = 4 << 20

// Read is what a reading of whole topics came to.
type Read struct {
	Records int64
	Bytes   int64 // of keys and values
}

// ReadAll reads topics from their first record to the end that they have now,
// leaving out what is not committed. It is the bare reading that others are
// compared with.
func ReadAll(ctx context.Context, client *kafka.Client, topics []string, n int32) (Read, error) {
	var read Read
	partitions := Partitions(topics, n)
	ends, err := client.EndOffsets(ctx, partitions, true)
	if err != nil {
		return read, err
	}
	starts, err := client.StartOffsets(ctx, partitions)
	if err != nil {
		return read, err
	}
	var positions []kafka.Position
	for _, tp := range partitions {
		positions = append(positions, kafka.Position{TopicPartition: tp, Offset: starts[tp]})
	}
	for len(positions) > 0 {
		fetched, err := client.Fetch(ctx, positions, kafka.FetchOptions{MaxPartitionBytes: readBytes, Committed: true})
		if err != nil {
			return read, err
		}
		if positions, err = read.take(fetched, ends); err != nil {
			return read, err
		}
	}
	return read, nil
}

// take counts what was fetched and returns where to go on.
func (r *Read) take(fetched []kafka.Fetched, ends map[kafka.TopicPartition]int64) (left []kafka.Position, err error) {
	for i := range fetched {
		f := &fetched[i]
		if f.Err != nil && !kafka.Retriable(f.Err) {
			return nil, f.Err
		}
		r.Records += int64(len(f.Records))
		for j := range f.Records {
			r.Bytes += int64(len(f.Records[j].Key) + len(f.Records[j].Value))
		}
		if f.Next < ends[f.TopicPartition] {
			left = append(left, kafka.Position{TopicPartition: f.TopicPartition, Offset: f.Next})
		}
	}
	return left, nil
}
