package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/sr"

	"consentstream/processor"
	"consentstream/processor/config"
	"consentstream/processor/generate"
	"consentstream/processor/kafka"
	"consentstream/schemas"
	"consentstream/state"
)

// generateFlags say what is made and where it goes.
type generateFlags struct {
	config      generate.Config
	until       string
	days        int
	dir         string
	format      *choice
	compression *choice
	summary     *choice
	connection  *connection
}

func newGenerateCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "generate (--output DIR | --brokers HOST:PORT,…)",
		Short: "Make sample load: the events of a ticket shop over four years",
		Long: `Makes events in the mix of a real shop: 45 % clicks, 30 % purchases, 20 % signups, 5 % unsubscribes; 2 % are recorded
days late, every 200th is a duplicate, one household in a hundred shares an address. The same flags give the same events.

--output writes files that "replay" reads: one Avro container file for each topic, or one file of JSON lines.
--brokers writes to the four input topics, which must exist.`,
		Example: `  consentstream generate --events 1000000 --contacts 200000 --output sample/
  consentstream generate --seed 7 --zipf 1.1 --output sample/ --format jsonl
  consentstream generate --events 1000000 --brokers 127.0.0.1:9092`,
		Args: noArgs,
	}
	f := addGenerateFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := f.complete(cmd); err != nil {
			return err
		}
		return a.generate(cmd.Context(), f)
	}
	return cmd
}

func addGenerateFlags(cmd *cobra.Command) *generateFlags {
	f := &generateFlags{config: generate.Default()}
	flags := cmd.Flags()
	flags.Uint64Var(&f.config.Seed, "seed", f.config.Seed, "another seed gives other events")
	flags.Int64Var(&f.config.Events, "events", f.config.Events, "how many events, duplicates included")
	flags.IntVar(&f.config.Contacts, "contacts", f.config.Contacts, "how many contacts they are about, at most")
	flags.Float64Var(&f.config.Zipf, "zipf", 0, "how unequal contacts are: exponent of Zipf's law, 0 = all alike")
	flags.StringVar(&f.until, "until", f.config.Until.Time().Format(time.RFC3339), "`INSTANT` of the last event")
	flags.IntVar(&f.days, "days", int(generate.DefaultSpan/(24*time.Hour)), "how many days before --until the events begin")
	flags.StringVar(&f.dir, "output", "", "`DIR` to write files to; it is made where it is missing")
	f.format = addChoice(cmd, "format", "form of the files", "avro", "jsonl")
	f.compression = addChoice(cmd, "compression", "how the blocks of Avro files are compressed", "null", "deflate", "snappy", "zstandard")
	f.summary = addChoice(cmd, "summary", "form of the summary", "text", "json")
	flags.String("registry", "", "`URL` of a Confluent schema registry; without one values carry their schema's fingerprint")
	f.connection = addConnection(cmd)
	return f
}

// complete turns what was given as text into the configuration.
func (f *generateFlags) complete(cmd *cobra.Command) error {
	if err := f.target(cmd); err != nil {
		return err
	}
	until, err := parseInstant(f.until, time.UTC)
	if err != nil {
		return usagef(cmd, "--until: %w", err)
	}
	f.config.Until = until
	if f.days < 1 || f.days > maxDays {
		return usagef(cmd, "--days: expected 1 to %d, found %d", maxDays, f.days)
	}
	f.config.From = until.Add(-time.Duration(f.days) * 24 * time.Hour)
	if err := f.config.Validate(); err != nil {
		return usagef(cmd, "%w", err)
	}
	return nil
}

// maxDays keeps the span within the instants that records can carry.
const maxDays = 50_000

// target refuses a command line that names no place for the events, or two, and
// flags that have no effect there.
func (f *generateFlags) target(cmd *cobra.Command) error {
	changed := cmd.Flags().Changed
	switch {
	case f.dir != "" && changed("brokers"):
		return usagef(cmd, "expected --output or --brokers, not both: the events go to one place")
	case f.dir == "" && changed("output"):
		return usagef(cmd, "--output: expected a folder")
	case f.dir != "" && changed("registry"):
		return usagef(cmd, "--registry has no effect with --output: files hold their schema")
	case f.dir == "" && (changed("format") || changed("compression")):
		return usagef(cmd, "--format and --compression are of files: they need --output")
	case f.format.value == "jsonl" && changed("compression"):
		return usagef(cmd, "--compression has no effect on JSON lines: it is of Avro files")
	case f.dir != "":
		return nil
	}
	c, err := f.connection.load()
	if err == nil && len(c.Brokers) == 0 {
		return usagef(cmd, "expected --output DIR, --brokers HOST:PORT,… or CONSENTSTREAM_BROKERS: where the events go")
	}
	return err
}

