package processor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"consentstream/processor/generate"
	"consentstream/processor/kafka"
	"consentstream/schemas"
	"consentstream/state"
	"consentstream/state/codec"
	"consentstream/state/rules"
	"consentstream/state/store"
)

const simPartitions = 2

// simulation runs instances of the processor in one thread: records arrive
// twice, late, at the wrong partition and unreadable; steps fail, processes
// crash and lose what was not synced, tasks move to another instance. In the
// end every contact must be as if its facts had been folded once, in peace.
type simulation struct {
	t         *testing.T
	random    *rand.Rand
	broker    *simBroker
	clock     *ManualClock
	elapsed   time.Time
	instances [2]*simInstance
	owner     [simPartitions]int
	tasks     [simPartitions]*Task
	oracle    *Driver
	unread    map[string]bool // contacts with an unreadable record
	topics    Topics
}

type simInstance struct {
	disk  *vfs.MemFS
	store *store.Store
}

func TestSimulation(t *testing.T) {
	seeds := uint64(20)
	if n, err := strconv.ParseUint(os.Getenv("SIM_SEEDS"), 10, 64); err == nil {
		seeds = n
	}
	first := uint64(1)
	if n, err := strconv.ParseUint(os.Getenv("SIM_SEED"), 10, 64); err == nil {
		first, seeds = n, 1
	}
	for seed := first; seed < first+seeds; seed++ {
		t.Run(fmt.Sprintf("SIM_SEED=%d", seed), func(t *testing.T) { newSimulation(t, seed).run() })
	}
}

func newSimulation(t *testing.T, seed uint64) *simulation {
	random := rand.New(rand.NewPCG(seed, 7))
	from := generate.DefaultUntil.Add(-generate.DefaultSpan)
	s := &simulation{
		t: t, random: random, broker: newSimBroker(random), clock: NewManualClock(from), elapsed: time.Unix(0, 0),
		topics: DefaultTopics(), unread: map[string]bool{},
	}
	s.oracle = NewDriver(rules.Default(), nil)
	for i := range s.instances {
		s.instances[i] = &simInstance{disk: vfs.NewCrashableMem()}
		s.open(i)
	}
	return s
}

func (s *simulation) open(i int) {
	st, err := store.Open("store", store.Options{FS: s.instances[i].disk, Logger: slog.New(slog.DiscardHandler), CacheBytes: 1 << 20})
	if err != nil {
		s.t.Fatalf("open store: %v", err)
	}
	s.instances[i].store = st
}

// run feeds a shop's events in portions, lets things happen in between, and
// compares in the end.
func (s *simulation) run() {
	config := generate.Default()
	config.Seed, config.Events, config.Contacts = s.random.Uint64(), 400, 25
	shop := generate.New(config)
	backlog := s.random.IntN(3) == 0 // a first start on what is there already
	var record schemas.Record
	for more := true; more; {
		for n := 1 + s.random.IntN(30); n > 0 && more; n-- {
			if more = shop.Next(&record); more {
				s.produce(record.Clone())
			}
		}
		if !backlog {
			s.broker.faults = true
			for n := s.random.IntN(6); n > 0; n-- {
				s.happen()
			}
		}
	}
	for n := 60; n > 0; n-- {
		s.happen()
	}
	s.quiet(config.Until)
	s.compare()
}

// produce appends a record to its topic, sometimes twice, at the wrong
// partition, or with an unreadable twin, and tells the oracle.
func (s *simulation) produce(r schemas.Record) {
	encoder, _ := schemas.NewEncoder()
	value, err := encoder.Record(nil, r.Fact.Topic, &r)
	if err != nil {
		s.t.Fatal(err)
	}
	key := []byte(r.Key.Contact)
	at := r.Fact.RecordedAt
	s.clock.Set(at)
	out := kafka.Record{Timestamp: int64(at), Key: key, Value: value}
	s.broker.append(s.partition(s.topics.Inputs()[r.Fact.Topic], key), out)
	if s.random.IntN(20) == 0 {
		s.broker.append(s.partition(s.topics.Inputs()[r.Fact.Topic], key), out)
	}
	if s.random.IntN(60) == 0 {
		s.broker.append(s.partition(s.topics.Unsubscribes, key), kafka.Record{Timestamp: int64(at), Key: key, Value: []byte("not a record")})
		s.unread[r.Key.Contact] = true
	}
	s.oracle.Deliver(r.Key, r.Fact)
}

