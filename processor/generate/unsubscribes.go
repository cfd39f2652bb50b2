package generate

import (
	"consentstream/schemas"
	"consentstream/state"
)

// goodbye is one way in which a contact says no.
type goodbye struct {
	kind     state.UnsubscribeKind
	method   state.Method
	purposes state.Purposes
	shown    state.Purposes
	message  state.MessageKind
}

var goodbyes = []share[goodbye]{
	{300, goodbye{kind: state.UnsubscribeUnsubscribe, method: state.MethodOneClick, message: state.MessageNewsletter}},
	{230, goodbye{kind: state.UnsubscribeUnsubscribe, method: state.MethodLink, message: state.MessagePromotional}},
	{110, goodbye{kind: state.UnsubscribeUnsubscribe, method: state.MethodPreferenceCentre, purposes: offers, shown: everything}},
	{60, goodbye{kind: state.UnsubscribeUnsubscribe, method: state.MethodPreferenceCentre, purposes: newsletter, shown: everything}},
	{70, goodbye{kind: state.UnsubscribeUnsubscribe, method: state.MethodSMSStop}},
	{30, goodbye{kind: state.UnsubscribeUnsubscribe, method: state.MethodLink, message: state.MessageReviewRequest}},
	{70, goodbye{kind: state.UnsubscribeObjection, method: state.MethodReply}},
	{40, goodbye{kind: state.UnsubscribeObjection, method: state.MethodOral}},
	{20, goodbye{kind: state.UnsubscribeObjection, method: state.MethodLetter}},
	{30, goodbye{kind: state.UnsubscribeComplaint, method: state.MethodSpamButton}},
	{10, goodbye{kind: state.UnsubscribeBloctel, method: state.MethodOther}},
	{13, goodbye{kind: state.UnsubscribeErasure, method: state.MethodLetter}},
	{5, goodbye{kind: state.UnsubscribePurged, method: state.MethodOther}},
	{5, goodbye{kind: state.UnsubscribeProofLost, method: state.MethodOther}},
	{4, goodbye{kind: state.UnsubscribeRestriction, method: state.MethodLetter}},
	{3, goodbye{kind: state.UnsubscribeDeceased, method: state.MethodLetter}},
}

// leave makes a record of unsubscribes.
func (g *Generator) leave(f *state.Fact) (contact uint32) {
	contact = g.someoneKnown()
	f.Unsubscribe = &g.unsubscribe
	how := pick(&g.random, goodbyes)
	g.unsubscribe = state.Unsubscribe{
		Kind: how.kind, Method: how.method, Purposes: how.purposes, Shown: how.shown, Message: how.message,
		PurgedBefore: state.Unset,
	}
	switch how.kind {
	case state.UnsubscribeProofLost:
		_, g.unsubscribe.ProofRef = g.edition()
	case state.UnsubscribePurged:
		// The purge system clears what is three years old.
		g.unsubscribe.PurgedBefore = max(g.now-1096*day, schemas.MinInstant)
	case state.UnsubscribeErasure:
		g.contacts[contact] = 0 // and may come back as somebody new
	default:
		g.contacts[contact] |= objected
	}
	if how.method == state.MethodPreferenceCentre && g.random.chance(150) {
		g.names[0] = brands[1]
		g.unsubscribe.Brands, f.Brand = g.names[:], brands[1]
	}
	return contact
}
