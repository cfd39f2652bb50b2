package main

import (
	"context"

	"consentstream/processor"
	"consentstream/processor/kafka"
)

// fetchBytes is read from one partition at once: as much as the fastest
// reading wants.
const fetchBytes = 4 << 20

// inputs are the topics that a run consumes.
type inputs struct {
	client     *kafka.Client
	partitions int32
}

func (in *inputs) all(topics []string) []kafka.TopicPartition {
	var list []kafka.TopicPartition
	for _, topic := range topics {
		for p := range in.partitions {
			list = append(list, kafka.TopicPartition{Topic: topic, Partition: p})
		}
	}
	return list
}

// readAll reads the four input topics from start to end and counts.
func (in *inputs) readAll(ctx context.Context) (records int64, err error) {
	topics := processor.DefaultTopics()
	partitions := in.all(topics.Inputs())
	ends, err := in.client.EndOffsets(ctx, partitions, true)
	if err != nil {
		return 0, err
	}
	var positions []kafka.Position
	for _, tp := range partitions {
		positions = append(positions, kafka.Position{TopicPartition: tp})
	}
	for len(positions) > 0 {
		fetched, err := in.client.Fetch(ctx, positions, kafka.FetchOptions{MaxPartitionBytes: fetchBytes, Committed: true})
		if err != nil {
			return records, err
		}
		positions = positions[:0]
		for i := range fetched {
			if err := fetched[i].Err; err != nil && !kafka.Retriable(err) {
				return records, err
			}
			records += int64(len(fetched[i].Records))
			if fetched[i].Next < ends[fetched[i].TopicPartition] {
				positions = append(positions, kafka.Position{TopicPartition: fetched[i].TopicPartition, Offset: fetched[i].Next})
			}
		}
	}
	return records, nil
}

// behind is how many offsets a group has still to commit.
func (in *inputs) behind(ctx context.Context, group string) (offsets int64, err error) {
	topics := processor.DefaultTopics()
	partitions := in.all(topics.Consumed())
	ends, err := in.client.EndOffsets(ctx, partitions, true)
	if err != nil {
		return 0, err
	}
	committed, err := in.client.CommittedOffsets(ctx, group, partitions)
	if err != nil {
		return 0, err
	}
	for tp, end := range ends {
		offsets += end - max(committed[tp], 0)
	}
	return offsets, nil
}
