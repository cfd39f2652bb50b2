package state

// The room of a compacted contact is what its facts and addresses may take
// when the facts that are held and the newest members of what is merged are as
// large as their classes allow. It decides Level. It never shrinks when facts
// are added, which the size itself may do: a small fact that pushes out a large
// one would otherwise raise the limits again, and what they had dropped would
// be missed in one order of arrival and not in the other.

const (
	// marksRoom is for the marks of the contact: horizon, retractions, flags.
	marksRoom = 64
	// recordedRoom is for the instant of recording, which a duplicate may move,
	// and timesRoom for that and the two others, which a merge moves.
	recordedRoom = 6
	timesRoom    = 20
	// zoneRoom is for the name of a time zone.
	zoneRoom = 64
	// keptAddresses is how many addresses keep anything once the others are
	// given up, and keptSize the largest fact that is kept then.
	keptAddresses = 6
	keptSize      = 192
	// addressRoom is for the longest address.
	addressRoom = 131
)

func (c *Contact) room() int {
	if c.Level >= levelLast {
		return 0 // nothing is left to drop; a test holds it to HardLimit
	}
	room := marksRoom
	if c.Level < levelGiveUp {
		room += usesSize(c.Uses)
	} else {
		room += keptAddresses * addressRoom
	}
	for i := range c.Facts {
		room += c.roomOf(&c.Facts[i])
	}
	return room
}

func (c *Contact) roomOf(f *Fact) int {
	kind := classOf(f)
	switch {
	case merged(kind):
		return c.mergedRoom(f, kind)
	case c.Level >= levelGiveUp && (kind == classSale || kind == classConsent):
		return keptSize
	}
	return (sizeBucket(f)+1)*sizeStep + recordedRoom
}

func (c *Contact) mergedRoom(f *Fact, kind class) int {
	room := f.contentSize() - stringSize(f.ID) - optionalSize(f.Source) + (labelSize(f)+1)*sizeStep + 4 + timesRoom
	if kind == classZone {
		room += zoneRoom - len(f.Signup.TimeZone)
	}
	if kind == classPurged && f.Unsubscribe.PurgedBefore != Unset {
		room += 7 - varintSize(f.Unsubscribe.PurgedBefore)
	}
	if c.Level >= levelGiveUp {
		return room + len(f.Address)
	}
	return room * cellsOf(f, c.joiningOf(kind))
}
