package processor

import (
	"bytes"
	"context"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"consentstream/processor/generate"
	"consentstream/processor/kafka"
	"consentstream/schemas"
	"consentstream/state"
	"consentstream/state/codec"
	"consentstream/state/rules"
)

const (
	simPartitions = 3
	simMembers    = 3
	simAddresses  = 12 // fewer than contacts: most share theirs
)

// simulation runs a group of instances in one thread: records arrive twice, late,
// at the wrong partition and unreadable; steps fail, members join, leave, crash,
// lose their disk or get an old one back, and go on as zombies when the group has
// given their tasks to others. In the end every contact must be as if its facts
// had been folded once, in peace.
type simulation struct {
	t       *testing.T
	random  *rand.Rand
	broker  *simBroker
	clock   *ManualClock
	elapsed time.Time
	group   simGroup
	members [simMembers]*simMember
	oracle  *Driver
	unread  map[string]bool // contacts with an unreadable record
	bad     map[string]bool // where unreadable records lie
	topics  Topics
	backlog bool // everything lies there before the first start
	// registry knows the schemas that some records name by id.
	registry *simRegistry
	acted    map[string]int // how often what happened
}

// SIM_SEED repeats one seed; with SIM_SEEDS it is the first of so many.
func TestSimulation(t *testing.T) {
	first, seeds := uint64(1), uint64(20)
	if n, err := strconv.ParseUint(os.Getenv("SIM_SEED"), 10, 64); err == nil {
		first, seeds = n, 1
	}
	if n, err := strconv.ParseUint(os.Getenv("SIM_SEEDS"), 10, 64); err == nil {
		seeds = n
	}
	acted := map[string]int{}
	var adding sync.Mutex
	t.Run("seeds", func(t *testing.T) {
		for seed := first; seed < first+seeds; seed++ {
			t.Run(fmt.Sprintf("SIM_SEED=%d", seed), func(t *testing.T) {
				t.Parallel()
				s := newSimulation(t, seed)
				defer s.close()
				s.run()
				adding.Lock()
				defer adding.Unlock()
				for what, n := range s.acted {
					acted[what] += n
				}
			})
		}
	})
	t.Logf("%d seeds from %d: %v", seeds, first, acted)
	for _, what := range simActs {
		if seeds >= 20 && acted[what] == 0 {
			t.Errorf("in no seed: %s", what)
		}
	}
}

func newSimulation(t *testing.T, seed uint64) *simulation {
	random := rand.New(rand.NewPCG(seed, 7))
	from := generate.DefaultUntil.Add(-generate.DefaultSpan)
	s := &simulation{
		t: t, random: random, broker: newSimBroker(random), clock: NewManualClock(from), elapsed: time.Unix(0, 0),
		topics: DefaultTopics(), unread: map[string]bool{}, bad: map[string]bool{}, acted: map[string]int{},
	}
	s.broker.asksGeneration = random.IntN(2) == 0
	s.registry = &simRegistry{random: random}
	s.oracle = NewDriver(rules.Default(), nil)
	for i := range s.members {
		s.members[i] = &simMember{disk: vfs.NewCrashableMem()}
		s.open(s.members[i])
	}
	s.join(random.IntN(simMembers))
	return s
}

// close gives back what the members hold, which is not all the collector's.
func (s *simulation) close() {
	for _, m := range s.members {
		if m.store != nil {
			_ = m.store.Close()
		}
	}
}

