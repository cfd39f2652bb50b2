package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"consentstream/deploy/internal/local"
)

// options are what is measured, and where.
type options struct {
	events     int
	contacts   int
	partitions int
	cases      []string
	brokers    string // "" = a Kafka of our own
	dir        string // "" = a temporary one
	keep       bool
}

// benchCase is one measurement; it may print more than one line.
type benchCase struct {
	name string
	run  func(context.Context, *bench) error
}

var benchCases = []benchCase{
	{"uniform", func(ctx context.Context, b *bench) error { return b.replay(ctx, "uniform", 0) }},
	{"zipf", func(ctx context.Context, b *bench) error { return b.replay(ctx, "zipf", 1.1) }},
	{"kafka", func(ctx context.Context, b *bench) error { return b.kafka(ctx) }},
}

// bench is one execution of this command.
type bench struct {
	options
	program string // the built consentstream
	out     io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	o, err := parse(args)
	if err != nil {
		return err
	}
	dir, remove, err := local.Folder(o.dir, "consentstream-bench-", o.keep)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	o.dir = dir
	b := &bench{options: *o, out: out}
	if b.program, err = local.Build(ctx, o.dir); err != nil {
		return err
	}
	printHead(out, o)
	for _, c := range benchCases {
		if !slices.Contains(o.cases, c.name) {
			continue
		}
		if err := c.run(ctx, b); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}

func parse(args []string) (*options, error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.IntVar(&o.events, "events", 5_000_000, "records of the sample load")
	flags.IntVar(&o.contacts, "contacts", 1_000_000, "contacts of the sample load")
	flags.IntVar(&o.partitions, "partitions", 4, "partitions of each topic")
	cases := flags.String("cases", "uniform,zipf,kafka", "what to measure: replay of a uniform load, of a zipf 1.1 load, run on Kafka")
	flags.StringVar(&o.brokers, "brokers", "", "an empty Kafka to use, HOST:PORT,...; without it deploy/kafka/kafka starts one")
	flags.StringVar(&o.dir, "dir", "", "an existing folder for data and state; without it a temporary one")
	flags.BoolVar(&o.keep, "keep", false, "leave data and state for a look at them")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	o.cases = strings.Split(*cases, ",")
	for _, name := range o.cases {
		if !slices.ContainsFunc(benchCases, func(c benchCase) bool { return c.name == name }) {
			return nil, fmt.Errorf("-cases %s: expected uniform, zipf or kafka", name)
		}
	}
	return &o, nil
}
