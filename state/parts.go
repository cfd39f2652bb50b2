package state

// What is left of a fact that is merged: for each thing that it says one plain
// fact, with the id, place and times of the whole and a body that all members
// of the class share. A part of a part is that part again.

// The bodies of merged facts. They are shared and never written to.
var (
	bodyClicked  = &Click{Kind: ClickClick, Message: MessagePromotional, Target: TargetContent, Actor: ActorHuman}
	bodyServed   = &Click{Kind: ClickClick, Message: MessageService, Target: TargetContent, Actor: ActorHuman}
	bodyLogin    = &Click{Kind: ClickLogin, Actor: ActorHuman}
	bodySeen     = &Click{Kind: ClickOpen}
	bodyAttended = &Purchase{Kind: PurchaseAttended}
	bodyMoved    = &Signup{Kind: SignupAddressChanged}
	bodyRequest  = &requests[SignupInquiry]
	bodyGiven    = &collections[CollectionDirect]
	bodyLost     = &Unsubscribe{Kind: UnsubscribeProofLost, Method: MethodOther, PurgedBefore: Unset}

	bodyErased = &Unsubscribe{Kind: UnsubscribeErasure, Method: MethodOther, PurgedBefore: Unset}
	bodyBlind  = &Internal{Kind: InternalUnreadable, Target: andEarlier}

	requests = [...]Signup{
		SignupAccountCreated: {Kind: SignupAccountCreated},
		SignupInquiry:        {Kind: SignupInquiry},
		SignupAlertRequested: {Kind: SignupAlertRequested},
	}
	collections = [...]Signup{
		CollectionDirect:      {Kind: SignupCollected, Collection: CollectionDirect},
		CollectionInStore:     {Kind: SignupCollected, Collection: CollectionInStore},
		CollectionByPhone:     {Kind: SignupCollected, Collection: CollectionByPhone},
		CollectionThirdParty:  {Kind: SignupCollected, Collection: CollectionThirdParty},
		CollectionMarketplace: {Kind: SignupCollected, Collection: CollectionMarketplace},
		CollectionImport:      {Kind: SignupCollected, Collection: CollectionImport},
		CollectionPublic:      {Kind: SignupCollected, Collection: CollectionPublic},
	}
)

// parts appends what is left of the fact to dst.
func parts(dst []Fact, f *Fact) []Fact {
	switch {
	case f.Unsubscribe != nil:
		return append(dst, unsubscribePart(f))
	case f.Internal != nil && f.Internal.Kind == InternalRelease:
		return dst
	case f.Internal != nil:
		return append(dst, blindPart(f))
	case f.Signup != nil:
		return signupParts(dst, f)
	case f.Forwarded, f.OccurredAt > f.RecordedAt+early:
		return dst
	case f.Click != nil:
		return clickParts(dst, f)
	case f.Purchase != nil:
		return purchaseParts(dst, f)
	}
	return dst
}

// bare returns the fact with no body and no brand.
func bare(f *Fact) Fact {
	return Fact{
		ID: f.ID, Topic: f.Topic, Address: f.Address, Source: f.Source,
		OccurredAt: f.OccurredAt, Since: f.Since, RecordedAt: f.RecordedAt,
		Precision: f.Precision, Forwarded: f.Forwarded,
	}
}

func withClick(f *Fact, body *Click) Fact {
	p := bare(f)
	p.Click = body
	return p
}

func withSignup(f *Fact, body *Signup) Fact {
	p := bare(f)
	p.Signup = body
	return p
}

func unsubscribePart(f *Fact) Fact {
	p := *f
	switch {
	case f.Unsubscribe.Kind == UnsubscribeProofLost:
		p.Unsubscribe, p.Brand = bodyLost, ""
	case f.Unsubscribe.Kind == UnsubscribePurged:
		p.Unsubscribe, p.Brand = purgedBody(f.Unsubscribe.PurgedBefore), ""
	case f.Unsubscribe.ProofRef != "":
		body := *f.Unsubscribe
		body.ProofRef = ""
		p.Unsubscribe = &body
	}
	return p
}

func purgedBody(before Instant) *Unsubscribe {
	if before == 0 {
		before = Unset
	}
	return &Unsubscribe{Kind: UnsubscribePurged, Method: MethodOther, PurgedBefore: before}
}

// andEarlier marks an unreadable negative that stands for several. Its id is
// none that a release could name, so nothing lifts it.
const andEarlier = "and earlier"

