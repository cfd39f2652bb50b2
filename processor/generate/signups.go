package generate

import "consentstream/state"

// signUp makes a record of signups: how a contact comes in, or what a known
// one asks for and answers.
func (g *Generator) signUp(f *state.Fact) (contact uint32) {
	contact = g.someone()
	f.Signup = &g.signup
	shares := laterSignups
	if g.contacts[contact]&known == 0 {
		shares = firstSignups
		g.contacts[contact] |= known
	}
	g.signup = state.Signup{Kind: pick(&g.random, shares)}
	g.collect()
	switch g.signup.Kind {
	case state.SignupAccountCreated, state.SignupForm, state.SignupLoyaltyJoined:
		g.ask(contact)
	}
	f.Brand = brands[pick(&g.random, brandOf)]
	return contact
}

var (
	firstSignups = []share[state.SignupKind]{
		{550, state.SignupAccountCreated}, {200, state.SignupForm}, {130, state.SignupCollected},
		{70, state.SignupInquiry}, {50, state.SignupAlertRequested},
	}
	laterSignups = []share[state.SignupKind]{
		{520, state.SignupForm}, {170, state.SignupInquiry}, {150, state.SignupAlertRequested},
		{100, state.SignupLoyaltyJoined}, {60, state.SignupAddressChanged},
	}
	collections = []share[state.Collection]{
		{820, state.CollectionDirect}, {80, state.CollectionInStore}, {30, state.CollectionByPhone},
		{30, state.CollectionImport}, {20, state.CollectionThirdParty}, {20, state.CollectionMarketplace},
	}
	contactTypes = []share[state.ContactType]{
		{600, state.ContactNone}, {370, state.ContactConsumer}, {20, state.ContactB2BNamed}, {10, state.ContactB2BGeneric},
	}
	zones = []share[string]{{960, ""}, {25, "Europe/Paris"}, {15, "America/Martinique"}}
)

// collect says where the address came from and what kind of contact it is.
func (g *Generator) collect() {
	s := &g.signup
	if s.Kind == state.SignupCollected || s.Kind == state.SignupAccountCreated {
		s.Collection = pick(&g.random, collections)
		s.ContactType = pick(&g.random, contactTypes)
		s.TimeZone = pick(&g.random, zones)
	}
}

// ask shows a form: a notice, and one or two questions.
func (g *Generator) ask(contact uint32) {
	s := &g.signup
	if g.random.chance(850) {
		s.Notice = g.tell(state.NoticeForm)
	}
	if g.random.chance(200) {
		return // told, and asked nothing
	}
	s.Answers = g.answers[:1]
	s.Answers[0] = g.answer(contact, pick(&g.random, questions))
	if g.random.chance(120) {
		s.Answers = g.answers[:2]
		s.Answers[1] = g.answer(contact, question{sms, offers})
	}
	s.SubmissionID = hexID(g.random.next())
}

// question is what one box or pair of buttons asks for.
type question struct {
	channels state.Channels
	purposes state.Purposes
}

var questions = []share[question]{
	{450, question{email, marketing}}, {250, question{email, newsletter}}, {120, question{email, offers}},
	{90, question{emailAndSMS, marketing}}, {60, question{email, loyalty}}, {30, question{telephone, offers}},
}

var (
	forms = []share[state.AnswerForm]{
		{350, state.FormYesNo}, {150, state.FormYesNoOptional}, {250, state.FormOptInBox}, {120, state.FormOptOutBox},
		{80, state.FormDoubleOptIn}, {20, state.FormOral}, {10, state.FormPaper}, {10, state.FormPretickedBox}, {10, state.FormTerms},
	}
	consents = []share[state.AnswerValue]{{420, state.AnswerYes}, {130, state.AnswerNo}, {450, state.AnswerNone}}
	refusals = []share[state.AnswerValue]{{150, state.AnswerNo}, {850, state.AnswerNone}}
)

func (g *Generator) answer(contact uint32, q question) state.Answer {
	text, proof := g.edition()
	a := state.Answer{
		Form: pick(&g.random, forms), Channels: q.channels, Purposes: q.purposes, Shown: everything,
		TextVersion: text, ProofRef: proof,
	}
	a.Value = g.value(a.Form)
	a.Confirmed = a.Form == state.FormDoubleOptIn && g.random.chance(700)
	a.PhoneMentions = q.channels.Has(state.ChannelPhone) && g.random.chance(600)
	switch a.Value {
	case state.AnswerYes:
		g.contacts[contact] &^= objected
	case state.AnswerNo:
		g.contacts[contact] |= objected
	}
	return a
}

// value draws an answer that the form can give.
func (g *Generator) value(form state.AnswerForm) state.AnswerValue {
	v := pick(&g.random, consents)
	switch form {
	case state.FormOptOutBox:
		return pick(&g.random, refusals)
	case state.FormYesNo, state.FormPretickedBox:
		if v == state.AnswerNone {
			return state.AnswerYes
		}
	case state.FormOptInBox, state.FormTerms, state.FormDoubleOptIn:
		if v == state.AnswerNo {
			return state.AnswerNone
		}
	}
	return v
}
