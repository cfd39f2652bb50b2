package processor

import (
	"cmp"
	"encoding/binary"
	"math"
	"strings"

	"consentstream/state"
)

// place is where something stands in the order of a replay.
type place struct {
	at       state.Instant
	deadline bool // a deadline of the instant comes before its facts
	recorded state.Instant
	class    byte
	id       string
	passedOn bool // through a shared address: after the contact that it came from
	nth      byte // of the records that one fact or deadline publishes
}

// placeOf is the place of a fact: facts are taken by (recorded_at, topic,
// event_id).
func placeOf(f *state.Fact) place {
	return place{at: f.RecordedAt, class: ReplayClass(f), id: f.ID}
}

// ReplayClass orders the facts of one instant by the name of their topic, and
// what was unreadable behind.
func ReplayClass(f *state.Fact) byte {
	if f.Internal != nil {
		return byte(len(topicOrder))
	}
	return topicOrder[f.Topic]
}

var topicOrder = [...]byte{state.TopicClicks: 0, state.TopicPurchases: 1, state.TopicSignups: 2, state.TopicUnsubscribes: 3}

func (p place) compare(q place) int {
	if c := cmp.Compare(p.at, q.at); c != 0 {
		return c
	}
	if c := cmp.Compare(p.class, q.class); c != 0 {
		return c
	}
	return strings.Compare(p.id, q.id)
}

// append appends bytes that sort as publications do: by instant, deadlines
// before facts, facts in their order, then by contact and controller.
func (p *place) append(dst, storeKey []byte) []byte {
	dst = AppendSortableInstant(dst, p.at)
	if p.deadline {
		dst = append(dst, 0)
	} else {
		dst = append(dst, 1)
		dst = AppendSortableInstant(dst, p.recorded)
		dst = append(dst, p.class)
		dst = append(append(dst, p.id...), 0, boolByte(p.passedOn))
	}
	for _, b := range storeKey { // an id sorts before those that it begins
		if b == separator {
			b = 0
		}
		dst = append(dst, b)
	}
	return append(dst, 0, p.nth)
}

// AppendSortableInstant appends 8 bytes that sort as the instants do.
func AppendSortableInstant(dst []byte, at state.Instant) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(at)^(math.MaxInt64+1))
}
