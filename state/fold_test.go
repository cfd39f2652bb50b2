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

func encoded(c state.Contact) []byte { return codec.AppendContact(nil, &c) }

func TestOrderAndDuplicatesHaveNoEffect(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		source, pools := statetest.Rapid{T: t}, statetest.Shop()
		pools.IDs = 10
		facts := statetest.Facts(source, pools, source.Int(0, 10))
		want := encoded(statetest.Fold(facts))
		again := statetest.Shuffled(source, slices.Concat(facts, facts))
		if got := encoded(statetest.Fold(again)); !bytes.Equal(got, want) {
			t.Fatalf("facts %+v\nin another order %+v\ngive another contact", facts, again)
		}
	})
}
