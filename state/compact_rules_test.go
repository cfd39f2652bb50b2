package state_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"consentstream/state"
	"consentstream/state/rules"
	"consentstream/state/statetest"
)

// histories are sets of facts as they come: nothing is dated in the future, and
// the shapes of forms are few.
func histories() []lot {
	shop := statetest.Shop()
	shop.Submissions = []string{""}
	one := shop
	one.Addresses = []string{"a1"}
	clicks := one
	clicks.Only = []statetest.Kind{statetest.Clicks, statetest.Clicks, statetest.Clicks, statetest.Signups, statetest.Purchases}
	years := one
	years.Days = 20 * 365
	years.Only = clicks.Only
	sparse := years // epochs end and begin anew, in the middle of runs of clicks too
	sparse.Days = 60 * 365
	sparse.Only = []statetest.Kind{statetest.Clicks, statetest.Clicks, statetest.Clicks, statetest.Clicks, statetest.Signups}
	wiped := one
	wiped.Only = []statetest.Kind{statetest.Clicks, statetest.Clicks, statetest.Clicks, statetest.Unsubscribes, statetest.Signups}
	wiped.Days = 12 * 365
	return []lot{
		{"shop", 120, shop}, {"one address", 120, one}, {"clicks", 200, clicks}, {"twenty years", 200, years}, {"wiped", 200, wiped},
		{"sixty sparse years", 250, sparse},
	}
}

// A pair is one set of facts twice: compacted, and whole.
type pair struct {
	policy          *rules.Policy
	compacted, full state.Contact
}

func newPair(source statetest.Source, facts []state.Fact) pair {
	p := pair{policy: drawPolicy(source), compacted: statetest.Fold(facts), full: state.Uncompacted(facts)}
	for _, c := range []*state.Contact{&p.compacted, &p.full} {
		for i := range c.Uses {
			c.Uses[i].Answered = true
		}
	}
	return p
}

func drawPolicy(source statetest.Source) *rules.Policy {
	p := rules.Default()
	s := &p.Versions[0].Settings
	on := func() bool { return source.Int(0, 1) == 1 }
	s.RetentionYears = source.Int(1, 3)
	s.LoginCountsAsContact, s.ServiceClickCountsAsContact, s.AttendanceCountsAsContact = on(), on(), on()
	s.WelcomeRamp, s.UnsubscribeConfirmation, s.ReviewStrict = on(), on(), on()
	s.AnyObjectionClosesAll, s.ComplaintNeedsConfirmation = on(), on()
	s.SoftOptInWindowMonths = 12 * source.Int(0, 1)
	s.SuppressionTTLYears = 3 * source.Int(0, 1)
	return p
}

// moments are instants at or after the horizon to decide at.
func (p *pair) moments(source statetest.Source) []state.Instant {
	first := p.compacted.Horizon
	if first == state.Unset {
		first = statetest.Start
	}
	moments := []state.Instant{first}
	for range 6 {
		moments = append(moments, first+state.Instant(source.Int(0, 4*365*24))*statetest.Hour)
	}
	return moments
}

const forEver = state.Never - 1

func (p *pair) decide(at state.Instant) (compacted, full rules.Decision) {
	return rules.Standing(p.policy, "default", &p.compacted, at, forEver), rules.Standing(p.policy, "default", &p.full, at, forEver)
}

// said is what a verdict promises to its reader.
type said struct {
	Row        string
	Allowed    bool
	ByLaw      bool
	Basis      state.Basis
	Reason     state.Reason
	Families   string
	ValidUntil state.Instant
}

func sayings(d rules.Decision) (all []said) {
	for _, v := range d.Verdicts {
		all = append(all, said{
			fmt.Sprintf("%v/%v/%q/%q", v.Channel, v.Kind, v.Address, v.Brand),
			v.Allowed, v.AllowedByLaw, v.Basis, v.Reason, fmt.Sprint(v.Families), v.Until,
		})
	}
	return all
}

func TestCompactionChangesNoDecision(t *testing.T) {
	for _, lot := range histories() {
		t.Run(lot.name, func(t *testing.T) {
			compacted := 0
			for seed := range seeds(40) {
				source := statetest.Seed(seed)
				facts := statetest.Facts(source, lot.pools, source.Int(20, lot.facts))
				p := newPair(source, facts)
				if !p.compacted.Compacted || p.compacted.Saturated {
					continue
				}
				compacted++ // and nothing was dropped
				for _, at := range p.moments(source) {
					p.noLaxer(t, seed, at)
					if p.mergedAcrossWipe() {
						continue
					}
					got, want := p.decide(at)
					if diff := cmp.Diff(sayings(want), sayings(got)); diff != "" {
						t.Fatalf("seed %d at %v: the compacted contact differs (-full +compacted):\n%s", seed, at, diff)
					}
					if got.Retention.ExpiresAt != want.Retention.ExpiresAt {
						t.Fatalf("seed %d at %v: expires %v, over all facts %v", seed, at, got.Retention.ExpiresAt, want.Retention.ExpiresAt)
					}
				}
			}
			t.Logf("%d contacts were compacted within the limits", compacted)
		})
	}
}

