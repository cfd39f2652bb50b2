package kafka

import (
	"cmp"
	"slices"
)

// claimant is one member as the leader sees it.
type claimant struct {
	id, instance string
	ownership
}

// nobody marks a partition that no member has.
const nobody = -1

// balance shares n partitions out among members, of which there is at least
// one. Shares differ by one at most. A partition stays with its owner unless
// that one has too many; else it goes to a member that keeps a copy of its state,
// or holds an older one, if that one has room. The result is ordered as members are and depends on their names
// only where claims tie.
func balance(n int32, members []claimant) [][]int32 {
	s := newSharing(n, members)
	s.keepOwners()
	s.setQuotas()
	s.releaseSurplus()
	s.giveToHolders()
	s.giveToRest()
	return s.shares()
}

type sharing struct {
	members []claimant
	owner   []int // by partition: index of the member, or nobody
	count   []int // by member
	quota   []int // by member
	order   []int // members, by name: ties must not depend on the order of joining
}

func newSharing(n int32, members []claimant) *sharing {
	s := &sharing{members: members, owner: make([]int, n), count: make([]int, len(members)), quota: make([]int, len(members))}
	for p := range s.owner {
		s.owner[p] = nobody
	}
	for i := range members {
		s.order = append(s.order, i)
	}
	slices.SortFunc(s.order, func(a, b int) int {
		return cmp.Or(cmp.Compare(members[a].instance, members[b].instance), cmp.Compare(members[a].id, members[b].id))
	})
	return s
}

// keepOwners takes each claim at its word; of two, the newer generation's.
func (s *sharing) keepOwners() {
	newest := make([]int32, len(s.owner))
	for _, i := range s.order {
		for _, p := range s.members[i].owned {
			if !s.exists(p) {
				continue
			}
			if s.owner[p] == nobody || s.members[i].generation > newest[p] {
				s.owner[p], newest[p] = i, s.members[i].generation
			}
		}
	}
	for _, i := range s.owner {
		if i != nobody {
			s.count[i]++
		}
	}
}

func (s *sharing) exists(p int32) bool { return p >= 0 && int(p) < len(s.owner) }

// setQuotas lets those who own most keep one more where shares are uneven.
func (s *sharing) setQuotas() {
	byCount := slices.Clone(s.order)
	slices.SortStableFunc(byCount, func(a, b int) int { return cmp.Compare(s.count[b], s.count[a]) })
	whole, more := len(s.owner)/len(s.members), len(s.owner)%len(s.members)
	for rank, i := range byCount {
		s.quota[i] = whole
		if rank < more {
			s.quota[i]++
		}
	}
}

// releaseSurplus takes from members with too many, first what another member
// with room holds on disk, then from the highest number down.
func (s *sharing) releaseSurplus() {
	for _, held := range []bool{true, false} {
		for p := len(s.owner) - 1; p >= 0; p-- {
			i := s.owner[p]
			if i == nobody || s.count[i] <= s.quota[i] {
				continue
			}
			if held && s.holder(int32(p)) == nobody {
				continue
			}
			s.owner[p] = nobody
			s.count[i]--
		}
	}
}

// holder is a member with room that holds the state of p: best one that keeps a
// copy of it up to date.
func (s *sharing) holder(p int32) int {
	holder := nobody
	for _, i := range s.order {
		if s.count[i] >= s.quota[i] || s.owner[p] == i {
			continue
		}
		if slices.Contains(s.members[i].following, p) {
			return i
		}
		if holder == nobody && slices.Contains(s.members[i].holds, p) {
			holder = i
		}
	}
	return holder
}

func (s *sharing) giveToHolders() {
	for p, owner := range s.owner {
		if owner == nobody {
			s.give(p, s.holder(int32(p)))
		}
	}
}

func (s *sharing) giveToRest() {
	for p, owner := range s.owner {
		if owner == nobody {
			s.give(p, s.roomiest())
		}
	}
}

// roomiest is the first member that is furthest below its quota.
func (s *sharing) roomiest() int {
	best := nobody
	for _, i := range s.order {
		room := s.quota[i] - s.count[i]
		if room > 0 && (best == nobody || room > s.quota[best]-s.count[best]) {
			best = i
		}
	}
	return best
}

func (s *sharing) give(p, i int) {
	if i == nobody {
		return
	}
	s.owner[p] = i
	s.count[i]++
}

func (s *sharing) shares() [][]int32 {
	out := make([][]int32, len(s.members))
	for p, i := range s.owner {
		out[i] = append(out[i], int32(p))
	}
	return out
}
