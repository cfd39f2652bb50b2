package processor

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"consentstream/processor/kafka"
)

// withIDs gives every topic of a rig an id, as a broker does.
func withIDs(c *TaskConfig) {
	c.TopicIDs = map[string]kafka.TopicID{}
	for i, name := range append(c.Step.Topics.Consumed(), c.Step.Topics.Changelog) {
		c.TopicIDs[name] = kafka.TopicID{1, byte(i)}
	}
}

// recreate deletes a topic and creates it again. The group's offsets go with it.
func (r *rig) recreate(topic string) {
	id := r.config.TopicIDs[topic]
	id[0]++
	r.config.TopicIDs[topic] = id
	for p := range r.tasks {
		delete(r.broker.logs, tp(topic, int32(p)))
		delete(r.broker.offsets, tp(topic, int32(p)))
	}
}

// resumed starts a task anew and returns why it does not.
func (r *rig) resumed(p int) error {
	r.t.Helper()
	if c := r.inFlight[p]; c != nil {
		<-c.done
		r.inFlight[p] = nil
	}
	t := NewTask(&r.config, int32(p), nil)
	var err error
	if t.producer, err = t.takeOver(context.Background()); err != nil {
		r.t.Fatal(err)
	}
	return t.resume(context.Background())
}

func (r *rig) wantRefused(p int, words ...string) {
	r.t.Helper()
	err := r.resumed(p)
	if err == nil || kafka.Retriable(err) {
		r.t.Fatalf("%v, want a refusal", err)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			r.t.Errorf("%v\ndoes not say %q", err, word)
		}
	}
}

// lived returns a rig whose tasks have processed something, with ids.
func lived(t *testing.T) *rig {
	r := newRig(t, 2, withIDs)
	for i := range 8 {
		r.send(fmt.Sprint("c", i), consent(fmt.Sprint("yes", i)))
		r.send(fmt.Sprint("c", i), unsubscribe(fmt.Sprint("no", i)))
	}
	r.run()
	for p := range r.tasks {
		if err := r.resumed(p); err != nil {
			t.Fatalf("a restart on the same topics: %v", err)
		}
	}
	return r
}

// An offset of a changelog means nothing in another one of the same name, even
// where that one has grown past it. The store stays as it is.
func TestAChangelogThatWasCreatedAgainIsRefused(t *testing.T) {
	r := lived(t)
	changelog := r.config.Step.Topics.Changelog
	old := r.broker.logs[tp(changelog, 0)]
	r.recreate(changelog)
	r.wantRefused(0, changelog, "deleted and created again", "--group")
	for range len(old) + 5 {
		r.raw(tp(changelog, 0), kafka.Record{Key: []byte("c|x")})
	}
	r.wantRefused(0, changelog, "deleted and created again", "--group")
	before, err := r.config.Store.Positions(0)
	if err != nil || before[positionChangelog] != int64(len(old)) {
		t.Errorf("the store's position is %d, was %d, %v", before[positionChangelog], len(old), err)
	}
}

// Another machine has no store to compare with, but the group has read what the
// changelog does not know.
func TestAnEmptyChangelogOfAGroupThatHasReadIsRefused(t *testing.T) {
	r := lived(t)
	r.recreate(r.config.Step.Topics.Changelog)
	for p := range r.tasks {
		if err := r.config.Store.DropPartition(int32(p)); err != nil {
			t.Fatal(err)
		}
	}
	r.wantRefused(1, "holds no state", "--group")
}

// What was not read of an input goes with it, objections perhaps. Somebody has
// to say that they know, by the group's offset in the new one.
func TestAnInputThatWasCreatedAgainIsRefused(t *testing.T) {
	for _, topic := range []string{"unsubscribes", "purchases", "consentstream-repartition", "consentstream-addresses"} {
		t.Run(topic, func(t *testing.T) {
			r := lived(t)
			r.recreate(topic)
			r.wantRefused(0, topic, "deleted and created again", "--to-earliest")
			r.broker.logs[tp(topic, 0)] = []simRecord{{control: true}}
			r.broker.offsets[tp(topic, 0)] = 1 // a zombie's, not somebody's word
			r.wantRefused(0, topic)
			for range 2 { // the second time nothing is asked any more
				r.broker.offsets[tp(topic, 0)], r.broker.offsets[tp(topic, 1)] = 0, 0
				r.start()
				r.step(0)
				r.step(1)
			}
		})
	}
}

