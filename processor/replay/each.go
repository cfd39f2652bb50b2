package replay

import (
	"context"

	"consentstream/processor"
	"consentstream/schemas"
	"consentstream/state"
)

// Each reads all inputs, one after the other, and calls fn with each fact in
// the order of its file, sorting nothing. What the fact points to is valid
// during the call.
func Each(ctx context.Context, inputs []string, o Options, fn func(*processor.ReplayFact) error) (Summary, error) {
	o = o.withDefaults()
	files, err := sources(inputs)
	if err != nil {
		return Summary{}, err
	}
	t := newTally(&o, files)
	c := &caller{fn: fn, first: state.Unset, last: state.Unset}
	r := reader{options: &o, taker: c, tally: t}
	for _, f := range files {
		if err := r.file(ctx, f); err != nil {
			return Summary{}, err
		}
	}
	t.facts(c.topics, c.first, c.last)
	return t.result(), nil
}

// caller is the taker of Each.
type caller struct {
	fn          func(*processor.ReplayFact) error
	topics      [4]int64
	first, last state.Instant
}

func (c *caller) fact(r *schemas.Record, _ []byte) error {
	c.topics[r.Fact.Topic]++
	c.seen(r.Fact.RecordedAt)
	return c.fn(&processor.ReplayFact{Key: r.Key, Fact: r.Fact})
}

func (c *caller) unreadable(contact, id string, at state.Instant) error {
	c.seen(at)
	return c.fn(&processor.ReplayFact{Key: state.Key{Contact: contact}, Fact: unreadableFact(id, at), Everywhere: true})
}

func (c *caller) seen(at state.Instant) {
	if c.first == state.Unset || at < c.first {
		c.first = at
	}
	c.last = max(c.last, at)
}
