package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"consentstream/deploy/internal/local"
	"consentstream/processor"
	"consentstream/processor/kafka"
	"consentstream/schemas"
)

// stage is what one case has for itself: topics, a group, a state directory, and
// clients.
type stage struct {
	bench   *bench
	dir     string
	group   string
	topics  processor.Topics
	pace    int           // probes a second
	client  *kafka.Client // for loads and offsets
	prober  *kgo.Client   // for probes, so that they wait for nothing else
	encoder *schemas.Encoder
}

// newStage creates the topics of a case and opens the clients.
func (b *bench) newStage(ctx context.Context, name string) (_ *stage, err error) {
	prefix := fmt.Sprintf("lane-%s-%d-", name, time.Now().UnixNano())
	s := &stage{bench: b, dir: filepath.Join(b.dir, prefix), group: prefix + "group", topics: local.Topics(prefix), pace: probesPerSecond}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(s.config(), []byte(local.Settings(s.group, &s.topics)+"session_timeout: 6s\n"+b.settings+"\n"), 0o600); err != nil {
		return nil, err
	}
	if s.encoder, err = schemas.NewEncoder(); err != nil {
		return nil, err
	}
	brokers := strings.Split(b.brokers, ",")
	if s.client, err = kafka.Dial(kafka.Config{Brokers: brokers}); err != nil {
		return nil, err
	}
	if s.prober, err = newProducer(brokers, 0); err != nil {
		return nil, err
	}
	if _, err := s.client.CreateTopics(ctx, s.topics.TopicSpecs(b.partitions, -1, nil)); err != nil {
		return nil, fmt.Errorf("create topics: %w", err)
	}
	return s, nil
}

// newProducer returns a producer that collects records for a while before it
// sends them.
func newProducer(brokers []string, linger time.Duration) (*kgo.Client, error) {
	return kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerLinger(linger),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.MetadataMinAge(100*time.Millisecond))
}

func (s *stage) config() string { return filepath.Join(s.dir, "config.yaml") }

// close gives back clients, topics and state: the next case is not to share a
// disk with this one.
func (s *stage) close() {
	if s.prober != nil {
		// What cannot be deleted is in the way of nobody but the disk.
		_, _ = kadm.NewClient(s.prober).DeleteTopics(context.Background(), s.topics.Names(nil)...)
		s.prober.Close()
	}
	if s.client != nil {
		s.client.Close()
	}
	_ = os.RemoveAll(s.dir)
}

// run starts the program and waits until all tasks run.
func (s *stage) run(ctx context.Context) (*program, error) {
	p, err := s.launch(ctx, "state")
	if err != nil {
		return nil, err
	}
	if err := p.until(ctx, func(t tasks) bool { return t.running() == int(s.bench.partitions) }); err != nil {
		_ = p.stop() // err says why
		return nil, err
	}
	return p, nil
}

// launch starts the program on a state directory of the stage.
func (s *stage) launch(ctx context.Context, state string) (*program, error) {
	instance, err := local.Run(ctx, filepath.Join(s.bench.dir, s.group+"-"+state+".log"), s.bench.program,
		"--config", s.config(), "--brokers", s.bench.brokers, "--state", filepath.Join(s.dir, state))
	if err != nil {
		return nil, err
	}
	return &program{instance}, nil
}

// prepare has people say yes and a first load worked off, so that the group has
// committed offsets and the store what a store has.
func (s *stage) prepare(ctx context.Context, people []person) error {
	if err := s.welcome(ctx, people); err != nil {
		return err
	}
	if err := s.fillWarm(ctx); err != nil {
		return err
	}
	p, err := s.run(ctx)
	if err != nil {
		return err
	}
	_, err = s.drain(ctx, p)
	return errors.Join(err, p.stop())
}
