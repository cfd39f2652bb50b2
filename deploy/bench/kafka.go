package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"consentstream/deploy/internal/local"
	"consentstream/processor"
	"consentstream/processor/kafka"
)

const (
	benchGroup = "consentstream-bench"
	// pollPause is how exactly the end of a run is seen.
	pollPause = 250 * time.Millisecond
)

// kafka measures run on a real broker, and beside it the bare reading.
func (b *bench) kafka(ctx context.Context) (err error) {
	brokers := b.brokers
	if brokers == "" {
		cluster, err := local.StartKafka(ctx, local.KafkaOptions{Dir: filepath.Join(b.dir, "kafka"), Nodes: 1})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, cluster.Stop()) }()
		brokers = cluster.Brokers
	}
	if _, err := b.command(ctx, "topics", "create", "--brokers", brokers, "--partitions", strconv.Itoa(b.partitions)); err != nil {
		return err
	}
	if _, err := b.command(ctx, append(b.sample(0), "--brokers", brokers)...); err != nil {
		return err
	}
	client, err := kafka.Dial(kafka.Config{Brokers: strings.Split(brokers, ",")})
	if err != nil {
		return err
	}
	defer client.Close()
	if err := b.consume(ctx, client); err != nil {
		return err
	}
	return b.process(ctx, client, brokers)
}

// consume reads the inputs as fast as they can be read, in this process.
func (b *bench) consume(ctx context.Context, client *kafka.Client) error {
	topics := processor.DefaultTopics()
	begin, cpu := time.Now(), local.OwnCPU()
	read, err := local.ReadAll(ctx, client, topics.Inputs(), int32(b.partitions))
	if err != nil {
		return err
	}
	b.print(result{name: "consume alone", events: read.Records, Usage: local.Usage{Wall: time.Since(begin), CPU: local.OwnCPU() - cpu}})
	return nil
}

// process measures run from its start until nothing is left to do.
func (b *bench) process(ctx context.Context, client *kafka.Client, brokers string) error {
	state := filepath.Join(b.dir, "run-state")
	instance, err := local.Run(ctx, filepath.Join(b.dir, "run.log"), b.program, "--brokers", brokers, "--group", benchGroup, "--state", state)
	if err != nil {
		return err
	}
	reached, err := b.untilDone(ctx, client, instance)
	if err != nil {
		_, ended := instance.Stop()
		return errors.Join(err, ended)
	}
	bytes, err := local.Size(state)
	if err != nil {
		return err
	}
	ended, err := instance.Stop()
	if err != nil {
		return err
	}
	reached.Peak = ended.Peak
	b.print(result{name: "run", events: int64(b.events), Usage: reached, state: bytes})
	return nil
}

// untilDone waits until all inputs are committed and no task is in its first
// start, and returns what the process had used by then.
func (b *bench) untilDone(ctx context.Context, client *kafka.Client, instance *local.Instance) (local.Usage, error) {
	topics := processor.DefaultTopics()
	for {
		if err := errors.Join(instance.Alive(), local.Pause(ctx, pollPause)); err != nil {
			return local.Usage{}, err
		}
		running, cpu, err := asked(ctx, instance)
		if err != nil || running != b.partitions {
			continue // it does not listen yet, or is not there yet
		}
		reached := local.Usage{Wall: time.Since(instance.Begin), CPU: cpu}
		behind, err := local.Behind(ctx, client, benchGroup, topics.Consumed(), int32(b.partitions))
		if err != nil {
			return reached, fmt.Errorf("asking how far the run is: %w", err)
		}
		if sum(behind) == 0 {
			return reached, nil
		}
	}
}

// asked returns how many tasks are running and the processor time used so far.
func asked(ctx context.Context, instance *local.Instance) (running int, cpu time.Duration, err error) {
	if running, err = instance.Running(ctx); err != nil {
		return 0, 0, err
	}
	err = instance.Metrics(ctx, func(name string, value float64) {
		if name == "process_cpu_seconds_total" {
			cpu = time.Duration(value * float64(time.Second))
		}
	})
	return running, cpu, err
}

func sum(offsets []int64) (n int64) {
	for _, task := range offsets {
		n += task
	}
	return n
}
