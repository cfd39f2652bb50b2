package state_test

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"consentstream/state"
	"consentstream/state/codec"
	"consentstream/state/statetest"
)

func fold(facts []state.Fact) state.Contact {
	c := state.NewContact()
	for _, f := range facts {
		c.Add(f)
	}
	return c
}

func encoded(c state.Contact) []byte { return codec.AppendContact(nil, &c) }

func TestOrderAndDuplicatesHaveNoEffect(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts := statetest.Facts(t, 12)
		want := encoded(fold(facts))
		again := slices.Concat(facts, rapid.Permutation(facts).Draw(t, "again"))
		again = rapid.Permutation(again).Draw(t, "order")
		if got := encoded(fold(again)); !bytes.Equal(got, want) {
			t.Fatalf("facts %+v\nin another order %+v\ngive another contact", facts, again)
		}
	})
}
