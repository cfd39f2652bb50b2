package kafka

import (
	"testing"
	"time"
)

// Who waits for markers asks soon after they are written where that is quick, and
// ever more seldom where it is not: hundreds who ask keep brokers from writing.
func TestMarkersThatTakeLongAreAskedForSeldom(t *testing.T) {
	early := answer("AddPartitionsToTxn", "t", int16(codeConcurrentTransactions))
	for take, most := range map[time.Duration]int{8 * time.Millisecond: 4, 50 * time.Millisecond: 8, time.Second: 20, 20 * time.Second: 65} {
		var b backoff
		waited, asked := time.Duration(0), 0
		for waited < take {
			waited += b.after(early)
			asked++
		}
		if asked > most || waited > take*3/2+2*time.Millisecond {
			t.Errorf("markers that take %v: asked %d times in %v", take, asked, waited)
		}
	}
}

func TestABrokerThatIsAwayIsAskedAtAPace(t *testing.T) {
	var b backoff
	waited := time.Duration(0)
	for range 20 {
		waited += b.after(&TransportError{API: "Fetch"})
	}
	if waited < time.Second || waited > 20*longestPause {
		t.Errorf("twenty pauses take %v", waited)
	}
}
