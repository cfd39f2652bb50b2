package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"time"

	"github.com/spf13/cobra"

	"consentstream/processor"
	"consentstream/processor/replay"
	"consentstream/state"
	"consentstream/state/policy"
	"consentstream/state/rules"
	"consentstream/state/store"
)

// replayFlags are the flags of replay.
type replayFlags struct {
	state, asOf, output, policy, spool string
	memory                             int64
	summary                            *choice
}

func newReplayCommand(a *app) *cobra.Command {
	var o replayFlags
	cmd := &cobra.Command{
		Use:   "replay INPUT…",
		Short: "Take archived events through the same fold, on a virtual clock",
		Long: `Reads JSON lines and Avro container files (or folders of them, or - for JSON lines on standard input), puts their facts in
the order they were recorded, and takes them one at a time through the same fold and rules as run does. Deadlines in between
fire at their own instants, and in the end up to --as-of. With --output it writes everything that would be published, in the
order of time, once all of it is known.

Without --state the result is thrown away but for the summary and the output. Records that cannot be used are reported and
counted; on unsubscribes they deny marketing to their contact.`,
		Example: `  consentstream replay archive/
  consentstream replay purchases.avro signups.avro --state ./replayed --output published.jsonl
  consentstream replay events.jsonl --as-of 2026-11-01T00:00 --output -`,
		Args: args(1, math.MaxInt, "at least one file or folder of events, or - for standard input"),
	}
	f := cmd.Flags()
	f.StringVar(&o.state, "state", "", "`DIR` to keep the state in; default a temporary one")
	f.StringVar(&o.asOf, "as-of", "", "`INSTANT` up to which deadlines fire, at least that of the last fact; default now")
	f.StringVar(&o.output, "output", "", "`FILE` for what would be published, as JSON lines; - = standard output")
	f.StringVar(&o.policy, "policy", "", "policy `FILE`; without one the defaults apply")
	f.StringVar(&o.spool, "spool", "", "`DIR` for what sorting cannot hold in memory; default the system's temporary one")
	f.Int64Var(&o.memory, "sort-memory", replay.DefaultMemoryBytes, "`BYTES` that sorting may hold in memory")
	o.summary = addChoice(cmd, "summary", "form of the summary", "text", "json")
	cmd.RunE = func(cmd *cobra.Command, inputs []string) error {
		if err := o.check(cmd); err != nil {
			return err
		}
		p, err := policy.Load(o.policy)
		if err != nil {
			return err
		}
		asOf := state.At(a.now())
		if o.asOf != "" {
			if asOf, err = parseInstant(o.asOf, zoneOf(p)); err != nil {
				return usagef(cmd, "--as-of: %w", err)
			}
		}
		limitMemory()
		return a.replay(cmd.Context(), inputs, &o, p, asOf)
	}
	return cmd
}

// check refuses bounds that sorting cannot keep.
func (o *replayFlags) check(cmd *cobra.Command) error {
	if o.memory < replay.MinMemoryBytes {
		return usagef(cmd, "--sort-memory: expected at least %d (1 MiB), found %d", replay.MinMemoryBytes, o.memory)
	}
	if o.spool == "" {
		return nil
	}
	if info, err := os.Stat(o.spool); err != nil || !info.IsDir() {
		return usagef(cmd, "--spool: expected a folder that exists, found %q", o.spool)
	}
	return nil
}

