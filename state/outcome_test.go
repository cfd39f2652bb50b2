package state_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"consentstream/state"
	"consentstream/state/statetest"
)

// sale is the n-th order, or contract, under a brand.
func sale(n int, kind state.PurchaseKind, brand string) state.Fact {
	at := state.Instant(1_700_000_000_000 + n*3_600_000)
	return state.Fact{
		ID: fmt.Sprintf("sale-%03d", n), Topic: state.TopicPurchases, Brand: brand, OccurredAt: at, Since: at, RecordedAt: at,
		Purchase: &state.Purchase{Kind: kind, OrderRef: fmt.Sprintf("o-%03d", n), Family: "main"},
	}
}

// What adding a fact tells of those that it pushes out decides whether somebody
// who passes it over may do so.
func TestWhatIsPushedOutIsTold(t *testing.T) {
	for _, c := range []struct {
		says         string
		kind         state.PurchaseKind
		first, later string // brands of the fact that goes and of those that stay
		want         state.Outcome
	}{
		{"the last that names a brand", state.PurchaseDelivered, "B", "", state.Outcome{Added: true, Changed: true, PushedOut: true, Unnamed: true}},
		{"one of many that name a brand", state.PurchaseDelivered, "B", "B", state.Outcome{Added: true, Changed: true, PushedOut: true}},
		{"one that names none", state.PurchaseDelivered, "", "", state.Outcome{Added: true, Changed: true, PushedOut: true}},
		{"a contract", state.PurchaseContractStarted, "", "", state.Outcome{Added: true, Changed: true, PushedOut: true, Dropped: true}},
	} {
		contact := state.NewContact()
		contact.Compacted, contact.Saturated = true, true
		outcome := contact.Add(sale(0, c.kind, c.first))
		for n := 1; !outcome.PushedOut && n < 100; n++ {
			outcome = contact.Add(sale(n, c.kind, c.later))
		}
		if outcome != c.want {
			t.Errorf("%s: %+v, want %+v", c.says, outcome, c.want)
		}
	}
}

// Where addresses are given up the clock rests on the newest contacts alone.
func TestGivingUpIsTold(t *testing.T) {
	contact := state.NewContact()
	told := 0
	for n := range 3000 {
		f := sale(n, state.PurchaseOrdered, "")
		f.Address = fmt.Sprintf("address-%04d", n)
		scant, uses := contact.Scant(), len(contact.Uses)
		outcome := contact.Add(f)
		if scant && len(contact.Uses) <= uses {
			if told++; !outcome.Dropped {
				t.Fatalf("order %d gives an address up: %+v", n, outcome)
			}
		}
	}
	if told == 0 {
		t.Error("no address was given up")
	}
}

// What a fact has changed must be told, at every level: who is told that nothing
// has changed neither decides anew nor stores anything.
func TestEveryChangeIsTold(t *testing.T) {
	for level := range state.MaxLevel + 1 {
		for seed := uint64(1); seed <= seeds(40); seed++ {
			source := statetest.Seed(seed)
			contact := state.NewContact()
			contact.Compacted, contact.Saturated, contact.Level = true, level > 0, level
			if contact.Scant() {
				contact.Uses, contact.GivenUp, contact.ClockUnsure = []state.AddressUse{}, []string{state.AllOthers}, true
			}
			for _, f := range statetest.Facts(source, statetest.Shop(), 60) {
				before := contact
				before.Facts, before.Uses = slices.Clone(contact.Facts), slices.Clone(contact.Uses)
				outcome := contact.Add(f)
				if outcome.Changed || reflect.DeepEqual(before, contact) {
					continue
				}
				t.Fatalf("level %d, seed %d: %s changes the contact: %+v\n%s", level, seed, f.ID, outcome, gocmp.Diff(before, contact))
			}
		}
	}
}
