package processor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"consentstream/processor/check"
	"consentstream/processor/kafka"
	"consentstream/schemas"
	"consentstream/state"
	"consentstream/state/store"
)

// wantNothingAllowed checks that no published row of a contact allows anything.
func (r *rig) wantNothingAllowed(contact string) {
	r.t.Helper()
	for _, c := range r.changes(contact) {
		for _, v := range c.Verdicts {
			if v.Allowed {
				r.t.Errorf("%s: change %d allows %s on %s before the negatives are read", contact, c.Sequence, v.Kind, v.Channel)
			}
		}
	}
}

// On a backlog nothing is newly allowed before every negative is read, and what
// denies is told at once. Then the net of each contact is told once.
func TestAFirstStartHoldsBackWhatAllows(t *testing.T) {
	r := newBacklog(t, 2)
	one, other := contactsApart(r)
	for _, contact := range []string{one, other, "objects", "unread"} {
		r.send(contact, when(consent("yes of "+contact), day0))
	}
	r.send("objects", when(unsubscribe("no"), day0))
	for p := range r.tasks {
		r.raw(tp("unsubscribes", int32(p)), kafka.Record{Timestamp: int64(day0), Key: []byte("unread"), Value: []byte("?")})
	}
	r.raw(tp("unsubscribes", 0), kafka.Record{Timestamp: int64(day0), Key: []byte("nobody")})
	hidden := int64(len(r.broker.logs[tp("unsubscribes", 0)]))
	r.broker.visible[tp("unsubscribes", 0)] = hidden - 1
	r.broker.visible[tp("unsubscribes", 1)] = 0
	r.start()
	r.run()
	delete(r.broker.visible, tp("unsubscribes", 1))
	r.run()
	for _, contact := range []string{one, other} {
		if n := len(r.changes(contact)); n != 0 {
			t.Errorf("%s: %d changes in the first phase", contact, n)
		}
	}
	for contact, want := range map[string]state.Reason{"objects": state.ReasonObjected, "unread": state.ReasonUnreadableNegative} {
		r.wantNothingAllowed(contact)
		if n := len(r.changes(contact)); n != 1 {
			t.Fatalf("%s: %d changes, want the denial", contact, n)
		}
		c := last(r.changes(contact))
		if v := rowOf(c, state.MessageNewsletter, ""); v == nil || v.Reason != want || c.Cause.Kind != state.CauseEvent {
			t.Errorf("%s: %+v because of %+v", contact, v, c.Cause)
		}
	}
	for p := range r.tasks {
		if r.tasks[p].State() != TaskFirstStart {
			t.Errorf("task %d is %s", p, r.tasks[p].State())
		}
	}
	r.wantLookup(one, check.ErrFirstStart)
	r.reveal()
	r.run()
	r.wantLookup(one, nil)
	for _, contact := range []string{one, other} {
		changes := r.changes(contact)
		if len(changes) != 1 || changes[0].Cause.Kind != state.CauseReplay || changes[0].Cause.EventID != "" {
			t.Errorf("%s: %d changes, want one of cause REPLAY", contact, len(changes))
		}
		r.wantNewsletter(contact, "", state.ReasonConsent)
	}
	r.wantNewsletter("objects", "", state.ReasonObjected)
	r.wantMarkerGone()
}

// wantLookup checks how the point check is answered, by an instance and from the
// store of one that has ended.
func (r *rig) wantLookup(contact string, want error) {
	r.t.Helper()
	key := state.Key{Controller: schemas.DefaultController, Contact: contact}
	if _, err := r.instance().Lookup(r.t.Context(), key); !errors.Is(err, want) {
		r.t.Errorf("the point check says %v, want %v", err, want)
	}
	if _, err := LookupContact(r.config.Store.(*store.Store), r.home(contact), key); !errors.Is(err, want) {
		r.t.Errorf("the store says %v, want %v", err, want)
	}
}

