package processor

import (
	"cmp"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"consentstream/state"
	"consentstream/state/rules"
	"consentstream/state/statetest"
)

// A fact that moves nothing by itself may push the last one that names a brand
// out of a contact whose facts are merged, and the rows of the brand with it.
func TestNothingIsPassedOverWhereABrandMayVanish(t *testing.T) {
	c := state.NewContact()
	c.Add(when(order("o"), day0))
	visit := state.Fact{ID: "v", Topic: state.TopicClicks, OccurredAt: day0 + 1, RecordedAt: day0 + 1, Click: &state.Click{Kind: state.ClickVisit, Actor: state.ActorHuman}}
	outcome := c.Add(visit)
	c.Published.Sequence = 1
	for _, test := range []struct {
		unnamed bool
		brand   string
		want    bool
	}{{false, "", true}, {false, "junior", true}, {true, "", true}, {true, "junior", false}} {
		outcome.Unnamed = test.unnamed
		c.Published.Rows = []state.Row{{Brand: ""}, {Brand: test.brand}}
		if got := NewJudge(rules.Default()).passesOver("A", &c, &visit, day0+1, outcome); got != test.want {
			t.Errorf("a brand vanishes %v, a row of brand %q: %v", test.unnamed, test.brand, got)
		}
	}
}

// What is passed over would have published nothing, neither then nor later:
// contacts are decided about anew with every fact, and publish the same.
func TestPassingOverPublishesTheSame(t *testing.T) {
	passed, facts := 0, 0
	for seed := uint64(1); seed <= passoverSeeds(); seed++ {
		source := statetest.Seed(seed)
		policy, history, known := drawPolicy(source), drawHistory(source), drawRoom(source)
		over, n := publishes(policy, known, history, (*virtual).fold)
		all, _ := publishes(policy, known, history, decideAlways)
		if diff := gocmp.Diff(all, over); diff != "" {
			t.Fatalf("seed %d: decided always (-) and passing over (+)\n%s", seed, diff)
		}
		passed, facts = passed+n, facts+len(history)
	}
	t.Logf("%d of %d facts passed over", passed, facts)
	if passed < facts/10 {
		t.Errorf("%d of %d facts passed over: too few to tell", passed, facts)
	}
}

// drawHistory draws the facts of one contact in the order of recording: few or
// so many that they are merged, of a person who seldom objects.
func drawHistory(source statetest.Source) []state.Fact {
	pools := statetest.Shop()
	pools.Coherent, pools.Late, pools.Plain = source.Int(0, 3) > 0, source.Int(0, 2), source.Int(0, 1) == 0
	pools.Only = []statetest.Kind{statetest.Purchases, statetest.Purchases, statetest.Clicks, statetest.Clicks, statetest.Signups}
	if source.Int(0, 1) == 0 {
		pools.Only = append(pools.Only, statetest.Unsubscribes)
	}
	pools.Long = source.Int(0, 2) == 0
	if source.Int(0, 2) == 0 {
		pools.Addresses, pools.Brands = []string{"a1"}, []string{""}
	}
	history := statetest.Facts(source, pools, []int{8, 20, 60, 250, 500}[source.Int(0, 4)])
	slices.SortStableFunc(history, func(a, b state.Fact) int { return cmp.Compare(a.RecordedAt, b.RecordedAt) })
	return history
}

// drawRoom draws a contact nobody knows, one of four with as little room as is left
// where most is forgotten with every fact.
func drawRoom(source statetest.Source) state.Contact {
	c := state.NewContact()
	if source.Int(0, 3) == 0 {
		c.Compacted, c.Saturated, c.ClockUnsure, c.Level = true, true, true, state.MaxLevel-1
		c.GivenUp = []string{state.AllOthers}
	}
	return c
}

// drawPolicy draws what makes rules ask for more than they usually do.
func drawPolicy(source statetest.Source) *rules.Policy {
	p := rules.Default()
	if source.Int(0, 1) == 0 {
		return p
	}
	odd := func() bool { return source.Int(0, 3) == 0 }
	s := &p.Versions[0].Settings
	s.AnyObjectionClosesAll, s.ComplaintClosesAllChannels, s.ReviewStrict = odd(), odd(), odd()
	s.FreeOfferCountsAsSale, s.LoginCountsAsContact, s.AttendanceCountsAsContact = odd(), odd(), !odd()
	s.BannedSector, s.WelcomeRamp, s.UnsubscribeConfirmation = odd(), odd(), odd()
	if odd() {
		s.SoftOptInWindowMonths, s.SuppressionTTLYears = 12, 3
	}
	if odd() {
		s.AnalogousFamilies = map[string][]string{"main": {"book"}}
	}
	if odd() {
		second := p.Versions[0]
		second.Name, second.EffectiveFrom = "second", statetest.Start+900*statetest.Day
		second.Settings.RetentionYears = 1 + source.Int(0, 2)
		second.Settings.SoftOptIn = !odd()
		p.Versions = append(p.Versions, second)
	}
	return p
}

func passoverSeeds() uint64 {
	if n, err := strconv.ParseUint(os.Getenv("PASSOVER_SEEDS"), 10, 64); err == nil {
		return n
	}
	return 300
}

type folding func(*virtual, state.Key, *state.Contact, arrival, func(string) ([]state.Fact, bool)) state.Outcome

// publishes folds a history into a contact and returns what is published, with how
// many facts found no decision.
func publishes(policy *rules.Policy, c state.Contact, history []state.Fact, fold folding) (published []string, passed int) {
	var out lines
	judge := NewJudge(policy)
	v := virtual{judge: judge, emit: func(p Publication) {
		line, err := out.Encode(nil, p)
		if err != nil {
			panic(err)
		}
		published = append(published, strings.TrimSpace(string(line)))
	}}
	key, clock := state.Key{Controller: "A", Contact: "c"}, state.Unset
	nobody := func(string) ([]state.Fact, bool) { return nil, false }
	for i := range history {
		f := &history[i]
		for c.Timer <= f.RecordedAt {
			v.fire(key, &c)
		}
		clock = max(clock, f.RecordedAt)
		fold(&v, key, &c, arrival{fact: f, at: clock, topic: f.Topic.String()}, nobody)
		if v.settled == nil {
			passed++
		}
	}
	for end := clock.Add(5 * 365 * 24 * time.Hour); c.Timer <= end; {
		v.fire(key, &c)
	}
	return published, passed
}

// decideAlways is virtual.fold without passing over anything.
func decideAlways(v *virtual, key state.Key, c *state.Contact, a arrival, answer func(string) ([]state.Fact, bool)) state.Outcome {
	before := newestErasure(c)
	outcome := v.add(c, a.fact, answer)
	if outcome.Changed {
		v.decide(key, c, a, outcome, before)
	}
	return outcome
}
