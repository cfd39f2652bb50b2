package processor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"consentstream/processor/kafka"
	"consentstream/state/store"
)

// restoring is a restorer of task 0 with a changelog of one thread.
type restoring struct {
	*restorer
	t     *testing.T
	log   *startingLog
	clock *ManualClock
	store *store.Store
	tp    kafka.TopicPartition
}

// startingLog is a broker whose logs need not start at 0.
type startingLog struct {
	*simBroker
	start int64
	fail  error
}

func (l *startingLog) StartOffsets(_ context.Context, tps []kafka.TopicPartition) (map[kafka.TopicPartition]int64, error) {
	return map[kafka.TopicPartition]int64{tps[0]: l.start}, nil
}

func (l *startingLog) Fetch(ctx context.Context, positions []kafka.Position, o kafka.FetchOptions) ([]kafka.Fetched, error) {
	if l.fail != nil && positions[0].Offset > 0 {
		return nil, l.fail
	}
	if positions[0].Offset < l.start {
		return nil, kafka.ErrOffsetOutOfRange
	}
	return l.simBroker.Fetch(ctx, positions, o)
}

func newRestoring(t *testing.T) *restoring {
	t.Helper()
	s, err := store.Open("x", store.Options{FS: vfs.NewMem(), Logger: slog.New(slog.DiscardHandler), CacheBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	log, clock := &startingLog{simBroker: newSimBroker(rand.New(rand.NewPCG(1, 1)))}, NewManualClock(day0)
	config := &TaskConfig{Step: StepConfig{Topics: DefaultTopics()}, Broker: log, Store: s, Clock: clock, Limits: DefaultLimits()}
	r := newRestorer(config, 0, slog.New(slog.DiscardHandler))
	return &restoring{restorer: r, t: t, log: log, clock: clock, store: s, tp: r.changelog()}
}

// say appends a value under a key to the changelog; "" is a tombstone.
func (r *restoring) say(key, value string) {
	record := kafka.Record{Key: []byte(key), Timestamp: int64(r.clock.Now())}
	if value != "" {
		record.Value = []byte(value)
	}
	r.log.append(r.tp, record)
}

func (r *restoring) bring() int64 {
	r.t.Helper()
	at, err := r.bringForward(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	return at
}

func (r *restoring) want(want map[string]string) {
	r.t.Helper()
	found := map[string]string{}
	err := r.store.Scan(0, nil, func(key, value []byte) (bool, error) {
		found[string(key)] = string(value)
		return true, nil
	})
	if err != nil || fmt.Sprint(found) != fmt.Sprint(want) {
		r.t.Errorf("the store holds %v, want %v, error %v", found, want, err)
	}
}

func (r *restoring) restored() Progress { return r.progress.see(time.Now()) }

func TestARestoreReadsWhatTheStoreLacks(t *testing.T) {
	r := newRestoring(t)
	r.say("a", "1")
	r.say("b", "1")
	r.bring()
	if p := r.restored(); p.Records != 2 || p.Bytes != 4 || p.Remaining != 0 || p.Ended.IsZero() {
		t.Errorf("restored %+v", p)
	}
	r.say("b", "2")
	r.say("a", "")
	if at := r.bring(); at != 4 {
		t.Errorf("at %d, want 4", at)
	}
	if p := r.restored(); p.Records != 2 {
		t.Errorf("%d records were read, want the two that the store lacked", p.Records)
	}
	r.want(map[string]string{"b": "2"})
}

// Mark and sweep: who was erased while the store lay unused must not come back,
// though the tombstone is gone from the changelog too. Where the clock says that the
// store will be written one day, its age is not known.
func TestAStoreOlderThanTheTombstonesForgetsWhatTheChangelogForgot(t *testing.T) {
	for name, pass := range map[string]time.Duration{"older": 25 * time.Hour, "young": 23 * time.Hour, "of the future": -2 * time.Hour} {
		r := newRestoring(t)
		r.say("erased", "1")
		r.say("kept", "1")
		r.bring()
		r.say("erased", "")
		r.say("kept", "2")
		r.config.Clock = NewManualClock(r.clock.Now().Add(pass))
		log := r.log.logs[r.tp]
		log[0].gone, log[1].gone = true, true // replaced
		if name != "young" {
			log[2].gone = true // a tombstone whose time is over
		}
		r.bring()
		r.want(map[string]string{"kept": "2"})
		if whole := r.progress.now.passed == 4; whole != (name != "young") {
			t.Errorf("%s: the whole changelog was read: %v", name, whole)
		}
	}
}

// A task where nothing happens, restarted every day, is not read anew.
func TestAStoreThatLacksNothingStaysTrusted(t *testing.T) {
	r := newRestoring(t)
	r.say("a", "1")
	for range 3 {
		r.bring()
		r.clock.Set(r.clock.Now().Add(20 * time.Hour))
	}
	r.say("a", "2")
	r.bring()
	if p := r.restored(); p.Records != 1 {
		t.Errorf("%d records were read, want the one that the store lacked", p.Records)
	}
	r.clock.Set(r.clock.Now().Add(100 * 24 * time.Hour))
	r.bring()
	if p := r.restored(); p.Records != 0 {
		t.Errorf("%d records were read by a store that lacks none, however old", p.Records)
	}
}

// The same where the log starts behind the position of the store and still says
// which topics the state was made from.
func TestAStoreBelowTheStartOfTheChangelogIsReadAnew(t *testing.T) {
	r := newRestoring(t)
	r.say("erased", "1")
	r.bring()
	r.say("erased", "")
	r.say("a", "2")
	r.say(string(topicsKey), "{}")
	r.log.start = 2
	r.bring()
	r.want(map[string]string{"a": "2", string(topicsKey): "{}"})
}

func TestAStoreAheadOfTheChangelogIsRefused(t *testing.T) {
	r := newRestoring(t)
	r.say("a", "1")
	r.bring()
	r.log.logs[r.tp] = nil
	_, err := r.bringForward(context.Background())
	if err == nil || !strings.Contains(err.Error(), "deleted and created again") {
		t.Errorf("error %v", err)
	}
	r.want(map[string]string{"a": "1"})
}

// A restore that is large takes several loads; the last value of a key counts, and
// a restore that breaks off goes on where it was.
func TestALargeRestoreGoesOnWhereItBrokeOff(t *testing.T) {
	r := newRestoring(t)
	want := map[string]string{}
	value := strings.Repeat("x", 100<<10)
	for i := range 200 {
		key := fmt.Sprint("key-", i%37)
		want[key] = fmt.Sprint(i, value)
		r.say(key, want[key])
	}
	small := pace{fetch: 1, load: 3 << 20}
	broken := errors.New("the connection is gone")
	at, err := r.read(context.Background(), 0, 100, small)
	if err != nil || at < 100 {
		t.Fatalf("at %d, error %v", at, err)
	}
	r.log.fail = broken
	if _, err := r.read(context.Background(), at, 200, small); !errors.Is(err, broken) {
		t.Fatalf("error %v", err)
	}
	r.log.fail = nil
	positions, err := r.store.Positions(0)
	if err != nil || positions[positionChangelog] != at {
		t.Fatalf("positions %v, want what was applied, %d; error %v", positions, at, err)
	}
	r.bring()
	if p := r.restored(); p.Records != 200-at {
		t.Errorf("%d records were read again, want the last %d", p.Records, 200-at)
	}
	r.want(want)
}

// Tasks that lack little do not wait for those that lack everything.
func TestTailsDoNotWaitForWholeRestores(t *testing.T) {
	slots := newRestores(2 * wholeBytes)
	for range 2 {
		if _, _, err := slots.admit(t.Context(), tailRecords+1, false); err != nil {
			t.Fatal(err)
		}
	}
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, _, err := slots.admit(short, tailRecords+1, false); err == nil {
		t.Error("a third restore holds memory that two may")
	}
	p, release, err := slots.admit(t.Context(), tailRecords, false)
	if err != nil || p != tailPace {
		t.Fatalf("pace %+v, error %v", p, err)
	}
	release()
	if len(slots.tails) != 0 {
		t.Error("what is over still counts")
	}
}

func TestProgressSaysHowLongItWillTake(t *testing.T) {
	begin := time.Unix(1000, 0)
	var p progress
	p.begin(100, 500)
	waiting := p.see(begin)
	if text := waiting.String(); text != "400 records to go, waiting for the restore of other tasks" {
		t.Errorf("%q", text)
	}
	p.start(begin)
	unknown := p.see(begin.Add(time.Second))
	if _, known := unknown.Left(); known {
		t.Error("nothing is read, and the end is known")
	}
	p.took(&kafka.Fetched{Records: make([]kafka.Record, 90)})
	p.reach(200)
	half := p.see(begin.Add(10 * time.Second))
	if left, known := half.Left(); left != 30*time.Second || !known {
		t.Errorf("%v left, known %v", left, known)
	}
	if text := half.String(); text != "90 records (0 MiB) restored, 300 to go, about 30s left" {
		t.Errorf("%q", text)
	}
	p.reach(510) // the last fetch may go beyond
	p.finish(begin.Add(time.Minute))
	if over := p.see(begin.Add(time.Hour)); over.Took() != time.Minute || over.Remaining != 0 {
		t.Errorf("took %v, %d remaining", over.Took(), over.Remaining)
	}
}
