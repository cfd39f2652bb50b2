package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"consentstream/processor"
	"consentstream/processor/config"
	"consentstream/processor/kafka"
	"consentstream/schemas"
	"consentstream/state/policy"
	"consentstream/state/rules"
	"consentstream/state/store"
)

// dryRun is what "run --dry-run" shows.
type dryRun struct {
	Cluster  string   `json:"cluster"`
	Group    string   `json:"group"`
	Policy   string   `json:"policy"` // version in force now
	Store    string   `json:"store"`  // directory, and what is there
	Missing  []string `json:"missing"`
	Register []string `json:"register"` // subjects that would be registered
	Refused  []string `json:"refused"`  // why it would not start, and what to do
	*processor.Preview
}

// dryRun shows what a run would consume, create and resume. It asks and reads
// only; the answer is no when the run would be refused.
func (a *app) dryRun(ctx context.Context, c *config.Config, client *kafka.Client, p *rules.Policy, output *choice) error {
	d := &dryRun{Group: c.Group, Policy: p.At(processor.WallClock{}.Now()).Name, Missing: []string{}, Register: []string{}, Refused: []string{}}
	if err := d.look(ctx, c, client, p); err != nil {
		return fmt.Errorf("cannot tell what would happen: %w", err)
	}
	if output.isJSON() {
		if err := writeJSON(a.stdout, d); err != nil {
			return err
		}
	} else if err := d.write(a.stdout); err != nil {
		return err
	}
	if len(d.Refused) > 0 {
		return errAnswerNo
	}
	return nil
}

func (d *dryRun) look(ctx context.Context, c *config.Config, client *kafka.Client, p *rules.Policy) error {
	if err := client.Check(ctx); errors.Is(err, kafka.ErrUnfitBroker) {
		d.refuse(err)
		return nil
	} else if err != nil {
		return err
	}
	var err error
	if d.Cluster, err = client.ClusterID(ctx); err != nil {
		return err
	}
	topics, err := d.topics(ctx, c, client, controllersOf(p))
	if err != nil {
		return err
	}
	if err := d.schemas(ctx, c); err != nil {
		return err
	}
	local, err := d.openStore(c)
	if err != nil {
		return err
	}
	if local != nil {
		defer local.Close()
	}
	if len(d.Missing) > 0 {
		return nil // without its topics there is no task to look at
	}
	d.Preview, err = processor.PreviewRun(ctx, processor.TaskConfig{
		Step:  processor.StepConfig{Topics: c.Topics, Partitions: topics[c.Topics.Unsubscribes].Partitions},
		Group: c.Group, Broker: processor.KafkaBroker{Client: client}, Clock: processor.WallClock{},
		Logger: slog.New(slog.DiscardHandler), Limits: c.ProcessorLimits(), TopicIDs: processor.TopicIDs(topics),
	}, local)
	if err != nil {
		return err
	}
	for _, t := range d.Tasks {
		if t.Refused != "" {
			d.Refused = append(d.Refused, fmt.Sprintf("task %d: %s", t.Partition, t.Refused))
		}
	}
	return nil
}

func (d *dryRun) refuse(err error) { d.Refused = append(d.Refused, err.Error()) }

// topics notes what is missing or wrong; unequal topics count as missing, for no
// task can be made of them.
func (d *dryRun) topics(ctx context.Context, c *config.Config, client *kafka.Client, controllers []string) (map[string]kafka.TopicInfo, error) {
	found, err := client.DescribeTopics(ctx, c.Topics.Names(controllers)...)
	if err != nil {
		return nil, err
	}
	for _, p := range c.Topics.CheckTopics(found, controllers) {
		if p.Fault != processor.TopicSetting {
			d.Missing = append(d.Missing, p.Topic)
		}
		d.refuse(fmt.Errorf("%s: %s (%s)", p.Topic, p.Problem, p.Mend))
	}
	return found, nil
}

