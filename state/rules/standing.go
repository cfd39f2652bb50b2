package rules

import (
	"cmp"
	"slices"

	"consentstream/state"
)

// maxAddresses is how many addresses the standing eligibility shows: the most
// recently used ones. The rest is answered by Decide.
const maxAddresses = 8

// Standing writes the standing eligibility of a contact into out, whose slices
// it reuses. It leaves out what only the hand-off knows (see Decide).
func (d *Decider) Standing(p *Policy, controller string, c *state.Contact, at, known state.Instant, out *Decision) {
	d.open(p, controller, c, at, known)
	out.PolicyVersion = p.Versions[d.lens.version(at)].Name
	out.Retention = d.view.retention()
	d.rest = rest{retention: out.Retention, next: d.view.next, until: d.lens.to(d.lens.version(at))}
	d.rows = d.rows[:0]
	d.ask.memory = &d.memory
	for _, address := range d.shownAddresses() {
		d.addRows(address, "")
		for _, brand := range d.shownBrands() {
			d.addRows(address, brand)
		}
	}
	d.findUntil()
	d.collect(out)
}

// retention is the clock as others see it.
func (v *view) retention() Retention {
	c := &v.clock
	r := Retention{
		Known: c.running, ExpiresAt: c.expires, WarnAt: c.warns,
		AnchorAt: state.Unset, Anchor: -1, EpochAt: c.epochAt,
	}
	if c.anchor >= 0 {
		r.AnchorAt, r.Anchor = min(c.anchorAt, v.book.contact.Facts[c.anchor].OccurredAt), int(c.anchor)
	}
	return r
}

// shownAddresses are the addresses that get rows, in order; "" when facts name none.
func (d *Decider) shownAddresses() []string {
	d.addresses = d.addresses[:0]
	uses := d.book.addresses
	if len(uses) == 0 {
		d.addresses = append(d.addresses, "")
	}
	if len(uses) > maxAddresses {
		slices.SortFunc(uses, func(a, b use) int {
			return cmp.Or(cmp.Compare(b.last, a.last), cmp.Compare(a.address, b.address))
		})
		uses = uses[:maxAddresses]
	}
	for i := range uses {
		d.addresses = append(d.addresses, uses[i].address)
	}
	slices.Sort(d.addresses)
	return d.addresses
}

// shownBrands are the brands that may have verdicts of their own. Only a yes
// and an objection that lists brands know brands (R4).
func (d *Decider) shownBrands() []string {
	if len(d.book.brands) == 0 {
		return nil
	}
	matters := len(d.book.yeses) > 0
	for i := range d.book.negatives {
		matters = matters || len(d.book.negatives[i].brands) > 0
	}
	if !matters {
		return nil
	}
	slices.Sort(d.book.brands)
	return d.book.brands
}

// addRows evaluates all kinds on all channels.
func (d *Decider) addRows(address, brand string) {
	for channel := state.ChannelEmail; channel <= state.ChannelPhone; channel++ {
		for _, kind := range kindsOn[channel] {
			d.rows = append(d.rows, pendingRow{})
			row := &d.rows[len(d.rows)-1]
			row.next = d.answer(&row.verdict, &Question{Kind: kind, Channel: channel, Address: address, Brand: brand}, false)
		}
	}
}

// findUntil looks at the rows from each later instant at which one may differ,
// until every row has changed or can change no more.
func (d *Decider) findUntil() {
	for {
		at := d.rest.next
		for i := range d.rows {
			at = min(at, d.rows[i].next)
		}
		if at == state.Never {
			return
		}
		d.moveTo(at)
		d.rest.lookAgain(&d.view)
		for i := range d.rows {
			if d.rows[i].next == at {
				d.lookAgain(&d.rows[i], at)
			}
		}
	}
}

// rest is what a decision tells beside its rows: where the clock stands, and
// which version of the policy judges.
type rest struct {
	retention Retention
	next      state.Instant // first instant at which it may differ
	until     state.Instant // first instant at which it does
}

func (r *rest) lookAgain(v *view) {
	if r.next != v.t {
		return
	}
	r.next = v.next
	if v.retention() != r.retention {
		r.until, r.next = min(r.until, v.t), state.Never
	}
}

// lookAgain evaluates a row at an instant at which it may differ.
func (d *Decider) lookAgain(row *pendingRow, at state.Instant) {
	evidence, families := len(d.evidence), len(d.families)
	v := &row.verdict
	var later Verdict
	row.next = d.answer(&later, &Question{Kind: v.Kind, Channel: v.Channel, Address: v.Address, Brand: v.Brand}, false)
	if differ(v, &later) {
		v.Until, row.next = at, state.Never
	}
	d.evidence, d.families = d.evidence[:evidence], d.families[:families]
}

// collect writes the rows that are shown: all without a brand, and those of a
// brand where they differ from them. A row that is not shown still counts for
// when the decision changes.
func (d *Decider) collect(out *Decision) {
	out.Verdicts, out.Next = out.Verdicts[:0], d.rest.until
	plain := 0 // first row of the address with no brand
	for block := 0; block < len(d.rows); block += rowsPerBrand {
		branded := d.rows[block].verdict.Brand != ""
		if !branded {
			plain = block
		}
		for i := range rowsPerBrand {
			v := &d.rows[block+i].verdict
			out.Next = min(out.Next, v.Until)
			if !branded || differ(v, &d.rows[plain+i].verdict) {
				out.Verdicts = append(out.Verdicts, *v)
			}
		}
	}
}

// rowsPerBrand is how many kinds have a meaning on some channel.
var rowsPerBrand = len(kindsOn[state.ChannelEmail]) + len(kindsOn[state.ChannelSMS]) + len(kindsOn[state.ChannelPhone])
