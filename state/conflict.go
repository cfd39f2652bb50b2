package state

import "slices"

// What happens when a record brings an id that is known. The outcome depends
// on the set of records with that id alone, never on their order: equal
// contents are one fact with the earliest RecordedAt; of different contents
// the earliest RecordedAt wins, then the smallest hash; if the winner is a
// negative, all negatives stay in force with it. Negatives that lose are kept
// as Overruled, because the record that beats them may itself be beaten later.

// resolve folds a fact whose id is known.
func (c *Contact) resolve(f Fact, outcome *Outcome) {
	group := c.take(f.ID)
	before := len(group)
	group = join(group, f, outcome)
	if len(group) > before {
		outcome.Conflict = true
	}
	winner := first(group)
	negative := group[winner].IsNegative()
	for i := range group {
		switch {
		case i == winner, negative && group[i].IsNegative():
			c.insert(group[i])
		case group[i].IsNegative():
			c.overrule(group[i])
		}
	}
	outcome.Added = outcome.Conflict && c.holds(&f)
	outcome.Changed = outcome.Changed || outcome.Added
}

// take removes all records with the id and returns them.
func (c *Contact) take(id string) []Fact {
	var group []Fact
	cut := func(f Fact) bool {
		if f.ID == id {
			group = append(group, f)
		}
		return f.ID == id
	}
	c.Facts = slices.DeleteFunc(c.Facts, cut)
	c.Overruled = slices.DeleteFunc(c.Overruled, cut)
	return group
}

// join adds the record to those with its id, or to its twin: one of equal
// content. A twin keeps the earlier RecordedAt, and the contact's own record
// goes before the copy that reached it through a shared address.
func join(group []Fact, f Fact, outcome *Outcome) []Fact {
	hash := f.ContentHash()
	for i := range group {
		twin := &group[i]
		if twin.ContentHash() != hash {
			continue
		}
		outcome.Duplicate = true
		if f.RecordedAt < twin.RecordedAt {
			twin.RecordedAt, outcome.Changed = f.RecordedAt, true
		}
		if twin.Forwarded && !f.Forwarded {
			twin.Forwarded, outcome.Changed = false, true
		}
		return group
	}
	return append(group, f)
}

// first returns the position of the record that wins.
func first(group []Fact) int {
	winner := 0
	for i := 1; i < len(group); i++ {
		if beats(&group[i], &group[winner]) {
			winner = i
		}
	}
	return winner
}

func beats(a, b *Fact) bool {
	if a.RecordedAt != b.RecordedAt {
		return a.RecordedAt < b.RecordedAt
	}
	return compareHashes(a, b) < 0
}

func (c *Contact) overrule(f Fact) {
	i := len(c.Overruled)
	for i > 0 && compareFacts(&c.Overruled[i-1], &f) > 0 {
		i--
	}
	c.Overruled = slices.Insert(c.Overruled, i, f)
}

// holds reports whether the very record is in force.
func (c *Contact) holds(f *Fact) bool {
	hash := f.ContentHash()
	for i := range c.Facts {
		if c.Facts[i].ID == f.ID && c.Facts[i].ContentHash() == hash {
			return true
		}
	}
	return false
}
