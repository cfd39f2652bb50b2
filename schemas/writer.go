package schemas

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"consentstream/state"
)

// writer appends Avro binary. Its error is the first value that the schema
// cannot express.
type writer struct {
	dst   []byte
	field string
}

func (w *writer) long(v int64) {
	w.dst = binary.AppendUvarint(w.dst, uint64(v)<<1^uint64(v>>63))
}

func (w *writer) text(s string) {
	w.long(int64(len(s)))
	w.dst = append(w.dst, s...)
}

func (w *writer) boolean(b bool) {
	if b {
		w.dst = append(w.dst, 1)
		return
	}
	w.dst = append(w.dst, 0)
}

// optionalText writes a union of null and string, the empty string as null.
func (w *writer) optionalText(s string) {
	if s == "" {
		w.null()
		return
	}
	w.some()
	w.text(s)
}

func (w *writer) null() { w.dst = append(w.dst, 0) }
func (w *writer) some() { w.dst = append(w.dst, 2) }

// optionalInstant writes a union of null and timestamp; Unset and Never are null.
func (w *writer) optionalInstant(i state.Instant) {
	if i == state.Unset || i == state.Never {
		w.null()
		return
	}
	w.some()
	w.long(int64(i))
}

// block starts an array of n items; the caller ends it with end. An empty
// array is its end alone.
func (w *writer) block(n int) {
	if n > 0 {
		w.long(int64(n))
	}
}

func (w *writer) end() { w.dst = append(w.dst, 0) }

func (w *writer) texts(list []string) {
	w.block(len(list))
	for _, s := range list {
		w.text(s)
	}
	w.end()
}

// putSymbol writes an enum value.
func putSymbol[T ~uint8](w *writer, field string, s *symbols[T], v T) {
	i, ok := s.position(v)
	if !ok && w.field == "" {
		w.field = field
	}
	w.long(int64(i))
}

// putOptionalSymbol writes a union of null and enum; the zero value is null.
func putOptionalSymbol[T ~uint8](w *writer, field string, s *symbols[T], v T) {
	if v == 0 {
		w.null()
		return
	}
	w.some()
	putSymbol(w, field, s, v)
}

// putSet writes bits as an array of symbols, in the order of the schema.
func putSet[T ~uint8](w *writer, field string, s *symbols[T], set uint8) {
	w.block(bits.OnesCount8(set))
	left := set
	for i, v := range s.values {
		if set&(1<<v) != 0 {
			w.long(int64(i))
			left &^= 1 << v
		}
	}
	if left != 0 && w.field == "" {
		w.field = field
	}
	w.end()
}

// result returns what was written.
func (w *writer) result(s *Schema) ([]byte, error) {
	if w.field != "" {
		return nil, s.fault(FaultInvalid, w.field, "a value that the schema has no symbol for", nil)
	}
	return w.dst, nil
}

// header is what stands before the Avro bytes in a Kafka value.
type header struct {
	bytes [10]byte
	size  int
}

// singleObject returns C3 01 and the fingerprint, least byte first.
func singleObject(fingerprint uint64) (h header) {
	h.bytes[0], h.bytes[1] = 0xC3, 0x01
	binary.LittleEndian.PutUint64(h.bytes[2:], fingerprint)
	h.size = 10
	return h
}

// confluent returns 0 and the id of the schema in the registry.
func confluent(id int) (h header, err error) {
	if id < 0 || int64(id) > int64(^uint32(0)) {
		return h, fmt.Errorf("registry id %d does not fit in four bytes", id)
	}
	binary.BigEndian.PutUint32(h.bytes[1:], uint32(id))
	h.size = 5
	return h, nil
}
