package container

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
)

func write(t *testing.T, codec string, blocks ...Block) []byte {
	t.Helper()
	var file bytes.Buffer
	w, err := NewWriter(&file, `"string"`, codec)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range blocks {
		if err := w.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	return file.Bytes()
}

func TestRoundTrip(t *testing.T) {
	blocks := []Block{{1, []byte("one")}, {0, nil}, {2, bytes.Repeat([]byte("two"), 10_000)}, {3, []byte("three")}}
	for _, codec := range Codecs() {
		r, err := NewReader(bytes.NewReader(write(t, codec, blocks...)))
		if err != nil {
			t.Fatal(err)
		}
		if r.Schema != `"string"` || r.Codec != codec {
			t.Errorf("schema %s, codec %s", r.Schema, r.Codec)
		}
		for _, want := range blocks {
			if want.Count == 0 {
				continue // passed over
			}
			got, err := r.Next()
			if err != nil || got.Count != want.Count || !bytes.Equal(got.Data, want.Data) {
				t.Fatalf("%s: %d records, %d bytes, error %v; want %d", codec, got.Count, len(got.Data), err, want.Count)
			}
		}
		if _, err := r.Next(); !errors.Is(err, io.EOF) {
			t.Errorf("%s: after the last block %v", codec, err)
		}
	}
}

// bombs are blocks that are small in the file and over the bound unpacked.
func bombs(t *testing.T) map[string][]byte {
	t.Helper()
	zeros := make([]byte, MaxBlock+1)
	var deflated bytes.Buffer
	fw, err := flate.NewWriter(&deflated, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fw.Write(zeros); err != nil {
		t.Fatal(err)
	}
	if err := fw.Close(); err != nil {
		t.Fatal(err)
	}
	zw, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{
		Deflate: deflated.Bytes(),
		Zstd:    zw.EncodeAll(zeros, nil),
		Snappy:  append(snappy.Encode(nil, zeros), 0, 0, 0, 0),
	}
}

func TestBlocksOverTheBoundAreRefused(t *testing.T) {
	for codec, packed := range bombs(t) {
		unpack, err := newUnpacker(codec)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := unpack(packed); err == nil {
			t.Errorf("%s: %d bytes unpack to more than %d", codec, len(packed), MaxBlock)
		}
	}
}

func TestDamage(t *testing.T) {
	file := write(t, Snappy, Block{1, []byte("abcdefgh")})
	start := len(file) - 16 - (1 + 1 + 10 + 4) // before count, size, body, checksum
	for name, damage := range map[string]func([]byte) []byte{
		"magic":           func(b []byte) []byte { b[0] = 'o'; return b },
		"version":         func(b []byte) []byte { b[3] = 2; return b },
		"marker":          func(b []byte) []byte { b[len(b)-1]++; return b },
		"checksum":        func(b []byte) []byte { b[len(b)-17]++; return b },
		"negative count":  func(b []byte) []byte { b[start] = 1; return b },
		"negative size":   func(b []byte) []byte { b[start+1] = 1; return b },
		"count too large": func(b []byte) []byte { b[start] = 126; return b },
		"cut off":         func(b []byte) []byte { return b[:len(b)-1] },
		"size too large": func(b []byte) []byte {
			return append(binary.AppendVarint(b[:start+1], MaxBlock+1), make([]byte, 100)...)
		},
		"size without bytes": func(b []byte) []byte { return binary.AppendVarint(b[:start+1], MaxBlock) },
	} {
		r, err := NewReader(bytes.NewReader(damage(bytes.Clone(file))))
		if err == nil {
			_, err = r.Next()
		}
		if err == nil || errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHeaders(t *testing.T) {
	long := func(n int64) []byte { return binary.AppendVarint(nil, n) }
	join := func(parts ...[]byte) []byte { return append([]byte(magic), bytes.Join(parts, nil)...) }
	text := func(s string) []byte { return append(long(int64(len(s))), s...) }
	sync := make([]byte, 16)
	for name, row := range map[string]struct {
		file []byte
		ok   bool
	}{
		"sized metadata":    {join(long(-1), long(99), text(keySchema), text(`"int"`), long(0), sync), true},
		"two map blocks":    {join(long(1), text("a"), text("b"), long(1), text(keySchema), text(`"int"`), long(0), sync), true},
		"no schema":         {join(long(0), sync), false},
		"unknown codec":     {join(long(2), text(keySchema), text(`"int"`), text(keyCodec), text("xz"), long(0), sync), false},
		"a length below 0":  {join(long(1), long(-5), sync), false},
		"a huge length":     {join(long(1), long(1<<40), sync), false},
		"endless entries":   {join(long(1<<60), bytes.Repeat([]byte{0, 0}, maxHeader)), false},
		"nothing after it":  {join(long(1), text(keySchema), text(`"int"`), long(0)), false},
		"an endless varint": {join(bytes.Repeat([]byte{0xff}, 20)), false},
	} {
		_, err := NewReader(bytes.NewReader(row.file))
		if (err == nil) != row.ok {
			t.Errorf("%s: %v", name, err)
		}
		if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: a header cut off must not look like the end", name)
		}
	}
}

type fullDisk struct{ left int }

func (d *fullDisk) Write(b []byte) (int, error) {
	if d.left -= len(b); d.left < 0 {
		return 0, fmt.Errorf("no space")
	}
	return len(b), nil
}

func TestWriteErrors(t *testing.T) {
	if _, err := NewWriter(&fullDisk{}, `"int"`, Null); err == nil {
		t.Error("a header that was not written is no error")
	}
	w, err := NewWriter(&fullDisk{left: 200}, `"int"`, Null)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(Block{Count: 1, Data: make([]byte, 300)}); err == nil {
		t.Error("a block that was not written is no error")
	}
}

func FuzzReader(f *testing.F) {
	for _, codec := range Codecs() {
		var file bytes.Buffer
		w, err := NewWriter(&file, `"string"`, codec)
		if err != nil {
			f.Fatal(err)
		}
		if err := w.Write(Block{2, []byte("some bytes of records")}); err != nil {
			f.Fatal(err)
		}
		f.Add(file.Bytes())
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := NewReader(bytes.NewReader(file))
		for err == nil {
			var b Block
			if b, err = r.Next(); len(b.Data) > MaxBlock {
				t.Fatalf("a block of %d bytes", len(b.Data))
			}
		}
	})
}
