package rules

import (
	"slices"

	"consentstream/state"
)

// memory keeps what several questions ask for at one instant. What holds for
// all of them is what there is to serve and which sales count; what was found
// about promotional and newsletter holds on one channel, address and brand, and
// a welcome and a warning ask for it again.
type memory struct {
	known    [memories]bool
	ground   int32
	told     bool // after the newest firm sale at the address
	sales    []counted
	findings [2][2]remembered // by purpose, by strictness
	inForce  [2]objections    // by strictness, like the rest
	consents [2][state.PurposeContact + 1]consents
	objected [2]objectedAtAll

	groundNext, salesNext state.Instant
	consentsNext          [2][state.PurposeContact + 1]state.Instant
}

// What a memory holds. What depends on channel, address and brand comes last: it
// is forgotten alone.
const (
	knowsGround = iota
	knowsSales
	knowsFinding                      // by purpose, by strictness
	knowsInForce  = knowsFinding + 4  // by strictness
	knowsObjected = knowsInForce + 2  // by strictness
	knowsConsents = knowsObjected + 2 // by strictness, by purpose
	knowsTold     = knowsConsents + 2*(int(state.PurposeContact)+1)
	memories      = knowsTold + 1
)

// objections are those in force, in order, and up to when they are all.
type objections struct {
	all  []*negative
	next state.Instant
}

// objectedAtAll is what is found about any objection on the channel.
type objectedAtAll struct {
	reason state.Reason
	fact   int32
	next   state.Instant
}

// counted is a sale that counts now, with how far it gets by itself (R24).
type counted struct {
	*sale
	step saleStep
}

// remembered is a finding, what it cites and up to when it holds.
type remembered struct {
	finding
	next  state.Instant
	cited []int32
}

// forget empties the memory.
func (m *memory) forget() { m.known = [memories]bool{} }

// forgetFindings keeps what does not depend on channel, address and brand.
func (m *memory) forgetFindings() { clear(m.known[knowsFinding:]) }

// about turns to a channel, address and brand.
func (a *ask) about(channel state.Channel, address, brand string) {
	if a.q.Channel != channel || a.q.Address != address || a.q.Brand != brand {
		a.q.Channel, a.q.Address, a.q.Brand = channel, address, brand
		a.memory.forgetFindings()
	}
}

// apart finds something for the memory and returns up to when that holds by
// itself.
func (a *ask) apart(find func(*ask)) state.Instant {
	before := a.next
	a.next = state.Never
	find(a)
	next := a.next
	a.next = before
	return next
}

// recall returns the finding about a purpose, from memory where it is there.
func (a *ask) recall(p state.Purpose) finding {
	if p != state.PurposePromotional && p != state.PurposeNewsletter {
		return a.advertise(p)
	}
	i, j := boolIndex(p == state.PurposeNewsletter), boolIndex(a.strict)
	r, known := &a.memory.findings[i][j], &a.memory.known[knowsFinding+2*i+j]
	if *known {
		a.cited = append(a.cited, r.cited...)
	} else {
		start := len(a.cited)
		r.next = a.apart(func(a *ask) { r.finding = a.advertise(p) })
		r.cited = append(r.cited[:0], a.cited[start:]...)
		*known = true
	}
	a.next = min(a.next, r.next)
	return r.finding
}

func boolIndex(b bool) int {
	if b {
		return 1
	}
	return 0
}

// countedSales are the sales that count now, the newest first.
func (a *ask) countedSales() []counted {
	m := &a.memory
	a.restsOn(state.SteadyWithoutSales)
	if !m.known[knowsSales] {
		m.sales, m.known[knowsSales] = m.sales[:0], true
		m.salesNext = a.apart((*ask).countSales)
	}
	a.next = min(a.next, m.salesNext)
	return m.sales
}

func (a *ask) countSales() {
	sales := a.v.book.sales
	a.memory.sales = slices.Grow(a.memory.sales, len(sales))
	for i := len(sales) - 1; i >= 0; i-- {
		if s := &sales[i]; a.usable(s.span) {
			a.memory.sales = append(a.memory.sales, counted{s, a.firmStep(s)})
		}
	}
}

// inForce are the objections that apply to the channel, brand and address, in
// order.
func (a *ask) inForce() []*negative {
	strict := boolIndex(a.strict)
	m := &a.memory.inForce[strict]
	if known := &a.memory.known[knowsInForce+strict]; !*known {
		*known = true
		m.next = a.apart(func(a *ask) {
			m.all = m.all[:0]
			for i := range a.v.book.negatives {
				if n := &a.v.book.negatives[i]; a.applies(n) {
					m.all = append(m.all, n)
				}
			}
		})
	}
	a.next = min(a.next, m.next)
	return m.all
}

// consent is what the yeses amount to for a purpose (R19 to R22, R35), from
// memory where it is there.
func (a *ask) consent(p state.Purpose) *consents {
	if len(a.v.book.yeses) == 0 {
		return &noConsent
	}
	strict := boolIndex(a.strict)
	m, next := &a.memory.consents[strict][p], &a.memory.consentsNext[strict][p]
	if known := &a.memory.known[knowsConsents+strict*(int(state.PurposeContact)+1)+int(p)]; !*known {
		*known = true
		*next = a.apart(func(a *ask) { a.weighAll(p, m) })
	}
	a.next = min(a.next, *next)
	return m
}

// objectedAtAll reports an objection on the channel that is not lifted in full:
// it forbids to ask again (R14) and to warn (R16), whatever it was about.
func (a *ask) objectedAtAll() state.Reason {
	strict := boolIndex(a.strict)
	m := &a.memory.objected[strict]
	if known := &a.memory.known[knowsObjected+strict]; !*known {
		*known = true
		m.next = a.apart(func(a *ask) { m.reason, m.fact = a.notLifted() })
	}
	a.next = min(a.next, m.next)
	a.cite(m.fact)
	return m.reason
}

// serviceGround returns the newest ground, -1 when there is none.
func (a *ask) serviceGround() int32 {
	m := &a.memory
	if !m.known[knowsGround] {
		m.known[knowsGround] = true
		m.groundNext = a.apart(func(a *ask) { a.memory.ground = a.newestGround() })
	}
	a.next = min(a.next, m.groundNext)
	return m.ground
}
