package state

import (
	"slices"
	"strings"
)

// Outcome tells what folding one fact did.
type Outcome struct {
	// Added: the fact was not known and is in force now.
	Added bool
	// Duplicate: the same id with the same content was known, or facts that
	// were merged say all that it says.
	Duplicate bool
	// Conflict: the id was known with other content. The record that was
	// being folded is the one to dead-letter, whichever of the two wins.
	Conflict bool
	// Changed: what is known differs from before, so decisions may too. A
	// duplicate that was recorded earlier than its twin changes the state.
	Changed bool
	// Dropped: the limits on what is held were passed for the first time or
	// lowered, an address or a contract was given up: decisions may differ whatever
	// the fact says.
	Dropped bool
	// PushedOut: another fact that was held singly is so no more; what may be
	// forgotten of it is forgotten.
	PushedOut bool
	// Unnamed: no fact names a brand any more that the one pushed out named.
	Unnamed bool
	// FirstUse is an address that no fact of the contact named before and
	// whose owner must be asked; "" = none.
	FirstUse string
}

// Fold returns the contact with the fact folded in. It changes nothing of its
// argument: the result shares unchanged bodies of facts with it, no slice.
func Fold(c Contact, f Fact) (Contact, Outcome) {
	c.Facts = slices.Clone(c.Facts)
	c.Overruled = slices.Clone(c.Overruled)
	c.Uses = slices.Clone(c.Uses)
	c.GivenUp = slices.Clone(c.GivenUp)
	outcome := c.Add(f)
	return c, outcome
}

// Add folds the fact in, in place: it is Fold for a caller that owns the
// contact's slices. Bodies of facts are never written to.
//
// Folding is set union by id, so any order of arrival and any duplicates give
// the same contact. A Since of zero stands for OccurredAt.
func (c *Contact) Add(f Fact) Outcome {
	return c.add(f, true, c.knows(f.ID))
}

// AddWhole is Add with no limit of size: nothing is merged or dropped, so that
// questions about any instant of the past can be answered. It is for answers
// from archives; what is stored goes through Add. The caller tells whether a
// fact with the id was added before, because among very many facts it takes long
// to look; the facts themselves are added fastest in the order of OccurredAt.
func (c *Contact) AddWhole(f Fact, known bool) Outcome {
	return c.add(f, false, known)
}

func (c *Contact) add(f Fact, bounded, known bool) Outcome {
	if f.Since == 0 || f.Since > f.OccurredAt {
		f.Since = f.OccurredAt
	}
	var outcome Outcome
	saturated, level, compacted := c.Saturated, c.Level, c.Compacted
	firstUse := c.use(&f)
	grew := firstUse != ""
	switch {
	case known:
		c.resolve(f, &outcome)
		grew = true
	default:
		done := c.put(f)
		outcome.Added, outcome.Changed, outcome.Duplicate = done.changed, done.changed, !done.changed
		outcome.PushedOut, outcome.Dropped = done.out, done.ends
		outcome.Unnamed = done.brand != "" && !c.namesBrand(done.brand)
		grew = grew || done.grew
	}
	if grew && bounded && c.bound() {
		outcome.Dropped = true
	}
	outcome.Dropped = outcome.Dropped || c.Saturated != saturated || c.Level != level || c.Compacted != compacted
	if _, kept := c.findUse(firstUse); kept && firstUse != "" {
		outcome.FirstUse, outcome.Changed = firstUse, true
	}
	return outcome
}

// bound keeps the contact within its limits after it has grown, and reports
// whether it has given up addresses for it.
func (c *Contact) bound() (gaveUp bool) {
	if !c.Compacted {
		if c.Size() > SoftLimit {
			c.compact()
		}
		return false
	}
	if c.Scant() {
		gaveUp = c.giveUp()
	}
	c.fit()
	return gaveUp
}

// Answer notes that the owner of an address has sent the negatives it knows.
// It reports whether that was news.
func (c *Contact) Answer(address string, crowded bool) bool {
	i, known := c.findUse(address)
	if !known {
		return false
	}
	answered := AddressUse{Address: c.Uses[i].Address, Answered: true, Crowded: crowded}
	if c.Uses[i] == answered {
		return false
	}
	c.Uses[i] = answered
	return true
}

// use records the address that a fact names and returns it when it is new, so
// that every address among the facts is among the uses. The empty address is
// never joined across contacts and has no use.
func (c *Contact) use(f *Fact) string {
	if f.Address == "" {
		return ""
	}
	i, known := c.findUse(f.Address)
	if known {
		return ""
	}
	c.Uses = slices.Insert(c.Uses, i, AddressUse{Address: f.Address})
	return f.Address
}

func (c *Contact) findUse(address string) (int, bool) {
	return slices.BinarySearchFunc(c.Uses, address, func(u AddressUse, a string) int {
		return strings.Compare(u.Address, a)
	})
}

// namesBrand reports whether a fact names the brand.
func (c *Contact) namesBrand(brand string) bool {
	for i := range c.Facts {
		if c.Facts[i].Brand == brand {
			return true
		}
	}
	return false
}

// knows reports whether the contact holds a record with the id as it came.
func (c *Contact) knows(id string) bool {
	for i := range c.Facts {
		if c.Facts[i].ID == id && (!c.Compacted || whole(&c.Facts[i])) {
			return true
		}
	}
	return false
}

// insert puts the fact at its place; most facts are the newest.
func (c *Contact) insert(f Fact) {
	i := len(c.Facts)
	for i > 0 && compareFacts(&c.Facts[i-1], &f) > 0 {
		i--
	}
	c.Facts = slices.Insert(c.Facts, i, f)
}

// compareFacts is the order of Contact.Facts: by OccurredAt, then ID, then content.
func compareFacts(a, b *Fact) int {
	switch {
	case a.OccurredAt != b.OccurredAt:
		return compareInstants(a.OccurredAt, b.OccurredAt)
	case a.ID != b.ID:
		return strings.Compare(a.ID, b.ID)
	}
	return compareHashes(a, b)
}

func compareInstants(a, b Instant) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func compareHashes(a, b *Fact) int {
	x, y := a.ContentHash(), b.ContentHash()
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}
