package main

import (
	"slices"
	"testing"
	"time"
)

func TestASeedGivesOneSchedule(t *testing.T) {
	a, b := plan(7, 5*time.Minute, 3, true), plan(7, 5*time.Minute, 3, true)
	if !slices.Equal(a, b) {
		t.Error("two schedules of one seed differ")
	}
	if slices.Equal(a, plan(8, 5*time.Minute, 3, true)) {
		t.Error("two seeds have the same schedule")
	}
}

// Every fault happens in a minute, and several times in five.
func TestAScheduleHasEveryFault(t *testing.T) {
	for seed := range uint64(200) {
		times := map[fault]int{}
		for _, a := range plan(seed, 5*time.Minute, 3, true) {
			times[a.fault]++
		}
		for f := range faults {
			if times[f] < 5 {
				t.Errorf("seed %d: %s happens %d times in five minutes", seed, f, times[f])
			}
		}
		short := map[fault]bool{}
		for _, a := range plan(seed, time.Minute, 3, true) {
			short[a.fault] = true
		}
		if len(short) < int(faults) {
			t.Errorf("seed %d: only %d kinds of fault in a minute", seed, len(short))
		}
	}
}

// Without a small disk it is never filled; the rest goes on.
func TestNoDiskIsFilledThatCannotBe(t *testing.T) {
	for _, a := range plan(1, 5*time.Minute, 3, false) {
		if a.fault == fillDisk {
			t.Fatal("a disk is filled")
		}
	}
}

// place is what an action needs for itself.
type place struct {
	kind string
	n    int
}

func placesOf(a *action, instances int) (places []place) {
	switch a.fault {
	case killBroker:
		return []place{{"any node", 0}} // one down at a time
	case cut, delay:
		return []place{{"link", a.instance}}
	case moveLeaders:
	case restartAll:
		for i := range instances {
			places = append(places, place{"process", i})
		}
	default:
		places = append(places, place{"process", a.instance})
	}
	return places
}

func TestNothingHappensTwiceAtOneTimeAndPlace(t *testing.T) {
	const length, instances = 5 * time.Minute, 3
	for seed := range uint64(200) {
		busy := map[place]time.Duration{}
		last := time.Duration(0)
		for _, a := range plan(seed, length, instances, true) {
			if a.at < last || a.end() > length {
				t.Fatalf("seed %d: %v at %v is out of order or time", seed, &a, a.at)
			}
			last = a.at
			for _, p := range placesOf(&a, instances) {
				if busy[p] > a.at {
					t.Fatalf("seed %d: %v at %v, but %v is busy until %v", seed, &a, a.at, p, busy[p])
				}
				busy[p] = a.end()
			}
		}
	}
}

// A zombie must sleep for longer than its session.
func TestAFrozenInstanceLosesItsSession(t *testing.T) {
	for seed := range uint64(50) {
		for _, a := range plan(seed, 5*time.Minute, 3, true) {
			if a.fault == freeze && a.lasts <= sessionTimeout {
				t.Fatalf("seed %d: frozen for %v", seed, a.lasts)
			}
		}
	}
}
