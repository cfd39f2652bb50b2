package processor

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"consentstream/processor/check"
	"consentstream/processor/kafka"
	"consentstream/schemas"
	"consentstream/state"
)

// oneRegistry has the four input schemas under the ids 1 to 4, in the order of
// state.Topic, and again ten higher, twenty higher and so on; it may be away.
type oneRegistry struct {
	away  bool
	asked map[int]int
}

func (o *oneRegistry) SchemaByID(_ context.Context, id int) (string, error) {
	o.asked[id]++
	if o.away {
		return "", errors.New("connection refused")
	}
	return schemas.OfTopic(state.Topic(id%10 - 1)).Text, nil
}

// desk is a rig whose decoders ask a registry, and what it logs.
type desk struct {
	*rig
	registry *oneRegistry
	logged   *bytes.Buffer
}

func newDesk(t *testing.T, partitions int32, with func(*testing.T, int32, ...func(*TaskConfig)) *rig) *desk {
	d := &desk{registry: &oneRegistry{asked: map[int]int{}}, logged: &bytes.Buffer{}}
	d.rig = with(t, partitions, func(c *TaskConfig) {
		c.Logger = slog.New(slog.NewTextHandler(d.logged, nil))
		c.Step.NewDecoder = func() *schemas.Decoder { return schemas.NewDecoder(schemas.WithRegistry(d.registry)) }
	})
	return d
}

// sendAs produces a fact of a contact whose schema is named by its id plus so many tens.
func (d *desk) sendAs(tens int, partition int32, contact string, f state.Fact) int64 {
	d.t.Helper()
	id := uint32(10*tens + int(f.Topic) + 1)
	f.OccurredAt, f.RecordedAt = d.clock.Now(), d.clock.Now()
	value, err := schemas.AppendRecord(binary.BigEndian.AppendUint32([]byte{0}, id), f.Topic,
		&schemas.Record{Key: state.Key{Controller: schemas.DefaultController, Contact: contact}, Fact: f})
	if err != nil {
		d.t.Fatal(err)
	}
	return d.raw(tp(d.topic(&f), partition), kafka.Record{Timestamp: int64(d.clock.Now()), Key: []byte(contact), Value: value})
}

func (d *desk) wantCommitted(topic string, want int64) {
	d.t.Helper()
	if got := d.broker.offsets[tp(topic, 0)]; got != want {
		d.t.Errorf("%s is committed to %d, want %d", topic, got, want)
	}
}

// wantReasons checks what readiness says, "" = that it is ready.
func (d *desk) wantReasons(want string) {
	d.t.Helper()
	ready, reasons := d.instance().Ready()
	if got := strings.Join(reasons, "; "); ready != (want == "") || (want == "") != (got == "") || !strings.Contains(got, want) {
		d.t.Errorf("ready %v: %q, want %q", ready, got, want)
	}
}

// A record whose schema cannot be had holds back what lies behind it in its own
// partition and nothing else; what lies before it is used.
func TestAnUnseenSchemaHoldsItsPartitionAlone(t *testing.T) {
	d := newDesk(t, 1, newRig)
	d.sendAs(0, 0, "jane", withAddress(consent("yes"), "jane@example.org"))
	d.sendAs(0, 0, "jane", order("first"))
	d.run()
	d.wantNewsletter("jane", "jane@example.org", state.ReasonConsent)
	d.registry.away = true
	d.sendAs(0, 0, "jane", order("before"))
	held := d.sendAs(1, 0, "jane", order("held"))
	d.sendAs(0, 0, "jane", order("behind"))
	d.sendAs(0, 0, "mary", withAddress(consent("yes of mary"), "mary@example.org"))
	d.send("jane", unsubscribe("no"))
	d.run()
	d.wantNewsletter("jane", "jane@example.org", state.ReasonObjected)
	d.wantNewsletter("mary", "mary@example.org", state.ReasonConsent)
	d.wantCommitted("purchases", held)
	d.wantReasons("task 0: purchases waits for schema 11")
	if d.tasks[0].held.count() != 1 {
		t.Error("the metric does not tell")
	}
	d.registry.away = false
	d.run()
	d.run()
	d.wantCommitted("purchases", held+2)
	d.wantReasons("")
	if c := d.contact("jane"); len(c.Facts) != 6 || len(d.letters()) != 0 {
		t.Errorf("%d facts, %d dead letters", len(c.Facts), len(d.letters()))
	}
	for _, line := range []string{"waits for a schema", "the schema is known"} {
		if n := strings.Count(d.logged.String(), line); n != 1 {
			t.Errorf("%q is logged %d times", line, n)
		}
	}
}

