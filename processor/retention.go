package processor

import (
	"time"

	"consentstream/state"
)

// settleRetention publishes the stages of the retention clock that are reached,
// and takes back an announced expiry that a fact has proven wrong.
func (j *Judge) settleRetention(key state.Key, c *state.Contact, o Occasion) {
	r := &j.decision.Retention
	published := &c.Published.Retention
	if o.Erasure != state.Unset {
		j.stage(key, c, o, state.StageErasure, o.Erasure)
	}
	j.rescind(key, c, o)
	if o.FirstStart || !r.Known || r.ExpiresAt == state.Never {
		return
	}
	if published.WarnedFor != r.ExpiresAt && o.At >= r.WarnAt && o.At < r.ExpiresAt {
		published.WarnedFor = r.ExpiresAt
		j.stage(key, c, o, state.StageWarning, r.WarnAt)
	}
	announce := r.ExpiresAt.Add(j.grace(key.Controller, o.At))
	if published.Expired == state.Unset && o.At >= announce && o.ReadUpTo >= announce {
		published.Expired = r.ExpiresAt
		j.stage(key, c, o, state.StageExpired, r.ExpiresAt)
	}
}

// rescind takes back an announced expiry. A wipe is its acknowledgement: then
// no clock runs any more and nothing is taken back.
func (j *Judge) rescind(key state.Key, c *state.Contact, o Occasion) {
	published := &c.Published.Retention
	if published.Expired == state.Unset {
		return
	}
	r := &j.decision.Retention
	if r.Known && r.ExpiresAt == published.Expired {
		return
	}
	if r.Known {
		j.stage(key, c, o, state.StageRescinded, published.Expired)
	}
	published.Expired = state.Unset
}

// grace is the time between a deadline and the publication of its expiry.
func (j *Judge) grace(controller string, at state.Instant) time.Duration {
	return time.Duration(j.policy.At(at).For(controller).GraceHours) * time.Hour
}

// nextStage returns when the next retention stage is due.
func (j *Judge) nextStage(controller string, c *state.Contact, at state.Instant) state.Instant {
	r := &j.decision.Retention
	if !r.Known || r.ExpiresAt == state.Never {
		return state.Never
	}
	next := state.Never
	if c.Published.Retention.WarnedFor != r.ExpiresAt && at < r.WarnAt {
		next = r.WarnAt
	}
	if c.Published.Retention.Expired == state.Unset {
		next = min(next, r.ExpiresAt.Add(j.grace(controller, at)))
	}
	return next
}

// stage appends one record of retention-expiry.
func (j *Judge) stage(key state.Key, c *state.Contact, o Occasion, stage state.RetentionStage, due state.Instant) {
	c.Published.Retention.Sequence++
	if j.counting {
		j.changes.Retention = append(j.changes.Retention, state.RetentionExpiry{Stage: stage})
		return
	}
	record := state.RetentionExpiry{
		Key: key, Sequence: c.Published.Retention.Sequence, PolicyVersion: j.decision.PolicyVersion,
		Stage: stage, DueAt: due, EmittedAt: o.At, LastContactAt: state.Unset, ArchiveUntil: state.Unset,
	}
	r := &j.decision.Retention
	if r.Known && r.Anchor >= 0 {
		record.LastContactAt, record.LastContactEventID = r.AnchorAt, c.Facts[r.Anchor].ID
	}
	record.Action = state.ActionNone
	switch stage {
	case state.StageWarning:
		record.Action = state.ActionWarn
	case state.StageExpired, state.StageErasure:
		record.Keep, record.ArchiveUntil = j.archive.Archive(j.policy, key.Controller, c, *r, o.At)
		record.Action = state.ActionPurge
		if record.ArchiveUntil != state.Unset {
			record.Action = state.ActionArchiveThenPurge
		}
	}
	record.EventID = j.retentionID(&record)
	j.changes.Retention = append(j.changes.Retention, record)
}
