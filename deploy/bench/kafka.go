package main

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"time"

	"consentstream/processor"
	"consentstream/processor/kafka"
)

const (
	benchGroup = "consentstream-bench"
	// pollPause is how exactly the end of a run is seen.
	pollPause = 250 * time.Millisecond
)

// kafka measures run on a real broker, and beside it the bare reading.
func (b *bench) kafka(ctx context.Context) error {
	brokers, stop, err := b.cluster(ctx)
	if err != nil {
		return err
	}
	defer stop()
	if _, err := b.command(ctx, "topics", "create", "--brokers", brokers, "--partitions", strconv.Itoa(b.partitions)); err != nil {
		return err
	}
	if _, err := b.command(ctx, append(b.sample(0), "--brokers", brokers)...); err != nil {
		return err
	}
	client, err := kafka.Dial(kafka.Config{Brokers: []string{brokers}})
	if err != nil {
		return err
	}
	defer client.Close()
	in := &inputs{client: client, partitions: int32(b.partitions)}
	if err := b.consume(ctx, in); err != nil {
		return err
	}
	return b.process(ctx, in, brokers)
}

// consume reads the inputs as fast as they can be read, in this process.
func (b *bench) consume(ctx context.Context, in *inputs) error {
	begin, cpu := time.Now(), ownCPU()
	records, err := in.readAll(ctx)
	if err != nil {
		return err
	}
	b.print(result{name: "consume alone", events: records, usage: usage{wall: time.Since(begin), cpu: ownCPU() - cpu}})
	return nil
}

// process measures run from its start until nothing is left to do.
func (b *bench) process(ctx context.Context, in *inputs, brokers string) error {
	state, listen := filepath.Join(b.dir, "run-state"), "127.0.0.1:"+strconv.Itoa(freePort())
	c, err := b.start(ctx, "run", "--brokers", brokers, "--group", benchGroup, "--state", state, "--listen", listen)
	if err != nil {
		return err
	}
	probe := instance{address: "http://" + listen}
	reached, err := b.untilDone(ctx, in, probe, c)
	if err != nil {
		_, ended := c.stop()
		return errors.Join(err, ended)
	}
	bytes, err := size(state)
	if err != nil {
		return err
	}
	ended, err := c.stop()
	if err != nil {
		return err
	}
	reached.peak = ended.peak
	b.print(result{name: "run", events: int64(b.events), usage: reached, state: bytes})
	return nil
}

// errEnded tells that the measured program did not live to the end.
var errEnded = errors.New("run ended before its work was done")

// untilDone waits until all inputs are committed and no task is in its first
// start, and returns what the process had used by then.
func (b *bench) untilDone(ctx context.Context, in *inputs, probe instance, c *child) (usage, error) {
	tick := time.NewTicker(pollPause)
	defer tick.Stop()
	for {
		select {
		case <-c.ended:
			return usage{}, errEnded
		case <-tick.C:
		}
		running, cpu, err := probe.ask(ctx, processor.TaskRunning)
		if err != nil || running != b.partitions {
			continue // it does not listen yet, or is not there yet
		}
		reached := usage{wall: time.Since(c.begin), cpu: cpu}
		behind, err := in.behind(ctx, benchGroup)
		if err != nil || behind == 0 {
			return reached, err
		}
	}
}
