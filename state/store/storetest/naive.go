package storetest

import (
	"slices"
	"strings"

	"consentstream/state"
)

// Naive is the store that conformance compares with: maps and sorting, so
// simple that it is right at a glance. It keeps nothing on disk.
type Naive struct {
	states    map[entry]string
	timers    map[timer]bool
	positions map[entry]int64
	meta      map[entry]string
}

type entry struct {
	partition int32
	name      string
}

type timer struct {
	partition int32
	at        state.Instant
	key       string
}

// NewNaive returns an empty store.
func NewNaive() *Naive {
	return &Naive{map[entry]string{}, map[timer]bool{}, map[entry]int64{}, map[entry]string{}}
}

// Apply does the writes one after the other.
func (n *Naive) Apply(writes []Write, _ bool) error {
	for _, w := range writes {
		n.apply(w)
	}
	return nil
}

func (n *Naive) apply(w Write) {
	at := entry{w.Partition, w.Name}
	switch w.Kind {
	case PutState:
		n.states[at] = w.Value
	case DeleteState:
		delete(n.states, at)
	case PutTimer:
		n.timers[timer{w.Partition, w.At, w.Name}] = true
	case DeleteTimer:
		delete(n.timers, timer{w.Partition, w.At, w.Name})
	case PutPosition:
		n.positions[at] = w.Offset
	case DeletePosition:
		delete(n.positions, at)
	case PutMeta:
		n.meta[at] = w.Value
	case DeleteMeta:
		delete(n.meta, at)
	}
}

// Get looks up one state.
func (n *Naive) Get(partition int32, key string) (string, bool, error) {
	value, found := n.states[entry{partition, key}]
	return value, found, nil
}

// GetMany looks up several states.
func (n *Naive) GetMany(partition int32, keys []string) ([]Found, error) {
	found := make([]Found, len(keys))
	for i, key := range keys {
		found[i].Value, found[i].Is = n.states[entry{partition, key}]
	}
	return found, nil
}

// Scan lists the states from a key on.
func (n *Naive) Scan(partition int32, from string, limit int) ([]State, error) {
	return n.list(partition, limit, func(key string) bool { return key >= from }), nil
}

// ScanPrefix lists the states whose key begins with prefix.
func (n *Naive) ScanPrefix(partition int32, prefix string, limit int) ([]State, error) {
	return n.list(partition, limit, func(key string) bool { return strings.HasPrefix(key, prefix) }), nil
}

func (n *Naive) list(partition int32, limit int, wanted func(key string) bool) (states []State) {
	for at, value := range n.states {
		if at.partition == partition && wanted(at.name) {
			states = append(states, State{at.name, value})
		}
	}
	slices.SortFunc(states, func(a, b State) int { return strings.Compare(a.Key, b.Key) })
	return states[:min(limit, len(states))]
}

// Due lists due timers.
func (n *Naive) Due(partition int32, until state.Instant, limit int) ([]Timer, error) {
	return n.DueAfter(partition, Timer{At: state.Unset}, until, limit)
}

// DueAfter lists due timers behind one.
func (n *Naive) DueAfter(partition int32, behind Timer, until state.Instant, limit int) (due []Timer, err error) {
	for t := range n.timers {
		place := compareTimers(Timer{t.at, t.key}, behind)
		if t.partition == partition && t.at <= until && (place > 0 || place == 0 && behind.Key == "") {
			due = append(due, Timer{t.at, t.key})
		}
	}
	slices.SortFunc(due, compareTimers)
	if limit > 0 {
		due = due[:min(limit, len(due))]
	}
	return due, nil
}

func compareTimers(a, b Timer) int {
	switch {
	case a.At < b.At:
		return -1
	case a.At > b.At:
		return 1
	}
	return strings.Compare(a.Key, b.Key)
}

// Positions lists the positions of a partition.
func (n *Naive) Positions(partition int32) (map[string]int64, error) {
	positions := map[string]int64{}
	for at, offset := range n.positions {
		if at.partition == partition {
			positions[at.name] = offset
		}
	}
	return positions, nil
}

// Meta returns one value of a task.
func (n *Naive) Meta(partition int32, name string) (string, bool, error) {
	value, found := n.meta[entry{partition, name}]
	return value, found, nil
}

// Partitions lists the partitions that hold anything.
func (n *Naive) Partitions() ([]int32, error) {
	set := map[int32]bool{}
	n.entries(func(partition int32) { set[partition] = true })
	partitions := []int32{}
	for p := range set {
		partitions = append(partitions, p)
	}
	slices.Sort(partitions)
	return partitions, nil
}

func (n *Naive) entries(fn func(partition int32)) {
	for at := range n.states {
		fn(at.partition)
	}
	for at := range n.timers {
		fn(at.partition)
	}
	for at := range n.positions {
		fn(at.partition)
	}
	for at := range n.meta {
		fn(at.partition)
	}
}

// DropPartition removes everything of a partition.
func (n *Naive) DropPartition(partition int32) error {
	drop(n.states, func(at entry) bool { return at.partition == partition })
	drop(n.timers, func(at timer) bool { return at.partition == partition })
	drop(n.positions, func(at entry) bool { return at.partition == partition })
	drop(n.meta, func(at entry) bool { return at.partition == partition })
	return nil
}

func drop[K comparable, V any](m map[K]V, goes func(K) bool) {
	for k := range m {
		if goes(k) {
			delete(m, k)
		}
	}
}
