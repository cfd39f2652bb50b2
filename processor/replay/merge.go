package replay

import (
	"errors"
	"fmt"
	"io"
)

// merge yields the entries of sorted runs in order. It is a heap of runs by
// their next entry.
type merge struct {
	heads   []*head
	compare func(a, b *entry) int
}

// head is the next entry of a run and where more comes from.
type head struct {
	entry
	memory run      // what is left in memory, or
	disk   *spooled // on disk
}

// advance moves to the next entry, false at the end.
func (h *head) advance() (bool, error) {
	if h.disk == nil {
		if len(h.memory) == 0 {
			return false, nil
		}
		h.entry, h.memory = h.memory[0], h.memory[1:]
		return true, nil
	}
	switch err := h.disk.next(&h.entry); {
	case errors.Is(err, io.EOF):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("spool: %w", err)
	}
	return true, nil
}

func newMerge(heads []*head, compare func(a, b *entry) int) (*merge, error) {
	m := &merge{compare: compare}
	for _, h := range heads {
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

// least is the next entry, nil at the end. It is valid until drop.
func (m *merge) least() *entry {
	if len(m.heads) == 0 {
		return nil
	}
	return &m.heads[0].entry
}

// drop leaves the least entry behind.
func (m *merge) drop() error {
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

func (m *merge) sink(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(m.heads); child++ {
			if m.compare(&m.heads[child].entry, &m.heads[least].entry) < 0 {
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
func heads(memory []run, s *spool, budget int64) (all []*head) {
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

// eachEntry calls fn with the entries of all runs, one run after the other.
func eachEntry(heads []*head, fn func(*entry) error) error {
	for _, h := range heads {
		for {
			more, err := h.advance()
			if err != nil {
				return err
			}
			if !more {
				break
			}
			if err := fn(&h.entry); err != nil {
				return err
			}
		}
	}
	return nil
}
