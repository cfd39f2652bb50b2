package oracle

import (
	"cmp"
	"slices"

	"consentstream/state"
	"consentstream/state/rules"
)

// Row is one row of the standing eligibility.
type Row struct {
	Kind    state.MessageKind
	Channel state.Channel
	Address string
	Brand   string
	Answer
}

// shown is how many addresses a published record holds.
const shown = 8

// Standing asks every question that has a meaning: all kinds and channels, for
// the most recent addresses, without a brand and for each brand whose verdict
// differs from that.
func Standing(p *rules.Policy, controller string, facts []state.Fact, uses []state.AddressUse, at, known state.Instant) []Row {
	w := newWorld(p, controller, facts, uses, at, known)
	w.standing = true
	var rows []Row
	for _, address := range w.addresses() {
		plain := w.rows(address, "")
		rows = append(rows, plain...)
		for _, brand := range w.brands() {
			for i, row := range w.rows(address, brand) {
				if !row.Same(plain[i].Answer) {
					rows = append(rows, row)
				}
			}
		}
	}
	return rows
}

func (w *world) rows(address, brand string) []Row {
	var rows []Row
	for channel := state.ChannelEmail; channel <= state.ChannelPhone; channel++ {
		for kind := state.MessageService; kind <= state.MessageWelcome; kind++ {
			if applicable(kind, channel) {
				q := rules.Question{Kind: kind, Channel: channel, Address: address, Brand: brand}
				rows = append(rows, Row{Kind: kind, Channel: channel, Address: address, Brand: brand, Answer: w.answer(q)})
			}
		}
	}
	return rows
}

// addresses are the most recently used addresses by name, or "" alone when
// facts name none.
func (w *world) addresses() []string {
	newest := map[string]state.Instant{}
	for i := range w.known {
		if f := &w.known[i]; f.Address != "" && !f.Forwarded {
			at, seen := newest[f.Address]
			if !seen || f.OccurredAt > at {
				newest[f.Address] = f.OccurredAt
			}
		}
	}
	var list []string
	for address := range newest {
		list = append(list, address)
	}
	slices.SortFunc(list, func(a, b string) int {
		return cmp.Or(cmp.Compare(newest[b], newest[a]), cmp.Compare(a, b))
	})
	list = list[:min(len(list), shown)]
	slices.Sort(list)
	if len(list) == 0 {
		return []string{""}
	}
	return list
}

// brands are the brands that facts name and that objections are limited to.
func (w *world) brands() []string {
	var list []string
	for i := range w.known {
		f := &w.known[i]
		if f.Brand != "" {
			list = append(list, f.Brand)
		}
		if n, is := w.unsubscribed(f); is {
			list = append(list, n.brands...)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Retention is where the contact stands on the retention clock: whether one
// runs, E, and the start of the warning window.
func Retention(p *rules.Policy, controller string, facts []state.Fact, at, known state.Instant) (runs bool, expires, warns state.Instant) {
	c := newWorld(p, controller, facts, nil, at, known).clock
	return c.runs, c.expires, c.warns
}
