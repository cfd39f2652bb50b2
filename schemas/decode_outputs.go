package schemas

import (
	"math"
	"strconv"
	"strings"

	"consentstream/state"
)

// noLimit is the limit of strings in records that we have written ourselves.
const noLimit = math.MaxInt

func (c *cursor) eligibility(v *state.EligibilityChanged) {
	v.EventID = c.text("event_id", noLimit)
	v.Key.Contact = c.text("contact_id", noLimit)
	v.Key.Controller = c.text("controller", noLimit)
	v.Sequence = c.long()
	v.EffectiveAt = state.Instant(c.long())
	v.DecidedAt = state.Instant(c.long())
	c.cause(&v.Cause)
	v.PolicyVersion = c.text("policy_version", noLimit)
	v.Evidence = items(c, v.Evidence, (*cursor).evidence)
	v.Verdicts = items(c, v.Verdicts, (*cursor).verdict)
	v.Changed = items(c, v.Changed, (*cursor).change)
	v.RetentionExpiresAt = c.instantOrNever()
}

func (c *cursor) cause(v *state.Cause) {
	v.Kind = symbol(c, causeKinds)
	v.EventID = c.optionalText("cause.event_id", noLimit)
	v.Topic = c.optionalText("cause.topic", noLimit)
	v.Partition = int32(c.optionalCount(math.MaxInt32))
	v.Offset = c.optionalCount(math.MaxInt64)
}

// optionalCount reads a null or number; null is -1.
func (c *cursor) optionalCount(most int64) int64 {
	if !c.present() {
		return -1
	}
	return c.count(most)
}

func (c *cursor) count(most int64) int64 {
	n := c.long()
	if n < 0 || n > most {
		c.violate(FaultInvalid, "", "a count is out of range")
		return 0
	}
	return n
}

// instantOrNever reads a null or timestamp; null is state.Never.
func (c *cursor) instantOrNever() state.Instant {
	if !c.present() {
		return state.Never
	}
	return state.Instant(c.long())
}

func (c *cursor) instantOrUnset() state.Instant {
	if !c.present() {
		return state.Unset
	}
	return state.Instant(c.long())
}

// items reads an array into old, from its start.
func items[T any](c *cursor, old []T, item func(*cursor, *T)) []T {
	out := old[:0]
	for n := c.block(); n > 0; n = c.block() {
		for ; n > 0 && c.broken == nil; n-- {
			var v T
			item(c, &v)
			out = append(out, v)
		}
	}
	return orNil(out)
}

func (c *cursor) evidence(v *state.Evidence) {
	v.EventID = c.text("evidence.event_id", noLimit)
	v.Topic = c.text("evidence.topic", noLimit)
	v.Source = c.text("evidence.source", noLimit)
}

func (c *cursor) verdict(v *state.PublishedVerdict) {
	v.Kind = symbol(c, messageKinds)
	v.Channel = symbol(c, channels)
	v.Address = c.text("verdicts.address_key", noLimit)
	v.Brand = c.text("verdicts.brand", noLimit)
	v.Allowed = c.boolean()
	v.AllowedByLaw = c.boolean()
	v.Basis = symbol(c, bases)
	v.Reason = c.reasonSymbol()
	v.Rules = items(c, nil, (*cursor).rule)
	v.Until = c.instantOrNever()
	v.Families = items(c, nil, (*cursor).family)
	v.Evidence = items(c, nil, (*cursor).evidencePosition)
}

// reasonSymbol reads a reason. A reason from a later version is none here.
func (c *cursor) reasonSymbol() state.Reason {
	reason, _ := state.ParseReason(c.text("verdicts.reason", noLimit))
	return reason
}

func (c *cursor) rule(v *uint8) {
	number, err := strconv.ParseUint(strings.TrimPrefix(c.text("verdicts.rules", noLimit), "R"), 10, 8)
	if err != nil {
		c.violate(FaultInvalid, "verdicts.rules", "expected R and a number up to 255")
	}
	*v = uint8(number)
}

func (c *cursor) family(v *string) { *v = c.text("verdicts.families", noLimit) }

func (c *cursor) evidencePosition(v *int32) { *v = int32(c.count(math.MaxInt32)) }

func (c *cursor) change(v *state.VerdictChange) {
	v.Kind = symbol(c, messageKinds)
	v.Channel = symbol(c, channels)
	v.Address = c.text("changed.address_key", noLimit)
	v.Brand = c.text("changed.brand", noLimit)
	if v.HasBefore = c.present(); v.HasBefore {
		v.Before = c.boolean()
	}
	v.After = c.boolean()
}

func (c *cursor) retention(v *state.RetentionExpiry) {
	v.EventID = c.text("event_id", noLimit)
	v.Key.Contact = c.text("contact_id", noLimit)
	v.Key.Controller = c.text("controller", noLimit)
	v.Sequence = c.long()
	v.PolicyVersion = c.text("policy_version", noLimit)
	v.Stage = symbol(c, stages)
	v.Action = symbol(c, actions)
	v.DueAt = state.Instant(c.long())
	v.EmittedAt = state.Instant(c.long())
	v.LastContactAt = c.instantOrUnset()
	v.LastContactEventID = c.optionalText("last_contact_event_id", noLimit)
	v.ArchiveUntil = c.instantOrUnset()
	v.Keep = items(c, v.Keep, (*cursor).keep)
}

func (c *cursor) keep(v *state.Keep) {
	v.What = symbol(c, keepWhats)
	v.Until = c.instantOrNever()
}
