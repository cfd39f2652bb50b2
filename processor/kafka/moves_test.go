package kafka

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

// Leaders and coordinators move under a producer, a reader and a member; all of
// them follow, and nothing is lost or repeated.
func TestLeadersAndCoordinatorsMove(t *testing.T) {
	c := newFake(t, 3)
	client := c.client()
	in, topic := c.topic(2), c.topic(2)
	member, gen := joined(t, client, in)
	p := takeOver(t, client, name("txn"))
	var want []string
	for i := range 40 {
		switch i % 4 {
		case 1:
			c.fake.Cluster().RehashCoordinators()
		case 3:
			if err := c.fake.Cluster().MoveTopicPartition(topic, 0, int32(i/4%3)); err != nil {
				t.Fatal(err)
			}
		}
		v := fmt.Sprint(i)
		_, err := p.Commit(testContext(t), Transaction{
			Records: []OutRecord{out(topic, 0, v)}, Offsets: map[TopicPartition]int64{{in, 0}: int64(i + 1)}, Generation: gen,
		})
		if errors.Is(err, ErrGenerationOver) {
			// The embedded broker forgets a group that moves; a real one does not.
			if gen, err = member.Next(testContext(t)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err != nil {
			t.Fatal(i, err)
		}
		want = append(want, v)
		if got := values(readAll(t, client, TopicPartition{topic, 0}, 0, true)); !slices.Equal(got, want) {
			t.Fatalf("after %d: %v, want %v", i, got, want)
		}
	}
	if got := c.committed(topic)[0]; !slices.Equal(got, want) || len(want) < 20 {
		t.Errorf("%v, want %v", got, want)
	}
}

// A broker that is away is waited for, and found again at its address.
func TestBrokerRestarts(t *testing.T) {
	dir := t.TempDir()
	c := newFakeOnDisk(t, dir, 0)
	client := c.client()
	topic := c.topic(1)
	p := takeOver(t, client, name("txn"))
	if _, err := p.Commit(testContext(t), Transaction{Records: []OutRecord{out(topic, 0, "before")}}); err != nil {
		t.Fatal(err)
	}
	port := c.port()
	c.fake.Close()
	restarted := make(chan *cluster)
	go func() {
		time.Sleep(300 * time.Millisecond)
		restarted <- newFakeOnDisk(t, dir, port)
	}()
	_, err := p.Commit(testContext(t), Transaction{Records: []OutRecord{out(topic, 0, "across")}})
	if err != nil && !errors.Is(err, ErrReset) {
		t.Fatal(err)
	}
	want := []string{"before"}
	if err == nil {
		want = append(want, "across")
	}
	if _, err := p.Commit(testContext(t), Transaction{Records: []OutRecord{out(topic, 0, "after")}}); err != nil {
		t.Fatal(err)
	}
	again := <-restarted
	if got := again.committed(topic)[0]; !slices.Equal(got, append(want, "after")) {
		t.Errorf("%v, want %v and after", got, want)
	}
}

// What is apart has leaders of its own, also after they have moved, and a fetch
// of it does not wait for the others.
func TestApartFollowsTheLeaders(t *testing.T) {
	c := newFake(t, 3)
	client := c.client()
	topic := c.topic(2)
	positions := []Position{{TopicPartition: TopicPartition{topic, 0}}, {TopicPartition: TopicPartition{topic, 1}}}
	lead := func(first, second int32) {
		for p, node := range []int32{first, second} {
			if err := c.fake.Cluster().MoveTopicPartition(topic, int32(p), node); err != nil {
				t.Fatal(err)
			}
		}
		for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); { // a fetch at the old leader finds the new one
			fetched, err := client.Fetch(testContext(t), positions, FetchOptions{MaxWait: time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			if fetched[0].Err == nil && fetched[1].Err == nil {
				return
			}
		}
		t.Fatal("the new leaders were not found")
	}
	lead(1, 1)
	if groups := client.Apart(testContext(t), positions); len(groups) != 1 || len(groups[0]) != 2 {
		t.Errorf("one leader: %v", groups)
	}
	lead(1, 2)
	groups := client.Apart(testContext(t), positions)
	if len(groups) != 2 || len(groups[0]) != 1 || len(groups[1]) != 1 {
		t.Errorf("two leaders: %v", groups)
	}
}
