package state

// Uncompacted returns the contact that keeps every fact, whatever their size.
func Uncompacted(facts []Fact) Contact {
	c := NewContact()
	for _, f := range facts {
		c.use(&f)
		c.insert(f)
	}
	return c
}

// Room is the room that decides Level.
func (c *Contact) Room() int { return c.room() }
