package store

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// place is where a write comes in the order of keys. Most are told apart by a
// number, which is much cheaper to compare and to move than the write itself.
type place struct {
	head  uint64
	index uint32 // of the write; later ones count
}

// inOrder calls fn with the writes in the order of their keys in the store, of
// one key with the last alone. head is a number that keys of two writes order as,
// as far as it tells them apart.
func (l *Load) inOrder(writes []loaded, head func(*loaded) uint64, fn func(*loaded) error) error {
	l.order = l.order[:0]
	for i := range writes {
		l.order = append(l.order, place{head(&writes[i]), uint32(i)})
	}
	slices.SortFunc(l.order, func(a, b place) int {
		if c := cmp.Compare(a.head, b.head); c != 0 {
			return c
		}
		if c := compareKeys(&writes[a.index], &writes[b.index]); c != 0 {
			return c
		}
		return cmp.Compare(b.index, a.index)
	})
	for i, p := range l.order {
		if i > 0 && compareKeys(&writes[p.index], &writes[l.order[i-1].index]) == 0 {
			continue // an earlier write of the same key
		}
		if err := fn(&writes[p.index]); err != nil {
			return err
		}
	}
	return nil
}

func compareKeys(a, b *loaded) int {
	return cmp.Or(cmp.Compare(a.due, b.due), bytes.Compare(a.key, b.key))
}

// byInstant is the head of timers. Instants differ from numbers in their order by
// the sign bit.
func byInstant(w *loaded) uint64 { return uint64(w.due) ^ (1 << 63) }

// byKey is the head of states: of their keys what follows on the part that all
// have in common.
func byKey(writes []loaded) func(*loaded) uint64 {
	common := commonPrefix(writes)
	return func(w *loaded) uint64 { return headOf(w.key[common:]) }
}

// headOf returns the first bytes of a key as a number that orders as they do; a
// key that ends before comes first or is equal, and is then compared as a whole.
func headOf(key []byte) uint64 {
	if len(key) >= 8 {
		return binary.BigEndian.Uint64(key)
	}
	var padded [8]byte
	copy(padded[:], key)
	return binary.BigEndian.Uint64(padded[:])
}

// commonPrefix is how many bytes all keys begin with alike.
func commonPrefix(writes []loaded) int {
	if len(writes) == 0 {
		return 0
	}
	first := writes[0].key
	common := len(first)
	for i := range writes {
		key := writes[i].key
		common = min(common, len(key))
		for !bytes.Equal(key[:common], first[:common]) {
			common--
		}
	}
	return common
}
