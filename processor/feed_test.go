package processor

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"testing"
	"time"

	"consentstream/processor/kafka"
)

// leadersApart is a cluster in which every topic has another leader: a fetch
// that names several waits for the slowest. With later the leaders move apart
// after the first fetch of those that were together.
type leadersApart struct {
	Broker
	records map[string][]kafka.Record // by topic
	later   bool
	mu      sync.Mutex
	fetched map[string]bool // by the first topic
}

func (b *leadersApart) Apart(_ context.Context, positions []kafka.Position) (groups [][]kafka.Position) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.later && !b.fetched[positions[0].Topic] {
		return [][]kafka.Position{positions}
	}
	for i := range positions {
		groups = append(groups, positions[i:i+1:i+1])
	}
	return groups
}

func (b *leadersApart) Fetch(ctx context.Context, positions []kafka.Position, o kafka.FetchOptions) ([]kafka.Fetched, error) {
	b.mu.Lock()
	first := b.later && !b.fetched[positions[0].Topic]
	b.fetched[positions[0].Topic] = true
	b.mu.Unlock()
	out := make([]kafka.Fetched, len(positions))
	idle := false
	for i, p := range positions {
		left := b.records[p.Topic][p.Offset:]
		if first {
			left = nil
		}
		out[i] = kafka.Fetched{TopicPartition: p.TopicPartition, Records: left, Next: p.Offset + int64(len(left))}
		idle = idle || len(left) == 0
	}
	if idle && !first {
		return out, pause(ctx, o.MaxWait)
	}
	return out, nil
}

func feedTask(t *testing.T, records map[string][]kafka.Record, later bool) *Task {
	broker := &leadersApart{records: records, later: later, fetched: map[string]bool{}}
	config := &TaskConfig{
		Step: StepConfig{Topics: DefaultTopics(), Partition: kafka.Partition, Partitions: 1}, Broker: broker,
		Logger: slog.New(slog.DiscardHandler), Limits: DefaultLimits(),
	}
	config.Limits.FetchWait = time.Hour
	task := &Task{stepper: &stepper{}, config: config, positions: map[kafka.TopicPartition]int64{}}
	ctx, cancel := context.WithCancel(t.Context())
	task.feeds = task.startFeeds(ctx)
	t.Cleanup(func() { cancel(); task.feeds.stop() })
	return task
}

// A record does not wait for a leader that has nothing, nor for one that does
// not answer, also where the leaders move apart later.
func TestATopicDoesNotWaitForTheLeaderOfAnother(t *testing.T) {
	for _, later := range []bool{false, true} {
		for _, topic := range []string{"unsubscribes", "consentstream-repartition", "clicks"} {
			task := feedTask(t, map[string][]kafka.Record{topic: {{Key: []byte("jane")}}}, later)
			var got []kafka.Fetched
			select {
			case got = <-task.feeds.lane:
			case got = <-task.feeds.bulk:
			case <-time.After(10 * time.Second):
				t.Fatalf("%s waits for the others", topic)
			}
			if len(got) != 1 || got[0].Topic != topic || len(got[0].Records) != 1 {
				t.Errorf("%s: got %+v", topic, got)
			}
		}
	}
}

// A step takes what all feeds have, the lane first, and no more than fits.
func TestAStepTakesFromAllFeeds(t *testing.T) {
	answer := func(topic string, n int) []kafka.Fetched {
		f := kafka.Fetched{TopicPartition: tp(topic, 0), Records: make([]kafka.Record, n), Next: int64(n)}
		for i := range f.Records {
			f.Records[i].Offset = int64(i)
		}
		return []kafka.Fetched{f}
	}
	task := &Task{stepper: &stepper{}, config: &TaskConfig{Limits: Limits{BatchRecords: 15}}, feeds: &feeds{lane: make(chan []kafka.Fetched, 3), bulk: make(chan []kafka.Fetched, 3)}}
	task.feeds.lane <- answer("unsubscribes", 4)
	task.feeds.lane <- answer("consentstream-repartition", 6)
	task.feeds.bulk <- answer("clicks", 12)
	task.feeds.bulk <- answer("purchases", 12)
	task.feeds.bulk <- answer("signups", 12)
	for _, want := range []map[string]int{
		{"unsubscribes": 4, "consentstream-repartition": 6, "clicks": 5},
		{"clicks": 7, "purchases": 8},
		{"purchases": 4, "signups": 11},
	} {
		b := &batch{}
		task.takeReady(b)
		got := map[string]int{}
		for _, f := range b.fetched {
			got[f.Topic] += len(f.Records)
		}
		if !maps.Equal(got, want) {
			t.Errorf("a step takes %v, want %v", got, want)
		}
	}
}

// What tasks hold together does not grow with their number.
func TestManyTasksShareWhatMayBeHeld(t *testing.T) {
	full := DefaultLimits()
	if got := full.shared(tasksAtFull); got != full {
		t.Errorf("few tasks get %+v", got)
	}
	many := full.shared(256)
	if many.BatchRecords != batchFloor || many.FetchBytes != fetchFloor {
		t.Errorf("one of 256 tasks gets %+v", many)
	}
	if got := full.shared(32); got.BatchRecords*32 != full.BatchRecords*tasksAtFull || got.FetchBytes*32 != full.FetchBytes*tasksAtFull {
		t.Errorf("one of 32 tasks gets %+v", got)
	}
	small := full
	small.BatchRecords, small.FetchBytes = 10, 4<<10
	if got := small.shared(256); got != small {
		t.Errorf("what is less than the floors becomes %+v", got)
	}
}
