package kafka

import (
	"fmt"
	"math/rand"
	"slices"
	"testing"
)

// A group goes through joins, losses and restarts; each round is checked.
func TestBalanceProperties(t *testing.T) {
	for seed := range int64(300) {
		rng := rand.New(rand.NewSource(seed))
		n := rng.Int31n(40)
		members := map[string]ownership{}
		for round := range int32(12) {
			changeMembers(rng, members)
			var claimants []claimant
			for id, o := range members {
				claimants = append(claimants, claimant{id: id, ownership: o})
			}
			shares := balance(n, claimants)
			checkShares(t, seed, n, claimants, shares)
			for i, c := range claimants {
				members[c.id] = ownership{generation: round, owned: shares[i]}
			}
		}
	}
}

func changeMembers(rng *rand.Rand, members map[string]ownership) {
	for id := range members {
		switch rng.Intn(6) {
		case 0:
			delete(members, id) // lost
		case 1:
			o := members[id] // restarted: it knows its disk only
			members[id] = ownership{generation: -1, holds: append(o.owned, rng.Int31n(50))}
		case 2:
			o := members[id] // it missed a rebalance and claims what another has
			o.generation--
			o.owned = append(o.owned, rng.Int31n(50))
			members[id] = o
		}
	}
	for range 1 + rng.Intn(2) {
		if len(members) == 0 || rng.Intn(2) == 0 {
			members[fmt.Sprintf("m%d", rng.Intn(1000))] = ownership{generation: -1}
		}
	}
}

func checkShares(t *testing.T, seed int64, n int32, members []claimant, shares [][]int32) {
	t.Helper()
	seen := map[int32]bool{}
	smallest, largest := len(shares[0]), len(shares[0])
	for _, share := range shares {
		for _, p := range share {
			if seen[p] || p < 0 || p >= n {
				t.Fatalf("seed %d: partition %d twice or out of range in %v", seed, p, shares)
			}
			seen[p] = true
		}
		smallest, largest = min(smallest, len(share)), max(largest, len(share))
	}
	if len(seen) != int(n) || largest-smallest > 1 {
		t.Fatalf("seed %d: %v of %d partitions", seed, shares, n)
	}
	if moved, least := movedPartitions(n, members, shares); moved > least {
		t.Fatalf("seed %d: %d partitions moved, %d had to; %v to %v", seed, moved, least, members, shares)
	}
}

// movedPartitions counts what left its owner, who is the newest claimant and of
// equals the first by name, and what had to leave: no more than the surplus of
// each over the smaller share.
func movedPartitions(n int32, members []claimant, shares [][]int32) (moved, least int) {
	owner := map[int32]int{}
	for i, c := range members {
		for _, p := range c.owned {
			old, taken := owner[p]
			if p < n && (!taken || c.generation > members[old].generation ||
				c.generation == members[old].generation && c.id < members[old].id) {
				owner[p] = i
			}
		}
	}
	counts := make([]int, len(members))
	for p, i := range owner {
		counts[i]++
		if !slices.Contains(shares[i], p) {
			moved++
		}
	}
	for _, count := range counts {
		least += max(0, count-int(n)/len(members))
	}
	return moved, least
}

func TestBalanceGivesStateToItsHolder(t *testing.T) {
	members := []claimant{
		{id: "empty", ownership: ownership{generation: -1}},
		{id: "restarted", ownership: ownership{generation: -1, holds: []int32{0, 1, 5}}},
	}
	shares := balance(6, members)
	if !slices.Equal(shares[1], []int32{0, 1, 5}) || !slices.Equal(shares[0], []int32{2, 3, 4}) {
		t.Errorf("%v", shares)
	}
	// A newcomer with state gets what it holds of what has to move anyway.
	members = []claimant{
		{id: "all", ownership: ownership{generation: 3, owned: []int32{0, 1, 2, 3, 4, 5}}},
		{id: "holder", ownership: ownership{generation: -1, holds: []int32{0, 2}}},
	}
	if shares := balance(6, members); !slices.Equal(shares[1], []int32{0, 2, 5}) {
		t.Errorf("%v", shares)
	}
}

func TestBalanceDoesNotDependOnTheOrderOfMembers(t *testing.T) {
	members := []claimant{
		{id: "x", instance: "a", ownership: ownership{generation: 1, owned: []int32{0, 1}}},
		{id: "y", instance: "b", ownership: ownership{generation: 1, owned: []int32{1, 2}}},
		{id: "z", instance: "c", ownership: ownership{generation: -1}},
	}
	want := fmt.Sprint(byID(members, balance(7, members)))
	for range 20 {
		rand.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
		if got := fmt.Sprint(byID(members, balance(7, members))); got != want {
			t.Fatalf("%s, then %s", want, got)
		}
	}
}

func byID(members []claimant, shares [][]int32) map[string][]int32 {
	m := map[string][]int32{}
	for i, c := range members {
		m[c.id] = shares[i]
	}
	return m
}

func FuzzGroupMessages(f *testing.F) {
	f.Add(encodeSubscription([]string{"a", "b"}, ownership{generation: 3, owned: []int32{1}, holds: []int32{2}}.encode()))
	f.Add(encodeAssignment([]string{"a", "b"}, []int32{0, 4}, []int32{1}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if userdata, err := decodeSubscription(b); err == nil {
			decodeOwnership(userdata)
		}
		partitions, copies, err := decodeAssignment(b)
		if err == nil && (!slices.IsSorted(partitions) || !slices.IsSorted(copies)) {
			t.Errorf("%v or %v is not in order", partitions, copies)
		}
		if m, err := decodeMetadata(b); (m == nil) != (err != nil) {
			t.Errorf("%v and %v", m, err)
		}
	})
}

func TestGroupMessagesComeBack(t *testing.T) {
	o := ownership{generation: 3, owned: []int32{1, 5}, holds: []int32{2}, copies: 1, following: []int32{2, 3}}
	userdata, err := decodeSubscription(encodeSubscription([]string{"purchases", "clicks"}, o.encode()))
	if err != nil {
		t.Fatal(err)
	}
	if got := decodeOwnership(userdata); fmt.Sprint(got) != fmt.Sprint(o) {
		t.Errorf("%v, want %v", got, o)
	}
	if got := decodeOwnership([]byte{1}); got.generation != -1 || got.owned != nil {
		t.Errorf("what cannot be read claims %v", got)
	}
	partitions, copies, err := decodeAssignment(encodeAssignment([]string{"purchases", "clicks"}, []int32{0, 4}, []int32{1, 2}))
	if err != nil || !slices.Equal(partitions, []int32{0, 4}) || !slices.Equal(copies, []int32{1, 2}) {
		t.Errorf("%v, %v, %v", partitions, copies, err)
	}
}
