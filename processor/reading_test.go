package processor

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"consentstream/processor/kafka"
	"consentstream/state"
)

// puts counts how often the changelog holds a state of each contact.
func (r *rig) puts() map[string]int {
	count := map[string]int{}
	for _, record := range r.log(r.config.Step.Topics.Changelog) {
		if len(record.Key) > 0 && record.Key[0] == prefixContact {
			count[string(record.Key)]++
		}
	}
	return count
}

// sendBacklog sends n orders of each of a few contacts, in turns, with a record
// that cannot be read, one of another partition, and two of one id among them.
func (r *rig) sendBacklog(contacts, n int) {
	r.t.Helper()
	for i := range n {
		for c := range contacts {
			r.send(fmt.Sprint("c", c), when(order(fmt.Sprintf("o%d-%d", c, i)), day0.Add(-time.Duration(n-i)*time.Hour)))
		}
		if i == n/2 {
			r.raw(tp("clicks", 0), kafka.Record{Timestamp: int64(day0), Key: []byte("c0"), Value: []byte("?")})
			key := state.Key{Controller: "default", Contact: "c0"}
			r.sendTo(1-r.home("c0"), key, when(order("lost its way"), day0.Add(-time.Hour)))
			r.send("c1", when(order("twice"), day0.Add(-time.Hour)))
			r.send("c1", when(order("twice"), day0.Add(-2*time.Hour)))
		}
	}
}

// Of a backlog the facts of one contact are folded at once: its state is written
// once for them, and once for the net.
func TestABacklogIsFoldedByContact(t *testing.T) {
	r := newBacklog(t, 2)
	r.sendBacklog(5, 40)
	r.start()
	r.run()
	for key, n := range r.puts() {
		if n > 3 { // c0 has the record that lost its way besides
			t.Errorf("%s was written %d times", key, n)
		}
	}
	r.wantBacklog(5, 40)
	r.wantCounted()
}

// wantCounted checks that every record of the inputs and of repartition was counted
// once, whatever became of it.
func (r *rig) wantCounted() {
	r.t.Helper()
	topics, want := &r.config.Step.Topics, 0
	for _, topic := range append(topics.Bulk(), topics.Unsubscribes, topics.Repartition) {
		want += len(r.log(topic))
	}
	if r.counts.Records != want {
		r.t.Errorf("%d records counted, want %d", r.counts.Records, want)
	}
}

// wantBacklog checks what sendBacklog must have led to.
func (r *rig) wantBacklog(contacts, n int) {
	r.t.Helper()
	for c := range contacts {
		contact := fmt.Sprint("c", c)
		changes := r.changes(contact)
		if len(changes) != 1 || changes[0].Cause.Kind != state.CauseReplay {
			r.t.Errorf("%s: %d changes, want the net", contact, len(changes))
		}
		want := map[int]int{0: n + 1, 1: n + 1}[c]
		if want == 0 {
			want = n
		}
		if got := len(r.contact(contact).Facts); got != want {
			r.t.Errorf("%s has %d facts, want %d", contact, got, want)
		}
	}
	if got := len(r.letters()); got != 2 {
		r.t.Errorf("%d dead letters, want that which cannot be read and one of two with the same id", got)
	}
	for p, task := range r.tasks {
		if value, err := task.storedMeta(readingKey); value != nil || err != nil || task.stepper.reading != nil {
			r.t.Errorf("task %d: marker %q, error %v", p, value, err)
		}
		for _, topic := range r.config.Step.Topics.Bulk() {
			at := tp(topic, int32(p))
			if end := int64(len(r.broker.logs[at])); r.broker.offsets[at] != end {
				r.t.Errorf("%s is committed to %d of %d", at, r.broker.offsets[at], end)
			}
		}
	}
}

// A task that stops anywhere on its way through the backlog does nothing twice:
// neither dead letters, nor publications.
func TestABacklogThroughCrashes(t *testing.T) {
	for every := 1; every <= 9; every++ {
		r := newBacklog(t, 2, func(c *TaskConfig) { c.Limits.BatchRecords = 7 })
		r.sendBacklog(5, 8)
		r.start()
		for i := range 60 {
			r.elapsed = r.elapsed.Add(2 * time.Second)
			r.step(i % 2)
			if i%every == 0 && i < 40 {
				r.startTask(i / every % 2)
			}
		}
		r.run()
		r.wantBacklog(5, 8)
	}
}

