package state

import "slices"

// What happens when a record brings an id that is known. The outcome depends
// on the set of records with that id alone, never on their order: equal
// contents are one fact with the earliest RecordedAt; of different contents
// the earliest RecordedAt wins, then the smallest hash; if the winner is a
// negative, all negatives stay in force with it. Negatives that lose are kept
// as Overruled, because the record that beats them may itself be beaten later.
//
// A negative that came through a shared address contends with nothing of the
// contact's own: it is the copy of an own one, or another person's and stays.

// resolve folds a fact whose id is known.
func (c *Contact) resolve(f Fact, outcome *Outcome) {
	group := c.take(f.ID)
	before := len(group)
	group = pair(group, f, outcome)
	outcome.Conflict = len(group) > before && contended(group, &f)
	winner := first(group)
	for i := range group {
		switch {
		case inForce(group, i, winner):
			c.put(group[i])
		case group[i].IsNegative():
			c.overrule(group[i])
		}
	}
	outcome.Added = len(group) > before && inForce(group, before, winner)
	outcome.Changed = outcome.Changed || outcome.Added
}

// take removes all records with the id and returns them.
func (c *Contact) take(id string) []Fact {
	var group []Fact
	cut := func(f Fact) bool {
		if f.ID != id || c.Compacted && !whole(&f) {
			return false
		}
		group = append(group, f)
		return true
	}
	c.Facts = slices.DeleteFunc(c.Facts, cut)
	c.Overruled = slices.DeleteFunc(c.Overruled, cut)
	return group
}

// pair adds the record to those with its id, or to its twin: one of equal
// content. A twin keeps the earlier RecordedAt, and the contact's own record
// goes before the copy that came through a shared address.
func pair(group []Fact, f Fact, outcome *Outcome) []Fact {
	for i := range group {
		twin := &group[i]
		if !twins(twin, &f) {
			continue
		}
		outcome.Duplicate = true
		recorded := min(twin.RecordedAt, f.RecordedAt)
		outcome.Changed = recorded != twin.RecordedAt || twin.Forwarded && !f.Forwarded
		if twin.Forwarded && !f.Forwarded {
			*twin = f
		}
		twin.RecordedAt = recorded
		return group
	}
	return append(group, f)
}

// twins reports whether two records with one id say the same. The copy of a
// negative has nothing of it but what it refuses.
func twins(a, b *Fact) bool {
	if a.Forwarded != b.Forwarded {
		return a.IsNegative() && b.IsNegative() && a.refusalHash() == b.refusalHash()
	}
	return a.ContentHash() == b.ContentHash()
}

// contended reports whether another record of the group is of the same origin.
func contended(group []Fact, f *Fact) bool {
	alike := 0
	for i := range group {
		if group[i].Forwarded == f.Forwarded {
			alike++
		}
	}
	return alike > 1
}

// first returns the position of the own record that wins, -1 if there is none.
func first(group []Fact) int {
	winner := -1
	for i := range group {
		if !group[i].Forwarded && (winner < 0 || beats(&group[i], &group[winner])) {
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

func inForce(group []Fact, i, winner int) bool {
	return i == winner || group[i].Forwarded || group[winner].IsNegative() && group[i].IsNegative()
}

// overrule keeps a negative that lost. A compacted contact remembers none.
func (c *Contact) overrule(f Fact) {
	if c.Compacted {
		return
	}
	i := len(c.Overruled)
	for i > 0 && compareFacts(&c.Overruled[i-1], &f) > 0 {
		i--
	}
	c.Overruled = slices.Insert(c.Overruled, i, f)
}
