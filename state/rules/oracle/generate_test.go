package oracle

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"consentstream/state"
)

// drawing makes random histories of one contact from one seed. Values come
// from small pools, so that orders are cancelled, answers contradict each
// other and instants coincide.
type drawing struct {
	*rand.Rand
	now     state.Instant // facts happen around here
	span    int64         // days that a history covers
	wild    bool          // draws what a sane source would never send
	address []string
	brand   []string
	family  []string
	count   int
}

func newDrawing(seed uint64) *drawing {
	d := &drawing{Rand: rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15))}
	d.wild = d.IntN(3) == 0
	d.span = pick(d, []int64{2, 40, 400, 1500, 3000})
	d.now = state.At(pick(d, []time.Time{
		time.Date(2023, 3, 10, 0, 0, 0, 0, time.UTC), time.Date(2024, 2, 29, 9, 0, 0, 0, time.UTC),
		time.Date(2026, 8, 10, 22, 0, 0, 0, time.UTC), time.Date(2026, 11, 4, 10, 0, 0, 0, time.UTC), time.Date(2026, 3, 28, 23, 0, 0, 0, time.UTC),
		time.Date(2026, 11, 1, 4, 0, 0, 0, time.UTC), time.Date(2026, 4, 23, 22, 0, 0, 0, time.UTC),
	}))
	d.address = pick(d, [][]string{{""}, {"a1"}, {"a1"}, {"a1", "a2"}, {"", "a1", "a2"}})
	d.brand = pick(d, [][]string{{""}, {""}, {"", "", "X"}, {"", "X", "Y"}})
	d.family = pick(d, [][]string{{"main"}, {"book", "dvd"}, {"book", "dvd", "wine"}})
	return d
}

func pick[T any](d *drawing, from []T) T { return from[d.IntN(len(from))] }

// chance is true once in n.
func (d *drawing) chance(n int) bool { return d.IntN(n) == 0 }

// instant draws from the span: often a full hour or a local midnight, so that
// instants coincide and stand on boundaries.
func (d *drawing) instant() state.Instant {
	at := d.now + state.Instant(d.Int64N(d.span)-d.span/2)*day
	switch d.IntN(4) {
	case 0:
		return startOfDay(at, reformZone) - state.Instant(d.IntN(2))
	case 1:
		return at + state.Instant(d.IntN(24))*day/24
	case 2:
		return at + state.Instant(d.Int64N(int64(day)))
	}
	return at
}

// fact draws one fact; body decides what it says.
func (d *drawing) fact(at state.Instant) state.Fact {
	d.count++
	f := state.Fact{
		ID: fmt.Sprintf("e%03d", d.count), Source: "web", Address: pick(d, d.address), Brand: pick(d, d.brand),
		OccurredAt: at, Since: at, RecordedAt: at,
	}
	if d.chance(7) {
		f.Precision = state.PrecisionDay
	}
	switch {
	case d.chance(8):
		f.RecordedAt += state.Instant(d.Int64N(int64(60 * day)))
	case d.chance(25):
		f.RecordedAt -= state.Instant(d.Int64N(int64(90 * day)))
	}
	return f
}

// history draws the facts of one contact: a realistic life, now and then with
// noise in it.
func (d *drawing) history() []state.Fact {
	var facts []state.Fact
	episodes, strays := 1+d.IntN(6), d.IntN(5)
	if d.chance(2) {
		episodes, strays = 1+d.IntN(2), 0
	}
	for range episodes {
		facts = append(facts, d.episode(d.instant())...)
	}
	for range strays {
		facts = append(facts, d.stray(d.instant()))
	}
	for i := range facts { // another's negatives come over an address that the contact uses
		f := &facts[i]
		own := func(other state.Fact) bool { return other.Address == f.Address && !other.Forwarded }
		f.Forwarded = f.Forwarded && slices.ContainsFunc(facts, own)
	}
	return facts
}

// uses tells what the owners of the addresses have answered.
func (d *drawing) uses(facts []state.Fact) []state.AddressUse {
	var list []state.AddressUse
	for _, address := range addresses(facts) {
		list = append(list, state.AddressUse{Address: address, Answered: !d.chance(20), Crowded: d.chance(40)})
	}
	return list
}

func (d *drawing) channels() state.Channels {
	switch d.IntN(8) {
	case 0:
		return state.ChannelsOf(state.ChannelSMS)
	case 1:
		return state.ChannelsOf(state.ChannelPhone)
	case 2:
		return state.ChannelsOf(state.ChannelEmail, state.ChannelSMS)
	case 3:
		return state.AllChannels
	case 4:
		if d.wild {
			return state.Channels(d.IntN(16))
		}
	}
	return state.ChannelsOf(state.ChannelEmail)
}

func (d *drawing) purposes() state.Purposes {
	switch d.IntN(8) {
	case 0:
		return state.PurposesOf(state.PurposeNewsletter)
	case 1:
		return state.PurposesOf(state.PurposePromotional)
	case 2:
		return state.AllMarketing
	case 3:
		return state.PurposesOf(pick(d, []state.Purpose{state.PurposeCart, state.PurposeLoyalty, state.PurposeReview}))
	case 4:
		return state.PurposesOf(state.PurposePromotional, state.PurposeNewsletter, state.PurposeCart)
	case 5:
		if d.wild {
			return state.Purposes(d.IntN(128))
		}
	}
	return state.PurposesOf(state.PurposePromotional, state.PurposeNewsletter)
}

func (d *drawing) order() string { return fmt.Sprintf("O%d", d.IntN(4)) }

func (d *drawing) proof() string { return pick(d, []string{"p1", "p1", "p1", "p2", ""}) }

// draw is any value of an enum up to its last.
func draw[E ~uint8](d *drawing, last E) E { return E(d.IntN(int(last) + 1)) }
