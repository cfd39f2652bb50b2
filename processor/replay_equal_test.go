package processor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	gocmp "github.com/google/go-cmp/cmp"

	"consentstream/schemas"
	"consentstream/state"
	"consentstream/state/rules"
	"consentstream/state/statetest"
	"consentstream/state/store"
)

// lines collects what is published, one line each, in order.
type lines struct {
	all    []string
	placed []placedLine // since the last turn
}

// placedLine is a line with its place in the order.
type placedLine struct{ place, line string }

func (l *lines) Encode(dst []byte, p Publication) ([]byte, error) {
	dst = append(dst, fmt.Sprintf("%s ", p.At)...)
	if p.Eligibility != nil {
		return schemas.AppendEligibilityJSON(dst, p.Eligibility)
	}
	return schemas.AppendRetentionJSON(dst, p.Retention)
}

func (l *lines) Write(place, encoded []byte) error {
	l.placed = append(l.placed, placedLine{string(place), strings.TrimSpace(string(encoded))})
	return nil
}

// turn puts what was written since the last one in order.
func (l *lines) turn() {
	slices.SortFunc(l.placed, func(a, b placedLine) int { return strings.Compare(a.place, b.place) })
	for _, p := range l.placed {
		l.all = append(l.all, p.line)
	}
	l.placed = nil
}

// archive is facts as the input of a replay; each has an address that others
// may use, unless it has none.
type archive struct {
	facts []ReplayFact
	next  int
}

// newArchive sorts facts, which are in the order of recording, by contact.
func newArchive(facts []ReplayFact) *archive {
	a := &archive{facts: slices.Clone(facts)}
	slices.SortStableFunc(a.facts, func(x, y ReplayFact) int {
		return cmp.Or(strings.Compare(x.Key.Contact+"|", y.Key.Contact+"|"), compareBool(y.Everywhere, x.Everywhere), strings.Compare(x.Key.Controller+"|", y.Key.Controller+"|"))
	})
	return a
}

func compareBool(a, b bool) int { return cmp.Compare(boolByte(a), boolByte(b)) }

