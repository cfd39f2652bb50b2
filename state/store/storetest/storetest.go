// Package storetest holds what every store of task state must do, as tests
// that any implementation can be put through.
package storetest

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"consentstream/state"
)

// Store is what is tested. Keys, names and values are strings here, so that
// tests compare them with ==; an implementation with another shape is adapted.
type Store interface {
	Apply(writes []Write, sync bool) error
	Get(partition int32, key string) (value string, found bool, err error)
	// GetMany looks up keys that are sorted, or not.
	GetMany(partition int32, keys []string) ([]Found, error)
	Scan(partition int32, from string, limit int) ([]State, error)
	ScanPrefix(partition int32, prefix string, limit int) ([]State, error)
	// Due lists timers at or before until; limit 0 means all.
	Due(partition int32, until state.Instant, limit int) ([]Timer, error)
	// DueAfter lists those of them that come behind a timer, or, with no key,
	// from an instant on.
	DueAfter(partition int32, behind Timer, until state.Instant, limit int) ([]Timer, error)
	Positions(partition int32) (map[string]int64, error)
	Meta(partition int32, name string) (value string, found bool, err error)
	Partitions() ([]int32, error)
	DropPartition(partition int32) error
}

// Write is one write of a batch.
type Write struct {
	Kind      Kind
	Partition int32
	Name      string // key of the contact, or name of the position or value
	Value     string // of PutState and PutMeta
	At        state.Instant
	Offset    int64
}

// Kind says which write.
type Kind uint8

// The kinds of Write.
const (
	PutState Kind = iota
	DeleteState
	PutTimer
	DeleteTimer
	PutPosition
	DeletePosition
	PutMeta
	DeleteMeta
	kinds
)

// State is one state read back.
type State struct{ Key, Value string }

// Timer is one timer read back.
type Timer struct {
	At  state.Instant
	Key string
}

// Found is the answer of a lookup.
type Found struct {
	Value string
	Is    bool
}

// Run puts an implementation through all tests; open returns an empty store
// that lives until the test ends.
func Run(t *testing.T, open func(t testing.TB) Store) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
	t.Run("agrees with maps", func(t *testing.T) { agrees(t, open) })
}

// agrees drives the store and the naive one with the same random batches and
// compares everything that can be read. One store serves all rounds, emptied
// by dropping its partitions, so that it also has a past.
func agrees(t *testing.T, open func(t testing.TB) Store) {
	tested := open(t)
	rapid.Check(t, func(r *rapid.T) {
		naive := NewNaive()
		for _, partition := range second(tested.Partitions()).Result {
			must(r, tested.DropPartition(partition))
		}
		for step := range rapid.IntRange(1, 12).Draw(r, "steps") {
			act(r, tested, naive)
			compare(r, fmt.Sprint("step ", step), tested, naive)
		}
	})
}

func act(r *rapid.T, tested, naive Store) {
	if rapid.IntRange(0, 9).Draw(r, "drop") == 0 {
		partition := partitions.Draw(r, "dropped")
		must(r, tested.DropPartition(partition))
		must(r, naive.DropPartition(partition))
		return
	}
	writes := rapid.SliceOfN(rapid.Custom(drawWrite), 0, 20).Draw(r, "writes")
	must(r, tested.Apply(writes, rapid.Bool().Draw(r, "sync")))
	must(r, naive.Apply(writes, false))
}

// Few values each, so that writes meet; among them the edges and keys of which
// one begins with the other.
var (
	partitions = rapid.SampledFrom([]int32{0, 1, 255, 256, 65535})
	names      = rapid.SampledFrom([]string{"", "a", "ab", "b", "b\x00", "b\xff", "\xff", "\xff\xff", "s", "t"})
	values     = rapid.SampledFrom([]string{"", "1", "22", "\x00\xff"})
	instants   = rapid.SampledFrom([]state.Instant{state.Unset + 1, -1, 0, 1, 255, 256, 1 << 40, state.Never - 1, state.Never})
)

func drawWrite(r *rapid.T) Write {
	return Write{
		Kind:      Kind(rapid.IntRange(0, int(kinds)-1).Draw(r, "kind")),
		Partition: partitions.Draw(r, "partition"),
		Name:      names.Draw(r, "name"),
		Value:     values.Draw(r, "value"),
		At:        instants.Draw(r, "at"),
		Offset:    rapid.Int64().Draw(r, "offset"),
	}
}

func compare(r *rapid.T, when string, tested, naive Store) {
	equal(r, when, "partitions", second(tested.Partitions()), second(naive.Partitions()))
	for _, partition := range []int32{0, 1, 255, 256, 65535} {
		comparePartition(r, fmt.Sprintf("%s partition %d", when, partition), partition, tested, naive)
	}
}

func comparePartition(r *rapid.T, when string, p int32, tested, naive Store) {
	from, until, limit := names.Draw(r, "from"), instants.Draw(r, "until"), rapid.IntRange(1, 5).Draw(r, "limit")
	keys := rapid.SliceOf(names).Draw(r, "keys")
	equal(r, when, "scan", second(tested.Scan(p, "", 1000)), second(naive.Scan(p, "", 1000)))
	equal(r, when, "scan from "+from, second(tested.Scan(p, from, limit)), second(naive.Scan(p, from, limit)))
	equal(r, when, "scan prefix "+from, second(tested.ScanPrefix(p, from, limit)), second(naive.ScanPrefix(p, from, limit)))
	equal(r, when, "get many", second(tested.GetMany(p, keys)), second(naive.GetMany(p, keys)))
	equal(r, when, "due", second(tested.Due(p, until, limit)), second(naive.Due(p, until, limit)))
	equal(r, when, "all due", second(tested.Due(p, state.Never, 0)), second(naive.Due(p, state.Never, 0)))
	behind := Timer{instants.Draw(r, "behind"), names.Draw(r, "behind key")}
	equal(r, when, "due after", second(tested.DueAfter(p, behind, until, limit)), second(naive.DueAfter(p, behind, until, limit)))
	equal(r, when, "positions", second(tested.Positions(p)), second(naive.Positions(p)))
	equal(r, when, "get "+from, found(tested.Get(p, from)), found(naive.Get(p, from)))
	equal(r, when, "meta "+from, found(tested.Meta(p, from)), found(naive.Meta(p, from)))
}

// outcome is a result with its error, so that both are compared.
type outcome[T any] struct {
	Result T
	Failed string
}

func second[T any](result T, err error) outcome[T] {
	if err != nil {
		return outcome[T]{Failed: err.Error()}
	}
	return outcome[T]{Result: result}
}

func found(value string, is bool, err error) outcome[Found] { return second(Found{value, is}, err) }

func equal[T any](t rapid.TB, when, what string, got, want outcome[T]) {
	t.Helper()
	if diff := cmp.Diff(want, got, emptyIsNil); diff != "" {
		t.Fatalf("%s: %s (-want +got):\n%s", when, what, diff)
	}
}

func must(t rapid.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
