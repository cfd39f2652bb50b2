package statetest

import (
	"math/rand/v2"
	"strconv"

	"pgregory.net/rapid"

	"consentstream/state"
)

// Source is where chance comes from.
type Source interface {
	// Int returns a number from lo to hi, both included.
	Int(lo, hi int) int
}

// Rapid draws from a property test: slow, but a failing case is made small.
type Rapid struct{ T *rapid.T }

// Int implements Source.
func (r Rapid) Int(lo, hi int) int { return rapid.IntRange(lo, hi).Draw(r.T, "") }

// Seeded draws from a seed: fast, for large sets of facts.
type Seeded struct{ rand *rand.Rand }

// Seed returns the source of a seed.
func Seed(seed uint64) Seeded { return Seeded{rand.New(rand.NewPCG(seed, 0))} }

// Int implements Source.
func (s Seeded) Int(lo, hi int) int { return lo + s.rand.IntN(hi-lo+1) }

// Facts draws n facts.
func Facts(source Source, pools Pools, n int) []state.Fact {
	d := drawer{Pools: pools, source: source}
	facts := make([]state.Fact, n)
	for i := range facts {
		facts[i] = d.fact()
	}
	return facts
}

// Shuffled returns the facts in another order.
func Shuffled(source Source, facts []state.Fact) []state.Fact {
	shuffled := append([]state.Fact(nil), facts...)
	for i := len(shuffled) - 1; i > 0; i-- {
		j := source.Int(0, i)
		shuffled[i], shuffled[j] = shuffled[j], shuffled[i]
	}
	return shuffled
}

// Fold folds the facts into a new contact.
func Fold(facts []state.Fact) state.Contact {
	c := state.NewContact()
	for i := range facts {
		c.Add(facts[i])
	}
	return c
}

func itoa(i int) string { return strconv.Itoa(i) }
