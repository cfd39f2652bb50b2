package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"strings"

	"consentstream/deploy/internal/local"
	"consentstream/processor"
	"consentstream/processor/kafka"
)

// options are what is measured, and where.
type options struct {
	events     int
	contacts   int
	partitions int
	cases      local.Cases[bench]
	brokers    string // "" = a Kafka of our own
	dir        string // "" = a temporary one
	keep       bool
	settings   string // more lines of the program's configuration
}

var restoreCases = local.Cases[bench]{
	{Name: "restore", Run: (*bench).restore},
	{Name: "sigterm", Run: (*bench).afterStop},
	{Name: "kill", Run: (*bench).afterKill},
	{Name: "stranger", Run: (*bench).afterKillAsAnother},
	{Name: "standby", Run: (*bench).failOver},
}

// bench is one execution of this command.
type bench struct {
	options
	program string // the built consentstream
	prefix  string // of group and topics
	topics  processor.Topics
	client  *kafka.Client
	out     io.Writer
}

func main() { local.Main("restore", run) }

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	o, err := parse(args)
	if err != nil {
		return err
	}
	site, err := local.NewBench(ctx, o.dir, "consentstream-restore-", o.keep)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, site.Close()) }()
	o.dir = site.Dir
	b := &bench{options: *o, program: site.Program, out: out}
	if b.brokers == "" {
		cluster, err := local.StartKafka(ctx, local.KafkaOptions{Dir: filepath.Join(o.dir, "kafka"), Nodes: 1})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, cluster.Stop()) }()
		b.brokers = cluster.Brokers
	}
	if b.client, err = kafka.Dial(kafka.Config{Brokers: strings.Split(b.brokers, ",")}); err != nil {
		return err
	}
	defer b.client.Close()
	return b.measure(ctx)
}

// measure fills the changelog where that is not done yet, and runs the cases.
func (b *bench) measure(ctx context.Context) error {
	if err := b.prepare(ctx); err != nil {
		return fmt.Errorf("filling the changelog: %w", err)
	}
	fmt.Fprintf(b.out, "%d events of %d contacts, %d tasks, %d processors, %s\n\n", b.events, b.contacts, b.partitions, runtime.NumCPU(), runtime.Version())
	return b.cases.Run(ctx, b)
}

func parse(args []string) (*options, error) {
	var o options
	flags := flag.NewFlagSet("restore", flag.ContinueOnError)
	flags.IntVar(&o.events, "events", 2_000_000, "records of the sample load that fills the changelog")
	flags.IntVar(&o.contacts, "contacts", 1_000_000, "contacts of the sample load")
	flags.IntVar(&o.partitions, "partitions", 4, "partitions of each topic, so many tasks")
	cases := flags.String("cases", restoreCases.Names(), "what to measure")
	flags.StringVar(&o.brokers, "brokers", "", "a Kafka to use, the same for one -dir, HOST:PORT,...; without it deploy/kafka/kafka starts one")
	flags.StringVar(&o.dir, "dir", "", "an existing folder for Kafka's data and the state; without it a temporary one")
	flags.BoolVar(&o.keep, "keep", false, "leave a temporary folder for the next run, which then needs not fill it")
	flags.StringVar(&o.settings, "settings", "", "more of the program's configuration, to compare: 'cache_bytes: 16777216'")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if o.events < 1 || o.contacts < 1 || o.partitions < 1 {
		return nil, errors.New("-events, -contacts and -partitions: expected 1 or more")
	}
	var err error
	o.cases, err = restoreCases.Choose(*cases)
	return &o, err
}
