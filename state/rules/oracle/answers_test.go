package oracle

import "consentstream/state"

func (d *drawing) notice(ref string) *state.Notice {
	n := &state.Notice{
		Channels: d.channels() | state.ChannelsOf(state.ChannelEmail), Purposes: d.purposes(),
		OptOutOffered: !d.chance(8), Mode: draw(d, state.NoticeEmail), TextVersion: "v1", ProofRef: d.proof(),
	}
	if d.chance(4) {
		n.OrderRef = ref
	}
	if d.chance(8) {
		n.Families = []string{pick(d, d.family)}
	}
	if d.chance(3) {
		n.Purposes = state.AllMarketing
	}
	return n
}

// signup draws how somebody came into contact.
func (d *drawing) signup(at state.Instant) state.Fact {
	f := d.form(at)
	f.Signup.Kind = draw(d, state.SignupAddressChanged)
	if d.chance(3) {
		f.Signup.ContactType = draw(d, state.ContactB2BGeneric)
	}
	if d.chance(3) {
		f.Signup.Collection = draw(d, state.CollectionPublic)
	}
	return f
}

// form draws a form with a notice, answers or both.
func (d *drawing) form(at state.Instant) state.Fact {
	f := d.fact(at)
	f.Topic = state.TopicSignups
	f.Signup = &state.Signup{Kind: state.SignupForm}
	if d.chance(2) {
		f.Signup.Notice = d.notice(d.order())
	}
	for range 1 + d.IntN(2) {
		f.Signup.Answers = append(f.Signup.Answers, d.answer())
	}
	if d.chance(8) {
		f.Signup.SubmissionID = pick(d, []string{"s1", "s2"})
	}
	if d.chance(10) {
		f.Signup.TimeZone = pick(d, []string{"Indian/Reunion", "America/Martinique", "Africa/Cairo", "Nowhere/Else"})
	}
	if d.chance(12) {
		f.Signup.ContactType = draw(d, state.ContactB2BGeneric)
	}
	return f
}

func (d *drawing) answer() state.Answer {
	a := state.Answer{
		Form:     pick(d, []state.AnswerForm{state.FormYesNo, state.FormOptInBox, state.FormPaper, draw(d, state.FormDoubleOptIn)}),
		Channels: d.channels(), Purposes: d.purposes(), ProofRef: d.proof(), Confirmed: d.chance(3), PhoneMentions: d.chance(2),
	}
	switch d.IntN(6) {
	case 0:
		a.Value = state.AnswerNo
		a.Shown = d.shown()
	case 1:
		a.Value = state.AnswerNone
	}
	if d.chance(6) {
		a.Message = draw(d, state.MessageCall)
	}
	if d.chance(12) {
		a.Channels = 0
	}
	if d.chance(12) {
		a.Purposes = 0
	}
	return a
}

func (d *drawing) shown() state.Purposes {
	switch d.IntN(4) {
	case 0:
		return d.purposes()
	case 1:
		return state.AllMarketing
	}
	return 0
}

// negative draws a record of unsubscribes.
func (d *drawing) negative(at state.Instant) state.Fact {
	f := d.fact(at)
	f.Topic = state.TopicUnsubscribes
	u := &state.Unsubscribe{Method: draw(d, state.MethodOther), PurgedBefore: state.Unset, Shown: d.shown()}
	f.Unsubscribe = u
	switch d.IntN(10) {
	case 0, 1, 2, 3:
		u.Kind = state.UnsubscribeUnsubscribe
	case 4:
		u.Kind = state.UnsubscribeObjection
	case 5:
		u.Kind = state.UnsubscribeComplaint
	case 6:
		u.Kind, u.ProofRef = state.UnsubscribeProofLost, d.proof()
	case 7:
		u.Kind = state.UnsubscribePurged
		if d.chance(2) {
			u.PurgedBefore = at - state.Instant(d.IntN(40))*day
		}
	default:
		u.Kind = draw(d, state.UnsubscribeBloctel)
	}
	if d.chance(2) {
		u.Channels = d.channels()
	}
	if d.chance(2) {
		u.Purposes = d.purposes()
	}
	if d.chance(6) {
		u.Brands = []string{pick(d, []string{"X", "Y"})}
	}
	if d.chance(5) {
		u.Message = draw(d, state.MessageCall)
	}
	f.Forwarded = f.Address != "" && d.chance(6) && u.Kind != state.UnsubscribeProofLost && u.Kind != state.UnsubscribePurged
	return f
}
