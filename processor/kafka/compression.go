package kafka

import (
	"bytes"
	"fmt"
	"io"
	"sync"

	"github.com/segmentio/kafka-go/compress"
)

// Compression is a codec of record batches, by its number in the protocol.
type Compression int8

// The codecs of the Kafka protocol.
const (
	None Compression = iota
	Gzip
	Snappy
	Lz4
	Zstd
)

// ParseCompression returns the codec of that name: none, gzip, snappy, lz4, zstd.
func ParseCompression(name string) (Compression, error) {
	for c := None; c.valid(); c++ {
		if c.String() == name {
			return c, nil
		}
	}
	return None, fmt.Errorf("compression %q is unknown: choose none, gzip, snappy, lz4 or zstd", name)
}

// String is the name of the codec as producers and topics configure it.
func (c Compression) String() string {
	if c == None {
		return "none"
	}
	if codec := compress.Compression(c).Codec(); codec != nil {
		return codec.Name()
	}
	return fmt.Sprintf("codec %d", int8(c))
}

func (c Compression) valid() bool { return c >= None && c <= Zstd }

// maxInflated bounds the memory that one compressed batch may claim.
const maxInflated = 256 << 20

var scratch = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// inflate returns the records of a compressed batch in memory of their own.
func inflate(c Compression, b []byte) ([]byte, error) {
	if !c.valid() {
		return nil, fmt.Errorf("unknown compression codec %d", c)
	}
	if c == Snappy {
		out, err := inflateSnappy(b)
		if err != nil {
			return nil, fmt.Errorf("decompressing snappy: %w", err)
		}
		return out, nil
	}
	buf := scratch.Get().(*bytes.Buffer)
	defer scratch.Put(buf)
	buf.Reset()
	r := compress.Compression(c).Codec().NewReader(bytes.NewReader(b))
	defer r.Close()
	n, err := buf.ReadFrom(io.LimitReader(r, maxInflated+1))
	if err != nil {
		return nil, fmt.Errorf("decompressing %s: %w", c, err)
	}
	if n > maxInflated {
		return nil, fmt.Errorf("decompressing %s: more than %d bytes in one batch", c, maxInflated)
	}
	return bytes.Clone(buf.Bytes()), nil
}

// deflate appends the compressed form of b to dst.
func deflate(c Compression, dst, b []byte) ([]byte, error) {
	out := bytes.NewBuffer(dst)
	w := compress.Compression(c).Codec().NewWriter(out)
	if _, err := w.Write(b); err != nil {
		return nil, fmt.Errorf("compressing with %s: %w", c, err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compressing with %s: %w", c, err)
	}
	return out.Bytes(), nil
}
