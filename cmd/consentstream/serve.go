package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"consentstream/processor"
	"consentstream/processor/config"
	"consentstream/state/policy"
	"consentstream/state/rules"
)

func newRunCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run --brokers HOST:PORT,… --state DIR",
		Short: "Process the topics of your Kafka, exactly once",
		Long: `Joins the consumer group, takes over its share of the tasks, and publishes eligibility-changed and retention-expiry.
What it has learnt is kept in --state and in a compacted topic; it may be killed at any moment and goes on where it was.
SIGTERM finishes what is under way and ends with exit code 0.

Settings: flags over CONSENTSTREAM_… variables over the --config file over defaults.`,
		Example: `  consentstream topics create --brokers 127.0.0.1:9092 --partitions 8
  consentstream run --brokers 127.0.0.1:9092 --state /var/lib/consentstream --listen 127.0.0.1:8080`,
		Args: noArgs,
	}
	connection := addConnection(cmd)
	f := cmd.Flags()
	f.String("state", "", "directory of the local state (CONSENTSTREAM_STATE)")
	f.String("group", "consentstream", "consumer group; it is also the prefix of the transactional ids")
	f.String("policy", "", "policy file; without one the defaults apply")
	f.String("listen", "", "HOST:PORT of /healthz, /readyz, /metrics and the point check")
	f.String("instance-id", "", "identity in the group; default a random one, kept in the state directory")
	f.String("registry", "", "address of a Confluent schema registry; without one values carry their schema's fingerprint")
	f.String("log-format", "text", "text or json")
	f.String("log-level", "info", "debug, info, warn or error")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := connection.load()
		if err != nil {
			return err
		}
		if err := c.Validate(); err != nil {
			return usagef(cmd, "configuration:\n%w", err)
		}
		p, err := policy.Load(c.Policy)
		if err != nil {
			return err
		}
		logger, err := newLogger(a.stderr, c)
		if err != nil {
			return usagef(cmd, "%w", err)
		}
		return a.serve(cmd.Context(), c, p, processor.WallClock{}, logger)
	}
	return cmd
}

// serve runs an instance until ctx ends.
func (a *app) serve(ctx context.Context, c *config.Config, p *rules.Policy, clock processor.Clock, logger *slog.Logger) error {
	pipeline, err := openPipeline(ctx, c, p, clock, logger)
	if err != nil {
		return err
	}
	logger.Info("consentstream starts", "delivery", "exactly once", "group", c.Group, "policy", p.At(clock.Now()).Name)
	err = pipeline.run(ctx, c.Listen, logger)
	if closed := pipeline.Close(); err == nil {
		err = closed
	}
	logger.Info("consentstream ends")
	return err
}

// run runs the instance, and its HTTP server where it listens.
func (p *pipeline) run(ctx context.Context, listen string, logger *slog.Logger) error {
	group, running := errgroup.WithContext(ctx)
	if listen != "" {
		listener, err := net.Listen("tcp", listen)
		if err != nil {
			return fmt.Errorf("--listen %s: %w", listen, err)
		}
		logger.Info("http", "address", listener.Addr().String())
		group.Go(func() error { return processor.Serve(running, listener, p.instance.Handler(p.metrics)) })
	}
	group.Go(func() error { return p.instance.Run(running) })
	return group.Wait()
}
