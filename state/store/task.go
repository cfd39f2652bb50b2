package store

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"consentstream/state"
)

// Due calls fn with the timers of the partition that are due at until, that is
// at or before it, earliest first and by key where instants are equal. At
// most limit of them, all where limit is 0. The key is valid during the call
// only. What fn writes is not seen by this call.
func (s *Store) Due(partition int32, until state.Instant, limit int, fn func(at state.Instant, key []byte) error) error {
	return s.DueAfter(partition, state.Unset, nil, until, limit, fn)
}

// DueAfter is Due over the timers that come after one: behind (from, afterKey) in
// the order of the index. With no key it begins with the timers at from.
func (s *Store) DueAfter(partition int32, from state.Instant, afterKey []byte, until state.Instant, limit int, fn func(at state.Instant, key []byte) error) error {
	if err := checkPartition(partition); err != nil {
		return s.wrap("due", err)
	}
	first := timerKey(partition, from, afterKey)
	if len(afterKey) > 0 {
		first = append(first, 0) // the smallest key behind it
	}
	last := after(timerKey(partition, until, nil))
	n := 0
	return s.scan(&pebble.IterOptions{LowerBound: first, UpperBound: last}, func(key, _ []byte) (bool, error) {
		key = key[prefixLen:]
		n++
		return limit <= 0 || n < limit, fn(instantOf(key), key[instantLen:])
	})
}

// Positions returns the positions of a partition by name; empty when nothing
// of it was ever applied.
func (s *Store) Positions(partition int32) (map[string]int64, error) {
	if err := checkPartition(partition); err != nil {
		return nil, s.wrap("positions", err)
	}
	positions := map[string]int64{}
	err := s.scan(bounds(prefix(kindPosition, partition)), func(key, value []byte) (bool, error) {
		if len(value) != 8 {
			return false, corrupted(s.dir, fmt.Errorf("a position of partition %d has %d bytes", partition, len(value)))
		}
		positions[string(key[prefixLen:])] = int64(binary.BigEndian.Uint64(value))
		return true, nil
	})
	return positions, err
}

// Meta returns a copy of a value of the task, nil when there is none.
func (s *Store) Meta(partition int32, name string) ([]byte, error) {
	value, closer, err := s.get(kindMeta, partition, []byte(name))
	if value == nil || err != nil {
		return nil, err
	}
	return append([]byte{}, value...), closer.Close()
}

// Partitions lists the partitions of which the store holds anything, in order.
func (s *Store) Partitions() ([]int32, error) {
	seen := map[int32]bool{}
	for _, kind := range kinds {
		if err := s.partitionsOf(kind, seen); err != nil {
			return nil, err
		}
	}
	return sortedKeys(seen), nil
}

// partitionsOf jumps from the first key of one partition to that of the next.
func (s *Store) partitionsOf(kind byte, seen map[int32]bool) error {
	options := bounds([]byte{kind})
	for next := true; next; {
		next = false
		err := s.scan(options, func(key, _ []byte) (bool, error) {
			seen[int32(binary.BigEndian.Uint16(key[1:]))] = true
			options.LowerBound, next = after(key[:prefixLen]), true
			return false, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// DropPartition removes everything of a task, at once and durably: after a
// crash all of it is gone or nothing. The bytes leave the files too, before it
// returns, apart from files that an open reader still sees. Where there is nothing
// it costs nothing.
func (s *Store) DropPartition(partition int32) error {
	if err := checkPartition(partition); err != nil {
		return s.wrap("drop", err)
	}
	holds, err := s.holds(partition)
	if err != nil || !holds {
		return err
	}
	if err := s.deleteAll(partition); err != nil {
		return s.wrap("drop", err)
	}
	if err := s.rewrite(partition); err != nil {
		return s.wrap("drop", err)
	}
	return s.wrap("drop", s.db.Delete(nameKey(kindMeta, partition, droppingName), pebble.NoSync))
}

// droppingName is the metadata that is there while a partition is dropped: who
// finds it after a crash has still to bring the bytes out of the files.
var droppingName = []byte("dropping")

// holds reports whether there is anything of a partition.
func (s *Store) holds(partition int32) (found bool, err error) {
	for _, kind := range kinds {
		err := s.scan(bounds(prefix(kind, partition)), func(_, _ []byte) (bool, error) {
			found = true
			return false, nil
		})
		if err != nil || found {
			return found, err
		}
	}
	return false, nil
}

// deleteAll deletes every entry of a partition, and notes that it does.
func (s *Store) deleteAll(partition int32) error {
	b := s.db.NewBatch()
	defer b.Close()
	for _, kind := range kinds {
		first := prefix(kind, partition)
		if err := b.DeleteRange(first, after(first), nil); err != nil {
			return err
		}
	}
	if err := b.Set(nameKey(kindMeta, partition, droppingName), nil, nil); err != nil {
		return err
	}
	return s.write(b, true)
}

// rewrite leaves what was dropped out of the files. Left to itself, a file that
// holds another partition too is rewritten when its level is, which may be never.
func (s *Store) rewrite(partition int32) error {
	for _, kind := range kinds {
		first := prefix(kind, partition)
		if err := s.db.Compact(context.Background(), first, after(first), false); err != nil {
			return err
		}
	}
	return nil
}