func (a *app) generate(ctx context.Context, f *generateFlags) error {
	sink, closeClient, err := f.open(ctx)
	if err != nil {
		return err
	}
	defer closeClient()
	bar := newProgress(a.stderr, "events", f.config.Events)
	defer bar.end()
	summary, err := generate.Run(ctx, f.config, sink, bar.set)
	if err != nil {
		return err
	}
	bar.end()
	return writeGenerated(a.stdout, &summary, f.summary)
}

// open opens where the events go; the function gives back what it needs.
func (f *generateFlags) open(ctx context.Context) (_ generate.Sink, closeClient func(), err error) {
	nothing := func() {}
	switch {
	case f.dir != "" && f.format.value == "jsonl":
		sink, err := generate.NewJSONFile(f.dir)
		return sink, nothing, err
	case f.dir != "":
		sink, err := generate.NewAvroFolder(f.dir, f.compression.value)
		return sink, nothing, err
	}
	client, c, err := f.connection.dial(ctx)
	if err != nil {
		return nil, nil, err
	}
	sink, err := brokerSink(ctx, client, c)
	if err != nil {
		client.Close()
		return nil, nil, err
	}
	return sink, client.Close, nil
}

// brokerSink checks the input topics and returns a sink that writes to them.
func brokerSink(ctx context.Context, client *kafka.Client, c *config.Config) (generate.Sink, error) {
	names := c.Topics.Inputs()
	found, err := client.DescribeTopics(ctx, names...)
	if err != nil {
		return nil, err
	}
	partitions := found[names[0]].Partitions
	for _, name := range names {
		switch n := found[name].Partitions; {
		case n == 0:
			return nil, fmt.Errorf("topic %s does not exist: create the topics with \"consentstream topics create\"", name)
		case n != partitions:
			return nil, fmt.Errorf("topic %s has %d partitions, %s has %d: all inputs need the same number", name, n, names[0], partitions)
		}
	}
	encoder, err := inputEncoder(ctx, &c.Registry, &c.Topics)
	if err != nil {
		return nil, err
	}
	return generate.NewBrokers(ctx, client, encoder, [4]string(names), partitions), nil
}

// inputEncoder frames values by ids of the registry where there is one, else
// by fingerprint.
func inputEncoder(ctx context.Context, r *config.Registry, topics *processor.Topics) (*schemas.Encoder, error) {
	if r.URL == "" {
		return schemas.NewEncoder()
	}
	username, password, err := r.Credentials()
	if err != nil {
		return nil, err
	}
	options := []sr.ClientOpt{sr.URLs(r.URL)}
	if username != "" {
		options = append(options, sr.BasicAuth(username, password))
	}
	client, err := sr.NewClient(options...)
	if err != nil {
		return nil, fmt.Errorf("schema registry: %w", err)
	}
	subjects := map[string]string{}
	for i, name := range topics.Inputs() {
		subjects[schemas.OfTopic(state.Topic(i)).Name] = name + "-value"
	}
	ids, err := schemas.Register(ctx, client, subjects)
	if err != nil {
		return nil, fmt.Errorf("schema registry: %w", err)
	}
	return schemas.NewEncoder(schemas.WithRegistryIDs(ids))
}

func writeGenerated(w io.Writer, s *generate.Summary, form *choice) error {
	if form.isJSON() {
		return writeJSON(w, s)
	}
	_, err := fmt.Fprintf(w, "%d events: %d clicks, %d purchases, %d signups, %d unsubscribes; %d duplicates, %d late\n",
		s.Records, s.ByTopic["clicks"], s.ByTopic["purchases"], s.ByTopic["signups"], s.ByTopic["unsubscribes"], s.Duplicates, s.Late)
	return err
}
