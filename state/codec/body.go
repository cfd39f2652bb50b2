package codec

import "consentstream/state"

// Each body starts with its enums, packed into bytes by the widths that the
// functions below show; strings that are often empty carry a presence bit.

// Sets take as many bits as there are values, so that flags fit beside them.
const (
	channelBits = 0x0f
	purposeBits = 0x7f
)

// Purchase: kind 3 bits, role 1, collected by 2, sold by 2.
const (
	purchaseAmount   = 0x01
	purchaseCurrency = 0x02
	purchaseNotice   = 0x04
)

func (w *factWriter) purchase(b []byte, p *state.Purchase) []byte {
	b = append(b,
		byte(p.Kind)|byte(p.Role)<<3|byte(p.CollectedBy)<<4|byte(p.SoldBy)<<6,
		bit(p.AmountKnown, purchaseAmount)|bit(p.Currency != "", purchaseCurrency)|bit(p.Notice != nil, purchaseNotice))
	b = appendString(b, p.OrderRef)
	b = w.table.append(b, p.Family)
	if p.AmountKnown {
		b = appendInt(b, p.AmountMinor)
	}
	if p.Currency != "" {
		b = w.table.append(b, p.Currency)
	}
	if p.Notice != nil {
		b = w.notice(b, p.Notice)
	}
	return b
}

func (r *factReader) purchase() *state.Purchase {
	enums, has := r.byte("purchase"), r.byte("flags of a purchase")
	p := r.arena.purchases.one()
	*p = state.Purchase{
		Kind:        enum(&r.reader, "purchase kind", enums&0x07, state.PurchaseAttended),
		Role:        state.Role(enums >> 3 & 0x01),
		CollectedBy: enum(&r.reader, "collected_by", enums>>4&0x03, state.CollectedThirdParty),
		SoldBy:      enum(&r.reader, "sold_by", enums>>6, state.SoldPhone),
		AmountKnown: has&purchaseAmount != 0,
	}
	p.OrderRef = r.string("order_ref")
	p.Family = r.table.read(&r.reader, "family")
	if p.AmountKnown {
		p.AmountMinor = r.int("amount_minor")
	}
	if has&purchaseCurrency != 0 {
		p.Currency = r.table.read(&r.reader, "currency")
	}
	if has&purchaseNotice != 0 {
		p.Notice = r.notice()
	}
	return p
}

// Click: kind 3 bits, channel 2, target 2, campaign 1; message 4, actor 2, order 1.
const (
	clickCampaign = 0x80
	clickOrder    = 0x40
)

func (w *factWriter) click(b []byte, c *state.Click) []byte {
	b = append(b,
		byte(c.Kind)|byte(c.Channel)<<3|byte(c.Target)<<5|bit(c.CampaignID != "", clickCampaign),
		byte(c.Message)|byte(c.Actor)<<4|bit(c.OrderRef != "", clickOrder))
	if c.CampaignID != "" {
		b = w.table.append(b, c.CampaignID)
	}
	if c.OrderRef != "" {
		b = appendString(b, c.OrderRef)
	}
	return b
}

func (r *factReader) click() *state.Click {
	first, second := r.byte("click"), r.byte("click")
	c := r.arena.clicks.one()
	*c = state.Click{
		Kind:    enum(&r.reader, "click kind", first&0x07, state.ClickBounced),
		Channel: state.Channel(first >> 3 & 0x03),
		Target:  state.ClickTarget(first >> 5 & 0x03),
		Message: enum(&r.reader, "message kind", second&0x0f, state.MessageCall),
		Actor:   enum(&r.reader, "actor", second>>4&0x03, state.ActorMachine),
	}
	if first&clickCampaign != 0 {
		c.CampaignID = r.table.read(&r.reader, "campaign_id")
	}
	if second&clickOrder != 0 {
		c.OrderRef = r.string("order_ref")
	}
	return c
}

// Signup: kind 3 bits, contact type 2, collection 3.
const (
	signupNotice     = 0x01
	signupAnswers    = 0x02
	signupSubmission = 0x04
	signupZone       = 0x08
)