func (a *archive) Shared(_ bool, fn func(*ReplayFact) error) error {
	for i := range a.facts {
		if f := a.facts[i]; f.Fact.Address != "" {
			if err := fn(&f); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *archive) Peek() (contact, controller []byte, everywhere bool, err error) {
	if a.next == len(a.facts) {
		return nil, nil, false, io.EOF
	}
	f := &a.facts[a.next]
	return []byte(f.Key.Contact), []byte(f.Key.Controller), f.Everywhere, nil
}

func (a *archive) Next(into *ReplayFact) error {
	*into = a.facts[a.next]
	a.next++
	return nil
}

func (a *archive) Release() {}

// load is what a replay reads, in order.
type load struct {
	facts []ReplayFact
	asOf  state.Instant
}

// contactNames are such that one is the beginning of others.
var contactNames = []string{"c", "c1", "c10", "b", "c~", "d"}

// drawLoad draws facts of a few contacts of two controllers who share addresses,
// some of them late, some twice.
func drawLoad(seed uint64, facts, contacts int) load {
	source := statetest.Seed(seed)
	pools := statetest.Shop()
	if source.Int(0, 3) == 0 {
		pools.IDs = facts/2 + 1 // so that records are in conflict
	}
	var l load
	for _, f := range statetest.Facts(source, pools, facts) {
		r := ReplayFact{Key: state.Key{Controller: []string{"A", "A", "B"}[source.Int(0, 2)], Contact: contactNames[source.Int(0, contacts-1)]}, Fact: f}
		if f.Internal != nil { // made by the processor: it names a record and nothing else
			r.Key.Controller, r.Everywhere = "", true
			r.Fact.ID, r.Fact.Address, r.Fact.Brand = fmt.Sprint("unsubscribes/0/", len(l.facts)), "", ""
		}
		l.facts = append(l.facts, r)
		if source.Int(0, 9) == 0 {
			again := r
			again.Fact.RecordedAt += state.Instant(source.Int(0, 3)) * statetest.Day
			l.facts = append(l.facts, again)
		}
		l.asOf = max(l.asOf, f.RecordedAt)
	}
	slices.SortStableFunc(l.facts, func(a, b ReplayFact) int {
		return cmp.Or(cmp.Compare(a.Fact.RecordedAt, b.Fact.RecordedAt), cmp.Compare(ReplayClass(&a.Fact), ReplayClass(&b.Fact)), strings.Compare(a.Fact.ID, b.Fact.ID),
			strings.Compare(a.Key.Contact, b.Key.Contact), strings.Compare(a.Key.Controller, b.Key.Controller))
	})
	l.asOf = max(l.asOf, l.facts[len(l.facts)-1].Fact.RecordedAt) + state.Instant(source.Int(0, 5*365))*statetest.Day
	return l
}

// oneByOne is what a Driver publishes.
func (l *load) oneByOne() []string {
	var out lines
	d := NewDriver(rules.Default(), func(p Publication) {
		line, err := out.Encode(nil, p)
		if err != nil {
			panic(err)
		}
		out.all = append(out.all, strings.TrimSpace(string(line)))
	})
	for _, f := range l.facts {
		if f.Everywhere {
			d.DeliverEverywhere(f.Key.Contact, f.Fact)
		} else {
			d.Deliver(f.Key, f.Fact)
		}
	}
	d.Advance(l.asOf)
	return out.all
}

func replayStore(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open("x", store.Options{FS: vfs.NewMem(), Logger: slog.New(slog.DiscardHandler), CacheBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// inParts is what replays publish that go on in one store, each with so many
// facts.
func (l *load) inParts(t *testing.T, size int) ([]string, ReplaySummary) {
	t.Helper()
	s, ctx := replayStore(t), context.Background()
	var out lines
	run := func(facts []ReplayFact, end state.Instant) ReplaySummary {
		replay, err := NewReplay(s, rules.Default(), &out)
		if err != nil {
			t.Fatal(err)
		}
		summary, err := replay.Run(ctx, newArchive(facts), end)
		if err != nil {
			t.Fatal(err)
		}
		out.turn()
		return summary
	}
	rest := l.facts
	for ; len(rest) > size; rest = rest[size:] {
		run(rest[:size], rest[size-1].Fact.RecordedAt)
	}
	summary := run(rest, l.asOf)
	return out.all, summary
}

// brief shortens the lines, so that a difference can be read.
func brief(lines []string) []string {
	short := make([]string, len(lines))
	for i, line := range lines {
		short[i] = line[:min(len(line), 420)]
	}
	return short
}

func wantLines(t *testing.T, want, got []string, says string) {
	t.Helper()
	if !slices.Equal(want, got) {
		t.Fatalf("%s (-one by one, +replay):\n%s\nand in full equal: %v", says, gocmp.Diff(brief(want), brief(got)), slices.Equal(want, got))
	}
}

// A replay publishes what taking one fact after the other publishes, in the same
// order, also where it stops and goes on in the same store.
func TestAReplayIsOneFactAtATime(t *testing.T) {
	seeds := uint64(80)
	if n, err := strconv.ParseUint(os.Getenv("REPLAY_SEEDS"), 10, 64); err == nil {
		seeds = n
	}
	for seed := range seeds {
		l := drawLoad(seed, 2+int(seed%200), 1+int(seed%6))
		want := l.oneByOne()
		for _, size := range []int{1000, 23, 2} {
			got, _ := l.inParts(t, size)
			wantLines(t, want, got, fmt.Sprintf("seed %d in parts of %d", seed, size))
		}
	}
}

// Deadlines up to the end of a replay fire at their own instants, in order, and
// none behind it.
func TestTheEndOfAReplay(t *testing.T) {
	var l load
	for i, contact := range []string{"b", "a", "c"} {
		l.facts = append(l.facts, ReplayFact{
			Key: state.Key{Controller: "default", Contact: contact}, Fact: when(order("o"+contact), day0.Add(time.Duration(i)*oneDay)),
		})
	}
	end := expiryOf(day0.Add(oneDay)).Add(oneDay) // of a, with the grace
	for asOf, want := range map[state.Instant]string{
		end - 1: "b", end: "ba", end.Add(oneDay) - 1: "ba", end.Add(oneDay): "bac", end.Add(1000 * oneDay): "bac",
	} {
		l.asOf = asOf
		published, summary := l.inParts(t, 2)
		got := ""
		for _, line := range published {
			if strings.Contains(line, `"stage":"EXPIRED"`) {
				_, rest, _ := strings.Cut(line, `"contact_id":"`)
				got += rest[:1]
			}
		}
		if got != want || summary.Clock != asOf {
			t.Errorf("as of %s: %s expired, want %s; the clock is at %s", asOf, got, want, summary.Clock)
		}
	}
}

// What is read again later changes nothing.
func TestAReplayOfTheSameFacts(t *testing.T) {
	for seed := range uint64(10) {
		l := drawLoad(2000+seed, 80, 4)
		s := replayStore(t)
		var out lines
		for range 2 {
			replay, err := NewReplay(s, rules.Default(), &out)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := replay.Run(context.Background(), newArchive(l.facts), l.facts[len(l.facts)-1].Fact.RecordedAt); err != nil {
				t.Fatal(err)
			}
			out.turn()
		}
		l.asOf = l.facts[len(l.facts)-1].Fact.RecordedAt
		wantLines(t, l.oneByOne(), out.all, fmt.Sprintf("seed %d", seed))
	}
}

// A replay that was interrupted is never gone on with, nor asked.
func TestAnInterruptedReplay(t *testing.T) {
	l, s := drawLoad(1, 100, 4), replayStore(t)
	replay, err := NewReplay(s, rules.Default(), nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := replay.Run(ctx, newArchive(l.facts), l.asOf); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	if _, err := NewReplay(s, rules.Default(), nil); !errors.Is(err, ErrUnfinished) {
		t.Errorf("going on: %v", err)
	}
	if _, err := LookupContact(s, replayPartition, l.facts[0].Key); !errors.Is(err, ErrUnfinished) {
		t.Errorf("asking: %v", err)
	}
}

// Of one contact with very many facts few are in memory, and what is published
// about it is the same.
func TestOneContactWithVeryManyFacts(t *testing.T) {
	l := drawLoad(3, 3*settleEvery, 1)
	got, summary := l.inParts(t, len(l.facts))
	wantLines(t, l.oneByOne(), got, "one contact")
	if summary.Contacts > 2 {
		t.Errorf("%d contacts", summary.Contacts)
	}
}

// Those who come to an address when a thousand use it are denied there, whoever
// of them sorts first.
func TestACrowdAtAnAddress(t *testing.T) {
	var l load
	for i := range crowd + 50 {
		f := when(order(fmt.Sprint("o", i)), day0.Add(time.Duration(i)*time.Minute))
		f.Address = "office"
		l.facts = append(l.facts, ReplayFact{Key: state.Key{Controller: "A", Contact: fmt.Sprint("c", (i*7919)%100003)}, Fact: f})
	}
	l.asOf = l.facts[len(l.facts)-1].Fact.RecordedAt
	for _, size := range []int{len(l.facts), 700} {
		got, _ := l.inParts(t, size)
		wantLines(t, l.oneByOne(), got, fmt.Sprintf("in parts of %d", size))
	}
}

// Where nobody reads what is published, the same is counted and stored.
func TestAReplayWithoutOutput(t *testing.T) {
	for seed := range uint64(10) {
		l := drawLoad(4000+seed, 150, 5)
		var out lines
		var summaries []ReplaySummary
		var stored [][]string
		for _, sink := range []ReplaySink{&out, nil} {
			s := replayStore(t)
			replay, err := NewReplay(s, rules.Default(), sink)
			if err != nil {
				t.Fatal(err)
			}
			summary, err := replay.Run(t.Context(), newArchive(l.facts), l.asOf)
			if err != nil {
				t.Fatal(err)
			}
			summaries = append(summaries, summary)
			var entries []string
			err = s.ScanPrefix(replayPartition, nil, func(key, value []byte) (bool, error) {
				entries = append(entries, string(key)+string(value))
				return true, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			stored = append(stored, entries)
		}
		if summaries[0] != summaries[1] || !slices.Equal(stored[0], stored[1]) {
			t.Errorf("seed %d: %+v with an output, %+v without, states equal: %v", 4000+seed, summaries[0], summaries[1], slices.Equal(stored[0], stored[1]))
		}
	}
}