// wantMarkerGone checks that every first start is over for good.
func (r *rig) wantMarkerGone() {
	r.t.Helper()
	for p, task := range r.tasks {
		value, err := task.storedMeta(firstStartKey)
		if err != nil || value != nil || task.first != nil || task.State() != TaskRunning {
			r.t.Errorf("task %d is %s, marker %q, %v", p, task.State(), value, err)
		}
		log := r.broker.logs[tp(r.config.Step.Topics.Changelog, int32(p))]
		written, deleted := -1, -1
		for i := range log {
			switch {
			case string(log[i].Key) != string(firstStartKey):
			case log[i].Value == nil:
				deleted = i
			default:
				written = i
			}
		}
		if written < 0 || deleted < written {
			r.t.Errorf("task %d: the changelog has the marker at %d and its tombstone at %d", p, written, deleted)
		}
	}
}

// The phases end in their order: the negatives of all partitions, what they sent
// to the owners of addresses, what those answered.
func TestThePhasesOfAFirstStart(t *testing.T) {
	r := newBacklog(t, 2)
	jane, john := contactsApart(r)
	shared := addressOf(r, r.home(john))
	r.send(jane, when(withAddress(consent("yes"), shared), day0))
	r.send(john, when(withAddress(unsubscribe("no"), shared), day0))
	own, addresses := tp(r.config.Step.Topics.Repartition, r.home(jane)), tp(r.config.Step.Topics.Addresses, r.home(john))
	r.broker.visible[addresses], r.broker.visible[own] = 0, 0
	task := func() *firstStart { return r.tasks[r.home(jane)].first }
	r.start()
	r.run()
	if f := task(); f == nil || f.stage != stageAddresses {
		t.Fatalf("the negatives are read: %+v", f)
	}
	delete(r.broker.visible, addresses)
	r.run()
	if f := task(); f == nil || f.stage != stageAnswers {
		t.Fatalf("the owners have answered: %+v", f)
	}
	if n := len(r.changes(jane)); n != 0 {
		t.Errorf("%d changes while the answer is not read", n)
	}
	delete(r.broker.visible, own)
	r.run()
	if task() != nil {
		t.Error("the first start goes on for ever")
	}
	r.wantNothingAllowed(jane)
	if v := rowOf(last(r.changes(jane)), state.MessageNewsletter, shared); v == nil || v.Reason != state.ReasonObjected {
		t.Errorf("the objection of another: %+v", v)
	}
	r.wantMarkerGone()
}

// What another contact refuses on a shared address is waited for wherever it lies: in
// a form of another task's backlog, and where a producer sent it to the wrong
// partition, from where it goes on behind the ends at the start.
func TestAFirstStartWaitsForWhatFollowsAnAddress(t *testing.T) {
	refusal := consent("no")
	refusal.Signup.Answers[0].Value = state.AnswerNo
	for name, c := range map[string]struct {
		negative  state.Fact
		misrouted bool
		unread    string // topic, in the partition of who refuses
	}{
		"form of another task":  {negative: refusal, unread: "signups"},
		"at the wrong place":    {negative: unsubscribe("no"), misrouted: true, unread: DefaultTopics().Repartition},
		"form, the wrong place": {negative: refusal, misrouted: true, unread: DefaultTopics().Repartition},
	} {
		t.Run(name, func(t *testing.T) {
			r := newBacklog(t, 2)
			jane, john := contactsApart(r)
			r.send(jane, when(withAddress(consent("yes"), "shared"), day0))
			at := r.home(john)
			if c.misrouted {
				at = r.home(jane)
			}
			r.sendTo(at, state.Key{Controller: schemas.DefaultController, Contact: john}, when(withAddress(c.negative, "shared"), day0))
			r.broker.visible[tp(c.unread, r.home(john))] = 0
			r.start()
			r.run()
			if n := len(r.changes(jane)); n != 0 {
				t.Errorf("%d changes while an objection lies unread", n)
			}
			r.reveal()
			r.run()
			r.wantNothingAllowedOn(jane, "shared")
			r.wantNewsletter(jane, "shared", state.ReasonObjected)
			r.wantMarkerGone()
		})
	}
}

// wantNothingAllowedOn checks that no change has allowed the newsletter on an address.
func (r *rig) wantNothingAllowedOn(contact, address string) {
	r.t.Helper()
	for _, c := range r.changes(contact) {
		if v := rowOf(&c, state.MessageNewsletter, address); v != nil && v.Allowed {
			r.t.Errorf("%s: change %d allows it", contact, c.Sequence)
		}
	}
}