// schemas notes what would be registered, or may not be.
func (d *dryRun) schemas(ctx context.Context, c *config.Config) error {
	if c.Registry.URL == "" {
		return nil
	}
	client, err := registryClient(&c.Registry)
	if err != nil {
		return err
	}
	checks, err := schemas.CheckSubjects(ctx, client, publishedSubjects(&c.Topics))
	if err != nil {
		return fmt.Errorf("schema registry: %w", err)
	}
	for _, s := range checks {
		switch {
		case s.Conflict != nil:
			d.refuse(fmt.Errorf("subject %s has a schema that %s may not follow: %w", s.Subject, s.Record, s.Conflict))
		case !s.Registered:
			d.Register = append(d.Register, s.Subject)
		}
	}
	return nil
}

// openStore opens the store to look at it, nil where there is none or it is refused.
func (d *dryRun) openStore(c *config.Config) (*store.Store, error) {
	local, err := store.Open(storeDir(c.State), store.Options{Group: c.Group, ClusterID: d.Cluster, ReadOnly: true, CacheBytes: 8 << 20, Logger: slog.New(slog.DiscardHandler)})
	d.Store = storeDir(c.State)
	switch {
	case err == nil:
		return local, nil
	case errors.Is(err, store.ErrNoStore):
		d.Store += " (would be created)"
		return nil, nil
	case storeRefused(err):
		d.refuse(err)
		return nil, nil
	}
	return nil, err
}

// storeRefused tells a store that is there and must not be used.
func storeRefused(err error) bool {
	for _, reason := range []error{store.ErrHeld, store.ErrOtherGroup, store.ErrOtherCluster, store.ErrNewerFormat, store.ErrCorrupted} {
		if errors.Is(err, reason) {
			return true
		}
	}
	return false
}

func (d *dryRun) write(w io.Writer) error {
	fmt.Fprintf(w, "group %s on cluster %s, exactly once, policy %s\nstore %s\n", d.Group, d.Cluster, d.Policy, d.Store)
	for _, subject := range d.Register {
		fmt.Fprintf(w, "would register the schema of %s\n", subject)
	}
	if d.Preview != nil {
		if err := d.writeTables(w); err != nil {
			return err
		}
	}
	if len(d.Refused) == 0 {
		fmt.Fprintln(w, "\nNothing was changed. A run would start.")
		return nil
	}
	fmt.Fprintln(w, "\nNothing was changed. A run would be refused:")
	for _, reason := range d.Refused {
		fmt.Fprintf(w, "  %s\n", reason)
	}
	return nil
}

func (d *dryRun) writeTables(w io.Writer) error {
	number := func(n int64) cell {
		if n < 0 {
			return cell{text: "-"}
		}
		return cell{text: fmt.Sprint(n)}
	}
	var consume, tasks table
	consume.head(styleOf(w), "TOPIC", "PARTITION", "COMMITTED", "START", "END", "LAG")
	for _, p := range d.Consume {
		consume.row(cell{text: p.Topic}, number(int64(p.Partition)), number(p.Committed), number(p.Start), number(p.End), number(p.Lag))
	}
	tasks.head(styleOf(w), "TASK", "STORE AT", "CHANGELOG", "TO RESTORE", "RESUMES")
	for _, t := range d.Tasks {
		tasks.row(number(int64(t.Partition)), number(t.Store), cell{text: fmt.Sprintf("%d to %d", t.ChangelogStart, t.ChangelogEnd)}, number(t.ToRestore), cell{text: t.Resumes})
	}
	fmt.Fprintln(w)
	if err := consume.write(w); err != nil {
		return err
	}
	fmt.Fprintln(w)
	return tasks.write(w)
}

// rehearse loads what a run needs and shows what it would do.
func (a *app) rehearse(ctx context.Context, connection *connection, output *choice) error {
	client, c, err := connection.dialFor(doctorPatience)
	if err != nil {
		return err
	}
	defer client.Close()
	p, err := policy.Load(c.Policy)
	if err != nil {
		return err
	}
	return a.dryRun(ctx, c, client, p, output)
}
