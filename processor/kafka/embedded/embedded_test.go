package embedded_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"consentstream/processor/kafka"
	"consentstream/processor/kafka/embedded"
)

func start(t *testing.T, opt embedded.Options) (*embedded.Broker, *kafka.Client) {
	t.Helper()
	b, err := embedded.Start(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	client, err := kafka.Dial(kafka.Config{Brokers: b.Addresses(), RetryFor: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return b, client
}

func TestRecordsOutliveARestart(t *testing.T) {
	dir := t.TempDir()
	b, client := start(t, embedded.Options{Dir: dir})
	ctx := context.Background()
	if err := b.CreateTopic("topic", 2, map[string]string{"cleanup.policy": "compact"}); err != nil {
		t.Fatal(err)
	}
	p, err := client.TakeOver(ctx, "id", 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	record := kafka.OutRecord{Topic: "topic", Partition: 1, Key: []byte("k"), Value: []byte("v")}
	if _, err := p.Commit(ctx, kafka.Transaction{Records: []kafka.OutRecord{record}}); err != nil {
		t.Fatal(err)
	}
	client.Close()
	b.Close()

	b, client = start(t, embedded.Options{Dir: dir})
	if err := b.CreateTopic("topic", 2, nil); err != nil {
		t.Errorf("a topic that exists: %v", err)
	}
	at := kafka.Position{TopicPartition: kafka.TopicPartition{Topic: "topic", Partition: 1}}
	got, err := client.Fetch(ctx, []kafka.Position{at}, kafka.FetchOptions{Committed: true})
	if err != nil || got[0].Err != nil || len(got[0].Records) != 1 || string(got[0].Records[0].Value) != "v" {
		t.Errorf("%+v, %v", got, err)
	}
	info, err := client.DescribeTopics(ctx, "topic")
	if err != nil || info["topic"].Partitions != 2 || info["topic"].Configs["cleanup.policy"] != "compact" {
		t.Errorf("%+v, %v", info, err)
	}
}

// The fence holds for whoever was overtaken and for nobody else.
func TestOvertakenOwnersAreFenced(t *testing.T) {
	_, client := start(t, embedded.Options{})
	ctx := context.Background()
	if _, err := client.CreateTopics(ctx, []kafka.TopicSpec{{Name: "topic", Partitions: 1, Replication: 1}}); err != nil {
		t.Fatal(err)
	}
	own := func() *kafka.Producer {
		p, err := client.TakeOver(ctx, "id", 10*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Commit(ctx, kafka.Transaction{Records: []kafka.OutRecord{{Topic: "topic", Value: []byte("v")}}}); err != nil {
			t.Fatal(err)
		}
		return p
	}
	first := own()
	second := own()
	if err := first.Reset(ctx); !errors.Is(err, kafka.ErrFenced) {
		t.Errorf("the overtaken owner: %v, want ErrFenced", err)
	}
	for range 2 {
		if err := second.Reset(ctx); err != nil {
			t.Errorf("the new owner: %v", err)
		}
	}
}

func TestPortThatIsTaken(t *testing.T) {
	b, _ := start(t, embedded.Options{Brokers: 2})
	if len(b.Addresses()) != 2 {
		t.Errorf("addresses %v", b.Addresses())
	}
	if _, err := embedded.Start(embedded.Options{Port: 1}); err == nil {
		t.Skip("this user may listen on port 1")
	}
}
