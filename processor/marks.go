package processor

import (
	"context"
	"time"

	"consentstream/processor/kafka"
	"consentstream/state"
)

// marks tell up to which instant the inputs of a task are read. A mark is the
// ends of some partitions and the instant before they were asked for; once the
// positions have passed the ends, everything appended by then is read.
type marks struct {
	lane, all mark
	config    *TaskConfig
	wanted    state.Instant // a deadline that waits for a mark at or after it
	answers   chan markAnswer
	asking    bool
	asked     time.Time
}

type mark struct {
	partitions []kafka.TopicPartition
	readUpTo   state.Instant
	pending    map[kafka.TopicPartition]int64
	pendingAt  state.Instant
}

type markAnswer struct {
	at   state.Instant
	ends map[kafka.TopicPartition]int64
}

// askEvery is the pace at which ends are asked for while a deadline waits.
const askEvery = 100 * time.Millisecond

func newMarks(config *TaskConfig, lane, all []kafka.TopicPartition) *marks {
	return &marks{
		lane: mark{partitions: lane, readUpTo: state.Unset}, all: mark{partitions: all, readUpTo: state.Unset},
		config: config, wanted: state.Unset, answers: make(chan markAnswer, 1),
	}
}

// want asks for a mark at or after an instant.
func (m *marks) want(at state.Instant) { m.wanted = max(m.wanted, at) }

// update takes an answer in, sees whether the positions have passed the ends,
// and asks again while somebody waits. It never waits itself.
func (m *marks) update(ctx context.Context, positions map[kafka.TopicPartition]int64) {
	select {
	case a := <-m.answers:
		m.asking = false
		if a.ends != nil {
			m.lane.take(a)
			m.all.take(a)
		}
	default:
	}
	m.lane.pass(positions)
	m.all.pass(positions)
	if m.all.readUpTo < m.wanted && !m.asking && m.config.elapsed().Sub(m.asked) >= askEvery {
		m.ask(ctx)
	}
}

// ask reads the ends in the background. The instant is taken before, so that
// whatever was appended by then is below the ends.
func (m *marks) ask(ctx context.Context) {
	m.asking, m.asked = true, m.config.elapsed()
	at := m.config.Clock.Now()
	m.config.aside(func() {
		ends, err := m.config.Broker.EndOffsets(ctx, m.all.partitions, true)
		if err != nil {
			ends = nil // the broker is away: asked again soon
		}
		m.answers <- markAnswer{at, ends}
	})
}

// take notes new ends unless older ones are still ahead: under a steady load
// newer ends would always be ahead, and no mark would ever pass.
func (m *mark) take(a markAnswer) {
	if m.pending == nil {
		m.pending, m.pendingAt = a.ends, a.at
	}
}

// pass moves the mark once every position has reached its end.
func (m *mark) pass(positions map[kafka.TopicPartition]int64) {
	if m.pending == nil {
		return
	}
	for _, tp := range m.partitions {
		if positions[tp] < m.pending[tp] {
			return
		}
	}
	m.readUpTo, m.pending = max(m.readUpTo, m.pendingAt), nil
}
