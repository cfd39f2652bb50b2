package spool

import "unsafe"

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
	sortEntries(s.entries, s.tie)
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
		sortEntries(s.entries, s.tie)
		return s.entries, nil
	}
	err := s.flush()
	s.entries, s.slabs = nil, Slabs{}
	return nil, err
}

// Run is a sorted list of entries in memory.
type Run []Entry
