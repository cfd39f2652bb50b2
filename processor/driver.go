package processor

import (
	"container/heap"
	"slices"
	"strings"

	"consentstream/state"
	"consentstream/state/rules"
)

// Driver runs the processor in memory on a virtual clock, one fact at a time:
// for scenario files, for tests, and for questions about a few contacts. It
// keeps every contact it has seen; the replay of archives uses Replay.
type Driver struct {
	virtual   virtual
	now       state.Instant
	contacts  map[state.Key]*state.Contact
	addresses map[addressID]*Address
	timers    timerHeap
	// everywhere are facts of a contact for controllers not seen yet.
	everywhere map[string][]state.Fact
}

type addressID struct{ controller, address string }

// NewDriver returns a driver whose clock stands before every fact. emit is
// called for each record that would be published, in order; it may be nil.
func NewDriver(policy *rules.Policy, emit func(Publication)) *Driver {
	return &Driver{
		virtual: virtual{judge: NewJudge(policy), emit: emit}, now: state.Unset,
		contacts: map[state.Key]*state.Contact{}, addresses: map[addressID]*Address{}, everywhere: map[string][]state.Fact{},
	}
}

// Now returns the instant of the virtual clock.
func (d *Driver) Now() state.Instant { return d.now }

// Contact returns what is known about a contact; nil when nothing is. It is
// the driver's own and must not be changed.
func (d *Driver) Contact(key state.Key) *state.Contact { return d.contacts[key] }

// Keys lists the contacts in order of contact id, then controller.
func (d *Driver) Keys() []state.Key {
	keys := make([]state.Key, 0, len(d.contacts))
	for key := range d.contacts {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b state.Key) int {
		if c := strings.Compare(a.Contact, b.Contact); c != 0 {
			return c
		}
		return strings.Compare(a.Controller, b.Controller)
	})
	return keys
}

// Advance moves the clock, firing every deadline on the way at its own instant.
// A clock never moves back.
func (d *Driver) Advance(to state.Instant) {
	for len(d.timers) > 0 && d.timers[0].at <= to {
		t := heap.Pop(&d.timers).(timer)
		c := d.contacts[t.key]
		if c.Timer != t.at {
			continue // it moved since
		}
		d.virtual.fire(t.key, c)
		d.arm(t.key, c, t.at)
	}
	d.now = max(d.now, to)
}

// Deliver moves the clock to the fact's recorded_at and folds the fact in. The
// driver keeps the fact; its strings must not change.
func (d *Driver) Deliver(key state.Key, f state.Fact) state.Outcome {
	d.Advance(f.RecordedAt)
	outcome := d.fold(key, &f)
	if (outcome.Changed || outcome.Conflict) && Follows(&f) {
		d.forward(key, &f)
	}
	return outcome
}

// DeliverEverywhere folds a fact into the contact's state at every controller,
// those seen later included.
func (d *Driver) DeliverEverywhere(contact string, f state.Fact) {
	d.Advance(f.RecordedAt)
	d.everywhere[contact] = append(d.everywhere[contact], f)
	for _, key := range d.Keys() {
		if key.Contact == contact {
			d.fold(key, &f)
		}
	}
}

func (d *Driver) fold(key state.Key, f *state.Fact) state.Outcome {
	c := d.contact(key)
	before := c.Timer
	outcome := d.virtual.fold(key, c, arrival{fact: f, at: d.now, topic: f.Topic.String()}, func(address string) ([]state.Fact, bool) {
		a := d.address(key.Controller, address)
		_, crowded := a.Use(key.Contact)
		return a.Negatives.Facts, crowded
	})
	d.arm(key, c, before)
	return outcome
}

// forward brings a negative to every other contact that uses its address.
func (d *Driver) forward(from state.Key, f *state.Fact) {
	a := d.address(from.Controller, f.Address)
	copied := forwarded(f)
	if !a.Object(copied) {
		return
	}
	for _, user := range a.Users {
		if user != from.Contact {
			d.fold(state.Key{Controller: from.Controller, Contact: user}, &copied)
		}
	}
}

func (d *Driver) contact(key state.Key) *state.Contact {
	if c, ok := d.contacts[key]; ok {
		return c
	}
	c := state.NewContact()
	for _, f := range d.everywhere[key.Contact] {
		c.Add(f)
	}
	d.contacts[key] = &c
	return &c
}

func (d *Driver) address(controller, address string) *Address {
	id := addressID{controller, address}
	if a, ok := d.addresses[id]; ok {
		return a
	}
	a := NewAddress()
	d.addresses[id] = &a
	return &a
}

func (d *Driver) arm(key state.Key, c *state.Contact, before state.Instant) {
	if c.Timer != before && c.Timer != state.Never {
		heap.Push(&d.timers, timer{c.Timer, key})
	}
}

// timer is a deadline of a contact; one that the contact has left is skipped.
type timer struct {
	at  state.Instant
	key state.Key
}

// timerHeap orders timers by instant, then by key, so that a run is the same
// every time.
type timerHeap []timer

func (h timerHeap) Len() int { return len(h) }
func (h timerHeap) Less(i, k int) bool {
	a, b := h[i], h[k]
	if a.at != b.at {
		return a.at < b.at
	}
	if c := strings.Compare(a.key.Contact, b.key.Contact); c != 0 {
		return c < 0
	}
	return a.key.Controller < b.key.Controller
}
func (h timerHeap) Swap(i, k int) { h[i], h[k] = h[k], h[i] }

// Push and Pop make timerHeap a heap.Interface.
func (h *timerHeap) Push(x any) { *h = append(*h, x.(timer)) }

// Pop removes the last element.
func (h *timerHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
