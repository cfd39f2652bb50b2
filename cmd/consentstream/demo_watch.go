package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"consentstream/processor"
	"consentstream/processor/config"
	"consentstream/processor/kafka"
	"consentstream/schemas"
	"consentstream/state"
)

// demoWatch reads what the processor publishes, as any consumer would, and
// shows each change on one line.
type demoWatch struct {
	out       io.Writer
	style     style
	width     int // of the terminal, in letters
	topics    processor.Topics
	decoder   *schemas.Decoder
	positions []kafka.Position

	mu       sync.Mutex
	quiet    time.Time // when the last record came
	allowed  map[string]bool
	counts   map[string]int
	examples map[string]string // a contact of which something can be told
}

func newDemoWatch(out io.Writer, c *config.Config) *demoWatch {
	w := &demoWatch{
		out: out, style: styleOf(out), width: widthOf(out, math.MaxInt), topics: c.Topics, decoder: schemas.NewDecoder(), quiet: time.Now(),
		allowed: map[string]bool{}, counts: map[string]int{}, examples: map[string]string{},
	}
	for p := range int32(demoPartitions) {
		for _, topic := range []string{c.Topics.Eligibility, c.Topics.Retention} {
			w.positions = append(w.positions, kafka.Position{TopicPartition: kafka.TopicPartition{Topic: topic, Partition: p}})
		}
	}
	return w
}

// run follows the published topics until ctx ends.
func (w *demoWatch) run(ctx context.Context, client *kafka.Client) error {
	for ctx.Err() == nil {
		fetched, err := client.Fetch(ctx, w.positions, kafka.FetchOptions{MaxWait: 50 * time.Millisecond, Committed: true})
		if err != nil {
			return err
		}
		for i := range fetched {
			if err := w.show(&fetched[i]); err != nil {
				return err
			}
			w.positions[i].Offset = fetched[i].Next
		}
	}
	return nil
}