// partition is where a key belongs, one time in ten elsewhere.
func (s *simulation) partition(topic string, key []byte) kafka.TopicPartition {
	p := kafka.Partition(key, simPartitions)
	if s.random.IntN(10) == 0 {
		p = int32(s.random.IntN(simPartitions))
	}
	return kafka.TopicPartition{Topic: topic, Partition: p}
}

// happen lets one thing happen to one task.
func (s *simulation) happen() {
	p := s.random.IntN(simPartitions)
	s.elapsed = s.elapsed.Add(time.Duration(s.random.IntN(400)) * time.Millisecond)
	switch s.random.IntN(14) {
	case 0:
		s.crash(s.random.IntN(len(s.instances)))
	case 1: // the group moves the task, the old owner does not know it yet
		old := s.tasks[p]
		s.owner[p] = 1 - s.owner[p]
		s.tasks[p] = nil
		s.step(p)
		if old != nil {
			s.zombie(old)
		}
	default:
		s.step(p)
	}
}

// crash loses a process: its tasks, and of its store what was not synced.
func (s *simulation) crash(i int) {
	in := s.instances[i]
	left := in.disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: s.random.IntN(101), RNG: s.random})
	_ = in.store.Close()
	in.disk = left
	s.open(i)
	for p := range s.tasks {
		if s.owner[p] == i {
			s.tasks[p] = nil
		}
	}
}

// zombie lets a task go on that another instance has taken over.
func (s *simulation) zombie(t *Task) {
	err := s.advance(t)
	if err != nil && !errors.Is(err, kafka.ErrFenced) && !errors.Is(err, kafka.ErrReset) {
		s.t.Fatalf("zombie: %v", err)
	}
}

// step takes one step of a task, starting it first where it does not run.
func (s *simulation) step(p int) {
	if s.tasks[p] == nil {
		s.tasks[p] = s.start(p)
	}
	err := s.advance(s.tasks[p])
	switch {
	case errors.Is(err, kafka.ErrReset):
		if err := s.tasks[p].resume(context.Background()); err != nil {
			s.t.Fatalf("resume: %v", err)
		}
	case err != nil:
		s.t.Fatalf("task %d: %v", p, err)
	}
}

