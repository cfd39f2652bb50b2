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
	out.Next = d.view.next
	d.rows = d.rows[:0]
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
	uses := d.book.addresses
	if len(uses) == 0 {
		return []string{""}
	}
	if len(uses) > maxAddresses {
		slices.SortFunc(uses, func(a, b use) int {
			return cmp.Or(cmp.Compare(b.last, a.last), cmp.Compare(a.address, b.address))
		})
		uses = uses[:maxAddresses]
	}
	return sortedAddresses(uses)
}

func sortedAddresses(uses []use) []string {
	names := make([]string, len(uses))
	for i := range uses {
		names[i] = uses[i].address
	}
	slices.Sort(names)
	return names
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
			q := Question{Kind: kind, Channel: channel, Address: address, Brand: brand}
			verdict, next := d.answer(q, false)
			d.rows = append(d.rows, pendingRow{q, verdict, next})
		}
	}
}

// findUntil looks at the rows from each later instant at which one may differ,
// until every row has changed or can change no more.
func (d *Decider) findUntil() {
	for {
		at := state.Never
		for i := range d.rows {
			at = min(at, d.rows[i].next)
		}
		if at == state.Never {
			return
		}
		d.moveTo(at)
		for i := range d.rows {
			if d.rows[i].next == at {
				d.look(&d.rows[i], at)
			}
		}
	}
}

// look evaluates a row again at an instant at which it may differ.
func (d *Decider) look(row *pendingRow, at state.Instant) {
	evidence, families := len(d.evidence), len(d.families)
	later, next := d.answer(row.question, false)
	if differ(&row.verdict, &later) {
		row.verdict.Until, next = at, state.Never
	}
	row.next = next
	d.evidence, d.families = d.evidence[:evidence], d.families[:families]
}

// collect writes the rows that are shown: all without a brand, and those of a
// brand where they differ from them. A row that is not shown still counts for
// when the decision changes.
func (d *Decider) collect(out *Decision) {
	out.Verdicts = out.Verdicts[:0]
	plain := 0
	for i := range d.rows {
		row := &d.rows[i]
		out.Next = min(out.Next, row.verdict.Until)
		if row.question.Brand == "" {
			if i == 0 || d.rows[i-1].question.Brand != "" || d.rows[i-1].question.Address != row.question.Address {
				plain = i
			}
			out.Verdicts = append(out.Verdicts, row.verdict)
			continue
		}
		if differ(&row.verdict, &d.rows[plain+(i-plain)%rowsPerBrand].verdict) {
			out.Verdicts = append(out.Verdicts, row.verdict)
		}
	}
}

// rowsPerBrand is how many kinds have a meaning on some channel.
var rowsPerBrand = len(kindsOn[state.ChannelEmail]) + len(kindsOn[state.ChannelSMS]) + len(kindsOn[state.ChannelPhone])
