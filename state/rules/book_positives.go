package rules

import "consentstream/state"

// yes is one answer YES (R19, R22).
type yes struct {
	span
	fact       int32
	address    string
	brand      string
	channels   state.Channels
	purposes   state.Purposes
	validForm  bool
	synced     bool // a row of another system, no act of the person (R35)
	confirmed  bool
	mentions   bool
	message    state.MessageKind
	proof      string
	submission string
}

// notice is what the person was told (R25).
type notice struct {
	span
	fact    int32
	address string
	order   string // of the same transaction
	text    *state.Notice
}

// sale is an order or a contract (R24).
type sale struct {
	span
	fact     int32
	address  string
	ref      string
	family   string
	own      bool // the controller collected the address itself
	buyer    bool
	free     bool
	contract bool
}

// mark is what happened to an order or contract afterwards.
type mark struct {
	span
	fact int32
	kind state.PurchaseKind
	ref  string
}

// ground is a reason to serve the person (R7).
type ground struct {
	span
	fact     int32
	recorded state.Instant
	ref      string
	kind     groundKind
}

type groundKind uint8

const (
	groundRelation groundKind = iota // account, inquiry, alert
	groundOrder
	groundContract
)

// message is something that was sent to the person.
type message struct {
	span
	fact    int32
	kind    state.MessageKind
	channel state.Channel
	order   string
}

func (b *book) readPurchase(f *state.Fact, when span, position int32) {
	p := f.Purchase
	switch p.Kind {
	case state.PurchaseOrdered, state.PurchaseContractStarted:
		b.readSale(f, when, position)
	case state.PurchaseCancelled, state.PurchaseDelivered, state.PurchaseContractEnded:
		b.marks = append(b.marks, mark{span: when, fact: position, kind: p.Kind, ref: p.OrderRef})
	}
	if p.Notice != nil && p.Kind != state.PurchaseUnknown {
		b.readNotice(f, p.Notice, when, position)
	}
	b.tickPurchase(f, when, position)
}

func (b *book) readSale(f *state.Fact, when span, position int32) {
	p := f.Purchase
	contract := p.Kind == state.PurchaseContractStarted
	b.sales = append(b.sales, sale{
		span: when, fact: position, address: b.resolve(f.Address), ref: p.OrderRef, family: p.Family,
		own: p.CollectedBy == state.CollectedDirect, buyer: p.Role == state.RoleBuyer,
		free: p.AmountKnown && p.AmountMinor <= 0, contract: contract,
	})
	kind := groundOrder
	if contract {
		kind = groundContract
	}
	b.grounds = append(b.grounds, ground{span: when, fact: position, recorded: f.RecordedAt, ref: p.OrderRef, kind: kind})
}

func (b *book) readNotice(f *state.Fact, n *state.Notice, when span, position int32) {
	b.notices = append(b.notices, notice{
		span: when, fact: position, address: b.resolve(f.Address), order: n.OrderRef, text: n,
	})
}

// readSignup files a collection. A kind that is not known is ignored but for
// what it refuses.
func (b *book) readSignup(f *state.Fact, when span, position int32) {
	s := f.Signup
	b.readRefusals(f, when, position)
	b.tickSignup(f, when, position)
	if s.Kind == state.SignupUnknown {
		return
	}
	if s.ContactType != state.ContactNone {
		b.types = append(b.types, typing{when, s.ContactType})
	}
	if s.TimeZone != "" {
		b.zones = append(b.zones, zoned{f.OccurredAt, s.TimeZone})
	}
	if s.Notice != nil {
		b.readNotice(f, s.Notice, when, position)
	}
	switch s.Kind {
	case state.SignupAccountCreated, state.SignupInquiry, state.SignupAlertRequested:
		b.grounds = append(b.grounds, ground{span: when, fact: position, recorded: f.RecordedAt})
	}
	for i := range s.Answers {
		if s.Answers[i].Value == state.AnswerYes {
			b.readYes(f, &s.Answers[i], when, position)
		}
	}
}

func (b *book) readYes(f *state.Fact, a *state.Answer, when span, position int32) {
	b.yeses = append(b.yeses, yes{
		span: when, fact: position, address: b.resolve(f.Address), brand: f.Brand,
		channels: a.Channels &^ state.ChannelsOf(state.ChannelUnknown), purposes: a.Purposes &^ state.PurposesOf(state.PurposeUnknown),
		validForm: isValidForm(a),
		synced:    f.Signup.Collection == state.CollectionImport || f.Signup.Collection == state.CollectionPublic,
		confirmed: a.Confirmed, mentions: a.PhoneMentions, message: a.Message,
		proof: a.ProofRef, submission: f.Signup.SubmissionID,
	})
}

// isValidForm is R19 and R22: a pre-ticked box that was left, terms that were
// accepted and an opt-out box that was left are no consent, and a double
// opt-in is none before it is closed.
func isValidForm(a *state.Answer) bool {
	switch a.Form {
	case state.FormPretickedBox, state.FormTerms, state.FormOptOutBox:
		return false
	case state.FormDoubleOptIn:
		return a.Confirmed
	}
	return true
}

func (b *book) readClick(f *state.Fact, when span, position int32) {
	c := f.Click
	if c.Kind == state.ClickSent {
		b.sent = append(b.sent, message{span: when, fact: position, kind: c.Message, channel: c.Channel, order: c.OrderRef})
	}
	b.tickClick(f, when, position)
}
