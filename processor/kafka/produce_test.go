package kafka

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/segmentio/kafka-go/protocol"
)

func TestProduceIsIdempotent(t *testing.T) {
	c := newCluster(t)
	client := c.client()
	faults := spoil(t, client)
	topic := c.topic(1)
	var want []string
	for _, f := range []fault{
		{before: true, times: 2}, {after: true, times: 2}, {code: 3}, {code: 5}, {code: 6}, {code: 7}, {code: 13}, {code: 19}, {code: 20}, {code: 56}, {code: 72},
	} {
		f.api = protocol.Produce
		faults.add(f)
		v := fmt.Sprintf("%d %v %v", f.code, f.before, f.after)
		if _, err := client.Produce(testContext(t), []OutRecord{out(topic, 0, v)}); err != nil {
			t.Fatalf("%s: %v", v, err)
		}
		want = append(want, v)
	}
	if got := c.committed(topic)[0]; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// After an error the numbers of an appender may be out of step; it is not used
// again.
func TestProduceGoesOnAfterAnError(t *testing.T) {
	c := newCluster(t)
	client := c.client()
	faults := spoil(t, client)
	topic := c.topic(1)
	var want []string
	for _, code := range []Code{45, 47, 59, 29, 87} {
		faults.add(fault{api: protocol.Produce, code: code})
		if _, err := client.Produce(testContext(t), []OutRecord{out(topic, 0, "never")}); codeOf(err) != code || errors.Is(err, ErrRefused) != (code == 29 || code == 87) {
			t.Errorf("%v: %v", code, err)
		}
		v := fmt.Sprint(code)
		done, err := client.Produce(testContext(t), []OutRecord{out(topic, 0, v)})
		if err != nil || done.BaseOffsets[TopicPartition{topic, 0}] != int64(len(want)) {
			t.Errorf("after %v: %v, %v", code, done, err)
		}
		want = append(want, v)
	}
	if got := c.committed(topic)[0]; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestProduceConcurrently(t *testing.T) {
	c := newCluster(t)
	client := c.client()
	topic := c.topic(2)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 20 {
				if _, err := client.Produce(testContext(t), []OutRecord{out(topic, int32(i%2), fmt.Sprintf("%d.%d", g, i))}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	got := c.committed(topic)
	if len(got[0]) != 80 || len(got[1]) != 80 {
		t.Errorf("%d and %d records, want 80 and 80", len(got[0]), len(got[1]))
	}
}