// mergedAcrossWipe reports whether facts before and after a wipe are one now.
// Where the clock of such a contact rests on facts that reset nothing, it
// counts from the wipe and not from the first of them after it: it may end
// earlier, by less than a year.
func (p *pair) mergedAcrossWipe() bool {
	for i := range p.compacted.Facts {
		u := p.compacted.Facts[i].Unsubscribe
		if u == nil || u.Kind != state.UnsubscribePurged && u.Kind != state.UnsubscribeErasure {
			continue
		}
		wipe := p.compacted.Facts[i].OccurredAt
		if u.PurgedBefore != state.Unset {
			wipe = u.PurgedBefore
		}
		for j := range p.compacted.Facts {
			if f := &p.compacted.Facts[j]; f.Since <= wipe+statetest.Day && wipe <= f.OccurredAt && f.Unsubscribe == nil && f.Since != f.OccurredAt {
				return true
			}
		}
	}
	return false
}

func TestCompactionIsNeverLaxer(t *testing.T) {
	for _, lot := range slices.Concat(lots(), histories()) {
		t.Run(lot.name, func(t *testing.T) {
			for seed := range seeds(5) {
				source := statetest.Seed(seed)
				lot.pools.Coherent = seed%2 == 0
				facts := statetest.Facts(source, lot.pools, source.Int(60, lot.facts))
				p := newPair(source, facts)
				for _, at := range p.moments(source) {
					p.noLaxer(t, seed, at)
					p.noLaxerWhenAsked(t, source, lot.pools, seed, at)
				}
			}
		})
	}
}

func (p *pair) noLaxer(t *testing.T, seed uint64, at state.Instant) {
	t.Helper()
	got, want := p.decide(at)
	for _, v := range got.Verdicts {
		q := rules.Question{Kind: v.Kind, Channel: v.Channel, Address: v.Address, Brand: v.Brand}
		if v.Allowed && !p.fullAllows(at, q) {
			t.Fatalf("seed %d at %v, level %d: %+v is allowed (%v), over all facts it is not", seed, at, p.compacted.Level, q, v.Reason)
		}
	}
	if got.Retention.Known && got.Retention.ExpiresAt > want.Retention.ExpiresAt {
		t.Fatalf("seed %d at %v, level %d: expires %v, over all facts %v", seed, at, p.compacted.Level, got.Retention.ExpiresAt, want.Retention.ExpiresAt)
	}
}

// noLaxerWhenAsked compares answers to single questions, which may name what
// the standing eligibility leaves open.
func (p *pair) noLaxerWhenAsked(t *testing.T, source statetest.Source, pools statetest.Pools, seed uint64, at state.Instant) {
	t.Helper()
	for range 12 {
		q := rules.Question{
			Kind: state.MessageKind(source.Int(1, int(state.MessageWelcome))), Channel: state.Channel(source.Int(1, 3)),
			Address: pools.Addresses[source.Int(0, len(pools.Addresses)-1)], Brand: pools.Brands[source.Int(0, len(pools.Brands)-1)],
			Family: pools.Families[source.Int(0, len(pools.Families)-1)], OrderRef: fmt.Sprintf("o%d", source.Int(0, 80)),
			Incentive: source.Int(0, 1) == 1, PromotionalContent: source.Int(0, 1) == 1,
		}
		v := rules.Decide(p.policy, "default", &p.compacted, at, forEver, q)
		if v.Allowed && !p.fullAllows(at, q) {
			t.Fatalf("seed %d at %v, level %d: asked %+v it is allowed (%v), over all facts it is not", seed, at, p.compacted.Level, q, v.Reason)
		}
	}
}

// fullAllows reports whether the contact with all facts allows the same, at
// whatever hour of the day.
func (p *pair) fullAllows(at state.Instant, q rules.Question) bool {
	v := rules.Decide(p.policy, "default", &p.full, at, forEver, q)
	return v.Allowed || v.Reason == state.ReasonHours || v.Reason == state.ReasonFrequency430
}
