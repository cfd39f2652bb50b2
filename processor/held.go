package processor

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"consentstream/processor/kafka"
)

// held are the topics of a task that wait for a schema, for those who look from
// outside: readiness, metrics and the point check.
type held struct {
	mu  sync.Mutex
	ids map[string]uint32 // schema ids by topic
}

// hold notes that a partition waits, and logs it once.
func (h *held) hold(t *Task, tp kafka.TopicPartition, id uint32, reason error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if was, ok := h.ids[tp.Topic]; ok && was == id {
		return
	}
	if h.ids == nil {
		h.ids = map[string]uint32{}
	}
	h.ids[tp.Topic] = id
	t.logger.Warn("task: a topic waits for a schema, the others go on", "topic", tp.Topic, "schema", id, "reason", reason)
}

// release notes that a partition does not wait.
func (h *held) release(t *Task, tp kafka.TopicPartition) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if id, ok := h.ids[tp.Topic]; ok {
		delete(h.ids, tp.Topic)
		t.logger.Info("task: the schema is known, the topic goes on", "topic", tp.Topic, "schema", id)
	}
}

// count is how many topics wait.
func (h *held) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.ids)
}

// any reports whether one of the topics waits.
func (h *held) any(topics []string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.ContainsFunc(topics, func(topic string) bool { _, ok := h.ids[topic]; return ok })
}

// reasons tell what waits, as readiness does.
func (h *held) reasons() (reasons []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, topic := range slices.Sorted(maps.Keys(h.ids)) {
		reasons = append(reasons, fmt.Sprintf("%s waits for schema %d, which the schema registry does not give now; other topics go on", topic, h.ids[topic]))
	}
	return reasons
}
