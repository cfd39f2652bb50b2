package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"consentstream/processor"
	"consentstream/processor/config"
	"consentstream/processor/kafka"
	"consentstream/processor/trace/otlp"
	"consentstream/schemas"
	"consentstream/state/policy"
	"consentstream/state/rules"
	"consentstream/state/store"
)

// pipeline is everything that a running instance holds open.
type pipeline struct {
	client   *kafka.Client
	store    *store.Store
	instance *processor.Instance
	metrics  *prometheus.Registry
	traces   *otlp.Sink // nil = spans are not wanted
}

// Close gives everything back.
func (p *pipeline) Close() error {
	var err error
	if p.store != nil {
		err = p.store.Close()
	}
	if p.client != nil {
		p.client.Close()
	}
	if p.traces != nil {
		p.traces.Close()
	}
	return err
}

// openPipeline connects, checks what a start needs, and opens the store. Nothing
// is consumed yet. It waits for a broker that is away.
func openPipeline(ctx context.Context, c *config.Config, p *rules.Policy, clock processor.Clock, logger *slog.Logger) (_ *pipeline, err error) {
	out := &pipeline{metrics: prometheus.NewRegistry()}
	defer func() {
		if err != nil {
			err = errors.Join(err, out.Close())
		}
	}()
	kafkaConfig, err := c.Kafka()
	if err != nil {
		return nil, err
	}
	kafkaConfig.Logger = logger
	target, header, err := c.Traces.Target()
	if err != nil {
		return nil, err
	}
	if out.client, err = kafka.Dial(kafkaConfig); err != nil {
		return nil, err
	}
	topics, clusterID, err := inspect(ctx, out.client, &c.Topics, p)
	if err != nil {
		return nil, err
	}
	if out.store, err = openStore(c, clusterID, logger); err != nil {
		return nil, err
	}
	step, err := stepConfig(ctx, c, p, topics)
	if err != nil {
		return nil, err
	}
	id, err := instanceID(c)
	if err != nil {
		return nil, err
	}
	out.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	metrics := processor.NewMetrics(out.metrics, func() float64 { return float64(out.store.Metrics().DiskBytes) })
	if c.Traces.Unusable != "" {
		logger.Warn("traces are off", "reason", c.Traces.Unusable)
	}
	instance := processor.InstanceConfig{
		Task: processor.TaskConfig{
			Step: *step, Group: c.Group, Broker: processor.KafkaBroker{Client: out.client}, Store: out.store,
			Clock: clock, Logger: logger, Limits: c.ProcessorLimits(), PolicyID: policyFingerprint(p), SpoolDir: c.State,
			TopicIDs: processor.TopicIDs(topics),
		},
		Client: out.client, Store: out.store, InstanceID: id, SessionTimeout: c.Session, Standby: c.Standby, Logger: logger,
		Metrics: metrics,
	}
	if target != "" {
		if out.traces, err = otlp.Open(otlp.Options{
			URL: target, Header: header, Group: c.Group, InstanceID: id, Version: readVersion().Version, Count: metrics.Spans, Logger: logger,
		}); err != nil {
			return nil, err
		}
		instance.Traces = out.traces
	}
	out.instance = processor.NewInstance(instance)
	return out, nil
}

// inspect waits for the broker and refuses topics that break a guarantee.
func inspect(ctx context.Context, client *kafka.Client, topics *processor.Topics, p *rules.Policy) (map[string]kafka.TopicInfo, string, error) {
	if err := client.Check(ctx); err != nil {
		return nil, "", err
	}
	clusterID, err := client.ClusterID(ctx)
	if err != nil {
		return nil, "", err
	}
	controllers := controllersOf(p)
	found, err := client.DescribeTopics(ctx, topics.Names(controllers)...)
	if err != nil {
		return nil, "", err
	}
	if problems := topics.CheckTopics(found, controllers); len(problems) > 0 {
		var b strings.Builder
		for _, problem := range problems {
			fmt.Fprintf(&b, "\n  %s: %s (%s)", problem.Topic, problem.Problem, problem.Mend)
		}
		return nil, "", fmt.Errorf("the topics are not as they must be:%s", b.String())
	}
	return found, clusterID, nil
}

