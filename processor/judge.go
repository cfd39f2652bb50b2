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
	cut      bool // the decision is no longer as the decider left it
	archive  rules.Decider
	rows     []state.Row
	compared comparison
	course   comparison
	changes  Changes
	evidence evidenceIndex
	digest   []byte
	counting bool
}

// NewJudge returns a judge for a policy.
func NewJudge(policy *rules.Policy) *Judge { return &Judge{policy: policy} }

// CountOnly makes the records of later calls empty, but for the stage of a
// retention: for a caller who counts them and shows them to nobody.
func (j *Judge) CountOnly() { j.counting = true }

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
	// FirstStart tells that the inputs are a backlog, of which any record may
	// prove a retention stage wrong: none but an erasure is announced, and who
	// is left out is looked at when it is read.
	FirstStart bool
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

	record state.EligibilityChanged
}

// Settle decides about the contact, updates what is published and its timer,
// and returns the records that say so. The caller stores the contact in the
// same transaction as the records.
func (j *Judge) Settle(key state.Key, c *state.Contact, o Occasion) *Changes {
	j.decide(key.Controller, c, o.At, o.Known)
	return j.settle(key, c, o)
}

// SettleAgain is Settle for the contact that the last decision was about, if
// nothing was folded into it since and its memory is where it was: what a
// deadline does not touch is not decided again.
func (j *Judge) SettleAgain(key state.Key, c *state.Contact, o Occasion) *Changes {
	j.decideAgain(key.Controller, c, o.At, o.Known)
	return j.settle(key, c, o)
}

// decide writes the decision about a contact.
func (j *Judge) decide(controller string, c *state.Contact, at, known state.Instant) {
	j.decider.Standing(j.policy, controller, c, at, known, &j.decision)
	j.cut = false
}

// decideAgain takes the decision on to another instant.
func (j *Judge) decideAgain(controller string, c *state.Contact, at, known state.Instant) {
	if j.cut {
		j.decide(controller, c, at, known)
		return
	}
	j.decider.Advance(at, known, &j.decision)
}

func (j *Judge) settle(key state.Key, c *state.Contact, o Occasion) *Changes {
	j.changes.Eligibility, j.changes.Retention = nil, j.changes.Retention[:0]
	j.settleEligibility(key, c, o)
	j.settleRetention(key, c, o)
	c.Timer = j.timer(key.Controller, c, o)
	c.Published.Steady = j.steady()
	return &j.changes
}

// settleEligibility publishes the standing eligibility when it differs.
func (j *Judge) settleEligibility(key state.Key, c *state.Contact, o Occasion) {
	d := &j.compared
	d.compare(c.Published.Rows, j.decision.Verdicts, o.Withhold)
	switch {
	case c.Published.Sequence == 0, d.moved, d.earlier:
	case d.refreshAt <= o.At:
		if o.Due != state.Unset { // it is what this deadline was for
			o.EffectiveAt = max(d.refreshAt, c.Published.DecidedAt)
		}
		o.Cause = state.Cause{Kind: state.CauseDeadline, Partition: -1, Offset: -1}
	default:
		return
	}
	j.publish(key, c, o)
}

// publish stores what is decided as what was last published, with the record that
// says so.
func (j *Judge) publish(key state.Key, c *state.Contact, o Occasion) {
	record := &j.changes.record
	record.Changed = j.compared.changed
	verdicts := j.visible(&j.compared, c.Published.Rows)
	j.compared.refreshAt = state.Never // what is published now holds as long as it truly does
	c.Published.Sequence++
	c.Published.DecidedAt = o.At
	c.Published.Rows = storeRows(c.Published.Rows, verdicts)
	j.changes.Eligibility = record
	if !j.counting {
		j.fill(record, key, c, &o, verdicts)
	}
}

// fill fills the record that says what was just published.
func (j *Judge) fill(record *state.EligibilityChanged, key state.Key, c *state.Contact, o *Occasion, verdicts []rules.Verdict) {
	record.Key = key
	record.Sequence = c.Published.Sequence
	record.EffectiveAt, record.DecidedAt = o.EffectiveAt, o.At
	record.Cause = o.Cause
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
	record.EventID = j.eligibilityID(key, &c.Published)
}

// steady is what the decision stands under. Rows that were left out are told by
// nothing that is published.
func (j *Judge) steady() state.Steady {
	if j.compared.withheld {
		return 0
	}
	return j.decider.Steady()
}

// timer returns when the contact must be looked at again with no new fact.
func (j *Judge) timer(controller string, c *state.Contact, o Occasion) state.Instant {
	next := j.decision.Next
	next = min(next, j.compared.refreshAt)
	next = min(next, j.nextStage(controller, c, o.At))
	if j.compared.withheld && o.Due != state.Unset {
		// The deadline that allows stays due, so that the contact is looked
		// at again as soon as more is read.
		next = min(next, o.Due)
	}
	return next
}

// A course follows how the published map of a contact would have moved, one
// fact or one deadline after the other, to tell which of them moved it last.

// beginCourse starts it at what was last published.
func (j *Judge) beginCourse(c *state.Contact) {
	j.rows = append(j.rows[:0], c.Published.Rows...)
}

// moved takes the course to what is decided about the contact at an instant,
// and reports whether that differs, or ends earlier, from what it was.
func (j *Judge) moved(controller string, c *state.Contact, o *Occasion, at state.Instant) (differs, ends bool) {
	j.decide(controller, c, at, o.Known)
	return j.follow(o)
}

// follow takes the course to the decision.
func (j *Judge) follow(o *Occasion) (differs, ends bool) {
	d := &j.course
	d.compare(j.rows, j.decision.Verdicts, o.Withhold)
	j.rows = storeRows(j.rows, j.visible(d, j.rows))
	return d.moved, d.earlier
}

// visible returns the verdicts of the decision without those that are left out,
// for which it is cut.
func (j *Judge) visible(d *comparison, rows []state.Row) []rules.Verdict {
	j.cut = j.cut || d.withheld
	return d.visible(rows, j.decision.Verdicts)
}

// lastMove returns the last instant in (from, o.At] at which the standing
// eligibility moved with no new fact; o.At when it did not move.
func (j *Judge) lastMove(controller string, c *state.Contact, o *Occasion, from state.Instant) state.Instant {
	last := o.At
	j.beginCourse(c)
	j.moved(controller, c, o, from)
	for at := j.decision.Next; at <= o.At && at != state.Never; at = j.decision.Next {
		j.decideAgain(controller, c, at, o.Known)
		if moved, _ := j.follow(o); moved {
			last = at
		}
	}
	return last
}