// Nothing of what waits is held in memory, and the registry is asked at a pace.
func TestAPartitionThatWaitsIsNotFetched(t *testing.T) {
	d := newDesk(t, 1, newRig)
	d.registry.away = true
	d.sendAs(1, 0, "jane", order("held"))
	d.step(0)
	asked := d.registry.asked[11]
	for range 50 {
		for _, p := range d.waits[0].readable(t.Context(), []kafka.Position{{TopicPartition: tp("purchases", 0)}}) {
			t.Fatalf("%v is read", p)
		}
	}
	if n := d.registry.asked[11]; n > asked+1 {
		t.Errorf("asked %d times without a pause", n-asked)
	}
	for range 100 {
		d.elapsed = d.elapsed.Add(lastSchemaPause)
		d.step(0)
	}
	if n := d.registry.asked[11]; n < 50 || n > 110 {
		t.Errorf("asked %d times in a hundred pauses", n)
	}
	if len(d.tasks[0].backlog) != 0 {
		t.Error("records are held")
	}
}

// What may be an objection waits: the rest goes on, but nobody is told about the
// contacts of the task as if all were read.
func TestAnUnseenSchemaOnUnsubscribes(t *testing.T) {
	d := newDesk(t, 1, newRig)
	key := state.Key{Controller: schemas.DefaultController, Contact: "jane"}
	d.send("jane", withAddress(consent("yes"), "jane@example.org"))
	d.run()
	d.registry.away = true
	d.sendAs(1, 0, "jane", unsubscribe("no"))
	d.send("mary", withAddress(consent("yes of mary"), "mary@example.org"))
	d.run()
	if c := d.contact("mary"); len(c.Facts) != 1 {
		t.Errorf("of mary there are %d facts", len(c.Facts))
	}
	d.wantReasons("task 0: unsubscribes waits for schema 14")
	if _, err := d.instance().Lookup(t.Context(), key); !errors.Is(err, check.ErrUnread) {
		t.Errorf("the point check answers with %v", err)
	}
	d.registry.away = false
	d.run()
	d.wantNewsletter("jane", "jane@example.org", state.ReasonObjected)
	d.wantNewsletter("mary", "mary@example.org", state.ReasonConsent)
	d.wantReasons("")
	if _, err := d.instance().Lookup(t.Context(), key); err != nil {
		t.Errorf("the point check refuses: %v", err)
	}
}

// An expiry waits until every partition is read, and so for a schema too.
func TestAnExpiryWaitsForASchema(t *testing.T) {
	d := newDesk(t, 1, newRig)
	d.send("jane", when(order("o"), day0))
	d.run()
	end := expiryOf(day0)
	d.at(end.Add(-oneDay))
	d.registry.away = true
	d.sendAs(1, 0, "jane", order("later"))
	d.at(end.Add(3 * oneDay))
	d.wantStages("jane", state.StageWarning)
	d.registry.away = false
	d.at(end.Add(4 * oneDay))
	d.wantStages("jane", state.StageWarning)
	if c := d.contact("jane"); len(c.Facts) != 2 {
		t.Errorf("%d facts", len(c.Facts))
	}
}

// A first start waits for what it cannot read yet: nobody is newly allowed before.
// The lane goes on.
func TestAFirstStartWaitsForASchema(t *testing.T) {
	for _, held := range []state.Fact{order("held"), unsubscribe("held")} {
		d := newDesk(t, 1, newBacklog)
		d.registry.away = true
		d.send("jane", withAddress(consent("yes"), "jane@example.org"))
		d.send("mary", unsubscribe("no"))
		d.sendAs(1, 0, "jane", held)
		d.start()
		d.run()
		topic := d.topic(&held)
		if got := d.changes("jane"); len(got) != 0 {
			t.Errorf("%s waits, and %+v was published", topic, got)
		}
		if got := d.changes("mary"); len(got) != 1 {
			t.Errorf("%s waits, and of the objection before it came %d changes", topic, len(got))
		}
		d.wantReasons(topic + " waits for schema")
		d.registry.away = false
		d.run()
		d.wantReasons("")
		if c := d.contact("jane"); len(c.Facts) != 2 || len(d.changes("jane")) != 1 || d.tasks[0].State() != TaskRunning {
			t.Errorf("%s: %d facts, %d changes, %v", topic, len(c.Facts), len(d.changes("jane")), d.tasks[0].State())
		}
	}
}

// While unsubscribes wait for a schema nobody is newly allowed: the objection may
// lie there. What denies goes on.
func TestNobodyIsNewlyAllowedWhileAnObjectionMayWait(t *testing.T) {
	for _, objecting := range []string{"jane", "mary"} {
		d := newDesk(t, 1, newRig)
		d.registry.away = true
		d.sendAs(1, 0, objecting, unsubscribe("held"))
		d.run()
		d.send("jane", consent("yes"))
		d.send("otto", order("o1"))
		d.run()
		d.wantNothingAllowed("jane")
		d.wantNothingAllowed("otto")
		d.registry.away = false
		d.run()
		if last := d.lastChange("jane"); (promotional(last) != nil) != (objecting == "mary") {
			t.Errorf("of %s is known that they objected, and of jane is told %+v", objecting, last.Verdicts)
		}
		if last := d.lastChange("otto"); firstAllowed(last) == nil {
			t.Error("otto is not served, although all is read")
		}
	}
}