func (s *simulation) start(p int) *Task {
	config := &TaskConfig{
		Step: StepConfig{
			Topics: s.topics, Partitions: simPartitions, DeadLetters: 1, Policy: rules.Default(), Encoder: mustEncoder(),
			NewDecoder: func() *schemas.Decoder { return schemas.NewDecoder() }, Partition: kafka.Partition,
		},
		Group: "sim", Broker: s.broker, Store: s.instances[s.owner[p]].store, Clock: s.clock,
		Logger: slog.New(slog.DiscardHandler), Limits: DefaultLimits(), PolicyID: "default",
		Go: func(f func()) { f() }, Elapsed: func() time.Time { return s.elapsed },
	}
	config.Limits.DeadlinesPerStep = 5
	config.Limits.TombstonesKept = 1 << 62
	t := NewTask(config, int32(p), nil)
	ctx := context.Background()
	producer, err := t.takeOver(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	t.producer = producer
	if err := t.resume(ctx); err != nil {
		s.t.Fatalf("resume: %v", err)
	}
	return t
}

func mustEncoder() *schemas.Encoder {
	e, err := schemas.NewEncoder()
	if err != nil {
		panic(err)
	}
	return e
}

// advance is what Task.process does, one step at a time and without waiting.
func (s *simulation) advance(t *Task) error {
	ctx := context.Background()
	b := &batch{now: t.now()}
	var positions []kafka.Position
	for _, tp := range t.consumed() {
		positions = append(positions, kafka.Position{TopicPartition: tp, Offset: t.positions[tp]})
	}
	fetched, _ := s.broker.Fetch(ctx, positions, kafka.FetchOptions{})
	for i := range fetched {
		if fetched[i].Next > positions[i].Offset {
			b.fetched = append(b.fetched, &fetched[i])
		}
	}
	b, err := t.complete(ctx, b)
	if b == nil || err != nil {
		return err
	}
	step := t.steps[0]
	if err := t.compute(step, b, nil); err != nil {
		return err
	}
	if step.Empty() {
		return nil
	}
	c := t.start(step)
	_, err = t.finish(c)
	return err
}

// quiet ends the faults and lets every task run until nothing moves.
func (s *simulation) quiet(until state.Instant) {
	s.broker.faults = false
	s.clock.Set(until)
	for idle := 0; idle < 8; {
		before := s.broker.commits
		for p := range s.tasks {
			s.elapsed = s.elapsed.Add(2 * time.Second)
			for range 20 {
				s.step(p)
			}
		}
		if s.broker.commits == before {
			idle++
		} else {
			idle = 0
		}
	}
}

// compare holds states and published records against the oracle.
func (s *simulation) compare() {
	s.oracle.Advance(s.clock.Now())
	for _, key := range s.oracle.Keys() {
		p := kafka.Partition([]byte(key.Contact), simPartitions)
		got, err := LookupContact(s.instances[s.owner[p]].store, p, key)
		if err != nil {
			s.t.Fatal(err)
		}
		want := *s.oracle.Contact(key)
		if !s.unread[key.Contact] && !bytes.Equal(factsOf(&got), factsOf(&want)) {
			s.t.Errorf("contact %s: facts differ:\n got %d facts %v\nwant %d facts %v", key.Contact, len(got.Facts), got.Uses, len(want.Facts), want.Uses)
		}
		s.compareRows(key, &got)
	}
	s.compareLog()
}

// factsOf encodes the facts alone, for comparison.
func factsOf(c *state.Contact) []byte {
	only := state.NewContact()
	only.Facts, only.Uses = c.Facts, c.Uses
	return codec.AppendContact(nil, &only)
}

// compareRows checks that what was last published is what holds.
func (s *simulation) compareRows(key state.Key, c *state.Contact) {
	now, known := liveMoment(s.clock.Now(), c)
	d := rules.Standing(rules.Default(), key.Controller, c, now, known)
	if c.Published.Sequence == 0 || differs(c.Published.Rows, d.Verdicts) {
		s.t.Errorf("contact %s: what was published (sequence %d) is not what holds", key.Contact, c.Published.Sequence)
	}
	if s.unread[key.Contact] {
		for _, v := range d.Verdicts {
			if v.Kind == state.MessagePromotional && v.Allowed {
				s.t.Errorf("contact %s: marketing allowed although a negative could not be read", key.Contact)
			}
		}
	}
}

// compareLog checks the published log: sequences without gap or repeat, and the
// last record of each contact equal to its state.
func (s *simulation) compareLog() {
	last := map[state.Key]int64{}
	ids := map[string]bool{}
	decoder := schemas.NewDecoder()
	for p := range int32(simPartitions) {
		for _, r := range s.broker.logs[kafka.TopicPartition{Topic: s.topics.Eligibility, Partition: p}] {
			if r.control {
				continue
			}
			var e state.EligibilityChanged
			if err := decoder.EligibilityChanged(r.Value, &e); err != nil {
				s.t.Fatal(err)
			}
			if e.Sequence != last[e.Key]+1 || ids[e.EventID] {
				s.t.Errorf("contact %s: sequence %d after %d, id seen %v", e.Key.Contact, e.Sequence, last[e.Key], ids[e.EventID])
			}
			last[e.Key], ids[e.EventID] = e.Sequence, true
		}
	}
}