// controllersOf lists the controllers that a policy names, and the default one.
func controllersOf(p *rules.Policy) []string {
	seen := map[string]bool{schemas.DefaultController: true}
	names := []string{schemas.DefaultController}
	for i := range p.Versions {
		for name := range p.Versions[i].Controllers {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	return names
}

func openStore(c *config.Config, clusterID string, logger *slog.Logger) (*store.Store, error) {
	if err := os.MkdirAll(c.State, 0o700); err != nil {
		return nil, fmt.Errorf("state directory: %w; choose one that this user may write, with --state", err)
	}
	return store.Open(storeDir(c.State), store.Options{Group: c.Group, ClusterID: clusterID, CacheBytes: c.CacheBytes, Logger: logger})
}

// stepConfig is what the steps of all tasks share.
func stepConfig(ctx context.Context, c *config.Config, p *rules.Policy, topics map[string]kafka.TopicInfo) (*processor.StepConfig, error) {
	encoder, decoders, err := codecs(ctx, &c.Registry, &c.Topics)
	if err != nil {
		return nil, err
	}
	return &processor.StepConfig{
		Topics: c.Topics, Partitions: topics[c.Topics.Unsubscribes].Partitions, DeadLetters: topics[c.Topics.DeadLetter].Partitions,
		Policy: p, Encoder: encoder, NewDecoder: decoders, Partition: kafka.Partition,
	}, nil
}

// codecs returns how values are written and read: with ids of the registry where
// one is configured, else by fingerprint.
func codecs(ctx context.Context, r *config.Registry, topics *processor.Topics) (*schemas.Encoder, func() *schemas.Decoder, error) {
	if r.URL == "" {
		encoder, err := schemas.NewEncoder()
		return encoder, func() *schemas.Decoder { return schemas.NewDecoder() }, err
	}
	client, err := registryClient(r)
	if err != nil {
		return nil, nil, err
	}
	// What is published is registered first: nobody could read it otherwise.
	ids, err := schemas.Register(ctx, client, publishedSubjects(topics))
	if err != nil {
		return nil, nil, fmt.Errorf("schema registry: %w", err)
	}
	encoder, err := schemas.NewEncoder(schemas.WithRegistryIDs(ids))
	registry := schemas.NewRegistryClient(client)
	return encoder, func() *schemas.Decoder { return schemas.NewDecoder(schemas.WithRegistry(registry)) }, err
}

// decoderOf returns how values are read, without asking the registry for anything yet.
func decoderOf(r *config.Registry) (*schemas.Decoder, error) {
	if r.URL == "" {
		return schemas.NewDecoder(), nil
	}
	client, err := registryClient(r)
	if err != nil {
		return nil, err
	}
	return schemas.NewDecoder(schemas.WithRegistry(schemas.NewRegistryClient(client))), nil
}

// instanceID returns the identity of this instance in its group: a random one,
// made once and kept in the state directory, unless another is configured.
func instanceID(c *config.Config) (string, error) {
	if c.InstanceID != "" {
		return c.InstanceID, nil
	}
	path := filepath.Join(c.State, "instance-id")
	b, err := os.ReadFile(path)
	switch {
	case err == nil && len(strings.TrimSpace(string(b))) > 0:
		return strings.TrimSpace(string(b)), nil
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return "", fmt.Errorf("instance id: %w", err)
	}
	var random [8]byte
	_, _ = rand.Read(random[:]) // never fails
	id := "consentstream-" + hex.EncodeToString(random[:])
	if err := os.WriteFile(path, []byte(id+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("instance id: %w", err)
	}
	return id, nil
}

// policyFingerprint changes whenever anything that a policy says changes.
func policyFingerprint(p *rules.Policy) string {
	sum := sha256.Sum256(policy.Marshal(p))
	return hex.EncodeToString(sum[:8])
}

// publishedSubjects are the registry's subjects of what is published, by record.
func publishedSubjects(topics *processor.Topics) map[string]string {
	return map[string]string{
		schemas.NameEligibilityChanged: topics.Eligibility + "-value",
		schemas.NameRetentionExpiry:    topics.Retention + "-value",
	}
}

// storeDir is where the store lies inside a state directory.
func storeDir(state string) string { return filepath.Join(state, "store") }

// newLogger returns the log of a long-running command.
func newLogger(w io.Writer, c *config.Config) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return nil, fmt.Errorf("log_level: expected debug, info, warn or error, not %q", c.LogLevel)
	}
	options := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options)), nil
	}
	return slog.New(slog.NewTextHandler(w, options)), nil
}
