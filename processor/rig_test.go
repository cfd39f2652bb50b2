package processor

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"consentstream/processor/kafka"
	"consentstream/schemas"
	"consentstream/state"
	"consentstream/state/rules"
	"consentstream/state/store"
)

// day0 is the instant at which the rigs' clocks begin: 10:00 in Paris, on a day
// with no change of the law near.
var day0 = state.At(time.Date(2027, time.March, 1, 9, 0, 0, 0, time.UTC))

const oneDay = 24 * time.Hour

// rig runs the tasks of one processor step by step over a broker in memory, as
// Task.process does but in one thread: a step is in flight while the next one
// is computed.
type rig struct {
	t        *testing.T
	broker   *rigBroker
	clock    *ManualClock
	elapsed  time.Time
	config   TaskConfig
	tasks    []*Task
	inFlight []*commit
	waits    []*schemaWaits
	counts   Counts // of all applied steps
}

// rigBroker is a broker without faults that can hold back what was produced.
type rigBroker struct {
	*simBroker
	visible map[kafka.TopicPartition]int64 // end of what Fetch shows; none = all
	starts  map[kafka.TopicPartition]int64 // first offsets that are kept; none = 0
	away    string                         // a topic whose leaders do not answer
}

func errRefused(api string) error {
	return &kafka.TransportError{API: api, Err: errors.New("connection refused")}
}

func (b *rigBroker) EndOffsets(ctx context.Context, tps []kafka.TopicPartition, committed bool) (map[kafka.TopicPartition]int64, error) {
	for _, tp := range tps {
		if tp.Topic == b.away {
			return nil, errRefused("ListOffsets")
		}
	}
	return b.simBroker.EndOffsets(ctx, tps, committed)
}

func (b *rigBroker) StartOffsets(_ context.Context, tps []kafka.TopicPartition) (map[kafka.TopicPartition]int64, error) {
	out := map[kafka.TopicPartition]int64{}
	for _, tp := range tps {
		out[tp] = b.starts[tp]
	}
	return out, nil
}

func (b *rigBroker) Fetch(_ context.Context, positions []kafka.Position, _ kafka.FetchOptions) ([]kafka.Fetched, error) {
	out := make([]kafka.Fetched, len(positions))
	for i, p := range positions {
		out[i] = kafka.Fetched{TopicPartition: p.TopicPartition, Next: p.Offset}
		if p.Topic == b.away {
			out[i].Err = errRefused("Fetch")
			continue
		}
		log := b.logs[p.TopicPartition]
		end := int64(len(log))
		if at, ok := b.visible[p.TopicPartition]; ok {
			end = min(end, at)
		}
		for ; out[i].Next < end; out[i].Next++ {
			if r := log[out[i].Next]; !r.control {
				out[i].Records = append(out[i].Records, r.Record)
			}
		}
	}
	return out, nil
}

// newRig returns a rig of running tasks with nothing to read.
func newRig(t *testing.T, partitions int32, change ...func(*TaskConfig)) *rig {
	r := newBacklog(t, partitions, change...)
	r.start()
	r.run()
	return r
}

