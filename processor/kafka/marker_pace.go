package kafka

import "time"

// markerPace expects how long the coordinator takes to write the markers of a
// transaction. It answers EndTxn before, and until then it refuses to begin the
// next: each refusal is a request for nothing, and brokers that are busy with
// those write the markers later still. The zero value expects nothing.
type markerPace struct {
	began time.Time
	takes time.Duration
}

// maxMarkerPace is as long as is ever waited without asking, so that one slow
// transaction does not hold up those after it.
const maxMarkerPace = 20 * time.Millisecond

// begin notes that markers are being written from now on.
func (m *markerPace) begin() { m.began = time.Now() }

// left is how long they are still expected to take; 0 or less when they should be
// written.
func (m *markerPace) left() time.Duration { return m.takes - time.Since(m.began) }

// learn notes whether the next transaction was asked for too early. It is more
// careful to shorten than to lengthen: a wait costs little, a refusal a request.
func (m *markerPace) learn(early bool) {
	if early {
		m.takes = min(m.takes*3/2+time.Millisecond, maxMarkerPace)
		return
	}
	m.takes -= m.takes / 16
}