// replay sorts the inputs, folds them into a store and reports.
func (a *app) replay(ctx context.Context, inputs []string, o *replayFlags, p *rules.Policy, asOf state.Instant) (err error) {
	dir, remove, err := replayDir(o.state)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	s, err := store.Open(storeDir(dir), store.Options{Group: replayGroup, CacheBytes: replayCache, BulkLoad: true, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	out, err := a.openOutput(o.output, o.spool)
	if err != nil {
		return err
	}
	started := time.Now()
	read, done, err := a.fold(ctx, inputs, o, p, asOf, s, out)
	if err = errors.Join(err, out.close()); err != nil {
		return err
	}
	if err := a.reportReplay(o, read, done, time.Since(started)); err != nil {
		return err
	}
	if o.asOf != "" && done.Clock > asOf {
		fmt.Fprintf(a.stderr, "consentstream: facts were recorded after --as-of, and the clock went on to the last of them, %s\n", done.Clock)
	}
	if read.Anybody == 0 {
		return nil
	}
	return fmt.Errorf("%s may be a refusal of anybody and denied nobody; mend the archive and replay it again", count(int(read.Anybody), "unusable record"))
}

// replayCache is what a replay that goes on in a store holds of it, in bytes: it
// meets each contact once.
const replayCache = 64 << 20

// replayGroup binds a replayed store: run refuses it, and replay those of run.
const replayGroup = "replay"

func (a *app) fold(ctx context.Context, inputs []string, o *replayFlags, p *rules.Policy, asOf state.Instant, s *store.Store, out *replayOutput) (replay.Summary, processor.ReplaySummary, error) {
	reading := newProgress(a.stderr, "reading", -1)
	sorted, err := replay.Open(ctx, inputs, replay.Options{
		Location: zoneOf(p), SpoolDir: o.spool, MemoryBytes: o.memory, Stdin: a.stdin,
		Progress: func(done, _ int64) { reading.set(done) }, OnBad: a.reportBad(),
	})
	reading.end()
	if err != nil {
		return replay.Summary{}, processor.ReplaySummary{}, err
	}
	defer sorted.Close()
	run, err := processor.NewReplay(s, p, out.sink())
	if err != nil {
		return sorted.Summary(), processor.ReplaySummary{}, err
	}
	folding := newProgress(a.stderr, "folding", sorted.Summary().Facts)
	defer folding.end()
	summary, err := run.Run(ctx, &counted{Sorted: sorted, progress: folding}, max(asOf, sorted.Summary().Last))
	if err == nil {
		err = out.finish()
	}
	return sorted.Summary(), summary, err
}

// counted shows how many facts of an input were taken.
type counted struct {
	*replay.Sorted
	progress *progress
	taken    int64
}

// Next implements processor.ReplayInput.
func (c *counted) Next(into *processor.ReplayFact) error {
	if c.taken++; c.taken%4096 == 0 {
		c.progress.set(c.taken)
	}
	return c.Sorted.Next(into)
}

// maxReported is how many unusable records are shown one by one.
const maxReported = 20

// reportBad shows the first records that cannot be used.
func (a *app) reportBad() func(replay.BadRecord) {
	shown := 0
	return func(b replay.BadRecord) {
		if shown++; shown <= maxReported {
			fmt.Fprintf(a.stderr, "consentstream: %v\n", b)
		}
	}
}

// replayDir returns the directory of the state, and how to give it back.
func replayDir(dir string) (string, func() error, error) {
	if dir != "" {
		return dir, func() error { return nil }, os.MkdirAll(dir, 0o700)
	}
	dir, err := os.MkdirTemp("", "consentstream-replay")
	if err != nil {
		return "", nil, fmt.Errorf("temporary state: %w; name a directory with --state", err)
	}
	return dir, func() error { return os.RemoveAll(dir) }, nil
}

// replayReport is the summary as JSON.
type replayReport struct {
	Facts       int64     `json:"facts"`
	Duplicates  int64     `json:"duplicates"`
	Conflicts   int64     `json:"conflicts"`
	Unusable    int64     `json:"unusable"`
	Contacts    int64     `json:"contacts"`
	Eligibility int64     `json:"eligibility_changed"`
	Retention   int64     `json:"retention_expiry"`
	Warned      int64     `json:"warned"`
	Expired     int64     `json:"expired"`
	AsOf        time.Time `json:"as_of"`
	Seconds     float64   `json:"seconds"`
}

// reportReplay prints the summary, to stderr where the records went to stdout.
func (a *app) reportReplay(o *replayFlags, read replay.Summary, done processor.ReplaySummary, took time.Duration) error {
	w := a.stdout
	if o.output == "-" {
		w = a.stderr
	}
	report := replayReport{
		Facts: done.Facts, Duplicates: done.Duplicates, Conflicts: done.Conflicts, Unusable: read.Bad, Contacts: done.Contacts,
		Eligibility: done.Eligibility, Retention: done.Retention, Warned: done.Warned, Expired: done.Expired,
		AsOf: done.Clock.Time(), Seconds: took.Seconds(),
	}
	if o.summary.isJSON() {
		return writeJSON(w, report)
	}
	fmt.Fprintf(w, "%d facts of %d contacts, %d duplicates, %d conflicts, %d records that cannot be used\n",
		report.Facts, report.Contacts, report.Duplicates, report.Conflicts, report.Unusable)
	fmt.Fprintf(w, "%d eligibility changes; %d warnings and %d expiries of retention; as of %s\n",
		report.Eligibility, report.Warned, report.Expired, report.AsOf.Format(time.RFC3339))
	return nil
}

// replayOutput is where what would be published goes.
type replayOutput struct {
	*replay.Output
	to   io.Writer
	file *os.File // nil = standard output
}

// openOutput opens the output; nil where nothing is written.
func (a *app) openOutput(path, spool string) (*replayOutput, error) {
	switch path {
	case "":
		return nil, nil
	case "-":
		return &replayOutput{Output: replay.NewOutput(spool), to: a.stdout}, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("--output: %w", err)
	}
	return &replayOutput{Output: replay.NewOutput(spool), to: f, file: f}, nil
}

// sink is the output for a replay, nil where nothing is written.
func (o *replayOutput) sink() processor.ReplaySink {
	if o == nil {
		return nil
	}
	return o
}

// finish writes all lines.
func (o *replayOutput) finish() error {
	if o == nil {
		return nil
	}
	return o.Finish(o.to)
}

// close gives everything back.
func (o *replayOutput) close() error {
	if o == nil {
		return nil
	}
	err := o.Close()
	if o.file != nil {
		err = errors.Join(err, o.file.Close())
	}
	return err
}
