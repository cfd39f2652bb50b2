package kafka

import (
	"encoding/binary"
	"errors"
)

// errShort tells that bytes end before what they announce.
var errShort = errors.New("cut short")

// reader reads the primitive types of the protocol. The first error sticks, and
// everything after it reads as zero.
type reader struct {
	b   []byte
	err error
}

func (d *reader) fail(err error) {
	if d.err == nil {
		d.err = err
	}
	d.b = nil
}

func (d *reader) take(n int) []byte {
	if n < 0 || n > len(d.b) {
		d.fail(errShort)
		return nil
	}
	b := d.b[:n:n]
	d.b = d.b[n:]
	return b
}

func (d *reader) int16() int16 {
	if b := d.take(2); b != nil {
		return int16(binary.BigEndian.Uint16(b))
	}
	return 0
}

func (d *reader) int32() int32 {
	if b := d.take(4); b != nil {
		return int32(binary.BigEndian.Uint32(b))
	}
	return 0
}

func (d *reader) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.fail(errShort)
		return 0
	}
	d.b = d.b[n:]
	return v
}

// compactLen is the length of a compact array or string; null reads as 0. It
// never exceeds the bytes that are left, so it may size an allocation.
func (d *reader) compactLen() int {
	v := d.uvarint()
	if v == 0 {
		return 0
	}
	if v-1 > uint64(len(d.b)) {
		d.fail(errShort)
		return 0
	}
	return int(v - 1)
}

func (d *reader) compactString() string { return string(d.take(d.compactLen())) }

// skipString passes a string with a length of two bytes, which may be null.
func (d *reader) skipString() { d.take(int(max(0, d.int16()))) }

// bytes are bytes with a length of four bytes; null reads as nil.
func (d *reader) bytes() []byte {
	n := d.int32()
	if n < 0 {
		return nil
	}
	return d.take(int(n))
}

// arrayLen is the length of an array of elements that take at least one byte each.
func (d *reader) arrayLen() int {
	n := d.int32()
	if n < 0 {
		return 0
	}
	if int(n) > len(d.b) {
		d.fail(errShort)
		return 0
	}
	return int(n)
}

// tags skips the tagged fields at the end of a structure.
func (d *reader) tags() {
	for range d.compactCount() {
		d.uvarint()
		n := d.uvarint()
		if n > uint64(len(d.b)) {
			d.fail(errShort)
			return
		}
		d.take(int(n))
	}
}

// compactCount is a plain unsigned count, bounded by the bytes that are left.
func (d *reader) compactCount() int {
	v := d.uvarint()
	if v > uint64(len(d.b)) {
		d.fail(errShort)
		return 0
	}
	return int(v)
}