// addressOf returns an address whose owner is a partition.
func addressOf(r *rig, partition int32) string {
	for i := 0; ; i++ {
		if a := fmt.Sprint("addr", i); kafka.Partition([]byte(a), int32(len(r.tasks))) == partition {
			return a
		}
	}
}

// A crash resumes a first start, though offsets are committed by then.
func TestAFirstStartSurvivesACrash(t *testing.T) {
	r := newBacklog(t, 2)
	one, other := contactsApart(r)
	r.send(one, when(consent("yes"), day0))
	r.send(other, when(unsubscribe("no"), day0))
	r.broker.visible[tp("unsubscribes", r.home(other))] = 0
	for range 3 {
		r.start()
		r.run()
		if f := r.tasks[r.home(one)].first; f == nil {
			t.Fatal("the first start is forgotten")
		}
		if n := len(r.changes(one)); n != 0 {
			t.Fatalf("%d changes", n)
		}
	}
	r.reveal()
	r.run()
	r.wantNewsletter(one, "", state.ReasonConsent)
	r.wantMarkerGone()
}

// A crash in the middle of the net repeats nothing and leaves nothing out.
func TestTheNetOfAFirstStartIsToldOnce(t *testing.T) {
	const contacts = 20
	r := newBacklog(t, 1, func(c *TaskConfig) { c.Limits.DeadlinesPerStep = 3 })
	for i := range contacts {
		r.send(fmt.Sprint("c", i), when(consent(fmt.Sprint("yes", i)), day0))
	}
	r.start()
	for i := 0; i < 60; i++ {
		r.elapsed = r.elapsed.Add(time.Second)
		r.step(0)
		if len(r.log("eligibility-changed")) > 0 && i%2 == 0 {
			r.start()
		}
	}
	r.run()
	for i := range contacts {
		changes := r.changes(fmt.Sprint("c", i))
		if len(changes) != 1 || changes[0].Cause.Kind != state.CauseReplay {
			t.Errorf("c%d: %d changes", i, len(changes))
		}
	}
	r.wantMarkerGone()
}

// A contact that comes while the phase ends is not left out, though the store
// does not have it yet when the net begins.
func TestTheNetHasTheContactsInFlight(t *testing.T) {
	r := newBacklog(t, 1)
	r.send("c0", when(consent("yes0"), day0))
	r.start()
	n := 1
	for ; r.tasks[0].first != nil; n++ {
		r.send(fmt.Sprint("c", n), when(consent(fmt.Sprint("yes", n)), day0))
		r.elapsed = r.elapsed.Add(time.Second)
		r.step(0)
	}
	r.run()
	for i := range n {
		if len(r.changes(fmt.Sprint("c", i))) != 1 {
			t.Errorf("c%d of %d: nothing was published", i, n)
		}
	}
}

// Deadlines that pass during a first start are part of the net, and no warning
// is sent on a backlog: what is not read yet may prove it wrong.
func TestDeadlinesDuringAFirstStart(t *testing.T) {
	r := newBacklog(t, 1)
	end := expiryOf(day0)
	r.send("warned", when(order("o"), day0))
	r.send("warned", when(unsubscribe("no"), day0))
	r.send("alive", when(order("p"), day0))
	r.send("alive", when(unsubscribe("no2"), day0))
	r.send("ahead", yesAhead("yes", end.Add(-20*oneDay), 5))
	r.clock.Set(end.Add(-20 * oneDay))
	r.broker.visible[tp("purchases", 0)] = int64(len(r.broker.logs[tp("purchases", 0)]))
	r.send("alive", when(order("unread"), day0.Add(oneDay)))
	r.broker.visible[tp("unsubscribes", 0)] = 2
	r.raw(tp("unsubscribes", 0), kafka.Record{Timestamp: int64(day0), Key: []byte("nobody")})
	r.start()
	r.run()
	r.wantStages("warned")
	r.at(end.Add(-10 * oneDay))
	r.wantStages("warned")
	r.reveal()
	r.run()
	r.wantStages("warned", state.StageWarning)
	if c := last(r.changes("ahead")); c.Cause.Kind != state.CauseReplay || c.Sequence != 1 {
		t.Errorf("cause %v of change %d", c.Cause.Kind, c.Sequence)
	}
	r.wantNewsletter("ahead", "", state.ReasonConsent)
	for _, e := range r.log("eligibility-changed") {
		var c state.EligibilityChanged
		if err := schemas.NewDecoder().EligibilityChanged(e.Value, &c); err != nil || c.Cause.Kind == state.CauseDeadline {
			t.Errorf("%s: cause %v, %v", c.Key.Contact, c.Cause.Kind, err)
		}
	}
}

