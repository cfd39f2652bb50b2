package processor

import (
	"context"
	"time"

	"consentstream/processor/kafka"
)

// Broker is what a task needs of Kafka. KafkaBroker provides it; the simulation
// of the tests has one of its own.
type Broker interface {
	Fetch(ctx context.Context, positions []kafka.Position, opt kafka.FetchOptions) ([]kafka.Fetched, error)
	// Apart groups positions that do not wait for each other in one Fetch.
	Apart(ctx context.Context, positions []kafka.Position) [][]kafka.Position
	StartOffsets(ctx context.Context, tps []kafka.TopicPartition) (map[kafka.TopicPartition]int64, error)
	EndOffsets(ctx context.Context, tps []kafka.TopicPartition, committed bool) (map[kafka.TopicPartition]int64, error)
	CommittedOffsets(ctx context.Context, group string, tps []kafka.TopicPartition) (map[kafka.TopicPartition]int64, error)
	CommittedSoFar(ctx context.Context, group string, tps []kafka.TopicPartition) (map[kafka.TopicPartition]int64, error)
	TakeOver(ctx context.Context, transactionalID string, timeout time.Duration) (Producer, error)
}

// Producer commits the steps of one task; *kafka.Producer provides it.
type Producer interface {
	Commit(ctx context.Context, t kafka.Transaction) (kafka.Committed, error)
	// Reset settles a transaction whose outcome is unknown.
	Reset(ctx context.Context) error
	// Rest is how long the broker will still refuse to begin another transaction,
	// as far as is known; 0 or less when it is expected to take one.
	Rest() time.Duration
}

// KafkaBroker is a Broker over a client.
type KafkaBroker struct{ *kafka.Client }

// TakeOver fences the old owner of a transactional id.
func (b KafkaBroker) TakeOver(ctx context.Context, transactionalID string, timeout time.Duration) (Producer, error) {
	return b.Client.TakeOver(ctx, transactionalID, timeout)
}
