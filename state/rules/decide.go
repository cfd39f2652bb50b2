package rules

import (
	"slices"

	"consentstream/state"
)

// Decide answers one question about a contact: may this be sent at the instant
// of hand-off at, as far as is known at the instant known? Unlike the standing
// eligibility it also judges what only the hand-off knows: hours, the number
// of calls, the family and order of the message.
//
// Both instants must be at or after the contact's horizon; before it the
// answer is a refusal with BEYOND_HORIZON, never a guess.
func Decide(p *Policy, controller string, c *state.Contact, at, known state.Instant, q Question) Verdict {
	var d Decider
	return d.Decide(p, controller, c, at, known, q)
}

// Standing returns the whole standing eligibility of a contact.
func Standing(p *Policy, controller string, c *state.Contact, at, known state.Instant) Decision {
	var d Decider
	var out Decision
	d.Standing(p, controller, c, at, known, &out)
	return out
}

// Clock returns where the contact stands on the retention clock (R42-R46).
func Clock(p *Policy, controller string, c *state.Contact, at, known state.Instant) Retention {
	var d Decider
	d.open(p, controller, c, at, known)
	return d.view.retention()
}

// Decider evaluates contacts one after the other and keeps its buffers between
// them. What it returns is valid until its next call. The zero value is ready;
// a Decider serves one goroutine. A Policy must not be changed once it was used.
type Decider struct {
	lens  lens
	book  book
	view  view
	ask   ask
	known state.Instant

	rows      []pendingRow
	rest      rest
	addresses []string
	evidence  []int32
	families  []string
	memory    memory
}

// pendingRow is a verdict whose until is not known yet.
type pendingRow struct {
	verdict Verdict
	next    state.Instant // first instant at which it may differ
}

// open reads the contact for an instant.
func (d *Decider) open(p *Policy, controller string, c *state.Contact, at, known state.Instant) {
	d.lens.focus(p, controller)
	d.known = known
	d.evidence, d.families = d.evidence[:0], d.families[:0]
	d.book.read(c, known, d.lens.settings[d.lens.version(at)].TimeZone)
	d.view.settled = false
	d.view.look(&d.book, &d.lens, at)
	d.memory.forget()
}

// moveTo looks at the same facts from another instant, whose version of the
// policy may live in another time zone.
func (d *Decider) moveTo(at state.Instant) {
	zone := d.lens.settings[d.lens.version(at)].TimeZone
	if zone != d.book.zone {
		d.book.read(d.book.contact, d.known, zone)
		d.view.settled = false
	}
	d.view.look(&d.book, &d.lens, at)
}

// Decide is the function of the same name with the Decider's buffers.
func (d *Decider) Decide(p *Policy, controller string, c *state.Contact, at, known state.Instant, q Question) Verdict {
	d.open(p, controller, c, at, known)
	q.Address = d.book.asked(q.Address)
	d.ask.memory = nil
	var verdict, later Verdict
	next := d.answer(&verdict, &q, true)
	for next != state.Never {
		d.moveTo(next)
		evidence, families := len(d.evidence), len(d.families)
		after := d.answer(&later, &q, true)
		d.evidence, d.families = d.evidence[:evidence], d.families[:families]
		if differ(&verdict, &later) {
			break
		}
		next = after
	}
	verdict.Until = next
	return verdict
}

// answer evaluates one question at the instant of the view into v and returns
// the first instant at which the answer may differ. handOff adds the gates that
// only the hand-off can judge.
func (d *Decider) answer(v *Verdict, q *Question, handOff bool) state.Instant {
	*v = Verdict{Kind: q.Kind, Channel: q.Channel, Address: q.Address, Brand: q.Brand, Until: state.Never}
	if v.Applicable = applicable(q.Channel, q.Kind); !v.Applicable {
		return state.Never
	}
	a := &d.ask
	a.begin(&d.view, q)
	if d.beyondHorizon() {
		v.Reason, v.Rules = state.ReasonBeyondHorizon, rulesOf(q.Kind, state.ReasonBeyondHorizon)
		return a.next
	}
	out := a.decide()
	if handOff {
		a.handOver(&out)
	}
	v.Allowed, v.AllowedByLaw, v.Reason = out.allowed, out.byLaw, out.reason
	if out.byLaw {
		v.Basis, v.Families = out.basis, d.keepFamilies(out.families)
	}
	v.Rules, v.Evidence = rulesOf(q.Kind, out.reason), d.keepEvidence(a.cited)
	return a.next
}

// beyondHorizon reports whether the answer would need facts that were merged
// or dropped.
func (d *Decider) beyondHorizon() bool {
	horizon := d.book.contact.Horizon
	return d.known < horizon || !d.ask.reached(horizon)
}

func (d *Decider) keepEvidence(cited []int32) []int32 {
	if len(cited) == 0 {
		return nil
	}
	start := len(d.evidence)
	d.evidence = append(d.evidence, cited...)
	return d.evidence[start:len(d.evidence):len(d.evidence)]
}

func (d *Decider) keepFamilies(names []string) []string {
	if len(names) == 0 {
		return nil
	}
	start := len(d.families)
	d.families = append(d.families, names...)
	return d.families[start:len(d.families):len(d.families)]
}

// differ reports whether a verdict has changed in what a reader acts upon.
func differ(a, b *Verdict) bool {
	if a.Allowed != b.Allowed || a.AllowedByLaw != b.AllowedByLaw || a.Basis != b.Basis || a.Reason != b.Reason {
		return true
	}
	return !slices.Equal(a.Families, b.Families)
}

// applicable tells which kinds have a meaning on a channel.
func applicable(channel state.Channel, kind state.MessageKind) bool {
	return int(channel) < len(kindsOn) && slices.Contains(kindsOn[channel], kind)
}

var kindsOn = [...][]state.MessageKind{
	state.ChannelUnknown: nil,
	state.ChannelEmail: {
		state.MessageService, state.MessageReviewRequest, state.MessagePromotional, state.MessageNewsletter,
		state.MessageCartAbandonment, state.MessageLoyalty, state.MessageOptInBlock, state.MessageDeletionWarning,
		state.MessageUnsubscribeConfirmation, state.MessageWelcome,
	},
	state.ChannelSMS: {
		state.MessageService, state.MessagePromotional, state.MessageNewsletter, state.MessageCartAbandonment,
		state.MessageLoyalty, state.MessageDeletionWarning, state.MessageUnsubscribeConfirmation, state.MessageWelcome,
	},
	state.ChannelPhone: {
		state.MessageService, state.MessagePromotional, state.MessageCartAbandonment, state.MessageLoyalty,
	},
}
