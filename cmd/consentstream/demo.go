package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"consentstream/processor"
	"consentstream/processor/config"
	"consentstream/processor/kafka/embedded"
	"consentstream/state"
	"consentstream/state/rules"
)

// demoPartitions is the number of tasks that the demo runs.
const demoPartitions = 4

// demoOptions are the flags of demo.
type demoOptions struct {
	fast     bool
	keep     string
	events   int64
	contacts int
	seed     uint64
	pace     int // events per second
}

func newDemoCommand(a *app) *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Watch a sample shop: who may be written to, who no longer, whose data is due for deletion",
		Long: `Starts a broker inside this program and runs the real processor on the events of a sample ticket shop: four years of
purchases, clicks, signups and unsubscribes, ending today, on a clock that runs with the events. Every change is shown with
its rule and reason. Nothing leaves this machine.`,
		Example: `  consentstream demo
  consentstream demo --fast --events 2000
  consentstream demo --keep ./demo-state`,
		Args: noArgs,
	}
	f := cmd.Flags()
	f.BoolVar(&o.fast, "fast", false, "as fast as it goes instead of at a pace one can follow")
	f.StringVar(&o.keep, "keep", "", "`DIR` for the state; default one in the temporary directory, made anew each time")
	f.Int64Var(&o.events, "events", 6000, "how many events the four years hold")
	f.IntVar(&o.contacts, "contacts", 300, "how many customers the shop has")
	f.Uint64Var(&o.seed, "seed", 1, "which shop")
	f.IntVar(&o.pace, "pace", 50, "events per second")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if o.events < 1 || o.contacts < 1 || o.pace < 1 {
			return usagef(cmd, "--events, --contacts and --pace: expected at least 1")
		}
		return a.demo(cmd.Context(), &o)
	}
	return cmd
}

// demo runs the shop until its last event or until ctx ends.
func (a *app) demo(ctx context.Context, o *demoOptions) error {
	dir, err := demoDir(o.keep)
	if err != nil {
		return err
	}
	broker, err := embedded.Start(embedded.Options{})
	if err != nil {
		return err
	}
	defer broker.Close()
	c := demoConfig(broker.Addresses(), dir)
	log, err := os.Create(filepath.Join(dir, "demo.log"))
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer log.Close()
	today := state.At(a.now())
	shop := newDemoShop(o, today)
	pipeline, err := openDemo(ctx, c, shop, log)
	if err != nil {
		return err
	}
	watch := newDemoWatch(a.stdout, c)
	fmt.Fprintf(a.stdout, "A shop with %d customers, four years of events ending today. Ctrl-C ends it.\n\n", o.contacts)
	err = a.runDemo(ctx, pipeline, shop, watch)
	if closed := pipeline.Close(); err == nil {
		err = closed
	}
	if err == nil {
		watch.summary(a.stdout, dir, shop.sent)
	}
	return err
}

// runDemo runs shop, processor and watcher together; the shop's end ends all.
func (a *app) runDemo(ctx context.Context, p *pipeline, shop *demoShop, watch *demoWatch) error {
	over, end := context.WithCancel(ctx)
	defer end()
	group, running := errgroup.WithContext(over)
	group.Go(func() error { return p.instance.Run(running) })
	group.Go(func() error { return watch.run(running, p.client) })
	group.Go(func() error {
		defer end()
		if err := shop.run(running, p.client); err != nil {
			return err
		}
		return watch.settle(running, p.client)
	})
	err := group.Wait()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

func openDemo(ctx context.Context, c *config.Config, shop *demoShop, log io.Writer) (*pipeline, error) {
	client, err := newDemoTopics(ctx, c)
	if err != nil {
		return nil, err
	}
	client.Close()
	logger := slog.New(slog.NewTextHandler(log, nil))
	return openPipeline(ctx, c, rules.Default(), shop.clock, logger)
}

func demoConfig(brokers []string, dir string) *config.Config {
	c := config.Default()
	c.Brokers, c.State = brokers, dir
	c.Limits.FetchWait = 50 * time.Millisecond
	c.CacheBytes = 16 << 20
	c.Limits.TombstonesKept = 100 * 365 * 24 * time.Hour // the shop's clock jumps over months
	return &c
}

// demoMark tells a directory that demo made from one that it must not touch.
const demoMark = "consentstream-demo"

// demoDir returns an empty directory for the state.
func demoDir(keep string) (string, error) {
	if keep == "" {
		keep = filepath.Join(os.TempDir(), demoMark)
	}
	entries, err := os.ReadDir(keep)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("demo: %w; name another directory with --keep", err)
	}
	mark := filepath.Join(keep, demoMark)
	if len(entries) > 0 {
		if _, err := os.Stat(mark); err != nil {
			return "", fmt.Errorf("demo: %s is not empty and was not made by demo; name another directory with --keep", keep)
		}
		if err := os.RemoveAll(keep); err != nil {
			return "", fmt.Errorf("demo: %w; name another directory with --keep", err)
		}
	}
	if err := os.MkdirAll(keep, 0o700); err != nil {
		return "", fmt.Errorf("demo: %w", err)
	}
	return keep, os.WriteFile(mark, nil, 0o600)
}

// demoClock is the type of the shop's clock.
type demoClock = processor.ManualClock
