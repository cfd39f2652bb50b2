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
	out.PolicyVersion = p.Versions[d.view.version].Name
	out.Retention = d.view.retention()
	d.rest = d.restOf(out)
	d.ask.q = Question{}
	d.next, out.Verdicts = d.next[:0], out.Verdicts[:0]
	for _, address := range d.shownAddresses() {
		d.addRows(out, address, "")
		for _, brand := range d.shownBrands() {
			d.addRows(out, address, brand)
		}
	}
	d.stand(out)
	d.findUntil(out.Verdicts)
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
func (d *Decider) addRows(out *Decision, address, brand string) {
	out.Verdicts = slices.Grow(out.Verdicts, rowsPerBrand)
	for channel := state.ChannelEmail; channel <= state.ChannelPhone; channel++ {
		d.ask.about(channel, address, brand)
		for _, kind := range kindsOn[channel] {
			n := len(out.Verdicts)
			out.Verdicts = out.Verdicts[:n+1]
			d.next = append(d.next, d.answerRow(&out.Verdicts[n], kind))
		}
	}
}

// answerRow answers into a row that may hold another contact's, and returns the
// first instant at which the answer may differ.
func (d *Decider) answerRow(v *Verdict, kind state.MessageKind) state.Instant {
	a := &d.ask
	cited := len(a.cited)
	out := d.answer(kind, false)
	v.Kind, v.Channel, v.Address, v.Brand = kind, a.q.Channel, a.q.Address, a.q.Brand
	v.Applicable, v.Until = true, state.Never
	a.tell(v, &out, cited)
	return a.next
}

// findUntil looks at the rows from each later instant at which one may differ,
// until every row has changed or can change no more.
func (d *Decider) findUntil(rows []Verdict) {
	noted := d.ask.marks()
	for at := min(d.rest.next, slices.Min(d.next)); at != state.Never; {
		d.moveTo(at)
		d.rest.lookAgain(&d.view)
		after := d.rest.next
		for i, next := range d.next {
			if next == at {
				next = d.lookAgain(&rows[i], at)
				d.next[i] = next
			}
			after = min(after, next)
		}
		d.ask.backTo(noted)
		at = after
	}
}

// rest is what a decision tells beside its rows: where the clock stands, and
// which version of the policy judges.
type rest struct {
	retention Retention
	next      state.Instant // first instant at which it may differ
	until     state.Instant // first instant at which it does
}

func (d *Decider) restOf(out *Decision) rest {
	return rest{retention: out.Retention, next: d.view.next, until: d.lens.to(d.view.version)}
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

// lookAgain evaluates a row at an instant at which it may differ, and returns
// the next such instant.
func (d *Decider) lookAgain(row *Verdict, at state.Instant) state.Instant {
	if d.view.overtakes(row.Kind, row.Reason) {
		row.Until = at
		return state.Never
	}
	d.ask.about(row.Channel, row.Address, row.Brand)
	rests := d.ask.rests
	if later := d.answer(row.Kind, false); !d.ask.says(row, &later) {
		d.ask.rests = rests // whatever else may be said by then, the row ends no earlier
		row.Until = at
		return state.Never
	}
	return d.ask.next
}

// collect keeps the rows that are shown: all without a brand, and those of a
// brand where they differ from them. A row that is not shown still counts for
// when the decision changes.
func (d *Decider) collect(out *Decision) {
	out.Next = d.rest.until
	shown := 0
	plain := 0 // first row of the address with no brand
	for block := 0; block < len(out.Verdicts); block += rowsPerBrand {
		branded := out.Verdicts[block].Brand != ""
		if !branded {
			plain = shown
		}
		for i := range rowsPerBrand {
			v := &out.Verdicts[block+i]
			out.Next = min(out.Next, v.Until)
			if branded && !differ(v, &out.Verdicts[plain+i]) {
				continue
			}
			if shown != block+i {
				out.Verdicts[shown] = *v
			}
			shown++
		}
	}
	out.Verdicts = out.Verdicts[:shown]
}

// rowsPerBrand is how many kinds have a meaning on some channel.
var rowsPerBrand = len(kindsOn[state.ChannelEmail]) + len(kindsOn[state.ChannelSMS]) + len(kindsOn[state.ChannelPhone])
