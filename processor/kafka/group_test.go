package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/twmb/franz-go/pkg/kadm"
)

// crew is one group on trial: its members, and what each has just now.
type crew struct {
	*cluster
	t      *testing.T
	group  string
	topics []string
	copies int32 // that members want from now on

	mu   sync.Mutex
	gens map[string]*Generation // the newest of each member
}

func newCrew(t *testing.T, c *cluster, partitions int32) *crew {
	return &crew{cluster: c, t: t, group: name("group"), topics: []string{c.topic(partitions), c.topic(partitions)}, gens: map[string]*Generation{}}
}

func (c *crew) config(instance string) GroupConfig {
	return GroupConfig{Group: c.group, InstanceID: instance, Topics: c.topics, SessionTimeout: 6 * time.Second, RebalanceTimeout: 20 * time.Second, HeartbeatInterval: 40 * time.Millisecond, Copies: c.copies}
}

// worker is a member that drains at once, in a goroutine of its own.
type worker struct {
	crew   *crew
	name   string
	client *Client
	member *Member
	cancel context.CancelFunc
	ended  chan error
}

func (c *crew) start(name, instance string) *worker {
	ctx, cancel := context.WithCancel(context.Background())
	w := &worker{crew: c, name: name, client: c.client(), cancel: cancel, ended: make(chan error, 1)}
	w.member = w.client.Join(c.config(instance))
	go w.run(ctx)
	c.t.Cleanup(cancel)
	return w
}

func (w *worker) run(ctx context.Context) {
	for {
		gen, err := w.member.Next(ctx)
		if err != nil {
			w.ended <- err
			return
		}
		w.crew.mu.Lock()
		w.crew.gens[w.name] = gen
		w.crew.mu.Unlock()
		select {
		case <-gen.Done():
		case <-ctx.Done():
		}
	}
}

// stop ends the member; one that does not leave has crashed as far as the group
// can tell.
func (w *worker) stop(leave bool) {
	w.crew.t.Helper()
	w.cancel()
	<-w.ended
	if err := w.member.Close(testContext(w.crew.t), leave); err != nil {
		w.crew.t.Error(err)
	}
	w.crew.mu.Lock()
	delete(w.crew.gens, w.name)
	w.crew.mu.Unlock()
}

// settled waits until the named members share all partitions in one generation,
// and returns who has what.
func (c *crew) settled(names ...string) map[string][]int32 {
	c.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for time.Now().Before(deadline) {
		if shares, ok := c.shares(names); ok {
			return shares
		}
		time.Sleep(5 * time.Millisecond)
	}
	c.t.Fatalf("%v did not settle", names)
	return nil
}

func (c *crew) shares(names []string) (map[string][]int32, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	shares, ids, total := map[string][]int32{}, map[int32]bool{}, 0
	for _, n := range names {
		g := c.gens[n]
		if g == nil || g.over() {
			return nil, false
		}
		shares[n], ids[g.ID] = g.Partitions, true
		total += len(g.Partitions)
	}
	return shares, len(ids) == 1 && total == int(c.gens[names[0]].Total)
}

func (c *crew) checkDisjoint(shares map[string][]int32, total int32) {
	c.t.Helper()
	all := slices.Concat(slices.Collect(maps.Values(shares))...)
	slices.Sort(all)
	var want []int32
	for p := range total {
		want = append(want, p)
	}
	if !slices.Equal(all, want) {
		c.t.Errorf("the members have %v", shares)
	}
}

func subset(small, large []int32) bool {
	return !slices.ContainsFunc(small, func(p int32) bool { return !slices.Contains(large, p) })
}

func TestMembersShareAndKeepWhatTheyHave(t *testing.T) {
	for _, kind := range []string{"static", "dynamic"} {
		t.Run(kind, func(t *testing.T) {
			c := newCrew(t, newCluster(t), 8)
			instance := func(n string) string {
				if kind == "static" {
					return n
				}
				return ""
			}
			c.start("a", instance("a"))
			one := c.settled("a")
			c.checkDisjoint(one, 8)
			c.start("b", instance("b"))
			two := c.settled("a", "b")
			c.checkDisjoint(two, 8)
			if len(two["a"]) != 4 || !subset(two["a"], one["a"]) {
				t.Errorf("of %v, a keeps %v", one["a"], two["a"])
			}
			third := c.start("c", instance("c"))
			three := c.settled("a", "b", "c")
			c.checkDisjoint(three, 8)
			if !subset(three["a"], two["a"]) || !subset(three["b"], two["b"]) || len(three["c"]) < 2 {
				t.Errorf("from %v to %v", two, three)
			}
			third.stop(true)
			again := c.settled("a", "b")
			c.checkDisjoint(again, 8)
			if !subset(three["a"], again["a"]) || !subset(three["b"], again["b"]) || len(again["a"]) != 4 {
				t.Errorf("from %v to %v", three, again)
			}
		})
	}
}

