package spool

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// File is one file of sorted runs, one behind the other.
//
// An entry is its size (4 bytes) and that of its key (2 bytes), then key and
// payload. The format lives no longer than the process.
type File struct {
	dir  string
	mu   sync.Mutex
	f    *os.File // nil until the first run
	out  *bufio.Writer
	runs []extent
	end  int64
}

// extent is where a run lies.
type extent struct{ from, to int64 }

const entryHeader = 4 + 2

// NewFile returns a spool in a folder, "" = the system's folder for temporary
// files. Nothing is created before memory does not suffice.
func NewFile(dir string) *File { return &File{dir: dir} }

// Bytes is how much went to disk.
func (s *File) Bytes() int64 { return s.end }

// write appends a sorted run.
func (s *File) write(entries []Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.create(); err != nil {
		return s.full(err)
	}
	out := s.out
	out.Reset(io.NewOffsetWriter(s.f, s.end))
	size := int64(0)
	var header [entryHeader]byte
	for i := range entries {
		e := &entries[i]
		binary.LittleEndian.PutUint32(header[:], uint32(len(e.data)))
		binary.LittleEndian.PutUint16(header[4:], uint16(e.key))
		_, _ = out.Write(header[:]) // a bufio.Writer keeps its error until Flush
		_, _ = out.Write(e.data)
		size += entryHeader + int64(len(e.data))
	}
	if err := out.Flush(); err != nil {
		return s.full(err)
	}
	s.runs = append(s.runs, extent{s.end, s.end + size})
	s.end += size
	return nil
}

const spoolBuffer = 1 << 20

// full says what to do when nothing more can be written.
func (s *File) full(err error) error {
	dir := s.dir
	if dir == "" {
		dir = os.TempDir()
	}
	return fmt.Errorf("spool in %s: %w; free space there, or name another folder (replay: --spool, run: --state)", dir, err)
}

// create opens the file and removes its name at once, so that its content goes
// with the process however that ends.
func (s *File) create() error {
	if s.f != nil {
		return nil
	}
	f, err := os.CreateTemp(s.dir, "consentstream-spool-*")
	if err != nil {
		return err
	}
	if err := os.Remove(f.Name()); err != nil {
		return errors.Join(err, f.Close())
	}
	s.f, s.out = f, bufio.NewWriterSize(f, spoolBuffer)
	return nil
}

// Close gives the disk space free.
func (s *File) Close() error {
	if s.f == nil {
		return nil
	}
	return s.f.Close()
}

// spooled reads a run back, entry by entry.
type spooled struct {
	in   *bufio.Reader
	keep []byte
}

func (s *File) open(e extent, buffer int) *spooled {
	return &spooled{in: bufio.NewReaderSize(io.NewSectionReader(s.f, e.from, e.to-e.from), buffer)}
}

// next reads the next entry; its data are valid until the next call. At the end
// it returns io.EOF.
func (s *spooled) next(e *Entry) error {
	header, err := s.in.Peek(entryHeader)
	if err != nil {
		if errors.Is(err, io.EOF) && len(header) > 0 {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	size := int(binary.LittleEndian.Uint32(header))
	e.key = int(binary.LittleEndian.Uint16(header[4:]))
	_, _ = s.in.Discard(entryHeader)
	if err := s.read(e, size); err != nil {
		return err
	}
	e.prefix = prefixOf(e.Key())
	return nil
}

// read leaves the data in the buffer of the reader where they fit into it.
// Discarding them before they are used is safe: the buffer changes with the next
// read only.
func (s *spooled) read(e *Entry, size int) error {
	b, err := s.in.Peek(size)
	if err == nil {
		e.data = b
		_, err = s.in.Discard(size)
		return err
	}
	if !errors.Is(err, bufio.ErrBufferFull) {
		return io.ErrUnexpectedEOF
	}
	if cap(s.keep) < size {
		s.keep = make([]byte, size)
	}
	e.data = s.keep[:size]
	_, err = io.ReadFull(s.in, e.data)
	return err
}
