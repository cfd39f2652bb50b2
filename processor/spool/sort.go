package spool

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// Keys begin alike: those of one contact, of contacts whose ids count up. So
// entries are sorted by eight bytes of their keys at a time, as numbers that lie
// in the entries themselves; only those that agree look at the next eight.

// sortEntries puts entries in the order of Compare. Their prefixes must be the
// first bytes of their keys, and are so again afterwards.
func sortEntries(entries []Entry, tie func(a, b []byte) int) {
	sortFrom(entries, 0, tie)
	for i := range entries {
		entries[i].prefix = prefixOf(entries[i].Key())
	}
}

// sortFrom sorts entries whose keys agree up to a depth, and whose prefixes are
// what follows there.
func sortFrom(entries []Entry, depth int, tie func(a, b []byte) int) {
	slices.SortFunc(entries, func(a, b Entry) int { return cmp.Compare(a.prefix, b.prefix) })
	for from := 0; from < len(entries); {
		to := from + 1
		for to < len(entries) && entries[to].prefix == entries[from].prefix {
			to++
		}
		if to > from+1 {
			sortAlike(entries[from:to], depth+prefixBytes, tie)
		}
		from = to
	}
}

// sortAlike sorts entries whose keys agree up to a depth, but that one which ends
// before it counts as followed by zeros, which another may hold in earnest.
func sortAlike(entries []Entry, depth int, tie func(a, b []byte) int) {
	shortest, longest := entries[0].key, 0
	for i := range entries {
		e := &entries[i]
		e.prefix = prefixOf(e.data[min(depth, e.key):e.key])
		shortest, longest = min(shortest, e.key), max(longest, e.key)
	}
	if shortest >= depth && longest > depth {
		sortFrom(entries, depth, tie)
		return
	}
	slices.SortFunc(entries, func(a, b Entry) int { return compareWhole(&a, &b, tie) })
}

// Compare orders two records by their keys, and where those agree by tie.
func Compare(a, b *Entry, tie func(a, b []byte) int) int {
	if a.prefix != b.prefix {
		return cmp.Compare(a.prefix, b.prefix)
	}
	return compareWhole(a, b, tie)
}

func compareWhole(a, b *Entry, tie func(a, b []byte) int) int {
	if c := bytes.Compare(a.Key(), b.Key()); c != 0 {
		return c
	}
	return tie(a.Payload(), b.Payload())
}

const prefixBytes = 8

// prefixOf is the first bytes of a key as a number that sorts as they do.
func prefixOf(key []byte) uint64 {
	if len(key) >= prefixBytes {
		return binary.BigEndian.Uint64(key)
	}
	var padded [prefixBytes]byte
	copy(padded[:], key)
	return binary.BigEndian.Uint64(padded[:])
}