// A first start is one of the task that has a backlog, and of every task where
// an objection lies unread anywhere. What is no first start withholds nothing.
func TestWhatIsAFirstStart(t *testing.T) {
	everywhere := func(r *rig, change func(partition int32)) {
		for p := range r.tasks {
			change(int32(p))
		}
	}
	cases := []struct {
		says       string
		before     func(r *rig, contact string)
		mine, rest bool // of the contact's task, of the other one
	}{
		{"nothing lies there", func(*rig, string) {}, false, false},
		{"a purchase lies there", func(r *rig, contact string) { r.send(contact, when(order("o"), day0)) }, true, false},
		{"an objection lies there", func(r *rig, contact string) { r.send(contact, when(unsubscribe("no"), day0)) }, true, true},
		{"the group has an offset", func(r *rig, contact string) {
			r.send(contact, when(unsubscribe("no"), day0))
			everywhere(r, func(p int32) { r.broker.offsets[tp("clicks", p)] = 0 })
		}, false, false},
		{"the changelog has a state", func(r *rig, contact string) {
			r.send(contact, when(unsubscribe("no"), day0))
			everywhere(r, func(p int32) {
				r.raw(tp(r.config.Step.Topics.Changelog, p), kafka.Record{Key: policyKey, Value: []byte("p1")})
			})
		}, false, false},
		{"the changelog has only what was aborted", func(r *rig, contact string) {
			r.send(contact, when(unsubscribe("no"), day0))
			everywhere(r, func(p int32) {
				at := tp(r.config.Step.Topics.Changelog, p)
				r.broker.logs[at] = append(r.broker.logs[at], simRecord{control: true})
			})
		}, true, true},
	}
	for _, c := range cases {
		t.Run(c.says, func(t *testing.T) {
			r := newBacklog(t, 2)
			one, other := contactsApart(r)
			c.before(r, one)
			r.start()
			mine, rest := r.tasks[r.home(one)].first != nil, r.tasks[r.home(other)].first != nil
			if mine != c.mine || rest != c.rest {
				t.Errorf("first start %v and %v, want %v and %v", mine, rest, c.mine, c.rest)
			}
			r.run()
			r.send(other, consent("live"))
			r.run()
			r.wantNewsletter(other, "", state.ReasonConsent)
		})
	}
}

// undecided is a broker whose markers are not written yet: what is committed lies
// behind the last stable offsets.
type undecided struct{ Broker }

func (undecided) CommittedSoFar(_ context.Context, _ string, tps []kafka.TopicPartition) (map[kafka.TopicPartition]int64, error) {
	return ofEach(tps, 10), nil
}

func (undecided) EndOffsets(_ context.Context, tps []kafka.TopicPartition, committed bool) (map[kafka.TopicPartition]int64, error) {
	if committed {
		return ofEach(tps, 3), nil
	}
	return ofEach(tps, 7), nil
}

func ofEach(tps []kafka.TopicPartition, offset int64) map[kafka.TopicPartition]int64 {
	offsets := map[kafka.TopicPartition]int64{}
	for _, tp := range tps {
		offsets[tp] = offset
	}
	return offsets
}

// What the group has just committed counts for the next stage, whether its markers
// are written or not: else a question about an address could be passed over.
func TestAStageWaitsForWhatIsJustCommitted(t *testing.T) {
	own, others := tp("consentstream-repartition", 0), []kafka.TopicPartition{tp("consentstream-addresses", 0), tp("consentstream-addresses", 1)}
	sentOn := []kafka.TopicPartition{own, tp("consentstream-repartition", 1)}
	f := &firstStart{config: &TaskConfig{Broker: undecided{}}, own: own, repartition: sentOn, addresses: others}
	for stage, want := range map[firstStartStage][]kafka.TopicPartition{stageNegatives: sentOn, stageSentOn: others, stageAddresses: {own}} {
		a := f.ask(t.Context(), stage, ofEach(others, 10))
		if a.err != nil || !a.passed || !maps.Equal(a.ends, ofEach(want, 7)) {
			t.Errorf("stage %d: %+v", stage, a)
		}
		if a := f.ask(t.Context(), stage, ofEach(others, 11)); a.err != nil || a.passed {
			t.Errorf("stage %d passed before its ends: %+v", stage, a)
		}
	}
}

