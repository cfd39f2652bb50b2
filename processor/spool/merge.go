package spool

import (
	"errors"
	"fmt"
	"io"
)

// Merge yields the entries of sorted runs in order. It is a heap of runs by
// their next entry.
type Merge struct {
	heads   []*head
	compare func(a, b *Entry) int
}

// head is the next entry of a run and where more comes from.
type head struct {
	Entry
	memory Run      // what is left in memory, or
	disk   *spooled // on disk
}

// advance moves to the next entry, false at the end.
func (h *head) advance() (bool, error) {
	if h.disk == nil {
		if len(h.memory) == 0 {
			return false, nil
		}
		h.Entry, h.memory = h.memory[0], h.memory[1:]
		return true, nil
	}
	switch err := h.disk.next(&h.Entry); {
	case errors.Is(err, io.EOF):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("spool: %w", err)
	}
	return true, nil
}

// NewMerge merges runs in memory and those of a file, in at most so many bytes
// of buffers.
func NewMerge(memory []Run, f *File, budget int64, compare func(a, b *Entry) int) (*Merge, error) {
	m := &Merge{compare: compare}
	for _, h := range heads(memory, f, budget) {
		more, err := h.advance()
		if err != nil {
			return nil, err
		}
		if more {
			m.heads = append(m.heads, h)
		}
	}
	for i := len(m.heads)/2 - 1; i >= 0; i-- {
		m.sink(i)
	}
	return m, nil
}

// Least is the next entry, nil at the end. It is valid until Drop.
func (m *Merge) Least() *Entry {
	if len(m.heads) == 0 {
		return nil
	}
	return &m.heads[0].Entry
}

// Drop leaves the least entry behind.
func (m *Merge) Drop() error {
	more, err := m.heads[0].advance()
	if err != nil {
		return err
	}
	if !more {
		last := len(m.heads) - 1
		m.heads[0] = m.heads[last]
		m.heads = m.heads[:last]
	}
	m.sink(0)
	return nil
}

func (m *Merge) sink(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(m.heads); child++ {
			if m.compare(&m.heads[child].Entry, &m.heads[least].Entry) < 0 {
				least = child
			}
		}
		if least == i {
			return
		}
		m.heads[i], m.heads[least] = m.heads[least], m.heads[i]
		i = least
	}
}

// heads are the runs in memory and on disk. Those on disk share the budget for
// their buffers.
func heads(memory []Run, s *File, budget int64) (all []*head) {
	for _, r := range memory {
		all = append(all, &head{memory: r})
	}
	if len(s.runs) == 0 {
		return all
	}
	buffer := min(max(budget/4/int64(len(s.runs)), 16<<10), spoolBuffer)
	for _, e := range s.runs {
		all = append(all, &head{disk: s.open(e, int(buffer))})
	}
	return all
}

// Each calls fn with the records of all runs, one run after the other. A record
// is valid during the call.
func Each(memory []Run, f *File, budget int64, fn func(*Entry) error) error {
	for _, h := range heads(memory, f, budget) {
		for {
			more, err := h.advance()
			if err != nil {
				return err
			}
			if !more {
				break
			}
			if err := fn(&h.Entry); err != nil {
				return err
			}
		}
	}
	return nil
}
