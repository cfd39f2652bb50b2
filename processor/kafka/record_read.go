package kafka

import "encoding/binary"

// record reads one record into r, whose Offset and Timestamp hold the base. It
// reports whether the bytes were whole.
func (w *walk) record(r *Record, b []byte) bool {
	if len(b) == 0 {
		return false
	}
	b = b[1:] // attributes: none are defined
	timeDelta, n := varint(b)
	if n <= 0 {
		return false
	}
	b = b[n:]
	offsetDelta, n := varint(b)
	if n <= 0 {
		return false
	}
	b = b[n:]
	r.Timestamp += timeDelta
	r.Offset += offsetDelta
	var ok bool
	if r.Key, b, ok = varBytes(b); !ok {
		return false
	}
	if r.Value, b, ok = varBytes(b); !ok {
		return false
	}
	count, n := varint(b)
	if n <= 0 || count < 0 || count > int64(len(b)) {
		return false
	}
	return count == 0 || w.headers(r, b[n:], int(count))
}

func (w *walk) headers(r *Record, b []byte, count int) bool {
	r.Headers = make([]Header, count)
	for i := range r.Headers {
		name, rest, ok := varBytes(b)
		if !ok {
			return false
		}
		if r.Headers[i].Value, b, ok = varBytes(rest); !ok {
			return false
		}
		r.Headers[i].Key = w.name(name)
	}
	return true
}

// name turns the name of a header into a string; a topic knows only a few.
func (w *walk) name(b []byte) string {
	if s, ok := w.names[string(b)]; ok {
		return s
	}
	if w.names == nil {
		w.names = map[string]string{}
	}
	s := string(b)
	if len(w.names) < 64 {
		w.names[s] = s
	}
	return s
}

// varint reads a zigzag number; most are one or two bytes long. n <= 0 tells an
// error.
func varint(b []byte) (v int64, n int) {
	if len(b) > 0 && b[0] < 0x80 {
		u := b[0]
		return int64(u>>1) ^ -int64(u&1), 1
	}
	if len(b) > 1 && b[1] < 0x80 {
		u := uint16(b[0]&0x7f) | uint16(b[1])<<7
		return int64(u>>1) ^ -int64(u&1), 2
	}
	return binary.Varint(b)
}

// varBytes reads bytes behind their length; -1 is nil.
func varBytes(b []byte) (v, rest []byte, ok bool) {
	size, n := varint(b)
	if n <= 0 || size > int64(len(b)-n) {
		return nil, nil, false
	}
	b = b[n:]
	if size < 0 {
		return nil, b, true
	}
	return b[:size:size], b[size:], true
}