// run feeds a shop's events in portions, lets things happen in between, and
// compares in the end.
func (s *simulation) run() {
	config := generate.Default()
	config.Seed, config.Events, config.Contacts = s.random.Uint64(), 400, 25
	shop := generate.New(config)
	s.backlog = s.random.IntN(3) == 0
	var record schemas.Record
	for more := true; more; {
		for n := 1 + s.random.IntN(30); n > 0 && more; n-- {
			if more = shop.Next(&record); more {
				s.produce(record.Clone())
			}
		}
		if !s.backlog {
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
	if r.Fact.Address != "" {
		r.Fact.Address = fmt.Sprint("a-", crc32.ChecksumIEEE([]byte(r.Key.Contact))%simAddresses)
	}
	value, err := s.registry.encoder().Record(nil, r.Fact.Topic, &r)
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
		tp := s.partition(s.topics.Unsubscribes, key)
		offset := s.broker.append(tp, kafka.Record{Timestamp: int64(at), Key: key, Value: []byte("not a record")})
		s.bad[origin{tp.Topic, tp.Partition, offset}.ref()] = true
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

func mustEncoder() *schemas.Encoder {
	e, err := schemas.NewEncoder()
	if err != nil {
		panic(err)
	}
	return e
}

// advance is what Task.process does, one step at a time and without waiting.
func (s *simulation) advance(t *Task, waits *schemaWaits) error {
	b, err := t.complete(context.Background(), &batch{now: t.now(), fetched: fetchFor(t, waits)})
	if b == nil || err != nil {
		return err
	}
	step := t.steps[0]
	if err := s.inSlices(t, step, b); err != nil {
		return err
	}
	if step.Empty() {
		return nil
	}
	c := t.start(step)
	_, err = t.finish(c)
	return err
}

// inSlices computes a batch at once or in parts: what was fetched is cut anywhere.
func (s *simulation) inSlices(t *Task, step *Step, b *batch) error {
	whole, later := b.fetched, []*kafka.Fetched(nil)
	if b.fetched = nil; s.random.IntN(2) == 0 {
		for _, f := range whole {
			head, tail := *f, *f
			if n := s.random.IntN(len(f.Records) + 1); n < len(f.Records) {
				head.Records, head.Next, tail.Records = f.Records[:n], f.Records[n].Offset, f.Records[n:]
				later = append(later, &tail)
			}
			b.fetched = append(b.fetched, &head)
		}
	} else {
		b.fetched = whole
	}
	if err := t.compute(step, b, nil); err != nil || len(later) == 0 || t.refeed {
		return err
	}
	return t.extend(step, &batch{now: t.now(), phase: b.phase, fetched: later}, nil)
}

// quiet ends the faults, lets everybody know the group as it is, and lets every
// task run until nothing moves.
func (s *simulation) quiet(until state.Instant) {
	s.broker.faults, s.registry.away = false, false
	s.clock.Set(until)
	for i, m := range s.members {
		if m.down {
			s.revive(i)
		}
		s.join(i)
	}
	for i := range s.members {
		s.notice(i)
	}
	for idle := 0; idle < 8; {
		before := s.broker.commits
		for p, owner := range s.group.owner {
			s.elapsed = s.elapsed.Add(2 * time.Second)
			for range 20 {
				s.step(owner, p)
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
		got, err := LookupContact(s.members[s.group.owner[p]].store, p, key)
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
	s.compareLetters()
}

// compareLetters checks that every unreadable record is in the dead letters once.
func (s *simulation) compareLetters() {
	seen := map[string]int{}
	for _, r := range s.broker.logs[kafka.TopicPartition{Topic: s.topics.DeadLetter}] {
		if !r.control {
			seen[readLetter(kafka.TopicPartition{}, &r.Record).Ref]++
		}
	}
	for ref, n := range seen {
		if n != 1 || !s.bad[ref] {
			s.t.Errorf("dead letter of %s: %d times, unreadable %v", ref, n, s.bad[ref])
		}
	}
	if len(seen) != len(s.bad) {
		s.t.Errorf("%d of %d unreadable records are in the dead letters", len(seen), len(s.bad))
	}
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

// wantNothingTooEarly checks that whatever a first start allows holds in view of
// all that lay there, objections of others who share the address too.
func (s *simulation) wantNothingTooEarly(e *state.EligibilityChanged) {
	c := s.oracle.Contact(e.Key)
	if !s.backlog || c == nil || c.Horizon > e.DecidedAt {
		return
	}
	at, known := liveMoment(e.DecidedAt, &state.Contact{Facts: c.Facts})
	d := rules.Standing(rules.Default(), e.Key.Controller, c, at, known)
	for i := range e.Verdicts {
		v := &e.Verdicts[i]
		for j := range d.Verdicts {
			w := &d.Verdicts[j]
			if v.Allowed && !w.Allowed && v.Kind == w.Kind && v.Channel == w.Channel && v.Address == w.Address && v.Brand == w.Brand {
				s.t.Errorf("contact %s: sequence %d allows %v, which %v forbids", e.Key.Contact, e.Sequence, v.Kind, w.Reason)
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
			s.wantNothingTooEarly(&e)
		}
	}
}
