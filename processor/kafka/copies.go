package kafka

import "slices"

// shareCopies gives out second copies of the state of n partitions, beside the
// shares of their owners: as many of each as the member wants that wants most, as
// far as there are members that want any. None is with the owner or twice with one
// member. A copy stays where it is; else it goes where the state lies on disk, else
// to who has fewest; and as long as one member has two more than another that could
// take one of them, it moves. What comes out is in the order of members.
func shareCopies(n int32, members []claimant, shares [][]int32) [][]int32 {
	c := &copying{sharing: newSharing(n, members), copies: make([][]int32, len(members)), missing: make([]int, n)}
	for i, share := range shares {
		for _, p := range share {
			c.owner[p] = i
		}
	}
	c.want()
	c.giveCopies(func(i int, p int32) bool { return slices.Contains(c.members[i].following, p) })
	c.giveCopies(func(i int, p int32) bool { return slices.Contains(c.members[i].holds, p) })
	c.giveCopies(func(int, int32) bool { return true })
	for c.even() {
	}
	for i := range c.copies {
		slices.Sort(c.copies[i])
	}
	return c.copies
}

type copying struct {
	*sharing
	copies  [][]int32 // by member
	missing []int     // copies that are still to be given, by partition
}

// want notes how many copies of each partition there can be.
func (c *copying) want() {
	wanted := 0
	for i := range c.members {
		wanted = max(wanted, int(c.members[i].copies))
	}
	for p := range int32(len(c.missing)) {
		takers := 0
		for i := range c.members {
			if c.may(i, p) {
				takers++
			}
		}
		c.missing[p] = min(wanted, takers)
	}
}

// may reports whether a member can keep a copy of p, or one more.
func (c *copying) may(i int, p int32) bool {
	return c.members[i].copies > 0 && c.owner[p] != i && !slices.Contains(c.copies[i], p)
}

// giveCopies gives what is missing to members that are preferred.
func (c *copying) giveCopies(prefers func(i int, p int32) bool) {
	for p := range int32(len(c.missing)) {
		for c.missing[p] > 0 {
			i := c.lightest(p, prefers)
			if i == nobody {
				break
			}
			c.copies[i] = append(c.copies[i], p)
			c.missing[p]--
		}
	}
}

// even moves one copy from a member to another that has fewer by two or more, and
// reports whether there was one to move.
func (c *copying) even() bool {
	for _, from := range c.order {
		for at, p := range c.copies[from] {
			to := c.lightest(p, func(int, int32) bool { return true })
			if to == nobody || len(c.copies[to]) > len(c.copies[from])-2 {
				continue
			}
			c.copies[from] = slices.Delete(c.copies[from], at, at+1)
			c.copies[to] = append(c.copies[to], p)
			return true
		}
	}
	return false
}

// lightest is, of the members that are preferred and may keep a copy more of p, the
// one with the least burden.
func (c *copying) lightest(p int32, prefers func(i int, p int32) bool) int {
	best := nobody
	for _, i := range c.order {
		if !c.may(i, p) || !prefers(i, p) {
			continue
		}
		if best == nobody || c.burden(i, p) < c.burden(best, p) {
			best = i
		}
	}
	return best
}

// burden orders members by how many copies they have, then by how many of them are
// of the same owner's partitions: should that one be lost, its partitions are shared
// out, and best each where its copy is.
func (c *copying) burden(i int, p int32) int {
	sameOwner := 0
	for _, other := range c.copies[i] {
		if c.owner[other] == c.owner[p] {
			sameOwner++
		}
	}
	return len(c.copies[i])*len(c.owner) + sameOwner
}
