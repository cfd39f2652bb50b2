package processor

import (
	"consentstream/state"
)

// Publication is one record that would be published, on the virtual clock.
// Exactly one of Eligibility and Retention is set; both are valid only during
// the call that hands the Publication out.
type Publication struct {
	At          state.Instant
	Eligibility *state.EligibilityChanged
	Retention   *state.RetentionExpiry
}

// virtual takes contacts through time without Kafka: t = k = the clock, every
// change is published and not the net, and what another task would answer is
// answered at once.
type virtual struct {
	judge *Judge
	emit  func(Publication)
	// settled is the contact of the last decision while nothing has changed it.
	settled *state.Contact
}

// forget tells that a contact was loaded, or that its memory moved.
func (v *virtual) forget() { v.settled = nil }

// arrival is one fact on its way to one contact.
type arrival struct {
	fact  *state.Fact
	at    state.Instant // of the virtual clock
	topic string
}

// fire looks at a contact at its own timer.
func (v *virtual) fire(key state.Key, c *state.Contact) {
	at := c.Timer
	cause := state.Cause{Kind: state.CauseDeadline, Partition: -1, Offset: -1}
	if isVersionStart(v.judge.policy, at) {
		cause.Kind = state.CausePolicy
	}
	v.settle(key, c, Occasion{At: at, Known: at, Cause: cause, EffectiveAt: at, ReadUpTo: state.Never, Due: at, Erasure: state.Unset})
	if c.Timer <= at {
		c.Timer = at + 1 // a deadline that does not move would hold the clock for ever
	}
}

// fold brings one fact to a contact, with the answer of the owner of an address
// that it names for the first time, and publishes what it moves.
func (v *virtual) fold(key state.Key, c *state.Contact, a arrival, answer func(address string) (negatives []state.Fact, crowded bool)) state.Outcome {
	before := newestErasure(c)
	outcome := v.add(c, a.fact, answer)
	if outcome.Changed && !v.judge.passesOver(key.Controller, c, a.fact, a.at, outcome) {
		v.decide(key, c, a, outcome, before)
	}
	return outcome
}

// add folds one fact in, and what the owner of a new address answers.
func (v *virtual) add(c *state.Contact, f *state.Fact, answer func(address string) (negatives []state.Fact, crowded bool)) state.Outcome {
	v.forget()
	outcome := c.Add(*f)
	if outcome.FirstUse != "" {
		negatives, crowded := answer(outcome.FirstUse)
		c.Answer(outcome.FirstUse, crowded)
		for i := range negatives {
			c.Add(negatives[i])
		}
	}
	return outcome
}

// decide publishes what a fact that was added moves; before is the newest erasure
// without it.
func (v *virtual) decide(key state.Key, c *state.Contact, a arrival, outcome state.Outcome, before state.Instant) {
	erasure := state.Unset
	if outcome.Added && isErasure(a.fact) && a.fact.OccurredAt > before {
		erasure = a.fact.OccurredAt
	}
	v.settle(key, c, Occasion{
		At: a.at, Known: a.at, ReadUpTo: state.Never, Due: state.Unset, Erasure: erasure,
		EffectiveAt: effectiveAt(v.judge.policy, key.Controller, a.fact),
		Cause:       state.Cause{Kind: state.CauseEvent, EventID: a.fact.ID, Topic: a.topic, Partition: -1, Offset: -1},
	})
}

func (v *virtual) settle(key state.Key, c *state.Contact, o Occasion) {
	again := v.settled == c
	v.settled = c
	changes := v.look(again, key, c, o)
	if v.emit == nil {
		return
	}
	if changes.Eligibility != nil {
		v.emit(Publication{At: o.At, Eligibility: changes.Eligibility})
	}
	for i := range changes.Retention {
		v.emit(Publication{At: o.At, Retention: &changes.Retention[i]})
	}
}

// look decides about a contact: from the start, or again where it is as it was.
func (v *virtual) look(again bool, key state.Key, c *state.Contact, o Occasion) *Changes {
	if again {
		return v.judge.SettleAgain(key, c, o)
	}
	return v.judge.Settle(key, c, o)
}
