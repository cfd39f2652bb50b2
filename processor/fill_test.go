package processor

import (
	"testing"
	"time"

	"consentstream/processor/kafka"
	"consentstream/state"
)

// filler is a task whose feeds the test holds, and a step of it on its way.
type filler struct {
	*rig
	task       *Task
	lane, bulk chan []kafka.Fetched
	before     *commit // in flight
}

func newFiller(t *testing.T, change ...func(*TaskConfig)) *filler {
	r := newRig(t, 1, change...)
	f := &filler{
		rig: r, task: r.tasks[0], lane: make(chan []kafka.Fetched, 8), bulk: make(chan []kafka.Fetched, 8),
		before: newCommit(newStep()),
	}
	f.task.feeds = &feeds{lane: f.lane, bulk: f.bulk}
	return f
}

// read sends facts and returns what a feed would hand over.
func (f *filler) read(contact string, facts ...state.Fact) []kafka.Fetched {
	f.t.Helper()
	at := tp(f.topic(&facts[0]), 0)
	from := int64(len(f.broker.logs[at]))
	for _, fact := range facts {
		f.send(contact, fact)
	}
	fetched, err := f.broker.Fetch(f.t.Context(), []kafka.Position{{TopicPartition: at, Offset: from}}, kafka.FetchOptions{})
	if err != nil {
		f.t.Fatal(err)
	}
	return fetched
}

// fill computes a first slice and fills the step; the result comes when it is to be sent.
func (f *filler) fill(first []kafka.Fetched) (*Step, <-chan error) {
	f.t.Helper()
	b := &batch{now: f.task.now(), phase: f.task.phase(), fetched: appendChunks(nil, first)}
	step, filled := newStep(), make(chan error, 1)
	if err := f.task.compute(step, b, f.before); err != nil {
		f.t.Fatal(err)
	}
	go func() { filled <- f.task.fill(step, b, f.before) }()
	return step, filled
}

// taken waits until the task has taken everything from a feed.
func (f *filler) taken(feed chan []kafka.Fetched) {
	f.t.Helper()
	for start := time.Now(); len(feed) > 0; time.Sleep(time.Millisecond) {
		if time.Since(start) > 10*time.Second {
			f.t.Fatal("the feed is not taken")
		}
	}
}

func (f *filler) sent(filled <-chan error) {
	f.t.Helper()
	select {
	case err := <-filled:
		if err != nil {
			f.t.Fatal(err)
		}
	case <-time.After(10 * time.Second):
		f.t.Fatal("the step is not sent")
	}
}

func visits(n int, prefix string) []state.Fact {
	facts := make([]state.Fact, n)
	for i := range facts {
		facts[i] = state.Fact{ID: prefix + string(rune('a'+i)), Topic: state.TopicClicks, Click: &state.Click{Kind: state.ClickVisit}}
	}
	return facts
}

func refusalOf(id string) state.Fact {
	return state.Fact{ID: id, Topic: state.TopicUnsubscribes, Unsubscribe: &state.Unsubscribe{
		Kind: state.UnsubscribeUnsubscribe, Method: state.MethodLink, PurgedBefore: state.Unset,
	}}
}

// What comes of the lane while the step before commits goes with this one, also
// where it holds as much as it should; the bulk topics do not.
func TestAnUnsubscribeGoesWithTheStepAtHand(t *testing.T) {
	f := newFiller(t, func(c *TaskConfig) { c.Limits.BatchRecords = 3 })
	step, filled := f.fill(f.read("jane", visits(3, "full")...))
	f.bulk <- f.read("jane", visits(2, "later")...)
	f.lane <- f.read("jane", refusalOf("no"))
	f.taken(f.lane)
	f.before.decide(0)
	f.sent(filled)
	if step.Positions[tp("unsubscribes", 0)] != 1 || !step.urgent {
		t.Errorf("the step goes without the objection: %v", step.Positions)
	}
	if at := step.Positions[tp("clicks", 0)]; at != 3 || len(f.bulk) != 1 {
		t.Errorf("a full step takes clicks up to %d", at)
	}
}

// Between a commit and the next transaction that the broker takes there is time:
// what comes then goes with the step at hand, even where that would not wait.
func TestWhatComesBeforeTheBrokerTakesAnotherTransactionGoesAlong(t *testing.T) {
	f := newFiller(t)
	step, filled := f.fill(f.read("jane", refusalOf("no")))
	close(f.before.done)
	f.lane <- f.read("john", refusalOf("neither"))
	f.taken(f.lane)
	close(f.before.free)
	f.sent(filled)
	if at := step.Positions[tp("unsubscribes", 0)]; at != 2 {
		t.Errorf("unsubscribes are taken up to %d, want 2", at)
	}
}

