package schemas

import (
	"strconv"

	"consentstream/state"
)

// Hand-written encoders and decoders of the two published records. Tests hold
// the bytes to goavro's.

func (w *writer) eligibility(v *state.EligibilityChanged) {
	w.text(v.EventID)
	w.text(v.Key.Contact)
	w.text(v.Key.Controller)
	w.long(v.Sequence)
	w.long(int64(v.EffectiveAt))
	w.long(int64(v.DecidedAt))
	w.cause(&v.Cause)
	w.text(v.PolicyVersion)
	w.evidence(v.Evidence)
	w.block(len(v.Verdicts))
	for i := range v.Verdicts {
		w.verdict(&v.Verdicts[i])
	}
	w.end()
	w.block(len(v.Changed))
	for i := range v.Changed {
		w.change(&v.Changed[i])
	}
	w.end()
	w.optionalInstant(v.RetentionExpiresAt)
}

func (w *writer) cause(c *state.Cause) {
	putSymbol(w, "cause.kind", causeKinds, c.Kind)
	w.optionalText(c.EventID)
	w.optionalText(c.Topic)
	if c.Topic == "" { // what came over no topic has no place in one
		w.null()
		w.null()
		return
	}
	w.optionalCount(int64(c.Partition))
	w.optionalCount(c.Offset)
}

// optionalCount writes a union of null and number; less than 0 is null.
func (w *writer) optionalCount(n int64) {
	if n < 0 {
		w.null()
		return
	}
	w.some()
	w.long(n)
}

func (w *writer) evidence(list []state.Evidence) {
	w.block(len(list))
	for i := range list {
		w.text(list[i].EventID)
		w.text(list[i].Topic)
		w.text(list[i].Source)
	}
	w.end()
}

func (w *writer) verdict(v *state.PublishedVerdict) {
	putSymbol(w, "verdicts.message_kind", messageKinds, v.Kind)
	putSymbol(w, "verdicts.channel", channels, v.Channel)
	w.text(v.Address)
	w.text(v.Brand)
	w.boolean(v.Allowed)
	w.boolean(v.AllowedByLaw)
	putSymbol(w, "verdicts.basis", bases, v.Basis)
	w.text(v.Reason.String())
	w.rules(v.Rules)
	w.optionalInstant(v.Until)
	w.texts(v.Families)
	w.block(len(v.Evidence))
	for _, position := range v.Evidence {
		w.long(int64(position))
	}
	w.end()
}

// rules writes rule numbers as their names, R23 for 23.
func (w *writer) rules(list []uint8) {
	w.block(len(list))
	for _, number := range list {
		digits := 1
		if number >= 10 {
			digits = 2
		}
		if number >= 100 {
			digits = 3
		}
		w.long(int64(1 + digits))
		w.dst = append(w.dst, 'R')
		w.dst = strconv.AppendUint(w.dst, uint64(number), 10)
	}
	w.end()
}

func (w *writer) change(c *state.VerdictChange) {
	putSymbol(w, "changed.message_kind", messageKinds, c.Kind)
	putSymbol(w, "changed.channel", channels, c.Channel)
	w.text(c.Address)
	w.text(c.Brand)
	if c.HasBefore {
		w.some()
		w.boolean(c.Before)
	} else {
		w.null()
	}
	w.boolean(c.After)
}

func (w *writer) retention(v *state.RetentionExpiry) {
	w.text(v.EventID)
	w.text(v.Key.Contact)
	w.text(v.Key.Controller)
	w.long(v.Sequence)
	w.text(v.PolicyVersion)
	putSymbol(w, "stage", stages, v.Stage)
	putSymbol(w, "action", actions, v.Action)
	w.long(int64(v.DueAt))
	w.long(int64(v.EmittedAt))
	w.optionalInstant(v.LastContactAt)
	w.optionalText(v.LastContactEventID)
	w.optionalInstant(v.ArchiveUntil)
	w.block(len(v.Keep))
	for i := range v.Keep {
		putSymbol(w, "keep.what", keepWhats, v.Keep[i].What)
		w.optionalInstant(v.Keep[i].Until)
	}
	w.end()
}
