package check

import (
	"fmt"
	"slices"
	"strings"

	"consentstream/state"
	"consentstream/state/rules"
)

// Answer decides what a query asks about a contact. now is the present; it
// counts only where the query names no instant.
func Answer(p *rules.Policy, c *state.Contact, q Query, now state.Instant) *Report {
	at, known := q.moment(c, now)
	b := builder{policy: p, contact: c, query: &q, at: at, known: known, positions: map[int32]int{}}
	version := p.At(at)
	b.report = &Report{
		ContactID: q.Key.Contact, Controller: q.Key.Controller,
		At: Timestamp(at), KnownAt: Timestamp(known), PolicyVersion: version.Name,
		TimeZone:  version.For(q.Key.Controller).TimeZone.String(),
		Saturated: c.Saturated, Retention: b.retention(),
	}
	for i := range c.Facts {
		if c.Facts[i].RecordedAt <= known {
			b.report.Facts++
		}
	}
	b.verdicts()
	b.collect()
	return b.report
}

// moment returns t and k of the decision. At the present time never goes back
// for a contact, and whatever has been read is known.
func (q *Query) moment(c *state.Contact, now state.Instant) (at, known state.Instant) {
	at, known = q.At, q.Known
	if at == state.Unset {
		at = max(now, c.Horizon, c.Published.DecidedAt)
		if known == state.Unset {
			known = at
			for i := range c.Facts {
				known = max(known, c.Facts[i].RecordedAt)
			}
		}
	}
	if known == state.Unset {
		known = at
	}
	return at, known
}

// ExactOver reports whether the contact's facts answer the query exactly: none
// was merged that became known after one of its instants.
func (q *Query) ExactOver(c *state.Contact) bool {
	if q.At == state.Unset {
		return true // the present is never before the horizon
	}
	at, known := q.moment(c, q.At)
	return c.Horizon <= min(at, known)
}

// builder fills one report.
type builder struct {
	policy    *rules.Policy
	contact   *state.Contact
	query     *Query
	at, known state.Instant
	report    *Report

	cited     [][]int32     // evidence of each verdict as positions in the contact's facts
	positions map[int32]int // from there to positions in the report
}

func (b *builder) retention() Retention {
	r := rules.Clock(b.policy, b.query.Key.Controller, b.contact, b.at, b.known)
	out := Retention{
		Running: r.Known, ExpiresAt: Timestamp(state.Never), WarnAt: Timestamp(state.Never), LastContactAt: Timestamp(state.Never),
	}
	if !r.Known {
		return out
	}
	out.ExpiresAt, out.WarnAt = Timestamp(r.ExpiresAt), Timestamp(r.WarnAt)
	if r.Anchor >= 0 {
		out.LastContactAt = Timestamp(r.AnchorAt)
		out.LastContactEventID = b.contact.Facts[r.Anchor].ID
	}
	return out
}

func (b *builder) verdicts() {
	kinds, channels := b.query.Kinds, b.query.Channels
	if len(kinds) == 0 {
		kinds = Kinds
	}
	if len(channels) == 0 {
		channels = Channels
	}
	for _, address := range b.addresses() {
		for _, channel := range channels {
			for _, kind := range kinds {
				b.verdict(b.query.question(kind, channel, address))
			}
		}
	}
}

// addresses returns the one that is asked for, or all that the contact's known
// facts name.
func (b *builder) addresses() []string {
	if b.query.Address != nil {
		return []string{*b.query.Address}
	}
	if named := Addresses(b.contact, b.known); len(named) > 0 {
		return named
	}
	return []string{""}
}

// Addresses returns the addresses that the facts known at k name, in order.
func Addresses(c *state.Contact, known state.Instant) []string {
	var named []string
	for i := range c.Facts {
		f := &c.Facts[i]
		if f.Address != "" && f.RecordedAt <= known && !slices.Contains(named, f.Address) {
			named = append(named, f.Address)
		}
	}
	slices.Sort(named)
	return named
}

func (b *builder) verdict(question rules.Question) {
	v := rules.Decide(b.policy, b.query.Key.Controller, b.contact, b.at, b.known, question)
	if !v.Applicable {
		return
	}
	meaning, change := rules.ReasonText(v.Reason)
	if b.refusedByAnother(&v) {
		meaning, change = refusedAtAddress, nothingOnAddress
	}
	out := Verdict{
		MessageKind: v.Kind.String(), Channel: v.Channel.String(), AddressKey: v.Address, Brand: v.Brand,
		Allowed: v.Allowed, AllowedByLaw: v.AllowedByLaw, Basis: v.Basis.String(), Reason: v.Reason.String(),
		Meaning: meaning, Change: change, Until: Timestamp(v.Until),
		Rules: make([]string, len(v.Rules)), Families: append([]string{}, v.Families...),
	}
	for i, n := range v.Rules {
		out.Rules[i] = fmt.Sprintf("R%d", n)
		b.rule(int(n))
	}
	b.cited = append(b.cited, distinct(v.Evidence))
	b.report.Verdicts = append(b.report.Verdicts, out)
}

// What is said of a refusal that came over a shared address: a yes of this
// contact would not lift it (R41).
const (
	refusedAtAddress = "another contact who uses this address refused"
	nothingOnAddress = "nothing that this contact does on this address; a message to an address of its own is judged by itself"
)

// refusedByAnother reports whether a denial rests on what another contact
// refused at a shared address.
func (b *builder) refusedByAnother(v *rules.Verdict) bool {
	if v.Allowed {
		return false
	}
	return slices.ContainsFunc(v.Evidence, func(at int32) bool { return b.contact.Facts[at].Forwarded })
}

// distinct returns the positions without those that stand twice, such as an
// order that carries its own notice.
func distinct(positions []int32) []int32 {
	var once []int32
	for _, p := range positions {
		if !slices.Contains(once, p) {
			once = append(once, p)
		}
	}
	return once
}

// rule adds a rule to the report, once, in the order of numbers.
func (b *builder) rule(n int) {
	r := rules.RuleByNumber(n)
	entry := Rule{fmt.Sprintf("R%d", n), r.Title, r.Source}
	if !slices.Contains(b.report.Rules, entry) {
		b.report.Rules = append(b.report.Rules, entry)
	}
}

// collect adds the facts that verdicts rest on, in order of time.
func (b *builder) collect() {
	var used []int32
	for _, cited := range b.cited {
		used = append(used, cited...)
	}
	slices.Sort(used)
	used = slices.Compact(used)
	b.report.Evidence = make([]Evidence, len(used))
	for i, position := range used {
		b.positions[position] = i
		b.report.Evidence[i] = describe(&b.contact.Facts[position])
	}
	for i := range b.report.Verdicts {
		v := &b.report.Verdicts[i]
		v.Evidence = make([]int, len(b.cited[i]))
		for j, position := range b.cited[i] {
			v.Evidence[j] = b.positions[position]
		}
	}
	slices.SortFunc(b.report.Rules, func(x, y Rule) int {
		if len(x.Rule) != len(y.Rule) {
			return len(x.Rule) - len(y.Rule)
		}
		return strings.Compare(x.Rule, y.Rule)
	})
}
