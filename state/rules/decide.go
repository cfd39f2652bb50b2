package rules

import "consentstream/state"

// Decide answers one question about a contact at the instant of hand-off at,
// with what was recorded by known.
func Decide(p *Policy, controller string, c *state.Contact, at, known state.Instant, q Question) Verdict {
	return Verdict{Kind: q.Kind, Channel: q.Channel, Address: q.Address, Brand: q.Brand, Until: state.Never}
}

// Standing returns the whole standing eligibility of a contact.
func Standing(p *Policy, controller string, c *state.Contact, at, known state.Instant) Decision {
	var d Decider
	var out Decision
	d.Standing(p, controller, c, at, known, &out)
	return out
}

// Decider evaluates many contacts, reusing its buffers. It is not safe for
// concurrent use; the zero value is ready.
type Decider struct{}

// Standing writes the standing eligibility of a contact into out, reusing the
// slices that out holds.
func (d *Decider) Standing(p *Policy, controller string, c *state.Contact, at, known state.Instant, out *Decision) {
	*out = Decision{PolicyVersion: p.At(at).Name, Verdicts: out.Verdicts[:0], Next: state.Never}
}

// Clock returns where the contact stands on the retention clock (R42-R46).
func Clock(p *Policy, controller string, c *state.Contact, at, known state.Instant) Retention {
	return Retention{ExpiresAt: state.Never, WarnAt: state.Never, AnchorAt: state.Unset, Anchor: -1, EpochAt: state.Unset}
}

// Archive tells what outlives a purge at the given instant (R47, R48), and the
// latest end of what is archived, state.Unset when nothing is.
func Archive(p *Policy, controller string, c *state.Contact, r Retention, at state.Instant) (keep []state.Keep, until state.Instant) {
	return nil, state.Unset
}
