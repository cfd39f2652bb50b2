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

	next      []state.Instant // by row: the first instant at which it may differ
	rest      rest
	stood     stood
	addresses []string
}

// open reads the contact for an instant.
func (d *Decider) open(p *Policy, controller string, c *state.Contact, at, known state.Instant) {
	d.lens.focus(p, controller)
	d.known = known
	d.stood.whole = false
	d.book.read(c, known, d.lens.settings[d.lens.version(at)].TimeZone)
	d.view.settled = false
	d.view.look(&d.book, &d.lens, at)
	d.ask.backTo(marks{})
	d.ask.rests = 0
	d.ask.look(&d.view)
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
	d.ask.look(&d.view)
}

// Decide is the function of the same name with the Decider's buffers.
func (d *Decider) Decide(p *Policy, controller string, c *state.Contact, at, known state.Instant, q Question) Verdict {
	d.open(p, controller, c, at, known)
	q.Address = d.book.asked(q.Address)
	v := Verdict{Kind: q.Kind, Channel: q.Channel, Address: q.Address, Brand: q.Brand, Until: state.Never}
	if v.Applicable = applicable(q.Channel, q.Kind); !v.Applicable {
		return v
	}
	a := &d.ask
	a.q = q
	out := d.answer(q.Kind, true)
	a.tell(&v, &out, 0)
	for v.Until = a.next; v.Until != state.Never; v.Until = a.next {
		d.moveTo(v.Until)
		noted := a.marks()
		later := d.answer(q.Kind, true)
		if !a.says(&v, &later) {
			break
		}
		a.backTo(noted)
	}
	return v
}

// answer takes the question about a kind through the rules at the instant of
// the view. Then the ask knows the first instant at which the answer may differ,
// and has noted its evidence. handOff adds the gates that only the hand-off can
// judge.
func (d *Decider) answer(kind state.MessageKind, handOff bool) answer {
	a := &d.ask
	a.begin(kind)
	if d.beyondHorizon() {
		return answer{finding: deny(state.ReasonBeyondHorizon)}
	}
	out := a.decide()
	if handOff {
		a.handOver(&out)
	}
	return out
}

// tell writes an answer into a verdict, with the evidence noted since a mark.
func (a *ask) tell(v *Verdict, out *answer, cited int) {
	v.Allowed, v.AllowedByLaw, v.Reason = out.allowed, out.byLaw, out.reason
	v.Basis, v.Families, v.Evidence = state.BasisNone, nil, nil
	if out.byLaw {
		v.Basis, v.Families = out.basis, a.familiesOf(out.families)
	}
	v.Rules = rulesOf(v.Kind, out.reason)
	if to := len(a.cited); to > cited {
		v.Evidence = a.cited[cited:to:to]
	}
}

// says reports whether a verdict tells an answer in what a reader acts upon. A
// reason either allows or refuses, and what the law refuses has no basis.
func (a *ask) says(v *Verdict, out *answer) bool {
	return v.Reason == out.reason && v.AllowedByLaw == out.byLaw && v.Basis == out.basis && slices.Equal(v.Families, a.familiesOf(out.families))
}

func (a *ask) familiesOf(n named) []string {
	if n.from == n.to {
		return nil
	}
	return a.names[n.from:n.to:n.to]
}

// beyondHorizon reports whether the answer would need facts that were merged
// or dropped.
func (d *Decider) beyondHorizon() bool {
	horizon := d.book.contact.Horizon
	return d.known < horizon || !d.ask.reached(horizon)
}

// differ reports whether a verdict has changed in what a reader acts upon.
func differ(a, b *Verdict) bool {
	return a.Reason != b.Reason || a.AllowedByLaw != b.AllowedByLaw || a.Basis != b.Basis || !slices.Equal(a.Families, b.Families)
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
