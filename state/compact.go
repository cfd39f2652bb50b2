package state

import "slices"

// Compaction keeps a contact within HardLimit whatever it does. Each class of
// facts is either merged or holds the newest so many of those that are alike;
// what is pushed out is merged as far as something of it must not be forgotten
// (see parts). The result is a function of the set of facts: it does not matter
// in which order they came, nor whether they were compacted in between.
//
// That rests on three properties. Merging is commutative, associative and
// idempotent. The newest N of a set are the newest N of what was held and what
// came. And Level, which decides N, depends on a room that only grows with the
// set (see room), so that every order of arrival ends at the same level.

// compact starts compaction of a contact that has passed SoftLimit.
func (c *Contact) compact() {
	c.Compacted = true
	c.Overruled = nil
	c.rebuild()
	c.fit()
}

// rebuild files every fact anew under the limits of the present level.
func (c *Contact) rebuild() {
	facts := slices.Clone(c.Facts)
	c.Facts = c.Facts[:0]
	for i := range facts {
		c.file(facts[i])
	}
	if c.Level >= levelGiveUp {
		c.giveUp()
	}
}

// fit lowers the limits until the contact has room.
func (c *Contact) fit() {
	for c.Level < levelLast && c.room() > HardLimit {
		c.Level++
		c.Saturated = true
		c.ClockUnsure = c.ClockUnsure || c.Level >= levelGiveUp
		c.rebuild()
	}
}

// filing is what putting a fact in did.
type filing struct {
	changed bool   // the contact differs
	grew    bool   // it may take more room
	out     bool   // another fact is not held singly any more, or not at all
	brand   string // the brand that it named
	ends    bool   // it may have kept the clock running
}

// put adds a fact that is in force: as it is, or filed under its class.
func (c *Contact) put(f Fact) filing {
	if !c.Compacted {
		c.insert(f)
		return filing{changed: true, grew: true}
	}
	return c.file(f)
}

// file holds a fact singly or merges it.
func (c *Contact) file(f Fact) filing {
	kind := classOf(&f)
	if merged(kind) {
		return c.spill(f)
	}
	if !c.holdable(&f, kind) {
		return c.pushOut(f, kind)
	}
	if kind == classRefusal && c.repeats(&f) {
		return filing{}
	}
	oldest, count := c.oldestAlike(&f, kind)
	switch {
	case count < int(limits[kind][c.Level]):
		c.insert(f)
		return filing{changed: true, grew: true}
	case compareFacts(&f, &c.Facts[oldest]) < 0:
		return c.pushOut(f, kind)
	}
	out := c.Facts[oldest]
	c.Facts = slices.Delete(c.Facts, oldest, oldest+1)
	c.insert(f)
	done := c.pushOut(out, kind)
	done.changed, done.out, done.brand, done.ends = true, true, out.Brand, concernsContract(&out)
	return done
}

// merged reports whether the facts of a class are merged or dropped.
func merged(kind class) bool { return kind < classSale }

// pushOut merges what must not be forgotten of a fact that is held no more.
func (c *Contact) pushOut(f Fact, kind class) filing {
	before := c.forgotten()
	c.forget(&f, kind)
	if kind == classRefusal {
		body := *f.Signup
		body.SubmissionID = ""
		f.Signup = &body
	}
	done := c.spill(f)
	done.changed = done.changed || c.forgotten() != before
	return done
}

// forgotten is what a contact remembers of facts that it does not hold.
type forgotten struct {
	horizon                            Instant
	saturated, yesDropped, clockUnsure bool
	retracted                          Retracted
}

func (c *Contact) forgotten() forgotten {
	return forgotten{c.Horizon, c.Saturated, c.YesDropped, c.ClockUnsure, c.Retracted}
}

// forget notes what is no longer held singly. What was sent counts only while
// it is the newest, so nothing is lost with it once the newer ones are known.
func (c *Contact) forget(f *Fact, kind class) {
	c.Horizon = max(c.Horizon, f.RecordedAt)
	switch kind {
	case classWarned, classConfirmed, classCall, classNewsletter:
		c.Horizon = max(c.Horizon, c.lastRecorded(f, kind))
		return
	case classCancelled, classEnded:
		c.Retracted.Cancelled = max(c.Retracted.Cancelled, atLatest(f))
	case classDelivered:
		c.Retracted.Delivered = max(c.Retracted.Delivered, atLatest(f))
	case classProofLost:
		c.Retracted.ProofLost = max(c.Retracted.ProofLost, atLatest(f))
	case classAsked:
		c.Retracted.Asked = max(c.Retracted.Asked, atLatest(f))
	}
	c.Saturated = true
	c.YesDropped = c.YesDropped || f.Signup != nil && f.Signup.Says(AnswerYes)
	c.ClockUnsure = c.ClockUnsure || kind == classEarly || concernsContract(f)
}

// concernsContract reports whether a fact may be about a contract, while which
// runs the clock stands still. A cancellation does not tell of what it is.
func concernsContract(f *Fact) bool {
	if f.Purchase == nil {
		return false
	}
	switch f.Purchase.Kind {
	case PurchaseContractStarted, PurchaseContractEnded, PurchaseCancelled:
		return true
	}
	return false
}

// lastRecorded is when the last of the facts that are held under one limit with
// this one was recorded.
func (c *Contact) lastRecorded(f *Fact, kind class) Instant {
	last := Unset
	for i := range c.Facts {
		if c.alike(&c.Facts[i], f, kind) {
			last = max(last, c.Facts[i].RecordedAt)
		}
	}
	return last
}

// atLatest is when a fact happened at the latest: where only the day is known,
// and not in which zone, that is up to the longest local day after it.
func atLatest(f *Fact) Instant {
	if f.Precision == PrecisionDay {
		return f.OccurredAt + 25*3600*1000
	}
	return f.OccurredAt
}

// spill merges the parts of a fact. A refusal in it may be held by itself.
func (c *Contact) spill(f Fact) (all filing) {
	var buffer [4]Fact
	list := parts(buffer[:0], &f)
	for i := range list {
		file := c.merge
		if classOf(&list[i]) == classRefusal {
			file = c.file
		}
		part := file(list[i])
		all.changed, all.grew, all.out = all.changed || part.changed, all.grew || part.grew, all.out || part.out
	}
	return all
}

// repeats reports whether the very refusal is held. Refusals are parts of
// records: their ids do not tell.
func (c *Contact) repeats(f *Fact) bool {
	return slices.ContainsFunc(c.Facts, func(held Fact) bool {
		return held.ID == f.ID && held.OccurredAt == f.OccurredAt && c.mergeable(&held, f)
	})
}

// whole reports whether a fact of a compacted contact is a record as it came.
func whole(f *Fact) bool {
	kind := classOf(f)
	return !merged(kind) && kind != classRefusal
}

// oldestAlike counts the facts that are held with this one under one limit, and
// returns the position of the oldest.
func (c *Contact) oldestAlike(f *Fact, kind class) (oldest, count int) {
	for i := range c.Facts {
		if c.alike(&c.Facts[i], f, kind) {
			if count == 0 {
				oldest = i
			}
			count++
		}
	}
	return oldest, count
}
