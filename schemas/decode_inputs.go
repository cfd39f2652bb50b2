package schemas

import "consentstream/state"

// Hand-written decoders of the current schemas, field by field in the order
// of the files. Tests hold them to what goavro reads from the same bytes.

// record decodes one record of a topic. The body is left in into, whose
// strings alias the buffer.
func (c *cursor) record(topic state.Topic, into *Record, timestamp state.Instant) {
	b := into.reset(topic)
	c.common(into, timestamp)
	f := &into.Fact
	switch topic {
	case state.TopicPurchases:
		c.purchase(b)
		f.Purchase = &b.purchase
	case state.TopicClicks:
		c.click(&b.click)
		f.Click = &b.click
	case state.TopicSignups:
		c.signup(b)
		f.Signup = &b.signup
	case state.TopicUnsubscribes:
		c.unsubscribe(b)
		f.Unsubscribe = &b.unsubscribe
	}
}

func (c *cursor) common(r *Record, timestamp state.Instant) {
	f := &r.Fact
	f.ID = c.id("event_id", MaxRef)
	r.Key.Contact = c.noBar("contact_id", c.id("contact_id", MaxContact))
	r.Key.Controller = c.noBar("controller", c.id("controller", MaxName))
	f.Brand = c.optionalText("brand", MaxName)
	f.Address = c.noBar("address_key", c.text("address_key", MaxRef))
	f.OccurredAt = c.instant("occurred_at")
	f.Since = f.OccurredAt
	f.Precision = symbol(c, precisions)
	f.RecordedAt = resolveRecorded(c.optionalInstant("recorded_at"), f.OccurredAt, timestamp)
	f.Source = c.text("source", MaxRef)
}

// resolveRecorded is when the fact counts as known: as given, else when it
// happened, and never after the Kafka timestamp, so that a producer whose
// clock is ahead cannot delay an objection. A timestamp that cannot be true
// is as good as none.
func resolveRecorded(given, occurred, timestamp state.Instant) state.Instant {
	recorded := given
	if recorded == state.Unset {
		recorded = occurred
	}
	if Plausible(timestamp) && timestamp < recorded {
		return timestamp
	}
	return recorded
}

func (c *cursor) purchase(b *bodies) {
	p := &b.purchase
	*p = state.Purchase{}
	p.Kind = symbol(c, purchaseKinds)
	p.OrderRef = c.text("order_ref", MaxRef)
	p.Family = c.text("family", MaxName)
	if c.present() {
		p.AmountMinor, p.AmountKnown = c.long(), true
	}
	p.Currency = c.optionalText("currency", MaxFree)
	p.Role = symbol(c, roles)
	p.CollectedBy = symbol(c, collectedBys)
	p.SoldBy = symbol(c, soldBys)
	p.Notice = c.notice(b)
	c.checkPurchase(p)
}

// checkPurchase refuses an order with no reference: nothing could cancel it
// or tie a delivery to it. Of an unknown kind nothing but the kind is kept.
func (c *cursor) checkPurchase(p *state.Purchase) {
	switch p.Kind {
	case state.PurchaseAttended:
	case state.PurchaseUnknown:
		*p = state.Purchase{OrderRef: p.OrderRef, Family: p.Family}
	default:
		if p.OrderRef == "" {
			c.violate(FaultMissing, "order_ref", "empty")
		}
	}
}

func (c *cursor) click(k *state.Click) {
	k.Kind = symbol(c, clickKinds)
	k.Channel = optionalSymbol(c, channels)
	k.Message = optionalSymbol(c, messageKinds)
	k.Target = symbol(c, clickTargets)
	k.Actor = symbol(c, actors)
	k.CampaignID = c.text("campaign_id", MaxFree)
	k.OrderRef = c.optionalText("order_ref", MaxRef)
}