func firstAllowed(change *state.EligibilityChanged) *state.PublishedVerdict {
	for i := range change.Verdicts {
		if change.Verdicts[i].Allowed {
			return &change.Verdicts[i]
		}
	}
	return nil
}

// promotional returns that promotional e-mail is allowed, nil where it is not.
func promotional(change *state.EligibilityChanged) *state.PublishedVerdict {
	for i := range change.Verdicts {
		if v := &change.Verdicts[i]; v.Allowed && v.Kind == state.MessagePromotional && v.Channel == state.ChannelEmail {
			return v
		}
	}
	return nil
}

func (d *desk) lastChange(contact string) *state.EligibilityChanged {
	d.t.Helper()
	changes := d.changes(contact)
	if len(changes) == 0 {
		d.t.Fatalf("nothing is told of %s", contact)
	}
	return &changes[len(changes)-1]
}

// A record at the wrong partition waits where it is: sent on, it would hold back
// what the other task is told of objections.
func TestAMisroutedRecordWaitsWhereItIs(t *testing.T) {
	d := newDesk(t, 2, newRig)
	d.registry.away = true
	wrong := 1 - d.home("jane")
	d.sendAs(1, wrong, "jane", order("held"))
	d.run()
	if n := len(d.log(d.config.Step.Topics.Repartition)); n != 0 {
		t.Errorf("%d records were sent on", n)
	}
	d.registry.away = false
	d.run()
	if c := d.contact("jane"); len(c.Facts) != 1 {
		t.Errorf("%d facts", len(c.Facts))
	}
}

// The owner of a contact may not know a schema that the task which sent the record
// on has known: then its repartition waits, and the other topics do not.
func TestARecordThatWasSentOnWaitsForItsSchema(t *testing.T) {
	d := newDesk(t, 2, newRig)
	home := d.home("jane")
	d.sendAs(1, 1-home, "jane", order("held"))
	d.step(int(1 - home))
	d.step(int(1 - home))
	d.registry.away = true
	d.send("jane", consent("yes"))
	d.run()
	if c := d.contact("jane"); len(c.Facts) != 1 {
		t.Errorf("%d facts while the schema is away", len(c.Facts))
	}
	d.wantReasons("consentstream-repartition waits for schema 11")
	d.registry.away = false
	d.run()
	if c := d.contact("jane"); len(c.Facts) != 2 || len(d.letters()) != 0 {
		t.Errorf("%d facts, %d dead letters", len(c.Facts), len(d.letters()))
	}
}

// Where a schema is lost between reading and taking a record, which only one that
// the registry did not have can be, the task goes back to what is committed.
func TestASchemaThatIsAwayInTheMiddleOfAStep(t *testing.T) {
	d := newDesk(t, 1, newRig)
	d.registry.away = true
	d.sendAs(1, 0, "jane", order("o"))
	fetched, _ := d.broker.Fetch(t.Context(), []kafka.Position{{TopicPartition: tp("purchases", 0)}}, kafka.FetchOptions{})
	before := d.broker.commits
	_, err := d.tasks[0].turn(&batch{now: d.clock.Now(), fetched: []*kafka.Fetched{&fetched[0]}}, nil)
	if !errors.Is(err, schemas.ErrRegistryUnavailable) {
		t.Fatalf("error %v", err)
	}
	if err := d.tasks[0].settle(canceled(), err); err != nil {
		t.Fatalf("the task ends for what time mends: %v", err)
	}
	d.registry.away = false
	d.start()
	if d.run(); d.broker.commits == before || len(d.contact("jane").Facts) != 1 || len(d.letters()) != 0 {
		t.Error("the record is lost")
	}
}

// A registry that takes long to answer delays a feed once, not for as long as it takes.
func TestARegistryThatHangsDoesNotHoldTheFeed(t *testing.T) {
	answer := make(chan struct{})
	decoder := schemas.NewDecoder(schemas.WithRegistry(hangingRegistry(answer)))
	config := &TaskConfig{Step: StepConfig{Topics: DefaultTopics()}, Logger: slog.New(slog.DiscardHandler)}
	waits := newSchemaWaits(&Task{config: config, logger: config.Logger, stepper: &stepper{decoder: decoder}})
	fetched := []kafka.Fetched{{TopicPartition: tp("clicks", 0), Records: []kafka.Record{{Value: []byte{0, 0, 0, 0, 1}}}, Next: 1}}
	done := make(chan struct{})
	go func() { waits.cut(t.Context(), fetched); close(done) }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("the feed waits for the registry")
	}
	if len(fetched[0].Records) != 0 || fetched[0].Next != 0 {
		t.Errorf("%+v", fetched[0])
	}
	close(answer)
	position := []kafka.Position{{TopicPartition: tp("clicks", 0)}}
	for deadline := time.Now().Add(20 * time.Second); len(waits.readable(t.Context(), position)) == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the answer is not seen")
		}
	}
}

// hangingRegistry answers once it is closed.
type hangingRegistry chan struct{}

func (h hangingRegistry) SchemaByID(context.Context, int) (string, error) {
	<-h
	return schemas.OfTopic(state.TopicClicks).Text, nil
}
