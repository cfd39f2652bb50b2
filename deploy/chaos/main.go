package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"consentstream/deploy/internal/local"
)

// options are one run.
type options struct {
	seed       uint64
	length     time.Duration // of the schedule; settling comes on top
	instances  int
	partitions int
	rate       int    // records a second
	dir        string // "" = a temporary one
	keep       bool
	calm       bool
}

// errFailed tells that the run was carried out and something is wrong.
var errFailed = errors.New("failed")

func main() { local.Main("chaos", run) }

func run(ctx context.Context, args []string, out io.Writer) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	dir, remove, err := local.Folder(o.dir, "consentstream-chaos-", o.keep)
	if err != nil {
		return err
	}
	named := o.dir != ""
	o.dir = dir
	if err := carryOut(ctx, o, out); err != nil {
		fmt.Fprintf(out, "\nlogs, states and Kafka's data: %s\n", o.dir)
		return err
	}
	if named || o.keep {
		fmt.Fprintf(out, "\nlogs, states and Kafka's data: %s\n", o.dir)
	}
	return remove()
}

func parse(args []string) (*options, error) {
	var o options
	flags := flag.NewFlagSet("chaos", flag.ContinueOnError)
	flags.Uint64Var(&o.seed, "seed", 0, "of load and schedule; 0 = one from the clock, which is printed")
	minutes := flags.Float64("minutes", 1, "how long faults happen; settling and judging come on top")
	flags.IntVar(&o.instances, "instances", 3, "processes of the group, 1 to 9")
	flags.IntVar(&o.partitions, "partitions", 4, "partitions of each topic, so many tasks")
	flags.IntVar(&o.rate, "rate", 300, "records written each second")
	flags.StringVar(&o.dir, "dir", "", "an empty folder for logs, states and Kafka's data, which is kept; without it a temporary one")
	flags.BoolVar(&o.keep, "keep", false, "leave a temporary folder for a look, also after a success")
	flags.BoolVar(&o.calm, "calm", false, "no faults: what the machine does in peace, to compare")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	o.length = time.Duration(*minutes * float64(time.Minute))
	switch {
	case o.length < 10*time.Second:
		return nil, fmt.Errorf("-minutes %v: expected 0.2 or more, or hardly anything happens", *minutes)
	case o.instances < 1 || o.instances > 9:
		return nil, fmt.Errorf("-instances %d: expected 1 to 9", o.instances)
	case o.partitions < 1 || o.rate < 1:
		return nil, errors.New("-partitions and -rate: expected 1 or more")
	}
	if o.seed == 0 {
		o.seed = uint64(time.Now().UnixNano() % 1_000_000)
	}
	return &o, nil
}
