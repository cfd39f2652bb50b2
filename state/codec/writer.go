package codec

import (
	"encoding/binary"

	"consentstream/state"
)

// Numbers are unsigned varints, instants zigzag varints: six bytes for a date
// of our time. Unset and Never would take ten, so instants that are often
// either carry a presence bit instead.

func appendUint(b []byte, v uint64) []byte {
	if v < 0x80 {
		return append(b, byte(v))
	}
	return binary.AppendUvarint(b, v)
}

func appendInt(b []byte, v int64) []byte {
	return appendUint(b, uint64(v)<<1^uint64(v>>63))
}

func appendInstant(b []byte, i state.Instant) []byte { return appendInt(b, int64(i)) }

func appendString(b []byte, s string) []byte {
	return append(appendUint(b, uint64(len(s))), s...)
}

// bit returns mask if v holds.
func bit(v bool, mask byte) byte {
	if v {
		return mask
	}
	return 0
}

// optional appends an instant where its presence bit was set.
func optional(b []byte, present byte, i state.Instant) []byte {
	if present == 0 {
		return b
	}
	return appendInstant(b, i)
}
