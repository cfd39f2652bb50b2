package processor

import (
	"context"
	"fmt"
	"time"

	"consentstream/processor/kafka"
)

// AwaitRead waits until a group has committed everything that is in its input
// and internal topics, what it sends itself included.
func AwaitRead(ctx context.Context, client *kafka.Client, group string, topics *Topics, partitions int32) error {
	var tps []kafka.TopicPartition
	for p := range partitions {
		tps = append(tps, partitionsOf(topics.Consumed(), p)...)
	}
	for quiet := 0; quiet < 2; {
		behind, err := groupBehind(ctx, client, group, tps)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return fmt.Errorf("waiting for group %s: %w", group, err)
		case behind:
			quiet = 0
			if err := pause(ctx, 5*time.Millisecond); err != nil {
				return err
			}
		default:
			quiet++ // twice: what was read last may have sent something on
		}
	}
	return nil
}

// groupBehind reports whether records lie before the ends that are not committed.
func groupBehind(ctx context.Context, client *kafka.Client, group string, tps []kafka.TopicPartition) (bool, error) {
	ends, err := client.EndOffsets(ctx, tps, true)
	if err != nil {
		return false, err
	}
	committed, err := client.CommittedSoFar(ctx, group, tps)
	if err != nil {
		return false, err
	}
	for tp, end := range ends {
		if max(committed[tp], 0) < end {
			return true, nil
		}
	}
	return false, nil
}
