// Package statetest draws random facts and contacts for tests. Values come
// from small pools, so that addresses are shared and classes fill.
package statetest

import (
	"strings"

	"consentstream/state"
)

// Hour is an hour in the unit of state.Instant.
const Hour state.Instant = 3_600_000

// Day is 24 hours in the unit of state.Instant.
const Day = 24 * Hour

// Start is 2022-01-01T00:00:00Z, the earliest instant that is drawn.
const Start state.Instant = 1_640_995_200_000

// Pools are what facts draw their names from, and how far they spread.
type Pools struct {
	IDs   int // event ids are e0 to e(IDs-1), so that some collide; 0 = all differ
	Days  int // over which facts spread
	Late  int // most days between occurrence and recording
	Early bool
	// Coherent facts are such as happen: what takes back an order or a proof
	// is dated after it, and no reference is given twice.
	Coherent    bool
	Addresses   []string
	Brands      []string
	Families    []string
	Proofs      []string
	Orders      []string
	Submissions []string
	Sources     []string
	Long        bool // some names are as long as records allow
	Plain       bool // notices and answers are all of one form
	Only        []Kind
}

// Kind is a kind of fact to draw.
type Kind int

// The kinds of facts.
const (
	Purchases Kind = iota
	Clicks
	Signups
	Unsubscribes
	Internals
)

// Shop is the default: one household's facts over six years.
func Shop() Pools {
	return Pools{
		Days: 6 * 365, Late: 3,
		Addresses:   []string{"", "a1", "a2"},
		Brands:      []string{"", "", "Scene"},
		Families:    []string{"main", "book"},
		Proofs:      []string{"", "p1", "p2"},
		Orders:      []string{"O1", "O2", "O3", "O4", "O5", "O6"},
		Sources:     []string{"", "web", "till-4"},
		Submissions: []string{"", "", "s1", "s2"},
	}
}

var kinds = []Kind{
	Purchases, Purchases, Purchases, Clicks, Clicks, Clicks, Signups, Signups, Unsubscribes, Unsubscribes, Internals,
}

// drawer draws facts from pools.
type drawer struct {
	Pools
	source Source
	drawn  int
}

func (d *drawer) int(lo, hi int) int { return d.source.Int(lo, hi) }
func (d *drawer) bool() bool         { return d.int(0, 1) == 1 }
func (d *drawer) oneIn(n int) bool   { return d.int(0, n-1) == n-1 }

// instant draws an instant; often a whole day, so that ties happen.
func (d *drawer) instant() state.Instant {
	at := Start + state.Instant(d.int(0, d.Days))*Day
	if d.bool() {
		at += state.Instant(d.int(0, 23)) * Hour
	}
	return at
}

func (d *drawer) name(pool []string) string {
	if d.Long && d.oneIn(8) {
		return pick(d, pool) + strings.Repeat("x", d.int(30, 60))
	}
	return pick(d, pool)
}

func (d *drawer) id() string {
	d.drawn++
	if d.IDs > 0 {
		return "e" + itoa(d.int(0, d.IDs-1))
	}
	id := "e" + itoa(10_000+d.drawn)
	if d.Long && d.oneIn(4) {
		return id + strings.Repeat("x", d.int(1, 100))
	}
	return id
}

func (d *drawer) fact() state.Fact {
	f := state.Fact{
		ID: d.id(), Brand: d.name(d.Brands), Address: pick(d, d.Addresses), Source: d.name(d.Sources),
		OccurredAt: d.instant(),
	}
	f.Since = f.OccurredAt
	f.RecordedAt = f.OccurredAt + state.Instant(d.int(0, d.Late))*Day
	if d.Early && d.oneIn(10) {
		f.RecordedAt = f.OccurredAt - state.Instant(d.int(0, 60))*Day
	}
	if d.oneIn(10) {
		f.Precision = state.PrecisionDay
		f.RecordedAt += Day
	}
	d.body(&f)
	if d.Coherent {
		d.cohere(&f)
	}
	return f
}

