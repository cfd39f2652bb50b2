package kafka

import (
	"encoding/binary"
	"fmt"
	"math/rand"
	"slices"
	"testing"
)

// A group goes through joins, losses and restarts, of members that want no copy, one
// or two. Each round every partition has as many copies as there can be, none with
// its owner; where nothing changed, none has moved.
func TestCopiesProperties(t *testing.T) {
	for seed := range int64(300) {
		rng := rand.New(rand.NewSource(seed))
		n := 1 + rng.Int31n(40)
		members := map[string]ownership{}
		for round := range int32(12) {
			changeMembers(rng, members)
			var claimants []claimant
			for id, o := range members {
				o.copies = int32(len(id)+int(id[len(id)-1])) % 3
				claimants = append(claimants, claimant{id: id, ownership: o})
			}
			shares := balance(n, claimants)
			copies := shareCopies(n, claimants, shares)
			checkCopies(t, seed, n, claimants, shares, copies)
			for i, c := range claimants {
				claimants[i].ownership = ownership{generation: round, owned: shares[i], copies: c.copies, following: copies[i]}
				members[c.id] = claimants[i].ownership
			}
			again := shareCopies(n, claimants, balance(n, claimants))
			if fmt.Sprint(again) != fmt.Sprint(copies) {
				t.Fatalf("seed %d: nothing changed, and copies moved from %v to %v", seed, copies, again)
			}
		}
	}
}

func checkCopies(t *testing.T, seed int64, n int32, members []claimant, shares, copies [][]int32) {
	t.Helper()
	for p := range n {
		have, could, wanted := 0, 0, int32(0)
		for i, m := range members {
			wanted = max(wanted, m.copies)
			mine, kept := slices.Contains(shares[i], p), slices.Contains(copies[i], p)
			if kept && (mine || m.copies == 0) {
				t.Fatalf("seed %d: %s keeps a copy of %d, owns it: %v, wants %d copies", seed, m.id, p, mine, m.copies)
			}
			if kept {
				have++
			}
			if !mine && m.copies > 0 {
				could++
			}
		}
		if most := min(could, int(wanted)); have > most || have == 0 && most > 0 {
			t.Fatalf("seed %d: %d has %d copies, of %d that there could be", seed, p, have, most)
		}
	}
	for i := range copies {
		if !slices.IsSorted(copies[i]) || len(slices.Compact(slices.Clone(copies[i]))) != len(copies[i]) {
			t.Fatalf("seed %d: %v is not in order, or has one twice", seed, copies[i])
		}
	}
}

// claim is a member after a generation.
func claim(id string, copies int32, owned, following []int32) claimant {
	return claimant{id: id, ownership: ownership{generation: 1, owned: owned, copies: copies, following: following}}
}

// When a member is lost its partitions go where their copies are, and no other
// partition moves.
func TestAPartitionGoesToWhoKeepsItsCopy(t *testing.T) {
	members := []claimant{claim("a", 1, nil, nil), claim("b", 1, nil, nil), claim("c", 1, nil, nil)}
	shares := balance(12, members)
	copies := shareCopies(12, members, shares)
	for lost := range members {
		var left []claimant
		for i := range members {
			if i != lost {
				m := claim(members[i].id, 1, shares[i], copies[i])
				m.holds = []int32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11} // all have old states of everything
				left = append(left, m)
			}
		}
		for i, share := range balance(12, left) {
			for _, p := range share {
				if !slices.Contains(left[i].owned, p) && !slices.Contains(left[i].following, p) {
					t.Errorf("%s is lost, and %s gets %d, of which it has no copy; copies are %v", members[lost].id, left[i].id, p, copies)
				}
			}
		}
	}
}

// Copies are shared out evenly among those that want any.
func TestCopiesAreEven(t *testing.T) {
	members := []claimant{claim("a", 1, nil, nil), claim("b", 1, nil, nil), claim("c", 0, nil, nil), claim("d", 1, nil, nil)}
	copies := shareCopies(16, members, balance(16, members))
	for i, want := range []int{5, 5, 0, 5} {
		if n := len(copies[i]); n != want && n != want+1 || want == 0 && n != 0 {
			t.Errorf("%s keeps %d copies: %v", members[i].id, n, copies)
		}
	}
}

// A rolling upgrade: members from before there were copies, and those from after,
// read what the other writes.
func TestOldAndNewMembersUnderstandEachOther(t *testing.T) {
	before := binary.BigEndian.AppendUint32(nil, 7) // generation, owned, holds, and nothing after
	before = appendInts(appendInts(before, []int32{1, 2}), []int32{3})
	o := decodeOwnership(before)
	if o.generation != 7 || !slices.Equal(o.owned, []int32{1, 2}) || !slices.Equal(o.holds, []int32{3}) || o.copies != 0 || o.following != nil {
		t.Errorf("of an old member's claim is read %+v", o)
	}
	after := ownership{generation: 7, owned: []int32{1, 2}, holds: []int32{3}, copies: 1, following: []int32{4}}.encode()
	if !slices.Equal(after[:len(before)], before) {
		t.Error("an old leader reads something else in a new member's claim")
	}
	later := append(slices.Clone(after), 1, 2, 3)
	later[len(before)+1] = extensionVersion + 1
	if o := decodeOwnership(later); !slices.Equal(o.following, []int32{4}) {
		t.Errorf("of a later member's claim is read %+v", o)
	}
	withUserData := encodeAssignment([]string{"t"}, []int32{0, 4}, []int32{1})
	old := withUserData[:len(withUserData)-len(appendInts([]byte{0, 1}, []int32{1}))-4]
	old = binary.BigEndian.AppendUint32(slices.Clone(old), 0) // no user data
	partitions, copies, err := decodeAssignment(old)
	if err != nil || !slices.Equal(partitions, []int32{0, 4}) || copies != nil {
		t.Errorf("of an old leader's assignment is read %v, %v, %v", partitions, copies, err)
	}
}
