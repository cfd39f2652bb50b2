package state_test

import (
	"bytes"
	"flag"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"consentstream/state"
	"consentstream/state/statetest"
)

// more multiplies the seeds that each test takes: go test ./state -more 50.
var more = flag.Int("more", 1, "multiply the number of seeds of the tests of compaction")

func seeds(n int) uint64 { return uint64(n * *more) }

// A lot is a set of facts that fills a contact in a way of its own.
type lot struct {
	name  string
	facts int
	pools statetest.Pools
}

func lots() []lot {
	shop := statetest.Shop()
	one := shop
	one.Addresses, one.Brands = []string{"a1"}, []string{""}
	clicks := one
	clicks.Only = []statetest.Kind{statetest.Clicks}
	negatives := one
	negatives.Only = []statetest.Kind{statetest.Unsubscribes, statetest.Internals}
	crowd := shop
	for i := range 300 {
		crowd.Addresses = append(crowd.Addresses, fmt.Sprintf("address-%d", i))
	}
	long := shop
	long.Long = true
	ages := shop
	ages.Days, ages.Late = 60*365, 900
	early := shop
	early.Early = true
	orders := one
	orders.Only = []statetest.Kind{statetest.Purchases}
	plain := one
	plain.Plain, plain.Submissions = true, []string{""}
	plain.Only = []statetest.Kind{statetest.Purchases, statetest.Clicks}
	all := []lot{{"plain", 600, plain}}
	for _, n := range []int{2, 8, 16, 32, 64, 100} {
		families := plain
		families.Families = nil
		for i := range n {
			families.Families = append(families.Families, fmt.Sprintf("family-%d", i))
		}
		all = append(all, lot{fmt.Sprintf("%d families", n), 600, families})
	}
	return append(all,
		lot{"shop", 150, shop}, lot{"large shop", 1500, shop}, lot{"one address", 400, one},
		lot{"clicks", 1000, clicks}, lot{"negatives", 600, negatives}, lot{"addresses", 500, crowd},
		lot{"long names", 300, long}, lot{"sixty years", 500, ages}, lot{"early", 400, early}, lot{"orders", 500, orders},
	)
}

func TestCompactedContactIsTheSameInAnyOrder(t *testing.T) {
	for _, lot := range lots() {
		t.Run(lot.name, func(t *testing.T) {
			for seed := range seeds(8) {
				source := statetest.Seed(seed)
				facts := statetest.Facts(source, lot.pools, source.Int(60, lot.facts))
				want := statetest.Fold(facts)
				again := statetest.Shuffled(source, slices.Concat(facts, facts[:len(facts)/3]))
				got := statetest.Fold(again)
				if !bytes.Equal(encoded(got), encoded(want)) {
					t.Fatalf("seed %d, %d facts: another order gives another contact (-first +second):\n%s",
						seed, len(facts), cmp.Diff(want, got, cmpopts.EquateEmpty()))
				}
			}
		})
	}
}

func TestContactNeverPassesHardLimit(t *testing.T) {
	var levels [state.MaxLevel + 1]int
	for _, lot := range lots() {
		t.Run(lot.name, func(t *testing.T) {
			for seed := range seeds(3) {
				source := statetest.Seed(seed)
				c := state.NewContact()
				for i, f := range statetest.Facts(source, lot.pools, lot.facts) {
					c.Add(f)
					if size := c.Size(); size > state.HardLimit {
						t.Fatalf("seed %d: %d bytes after %d facts at level %d, limit %d", seed, size, i+1, c.Level, state.HardLimit)
					}
				}
				levels[c.Level]++
			}
		})
	}
	t.Logf("contacts by level: %v", levels)
	for level, contacts := range levels {
		if contacts == 0 {
			t.Errorf("no contact reached level %d: the test proves nothing about it", level)
		}
	}
}

// The claim that order of arrival rests on: a further fact never frees room.
func TestRoomNeverShrinks(t *testing.T) {
	for _, lot := range lots() {
		t.Run(lot.name, func(t *testing.T) {
			for seed := range seeds(3) {
				c := state.NewContact()
				room, level := 0, c.Level
				for i, f := range statetest.Facts(statetest.Seed(seed), lot.pools, lot.facts) {
					c.Add(f)
					if !c.Compacted {
						continue
					}
					if c.Level == level && c.Room() < room {
						t.Fatalf("seed %d: room %d after %d facts, %d before the last, at level %d", seed, c.Room(), i+1, room, level)
					}
					if c.Level != state.MaxLevel && c.Size() > c.Room() {
						t.Fatalf("seed %d: %d bytes in room for %d", seed, c.Size(), c.Room())
					}
					room, level = c.Room(), c.Level
				}
			}
		})
	}
}
