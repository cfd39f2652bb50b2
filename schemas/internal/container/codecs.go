package container

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
)

// The codecs, by the names in file headers.
const (
	Null    = "null"
	Deflate = "deflate"
	Snappy  = "snappy"
	Zstd    = "zstandard"
)

// Codecs lists the names of the codecs.
func Codecs() []string { return []string{Null, Deflate, Snappy, Zstd} }

// MaxBlock bounds one block in bytes, packed and unpacked.
const MaxBlock = 64 << 20

var errTooLarge = fmt.Errorf("a block unpacks to more than %d bytes", MaxBlock)

// unpacker turns the bytes of a block in a file into Avro bytes, which may lie
// in its own buffer until the next call.
type unpacker func(packed []byte) ([]byte, error)

func newUnpacker(codec string) (unpacker, error) {
	switch codec {
	case Null, "":
		return func(packed []byte) ([]byte, error) { return packed, nil }, nil
	case Deflate:
		return newInflater(), nil
	case Snappy:
		return newUnsnapper(), nil
	case Zstd:
		return newUnzstd()
	}
	return nil, fmt.Errorf("codec %.20q is not supported, only %v", codec, Codecs())
}

func newInflater() unpacker {
	var out bytes.Buffer
	in := bytes.NewReader(nil)
	inflate := flate.NewReader(in)
	return func(packed []byte) ([]byte, error) {
		in.Reset(packed)
		if err := inflate.(flate.Resetter).Reset(in, nil); err != nil {
			return nil, err
		}
		out.Reset()
		if _, err := out.ReadFrom(io.LimitReader(inflate, MaxBlock+1)); err != nil {
			return nil, err
		}
		if out.Len() > MaxBlock {
			return nil, errTooLarge
		}
		return out.Bytes(), nil
	}
}

// newUnsnapper reads snappy with the checksum of the unpacked bytes after it.
func newUnsnapper() unpacker {
	var out []byte
	return func(packed []byte) ([]byte, error) {
		if len(packed) < 4 {
			return nil, io.ErrUnexpectedEOF
		}
		body, sum := packed[:len(packed)-4], binary.BigEndian.Uint32(packed[len(packed)-4:])
		n, err := snappy.DecodedLen(body)
		if err != nil {
			return nil, err
		}
		if n > MaxBlock {
			return nil, errTooLarge
		}
		if out, err = snappy.Decode(out[:cap(out)], body); err != nil {
			return nil, err
		}
		if crc32.ChecksumIEEE(out) != sum {
			return nil, errors.New("the checksum of a block is wrong")
		}
		return out, nil
	}
}

func newUnzstd() (unpacker, error) {
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(MaxBlock))
	if err != nil {
		return nil, err
	}
	var out []byte
	return func(packed []byte) ([]byte, error) {
		var err error
		out, err = dec.DecodeAll(packed, out[:0])
		return out, err
	}, nil
}

// packer is the opposite of unpacker.
type packer func(plain []byte) ([]byte, error)

func newPacker(codec string) (packer, error) {
	switch codec {
	case Null, "":
		return func(plain []byte) ([]byte, error) { return plain, nil }, nil
	case Deflate:
		return newDeflater()
	case Snappy:
		var out []byte
		return func(plain []byte) ([]byte, error) {
			out = snappy.Encode(out[:cap(out)], plain)
			out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(plain))
			return out, nil
		}, nil
	case Zstd:
		enc, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		var out []byte
		return func(plain []byte) ([]byte, error) {
			out = enc.EncodeAll(plain, out[:0])
			return out, nil
		}, nil
	}
	return nil, fmt.Errorf("codec %.20q is not supported, only %v", codec, Codecs())
}

func newDeflater() (packer, error) {
	var out bytes.Buffer
	deflate, err := flate.NewWriter(&out, flate.DefaultCompression)
	if err != nil {
		return nil, err
	}
	return func(plain []byte) ([]byte, error) {
		out.Reset()
		deflate.Reset(&out)
		if _, err := deflate.Write(plain); err != nil {
			return nil, err
		}
		if err := deflate.Close(); err != nil {
			return nil, err
		}
		return out.Bytes(), nil
	}, nil
}
