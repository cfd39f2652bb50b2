package rules

import (
	"time"

	"consentstream/state"
)

// How long what outlives a purge is kept, in years (R47).
const (
	accountingYears = 10 // C. com. L123-22, from the end of the financial year; the six years of tax law lie within
	contractYears   = 10 // C. conso. L213-1, from conclusion or delivery
	proofYears      = 5  // C. civ. 2224, from the last day on which the basis could be used
)

// contractFloor is the price in cents from which an electronic contract with a
// consumer must be kept (decree 2005-137).
const contractFloor = 120_00

// Archive tells what outlives a purge at the given instant (R47, R48): one
// entry for each kind of thing that must still be kept, until the latest end.
// until is the latest end of what is archived, which the suppression list is
// not; state.Unset when nothing is.
func Archive(p *Policy, controller string, c *state.Contact, r Retention, at state.Instant) (keep []state.Keep, until state.Instant) {
	var d Decider
	return d.Archive(p, controller, c, r, at)
}

// Archive is the function of the same name with the Decider's buffers.
func (d *Decider) Archive(p *Policy, controller string, c *state.Contact, r Retention, at state.Instant) (keep []state.Keep, until state.Instant) {
	d.open(p, controller, c, at, state.Never)
	a := archive{view: &d.view, at: at}
	a.add(state.KeepSuppression, a.suppression())
	a.add(state.KeepAccounting, a.latestSale(a.accounting))
	a.add(state.KeepContract, a.latestSale(a.contract))
	a.add(state.KeepProof, a.proof(r))
	return a.keep, a.until()
}

type archive struct {
	view *view
	at   state.Instant
	keep []state.Keep
}

// add notes a thing that is to be kept beyond the purge.
func (a *archive) add(what state.KeepWhat, until state.Instant) {
	if until > a.at {
		a.keep = append(a.keep, state.Keep{What: what, Until: until})
	}
}

func (a *archive) until() state.Instant {
	latest := state.Unset
	for _, k := range a.keep {
		if k.What != state.KeepSuppression {
			latest = max(latest, k.Until)
		}
	}
	return latest
}

// after is the end of a term of years: what must be kept is kept for the whole
// of its last day.
func (a *archive) after(from day, years int) state.Instant {
	return (from.addYears(years) + 1).start(a.zone())
}

func (a *archive) zone() *time.Location { return a.view.settings.TimeZone }

// suppression is R48: for ever, or some years from the latest objection; a
// complaint is never forgotten (R36).
func (a *archive) suppression() state.Instant {
	latest := state.Unset
	for i := range a.view.book.negatives {
		n := &a.view.book.negatives[i]
		switch {
		case n.forwarded:
		case n.complaint, a.view.settings.SuppressionTTLYears == 0:
			return state.Never
		default:
			latest = max(latest, n.hi)
		}
	}
	if latest == state.Unset {
		return state.Unset
	}
	return dayOf(latest, a.zone()).addYears(a.view.settings.SuppressionTTLYears).start(a.zone())
}

// latestSale returns the latest end that a term gives to a sale.
func (a *archive) latestSale(term func(*sale, *state.Purchase) state.Instant) state.Instant {
	latest := state.Unset
	for i := range a.view.book.sales {
		s := &a.view.book.sales[i]
		latest = max(latest, term(s, a.view.book.contact.Facts[s.fact].Purchase))
	}
	return latest
}

// accounting is the invoice: of what the person bought at a price, even if it
// was taken back later.
func (a *archive) accounting(s *sale, p *state.Purchase) state.Instant {
	if !s.buyer || p.AmountKnown && p.AmountMinor <= 0 {
		return state.Unset
	}
	return a.after(a.fiscalYearEnd(dayOf(a.performed(s), a.zone())), accountingYears)
}

// fiscalYearEnd returns the last day of the financial year of a date.
func (a *archive) fiscalYearEnd(d day) day {
	year, _, _ := d.date()
	end := a.view.settings.FiscalYearEnd
	for ; ; year++ {
		if last := dateOf(year, end.Month, min(end.Day, daysOf(year, end.Month))); last >= d {
			return last
		}
	}
}

// contract is the electronic contract of a consumer, of a price that is over
// the floor or not told.
func (a *archive) contract(s *sale, p *state.Purchase) state.Instant {
	small := p.AmountKnown && p.AmountMinor < contractFloor
	if !s.buyer || small || p.SoldBy != state.SoldOnline || a.view.kind != state.ContactConsumer {
		return state.Unset
	}
	return a.after(dayOf(a.performed(s), a.zone()), contractYears)
}

// performed returns when a sale was concluded, delivered or ended, whichever is last.
func (a *archive) performed(s *sale) state.Instant {
	last := s.hi
	for i := range a.view.book.marks {
		m := &a.view.book.marks[i]
		if m.ref == s.ref && m.kind != state.PurchaseCancelled && m.hi <= a.at {
			last = max(last, m.hi)
		}
	}
	return last
}

// proof is what defends past messages: consents and notices that can be
// proven, from the last day on which they could be relied on.
func (a *archive) proof(r Retention) state.Instant {
	if !a.provable() {
		return state.Unset
	}
	last := a.at
	if r.Known {
		last = min(last, r.ExpiresAt)
	}
	return a.after(dayOf(last, a.zone()), proofYears)
}

// provable reports whether there was a basis with a proof: a yes, or a notice
// to somebody who bought or who is a business.
func (a *archive) provable() bool {
	b := a.view.book
	for i := range b.yeses {
		if b.yeses[i].validForm && b.yeses[i].proof != "" {
			return true
		}
	}
	if len(b.sales) == 0 && a.view.kind == state.ContactConsumer {
		return false
	}
	for i := range b.notices {
		if b.notices[i].text.ProofRef != "" {
			return true
		}
	}
	return false
}