// What the owner of an address has nothing to tell about is not told: the net waits
// for what there is, and a later objection comes as always.
func TestABacklogAsksQuietly(t *testing.T) {
	r := newBacklog(t, 2)
	jane, john := contactsApart(r)
	free, refused := addressOf(r, r.home(john)), "refused"
	r.send(jane, when(withAddress(consent("yes"), free), day0))
	r.send(jane, when(withAddress(consent("too"), refused), day0))
	r.send(john, when(withAddress(unsubscribe("no"), refused), day0))
	r.start()
	r.run()
	r.wantNewsletter(jane, free, state.ReasonConsent)
	r.wantNewsletter(jane, refused, state.ReasonObjected)
	for _, answer := range r.log(r.config.Step.Topics.Repartition) {
		if e, err := decodeEnvelope(answer.Value); err != nil || e.To.Contact == jane && e.Address == free {
			t.Errorf("told about %s: %v", e.Address, err)
		}
	}
	r.send(john, withAddress(unsubscribe("later"), free))
	r.run()
	r.wantNewsletter(jane, free, state.ReasonObjected)
}

// Only uses of the backlog are quiet: while the lane still waits for others, a
// contact that comes behind the backlog is answered.
func TestWhatComesBehindTheBacklogIsAnswered(t *testing.T) {
	r := newBacklog(t, 2)
	one, other := contactsApart(r)
	address := addressOf(r, r.home(other))
	r.send(one, when(consent("backlog"), day0))
	r.send(other, when(unsubscribe("no"), day0))
	r.broker.visible[tp("unsubscribes", r.home(other))] = 0
	r.start()
	r.run()
	r.send(one, when(withAddress(consent("live"), address), day0))
	r.run()
	if c := r.contact(one); len(c.Uses) != 1 || !c.Uses[0].Answered {
		t.Errorf("uses %+v", c.Uses)
	}
	answered := 0
	for _, record := range r.log(r.config.Step.Topics.Repartition) {
		if e, err := decodeEnvelope(record.Value); err == nil && e.Kind == envelopeAnswer && e.Address == address {
			answered++
		}
	}
	if answered != 1 {
		t.Errorf("%d answers", answered)
	}
}

// A crowded address is told to a quiet use too.
func TestAQuietUseOfACrowdedAddress(t *testing.T) {
	r := newRig(t, 1)
	s := r.tasks[0].stepper
	s.step = newStep()
	a := NewAddress()
	for i := range crowd {
		a.Use(fmt.Sprint("c", i))
	}
	s.use(&a, &ownerWork{quiet: true, rec: addressRecordKey{ID: "c0"}})
	if n := len(s.step.Records); n != 0 {
		t.Errorf("%d answers to one of the crowd", n)
	}
	s.use(&a, &ownerWork{quiet: true, rec: addressRecordKey{ID: "jane"}})
	if n := len(s.step.Records); n != 1 {
		t.Errorf("%d answers to one more", n)
	}
}

// The ends of addresses are read behind the backlog's last question, which is in
// Kafka only once its transaction is committed.
func TestAFirstStartWaitsForItsOwnCommit(t *testing.T) {
	r := newBacklog(t, 1)
	r.send("jane", when(withAddress(consent("yes"), "a"), day0))
	r.start()
	task := r.tasks[0]
	asked := 0
	task.config.Go = func(func()) { asked++ }
	clicks := maps.Clone(task.positions)
	clicks[tp("signups", 0)] = 1
	if r.elapsed = r.elapsed.Add(time.Hour); task.first.over(t.Context(), clicks) || asked != 0 {
		t.Errorf("the broker was asked %d times", asked)
	}
	task.first.committed(clicks)
	if task.first.over(t.Context(), clicks); asked != 1 {
		t.Errorf("behind the commit the broker was asked %d times", asked)
	}
}
