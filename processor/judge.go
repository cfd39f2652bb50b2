package processor

import (
	"time"

	"consentstream/state"
	"consentstream/state/rules"
)

// refreshAhead is how long before a published until an allowed row whose true
// until is later is published again.
const refreshAhead = 7 * 24 * time.Hour

// Judge decides what must be published about a contact. It keeps buffers
// between calls: one Judge serves one goroutine, and what Settle returns is
// valid until its next call.
type Judge struct {
	policy   *rules.Policy
	decider  rules.Decider
	decision rules.Decision
	rows     []state.Row
	compared comparison
	changes  Changes
	evidence evidenceIndex
	digest   []byte
}

// NewJudge returns a judge for a policy.
func NewJudge(policy *rules.Policy) *Judge { return &Judge{policy: policy} }

// Policy returns the policy that the judge applies.
func (j *Judge) Policy() *rules.Policy { return j.policy }

// Occasion is why and when a contact is looked at.
type Occasion struct {
	At          state.Instant // t of the decision
	Known       state.Instant // k of the decision
	Cause       state.Cause
	EffectiveAt state.Instant
	// Withhold leaves out rows that would be newly allowed: something that
	// could deny them is not read yet.
	Withhold bool
	// ReadUpTo is the instant up to which every input is known to be read: an
	// expiry due later is not announced yet (the purge guard).
	ReadUpTo state.Instant
	// Due is the contact's own timer where that has come; state.Unset otherwise.
	Due state.Instant
	// Erasure is the instant of an erasure that this occasion folded in;
	// state.Unset when there is none.
	Erasure state.Instant
}

// Changes is what Settle found to publish.
type Changes struct {
	// Eligibility is nil when the standing eligibility does not differ.
	Eligibility *state.EligibilityChanged
	Retention   []state.RetentionExpiry
	// Withheld tells that a row was left out and the contact must be looked
	// at again once more is read.
	Withheld bool

	record state.EligibilityChanged
}

// Settle decides about the contact, updates what is published and its timer,
// and returns the records that say so. The caller stores the contact in the
// same transaction as the records.
func (j *Judge) Settle(key state.Key, c *state.Contact, o Occasion) *Changes {
	j.changes.Eligibility, j.changes.Retention, j.changes.Withheld = nil, j.changes.Retention[:0], false
	j.decider.Standing(j.policy, key.Controller, c, o.At, o.Known, &j.decision)
	j.settleEligibility(key, c, o)
	j.settleRetention(key, c, o)
	c.Timer = j.timer(key.Controller, c, o)
	return &j.changes
}

// settleEligibility publishes the standing eligibility when it differs.
func (j *Judge) settleEligibility(key state.Key, c *state.Contact, o Occasion) {
	verdicts := j.visible(c, o)
	j.compared.compare(c.Published.Rows, verdicts)
	cause := o.Cause
	switch {
	case c.Published.Sequence == 0, len(j.compared.changed) > 0, j.compared.earlier:
	case j.compared.refreshAt <= o.At:
		cause = state.Cause{Kind: state.CauseDeadline, Partition: -1, Offset: -1}
	default:
		return
	}
	j.publish(key, c, o, cause, verdicts)
}

// visible returns the verdicts that may be shown on this occasion.
func (j *Judge) visible(c *state.Contact, o Occasion) []rules.Verdict {
	verdicts := j.decision.Verdicts
	if !o.Withhold {
		return verdicts
	}
	kept := verdicts[:0]
	for i := range verdicts {
		v := &verdicts[i]
		if v.Allowed && !wasAllowed(c.Published.Rows, v) {
			j.changes.Withheld = true
			continue
		}
		kept = append(kept, *v)
	}
	j.decision.Verdicts = kept
	return kept
}

func wasAllowed(rows []state.Row, v *rules.Verdict) bool {
	for i := range rows {
		if compareRow(&rows[i], v) == 0 {
			return rows[i].Allowed
		}
	}
	return false
}

// publish fills the record and stores it as what was last published.
func (j *Judge) publish(key state.Key, c *state.Contact, o Occasion, cause state.Cause, verdicts []rules.Verdict) {
	record := &j.changes.record
	record.Changed = j.compared.changed
	j.compared.refreshAt = state.Never // what is published now holds as long as it truly does
	c.Published.Sequence++
	c.Published.DecidedAt = o.At
	c.Published.Rows = storeRows(c.Published.Rows, verdicts)

	record.Key = key
	record.Sequence = c.Published.Sequence
	record.EffectiveAt, record.DecidedAt = o.EffectiveAt, o.At
	record.Cause = cause
	record.PolicyVersion = j.decision.PolicyVersion
	record.RetentionExpiresAt = state.Never
	if j.decision.Retention.Known {
		record.RetentionExpiresAt = j.decision.Retention.ExpiresAt
	}
	j.evidence.reset(len(c.Facts))
	record.Verdicts = record.Verdicts[:0]
	for i := range verdicts {
		record.Verdicts = append(record.Verdicts, state.PublishedVerdict{
			Row: c.Published.Rows[i], Rules: verdicts[i].Rules, Evidence: j.evidence.cite(c, verdicts[i].Evidence),
		})
	}
	record.Evidence = j.evidence.list
	record.EventID = j.eligibilityID(record)
	j.changes.Eligibility = record
}

// timer returns when the contact must be looked at again with no new fact.
func (j *Judge) timer(controller string, c *state.Contact, o Occasion) state.Instant {
	next := j.decision.Next
	next = min(next, j.compared.refreshAt)
	next = min(next, j.nextStage(controller, c, o.At))
	if j.changes.Withheld {
		next = min(next, heldSince(o))
	}
	return next
}

// heldSince is the deadline that a withheld row waits behind: it stays due, so
// that the contact is looked at again as soon as more is read.
func heldSince(o Occasion) state.Instant {
	if o.Due != state.Unset {
		return o.Due
	}
	return o.At
}

// moved reports whether the standing eligibility differs from that of the call
// before, or from what was last published when there was none.
func (j *Judge) moved(controller string, c *state.Contact, at, known state.Instant) bool {
	j.decider.Standing(j.policy, controller, c, at, known, &j.decision)
	if !differs(j.rows, j.decision.Verdicts) {
		return false
	}
	j.rows = storeRows(j.rows, j.decision.Verdicts)
	return true
}

// LastMove returns the last instant in (from, to] at which the standing
// eligibility moved with no new fact; to when it did not move.
func (j *Judge) LastMove(controller string, c *state.Contact, from, to, known state.Instant) state.Instant {
	last := to
	found := false
	j.decider.Standing(j.policy, controller, c, from, known, &j.decision)
	j.rows = storeRows(j.rows, j.decision.Verdicts)
	for at := j.decision.Next; at <= to && at != state.Never; at = j.decision.Next {
		j.decider.Standing(j.policy, controller, c, at, known, &j.decision)
		if differs(j.rows, j.decision.Verdicts) {
			last, found = at, true
		}
		j.rows = storeRows(j.rows, j.decision.Verdicts)
	}
	if !found {
		return to
	}
	return last
}