// A static member that restarts within the session finds its generation, and
// nobody else notices.
func TestStaticMemberRestartsWithoutRebalance(t *testing.T) {
	c := newCrew(t, newCluster(t), 4)
	a := c.start("a", "a")
	c.settled("a")
	c.start("b", "b")
	before := c.settled("a", "b")
	generation, other := c.gens["a"].ID, c.gens["b"]
	a.stop(false)
	start := time.Now()
	c.start("a", "a")
	after := c.settled("a", "b")
	if !slices.Equal(before["a"], after["a"]) {
		t.Errorf("%v after the restart, %v before", after["a"], before["a"])
	}
	if c.fake != nil {
		return // it compares the bytes of the subscription, which a real broker does not
	}
	if got := c.gens["a"].ID; got != generation {
		t.Errorf("generation %d after the restart, %d before", got, generation)
	}
	if other.over() || c.gens["b"] != other {
		t.Error("the other member was disturbed")
	}
	t.Logf("restart took %v", time.Since(start))
}

func TestSecondProcessWithTheSameInstanceFencesTheFirst(t *testing.T) {
	c := newCrew(t, newCluster(t), 4)
	first := c.start("first", "same")
	c.settled("first")
	c.start("second", "same")
	select {
	case err := <-first.ended:
		if !errors.Is(err, ErrFencedInstance) {
			t.Errorf("the first ended with %v, want ErrFencedInstance", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the first goes on")
	}
	if _, err := first.member.Next(testContext(t)); !errors.Is(err, ErrFencedInstance) {
		t.Errorf("its Next: %v", err)
	}
	c.settled("second")
}

// Until the one who has the tasks has drained them, nobody else gets them; and
// draining for many heartbeats does not cost the membership.
func TestDrainingHoldsTheGroup(t *testing.T) {
	c := newCrew(t, newCluster(t), 4)
	client := c.client()
	faults := spoil(t, client)
	slow := client.Join(c.config("slow"))
	t.Cleanup(func() { slow.Close(context.Background(), true) })
	gen, err := slow.Next(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	c.start("other", "other")
	<-gen.Done()
	if !errors.Is(gen.Err(), ErrGenerationOver) {
		t.Errorf("the generation ended with %v", gen.Err())
	}
	faults.clear()
	time.Sleep(500 * time.Millisecond)
	if _, ok := c.shares([]string{"other"}); ok {
		t.Fatal("the other member got its share while the first was draining")
	}
	if n := len(requests[*heartbeatRequest](faults)); n < 3 {
		t.Errorf("%d heartbeats while draining", n)
	}
	next, err := slow.Next(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	if next.MemberID != gen.MemberID || len(next.Partitions) != 2 {
		t.Errorf("after draining: %+v", next)
	}
}

func TestUnequalPartitionsAreRefused(t *testing.T) {
	c := newCluster(t)
	three, four, none := c.topic(3), c.topic(4), name("none")
	for _, topics := range [][]string{{three, four}, {four, none}} {
		m := c.client().Join(GroupConfig{Group: name("group"), Topics: topics})
		m.missing = 100 * time.Millisecond
		_, err := m.Next(testContext(t))
		var unequal *UnequalPartitionsError
		if !errors.As(err, &unequal) {
			t.Fatalf("%v: %v", topics, err)
		}
		want := map[string]int32{}
		for _, topic := range topics {
			want[topic] = map[string]int32{three: 3, four: 4, none: 0}[topic]
		}
		if !maps.Equal(unequal.Counts, want) {
			t.Errorf("counts %v, want %v", unequal.Counts, want)
		}
	}
}

func TestTopicThatComesLateIsWaitedFor(t *testing.T) {
	c := newCluster(t)
	early, late := c.topic(2), name("late")
	client := c.client()
	created := make(chan error, 1)
	time.AfterFunc(300*time.Millisecond, func() {
		_, err := client.CreateTopics(context.Background(), []TopicSpec{{Name: late, Partitions: 2, Replication: -1}})
		created <- err
	})
	m, gen := joined(t, c.client(), early, late)
	if err := <-created; err != nil {
		t.Error(err)
	}
	if len(gen.Partitions) != 2 || m.total != 2 {
		t.Errorf("%+v", gen)
	}
}

// Nobody reads partitions that are added while we run: an unsubscribe in one of
// them would be lost.
func TestAddedPartitionsAreNoticed(t *testing.T) {
	for _, all := range []bool{false, true} {
		t.Run(fmt.Sprintf("to all topics %v", all), func(t *testing.T) {
			c := newCrew(t, newCluster(t), 2)
			cfg := c.config("x")
			cfg.CheckInterval = 50 * time.Millisecond
			m := c.client().Join(cfg)
			t.Cleanup(func() { m.Close(context.Background(), true) })
			gen, err := m.Next(testContext(t))
			if err != nil {
				t.Fatal(err)
			}
			topics := c.topics
			if !all {
				topics = topics[:1]
			}
			admin := kadm.NewClient(c.franz())
			if _, err := admin.CreatePartitions(testContext(t), 3, topics...); err != nil {
				t.Fatal(err)
			}
			<-gen.Done()
			var unequal *UnequalPartitionsError
			var changed *PartitionsChangedError
			_, err = m.Next(testContext(t))
			for deadline := time.Now().Add(10 * time.Second); all && errors.As(err, &unequal) && time.Now().Before(deadline); {
				_, err = m.Next(testContext(t)) // one topic grew a moment before the other
			}
			if errors.As(err, &unequal) == all || errors.As(err, &changed) != all || Retriable(err) {
				t.Errorf("%v", err)
			}
		})
	}
}

// Offsets mean nothing in another topic of the same name: what runs stops, and
// says which topic it is.
func TestATopicThatIsCreatedAgainIsNoticed(t *testing.T) {
	c := newCrew(t, newCluster(t), 2)
	cfg := c.config("x")
	cfg.CheckInterval = 50 * time.Millisecond
	m := c.client().Join(cfg)
	t.Cleanup(func() { m.Close(context.Background(), true) })
	gen, err := m.Next(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	c.recreate(c.topics[1], 2)
	<-gen.Done()
	if err := gen.Err(); !errors.Is(err, ErrGenerationOver) {
		t.Errorf("the generation ended with %v", err)
	}
	var other *TopicRecreatedError
	if _, err = m.Next(testContext(t)); !errors.As(err, &other) || other.Topic != c.topics[1] || Retriable(err) {
		t.Errorf("%v", err)
	}
}

// recreate deletes a topic and creates it again.
func (c *cluster) recreate(topic string, partitions int32) {
	c.t.Helper()
	admin := kadm.NewClient(c.franz())
	if _, err := admin.DeleteTopics(testContext(c.t), topic); err != nil {
		c.t.Fatal(err)
	}
	client := c.client()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		created, err := client.CreateTopics(testContext(c.t), []TopicSpec{{Name: topic, Partitions: partitions, Replication: -1}})
		switch {
		case err != nil && time.Now().After(deadline):
			c.t.Fatal(err)
		case err == nil && len(created) == 1:
			return
		}
	}
}

func TestJoiningRepeats(t *testing.T) {
	c := newCrew(t, newCluster(t), 2)
	client := c.client()
	faults := spoil(t, client)
	for _, api := range []protocol.ApiKey{protocol.JoinGroup, protocol.SyncGroup} {
		for _, f := range []fault{{code: 14}, {code: 15}, {code: 16}, {code: 7}, {code: 25}, {code: 27}, {code: 22}, {before: true}, {after: true}} {
			t.Run(fmt.Sprintf("%v %d lost %v %v", api, f.code, f.before, f.after), func(t *testing.T) {
				f.api = api
				m := client.Join(c.config("x"))
				faults.add(f)
				gen, err := m.Next(testContext(t))
				if err != nil {
					t.Fatal(err)
				}
				if len(gen.Partitions) != 2 || faults.left() > 0 {
					t.Errorf("%+v, %d faults left", gen, faults.left())
				}
				if err := m.Close(testContext(t), true); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestJoiningIsRefused(t *testing.T) {
	c := newCrew(t, newCluster(t), 2)
	client := c.client()
	faults := spoil(t, client)
	for _, code := range []Code{23, 24, 26, 30, 81, 82} {
		faults.add(fault{api: protocol.JoinGroup, code: code})
		_, err := client.Join(c.config("x")).Next(testContext(t))
		if codeOf(err) != code || Retriable(err) {
			t.Errorf("%v: %v", code, err)
		}
		if errors.Is(err, ErrFencedInstance) != (code == 82) {
			t.Errorf("%v: is ErrFencedInstance wrong: %v", code, err)
		}
	}
}

// A coordinator that takes over may go back to the member that had our instance
// id before: that is no other process, unless it happens again and again.
func TestAJoinThatIsUndoneIsRepeated(t *testing.T) {
	c := newCrew(t, newCluster(t), 2)
	client := c.client()
	faults := spoil(t, client)
	for _, times := range []int{1, undoneAtMost, undoneAtMost + 1} {
		cfg := c.config("x")
		cfg.InstanceID = name("static")
		m := client.Join(cfg)
		faults.add(fault{api: protocol.SyncGroup, code: codeFencedInstanceID, times: times})
		gen, err := m.Next(testContext(t))
		if times <= undoneAtMost {
			if err != nil || len(gen.Partitions) != 2 {
				t.Errorf("undone %d times: %+v, %v", times, gen, err)
			}
		} else if !errors.Is(err, ErrFencedInstance) {
			t.Errorf("undone %d times: %v, want ErrFencedInstance", times, err)
		}
		if err := m.Close(testContext(t), true); err != nil {
			t.Error(err)
		}
	}
}

func TestHeartbeatErrors(t *testing.T) {
	for _, test := range []struct {
		fault fault
		over  bool
		want  error
	}{
		{fault{code: 14, times: 3}, false, nil},
		{fault{code: 15, times: 3}, false, nil},
		{fault{code: 16, times: 3}, false, nil},
		{fault{before: true, times: 3}, false, nil},
		{fault{after: true, times: 3}, false, nil},
		{fault{code: 27}, true, ErrGenerationOver},
		{fault{code: 22}, true, ErrGenerationOver},
		{fault{code: 25}, true, ErrGenerationOver},
		{fault{code: 82}, true, ErrFencedInstance},
	} {
		t.Run(fmt.Sprintf("%d lost %v %v", test.fault.code, test.fault.before, test.fault.after), func(t *testing.T) {
			c := newCrew(t, newCluster(t), 2)
			client := c.client()
			faults := spoil(t, client)
			m := client.Join(c.config("x"))
			t.Cleanup(func() { m.Close(context.Background(), true) })
			gen, err := m.Next(testContext(t))
			if err != nil {
				t.Fatal(err)
			}
			test.fault.api = protocol.Heartbeat
			faults.add(test.fault)
			if !test.over {
				waitFor(t, func() bool { return faults.left() == 0 })
				time.Sleep(100 * time.Millisecond)
				if gen.over() {
					t.Errorf("the generation ended: %v", gen.Err())
				}
				return
			}
			<-gen.Done()
			if !errors.Is(gen.Err(), test.want) {
				t.Errorf("ended with %v, want %v", gen.Err(), test.want)
			}
			next, err := m.Next(testContext(t))
			if fenced := errors.Is(test.want, ErrFencedInstance); fenced != errors.Is(err, ErrFencedInstance) || !fenced && (err != nil || len(next.Partitions) != 2) {
				t.Errorf("next: %+v, %v", next, err)
			}
		})
	}
}

func TestLeavingRepeatsAndForgives(t *testing.T) {
	c := newCrew(t, newCluster(t), 2)
	client := c.client()
	faults := spoil(t, client)
	for _, f := range []fault{{code: 14, times: 2}, {code: 16}, {code: 15}, {before: true}, {after: true}, {code: 25}} {
		m := client.Join(c.config("x"))
		if _, err := m.Next(testContext(t)); err != nil {
			t.Fatal(err)
		}
		f.api = protocol.LeaveGroup
		faults.add(f)
		if err := m.Close(testContext(t), true); err != nil {
			t.Errorf("%+v: %v", f, err)
		}
	}
}

func TestNextEndsWithItsContext(t *testing.T) {
	c := newCrew(t, newCluster(t), 2)
	m := c.client().Join(c.config("x"))
	t.Cleanup(func() { m.Close(context.Background(), true) })
	if _, err := m.Next(testContext(t)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := m.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want context.Canceled", err)
	}
}

func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
	}
}

// Members keep copies of each other's partitions; one that wants none gets none, and
// when a member leaves its partitions go to who has their copies.
func TestCopiesAreKeptByOtherMembers(t *testing.T) {
	c := newCrew(t, newCluster(t), 6)
	c.start("none", "")
	c.settled("none")
	c.copies = 1
	a := c.start("a", "")
	c.settled("none", "a")
	c.start("b", "")
	before := c.settled("none", "a", "b")
	copies := c.copiesOf("none", "a", "b")
	if len(copies["none"]) > 0 {
		t.Errorf("a member that wants no copies keeps %v", copies["none"])
	}
	for _, name := range []string{"a", "b"} {
		other := map[string]string{"a": "b", "b": "a"}[name]
		for _, p := range before[name] {
			if !slices.Contains(copies[other], p) || slices.Contains(copies[name], p) {
				t.Errorf("%s owns %d; copies are %v", name, p, copies)
			}
		}
	}
	for _, p := range before["none"] {
		if slices.Contains(copies["a"], p) == slices.Contains(copies["b"], p) {
			t.Errorf("%d has none or two copies: %v", p, copies)
		}
	}
	a.stop(true)
	for _, p := range c.settled("none", "b")["b"] {
		if slices.Contains(before["a"], p) && !slices.Contains(copies["b"], p) {
			t.Errorf("%d went where it has no copy", p)
		}
	}
}

// copiesOf returns whose copies the members keep.
func (c *crew) copiesOf(names ...string) map[string][]int32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	copies := map[string][]int32{}
	for _, name := range names {
		copies[name] = c.gens[name].Copies
	}
	return copies
}
