package replay

import (
	"consentstream/processor"
	"consentstream/processor/spool"
	"consentstream/schemas"
	"consentstream/state"
)

// collector is the taker of a sort.
type collector struct {
	sorter   *spool.Sorter
	meetings *meetings
	tally    *tally

	key, datum []byte
	met        []byte

	topics      [4]int64
	first, last state.Instant
}

func newCollector(s *spool.Sorter, m *meetings, t *tally) *collector {
	return &collector{sorter: s, meetings: m, tally: t, first: state.Unset, last: state.Unset}
}

func (c *collector) fact(r *schemas.Record, datum []byte) (err error) {
	if datum == nil {
		if datum, err = schemas.AppendRecord(c.datum[:0], r.Fact.Topic, r); err != nil {
			return err
		}
		c.datum = datum
	}
	c.topics[r.Fact.Topic]++
	c.seen(r.Fact.RecordedAt)
	c.key = appendKey(c.key[:0], r.Key, scopeController, r.Fact.RecordedAt, class(processor.ReplayClass(&r.Fact)))
	c.met = c.meetings.meet(r.Key, r.Fact.Address, processor.Follows(&r.Fact)).append(c.met[:0])
	return c.sorter.Add(c.key, c.met, datum)
}

func (c *collector) unreadable(contact, id string, at state.Instant) error {
	c.seen(at)
	c.key = appendKey(c.key[:0], state.Key{Contact: contact}, scopeEverywhere, at, classUnreadable)
	c.datum = appendUnreadable(c.datum[:0], id, at)
	c.met = meeting{}.append(c.met[:0])
	return c.sorter.Add(c.key, c.met, c.datum)
}

func (c *collector) seen(at state.Instant) {
	if c.first == state.Unset || at < c.first {
		c.first = at
	}
	c.last = max(c.last, at)
}

// end reports the counts and sorts what is left.
func (c *collector) end() (spool.Run, error) {
	c.tally.facts(c.topics, c.first, c.last)
	return c.sorter.End()
}
