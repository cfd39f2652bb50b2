package replay

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"unsafe"
)

// sorter puts records, each a key and a payload, in the order of their keys. It
// holds them in memory up to a budget and gives them to a spool as sorted runs.
type sorter struct {
	spool  *spool
	budget int64
	tie    func(a, b []byte) int

	entries []entry
	slabs   slabs
	spooled bool // some of it went to disk
}

// entry is a record in memory.
type entry struct {
	prefix uint64 // the first bytes of the key, which tell most keys apart
	data   []byte // key and payload
	key    int    // bytes of data that are the key
}

const entryBytes = int64(unsafe.Sizeof(entry{}))

func (e *entry) keyBytes() []byte { return e.data[:e.key] }
func (e *entry) payload() []byte  { return e.data[e.key:] }

// newSorter returns a sorter; tie orders payloads of equal keys.
func newSorter(s *spool, budget int64, tie func(a, b []byte) int) *sorter {
	return &sorter{spool: s, budget: budget, tie: tie}
}

func (s *sorter) compare(a, b *entry) int { return compareEntries(a, b, s.tie) }

func compareEntries(a, b *entry, tie func(a, b []byte) int) int {
	if a.prefix != b.prefix {
		return cmp.Compare(a.prefix, b.prefix)
	}
	if c := bytes.Compare(a.keyBytes(), b.keyBytes()); c != 0 {
		return c
	}
	return tie(a.payload(), b.payload())
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

// add keeps a copy of a record.
func (s *sorter) add(key []byte, payload ...[]byte) error {
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
	s.entries = append(s.entries, entry{prefixOf(key), data, len(key)})
	return nil
}

// flush writes what is held to the spool and begins anew in the same memory.
func (s *sorter) flush() error {
	s.sort()
	s.spooled = true
	err := s.spool.write(s.entries)
	clear(s.entries)
	s.entries = s.entries[:0]
	s.slabs.reset()
	return err
}

// end sorts what is left. It stays in memory where all of it fits there; else it
// follows the rest to the spool, so that the memory is free for what comes after
// sorting.
func (s *sorter) end() (run, error) {
	if !s.spooled {
		s.sort()
		return s.entries, nil
	}
	err := s.flush()
	s.entries, s.slabs = nil, slabs{}
	return nil, err
}

func (s *sorter) sort() {
	slices.SortFunc(s.entries, func(a, b entry) int { return s.compare(&a, &b) })
}

// run is a sorted list of entries in memory.
type run []entry

// slabs is memory that is handed out piece by piece and taken back as a whole.
// It grows by whole slabs and moves nothing, so that pieces stay where they are.
type slabs struct {
	all  [][]byte
	used int // slabs in use; the last of them is being filled
	last int // bytes of it that are taken
}

const slabBytes = 1 << 20

// take hands out n bytes.
func (s *slabs) take(n int) []byte {
	if s.used == 0 || s.last+n > len(s.all[s.used-1]) {
		s.grow(n)
	}
	slab := s.all[s.used-1]
	s.last += n
	return slab[s.last-n : s.last : s.last]
}

func (s *slabs) copy(b []byte) []byte {
	taken := s.take(len(b))
	copy(taken, b)
	return taken
}

func (s *slabs) grow(need int) {
	for s.last = 0; s.used < len(s.all); {
		if s.used++; len(s.all[s.used-1]) >= need {
			return
		}
	}
	s.all = append(s.all, make([]byte, max(slabBytes, need)))
	s.used++
}

func (s *slabs) reset() { s.used, s.last = 0, 0 }

// bytes is how much is handed out, but for what is left over at slab ends.
func (s *slabs) bytes() int64 { return int64(max(s.used-1, 0))*slabBytes + int64(s.last) }
