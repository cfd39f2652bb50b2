package processor

import (
	"fmt"
	"iter"
	"testing"

	"consentstream/processor/generate"
	"consentstream/schemas"
	"consentstream/state"
	"consentstream/state/rules"
)

// A deadline that goes on from the last decision publishes what one that starts
// over does, record for record, over the years of a shop and two policies.
func TestDeadlinesGoOnFromTheLastDecision(t *testing.T) {
	changing := rules.Default()
	later := changing.Versions[0]
	later.Name, later.EffectiveFrom = "later", generate.DefaultUntil-300*24*3_600_000
	later.Settings.RetentionYears, later.Settings.WarningDays, later.Settings.WelcomeRamp = 2, 3, true
	changing.Versions = append(changing.Versions, later)
	for name, policy := range map[string]*rules.Policy{"default": rules.Default(), "changing": changing} {
		t.Run(name, func(t *testing.T) {
			got, want := shopLives(policy, false), shopLives(policy, true)
			if len(got) != len(want) || len(got) < 1000 {
				t.Fatalf("%d records, want %d", len(got), len(want))
			}
			for i := range want {
				if got[i] != want[i] {
					t.Fatalf("record %d:\n%s\nwant\n%s", i, got[i], want[i])
				}
			}
		})
	}
}

// shopLives returns what is published about the contacts of a shop up to some
// years after its last fact; startOver makes every deadline decide from the start.
func shopLives(policy *rules.Policy, startOver bool) (published []string) {
	v := virtual{judge: NewJudge(policy), emit: func(p Publication) {
		if p.Eligibility != nil {
			published = append(published, fmt.Sprintf("%+v", *p.Eligibility))
		} else {
			published = append(published, fmt.Sprintf("%+v", *p.Retention))
		}
	}}
	fire := func(key state.Key, c *state.Contact, to state.Instant) {
		for c.Timer <= to {
			if startOver {
				v.forget()
			}
			v.fire(key, c)
		}
	}
	for key, facts := range shopFacts() {
		c := state.NewContact()
		v.forget()
		for i := range facts {
			f := &facts[i]
			fire(key, &c, f.RecordedAt)
			v.fold(key, &c, arrival{fact: f, at: f.RecordedAt, topic: f.Topic.String()}, func(string) ([]state.Fact, bool) { return nil, false })
		}
		fire(key, &c, generate.DefaultUntil+4*366*24*3_600_000)
	}
	return published
}

// shopFacts yields the contacts of a shop, each with its facts.
func shopFacts() iter.Seq2[state.Key, []state.Fact] {
	config := generate.Default()
	config.Events, config.Contacts = 2500, 200
	shop := generate.New(config)
	facts := map[state.Key][]state.Fact{}
	var keys []state.Key
	var record schemas.Record
	for shop.Next(&record) {
		own := record.Clone()
		if facts[own.Key] == nil {
			keys = append(keys, own.Key)
		}
		facts[own.Key] = append(facts[own.Key], own.Fact)
	}
	return func(yield func(state.Key, []state.Fact) bool) {
		for _, key := range keys {
			if !yield(key, facts[key]) {
				return
			}
		}
	}
}
