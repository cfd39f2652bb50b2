package state

import "slices"

// The last two levels. At levelGiveUp a contact keeps the newest sale and the
// newest consent of its most recent addresses and gives up the other ones; the
// retention clock rests on the newest contacts alone, which may end it early.
// At levelLast nothing that permits marketing is kept, and the negatives become
// one that nothing lifts.

// GaveUp reports whether what was known about the address has been dropped.
func (c *Contact) GaveUp(address string) bool {
	if slices.Contains(c.GivenUp, address) {
		return true
	}
	if address == "" || !slices.Contains(c.GivenUp, AllOthers) {
		return false
	}
	_, known := c.findUse(address)
	return !known
}

// Scant reports whether there is so little room that the retention clock rests on
// the newest contacts alone: one more may end it earlier.
func (c *Contact) Scant() bool { return c.Level >= levelGiveUp }

// ForgetsDeliveries reports whether there is so little room that no delivery is
// held, so that it is not known of any order whether it was delivered.
func (c *Contact) ForgetsDeliveries() bool { return limits[classDelivered][c.Level] == 0 }

// giveUp drops all but the most recent addresses, and reports whether that were
// any that it had not given up before.
func (c *Contact) giveUp() (more bool) {
	uses := len(c.Uses)
	for c.keptFacts() > keptAddresses {
		i := slices.IndexFunc(c.Facts, isKept)
		out := c.Facts[i]
		c.Facts = slices.Delete(c.Facts, i, i+1)
		c.pushOut(out, classOf(&out))
		more = true
	}
	c.Uses = slices.DeleteFunc(c.Uses, func(u AddressUse) bool { return !c.keeps(u.Address) })
	c.GivenUp = append(c.GivenUp[:0], AllOthers)
	return more || len(c.Uses) < uses
}

func isKept(f Fact) bool {
	kind := classOf(&f)
	return kind == classSale || kind == classConsent
}

func (c *Contact) keptFacts() int {
	count := 0
	for i := range c.Facts {
		if isKept(c.Facts[i]) {
			count++
		}
	}
	return count
}

func (c *Contact) keeps(address string) bool {
	return slices.ContainsFunc(c.Facts, func(f Fact) bool { return f.Address == address && isKept(f) })
}

// holdable reports whether a fact may be held singly at all. Where little room
// is left a fact of unusual length is not.
func (c *Contact) holdable(f *Fact, kind class) bool {
	if limits[kind][c.Level] == 0 {
		return false
	}
	return c.Level < levelGiveUp || kind != classSale && kind != classConsent || f.contentSize()+timesRoom <= keptSize
}

// adapt makes a part what the level keeps of it, and reports whether anything is;
// seen is what remembering it as something seen did.
func (c *Contact) adapt(p *Fact, kind class) (seen filing, kept bool) {
	if c.Level < levelGiveUp {
		return filing{}, true
	}
	c.Horizon = max(c.Horizon, p.RecordedAt)
	switch kind {
	case classReset:
		return c.adaptReset(p)
	case classSeen, classType, classZone:
		return filing{}, c.adaptSeen(p, kind)
	}
	if c.Level == levelLast {
		seen = c.adaptNegative(p, kind)
	}
	return seen, true
}

// adaptReset keeps the newest request, the newest other contact that opens an
// epoch, and the newest click. What resets by a parameter is not kept. Of all
// of them the first is remembered as something seen.
func (c *Contact) adaptReset(p *Fact) (seen filing, kept bool) {
	seen = c.merge(withClick(p, bodySeen))
	p.Address, p.Since = "", p.OccurredAt
	switch {
	case p.Click != nil:
		return seen, c.Level < levelLast && *p.Click == *bodyClicked
	case p.Signup == nil:
		return seen, false
	case p.Signup.Kind == SignupCollected:
		p.Signup = bodyGiven
		return seen, c.Level < levelLast
	}
	p.Signup = bodyRequest
	return seen, true
}

// adaptSeen keeps what kind of contact it is while anything is permitted, and
// in the end nothing but since when it is known.
func (c *Contact) adaptSeen(p *Fact, kind class) bool {
	p.Address = ""
	if c.Level < levelLast {
		return true
	}
	p.Click, p.Signup = bodySeen, nil
	return kind == classSeen
}

// adaptNegative keeps wipes and turns every other negative into one that
// nothing lifts.
func (c *Contact) adaptNegative(p *Fact, kind class) (seen filing) {
	if first := withClick(p, bodySeen); p.Internal == nil && classOf(&first) == classSeen {
		seen = c.merge(first)
	}
	p.Address, p.Brand = "", ""
	switch {
	case kind == classPurged:
	case kind == classNegative && p.Unsubscribe != nil && p.Unsubscribe.Kind == UnsubscribeErasure:
		p.Unsubscribe = bodyErased
	default:
		*p = blindPart(p)
	}
	return seen
}