func (w *factWriter) signup(b []byte, s *state.Signup) []byte {
	b = append(b,
		byte(s.Kind)|byte(s.ContactType)<<3|byte(s.Collection)<<5,
		bit(s.Notice != nil, signupNotice)|bit(len(s.Answers) > 0, signupAnswers)|
			bit(s.SubmissionID != "", signupSubmission)|bit(s.TimeZone != "", signupZone))
	if s.Notice != nil {
		b = w.notice(b, s.Notice)
	}
	if len(s.Answers) > 0 {
		b = appendUint(b, uint64(len(s.Answers)))
	}
	for i := range s.Answers {
		b = w.answer(b, &s.Answers[i])
	}
	if s.SubmissionID != "" {
		b = appendString(b, s.SubmissionID)
	}
	if s.TimeZone != "" {
		b = w.table.append(b, s.TimeZone)
	}
	return b
}

func (r *factReader) signup() *state.Signup {
	enums, has := r.byte("signup"), r.byte("flags of a signup")
	s := r.arena.signups.one()
	*s = state.Signup{
		Kind:        state.SignupKind(enums & 0x07),
		ContactType: state.ContactType(enums >> 3 & 0x03),
		Collection:  enum(&r.reader, "collection", enums>>5, state.CollectionPublic),
	}
	if has&signupNotice != 0 {
		s.Notice = r.notice()
	}
	if has&signupAnswers != 0 {
		s.Answers = r.answers()
	}
	if has&signupSubmission != 0 {
		s.SubmissionID = r.string("submission_id")
	}
	if has&signupZone != 0 {
		s.TimeZone = r.table.read(&r.reader, "time_zone")
	}
	return s
}

// Unsubscribe: kind 4 bits, method 4; message 4 and four flags.
const (
	unsubscribeShown  = 0x10
	unsubscribeBrands = 0x20
	unsubscribeProof  = 0x40
	unsubscribeBefore = 0x80
)

func (w *factWriter) unsubscribe(b []byte, u *state.Unsubscribe) []byte {
	before := bit(u.PurgedBefore != state.Unset, unsubscribeBefore)
	b = append(b,
		byte(u.Kind)|byte(u.Method)<<4,
		byte(u.Message)|bit(u.Shown != 0, unsubscribeShown)|bit(len(u.Brands) > 0, unsubscribeBrands)|
			bit(u.ProofRef != "", unsubscribeProof)|before,
		byte(u.Channels)&channelBits, byte(u.Purposes)&purposeBits)
	if u.Shown != 0 {
		b = append(b, byte(u.Shown)&purposeBits)
	}
	if len(u.Brands) > 0 {
		b = w.table.appendAll(b, u.Brands)
	}
	if u.ProofRef != "" {
		b = w.table.append(b, u.ProofRef)
	}
	return optional(b, before, u.PurgedBefore)
}

func (r *factReader) unsubscribe() *state.Unsubscribe {
	enums, second := r.byte("unsubscribe"), r.byte("unsubscribe")
	u := r.arena.unsubscribes.one()
	*u = state.Unsubscribe{
		Kind:     enum(&r.reader, "unsubscribe kind", enums&0x0f, state.UnsubscribeBloctel),
		Method:   enum(&r.reader, "method", enums>>4, state.MethodOther),
		Message:  enum(&r.reader, "message kind", second&0x0f, state.MessageCall),
		Channels: state.Channels(r.byte("channels") & channelBits),
		Purposes: state.Purposes(r.byte("purposes") & purposeBits),
	}
	if second&unsubscribeShown != 0 {
		u.Shown = state.Purposes(r.byte("shown") & purposeBits)
	}
	if second&unsubscribeBrands != 0 {
		u.Brands = r.table.readAll(&r.reader, "brands", r.arena)
	}
	if second&unsubscribeProof != 0 {
		u.ProofRef = r.table.read(&r.reader, "proof_ref")
	}
	u.PurgedBefore = r.optional("purged_before", second&unsubscribeBefore, state.Unset)
	return u
}

func (w *factWriter) internal(b []byte, i *state.Internal) []byte {
	b = append(b, byte(i.Kind))
	b = appendString(b, i.Target)
	return appendString(b, i.By)
}

func (r *factReader) internal() *state.Internal {
	i := r.arena.internals.one()
	*i = state.Internal{
		Kind:   enum(&r.reader, "internal kind", r.byte("internal"), state.InternalRelease),
		Target: r.string("target"),
		By:     r.string("by"),
	}
	return i
}
