package rules_test

import (
	"testing"

	"consentstream/state"
	"consentstream/state/rules"
)

// R19 to R22, and what a yes covers.
func TestConsent(t *testing.T) {
	yes := said("2026-01-10T10:00", email, promo)
	form := func(f state.AnswerForm) []state.Fact {
		return facts(answering(yes, func(a *state.Answer) { a.Form = f }))
	}
	checkAll(t, []check{
		{says: "yes", given: facts(yes), when: "2026-01-10T10:00", ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
		{says: "R21: email does not cover SMS", given: facts(yes), when: "2026-02-02T10:00", ask: "SMS PROMOTIONAL", want: "deny NO_PURCHASE"},
		{says: "R21: promo does not cover newsletter", given: facts(yes), when: "2026-02-02T10:00", ask: "EMAIL NEWSLETTER", want: "deny NO_PURCHASE"},
		{says: "R21: promo does not cover loyalty", given: facts(yes), when: "2026-02-02T10:00", ask: "EMAIL LOYALTY", want: "deny NEEDS_LOYALTY_CONSENT"},
		{says: "R13: explicit consent for loyalty", given: facts(said("2026-01-10T10:00", email, loyalty)), when: "2026-02-02T10:00", ask: "EMAIL LOYALTY", want: "allow CONSENT"},
		{says: "R12: promo covers cart", given: facts(yes), when: "2026-02-02T10:00", ask: "EMAIL CART_ABANDONMENT", want: "allow CONSENT"},
		{says: "R12: by parameter", given: facts(yes), policy: func(s *rules.Settings) { s.CartCoveredByPromotional = false },
			when: "2026-02-02T10:00", ask: "EMAIL CART_ABANDONMENT", want: "deny NO_PURCHASE"},
		{says: "R12: newsletter consent never covers cart", given: facts(said("2026-01-10T10:00", email, news)), when: "2026-02-02T10:00", ask: "EMAIL CART_ABANDONMENT", want: "deny NO_PURCHASE"},
		{says: "R12: a consent to cart alone", given: facts(said("2026-01-10T10:00", email, cart)), when: "2026-02-02T10:00", ask: "EMAIL CART_ABANDONMENT", want: "allow CONSENT"},
		{says: "R21: a yes to no channel is none", given: facts(said("2026-01-10T10:00", 0, promo)), when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny NO_PURCHASE"},
		{says: "R21: a yes to no purpose is none", given: facts(said("2026-01-10T10:00", email, 0)), when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny NO_PURCHASE"},
		{says: "R21: a yes to CONTACT names no purpose", given: facts(said("2026-01-10T10:00", email, state.PurposesOf(state.PurposeContact))),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny NO_PURCHASE"},
		{says: "in a positive UNKNOWN means none", given: facts(said("2026-01-10T10:00", state.ChannelsOf(state.ChannelUnknown), state.PurposesOf(state.PurposeUnknown))),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny NO_PURCHASE"},
		{says: "an unknown kind of a positive is ignored", given: facts(but(yes, func(f *state.Fact) { f.Signup.Kind = state.SignupUnknown })),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny UNKNOWN_CONTACT"},
		{says: "also where something else is known", given: facts(signed("2026-01-09T10:00", state.SignupAccountCreated), but(yes, func(f *state.Fact) { f.Signup.Kind = state.SignupUnknown })),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny NO_PURCHASE"},
		{says: "R19: pre-ticked", given: form(state.FormPretickedBox), when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny CONSENT_INVALID_FORM"},
		{says: "R19: terms", given: form(state.FormTerms), when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny CONSENT_INVALID_FORM"},
		{says: "R19: an opt-out box", given: form(state.FormOptOutBox), when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny CONSENT_INVALID_FORM"},
		{says: "R22: optional yes/no", given: form(state.FormYesNoOptional), when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
		{says: "R22: opt-in box ticked", given: form(state.FormOptInBox), when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
		{says: "R28: paper", given: form(state.FormPaper), when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
		{says: "a double opt-in that is not closed", given: form(state.FormDoubleOptIn), when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny CONSENT_INVALID_FORM"},
		{says: "a double opt-in that is", given: facts(answering(yes, func(a *state.Answer) { a.Form, a.Confirmed = state.FormDoubleOptIn, true })),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
		{says: "R22: opt-in box unticked: nothing", given: facts(answering(yes, func(a *state.Answer) { a.Form, a.Value = state.FormOptInBox, state.AnswerNone })),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny NO_PURCHASE"},
		{says: "R22: a later blank form never overwrites", given: facts(yes, answering(said("2026-01-20T10:00", email, promo), func(a *state.Answer) { a.Value = state.AnswerNone })),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
		{says: "R20: no proof", given: facts(answering(yes, func(a *state.Answer) { a.ProofRef = "" })), when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny PROOF_MISSING"},
		{says: "a missing proof is told before a form that is none", given: facts(answering(yes, func(a *state.Answer) { a.ProofRef = "" }), form(state.FormTerms)),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny PROOF_MISSING"},
		{says: "a useless consent is told before the sale", given: facts(client0(), purchased("2026-01-20T10:00", state.PurchaseCancelled, "O1"), form(state.FormTerms)),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny CONSENT_INVALID_FORM"},
		{says: "useless for what it was not about", given: facts(signed("2026-01-09T10:00", state.SignupAccountCreated), answering(said("2026-01-10T10:00", email, news), func(a *state.Answer) { a.Form = state.FormTerms })),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny NO_PURCHASE"},
		{says: "for loyalty what is useless is told before that there is none", given: facts(answering(said("2026-01-10T10:00", email, loyalty), func(a *state.Answer) { a.Form = state.FormTerms })),
			when: "2026-02-02T10:00", ask: "EMAIL LOYALTY", want: "deny CONSENT_INVALID_FORM"},
		{says: "the newest of two that are useless is told", given: facts(signed("2026-01-09T10:00", state.SignupAccountCreated), form(state.FormTerms), answering(said("2026-01-11T10:00", email, promo), func(a *state.Answer) { a.Form = state.FormTerms })),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny CONSENT_INVALID_FORM", cites: "e02"},
		{says: "the newest of two that count is told", given: facts(yes, said("2026-01-11T10:00", email, promo)), when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "allow CONSENT", cites: "e01"},
		{says: "R20: lost at the very instant", given: facts(yes, objecting(unsubscribed("2026-01-10T10:00", state.UnsubscribeProofLost, state.MethodOther), func(u *state.Unsubscribe) { u.ProofRef = "p1" })),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny PROOF_MISSING"},
		{says: "R20: another proof was lost", given: facts(yes, objecting(unsubscribed("2026-01-20T10:00", state.UnsubscribeProofLost, state.MethodOther), func(u *state.Unsubscribe) { u.ProofRef = "p2" })),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
		{says: "R20: what the same form proves later", given: facts(objecting(unsubscribed("2026-01-05T10:00", state.UnsubscribeProofLost, state.MethodOther), func(u *state.Unsubscribe) { u.ProofRef = "p1" }), yes),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
		{says: "R29: a lost proof is no withdrawal", given: facts(client0(), answering(said("2026-01-20T10:00", email, promo), func(a *state.Answer) { a.ProofRef = "" })),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "R23: never reported as consent, consent goes first", given: facts(client0(), said("2026-01-20T10:00", email, promo)),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
		{says: "R4: consent given for one brand", given: facts(but(yes, func(f *state.Fact) { f.Brand = "X" })), when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL",
			with: func(q *rules.Question) { q.Brand = "X" }, want: "allow CONSENT"},
		{says: "R4: does not extend to another", given: facts(but(yes, func(f *state.Fact) { f.Brand = "X" })), when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL",
			with: func(q *rules.Question) { q.Brand = "Y" }, want: "deny NO_PURCHASE"},
		{says: "R4: nor to the controller's own name", given: facts(but(yes, func(f *state.Fact) { f.Brand = "X" })), when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny NO_PURCHASE"},
		{says: "R41: consent stays with its address", given: facts(at0(yes, "a1"), at0(signed("2026-01-11T10:00", state.SignupForm), "a2")),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", with: func(q *rules.Question) { q.Address = "a2" }, want: "deny NO_PURCHASE"},
		{says: "R3: a yes by the day, during the day", given: facts(byDay(yes)), when: "2026-01-10T23:00", ask: "EMAIL PROMOTIONAL", want: "deny UNKNOWN_CONTACT"},
		{says: "R3: a yes by the day, the day after", given: facts(byDay(yes)), when: "2026-01-11T00:00", ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
		{says: "R3: a yes dated in the future, before its date", given: facts(signed("2025-05-01T09:00", state.SignupAccountCreated), recorded(said("2026-12-01T09:00", email, promo), "2025-05-01T09:00")),
			when: "2026-11-30T09:00", ask: "EMAIL PROMOTIONAL", want: "deny NO_PURCHASE"},
		{says: "R3: at its date", given: facts(signed("2025-05-01T09:00", state.SignupAccountCreated), recorded(said("2026-12-01T09:00", email, promo), "2025-05-01T09:00")),
			when: "2026-12-01T09:00", ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
		{says: "R1: what was not known does not count", given: facts(recorded(yes, "2026-01-20T10:00")), when: "2026-01-15T10:00", ask: "EMAIL PROMOTIONAL", want: "deny UNKNOWN_CONTACT"},
		{says: "R1: until it was", given: facts(recorded(yes, "2026-01-20T10:00")), when: "2026-01-15T10:00", known: "2026-01-20T10:00", ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
	})
}

// R18: the welcome follows the basis that opens it.
func TestWelcome(t *testing.T) {
	checkAll(t, []check{
		{says: "opened by newsletter", given: facts(said("2026-01-10T10:00", email, news)), when: "2026-02-02T10:00", ask: "EMAIL WELCOME", want: "allow CONSENT"},
		{says: "opened by promo", given: facts(said("2026-01-10T10:00", email, promo)), when: "2026-02-02T10:00", ask: "EMAIL WELCOME", want: "allow CONSENT"},
		{says: "not by loyalty", given: facts(said("2026-01-10T10:00", email, loyalty)), when: "2026-02-02T10:00", ask: "EMAIL WELCOME", want: "deny NO_PURCHASE"},
		{says: "consent is the stronger basis", given: facts(client0(), said("2026-01-20T10:00", email, news)), when: "2026-02-02T10:00", ask: "EMAIL WELCOME", want: "allow CONSENT"},
		{says: "of two alike that of promo", given: facts(said("2026-01-10T10:00", email, promo), said("2026-01-10T11:00", email, news)), when: "2026-02-02T10:00", ask: "EMAIL WELCOME", want: "allow CONSENT", cites: "e00"},
		{says: "of two refusals the one that is told first", given: facts(signed("2026-01-10T10:00", state.SignupAccountCreated), refused("2026-01-10T10:00", email, news, everyone)),
			when: "2026-02-02T10:00", ask: "EMAIL WELCOME", want: "deny OBJECTED"},
	})
}