// cohere gives orders and proofs references of the month they were made in,
// and to what takes them back a reference of an earlier month.
func (d *drawer) cohere(f *state.Fact) {
	month := int((f.OccurredAt - Start) / (30 * Day))
	earlier := max(-1, month-d.int(1, 4))
	if p := f.Purchase; p != nil {
		p.OrderRef = "o" + itoa(earlier)
		if p.Kind == state.PurchaseOrdered || p.Kind == state.PurchaseContractStarted {
			p.OrderRef = "o" + itoa(month)
		}
		cohereNotice(p.Notice, month)
	}
	if s := f.Signup; s != nil {
		cohereNotice(s.Notice, month)
		for i := range s.Answers {
			s.Answers[i].ProofRef = coherentProof(s.Answers[i].ProofRef, month)
		}
	}
	if u := f.Unsubscribe; u != nil {
		u.ProofRef = coherentProof(u.ProofRef, earlier)
	}
	if c := f.Click; c != nil && c.OrderRef != "" {
		c.OrderRef = "o" + itoa(earlier)
	}
}

func cohereNotice(n *state.Notice, month int) {
	if n == nil {
		return
	}
	n.ProofRef = coherentProof(n.ProofRef, month)
	if n.OrderRef != "" {
		n.OrderRef = "o" + itoa(month)
	}
}

func coherentProof(ref string, month int) string {
	if ref == "" {
		return ""
	}
	return "p" + itoa(month)
}

func (d *drawer) body(f *state.Fact) {
	only := d.Only
	if only == nil {
		only = kinds
	}
	switch pick(d, only) {
	case Purchases:
		f.Topic, f.Purchase = state.TopicPurchases, d.purchase()
	case Clicks:
		f.Topic, f.Click = state.TopicClicks, d.click()
	case Signups:
		f.Topic, f.Signup = state.TopicSignups, d.signup()
	case Unsubscribes:
		f.Topic, f.Unsubscribe = state.TopicUnsubscribes, d.unsubscribe()
		f.Forwarded = f.Address != "" && d.oneIn(6)
	case Internals:
		f.Topic, f.Internal = state.TopicUnsubscribes, d.internal()
	}
}

func (d *drawer) purchase() *state.Purchase {
	if d.Plain {
		return &state.Purchase{
			Kind: state.PurchaseOrdered, OrderRef: d.name(d.Orders), Family: pick(d, d.Families),
			AmountKnown: true, AmountMinor: 5000, Currency: "EUR", Notice: d.notice(),
		}
	}
	p := &state.Purchase{
		Kind:        draw(d, state.PurchaseAttended),
		OrderRef:    d.name(d.Orders),
		Family:      d.name(d.Families),
		AmountKnown: d.bool(),
		Currency:    pick(d, []string{"", "EUR"}),
	}
	if p.AmountKnown {
		p.AmountMinor = pick(d, []int64{0, 100, 5000})
	}
	if d.oneIn(5) {
		p.Role, p.CollectedBy = draw(d, state.RoleBeneficiary), draw(d, state.CollectedThirdParty)
		p.SoldBy = draw(d, state.SoldPhone)
	}
	if d.bool() {
		p.Notice = d.notice()
	}
	return p
}

func (d *drawer) click() *state.Click {
	return &state.Click{
		Kind:       draw(d, state.ClickBounced),
		Channel:    draw(d, state.ChannelPhone),
		Message:    draw(d, state.MessageCall),
		Target:     draw(d, state.TargetKeepMe),
		Actor:      pick(d, []state.Actor{state.ActorHuman, state.ActorHuman, state.ActorMachine, state.ActorUnknown}),
		CampaignID: pick(d, []string{"", "c1"}),
		OrderRef:   pick(d, append([]string{""}, d.Orders...)),
	}
}

