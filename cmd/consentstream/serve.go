package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"consentstream/processor"
	"consentstream/processor/config"
	"consentstream/processor/kafka"
	"consentstream/schemas"
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

With --dry-run it shows what would be consumed (partitions, committed offsets, lag), created and resumed (store, changelog),
and ends: 0 when a run would start, 1 when it would be refused, 2 when the brokers cannot be asked. Nothing is changed.

Settings: flags over CONSENTSTREAM_… variables over the --config file over defaults.`,
		Example: `  consentstream topics create --brokers 127.0.0.1:9092 --partitions 8
  consentstream run --brokers 127.0.0.1:9092 --state /var/lib/consentstream --listen 127.0.0.1:8080
  consentstream run --brokers 127.0.0.1:9092 --state /var/lib/consentstream --dry-run`,
		Args: noArgs,
	}
	connection := addConnection(cmd)
	f := cmd.Flags()
	f.String("state", "", "`DIR` of the local state (CONSENTSTREAM_STATE)")
	f.String("group", "consentstream", "consumer group `NAME`; it is also the prefix of the transactional ids")
	f.String("policy", "", "policy `FILE`; without one the defaults apply")
	f.String("listen", "", "`HOST:PORT` of /healthz, /readyz, /metrics and the point check")
	f.String("instance-id", "", "`NAME` in the group; default a random one, kept in the state directory")
	f.Int("standby", 0, "`COPIES` of each task's state that other instances keep, and this one of theirs: with 1 a fail-over needs no restore")
	f.String("registry", "", "`URL` of a Confluent schema registry; without one values carry their schema's fingerprint")
	f.String("traces", "", "`URL` of an OpenTelemetry collector (OTLP over HTTP): records with a sampled traceparent header get spans; default that of OTEL_EXPORTER_OTLP_ENDPOINT, if any")
	f.String("log-format", "text", "`FORM` of log lines: text or json")
	f.String("log-level", "info", "least `LEVEL` that is logged: debug, info, warn or error")
	dry := f.Bool("dry-run", false, "show what would be consumed, created and resumed, and change nothing")
	output := addChoice(cmd, "output", "form of what --dry-run shows", "text", "json")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := connection.load()
		if err != nil {
			return err
		}
		if err := c.Validate(); err != nil {
			return usagef(cmd, "%w", err)
		}
		if *dry {
			return a.rehearse(cmd.Context(), connection, output)
		}
		p, err := policy.Load(c.Policy)
		if err != nil {
			return err
		}
		logger, err := newLogger(a.stderr, c)
		if err != nil {
			return usagef(cmd, "%w", err)
		}
		limitMemory()
		return a.serve(cmd.Context(), c, p, processor.WallClock{}, logger)
	}
	return cmd
}

// serve runs an instance until ctx ends. It listens before it connects, so that
// a broker that is away shows as not ready instead of as a process that is gone.
func (a *app) serve(ctx context.Context, c *config.Config, p *rules.Policy, clock processor.Clock, logger *slog.Logger) error {
	group, running := errgroup.WithContext(ctx)
	over, end := context.WithCancel(running)
	gate := processor.NewGate("waiting for the brokers")
	if c.Listen != "" {
		listener, err := net.Listen("tcp", c.Listen)
		if err != nil {
			end()
			return fmt.Errorf("--listen %s: %w; choose another port, or stop who has it", c.Listen, err)
		}
		logger.Info("http", "address", listener.Addr().String())
		group.Go(func() error { return processor.Serve(over, listener, gate) })
	}
	group.Go(func() error {
		defer end()
		return process(over, c, p, clock, gate, logger)
	})
	return group.Wait()
}

// process opens the pipeline, waiting for brokers that are away, and runs it.
func process(ctx context.Context, c *config.Config, p *rules.Policy, clock processor.Clock, gate *processor.Gate, logger *slog.Logger) error {
	pipeline, err := awaitPipeline(ctx, c, p, clock, logger)
	switch {
	case errors.Is(err, context.Canceled):
		return nil // told to stop before it could start
	case err != nil:
		return err
	}
	logger.Info("consentstream starts", "delivery", "exactly once", "group", c.Group, "policy", p.At(clock.Now()).Name)
	gate.Open(pipeline.instance.Handler(pipeline.metrics))
	err = pipeline.instance.Run(ctx)
	gate.Shut("stopping")
	if closed := pipeline.Close(); err == nil {
		err = closed
	}
	logger.Info("consentstream ends")
	return err
}

const (
	// retryStart is the pause between two attempts to reach what a start needs.
	retryStart = 2 * time.Second
	// repeatReason is how often the log says again what a start waits for.
	repeatReason = 30 * time.Second
)

// awaitPipeline opens the pipeline, or returns the error of ctx if that ends first.
func awaitPipeline(ctx context.Context, c *config.Config, p *rules.Policy, clock processor.Clock, logger *slog.Logger) (*pipeline, error) {
	var reason string
	var told time.Time
	for {
		pipeline, err := openPipeline(ctx, c, p, clock, logger)
		switch {
		case err == nil:
			return pipeline, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case !temporary(err):
			return nil, err
		}
		if err.Error() != reason || time.Since(told) >= repeatReason {
			reason, told = err.Error(), time.Now()
			logger.Warn("cannot start yet, trying again", "every", retryStart, "reason", reason)
		}
		select {
		case <-ctx.Done():
		case <-time.After(retryStart):
		}
	}
}

// temporary tells what time mends: a broker or a registry that is away.
func temporary(err error) bool {
	return kafka.Retriable(err) || errors.Is(err, schemas.ErrRegistryUnavailable)
}