// What comes while the backlog is taken comes after it, and is told as usual.
func TestTheLaneGoesOnWhileABacklogIsTaken(t *testing.T) {
	r := newBacklog(t, 2, func(c *TaskConfig) { c.Limits.BatchRecords = 3 })
	r.sendBacklog(5, 8)
	r.start()
	task := r.tasks[r.home("c3")]
	for i := 0; !task.stepper.reading.folds(); i++ {
		r.step(i % 2)
	}
	r.send("c3", when(unsubscribe("no"), day0))
	r.send("c3", when(order("later"), day0))
	r.step(int(r.home("c3")))
	r.step(int(r.home("c3")))
	if changes := r.changes("c3"); len(changes) != 1 || changes[0].Cause.EventID != "no" {
		t.Errorf("%d changes while the backlog is taken, want the objection", len(changes))
	}
	if task.stepper.reading == nil {
		t.Error("the backlog is over: nothing was shown")
	}
	r.run()
	r.wantNewsletter("c3", "", state.ReasonObjected)
	if c := r.contact("c3"); len(c.Facts) != 10 {
		t.Errorf("%d facts", len(c.Facts))
	}
}

// The facts of a backlog are marked as taken one by one, in their order.
func TestTheMarkerOfAReadingGrows(t *testing.T) {
	r := newBacklog(t, 2, func(c *TaskConfig) { c.Limits.BatchRecords = 3 })
	r.sendBacklog(5, 8)
	r.start()
	var last []byte
	grew := 0
	for i := range 200 {
		r.elapsed = r.elapsed.Add(2 * time.Second)
		r.step(i % 2)
		if reading := r.tasks[0].stepper.reading; reading != nil && !bytes.Equal(reading.marker.Taken, last) {
			if bytes.Compare(reading.marker.Taken, last) < 0 {
				t.Fatal("it goes back")
			}
			grew++
			last = bytes.Clone(reading.marker.Taken)
		}
	}
	if grew < 3 {
		t.Errorf("it grew %d times", grew)
	}
}

// A clock that went back between two owners makes no fact look as if it was
// taken: records of producers whose clocks are ahead are known since we read them.
func TestABacklogWhoseReaderLosesTime(t *testing.T) {
	r := newBacklog(t, 1, func(c *TaskConfig) { c.Limits.BatchRecords = 3 })
	ahead := r.clock.Now().Add(48 * time.Hour)
	for i := range 9 {
		f := when(order(fmt.Sprint("o", i)), day0.Add(-time.Hour))
		f.RecordedAt = ahead
		r.raw(tp("purchases", 0), kafka.Record{Timestamp: int64(ahead), Key: []byte("c"), Value: r.encode(state.Key{Controller: "default", Contact: "c"}, f)})
	}
	r.start()
	for !r.tasks[0].stepper.reading.folds() {
		r.step(0)
	}
	r.step(0)
	r.config.Clock = NewManualClock(r.clock.Now().Add(-time.Hour)) // of another machine
	r.startTask(0)
	r.run()
	if got := len(r.contact("c").Facts); got != 9 {
		t.Errorf("%d facts, want 9", got)
	}
}

// An answer without records may lie in one batch behind an answer with the last
// of them: the sorting begins when those are taken, not before.
func TestABacklogIsSortedWhenAllOfItIsTaken(t *testing.T) {
	r := newBacklog(t, 1)
	r.send("jane", when(order("o"), day0.Add(-time.Hour)))
	r.start()
	task := r.tasks[0]
	at := tp("purchases", 0)
	fetched, err := r.broker.Fetch(t.Context(), []kafka.Position{{TopicPartition: at}}, kafka.FetchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	idle := &kafka.Fetched{TopicPartition: at, Next: fetched[0].Next}
	b, err := task.complete(t.Context(), &batch{now: task.now(), fetched: []*kafka.Fetched{&fetched[0], idle}})
	if err != nil {
		t.Fatal(err)
	}
	if r.inFlight[0], err = task.turn(b, nil); err != nil {
		t.Fatal(err)
	}
	if c := r.inFlight[0]; c != nil {
		<-c.done // the broker of the tests is for one goroutine at a time
	}
	r.run()
	if got := len(r.contact("jane").Facts); got != 1 {
		t.Errorf("%d facts, want the order", got)
	}
}
