package codec

import "consentstream/state"

// Arena is memory for what a decoded contact points to: the bodies of its
// facts and its lists of strings. One arena serves one contact at a time. The
// zero value is ready; it grows to the largest contact it has met.
type Arena struct {
	purchases    chunk[state.Purchase]
	clicks       chunk[state.Click]
	signups      chunk[state.Signup]
	unsubscribes chunk[state.Unsubscribe]
	internals    chunk[state.Internal]
	notices      chunk[state.Notice]
	answers      chunk[state.Answer]
	strings      chunk[string]
}

// Reset gives all memory back for the next contact. What was decoded into the
// arena before must not be used any more.
func (a *Arena) Reset() {
	a.purchases.reset()
	a.clicks.reset()
	a.signups.reset()
	a.unsubscribes.reset()
	a.internals.reset()
	a.notices.reset()
	a.answers.reset()
	a.strings.reset()
}

// chunk hands out parts of one slice. When it is full it starts a larger one;
// parts handed out before stay valid.
type chunk[T any] struct{ items []T }

const firstChunk = 8

// take returns n items whose content is whatever was there before.
func (c *chunk[T]) take(n int) []T {
	used := len(c.items)
	if cap(c.items)-used < n {
		c.items = make([]T, 0, max(2*cap(c.items), n, firstChunk))
		used = 0
	}
	c.items = c.items[:used+n]
	return c.items[used : used+n : used+n]
}

func (c *chunk[T]) one() *T { return &c.take(1)[0] }

func (c *chunk[T]) reset() { c.items = c.items[:0] }
