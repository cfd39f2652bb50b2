package spool

// Slabs is memory that is handed out piece by piece and taken back as a whole.
// It grows by whole slabs and moves nothing, so that pieces stay where they are.
type Slabs struct {
	all  [][]byte
	used int // slabs in use; the last of them is being filled
	last int // bytes of it that are taken
}

const slabBytes = 1 << 20

// take hands out n bytes.
func (s *Slabs) take(n int) []byte {
	if s.used == 0 || s.last+n > len(s.all[s.used-1]) {
		s.grow(n)
	}
	slab := s.all[s.used-1]
	s.last += n
	return slab[s.last-n : s.last : s.last]
}

// Copy returns a copy of b.
func (s *Slabs) Copy(b []byte) []byte {
	taken := s.take(len(b))
	copy(taken, b)
	return taken
}

func (s *Slabs) grow(need int) {
	for s.last = 0; s.used < len(s.all); {
		if s.used++; len(s.all[s.used-1]) >= need {
			return
		}
	}
	s.all = append(s.all, make([]byte, max(slabBytes, need)))
	s.used++
}

// Reset takes all memory back.
func (s *Slabs) Reset() { s.used, s.last = 0, 0 }

// bytes is how much is handed out, but for what is left over at slab ends.
func (s *Slabs) bytes() int64 { return int64(max(s.used-1, 0))*slabBytes + int64(s.last) }