// blindPart returns the fact as one of several negatives that are denied for as
// if they could not be read.
func blindPart(f *Fact) Fact {
	p := Fact{
		ID: f.ID, Topic: f.Topic, Source: f.Source,
		OccurredAt: f.OccurredAt, Since: f.Since, RecordedAt: f.RecordedAt, Internal: bodyBlind,
	}
	if f.Internal == nil || f.Internal.Target != andEarlier {
		p.ID += " " + andEarlier
	}
	return p
}

// clickBody is the body of the clicks that reset the clock as this one does
// (R43, R55), nil for one that does not.
func clickBody(c *Click) *Click {
	switch {
	case c.Actor != ActorHuman:
		return nil
	case c.Kind == ClickLogin:
		return bodyLogin
	case c.Kind != ClickClick || c.Message == MessageUnknown:
		return nil
	case c.Target != TargetContent && c.Target != TargetKeepMe:
		return nil
	case c.Message == MessageService:
		return bodyServed
	}
	return bodyClicked
}

func clickParts(dst []Fact, f *Fact) []Fact {
	if f.Click.Kind == ClickUnknown {
		return dst
	}
	if body := clickBody(f.Click); body != nil {
		return append(dst, withClick(f, body))
	}
	return append(dst, withClick(f, bodySeen))
}

// purchaseParts: an order that is not held any more is a request of the person,
// neither a sale nor something to be performed. A contract's end is a contact
// that opens nothing.
func purchaseParts(dst []Fact, f *Fact) []Fact {
	p := f.Purchase
	switch p.Kind {
	case PurchaseOrdered, PurchaseContractStarted:
		if p.Role == RoleBuyer && p.CollectedBy == CollectedDirect {
			return append(dst, withSignup(f, bodyRequest))
		}
	case PurchaseContractEnded:
		return append(dst, withClick(f, bodyClicked))
	case PurchaseAttended:
		part := bare(f)
		part.Purchase = bodyAttended
		return append(dst, part)
	case PurchaseUnknown:
		return dst
	}
	return append(dst, withClick(f, bodySeen))
}

// signupParts: the refusals, what resets the clock, what kind of contact it is
// and where the person lives. Notices and answers YES are gone.
func signupParts(dst []Fact, f *Fact) []Fact {
	s, before := f.Signup, len(dst)
	for i := range s.Answers {
		if s.Answers[i].Value == AnswerNo {
			dst = append(dst, refusalPart(f, &s.Answers[i]))
		}
	}
	if s.Kind == SignupUnknown || f.Forwarded || f.OccurredAt > f.RecordedAt+early {
		return dst
	}
	if body := collectionBody(f); body != nil {
		dst = append(dst, withSignup(f, body))
	}
	if s.saysYes() {
		dst = append(dst, withSignup(f, bodyGiven))
	}
	typed, zoned := s.ContactType != ContactNone, s.TimeZone != ""
	if typed {
		dst = append(dst, withSignup(f, &Signup{Kind: SignupForm, ContactType: s.ContactType}))
	}
	if zoned {
		dst = append(dst, withSignup(f, &Signup{Kind: SignupForm, TimeZone: s.TimeZone}))
	}
	if len(dst) == before || typed || zoned {
		dst = append(dst, withClick(f, bodySeen))
	}
	return dst
}

func refusalPart(f *Fact, a *Answer) Fact {
	p := withSignup(f, &Signup{
		Kind: SignupForm, SubmissionID: f.Signup.SubmissionID,
		Answers: []Answer{{Value: AnswerNo, Channels: a.Channels, Purposes: a.Purposes, Shown: a.Shown, Message: a.Message}},
	})
	p.Brand = f.Brand
	return p
}

// collectionBody is what the kind of a signup says by itself, nil for nothing.
func collectionBody(f *Fact) *Signup {
	switch s := f.Signup; s.Kind {
	case SignupAccountCreated, SignupInquiry, SignupAlertRequested:
		return &requests[s.Kind]
	case SignupCollected:
		return &collections[s.Collection]
	case SignupAddressChanged:
		if f.Address != "" {
			return bodyMoved
		}
	}
	return nil
}

// resetsByKind reports whether the kind of a signup resets the clock (R43).
func resetsByKind(s *Signup) bool {
	switch s.Kind {
	case SignupAccountCreated, SignupInquiry, SignupAlertRequested:
		return true
	case SignupCollected:
		return s.Collection == CollectionDirect || s.Collection == CollectionInStore || s.Collection == CollectionByPhone
	}
	return false
}

// saysYes reports whether an answer resets the clock (R43).
func (s *Signup) saysYes() bool {
	for i := range s.Answers {
		a := &s.Answers[i]
		if a.Value == AnswerYes && a.Form != FormPretickedBox && a.Form != FormTerms {
			return true
		}
	}
	return false
}
