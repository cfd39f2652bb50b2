package store

import (
	"encoding/binary"
	"fmt"
	"math"

	"consentstream/state"
)

// A key is: one byte for the kind of entry, two bytes for the partition
// (big endian), then
//
//	's'  state      key of the contact
//	't'  timer      instant (8 bytes, see appendInstant), key of the contact
//	'o'  position   name; the value is the offset, 8 bytes big endian
//	'm'  metadata   name
//
// so that the entries of one kind and partition are one range, timers lie in
// the order in which they fall due, and states in the order of their keys.
// The layout is part of the format version: golden bytes hold it.
const (
	kindState    = 's'
	kindTimer    = 't'
	kindPosition = 'o'
	kindMeta     = 'm'
)

var kinds = [...]byte{kindState, kindTimer, kindPosition, kindMeta}

const (
	prefixLen  = 3
	instantLen = 8
)

func checkPartition(partition int32) error {
	if partition < 0 || partition > math.MaxUint16 {
		return fmt.Errorf("%w: %d is not between 0 and %d", ErrPartition, partition, math.MaxUint16)
	}
	return nil
}

func putPrefix(dst []byte, kind byte, partition int32) {
	dst[0] = kind
	binary.BigEndian.PutUint16(dst[1:], uint16(partition))
}

func prefix(kind byte, partition int32) []byte {
	b := make([]byte, prefixLen, prefixLen+64)
	putPrefix(b, kind, partition)
	return b
}

func nameKey(kind byte, partition int32, name []byte) []byte {
	return append(prefix(kind, partition), name...)
}

func timerKey(partition int32, at state.Instant, key []byte) []byte {
	return append(appendInstant(prefix(kindTimer, partition), at), key...)
}

// appendInstant writes an instant so that byte order is time order, also
// before 1970: the sign bit is flipped, which lifts negative numbers below
// positive ones.
func appendInstant(dst []byte, at state.Instant) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(at)^(1<<63))
}

func instantOf(b []byte) state.Instant {
	return state.Instant(binary.BigEndian.Uint64(b) ^ (1 << 63))
}

// encodeOffset is the value of a position.
func encodeOffset(offset int64) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(offset))
}

// after returns the first key behind every key with the given prefix: the
// prefix counted up by one. A prefix of 0xff bytes only has none; ours always
// begin with a letter.
func after(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}