// newBacklog returns a rig whose tasks have not started: what is sent before
// start lies there at the first start.
func newBacklog(t *testing.T, partitions int32, change ...func(*TaskConfig)) *rig {
	t.Helper()
	st, err := store.Open("x", store.Options{FS: vfs.NewMem(), Logger: slog.New(slog.DiscardHandler), CacheBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	r := &rig{
		t: t, clock: NewManualClock(day0), elapsed: time.Unix(0, 0),
		broker: &rigBroker{newSimBroker(rand.New(rand.NewPCG(1, 1))), map[kafka.TopicPartition]int64{}, map[kafka.TopicPartition]int64{}, ""},
		tasks:  make([]*Task, partitions), inFlight: make([]*commit, partitions), waits: make([]*schemaWaits, partitions),
	}
	r.config = TaskConfig{
		Step: StepConfig{
			Topics: DefaultTopics(), Partitions: partitions, DeadLetters: 1, Policy: rules.Default(), Encoder: mustEncoder(),
			NewDecoder: func() *schemas.Decoder { return schemas.NewDecoder() }, Partition: kafka.Partition,
		},
		Group: "rig", Broker: r.broker, Store: st, Clock: r.clock, Logger: slog.New(slog.DiscardHandler),
		Limits: DefaultLimits(), PolicyID: "p1",
		Go: func(f func()) { f() }, Elapsed: func() time.Time { return r.elapsed },
		Observe: func(o Outcome) {
			if o.Err == nil {
				r.counts.add(&o.Step.Counts)
			}
		},
	}
	r.config.Limits.TombstonesKept = 1 << 62
	for _, f := range change {
		f(&r.config)
	}
	return r
}

func (c *Counts) add(other *Counts) {
	c.Records += other.Records
	c.Facts += other.Facts
	c.Duplicates += other.Duplicates
	c.DeadLetters += other.DeadLetters
	c.Misrouted += other.Misrouted
	c.Deadlines += other.Deadlines
	c.Ignored += other.Ignored
}

// start starts every task, anew where it runs: what was in flight is lost to
// the process, as in a crash.
func (r *rig) start() {
	r.t.Helper()
	for p := range r.tasks {
		r.startTask(p)
	}
}

func (r *rig) startTask(p int) {
	r.t.Helper()
	if c := r.inFlight[p]; c != nil {
		<-c.done
		r.inFlight[p] = nil
	}
	ctx := context.Background()
	t := NewTask(&r.config, int32(p), nil)
	var err error
	if t.producer, err = t.takeOver(ctx); err != nil {
		r.t.Fatal(err)
	}
	if err := t.resume(ctx); err != nil {
		r.t.Fatalf("resume: %v", err)
	}
	r.tasks[p], r.waits[p] = t, newSchemaWaits(t)
}

// fetchFor fetches once what a task reads, as its feeds do. The waits are those of
// the task.
func fetchFor(t *Task, waits *schemaWaits) (moved []*kafka.Fetched) {
	ctx := context.Background()
	var positions []kafka.Position
	for _, tp := range t.consumed() {
		positions = append(positions, kafka.Position{TopicPartition: tp, Offset: t.nextOffset(tp)})
	}
	readable := waits.readable(ctx, positions)
	t.unread.asks(t, readable)
	fetched, _ := t.config.Broker.Fetch(ctx, readable, kafka.FetchOptions{})
	t.unread.answered(t, fetched)
	waits.cut(ctx, fetched)
	for i := range fetched {
		if fetched[i].Next > t.nextOffset(fetched[i].TopicPartition) {
			moved = append(moved, &fetched[i])
		}
	}
	return moved
}

// try takes one step of a task.
func (r *rig) try(p int) error {
	ctx := context.Background()
	t := r.tasks[p]
	b, err := t.complete(ctx, &batch{now: t.now(), fetched: fetchFor(t, r.waits[p])})
	if err != nil {
		return err
	}
	r.inFlight[p], err = t.turn(b, r.inFlight[p])
	if c := r.inFlight[p]; c != nil {
		<-c.done // the broker has one thread; the store does not know the step yet
	}
	return err
}

func (r *rig) step(p int) {
	r.t.Helper()
	if err := r.try(p); err != nil {
		r.t.Fatalf("task %d: %v", p, err)
	}
}

// run lets every task run until nothing moves.
func (r *rig) run() {
	r.t.Helper()
	for quiet := 0; quiet < 6; quiet++ {
		before := r.broker.commits
		r.elapsed = r.elapsed.Add(2 * time.Second)
		for p := range r.tasks {
			r.step(p)
		}
		if r.broker.commits != before || r.busy() {
			quiet = -1
		}
	}
}

// busy reports whether a task is on its way through its contacts or deadlines,
// which may go on for long with nothing to commit.
func (r *rig) busy() bool {
	for _, t := range r.tasks {
		if t.sweep.busy() || !t.deadlines.ended && t.first == nil {
			return true
		}
	}
	return false
}

// at sets the clock and runs.
func (r *rig) at(now state.Instant) {
	r.t.Helper()
	r.clock.Set(now)
	r.run()
}

// tp is a partition of a topic; home is that of a contact.
func tp(topic string, partition int32) kafka.TopicPartition {
	return kafka.TopicPartition{Topic: topic, Partition: partition}
}

func (r *rig) home(key string) int32 { return kafka.Partition([]byte(key), int32(len(r.tasks))) }

// send produces a fact of a contact, recorded now, into its own partition.
func (r *rig) send(contact string, f state.Fact, headers ...kafka.Header) int64 {
	return r.sendTo(r.home(contact), state.Key{Controller: schemas.DefaultController, Contact: contact}, f, headers...)
}

func (r *rig) sendTo(partition int32, key state.Key, f state.Fact, headers ...kafka.Header) int64 {
	r.t.Helper()
	return r.raw(tp(r.topic(&f), partition), kafka.Record{
		Timestamp: int64(r.clock.Now()), Key: []byte(key.Contact), Value: r.encode(key, f), Headers: headers,
	})
}

func (r *rig) topic(f *state.Fact) string { return r.config.Step.Topics.Inputs()[f.Topic] }

func (r *rig) encode(key state.Key, f state.Fact) []byte {
	r.t.Helper()
	if f.RecordedAt == 0 {
		f.RecordedAt = r.clock.Now()
	}
	if f.OccurredAt == 0 {
		f.OccurredAt = r.clock.Now()
	}
	value, err := mustEncoder().Record(nil, f.Topic, &schemas.Record{Key: key, Fact: f})
	if err != nil {
		r.t.Fatal(err)
	}
	return value
}

// raw appends a record and returns its offset.
func (r *rig) raw(tp kafka.TopicPartition, record kafka.Record) int64 {
	r.broker.append(tp, record)
	return int64(len(r.broker.logs[tp])) - 1
}

// log is what lies in all partitions of a topic, control records left out.
func (r *rig) log(topic string) []kafka.Record {
	var records []kafka.Record
	for p := range r.tasks {
		for _, record := range r.broker.logs[tp(topic, int32(p))] {
			if !record.control {
				records = append(records, record.Record)
			}
		}
	}
	return records
}

// letters are the dead letters.
func (r *rig) letters() []kafka.Record { return r.log(r.config.Step.Topics.DeadLetter) }

// changes are the published changes of a contact at any controller, in order.
func (r *rig) changes(contact string) []state.EligibilityChanged {
	r.t.Helper()
	decoder := schemas.NewDecoder()
	var out []state.EligibilityChanged
	for _, record := range r.log(r.config.Step.Topics.Eligibility) {
		var e state.EligibilityChanged
		if err := decoder.EligibilityChanged(record.Value, &e); err != nil {
			r.t.Fatal(err)
		}
		if e.Key.Contact == contact {
			out = append(out, e)
		}
	}
	return out
}

// stages are the published retention stages of a contact, in order.
func (r *rig) stages(contact string) []state.RetentionExpiry {
	r.t.Helper()
	decoder := schemas.NewDecoder()
	var out []state.RetentionExpiry
	for _, record := range r.log(r.config.Step.Topics.Retention) {
		var e state.RetentionExpiry
		if err := decoder.RetentionExpiry(record.Value, &e); err != nil {
			r.t.Fatal(err)
		}
		if e.Key.Contact == contact {
			out = append(out, e)
		}
	}
	return out
}

// instance is one that owns the tasks.
func (r *rig) instance() *Instance {
	i := NewInstance(InstanceConfig{Task: r.config, Store: r.config.Store.(*store.Store)})
	for _, task := range r.tasks {
		i.add(task)
	}
	i.setJoined(true, "")
	return i
}

// contact is what is stored about a contact.
func (r *rig) contact(contact string) state.Contact {
	return r.contactOf(state.Key{Controller: schemas.DefaultController, Contact: contact})
}

func (r *rig) contactOf(key state.Key) state.Contact {
	r.t.Helper()
	c, err := storedContact(r.config.Store.(*store.Store), r.home(key.Contact), key)
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

// verdict decides about an e-mail to a contact now, from what is stored.
func (r *rig) verdict(key state.Key, kind state.MessageKind, address string) rules.Verdict {
	r.t.Helper()
	c := r.contactOf(key)
	at, known := liveMoment(r.clock.Now(), &c)
	return rules.Decide(r.config.Step.Policy, key.Controller, &c, at, known, rules.Question{Kind: kind, Channel: state.ChannelEmail, Address: address})
}

// wantNewsletter checks what the rules say about a newsletter to a contact of
// the default controller, with the reason, and that the last published row says
// the same. An allowed one has the reason of its basis.
func (r *rig) wantNewsletter(contact, address string, want state.Reason) {
	r.t.Helper()
	key := state.Key{Controller: schemas.DefaultController, Contact: contact}
	if v := r.verdict(key, state.MessageNewsletter, address); v.Reason != want {
		r.t.Errorf("%s: newsletter is %s, want %s", contact, v.Reason, want)
	}
	changes := r.changes(contact)
	if len(changes) == 0 {
		r.t.Errorf("%s: nothing was published", contact)
		return
	}
	if row := rowOf(&changes[len(changes)-1], state.MessageNewsletter, address); row == nil || row.Reason != want {
		r.t.Errorf("%s: the last published newsletter row is %+v, want %s", contact, row, want)
	}
}

// rowOf finds the published row of an e-mail, nil when there is none.
func rowOf(e *state.EligibilityChanged, kind state.MessageKind, address string) *state.PublishedVerdict {
	for i := range e.Verdicts {
		if v := &e.Verdicts[i]; v.Kind == kind && v.Channel == state.ChannelEmail && v.Address == address && v.Brand == "" {
			return v
		}
	}
	return nil
}

func header(r *kafka.Record, key string) string {
	for _, h := range r.Headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return ""
}

// The facts of most tests.

func order(id string) state.Fact {
	return state.Fact{ID: id, Topic: state.TopicPurchases, Purchase: &state.Purchase{
		Kind: state.PurchaseOrdered, OrderRef: "O-" + id, Family: "main", AmountMinor: 1000, AmountKnown: true, Role: state.RoleBuyer,
		CollectedBy: state.CollectedDirect, SoldBy: state.SoldOnline,
	}}
}

// consent is a yes to newsletters and offers by e-mail.
func consent(id string) state.Fact {
	return state.Fact{ID: id, Topic: state.TopicSignups, Signup: &state.Signup{
		Kind: state.SignupForm, Collection: state.CollectionDirect,
		Notice: &state.Notice{
			Channels: state.ChannelsOf(state.ChannelEmail), Purposes: bothPurposes(), OptOutOffered: true,
			Mode: state.NoticeForm, TextVersion: "v1", ProofRef: "proof",
		},
		Answers: []state.Answer{{
			Form: state.FormOptInBox, Value: state.AnswerYes, Channels: state.ChannelsOf(state.ChannelEmail),
			Purposes: bothPurposes(), Shown: bothPurposes(), ProofRef: "proof", TextVersion: "v1",
		}},
	}}
}

func bothPurposes() state.Purposes {
	return state.PurposesOf(state.PurposePromotional, state.PurposeNewsletter)
}

// unsubscribe is a negative on all marketing by e-mail.
func unsubscribe(id string) state.Fact {
	return state.Fact{ID: id, Topic: state.TopicUnsubscribes, Unsubscribe: &state.Unsubscribe{
		Kind: state.UnsubscribeUnsubscribe, Method: state.MethodLink, PurgedBefore: state.Unset,
	}}
}

func withAddress(f state.Fact, address string) state.Fact {
	f.Address = address
	return f
}

func when(f state.Fact, at state.Instant) state.Fact {
	f.OccurredAt, f.RecordedAt = at, at
	return f
}