func (c *cursor) signup(b *bodies) {
	s := &b.signup
	*s = state.Signup{}
	s.Kind = symbol(c, signupKinds)
	s.ContactType = optionalSymbol(c, contactTypes)
	s.Collection = symbol(c, collections)
	s.Notice = c.notice(b)
	s.Answers = c.answers(b)
	s.SubmissionID = c.text("submission_id", MaxFree)
	s.TimeZone = c.optionalText("time_zone", MaxFree)
	if s.Kind == state.SignupUnknown {
		onlyRefusals(s)
	}
}

// onlyRefusals leaves of a signup of an unknown kind what it takes away. A
// positive of an unknown kind permits nothing, but a refusal in it stands.
func onlyRefusals(s *state.Signup) {
	kept := s.Answers[:0]
	for i := range s.Answers {
		if s.Answers[i].Value == state.AnswerNo {
			kept = append(kept, s.Answers[i])
		}
	}
	*s = state.Signup{Collection: s.Collection, Answers: orNil(kept), SubmissionID: s.SubmissionID}
}

func (c *cursor) notice(b *bodies) *state.Notice {
	if !c.present() {
		return nil
	}
	n := &b.notice
	n.Channels = state.Channels(set(c, "notice.channels", channels))
	n.Purposes = state.Purposes(set(c, "notice.purposes", purposes))
	b.names = c.texts("notice.families", MaxName, b.names)
	n.Families = orNil(b.names)
	n.OptOutOffered = c.boolean()
	n.Mode = symbol(c, noticeModes)
	n.TextVersion = c.text("notice.text_version", MaxName)
	n.ProofRef = c.text("notice.proof_ref", MaxRef)
	n.Language = c.text("notice.language", MaxFree)
	n.URL = c.text("notice.url", MaxRef)
	n.OrderRef = c.optionalText("notice.order_ref", MaxRef)
	return n
}

func (c *cursor) answers(b *bodies) []state.Answer {
	list, items := b.answers[:0], 0
	for n := c.block(); n > 0; n = c.block() {
		items += n
		for ; n > 0; n-- {
			a := c.answer()
			if len(list) < MaxItems {
				list = append(list, a)
			}
		}
	}
	c.few("answers", items)
	b.answers = list
	return orNil(list)
}

// orNil makes one value of the two empty lists, so that equal facts are equal.
func orNil[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}

func (c *cursor) answer() (a state.Answer) {
	a.Form = symbol(c, answerForms)
	a.Value = symbol(c, answerValues)
	a.Channels = state.Channels(set(c, "answers.channels", channels))
	a.Purposes = state.Purposes(set(c, "answers.purposes", purposes))
	a.Shown = state.Purposes(set(c, "answers.shown", purposes))
	a.ProofRef = c.text("answers.proof_ref", MaxRef)
	a.Confirmed = c.boolean()
	a.PhoneMentions = c.boolean()
	a.TextVersion = c.text("answers.text_version", MaxName)
	a.Message = optionalSymbol(c, messageKinds)
	return a
}

func (c *cursor) unsubscribe(b *bodies) {
	u := &b.unsubscribe
	u.Kind = symbol(c, unsubKinds)
	u.Method = symbol(c, unsubMethods)
	u.Channels = state.Channels(set(c, "channels", channels))
	u.Purposes = state.Purposes(set(c, "purposes", purposes))
	u.Shown = state.Purposes(set(c, "shown", purposes))
	b.names = c.texts("brands", MaxName, b.names)
	u.Brands = orNil(b.names)
	u.ProofRef = c.text("proof_ref", MaxRef)
	u.Message = optionalSymbol(c, messageKinds)
	u.PurgedBefore = c.optionalInstant("purged_before")
	c.checkUnsubscribe(u)
}

// checkUnsubscribe widens what a later schema said in words that are unknown
// here: only the resolution has seen those words. A lost proof that is not
// named is refused; the refusal of a negative denies everything.
func (c *cursor) checkUnsubscribe(u *state.Unsubscribe) {
	if c.unknownKind || c.unknownMethod && u.Channels == 0 {
		u.Channels = state.AllChannels
	}
	if u.Kind == state.UnsubscribeProofLost && u.ProofRef == "" {
		c.violate(FaultMissing, "proof_ref", "empty, and PROOF_LOST must name the proof")
	}
}
