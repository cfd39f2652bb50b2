package container

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
)

// Writer writes one container file. The same blocks give the same bytes: the
// marker between blocks is made from the header.
type Writer struct {
	out  io.Writer
	sync [16]byte
	pack packer
	buf  []byte
}

// NewWriter writes the header of a file. The schema is .avsc text.
func NewWriter(out io.Writer, schema, codec string) (*Writer, error) {
	pack, err := newPacker(codec)
	if err != nil {
		return nil, fmt.Errorf("write a container file: %w", err)
	}
	w := &Writer{out: out, pack: pack}
	w.buf = append(w.buf, magic...)
	w.buf = binary.AppendVarint(w.buf, 2)
	for _, s := range []string{keySchema, schema, keyCodec, codec} {
		w.buf = binary.AppendVarint(w.buf, int64(len(s)))
		w.buf = append(w.buf, s...)
	}
	w.buf = append(w.buf, 0)
	sum := sha256.Sum256(w.buf)
	copy(w.sync[:], sum[:])
	w.buf = append(w.buf, w.sync[:]...)
	return w, w.flush()
}

// Write writes one block of Avro bytes with their number of records.
func (w *Writer) Write(b Block) error {
	packed, err := w.pack(b.Data)
	if err != nil {
		return fmt.Errorf("pack a block: %w", err)
	}
	w.buf = binary.AppendVarint(w.buf, int64(b.Count))
	w.buf = binary.AppendVarint(w.buf, int64(len(packed)))
	w.buf = append(w.buf, packed...)
	w.buf = append(w.buf, w.sync[:]...)
	return w.flush()
}

func (w *Writer) flush() error {
	_, err := w.out.Write(w.buf)
	w.buf = w.buf[:0]
	if err != nil {
		return fmt.Errorf("write the container file: %w", err)
	}
	return nil
}
