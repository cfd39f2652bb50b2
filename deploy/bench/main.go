package main

import (
	"context"
	"errors"
	"flag"
	"io"

	"consentstream/deploy/internal/local"
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
}

var benchCases = local.Cases[bench]{
	{Name: "uniform", Run: func(b *bench, ctx context.Context) error { return b.replay(ctx, "uniform", 0) }},
	{Name: "zipf", Run: func(b *bench, ctx context.Context) error { return b.replay(ctx, "zipf", 1.1) }},
	{Name: "kafka", Run: (*bench).kafka},
}

// bench is one execution of this command.
type bench struct {
	options
	program string // the built consentstream
	out     io.Writer
}

func main() { local.Main("bench", run) }

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	o, err := parse(args)
	if err != nil {
		return err
	}
	site, err := local.NewBench(ctx, o.dir, "consentstream-bench-", o.keep)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, site.Close()) }()
	o.dir = site.Dir
	b := &bench{options: *o, program: site.Program, out: out}
	printHead(out, o)
	return o.cases.Run(ctx, b)
}

func parse(args []string) (*options, error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.IntVar(&o.events, "events", 5_000_000, "records of the sample load")
	flags.IntVar(&o.contacts, "contacts", 1_000_000, "contacts of the sample load")
	flags.IntVar(&o.partitions, "partitions", 4, "partitions of each topic")
	cases := flags.String("cases", benchCases.Names(), "what to measure: replay of a uniform load, of a zipf 1.1 load, run on Kafka")
	flags.StringVar(&o.brokers, "brokers", "", "an empty Kafka to use, HOST:PORT,...; without it deploy/kafka/kafka starts one")
	flags.StringVar(&o.dir, "dir", "", "an existing folder for data and state; without it a temporary one")
	flags.BoolVar(&o.keep, "keep", false, "leave data and state for a look at them")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	var err error
	o.cases, err = benchCases.Choose(*cases)
	return &o, err
}
