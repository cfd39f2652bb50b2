package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"consentstream/deploy/internal/local"
)

// options are what is measured, and where.
type options struct {
	backlog    int64
	deadlines  int
	warm       int64
	contacts   int
	rate       int
	seconds    int
	settle     time.Duration
	rounds     int
	nodes      int
	partitions int32
	cases      local.Cases[bench]
	brokers    string // "" = a Kafka of our own
	dir        string // "" = a temporary one
	settings   string // more lines of the program's configuration
}

// duration is how long probes go out beside a steady load.
func (o *options) duration() time.Duration { return time.Duration(o.seconds) * time.Second }

// steadyTarget is what the 99th percentile should not exceed: copies on three
// nodes have their price.
func (o *options) steadyTarget() time.Duration {
	if o.nodes == 1 {
		return 100 * time.Millisecond
	}
	return 250 * time.Millisecond
}

const (
	backlogTarget = 300 * time.Millisecond // also at midnight, and beside a restore
	addressTarget = 500 * time.Millisecond
)

var laneCases = local.Cases[bench]{
	{Name: "backlog", Run: (*bench).underBacklog},
	{Name: "steady", Run: (*bench).besideLoad},
	{Name: "address", Run: (*bench).byAddress},
	{Name: "midnight", Run: (*bench).atMidnight},
	{Name: "restore", Run: (*bench).besideRestore},
}

// bench is one execution of this command.
type bench struct {
	options
	program string // the built consentstream
	out     io.Writer
}

func main() { local.Main("lane", run) }

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	o, err := parse(args)
	if err != nil {
		return err
	}
	site, err := local.NewBench(ctx, o.dir, "consentstream-lane-", false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, site.Close()) }()
	o.dir = site.Dir
	b := &bench{options: *o, program: site.Program, out: out}
	if b.brokers == "" {
		cluster, err := local.StartKafka(ctx, local.KafkaOptions{Dir: filepath.Join(b.dir, "kafka"), Nodes: b.nodes})
		if err != nil {
			return err
		}
		defer func() { _ = cluster.Stop() }() // what was measured stands
		b.brokers = cluster.Brokers
	}
	printHead(out, &b.options)
	return o.cases.Run(ctx, b)
}

func parse(args []string) (*options, error) {
	var o options
	flags := flag.NewFlagSet("lane", flag.ContinueOnError)
	flags.Int64Var(&o.backlog, "backlog", 10_000_000, "purchases and clicks to catch up, once without and once with probes")
	flags.IntVar(&o.deadlines, "deadlines", 1_000_000, "contacts whose deadline is at one and the same instant")
	flags.Int64Var(&o.warm, "warm", 200_000, "records that are worked off before a case begins")
	flags.IntVar(&o.contacts, "contacts", 1_000_000, "contacts of the sample shop")
	flags.IntVar(&o.rate, "rate", 5000, "records a second of the steady load")
	flags.IntVar(&o.seconds, "seconds", 60, "how long that load is measured")
	flags.DurationVar(&o.settle, "settle", 5*time.Second, "how long that load goes on before the first probe")
	flags.IntVar(&o.rounds, "rounds", 3, "how often tasks are restored beside others")
	flags.IntVar(&o.nodes, "nodes", 1, "nodes of Kafka, 1 or 3")
	partitions := flags.Int("partitions", 4, "partitions of each topic, so many tasks")
	cases := flags.String("cases", laneCases.Names(), "what to measure")
	flags.StringVar(&o.brokers, "brokers", "", "a Kafka to use, HOST:PORT,...; without it deploy/kafka/kafka starts one")
	flags.StringVar(&o.dir, "dir", "", "an existing folder for data and state, which is kept; without it a temporary one")
	flags.StringVar(&o.settings, "settings", "", "more of the program's configuration, to compare: 'limits: {batch_records: 1000}'")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	o.partitions = int32(*partitions)
	chosen, err := laneCases.Choose(*cases)
	o.cases = chosen
	return &o, errors.Join(err, o.check())
}

// check says what cannot be measured.
func (o *options) check() error {
	switch {
	case o.nodes != 1 && o.nodes != 3:
		return fmt.Errorf("-nodes %d: expected 1 or 3", o.nodes)
	case o.backlog < 1 || o.deadlines < 1 || o.warm < 1 || o.contacts < 1 || o.rate < 1 || o.seconds < 1 || o.rounds < 1 || o.partitions < 1:
		return errors.New("-backlog, -deadlines, -warm, -contacts, -rate, -seconds, -rounds and -partitions: expected 1 or more")
	}
	return nil
}