// settle waits until nothing has been published for a while.
func (w *demoWatch) settle(ctx context.Context, _ *kafka.Client) error {
	for ctx.Err() == nil {
		w.mu.Lock()
		idle := time.Since(w.quiet)
		w.mu.Unlock()
		if idle > 700*time.Millisecond {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil
}

func (w *demoWatch) show(f *kafka.Fetched) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range f.Records {
		w.quiet = time.Now()
		var err error
		if f.Topic == w.topics.Eligibility {
			err = w.eligibility(f.Records[i].Value)
		} else {
			err = w.retention(f.Records[i].Value)
		}
		if err != nil {
			return fmt.Errorf("demo: read %s: %w", f.Topic, err)
		}
	}
	return nil
}

// eligibility shows one change of who may be written to.
func (w *demoWatch) eligibility(value []byte) error {
	var r state.EligibilityChanged
	if value == nil {
		return nil
	}
	if err := w.decoder.EligibilityChanged(value, &r); err != nil {
		return err
	}
	w.counts["changes"]++
	w.remember(&r)
	for _, group := range moves(&r) {
		sign, paint := "✗", w.style.red
		if group.allowed {
			sign, paint = "✓", w.style.green
		}
		w.line(r.EffectiveAt, r.Key.Contact, sign, paint, strings.Join(group.kinds, ", "), group.why)
	}
	return nil
}

// remember keeps who is eligible, and examples to explain in the end.
func (w *demoWatch) remember(r *state.EligibilityChanged) {
	promotional := false
	for i := range r.Verdicts {
		v := &r.Verdicts[i]
		if v.Kind == state.MessagePromotional && v.Channel == state.ChannelEmail && v.Allowed {
			promotional = true
		}
		if v.Kind == state.MessagePromotional && v.Channel == state.ChannelEmail {
			w.examples[v.Reason.String()] = r.Key.Contact
		}
	}
	w.allowed[r.Key.Contact] = promotional
}

// move is one way in which a record moved, with the rows that went along.
type move struct {
	allowed bool
	why     string
	kinds   []string
}

// moves groups the changed rows of a record by where they went and why.
func moves(r *state.EligibilityChanged) []move {
	var groups []move
	for _, c := range r.Changed {
		if c.HasBefore && c.Before == c.After || !c.HasBefore && !c.After {
			continue
		}
		i := slices.IndexFunc(r.Verdicts, func(v state.PublishedVerdict) bool {
			return v.Kind == c.Kind && v.Channel == c.Channel && v.Address == c.Address && v.Brand == c.Brand
		})
		if i < 0 {
			continue
		}
		groups = addMove(groups, c, &r.Verdicts[i])
	}
	return groups
}

func addMove(groups []move, c state.VerdictChange, v *state.PublishedVerdict) []move {
	why := v.Reason.String()
	if len(v.Rules) > 0 {
		why += " " + ruleList(v.Rules)
	}
	kind := c.Channel.String() + " " + c.Kind.String()
	for i := range groups {
		if groups[i].allowed == c.After && groups[i].why == why {
			if !slices.Contains(groups[i].kinds, kind) {
				groups[i].kinds = append(groups[i].kinds, kind)
			}
			return groups
		}
	}
	return append(groups, move{c.After, why, []string{kind}})
}

func ruleList(numbers []uint8) string {
	list := make([]string, len(numbers))
	for i, n := range numbers {
		list[i] = fmt.Sprintf("R%d", n)
	}
	return strings.Join(list, " ")
}

// retention shows one stage of the retention clock.
func (w *demoWatch) retention(value []byte) error {
	var r state.RetentionExpiry
	if err := w.decoder.RetentionExpiry(value, &r); err != nil {
		return err
	}
	w.counts[r.Stage.String()]++
	if r.Stage == state.StageExpired {
		w.examples["EXPIRED"] = r.Key.Contact
	}
	w.line(r.EmittedAt, r.Key.Contact, "⌛", w.style.bold, r.Stage.String()+" "+r.Action.String(), "due "+r.DueAt.Time().Format(time.DateOnly)+" R42")
	return nil
}

// whyColumn is where the reason of a change begins that has a line of its own.
const whyColumn = 21

// line shows what changed for a contact and why, on two lines where a terminal
// is too narrow for one.
func (w *demoWatch) line(at state.Instant, contact, sign string, paint func(string) string, what, why string) {
	head := fmt.Sprintf("%s  %-6s %s ", at.Time().Format(time.DateOnly), contact, sign)
	between := "  "
	if utf8.RuneCountInString(head)+len(what)+len(between)+len(why) > w.width {
		between = "\n" + strings.Repeat(" ", whyColumn)
	}
	fmt.Fprintf(w.out, "%s%s%s%s\n", w.style.faint(head[:len(time.DateOnly)]), paint(head[len(time.DateOnly):]+what), between, w.style.faint(why))
}

// summary tells what happened and what to try next.
func (w *demoWatch) summary(out io.Writer, dir string, events int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	yes := 0
	for _, allowed := range w.allowed {
		if allowed {
			yes++
		}
	}
	fmt.Fprintf(out, "\n%d events, %d contacts, %d changes published.\n", events, len(w.allowed), w.counts["changes"])
	fmt.Fprintf(out, "Today %d may get a promotional e-mail and %d may not; %d were warned of deletion, %d are due for it.\n",
		yes, len(w.allowed)-yes, w.counts["WARNING"], w.counts["EXPIRED"])
	fmt.Fprintf(out, "\nTry next:\n")
	for _, reason := range []string{"SOFT_OPTIN", "OBJECTED", "EXPIRED"} {
		if contact, ok := w.examples[reason]; ok {
			fmt.Fprintf(out, "  %s explain %s --state %s   # %s\n", program(), contact, dir, reason)
		}
	}
	fmt.Fprintf(out, "  %s test processor/scenario/testdata/scenarios\n", program())
	fmt.Fprintf(out, "  %s run --brokers HOST:PORT --state DIR\n", program())
}

// program is how the reader can call this program again: go run leaves no file.
func program() string {
	if strings.Contains(os.Args[0], "go-build") {
		return "go run ./cmd/consentstream"
	}
	return os.Args[0]
}
