package state

import "math/bits"

// Bounds of one contact's facts, with the addresses they name, in bytes. What
// was last published is stored beside them and not counted.
const (
	// SoftLimit is how much is kept as it came. Beyond it facts are merged.
	SoftLimit = 4 << 10
	// HardLimit is never passed.
	HardLimit = 8 << 10
)

// Size is what the facts of the contact and its addresses take when each is
// encoded by itself. The encoded contact is smaller: there strings that return
// are written once.
func (c *Contact) Size() int {
	size := usesSize(c.Uses)
	for i := range c.Facts {
		size += c.Facts[i].Size()
	}
	for i := range c.Overruled {
		size += c.Overruled[i].Size()
	}
	return size
}

// Size is what the fact takes when it is encoded by itself, its address left
// out: that is written once for the whole contact.
func (f *Fact) Size() int {
	size := f.contentSize() + varintSize(f.OccurredAt)
	if f.RecordedAt != f.OccurredAt {
		size += varintSize(f.RecordedAt - f.OccurredAt)
	}
	if f.Since != f.OccurredAt {
		size += varintSize(f.OccurredAt - f.Since)
	}
	return size
}

// frameSize is the head of a fact and the position of its address.
const frameSize = 4

// contentSize is the size without the instants, which a duplicate or a merge
// may change.
func (f *Fact) contentSize() int {
	size := frameSize + stringSize(f.ID) + optionalSize(f.Brand) + optionalSize(f.Source)
	switch {
	case f.Purchase != nil:
		size += f.Purchase.size()
	case f.Click != nil:
		size += 2 + optionalSize(f.Click.CampaignID) + optionalSize(f.Click.OrderRef)
	case f.Signup != nil:
		size += f.Signup.size()
	case f.Unsubscribe != nil:
		size += f.Unsubscribe.size()
	case f.Internal != nil:
		size += 1 + stringSize(f.Internal.Target) + stringSize(f.Internal.By)
	}
	return size
}

func (p *Purchase) size() int {
	size := 2 + stringSize(p.OrderRef) + stringSize(p.Family) + optionalSize(p.Currency) + p.Notice.size()
	if p.AmountKnown {
		size += varintSize(Instant(p.AmountMinor))
	}
	return size
}

func (s *Signup) size() int {
	size := 3 + optionalSize(s.SubmissionID) + optionalSize(s.TimeZone) + s.Notice.size()
	for i := range s.Answers {
		size += 4 + stringSize(s.Answers[i].ProofRef) + stringSize(s.Answers[i].TextVersion)
	}
	return size
}

func (u *Unsubscribe) size() int {
	size := 5 + stringsSize(u.Brands) + optionalSize(u.ProofRef)
	if u.PurgedBefore != Unset {
		size += varintSize(u.PurgedBefore)
	}
	return size
}

func (n *Notice) size() int {
	if n == nil {
		return 0
	}
	return 3 + stringsSize(n.Families) + stringSize(n.TextVersion) + stringSize(n.ProofRef) +
		optionalSize(n.Language) + optionalSize(n.URL) + optionalSize(n.OrderRef)
}

func usesSize(uses []AddressUse) int {
	size := 0
	for i := range uses {
		size += 1 + stringSize(uses[i].Address)
	}
	return size
}

// stringSize counts the length in front, which interning makes a bit longer.
func stringSize(s string) int {
	if len(s) < 64 {
		return 1 + len(s)
	}
	return 2 + len(s)
}

func optionalSize(s string) int {
	if s == "" {
		return 0
	}
	return stringSize(s)
}

func stringsSize(list []string) int {
	if len(list) == 0 {
		return 0
	}
	size := 1
	for _, s := range list {
		size += stringSize(s)
	}
	return size
}

// varintSize is the size of a zigzag varint.
func varintSize(i Instant) int {
	u := uint64(i)<<1 ^ uint64(i>>63)
	return (bits.Len64(u|1) + 6) / 7
}
