package store_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"consentstream/state"
	"consentstream/state/store"
	"consentstream/state/store/storetest"
)

// step writes batch n: the state of three contacts, their timers, a position
// and a metadata value, all saying n, and takes the timers of n-1 away.
func step(t *testing.T, s *store.Store, partition int32, n int64, sync bool) {
	t.Helper()
	b := s.NewBatch()
	defer b.Close()
	for contact := range 3 {
		key := fmt.Appendf(nil, "contact-%d", contact)
		b.Put(partition, key, fmt.Appendf(nil, "%d %0100d", n, contact))
		b.DeleteTimer(partition, state.Instant(n-1), key)
		b.PutTimer(partition, state.Instant(n), key)
	}
	b.PutPosition(partition, "changelog", n)
	b.PutMeta(partition, "marker", fmt.Append(nil, n))
	if err := s.Apply(b, sync); err != nil {
		t.Fatal(err)
	}
}

// reached returns the batch the store stands at and fails if any part of it is
// of another batch.
func reached(t *testing.T, s *store.Store, partition int32) int64 {
	t.Helper()
	p := storetest.OfPebble(s)
	positions, err := p.Positions(partition)
	if err != nil {
		t.Fatal(err)
	}
	n, any := positions["changelog"]
	states, _ := p.Scan(partition, "", 10)
	timers, _ := p.Due(partition, state.Never, 0)
	marker, _, _ := p.Meta(partition, "marker")
	if !any {
		if len(states)+len(timers) > 0 || marker != "" {
			t.Fatalf("no position, but %d states, %d timers, marker %q", len(states), len(timers), marker)
		}
		return 0
	}
	if len(states) != 3 || len(timers) != 3 || marker != fmt.Sprint(n) {
		t.Fatalf("at batch %d: %d states, %d timers, marker %q", n, len(states), len(timers), marker)
	}
	for i := range states {
		if want := fmt.Sprintf("%d %0100d", n, i); states[i].Value != want || timers[i].At != state.Instant(n) {
			t.Fatalf("at batch %d: state %q, timer %d", n, states[i].Value, timers[i].At)
		}
	}
	return n
}

// A crash loses a suffix of the batches that were not synced, whole batches
// only, and never a synced one, whatever part of the unsynced bytes reached
// the disk.
func TestCrashKeepsWholeBatchesAndAllSyncedOnes(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			disk := vfs.NewCrashableMem()
			s := open(t, "state", store.Options{FS: disk})
			applied, synced := int64(random.IntN(300)), int64(0)
			for n := int64(1); n <= applied; n++ {
				sync := random.IntN(20) == 0
				step(t, s, 0, n, sync)
				if sync {
					synced = n
				}
			}
			survived := crash(t, disk, random)
			n := reached(t, survived, 0)
			if n < synced || n > applied {
				t.Errorf("stands at batch %d; %d were applied, %d of them synced", n, applied, synced)
			}
			step(t, survived, 0, n+1, true) // and it goes on
			if next := reached(t, survived, 0); next != n+1 {
				t.Errorf("after the step behind %d it stands at %d", n, next)
			}
		})
	}
}

// crash opens what is on disk if the machine stops now.
func crash(t *testing.T, disk *vfs.MemFS, random *rand.Rand) *store.Store {
	t.Helper()
	left := disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: random.IntN(101), RNG: random})
	return open(t, "state", store.Options{FS: left})
}

// Wherever a creation is broken off, the next start finds a directory that it can
// use: nobody has to clear away what holds nothing.
func TestCrashDuringCreationLeavesAUsableDirectory(t *testing.T) {
	for seed := range uint64(5) {
		for n, over := 0, false; !over; n++ {
			var left *vfs.MemFS
			if left, over = createdUpTo(t, n, rand.New(rand.NewPCG(seed, uint64(n)))); over && n < 10 {
				t.Fatalf("a creation of %d operations", n)
			}
			s, err := store.Open("state", store.Options{FS: left, Group: "g", Logger: quiet, CacheBytes: 1 << 20, MemTableBytes: 1 << 20})
			if err != nil {
				t.Fatalf("seed %d, broken off before operation %d: %v", seed, n, err)
			}
			step(t, s, 0, 1, true)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// createdUpTo creates a store and returns the disk as a crash just before operation
// n leaves it, or as it is in the end where there are no more: then over is true.
// Which of the bytes that were not synced are there is drawn.
func createdUpTo(t *testing.T, n int, random *rand.Rand) (left *vfs.MemFS, over bool) {
	t.Helper()
	disk := vfs.NewCrashableMem()
	snapshot := func() *vfs.MemFS {
		return disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: random.IntN(101), RNG: random})
	}
	watched := errorfs.Wrap(disk, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
			if n--; n == -1 {
				left = snapshot()
			}
		}
		return nil
	}))
	open(t, "state", store.Options{FS: watched, Group: "g"})
	if left == nil {
		return snapshot(), true
	}
	return left, false
}

func TestSyncMakesEarlierBatchesDurable(t *testing.T) {
	disk := vfs.NewCrashableMem()
	s := open(t, "state", store.Options{FS: disk})
	step(t, s, 0, 1, false)
	step(t, s, 0, 2, false)
	if err := s.Sync(); err != nil {
		t.Fatal(err)
	}
	if n := reached(t, crash(t, disk, rand.New(rand.NewPCG(1, 1))), 0); n != 2 {
		t.Errorf("stands at batch %d after a sync of 2", n)
	}
}

func TestDropIsDurableAndWhole(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 3))
		disk := vfs.NewCrashableMem()
		s := open(t, "state", store.Options{FS: disk})
		step(t, s, 4, 1, true)
		step(t, s, 5, 1, true)
		if err := s.DropPartition(4); err != nil {
			t.Fatal(err)
		}
		survived := crash(t, disk, random)
		if n := reached(t, survived, 4); n != 0 {
			t.Errorf("seed %d: the dropped partition stands at %d", seed, n)
		}
		if n := reached(t, survived, 5); n != 1 {
			t.Errorf("seed %d: the other partition stands at %d", seed, n)
		}
	}
}
