package generate

import (
	"math/bits"
	"strconv"

	"consentstream/schemas"
	"consentstream/state"
)

// Generator yields the records of a Config one by one. It keeps one byte for
// each contact, and the follow-ups that are under way. It is not safe for
// concurrent use.
type Generator struct {
	config     Config
	random     random
	popularity popularity
	contacts   []mood
	emitted    int64
	now        state.Instant // at which the current record is recorded
	orders     uint64

	pendingPurchases followUps
	pendingClicks    followUps
	again            schemas.Record // comes once more in this block
	repeated         bool           // the current record is a duplicate

	// What the current record points to; used again for the next one.
	purchase    state.Purchase
	click       state.Click
	signup      state.Signup
	unsubscribe state.Unsubscribe
	notice      state.Notice
	answers     [2]state.Answer
	names       [1]string
}

// mood is what the shop remembers of a contact to stay plausible.
type mood uint8

const (
	known    mood = 1 << iota // has an order, an account or the like
	objected                  // gets no marketing any more
)

// New returns a Generator of a valid Config; see Config.Validate.
func New(c Config) *Generator {
	return &Generator{
		config:     c,
		random:     random(mix(c.Seed + golden)),
		popularity: newPopularity(c.Contacts, c.Zipf),
		contacts:   make([]mood, c.Contacts),
		now:        c.From,
	}
}

// Next puts the next record into r and reports whether there was one. What r
// points to is valid until the next call; a caller that keeps it takes a Clone.
func (g *Generator) Next(r *schemas.Record) bool {
	if g.emitted >= g.config.Events {
		return false
	}
	n := g.emitted
	g.emitted++
	original, repeat := g.duplicateOf(n)
	if g.repeated = n == repeat; g.repeated {
		*r = g.again
		return true
	}
	g.now = g.instant(n)
	*r = schemas.Record{}
	g.fill(r)
	g.stamp(r, n)
	if n == original {
		g.again = r.Clone()
	}
	return true
}

// duplicateEvery is the number of records of which one is a duplicate.
const duplicateEvery = 200

// duplicateOf says which record of the block of n comes again, and where: one
// of the first half again in the second half.
func (g *Generator) duplicateOf(n int64) (original, repeat int64) {
	block := n / duplicateEvery
	dice := random(mix(g.config.Seed ^ uint64(block)*golden))
	start := block * duplicateEvery
	original = start + int64(dice.below(duplicateEvery/2))
	return original, start + duplicateEvery/2 + int64(dice.below(duplicateEvery/2))
}

// The shop is open from six to ten in the evening, UTC.
const (
	opens = day / 4
	open  = day * 2 / 3
)

// instant is when the n-th record is recorded: evenly over the opening hours,
// with some jitter that keeps the order.
func (g *Generator) instant(n int64) state.Instant {
	span := uint64(g.config.Until - g.config.From)
	days := span / uint64(day)
	if days > 0 {
		span = days * uint64(open)
	}
	at := divide(uint64(n), span, uint64(g.config.Events))
	if room := span/uint64(g.config.Events) + 1; room > 1 {
		at += g.random.below(room)
	}
	if days == 0 {
		return g.config.From + state.Instant(at)
	}
	at = min(at, span-1)
	return g.config.From + state.Instant(at)/open*day + opens + state.Instant(at)%open
}

// divide returns a*b/c; a*b may be larger than 64 bits, a < c.
func divide(a, b, c uint64) uint64 {
	high, low := bits.Mul64(a, b)
	quotient, _ := bits.Div64(high, low, c)
	return quotient
}

var topics = []share[state.Topic]{
	{450, state.TopicClicks}, {300, state.TopicPurchases}, {200, state.TopicSignups}, {50, state.TopicUnsubscribes},
}

// fill makes the body of the record and says whose it is.
func (g *Generator) fill(r *schemas.Record) {
	topic := pick(&g.random, topics)
	r.Fact.Topic = topic
	var contact uint32
	switch topic {
	case state.TopicPurchases:
		contact = g.buy(&r.Fact)
	case state.TopicClicks:
		contact = g.interact(&r.Fact)
	case state.TopicSignups:
		contact = g.signUp(&r.Fact)
	case state.TopicUnsubscribes:
		contact = g.leave(&r.Fact)
	}
	r.Key = state.Key{Controller: schemas.DefaultController, Contact: name("c-", uint64(contact)+1)}
	r.Fact.Address = name("a-", uint64(addressOf(contact))+1)
}

// householdBlock contacts live in one household less: the last two share an
// address, all others live alone. So one household in a hundred is shared.
const householdBlock = 101

// addressOf numbers the address of a contact.
func addressOf(contact uint32) uint32 {
	if contact%householdBlock == householdBlock-1 {
		return contact - 1
	}
	return contact
}

// Of a thousand facts, how many are recorded days after they happened, and of
// how many only the day is known.
const (
	latePerMille = 20
	dayPerMille  = 3
)

// stamp sets id, source and instants.
func (g *Generator) stamp(r *schemas.Record, n int64) {
	f := &r.Fact
	f.ID = hexID(mix(g.config.Seed<<40 + uint64(n) + golden))
	if f.Source == "" {
		f.Source = pick(&g.random, sources)
	}
	f.RecordedAt, f.OccurredAt = g.now, g.now
	switch {
	case g.random.chance(latePerMille):
		f.OccurredAt -= between(&g.random, day, 30*day)
	case g.random.chance(dayPerMille):
		f.Precision = state.PrecisionDay
		f.OccurredAt = (g.now/day-1)*day + day/2 // noon of the day before, whatever the zone
	}
	f.Since = f.OccurredAt
}

// someone draws a contact that has not gone silent.
func (g *Generator) someone() (contact uint32) {
	for range 8 {
		busy := false
		if contact, busy = g.popularity.draw(&g.random); busy || !g.silent(contact) {
			break
		}
	}
	return contact
}

// someoneKnown prefers contacts of whom something is known.
func (g *Generator) someoneKnown() (contact uint32) {
	for range 4 {
		if contact = g.someone(); g.contacts[contact]&known != 0 {
			break
		}
	}
	return contact
}

// silent tells whether a contact has left for good without a word: every fifth
// does, some time in the first quarter of the span.
func (g *Generator) silent(contact uint32) bool {
	dice := mix(g.config.Seed ^ (uint64(contact)+1)*golden)
	if dice%5 != 0 {
		return false
	}
	quarter := uint64(g.config.Until-g.config.From)/4 + 1
	return g.now-g.config.From > state.Instant(dice>>16%quarter)
}

func name(prefix string, n uint64) string {
	var buf [24]byte
	return string(strconv.AppendUint(append(buf[:0], prefix...), n, 10))
}

func hexID(n uint64) string {
	const digits = "0123456789abcdef"
	var buf [16]byte
	for i := range buf {
		buf[i] = digits[n>>(60-4*i)&15]
	}
	return string(buf[:])
}
