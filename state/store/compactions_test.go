package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// wanting is a database that has compactions waiting.
type wanting struct{ allowed, waiting, started int }

func (w *wanting) GetAllowedWithoutPermission() int { return w.allowed }

func (w *wanting) GetWaitingCompaction() (bool, pebble.WaitingCompaction) {
	return w.waiting > 0, pebble.WaitingCompaction{}
}

func (w *wanting) Schedule(pebble.CompactionGrantHandle) bool {
	w.waiting--
	w.started++
	return true
}

func TestNoCompactionBeginsBeforeTheStoreIsOpen(t *testing.T) {
	db := &wanting{allowed: 2, waiting: 5}
	c := newCompactions()
	c.db = db
	if started, _ := c.TrySchedule(); started {
		t.Error("Open would wait for a compaction")
	}
	if c.grant(); db.started != 0 {
		t.Errorf("%d were started, and Open would wait for them", db.started)
	}
	c.begin()
	if c.grant(); db.started != 2 {
		t.Errorf("%d of those kept back were started, want the two that are allowed", db.started)
	}
	if started, _ := c.TrySchedule(); started {
		t.Error("more run than are allowed")
	}
	if c.Done(); db.started != 3 {
		t.Errorf("%d were started after one was done, want the next too", db.started)
	}
	db.allowed = 3
	if started, _ := c.TrySchedule(); !started {
		t.Error("one more is allowed now, and is refused")
	}
	c.Unregister()
	if c.Done(); db.started != 3 {
		t.Error("a database that is closed is told to compact")
	}
}

// Compactions run by the store's own scheduler: files that pile up come to be fewer
// without anybody asking.
func TestFilesThatPileUpAreCompacted(t *testing.T) {
	s, err := Open(t.TempDir(), Options{CacheBytes: 1 << 20, MemTableBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	value := make([]byte, 4<<10)
	for range 8 {
		l := s.NewLoad(0)
		for i := range 400 {
			l.Put([]byte{byte(i >> 8), byte(i)}, value)
		}
		if err := l.Apply(); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.waitFor(func(m Metrics) bool { return m.Compactions > 0 && m.ReadAmplification < 4 }); err != nil {
		t.Error(err)
	}
}

func (s *Store) waitFor(reached func(Metrics) bool) error {
	for deadline := time.Now().Add(20 * time.Second); !reached(s.Metrics()); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("still %+v", s.Metrics())
		}
	}
	return nil
}
