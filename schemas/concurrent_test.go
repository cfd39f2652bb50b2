package schemas

import (
	"context"
	"sync"
	"testing"

	"consentstream/state"
)

// lockedRegistry counts under a lock and answers any even id.
type lockedRegistry struct {
	mu    sync.Mutex
	asked map[int]int
}

func (l *lockedRegistry) SchemaByID(_ context.Context, id int) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked[id]++
	if id%2 == 1 {
		return "", ErrNoSchema
	}
	return OfTopic(state.TopicClicks).Text, nil
}

// One Decoder serves all workers; an id is asked for once.
func TestConcurrentDecode(t *testing.T) {
	registry := &lockedRegistry{asked: map[int]int{}}
	d := NewDecoder(WithRegistry(registry))
	value := sampleValue(t, state.TopicClicks)
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			var r Record
			for id := range uint32(20) {
				err := d.Decode(state.TopicClicks, withID(id, value), state.Unset, &r)
				if (err == nil) != (id%2 == 0) {
					t.Errorf("id %d: %v", id, err)
				}
			}
		})
	}
	workers.Wait()
	for id, n := range registry.asked {
		if n != 1 {
			t.Errorf("id %d was asked for %d times", id, n)
		}
	}
}
