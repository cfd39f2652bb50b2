package generate

import (
	"math"
	"sort"
)

// popularity draws contacts: all alike, or by Zipf's law.
type popularity struct {
	contacts uint64
	ranks    *ranks // nil = all alike
	step     uint64 // spreads ranks over contacts, so that neighbours differ
}

func newPopularity(contacts int, s float64) popularity {
	p := popularity{contacts: uint64(contacts)}
	if s > 0 {
		p.ranks = newRanks(p.contacts, s)
		p.step = coprime(p.contacts)
	}
	return p
}

// draw returns a contact and whether it is among the busiest hundredth, which
// is never so where all are alike.
func (p *popularity) draw(r *random) (contact uint32, busy bool) {
	if p.ranks == nil {
		return uint32(r.below(p.contacts)), false
	}
	rank := p.ranks.draw(r)
	return uint32((rank - 1) * p.step % p.contacts), rank <= 1+p.contacts/100
}

// coprime returns a step that visits every one of n places once.
func coprime(n uint64) uint64 {
	step := n*61803/100000 + 1
	for gcd(step, n) != 1 {
		step++
	}
	return step
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// ranks draws ranks from 1 to n with probability proportional to 1/rank^s. It
// holds the first ranks singly and later ones in buckets of at most 1/64 of
// their octave, inside of which all are alike; so the table stays small for
// any n, and s may be 1 or less.
type ranks struct {
	first []uint64 // of each bucket; one more entry behind the last rank
	upTo  []uint64 // share of this bucket and those before it, of 2^32
}

const bucketsPerOctave = 64

func newRanks(n uint64, s float64) *ranks {
	t := &ranks{}
	var sums []float64
	total := 0.0
	for from := uint64(1); from <= n; {
		to := min(from+bucketWidth(from), n+1)
		t.first = append(t.first, from)
		total += float64(to-from) * math.Pow(float64(from+to-1)/2, -s)
		sums = append(sums, total)
		from = to
	}
	t.first = append(t.first, n+1)
	// Whole numbers of 2^-32: a last bit that differs from one processor to
	// the next does not change what is drawn.
	for _, sum := range sums {
		t.upTo = append(t.upTo, uint64(math.Round(sum/total*(1<<32))))
	}
	return t
}

func bucketWidth(from uint64) uint64 {
	octave := uint64(1)
	for octave*2 <= from {
		octave *= 2
	}
	return max(1, octave/bucketsPerOctave)
}

func (t *ranks) draw(r *random) uint64 {
	n := r.next() >> 32
	i := sort.Search(len(t.upTo)-1, func(i int) bool { return n < t.upTo[i] })
	return t.first[i] + r.below(t.first[i+1]-t.first[i])
}
