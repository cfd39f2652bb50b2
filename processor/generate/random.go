package generate

import "math/bits"

// random is a source of numbers that gives the same sequence on every machine
// and in every version of Go: a counter whose values are mixed.
type random uint64

const golden = 0x9e3779b97f4a7c15

func (r *random) next() uint64 {
	*r += golden
	return mix(uint64(*r))
}

// mix spreads the bits of n. It is a bijection: different numbers stay
// different, which is what makes event ids unique.
func mix(n uint64) uint64 {
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}

// below returns a number in [0, n).
func (r *random) below(n uint64) uint64 {
	high, _ := bits.Mul64(r.next(), n)
	return high
}

// chance is true for n in a thousand.
func (r *random) chance(n uint64) bool { return r.below(1000) < n }

// between returns a number in [from, to).
func between[T ~int64](r *random, from, to T) T { return from + T(r.below(uint64(to-from))) }

// share is a value and how many of a thousand have it.
type share[T any] struct {
	of    uint64
	value T
}

// pick draws from shares that sum up to a thousand.
func pick[T any](r *random, shares []share[T]) T {
	n := r.below(1000)
	for i := range shares {
		if n < shares[i].of {
			return shares[i].value
		}
		n -= shares[i].of
	}
	return shares[len(shares)-1].value
}
