package store_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"

	"consentstream/state"
	"consentstream/state/store"
	"consentstream/state/store/storetest"
)

// loading applies the same writes as a load and, one by one, to the naive store.
type loading struct {
	random *rand.Rand
	load   *store.Load
	writes []storetest.Write
	size   int // of values: decides whether a load is a large one
}

// key draws keys that begin alike, end early, begin each other, and repeat.
func (l *loading) key() string {
	key := fmt.Sprintf("c-%08d", l.random.IntN(400))
	return key[:2+l.random.IntN(len(key)-1)]
}

func (l *loading) write(partition int32) {
	key := l.key()
	w := storetest.Write{Partition: partition, Name: key}
	switch n := l.random.IntN(10); {
	case n == 0:
		w.Kind = storetest.DeleteState
		l.load.Delete([]byte(key))
	case n == 1:
		w.Kind, w.At = storetest.DeleteTimer, state.Instant(l.random.IntN(40)-20)
		l.load.DeleteTimer(w.At, []byte(key))
	case n < 4:
		w.Kind, w.At = storetest.PutTimer, state.Instant(l.random.IntN(40)-20)
		l.load.PutTimer(w.At, []byte(key))
	default:
		value := make([]byte, l.random.IntN(l.size))
		for i := range value {
			value[i] = byte(l.random.Uint32())
		}
		w.Kind, w.Value = storetest.PutState, string(value)
		l.load.Put([]byte(key), value)
	}
	l.writes = append(l.writes, w)
}

// Loads, large and small, mixed with batches and drops, leave what the same writes
// leave one after the other; the partitions beside stay as they are.
func TestLoadsAreWritesInOrder(t *testing.T) {
	for seed := range uint64(12) {
		random := rand.New(rand.NewPCG(seed, 7))
		s, naive := open(t, t.TempDir(), store.Options{}), storetest.NewNaive()
		for round := range 6 {
			partition := int32(random.IntN(3))
			if random.IntN(5) == 0 {
				if err := s.DropPartition(partition); err != nil {
					t.Fatal(err)
				}
				_ = naive.DropPartition(partition)
			}
			l := &loading{random: random, load: s.NewLoad(partition), size: []int{20, 5000}[random.IntN(2)]}
			for range random.IntN(1500) {
				l.write(partition)
			}
			l.load.PutPosition("changelog", int64(round))
			l.writes = append(l.writes, storetest.Write{Kind: storetest.PutPosition, Partition: partition, Name: "changelog", Offset: int64(round)})
			apply := l.load.Apply
			if random.IntN(4) == 0 {
				apply = func() error { return storetest.OfPebble(s).Apply(l.writes, false) }
			}
			if err := apply(); err != nil {
				t.Fatal(err)
			}
			_ = naive.Apply(l.writes, false)
		}
		for partition := range int32(3) {
			same(t, fmt.Sprintf("seed %d, partition %d", seed, partition), storetest.OfPebble(s), naive, partition)
		}
	}
}

func same(t *testing.T, name string, got, want storetest.Store, partition int32) {
	t.Helper()
	const all = 1 << 20
	states, _ := got.Scan(partition, "", all)
	wanted, _ := want.Scan(partition, "", all)
	if diff := cmp.Diff(wanted, states); diff != "" {
		t.Fatalf("%s: states: %s", name, diff)
	}
	timers, _ := got.Due(partition, state.Never, 0)
	wantedTimers, _ := want.Due(partition, state.Never, 0)
	if diff := cmp.Diff(wantedTimers, timers); diff != "" {
		t.Fatalf("%s: timers: %s", name, diff)
	}
	positions, _ := got.Positions(partition)
	wantedPositions, _ := want.Positions(partition)
	if diff := cmp.Diff(wantedPositions, positions); diff != "" {
		t.Fatalf("%s: positions: %s", name, diff)
	}
}

// bigLoad fills a load past where it gets files of its own: every state says n.
func bigLoad(s *store.Store, n int64) *store.Load {
	l := s.NewLoad(0)
	for i := range 1200 {
		l.Put(fmt.Appendf(nil, "contact-%04d", i), fmt.Appendf(nil, "%d %01000d", n, i))
		l.PutTimer(state.Instant(n), fmt.Appendf(nil, "contact-%04d", i))
	}
	l.PutPosition("changelog", n)
	return l
}

// A crash after a load, or in the middle of one, leaves all of it or nothing, and
// nothing lies about that another start does not remove.
func TestCrashKeepsWholeLoads(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 1))
		disk := vfs.NewCrashableMem()
		s := open(t, "state", store.Options{FS: disk})
		loads := int64(random.IntN(4))
		for n := int64(1); n <= loads; n++ {
			if err := bigLoad(s, n).Apply(); err != nil {
				t.Fatal(err)
			}
		}
		crashed := disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: random.IntN(101), RNG: random})
		left, err := crashed.Create("state/load-1.tmp", vfs.WriteCategoryUnspecified)
		if err != nil {
			t.Fatal(err)
		}
		_ = left.Close()
		again := open(t, "state", store.Options{FS: crashed})
		positions, err := again.Positions(0)
		if err != nil || positions["changelog"] != loads {
			t.Fatalf("seed %d: at %d after %d loads that were applied, error %v", seed, positions["changelog"], loads, err)
		}
		states, _ := storetest.OfPebble(again).Scan(0, "", 2000)
		if want := int(min(loads, 1)) * 1200; len(states) != want {
			t.Fatalf("seed %d: %d states, want %d", seed, len(states), want)
		}
		for _, state := range states {
			if want := fmt.Sprintf("%d ", loads); state.Value[:len(want)] != want {
				t.Fatalf("seed %d: a state of load %s where %d were applied", seed, state.Value[:2], loads)
			}
		}
		names, _ := crashed.List("state")
		for _, name := range names {
			if len(name) > 4 && name[:5] == "load-" {
				t.Errorf("seed %d: %s lies about", seed, name)
			}
		}
	}
}