// A step counts from when it is decided, not from when the next may begin.
func TestTheRestBehindACommitIsNotItsOwn(t *testing.T) {
	c := newCommit(newStep())
	c.decide(20 * time.Millisecond)
	if at := c.decidedAt(1000); at != 980 {
		t.Errorf("decided at %d, want 980", at)
	}
	if c.committing() {
		t.Error("after its rest it is still in the way of the next")
	}
}

// Once the step before is committed a step with an objection waits for no more of
// a backlog; one without takes as much as a transaction should hold.
func TestAStepWithAnObjectionDoesNotWait(t *testing.T) {
	for _, urgent := range []bool{false, true} {
		f := newFiller(t, func(c *TaskConfig) { c.Limits.BatchRecords = 6 })
		first := f.read("jane", visits(2, "first")...)
		if urgent {
			first = append(first, f.read("jane", refusalOf("no"))...)
		}
		f.before.decide(0)
		for _, prefix := range []string{"b", "c", "d", "e"} {
			f.bulk <- f.read("jane", visits(2, prefix)...)
		}
		step, filled := f.fill(first)
		f.sent(filled)
		want := int64(6)
		if urgent {
			want = 2
		}
		if at := step.Positions[tp("clicks", 0)]; at < want || at > want+2 {
			t.Errorf("urgent %v: clicks are taken up to %d, want about %d", urgent, at, want)
		}
	}
}

// While the broker does not come to commit, a step does not grow for ever.
func TestAStepThatCannotBeSentStopsTaking(t *testing.T) {
	f := newFiller(t, func(c *TaskConfig) { c.Limits.BatchRecords = 2 })
	_, filled := f.fill(f.read("jane", visits(2, "full")...))
	for _, id := range []string{"1", "2", "3", "4", "5", "6"} {
		f.lane <- f.read("jane", refusalOf(id), refusalOf(id+"b"))
	}
	time.Sleep(50 * time.Millisecond)
	if left := len(f.lane); left < 3 {
		t.Errorf("of 6 portions of the lane %d are left", left)
	}
	f.before.decide(0)
	f.sent(filled)
}

// A contact that two slices of a step are about is stored as the second leaves
// it, and its deadline index entry is the one from before the step.
func TestAContactInTwoSlices(t *testing.T) {
	f := newFiller(t)
	f.send("jane", state.Fact{ID: "o", Address: "jane@a", Topic: state.TopicPurchases, Purchase: &state.Purchase{Kind: state.PurchaseOrdered, OrderRef: "o", Family: "concert"}})
	f.task.feeds = nil
	f.run()
	armed := f.contact("jane").Timer
	f.task.feeds = &feeds{lane: f.lane, bulk: f.bulk}
	step, filled := f.fill(f.read("jane", state.Fact{ID: "d", Address: "jane@a", Topic: state.TopicPurchases, Purchase: &state.Purchase{Kind: state.PurchaseDelivered, OrderRef: "o", Family: "concert"}}))
	f.lane <- f.read("jane", refusalOf("no"))
	f.taken(f.lane)
	f.before.decide(0)
	f.sent(filled)
	var puts []Put
	for _, p := range step.Puts {
		if key, err := parseContactKey(p.Key); err == nil && key.Contact == "jane" {
			puts = append(puts, p)
		}
	}
	if len(puts) != 1 || puts[0].Armed != armed {
		t.Fatalf("%d states of one contact, armed %v; the index holds %v", len(puts), puts[0].Armed, armed)
	}
	if err := f.task.apply(step, kafka.Committed{}); err != nil {
		t.Fatal(err)
	}
	if c := f.contact("jane"); len(c.Facts) != 3 || c.Published.Sequence < 2 {
		t.Errorf("%d facts, sequence %d", len(c.Facts), c.Published.Sequence)
	}
}

// A position that moves over no record behind an earlier slice of the same step
// is committed with it, or nothing that waits for the end of the partition goes on.
func TestAnIdlePositionBehindAnEarlierSlice(t *testing.T) {
	clicks := tp("clicks", 0)
	step := newStep()
	step.Positions[clicks] = 7
	p := pending{}
	p.note(clicks, 9, time.Unix(0, 0))
	p.into(step, time.Unix(0, 0))
	if at := step.Positions[clicks]; at != 9 {
		t.Errorf("the position is %d, want 9", at)
	}
	p.note(clicks, 8, time.Unix(0, 0))
	p.into(step, time.Unix(0, 0))
	if at := step.Positions[clicks]; at != 9 {
		t.Errorf("an older position makes it %d", at)
	}
}
