package kafka

import (
	"testing"
	"time"
)

func TestMarkersAreWaitedForAsLongAsTheyTake(t *testing.T) {
	const take = 8 * time.Millisecond // which the pace does not know
	var m markerPace
	if m.begin(); m.left() > 0 {
		t.Fatal("nothing is known, and it waits")
	}
	early, total := 0, time.Duration(0)
	for range 200 {
		if m.takes < take {
			early++
		}
		total += m.takes
		m.learn(m.takes < take)
	}
	if mean := total / 200; early > 50 || mean < take/2 || mean > take*3/2 {
		t.Errorf("%d of 200 were too early, and the mean wait is %v for markers that take %v", early, mean, take)
	}
}

func TestMarkersThatTakeForEverAreNotWaitedForLong(t *testing.T) {
	var m markerPace
	for range 100 {
		m.learn(true)
	}
	m.begin()
	if left := m.left(); left > maxMarkerPace || left < maxMarkerPace/2 {
		t.Errorf("it waits %v", left)
	}
}
