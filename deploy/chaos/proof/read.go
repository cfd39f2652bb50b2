package proof

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"consentstream/processor"
)

// Evidence is everything that the judge looks at, each topic in the order of
// its partitions and offsets, without what was aborted.
type Evidence struct {
	Inputs      []*kgo.Record // of the four input topics
	Eligibility []*kgo.Record
	Retention   []*kgo.Record
	DeadLetters []*kgo.Record
	// Committed and Aborted are the transactions that left a marker in the
	// changelog.
	Committed, Aborted int
}

// Read reads the evidence, from the starts of the topics to their present ends.
func Read(ctx context.Context, brokers string, topics *processor.Topics) (*Evidence, error) {
	var e Evidence
	for _, part := range []struct {
		into   *[]*kgo.Record
		topics []string
	}{
		{&e.Inputs, topics.Inputs()}, {&e.Eligibility, []string{topics.Eligibility}},
		{&e.Retention, []string{topics.Retention}}, {&e.DeadLetters, []string{topics.DeadLetter}},
	} {
		records, err := ReadTopics(ctx, brokers, part.topics...)
		if err != nil {
			return nil, err
		}
		*part.into = slices.DeleteFunc(records, func(r *kgo.Record) bool { return r.Attrs.IsControl() })
	}
	changelog, err := ReadTopics(ctx, brokers, topics.Changelog)
	for _, r := range changelog {
		e.mark(r)
	}
	return &e, err
}

// mark counts a transaction's end: the key of a marker holds a version and a
// kind, two bytes each.
func (e *Evidence) mark(r *kgo.Record) {
	switch {
	case !r.Attrs.IsControl() || len(r.Key) < 4:
	case r.Key[3] == 1:
		e.Committed++
	default:
		e.Aborted++
	}
}

// Connect returns a client of brokers, HOST:PORT,..., that may be killed at any
// moment. One that hangs up on the first request is asked again: without being told
// so, the client takes it for a broker that wants a password, and gives up.
func Connect(brokers string, options ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append(options, kgo.SeedBrokers(strings.Split(brokers, ",")...), kgo.AlwaysRetryEOF())...)
}

// ReadTopics reads topics from their starts to their present last stable
// offsets, committed records and markers only.
func ReadTopics(ctx context.Context, brokers string, topics ...string) ([]*kgo.Record, error) {
	client, err := Connect(brokers, kgo.ConsumeTopics(topics...), kgo.KeepControlRecords(), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	listed, err := kadm.NewClient(client).ListCommittedOffsets(ctx, topics...)
	if err == nil {
		err = listed.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("ends of %s: %w", strings.Join(topics, ", "), err)
	}
	left := map[topicPartition]int64{}
	listed.Each(func(o kadm.ListedOffset) {
		if o.Offset > 0 {
			left[topicPartition{o.Topic, o.Partition}] = o.Offset
		}
	})
	return drain(ctx, client, left)
}

type topicPartition struct {
	topic     string
	partition int32
}

// drain reads until every partition is read to its end.
func drain(ctx context.Context, client *kgo.Client, left map[topicPartition]int64) (records []*kgo.Record, err error) {
	for len(left) > 0 {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			return nil, fmt.Errorf("%d partitions were not read to their ends: %w", len(left), ctx.Err())
		}
		fetches.EachRecord(func(r *kgo.Record) {
			records = append(records, r)
			at := topicPartition{r.Topic, r.Partition}
			if end, ok := left[at]; ok && r.Offset+1 >= end {
				delete(left, at)
			}
		})
	}
	slices.SortFunc(records, inOrder)
	return records, nil
}

func inOrder(a, b *kgo.Record) int {
	if c := strings.Compare(a.Topic, b.Topic); c != 0 {
		return c
	}
	if a.Partition != b.Partition {
		return int(a.Partition - b.Partition)
	}
	return int(a.Offset - b.Offset)
}

// Writer writes records to the partitions they name, and waits for brokers that
// are away.
type Writer struct{ client *kgo.Client }

// NewWriter connects to brokers, HOST:PORT,...
func NewWriter(brokers string) (*Writer, error) {
	client, err := Connect(brokers, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	return &Writer{client}, err
}

// Write writes records and waits until all in-sync replicas have them.
func (w *Writer) Write(ctx context.Context, records []*kgo.Record) error {
	if err := w.client.ProduceSync(ctx, records...).FirstErr(); err != nil {
		return fmt.Errorf("write the load: %w", err)
	}
	return nil
}

// Close ends the connections.
func (w *Writer) Close() { w.client.Close() }
