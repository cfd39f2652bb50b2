package container

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

const (
	magic     = "Obj\x01"
	keySchema = "avro.schema"
	keyCodec  = "avro.codec"

	// maxHeader bounds the metadata of a file, of which we use two entries.
	maxHeader = 1 << 20
)

// Block is the Avro bytes of some records, one after the other. They are
// valid until the next block is read.
type Block struct {
	Count int
	Data  []byte
}

// Reader reads one container file.
type Reader struct {
	Schema string // the writer's schema as .avsc text
	Codec  string

	in     *bufio.Reader
	sync   [16]byte
	packed bytes.Buffer
	unpack unpacker
	blocks int
}

// NewReader reads the header of a file.
func NewReader(in io.Reader) (*Reader, error) {
	r := &Reader{in: bufio.NewReaderSize(in, 64<<10), Codec: Null}
	if err := r.header(); err != nil {
		return nil, fmt.Errorf("read the header of the container file: %w", whole(err))
	}
	var err error
	if r.unpack, err = newUnpacker(r.Codec); err != nil {
		return nil, fmt.Errorf("read the container file: %w", err)
	}
	return r, nil
}

func (r *Reader) header() error {
	var start [len(magic)]byte
	if _, err := io.ReadFull(r.in, start[:]); err != nil {
		return err
	}
	if string(start[:]) != magic {
		return errors.New("it is no Avro container file of version 1")
	}
	if err := r.metadata(); err != nil {
		return err
	}
	if r.Schema == "" {
		return errors.New("it holds no schema")
	}
	_, err := io.ReadFull(r.in, r.sync[:])
	return err
}

func (r *Reader) metadata() error {
	left := int64(maxHeader)
	for {
		n, err := r.long()
		if err != nil || n == 0 {
			return err
		}
		if n < 0 { // then its size in bytes follows
			n = -n
			if _, err := r.long(); err != nil {
				return err
			}
		}
		for ; n != 0; n-- {
			if err := r.entry(&left); err != nil {
				return err
			}
		}
	}
}

func (r *Reader) entry(left *int64) error {
	key, err := r.text(left)
	if err != nil {
		return err
	}
	value, err := r.text(left)
	switch key {
	case keySchema:
		r.Schema = value
	case keyCodec:
		r.Codec = value
	}
	return err
}

func (r *Reader) text(left *int64) (string, error) {
	n, err := r.long()
	if err != nil {
		return "", err
	}
	*left -= n + 1 // an entry is never free, so that the loop ends
	if n < 0 || *left < 0 {
		return "", fmt.Errorf("its metadata is longer than %d bytes", maxHeader)
	}
	b := make([]byte, n)
	_, err = io.ReadFull(r.in, b)
	return string(b), err
}

func (r *Reader) long() (int64, error) { return binary.ReadVarint(r.in) }

// Next returns the next block that holds a record, io.EOF after the last one.
// Any other error is final; it says in which block, from 1.
func (r *Reader) Next() (Block, error) {
	for {
		b, err := r.next()
		if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return Block{}, io.EOF
		}
		if err != nil {
			return Block{}, fmt.Errorf("block %d of the container file: %w", r.blocks, err)
		}
		if b.Count > 0 {
			return b, nil
		}
	}
}

func (r *Reader) next() (Block, error) {
	if _, err := r.in.Peek(1); err != nil {
		return Block{}, err
	}
	r.blocks++
	count, size, err := r.head()
	if err != nil {
		return Block{}, whole(err)
	}
	if err := r.body(size); err != nil {
		return Block{}, whole(err)
	}
	data, err := r.unpack(r.packed.Bytes())
	if err != nil {
		return Block{}, fmt.Errorf("unpack %s: %w", r.Codec, whole(err))
	}
	if count > int64(len(data)) {
		return Block{}, errors.New("it announces more records than it has bytes")
	}
	return Block{Count: int(count), Data: data}, nil
}

func (r *Reader) head() (count, size int64, err error) {
	if count, err = r.long(); err != nil {
		return 0, 0, err
	}
	if size, err = r.long(); err != nil {
		return 0, 0, err
	}
	if count < 0 || size < 0 || size > MaxBlock {
		return 0, 0, fmt.Errorf("its count is negative or its size is over %d bytes", MaxBlock)
	}
	return count, size, nil
}

// body reads the packed bytes, as they come, so that a size which the file
// does not have reserves nothing, and the marker after them.
func (r *Reader) body(size int64) error {
	r.packed.Reset()
	if _, err := io.CopyN(&r.packed, r.in, size); err != nil {
		return err
	}
	var sync [16]byte
	if _, err := io.ReadFull(r.in, sync[:]); err != nil {
		return err
	}
	if sync != r.sync {
		return errors.New("the marker after it is wrong")
	}
	return nil
}

// whole makes the end of the file inside a value an error of its own.
func whole(err error) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("the file is cut off: %w", io.ErrUnexpectedEOF)
	}
	return err
}
