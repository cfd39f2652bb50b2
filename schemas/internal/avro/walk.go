package avro

import (
	"encoding/binary"
	"errors"
)

// Errors of Skip. They name no value.
var (
	ErrShort    = errors.New("the bytes end inside a value")
	ErrVarint   = errors.New("a number is longer than 64 bits")
	ErrRange    = errors.New("an enum or union position is out of range")
	ErrBoolean  = errors.New("a boolean is neither 0 nor 1")
	ErrTooMany  = errors.New("an array or map announces more items than there are bytes")
	errNegative = errors.New("a length is negative")
)

// Skip walks over one value and returns the bytes after it. It allocates
// nothing and bounds every count by the bytes that are there, so that what
// passes here cannot make a decoder reserve memory that the message does not
// justify.
func (t *Type) Skip(buf []byte) ([]byte, error) {
	switch t.Kind {
	case Null:
		return buf, nil
	case Boolean:
		return skipBoolean(buf)
	case Int, Long:
		_, rest, err := Long64(buf)
		return rest, err
	case Float:
		return skipBytes(buf, 4)
	case Double:
		return skipBytes(buf, 8)
	case Fixed:
		return skipBytes(buf, int64(t.Size))
	case Bytes, String:
		n, rest, err := Long64(buf)
		if err != nil {
			return nil, err
		}
		return skipBytes(rest, n)
	case Enum:
		_, rest, err := position(buf, len(t.Symbols))
		return rest, err
	case Union:
		i, rest, err := position(buf, len(t.Branches))
		if err != nil {
			return nil, err
		}
		return t.Branches[i].Skip(rest)
	case Record:
		return t.skipRecord(buf)
	}
	return t.skipBlocks(buf)
}

func (t *Type) skipRecord(buf []byte) (_ []byte, err error) {
	for i := range t.Fields {
		if buf, err = t.Fields[i].Type.Skip(buf); err != nil {
			return nil, err
		}
	}
	return buf, nil
}

func (t *Type) skipBlocks(buf []byte) ([]byte, error) {
	for {
		n, rest, err := Block(buf)
		if err != nil || n == 0 {
			return rest, err
		}
		buf = rest
		for range n {
			if t.Kind == Map {
				if buf, err = (&Type{Kind: String}).Skip(buf); err != nil {
					return nil, err
				}
			}
			if buf, err = t.Items.Skip(buf); err != nil {
				return nil, err
			}
		}
	}
}

// Block reads the head of one block of an array or map: how many items
// follow, 0 at the end. A block that announces more items than there are
// bytes left is refused, also where its items would take no bytes.
func Block(buf []byte) (int, []byte, error) {
	n, rest, err := Long64(buf)
	if err != nil {
		return 0, nil, err
	}
	if n < 0 {
		n = -n // the least number stays negative, and is refused below
		if _, rest, err = Long64(rest); err != nil {
			return 0, nil, err
		}
	}
	if n < 0 || n > int64(len(rest)) {
		return 0, nil, ErrTooMany
	}
	return int(n), rest, nil
}

// Long64 reads one int or long.
func Long64(buf []byte) (int64, []byte, error) {
	u, n := binary.Uvarint(buf)
	switch {
	case n == 0:
		return 0, nil, ErrShort
	case n < 0:
		return 0, nil, ErrVarint
	}
	return int64(u>>1) ^ -int64(u&1), buf[n:], nil
}

func position(buf []byte, n int) (int, []byte, error) {
	i, rest, err := Long64(buf)
	if err != nil {
		return 0, nil, err
	}
	if i < 0 || i >= int64(n) {
		return 0, nil, ErrRange
	}
	return int(i), rest, nil
}

func skipBoolean(buf []byte) ([]byte, error) {
	switch {
	case len(buf) == 0:
		return nil, ErrShort
	case buf[0] > 1:
		return nil, ErrBoolean
	}
	return buf[1:], nil
}

func skipBytes(buf []byte, n int64) ([]byte, error) {
	switch {
	case n < 0:
		return nil, errNegative
	case n > int64(len(buf)):
		return nil, ErrShort
	}
	return buf[n:], nil
}
