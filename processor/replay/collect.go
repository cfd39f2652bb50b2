package replay

import (
	"slices"
	"unsafe"

	"consentstream/schemas"
	"consentstream/state"
)

// collector is the taker of a sort: it holds entries in memory up to a budget
// and then gives them away as a sorted run.
type collector struct {
	spool  *spool
	tally  *tally
	budget int64

	entries []entry
	slabs   slabs
	scratch []byte
	spooled bool // some of it went to disk

	topics      [4]int64
	first, last state.Instant
}

// run is a sorted list of entries in memory.
type run []entry

const entryBytes = int64(unsafe.Sizeof(entry{}))

func newCollector(s *spool, t *tally, budget int64) *collector {
	return &collector{spool: s, tally: t, budget: budget, first: state.Unset, last: state.Unset}
}

func (c *collector) fact(r *schemas.Record, datum []byte) (err error) {
	if datum == nil {
		if datum, err = schemas.AppendRecord(c.scratch[:0], r.Fact.Topic, r); err != nil {
			return err
		}
		c.scratch = datum
	}
	c.topics[r.Fact.Topic]++
	return c.add(r.Fact.RecordedAt, classOf[r.Fact.Topic], datum)
}

func (c *collector) unreadable(contact, id string, at state.Instant) error {
	c.scratch = appendUnreadable(c.scratch[:0], contact, id)
	return c.add(at, classUnreadable, c.scratch)
}

// add keeps an entry with a copy of the payload.
func (c *collector) add(at state.Instant, class class, payload []byte) error {
	if c.first == state.Unset || at < c.first {
		c.first = at
	}
	c.last = max(c.last, at)
	if held := c.slabs.bytes() + int64(len(c.entries))*entryBytes; held+int64(len(payload)) > c.budget && len(c.entries) > 0 {
		if err := c.flush(); err != nil {
			return err
		}
	}
	c.entries = append(c.entries, entry{at, class, c.slabs.copy(payload)})
	return nil
}

// flush writes what is held to the spool and begins anew in the same memory.
func (c *collector) flush() error {
	c.sort()
	c.spooled = true
	err := c.spool.write(c.entries)
	clear(c.entries)
	c.entries = c.entries[:0]
	c.slabs.reset()
	return err
}

// end reports the counts and sorts what is left. It stays in memory where all
// of it fits there; else it follows the rest to the spool, so that the memory
// is free for what comes after sorting.
func (c *collector) end() (run, error) {
	c.tally.facts(c.topics, c.first, c.last)
	if !c.spooled {
		c.sort()
		return c.entries, nil
	}
	return nil, c.flush()
}

func (c *collector) sort() {
	slices.SortFunc(c.entries, func(a, b entry) int { return compare(&a, &b) })
}

// slabs is memory that is handed out piece by piece and taken back as a whole.
// It grows by whole slabs and moves nothing, so that pieces stay where they are.
type slabs struct {
	all  [][]byte
	used int // slabs in use; the last of them is being filled
	last int // bytes of it that are taken
}

const slabBytes = 1 << 20

func (s *slabs) copy(b []byte) []byte {
	if s.used == 0 || s.last+len(b) > len(s.all[s.used-1]) {
		s.grow(len(b))
	}
	slab := s.all[s.used-1]
	n := copy(slab[s.last:], b)
	s.last += n
	return slab[s.last-n : s.last : s.last]
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
