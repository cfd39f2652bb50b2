package spool

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"unsafe"
)

// Sorter puts records, each a key and a payload, in the order of their keys. It
// holds them in memory up to a budget and gives them to a file as sorted runs.
type Sorter struct {
	file   *File
	budget int64
	tie    func(a, b []byte) int

	entries []Entry
	slabs   Slabs
	spooled bool // some of it went to disk
}

// Entry is a record in memory.
type Entry struct {
	prefix uint64 // the first bytes of the key, which tell most keys apart
	data   []byte // key and payload
	key    int    // bytes of data that are the key
}

const entryBytes = int64(unsafe.Sizeof(Entry{}))

// Key is what the record is sorted by.
func (e *Entry) Key() []byte { return e.data[:e.key] }

// Payload is the rest of it.
func (e *Entry) Payload() []byte { return e.data[e.key:] }

// NewSorter returns a sorter that holds so many bytes in memory; tie orders the
// payloads of equal keys. Several may use one file, also concurrently.
func NewSorter(f *File, budget int64, tie func(a, b []byte) int) *Sorter {
	return &Sorter{file: f, budget: budget, tie: tie}
}

// Compare orders two records.
func (s *Sorter) Compare(a, b *Entry) int { return Compare(a, b, s.tie) }

// Compare orders two records by their keys, and where those agree by tie.
func Compare(a, b *Entry, tie func(a, b []byte) int) int {
	if a.prefix != b.prefix {
		return cmp.Compare(a.prefix, b.prefix)
	}
	if c := bytes.Compare(a.Key(), b.Key()); c != 0 {
		return c
	}
	return tie(a.Payload(), b.Payload())
}

// prefixOf is the first 8 bytes of a key as a number that sorts as they do.
func prefixOf(key []byte) uint64 {
	if len(key) >= 8 {
		return binary.BigEndian.Uint64(key)
	}
	var padded [8]byte
	copy(padded[:], key)
	return binary.BigEndian.Uint64(padded[:])
}

// Add keeps a copy of a record.
func (s *Sorter) Add(key []byte, payload ...[]byte) error {
	size := len(key)
	for _, p := range payload {
		size += len(p)
	}
	if held := s.slabs.bytes() + int64(len(s.entries))*entryBytes; held+int64(size) > s.budget && len(s.entries) > 0 {
		if err := s.flush(); err != nil {
			return err
		}
	}
	data := s.slabs.take(size)
	n := copy(data, key)
	for _, p := range payload {
		n += copy(data[n:], p)
	}
	s.entries = append(s.entries, Entry{prefixOf(key), data, len(key)})
	return nil
}

// flush writes what is held to the spool and begins anew in the same memory.
func (s *Sorter) flush() error {
	s.sort()
	s.spooled = true
	err := s.file.write(s.entries)
	clear(s.entries)
	s.entries = s.entries[:0]
	s.slabs.Reset()
	return err
}

// End sorts what is left. It stays in memory where all of it fits there; else it
// follows the rest to the spool, so that the memory is free for what comes after
// sorting.
func (s *Sorter) End() (Run, error) {
	if !s.spooled {
		s.sort()
		return s.entries, nil
	}
	err := s.flush()
	s.entries, s.slabs = nil, Slabs{}
	return nil, err
}

func (s *Sorter) sort() {
	slices.SortFunc(s.entries, func(a, b Entry) int { return s.Compare(&a, &b) })
}

// Run is a sorted list of entries in memory.
type Run []Entry
