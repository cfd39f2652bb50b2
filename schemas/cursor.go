package schemas

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf8"
	"unsafe"

	"consentstream/schemas/internal/avro"
	"consentstream/state"
)

// cursor reads Avro binary in place. It keeps two errors apart. A broken one
// cannot go on: every further read gives zero values. A violation is a value
// that is well encoded and not acceptable; the first one is kept and reading
// goes on, so that the position of the next record is known.
type cursor struct {
	buf    []byte
	pos    int
	broken error

	violated bool
	field    string
	reason   string
	fault    Fault

	// What the resolution of an older or newer schema has replaced.
	unknownKind   bool
	unknownMethod bool
}

func (c *cursor) fail(err error) {
	if c.broken == nil {
		c.broken = err
	}
	c.pos = len(c.buf)
}

func (c *cursor) violate(f Fault, field, reason string) {
	if !c.violated {
		c.violated, c.fault, c.field, c.reason = true, f, field, reason
	}
}

// err returns what was wrong, nil when nothing was.
func (c *cursor) err(s *Schema) error {
	switch {
	case c.broken != nil:
		return s.fault(FaultUndecodable, "", "the bytes do not follow the schema", c.broken)
	case c.violated:
		return s.fault(c.fault, c.field, c.reason, nil)
	}
	return nil
}

// long reads an int or long; one byte is by far the most frequent.
func (c *cursor) long() int64 {
	if c.pos < len(c.buf) {
		if u := c.buf[c.pos]; u < 0x80 {
			c.pos++
			return int64(u>>1) ^ -int64(u&1)
		}
	}
	return c.longer()
}

func (c *cursor) longer() int64 {
	u, n := binary.Uvarint(c.buf[c.pos:])
	switch {
	case n > 0:
		c.pos += n
		return int64(u>>1) ^ -int64(u&1)
	case n == 0:
		c.fail(avro.ErrShort)
	default:
		c.fail(avro.ErrVarint)
	}
	return 0
}

func (c *cursor) boolean() bool {
	if c.pos >= len(c.buf) {
		c.fail(avro.ErrShort)
		return false
	}
	b := c.buf[c.pos]
	c.pos++
	if b > 1 {
		c.fail(avro.ErrBoolean)
	}
	return b == 1
}

// present reads the position in a union of null and one type.
func (c *cursor) present() bool {
	switch c.long() {
	case 0:
		return false
	case 1:
		return true
	}
	c.fail(avro.ErrRange)
	return false
}

// text reads a string of at most limit bytes of UTF-8. It aliases the buffer.
func (c *cursor) text(field string, limit int) string {
	n := int(c.long())
	if n == 0 {
		return ""
	}
	if uint(n) > uint(len(c.buf)-c.pos) {
		c.fail(avro.ErrShort)
		return ""
	}
	s := unsafe.String(&c.buf[c.pos], n)
	c.pos += n
	if n > limit || !ascii(s) {
		c.checkText(field, s, limit)
	}
	return s
}

func (c *cursor) checkText(field, s string, limit int) {
	if len(s) > limit {
		c.violate(FaultTooLong, field, fmt.Sprintf("longer than %d bytes", limit))
	}
	if !utf8.ValidString(s) {
		c.violate(FaultInvalid, field, "not UTF-8")
	}
}

// ascii is the quick answer to whether a string is UTF-8: ids nearly always
// are ASCII, and eight bytes are looked at together.
func ascii(s string) bool {
	const high = 0x8080808080808080
	b := unsafe.Slice(unsafe.StringData(s), len(s))
	for ; len(b) >= 8; b = b[8:] {
		if binary.LittleEndian.Uint64(b)&high != 0 {
			return false
		}
	}
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// optionalText reads a null or string; null is the empty string.
func (c *cursor) optionalText(field string, limit int) string {
	if !c.present() {
		return ""
	}
	return c.text(field, limit)
}

// id reads a string that must not be empty.
func (c *cursor) id(field string, limit int) string {
	s := c.text(field, limit)
	if s == "" {
		c.violate(FaultMissing, field, "empty")
	}
	return s
}

// noBar refuses the character that separates the parts of record keys.
func (c *cursor) noBar(field, s string) string {
	if strings.IndexByte(s, '|') >= 0 {
		c.violate(FaultInvalid, field, "must not contain '|'")
	}
	return s
}

func (c *cursor) instant(field string) state.Instant {
	i := state.Instant(c.long())
	if !Plausible(i) {
		c.violate(FaultTimestamp, field, "an instant that cannot be; expected milliseconds since 1970, UTC")
	}
	return i
}

// optionalInstant reads a null or timestamp; null is state.Unset.
func (c *cursor) optionalInstant(field string) state.Instant {
	if !c.present() {
		return state.Unset
	}
	return c.instant(field)
}

// block reads the head of a block of an array: how many items follow, 0 at
// the end. Each item takes at least one byte, so the count is bounded.
func (c *cursor) block() int {
	n := c.long()
	if n == 0 {
		return 0
	}
	if n < 0 {
		n = -n
		c.long() // the size of the block in bytes
	}
	if n < 0 || n > int64(len(c.buf)-c.pos) {
		c.fail(avro.ErrTooMany)
		return 0
	}
	return int(n)
}

func (c *cursor) few(field string, items int) {
	if items > MaxItems {
		c.violate(FaultTooLong, field, fmt.Sprintf("more than %d items", MaxItems))
	}
}

// symbol reads an enum. A position out of range ends the reading: the bytes
// are of another schema.
func symbol[T ~uint8](c *cursor, s *symbols[T]) T {
	i := c.long()
	if uint64(i) >= uint64(len(s.values)) {
		c.fail(avro.ErrRange)
		return 0
	}
	return s.values[i]
}

// optionalSymbol reads a null or enum; null is the zero value.
func optionalSymbol[T ~uint8](c *cursor, s *symbols[T]) T {
	if !c.present() {
		return 0
	}
	return symbol(c, s)
}

// set reads an array of enum symbols as bits.
func set[T ~uint8](c *cursor, field string, s *symbols[T]) (bits uint8) {
	items := 0
	for n := c.block(); n > 0; n = c.block() {
		items += n
		for ; n > 0; n-- {
			bits |= 1 << symbol(c, s)
		}
	}
	c.few(field, items)
	return bits
}

// texts reads an array of strings into list, from its start.
func (c *cursor) texts(field string, limit int, list []string) []string {
	list = list[:0]
	items := 0
	for n := c.block(); n > 0; n = c.block() {
		items += n
		for ; n > 0; n-- {
			s := c.text(field, limit)
			if len(list) < MaxItems {
				list = append(list, s)
			}
		}
	}
	c.few(field, items)
	return list
}
