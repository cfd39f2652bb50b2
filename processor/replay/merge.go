package replay

import (
	"errors"
	"fmt"
	"io"
)

// merge yields the entries of sorted runs in order. It is a heap of runs by
// their next entry.
type merge struct {
	heads []*head
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

func newMerge(heads []*head) (*merge, error) {
	m := &merge{}
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
			if compare(&m.heads[child].entry, &m.heads[least].entry) < 0 {
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
