package processor

import (
	"cmp"
	"context"
	"fmt"
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
type lines struct{ all []string }

func (l *lines) Encode(dst []byte, p Publication) ([]byte, error) {
	dst = append(dst, fmt.Sprintf("%s ", p.At)...)
	if p.Eligibility != nil {
		return schemas.AppendEligibilityJSON(dst, p.Eligibility)
	}
	return schemas.AppendRetentionJSON(dst, p.Retention)
}

func (l *lines) Write(encoded []byte) error {
	l.all = append(l.all, strings.TrimSpace(string(encoded)))
	return nil
}

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
		return cmp.Or(cmp.Compare(a.Fact.RecordedAt, b.Fact.RecordedAt), cmp.Compare(a.Fact.Topic, b.Fact.Topic), strings.Compare(a.Fact.ID, b.Fact.ID))
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
		_ = out.Write(line)
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

// inChunks is what a Replay publishes in chunks of a size; after every so many
// chunks another one goes on with the same store.
func (l *load) inChunks(t *testing.T, size, turn int) ([]string, ReplaySummary) {
	t.Helper()
	s, ctx := replayStore(t), context.Background()
	var out lines
	replay, err := NewReplay(s, rules.Default(), &out)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for chunk := range slices.Chunk(slices.Clone(l.facts), size) {
		if n++; n%turn == 0 {
			if replay, err = NewReplay(s, rules.Default(), &out); err != nil {
				t.Fatal(err)
			}
		}
		if err := replay.Add(ctx, chunk); err != nil {
			t.Fatal(err)
		}
	}
	summary, err := replay.Finish(ctx, l.asOf)
	if err != nil {
		t.Fatal(err)
	}
	return out.all, summary
}

// never is a number of chunks that no test has.
const never = 1 << 30

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
		t.Fatalf("%s (-one by one, +in chunks):\n%s\nand in full equal: %v", says, gocmp.Diff(brief(want), brief(got)), slices.Equal(want, got))
	}
}

// A replay in chunks publishes what taking one fact after the other publishes,
// in the same order.
func TestAReplayIsOneFactAtATime(t *testing.T) {
	seeds := uint64(80)
	if n, err := strconv.ParseUint(os.Getenv("REPLAY_SEEDS"), 10, 64); err == nil {
		seeds = n
	}
	for seed := range seeds {
		l := drawLoad(seed, 2+int(seed%200), 1+int(seed%6))
		want := l.oneByOne()
		for _, size := range []int{1, 7, 1000} {
			got, _ := l.inChunks(t, size, never)
			wantLines(t, want, got, fmt.Sprintf("seed %d in chunks of %d", seed, size))
		}
	}
}

// A replay that stops and goes on in the same store publishes the same.
func TestAReplayGoesOn(t *testing.T) {
	for seed := range uint64(20) {
		l := drawLoad(1000+seed, 120, 5)
		got, _ := l.inChunks(t, 11, 2)
		wantLines(t, l.oneByOne(), got, fmt.Sprintf("seed %d", seed))
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
		published, summary := l.inChunks(t, 2, 1)
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
			if err := replay.Add(context.Background(), slices.Clone(l.facts)); err != nil {
				t.Fatal(err)
			}
		}
		l.asOf = l.facts[len(l.facts)-1].Fact.RecordedAt
		wantLines(t, l.oneByOne(), out.all, fmt.Sprintf("seed %d", seed))
	}
}
