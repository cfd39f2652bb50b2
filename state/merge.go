package state

import "slices"

// gap is the least time between two runs of one class. It is shorter than the
// shortest retention counted in local days, so that within a run the clock
// never ends.
const gap Instant = 363 * 24 * 3600 * 1000

// joining is how the facts of a merged class become one.
type joining uint8

const (
	joinSpan   joining = iota // from the first to the last
	joinRuns                  // likewise, but never across a year without one
	joinNewest                // the newest stands for all
	joinPurged                // first to last, with the latest instant covered
)

func (c *Contact) joiningOf(kind class) joining {
	switch {
	case kind == classPurged:
		return joinPurged
	case kind == classType, kind == classZone, kind == classReset && c.Level >= levelGiveUp:
		return joinNewest
	case kind == classReset:
		return joinRuns
	}
	return joinSpan
}

// merge joins a part with what the contact holds of its class. The result is
// the same in whatever order parts come and however often.
func (c *Contact) merge(p Fact) filing {
	seen, kept := c.adapt(&p, classOf(&p))
	if !kept {
		return seen
	}
	kind := classOf(&p)
	how, cells := c.joiningOf(kind), 0
	for i := 0; i < len(c.Facts); i++ {
		f := &c.Facts[i]
		if !c.mergeable(f, &p) || classOf(f) != kind || how == joinRuns && apart(f, &p) {
			continue
		}
		lost := c.lose(f, &p)
		joined := join(f, &p, how)
		if says(f, &joined) {
			return filing{changed: lost || seen.changed, grew: seen.grew}
		}
		cells += cellsOf(f, how)
		p = joined
		c.Facts = slices.Delete(c.Facts, i, i+1)
		i--
	}
	c.insert(p)
	return filing{changed: true, grew: seen.grew || cellsOf(&p, how) > cells}
}

// lose moves the horizon: what two facts said one by one is one fact now. It
// reports whether the horizon moved.
func (c *Contact) lose(a, b *Fact) bool {
	if a.ID == b.ID && a.OccurredAt == b.OccurredAt {
		return false
	}
	before := c.Horizon
	c.Horizon = max(before, a.RecordedAt, b.RecordedAt)
	return c.Horizon != before
}

// mergeable reports whether two parts are of one class: equal but for id,
// place and times. The length of their labels is part of the class, so that
// the room that a class takes does not depend on which member is the newest.
func (c *Contact) mergeable(a, b *Fact) bool {
	return sameBody(a, b) && a.Precision == b.Precision && a.Forwarded == b.Forwarded &&
		a.Address == b.Address && a.Brand == b.Brand && (labelSize(a) == labelSize(b) || c.Level == levelLast)
}

// sizeStep is the unit in which sizes are compared.
const sizeStep = 16

func labelSize(f *Fact) int { return (len(f.ID) + len(f.Source)) / sizeStep }

func sameBody(a, b *Fact) bool {
	switch {
	case a.Click != nil && b.Click != nil:
		return *a.Click == *b.Click
	case a.Unsubscribe != nil && b.Unsubscribe != nil:
		return sameUnsubscribe(a.Unsubscribe, b.Unsubscribe)
	case a.Signup != nil && b.Signup != nil:
		return sameSignup(a.Signup, b.Signup)
	case a.Purchase != nil && b.Purchase != nil:
		return *a.Purchase == *b.Purchase
	case a.Internal != nil && b.Internal != nil:
		return *a.Internal == *b.Internal
	}
	return false
}

func sameUnsubscribe(a, b *Unsubscribe) bool {
	if a.Kind != b.Kind || a.ProofRef != b.ProofRef {
		return false
	}
	return (a.PurgedBefore == Unset) == (b.PurgedBefore == Unset) && a.Method == b.Method && a.Message == b.Message &&
		a.Channels == b.Channels && a.Purposes == b.Purposes && a.Shown == b.Shown && slices.Equal(a.Brands, b.Brands)
}

// sameSignup: of time zones only the newest counts, whatever it is.
func sameSignup(a, b *Signup) bool {
	return a.Kind == b.Kind && a.Collection == b.Collection && a.ContactType == b.ContactType &&
		(a.TimeZone == "") == (b.TimeZone == "") && a.Notice == nil && b.Notice == nil &&
		a.SubmissionID == b.SubmissionID && slices.Equal(a.Answers, b.Answers)
}

// apart reports whether a year without a contact lies between two runs.
func apart(a, b *Fact) bool {
	return a.Since-b.OccurredAt >= gap || b.Since-a.OccurredAt >= gap
}

// says reports whether a merged fact says already what it would with a part.
func says(f, joined *Fact) bool {
	return joined.Since == f.Since && joined.OccurredAt == f.OccurredAt && joined.RecordedAt == f.RecordedAt &&
		joined.ID == f.ID && joined.Topic == f.Topic && joined.Source == f.Source && sameEnd(joined, f)
}

func sameEnd(a, b *Fact) bool {
	switch {
	case a.Unsubscribe != nil:
		return a.Unsubscribe.PurgedBefore == b.Unsubscribe.PurgedBefore
	case a.Signup != nil:
		return a.Signup.TimeZone == b.Signup.TimeZone
	}
	return true
}

// join returns the fact that stands for both: it has the label of the newer.
func join(a, b *Fact, how joining) Fact {
	j := newer(a, b)
	if how == joinNewest {
		j.Since = j.OccurredAt
		return j
	}
	j.Since = min(a.Since, b.Since)
	if how == joinPurged {
		j.Unsubscribe = purgedLater(a.Unsubscribe, b.Unsubscribe)
	}
	return j
}

func purgedLater(a, b *Unsubscribe) *Unsubscribe {
	if b.PurgedBefore > a.PurgedBefore {
		return b
	}
	return a
}

// newer returns the fact that happened later. Of one fact twice it makes one,
// with the earlier recording.
func newer(a, b *Fact) Fact {
	switch {
	case a.OccurredAt != b.OccurredAt:
		if a.OccurredAt > b.OccurredAt {
			return *a
		}
		return *b
	case a.ID != b.ID:
		if a.ID > b.ID {
			return *a
		}
		return *b
	}
	j := *a
	j.RecordedAt = min(a.RecordedAt, b.RecordedAt)
	j.Topic, j.Source = min(a.Topic, b.Topic), min(a.Source, b.Source)
	return j
}

// cellsOf counts the years that a run touches. So many runs at most does any
// part of it make, therefore so much room is set aside for it: the room that a
// set of facts is given never shrinks when facts are added.
func cellsOf(f *Fact, how joining) int {
	if how != joinRuns {
		return 1
	}
	return int(cell(f.OccurredAt)-cell(f.Since)) + 1
}

func cell(i Instant) Instant {
	if i < 0 {
		return (i+1)/gap - 1
	}
	return i / gap
}