func (d *drawer) signup() *state.Signup {
	s := &state.Signup{
		Kind:         draw(d, state.SignupAddressChanged),
		Collection:   draw(d, state.CollectionPublic),
		SubmissionID: pick(d, d.Submissions),
		TimeZone:     pick(d, []string{"", "", "", "America/Martinique", "Europe/Paris"}),
	}
	if d.oneIn(5) {
		s.ContactType = draw(d, state.ContactB2BGeneric)
	}
	if d.bool() {
		s.Notice = d.notice()
	}
	for range d.int(0, 2) {
		s.Answers = append(s.Answers, d.answer())
	}
	return s
}

func (d *drawer) notice() *state.Notice {
	if d.Plain {
		return &state.Notice{
			Channels: 2, Purposes: 6, OptOutOffered: true, TextVersion: "t1", ProofRef: "p-form",
		}
	}
	n := &state.Notice{
		Channels:      d.channels(),
		Purposes:      d.purposes(),
		Families:      pick(d, [][]string{nil, nil, {"book"}}),
		OptOutOffered: d.bool(),
		Mode:          draw(d, state.NoticeEmail),
		TextVersion:   pick(d, []string{"t1", "t2"}),
		ProofRef:      d.name(d.Proofs),
		Language:      pick(d, []string{"", "fr"}),
		URL:           pick(d, []string{"", "https://shop.example/privacy"}),
		OrderRef:      pick(d, append([]string{"", ""}, d.Orders...)),
	}
	if d.Long && d.oneIn(8) {
		for i := range d.int(1, 32) {
			n.Families = append(n.Families, strings.Repeat("f", 60)+itoa(i))
		}
	}
	return n
}

func (d *drawer) answer() state.Answer {
	if d.Plain {
		return state.Answer{Channels: 2, Purposes: 2, ProofRef: "p-form", Value: draw(d, state.AnswerNo)}
	}
	return state.Answer{
		Form:          draw(d, state.FormDoubleOptIn),
		Value:         draw(d, state.AnswerNone),
		Channels:      d.channels(),
		Purposes:      d.purposes(),
		Shown:         d.purposes(),
		ProofRef:      d.name(d.Proofs),
		Confirmed:     d.bool(),
		PhoneMentions: d.bool(),
		TextVersion:   pick(d, []string{"t1", "t2"}),
		Message:       draw(d, state.MessageCall),
	}
}

func (d *drawer) unsubscribe() *state.Unsubscribe {
	if d.Plain {
		return &state.Unsubscribe{Kind: state.UnsubscribeUnsubscribe, Method: state.MethodLink, PurgedBefore: state.Unset}
	}
	u := &state.Unsubscribe{
		Kind:         draw(d, state.UnsubscribeBloctel),
		Method:       draw(d, state.MethodOther),
		Channels:     d.channels(),
		Purposes:     d.purposes(),
		Shown:        d.purposes(),
		Brands:       pick(d, [][]string{nil, nil, {"Scene"}, {"Scene", "Plume"}}),
		ProofRef:     d.name(d.Proofs),
		Message:      draw(d, state.MessageCall),
		PurgedBefore: state.Unset,
	}
	if u.Kind == state.UnsubscribePurged && d.bool() {
		u.PurgedBefore = d.instant()
	}
	return u
}

func (d *drawer) internal() *state.Internal {
	if d.bool() {
		return &state.Internal{Kind: state.InternalRelease, Target: "e" + itoa(10_000+d.int(0, 40)), By: "ops"}
	}
	return &state.Internal{Kind: state.InternalUnreadable}
}

// channels draws a set of channels, often of one.
func (d *drawer) channels() state.Channels {
	return pick(d, []state.Channels{0, 2, 2, 2, 4, 6, 8, 14, 1})
}

// purposes draws a set of purposes, often of one.
func (d *drawer) purposes() state.Purposes {
	return pick(d, []state.Purposes{0, 0, 2, 2, 4, 6, 14, 30, 16, 32, 64, 127})
}

func pick[T any](d *drawer, pool []T) T { return pool[d.int(0, len(pool)-1)] }

// draw picks a value of an enum whose greatest value is last.
func draw[T ~uint8](d *drawer, last T) T { return T(d.int(0, int(last))) }
