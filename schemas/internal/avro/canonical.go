package avro

import (
	"strconv"
	"strings"
)

// Canonical returns the parsing canonical form: full names, the attributes
// that matter for reading bytes in their fixed order, and a primitive type
// always by its bare name, also under a logical type.
func (t *Type) Canonical() string {
	c := canonical{written: map[string]bool{}}
	c.write(t)
	return c.out.String()
}

type canonical struct {
	out     strings.Builder
	written map[string]bool // named types that are by reference from now on
}

func (c *canonical) write(t *Type) {
	switch t.Kind {
	case Record, Enum, Fixed:
		c.named(t)
	case Array:
		c.out.WriteString(`{"type":"array","items":`)
		c.write(t.Items)
		c.out.WriteByte('}')
	case Map:
		c.out.WriteString(`{"type":"map","values":`)
		c.write(t.Items)
		c.out.WriteByte('}')
	case Union:
		c.list(len(t.Branches), func(i int) { c.write(t.Branches[i]) })
	default:
		c.out.WriteString(quote(string(t.Kind)))
	}
}

func (c *canonical) named(t *Type) {
	if c.written[t.Name] {
		c.out.WriteString(quote(t.Name))
		return
	}
	c.written[t.Name] = true
	c.out.WriteString(`{"name":` + quote(t.Name) + `,"type":` + quote(string(t.Kind)))
	switch t.Kind {
	case Record:
		c.out.WriteString(`,"fields":`)
		c.list(len(t.Fields), func(i int) { c.field(&t.Fields[i]) })
	case Enum:
		c.out.WriteString(`,"symbols":`)
		c.list(len(t.Symbols), func(i int) { c.out.WriteString(quote(t.Symbols[i])) })
	default:
		c.out.WriteString(`,"size":` + strconv.Itoa(t.Size))
	}
	c.out.WriteByte('}')
}

func (c *canonical) field(f *Field) {
	c.out.WriteString(`{"name":` + quote(f.Name) + `,"type":`)
	c.write(f.Type)
	c.out.WriteByte('}')
}

func (c *canonical) list(n int, item func(int)) {
	c.out.WriteByte('[')
	for i := range n {
		if i > 0 {
			c.out.WriteByte(',')
		}
		item(i)
	}
	c.out.WriteByte(']')
}

// emptyFingerprint is the CRC-64-AVRO of no bytes.
const emptyFingerprint = 0xc15d213aa4d7a795

var crcTable = func() (table [256]uint64) {
	for i := range table {
		fp := uint64(i)
		for range 8 {
			fp = fp>>1 ^ emptyFingerprint&-(fp&1)
		}
		table[i] = fp
	}
	return table
}()

// Fingerprint returns the CRC-64-AVRO of the parsing canonical form.
func (t *Type) Fingerprint() uint64 {
	fp := uint64(emptyFingerprint)
	for _, b := range []byte(t.Canonical()) {
		fp = fp>>8 ^ crcTable[byte(fp)^b]
	}
	return fp
}
