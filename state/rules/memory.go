package rules

import "consentstream/state"

// memory keeps what was found about promotional and newsletter on one channel,
// address and brand at one instant, because a welcome and a warning ask for the
// same again.
type memory struct {
	at       state.Instant
	channel  state.Channel
	address  string
	brand    string
	findings [2][2]remembered // by purpose, by strictness
}

type remembered struct {
	known bool
	finding
	next  state.Instant
	cited []int32
	names []string
}

// forget empties the memory.
func (m *memory) forget() {
	for i := range m.findings {
		for j := range m.findings[i] {
			m.findings[i][j].known = false
		}
	}
}

// about points the memory at what the question is about.
func (m *memory) about(a *ask) {
	if m.at == a.t && m.channel == a.q.Channel && m.address == a.q.Address && m.brand == a.q.Brand {
		return
	}
	m.at, m.channel, m.address, m.brand = a.t, a.q.Channel, a.q.Address, a.q.Brand
	m.forget()
}

// recall returns the finding about a purpose, from memory where it is there.
func (a *ask) recall(p state.Purpose) finding {
	if a.memory == nil || p != state.PurposePromotional && p != state.PurposeNewsletter {
		return a.advertise(p)
	}
	r := a.memory.place(p, a.strict)
	if !r.known {
		a.remember(r, p)
	} else {
		a.cited = append(a.cited, r.cited...)
	}
	a.next = min(a.next, r.next)
	return r.finding
}

func (m *memory) place(p state.Purpose, strict bool) *remembered {
	i, j := 0, 0
	if p == state.PurposeNewsletter {
		i = 1
	}
	if strict {
		j = 1
	}
	return &m.findings[i][j]
}

func (a *ask) remember(r *remembered, p state.Purpose) {
	before, start := a.next, len(a.cited)
	a.next = state.Never
	r.finding = a.advertise(p)
	r.known, r.next = true, a.next
	r.cited = append(r.cited[:0], a.cited[start:]...)
	r.names = append(r.names[:0], r.families...)
	r.families = r.names
	a.next = before
}