// What a topic's retention took before it was read may have been an objection.
func TestRecordsThatWereDeletedUnreadAreRefused(t *testing.T) {
	r := lived(t)
	unsubscribes := tp("unsubscribes", 0)
	read := r.broker.offsets[unsubscribes]
	r.raw(unsubscribes, kafka.Record{Key: []byte("c"), Value: []byte("never read")})
	r.broker.starts[unsubscribes] = read
	if err := r.resumed(0); err != nil { // all that went was read
		t.Error(err)
	}
	r.broker.starts[unsubscribes] = read + 1
	r.wantRefused(0, "unsubscribes/0", "deleted before they were read", "--topic unsubscribes:0 --reset-offsets --to-earliest")
	r.broker.offsets[unsubscribes] = read + 1 // somebody says so
	if err := r.resumed(0); err != nil {
		t.Error(err)
	}
}

// An offset past the end is of another log, whatever the ids say.
func TestAnOffsetPastTheEndIsRefused(t *testing.T) {
	r := newRig(t, 1)
	r.send("c", unsubscribe("no"))
	r.run()
	r.broker.logs[tp("unsubscribes", 0)] = nil
	r.wantRefused(0, "unsubscribes/0", "ends at 0", "--to-earliest")
}

// More partitions than at the first start move keys away from their state: a
// task that is there already refuses them, and so does one that is new.
func TestAddedPartitionsAreRefusedAtTheStart(t *testing.T) {
	r := lived(t)
	r.config.Step.Partitions = 3
	r.tasks, r.inFlight = append(r.tasks, nil), append(r.inFlight, nil)
	for p := range r.tasks {
		r.wantRefused(p, "have 3 partitions and had 2", "create topics of other names with 2 partitions")
	}
}

// The marker is in the changelog: another machine refuses too.
func TestTheTopicsTravelWithTheTask(t *testing.T) {
	r := lived(t)
	r.recreate("unsubscribes")
	for p := range r.tasks {
		if err := r.config.Store.DropPartition(int32(p)); err != nil {
			t.Fatal(err)
		}
		r.wantRefused(p, "unsubscribes", "deleted and created again")
	}
}

// Two groups on one changelog would publish every change twice.
func TestTheStateOfAnotherGroupIsRefused(t *testing.T) {
	r := lived(t)
	r.config.Group = "another"
	r.broker.offsets = map[kafka.TopicPartition]int64{}
	for p := range r.tasks {
		if err := r.config.Store.DropPartition(int32(p)); err != nil {
			t.Fatal(err)
		}
		r.wantRefused(p, "holds the state of group rig, not of another", "--group rig", "topics.changelog")
	}
}

// A group whose offsets are gone reads again what is still there: nothing is
// published twice. Whatever was deleted before it was read is another matter.
func TestAGroupWhoseOffsetsAreGone(t *testing.T) {
	r := lived(t)
	unsubscribes := tp("unsubscribes", 0)
	read := r.broker.offsets[unsubscribes]
	published := len(r.log("eligibility-changed"))
	r.broker.offsets = map[kafka.TopicPartition]int64{}
	r.start()
	r.run()
	if n := len(r.log("eligibility-changed")); n != published || r.broker.offsets[unsubscribes] != read {
		t.Errorf("%d publications, read up to %d; before %d and %d", n, r.broker.offsets[unsubscribes], published, read)
	}

	r.broker.offsets = map[kafka.TopicPartition]int64{}
	r.broker.starts[unsubscribes] = read
	if err := r.resumed(0); err != nil { // the store has it all
		t.Error(err)
	}
	r.raw(unsubscribes, kafka.Record{Key: []byte("c"), Value: []byte("never read")})
	r.broker.starts[unsubscribes] = read + 1
	r.wantRefused(0, "unsubscribes/0", "never have been read", "--to-earliest")
	r.broker.offsets[unsubscribes] = read + 1 // somebody says so
	if err := r.resumed(0); err != nil {
		t.Error(err)
	}

	r.broker.offsets = map[kafka.TopicPartition]int64{}
	r.broker.starts[unsubscribes] = read
	if err := r.config.Store.DropPartition(0); err != nil {
		t.Fatal(err)
	}
	r.wantRefused(0, "unsubscribes/0", "never have been read") // nobody can say that it was
}

// States that were deleted from the changelog are lost to whoever restores from it:
// that is said while there is a store that has them.
func TestAChangelogWithoutItsFirstRecordsIsRefused(t *testing.T) {
	r := lived(t)
	changelog := tp(r.config.Step.Topics.Changelog, 0)
	end := int64(len(r.broker.logs[changelog]))
	for _, start := range []int64{end - 1, end} {
		r.broker.starts[changelog] = start
		r.wantRefused(0, changelog.String(), "records were deleted", "compact alone", "--group")
	}
	if held, err := r.tasks[0].holds([]byte{prefixContact}); err != nil || !held {
		t.Errorf("the store was emptied: %v", err)
	}
}
