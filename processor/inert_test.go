package processor

import (
	"testing"

	"consentstream/state"
	"consentstream/state/rules"
)

// A fact that moves nothing by itself may push the last one that names a brand
// out of a contact whose facts are merged, and the rows of the brand with it.
func TestNothingIsInertWhereABrandMayVanish(t *testing.T) {
	c := state.NewContact()
	c.Add(when(order("o"), day0))
	visit := state.Fact{ID: "v", Topic: state.TopicClicks, OccurredAt: day0 + 1, RecordedAt: day0 + 1, Click: &state.Click{Kind: state.ClickVisit, Actor: state.ActorHuman}}
	outcome := c.Add(visit)
	c.Published.Sequence = 1
	for _, test := range []struct {
		compacted bool
		brand     string
		want      bool
	}{{false, "", true}, {false, "junior", true}, {true, "", true}, {true, "junior", false}} {
		c.Compacted = test.compacted
		c.Published.Rows = []state.Row{{Brand: ""}, {Brand: test.brand}}
		if got := inert(rules.Default(), &c, &visit, outcome); got != test.want {
			t.Errorf("merged %v, a row of brand %q: %v", test.compacted, test.brand, got)
		}
	}
}
