package rules_test

import (
	"testing"

	"consentstream/state"
	"consentstream/state/rules"
)

// R32 to R38: what objections close.
func TestScopeOfObjections(t *testing.T) {
	both := said("2026-01-11T10:00", email, promo|news)
	bare := unsubscribed("2026-01-20T10:00", state.UnsubscribeUnsubscribe, state.MethodLink)
	by := func(kind state.UnsubscribeKind, m state.Method) state.Fact {
		return unsubscribed("2026-01-20T10:00", kind, m)
	}
	scoped := func(purposes, shown state.Purposes) state.Fact {
		return objecting(bare, func(u *state.Unsubscribe) { u.Purposes, u.Shown = purposes, shown })
	}
	delivered := purchased("2026-01-15T10:00", state.PurchaseDelivered, "O1")
	shopper := facts(told("2026-01-10T09:55", state.ChannelEmail, state.ChannelSMS), order("2026-01-10T10:00", "O1"), delivered)
	const later = "2026-02-02T10:00"
	checkAll(t, []check{
		{says: "R33 i: bare = all marketing on the channel", given: facts(shopper, both, bare), when: later, ask: "EMAIL NEWSLETTER", want: "deny OBJECTED"},
		{says: "R38: other channels stay", given: facts(shopper, both, bare), when: later, ask: "SMS NEWSLETTER", want: "allow SOFT_OPTIN"},
		{says: "R9: marketing-scope unsubscribe does not block a review", given: facts(shopper, bare), when: later, ask: "EMAIL REVIEW_REQUEST", want: "allow REVIEW_DUE"},
		{says: "R7: service regardless of objection", given: facts(shopper, bare), when: later, ask: "EMAIL SERVICE", want: "allow SERVICE_GROUND"},
		{says: "R33 ii: displayed choices = those only", given: facts(shopper, scoped(news, promo|news)), when: later, ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "R33 ii: what was refused", given: facts(shopper, scoped(news, promo|news)), when: later, ask: "EMAIL NEWSLETTER", want: "deny OBJECTED"},
		{says: "R33: what was not displayed is closed", given: facts(shopper, scoped(news, promo|news)), when: later, ask: "EMAIL CART_ABANDONMENT", want: "deny OBJECTED"},
		{says: "R33 iii: without displayed choices soft opt-in closes", given: facts(shopper, scoped(news, 0)), when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "R33 iii: separate consents survive", given: facts(shopper, both, scoped(news, 0)), when: later, ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
		{says: "R33 vi: cart is inside promo", given: facts(shopper, said("2026-01-11T10:00", email, cart), scoped(promo, 0)), when: later, ask: "EMAIL CART_ABANDONMENT", want: "deny OBJECTED"},
		{says: "R12: unless CART was displayed and kept", given: facts(shopper, said("2026-01-11T10:00", email, cart), scoped(promo, promo|cart)), when: later, ask: "EMAIL CART_ABANDONMENT", want: "allow CONSENT"},
		{says: "CONTACT displayed is not every purpose displayed", given: facts(shopper, scoped(news, news|state.PurposesOf(state.PurposeContact))),
			when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "in shown UNKNOWN means nothing", given: facts(shopper, scoped(news, news|state.PurposesOf(state.PurposeUnknown))), when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "CONTACT refused covers every purpose", given: facts(shopper, scoped(state.PurposesOf(state.PurposeContact), 0)), when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny OBJECTED"},
		{says: "an UNKNOWN purpose refused means all", given: facts(shopper, scoped(state.PurposesOf(state.PurposeUnknown), 0)), when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny OBJECTED"},
		{says: "an UNKNOWN channel refused means all", given: facts(shopper, objecting(bare, func(u *state.Unsubscribe) { u.Channels = state.ChannelsOf(state.ChannelUnknown) })),
			when: later, ask: "SMS PROMOTIONAL", want: "deny OBJECTED"},
		{says: "R13: a newsletter objection does not cover loyalty", given: facts(shopper, said("2026-01-11T10:00", email, loyalty), scoped(news, 0)), when: later, ask: "EMAIL LOYALTY", want: "allow CONSENT"},
		{says: "R13: without consent it is still what loyalty lacks", given: facts(shopper, scoped(news, 0)), when: later, ask: "EMAIL LOYALTY", want: "deny NEEDS_LOYALTY_CONSENT"},

		{says: "R33 iv: a letter covers all channels", given: facts(shopper, by(state.UnsubscribeObjection, state.MethodLetter)), when: later, ask: "SMS PROMOTIONAL", want: "deny OBJECTED"},
		{says: "R33 iv: and reviews", given: facts(shopper, by(state.UnsubscribeObjection, state.MethodLetter)), when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny OBJECTED"},
		{says: "R33 iv: an authority too", given: facts(shopper, by(state.UnsubscribeObjection, state.MethodAuthority)), when: later, ask: "SMS PROMOTIONAL", want: "deny OBJECTED"},
		{says: "R33 iv: and reviews, an authority too", given: facts(shopper, by(state.UnsubscribeObjection, state.MethodAuthority)), when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny OBJECTED"},
		{says: "R33 iv: unless it names purposes", given: facts(shopper, objecting(by(state.UnsubscribeObjection, state.MethodLetter), func(u *state.Unsubscribe) { u.Purposes = promo })), when: later, ask: "EMAIL REVIEW_REQUEST", want: "allow REVIEW_DUE"},
		{says: "R33 iv: unless it names channels", given: facts(shopper, objecting(by(state.UnsubscribeObjection, state.MethodLetter), func(u *state.Unsubscribe) { u.Channels = email })),
			when: later, ask: "SMS PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "R38: STOP closes SMS", given: facts(shopper, by(state.UnsubscribeUnsubscribe, state.MethodSMSStop)), when: later, ask: "SMS PROMOTIONAL", want: "deny OBJECTED"},
		{says: "R38: and not email", given: facts(shopper, by(state.UnsubscribeUnsubscribe, state.MethodSMSStop)), when: later, ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "R38: oral closes the telephone", given: facts(shopper, by(state.UnsubscribeObjection, state.MethodOral)), when: later, ask: "PHONE PROMOTIONAL", want: "deny OBJECTED"},
		{says: "R38: and not email", given: facts(shopper, by(state.UnsubscribeObjection, state.MethodOral)), when: later, ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "R33 v: bare in a review request = everything on the channel", given: facts(shopper, objecting(bare, func(u *state.Unsubscribe) { u.Message = state.MessageReviewRequest })),
			when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny OBJECTED"},
		{says: "R33 v: reviews alone leave displayed purposes", given: facts(shopper, objecting(scoped(review, review|promo), func(u *state.Unsubscribe) { u.Message = state.MessageReviewRequest })),
			when: later, ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "R32: restriction is of scope contact", given: facts(shopper, by(state.UnsubscribeRestriction, state.MethodOther)), when: later, ask: "SMS PROMOTIONAL", want: "deny OBJECTED"},
		{says: "R32: death covers all channels", given: facts(shopper, by(state.UnsubscribeDeceased, state.MethodOther)), when: later, ask: "SMS PROMOTIONAL", want: "deny OBJECTED"},
		{says: "R4: an erasure under one brand covers all", given: facts(shopper, objecting(by(state.UnsubscribeErasure, state.MethodOther), func(u *state.Unsubscribe) { u.Brands = []string{"X"} })), when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "R4: so does a restriction", given: facts(shopper, objecting(by(state.UnsubscribeRestriction, state.MethodOther), func(u *state.Unsubscribe) { u.Brands = []string{"X"} })), when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "R4: and death", given: facts(shopper, objecting(by(state.UnsubscribeDeceased, state.MethodOther), func(u *state.Unsubscribe) { u.Brands = []string{"X"} })), when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "R4: and a complaint", given: facts(shopper, objecting(by(state.UnsubscribeComplaint, state.MethodOther), func(u *state.Unsubscribe) { u.Brands = []string{"X"} })), when: later, ask: "EMAIL PROMOTIONAL", want: "deny COMPLAINT"},
		{says: "R39: an erasure is of scope contact, whatever it names", given: facts(shopper, objecting(by(state.UnsubscribeErasure, state.MethodOther), func(u *state.Unsubscribe) { u.Purposes, u.Shown = news, promo|news })), when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "R32: so is a restriction", given: facts(shopper, objecting(by(state.UnsubscribeRestriction, state.MethodOther), func(u *state.Unsubscribe) { u.Purposes, u.Shown = news, promo|news })), when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "R32: and death, whatever it names", given: facts(shopper, objecting(by(state.UnsubscribeDeceased, state.MethodOther), func(u *state.Unsubscribe) { u.Purposes, u.Shown = news, promo|news })), when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "R32: so is death", given: facts(shopper, by(state.UnsubscribeDeceased, state.MethodOther)), when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny OBJECTED"},
		{says: "R32: an erasure that names a channel covers all", given: facts(shopper, objecting(by(state.UnsubscribeErasure, state.MethodOther), func(u *state.Unsubscribe) { u.Channels = email })),
			when: later, ask: "SMS PROMOTIONAL", want: "deny OBJECTED"},

		{says: "R36: a complaint", given: facts(shopper, both, by(state.UnsubscribeComplaint, state.MethodSpamButton)), when: later, ask: "EMAIL PROMOTIONAL", want: "deny COMPLAINT"},
		{says: "R36: is of scope contact, whatever it names", given: facts(shopper, objecting(by(state.UnsubscribeComplaint, state.MethodSpamButton), func(u *state.Unsubscribe) { u.Purposes = news })),
			when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny OBJECTED"},
		{says: "R36: other channels: legally open", given: facts(shopper, by(state.UnsubscribeComplaint, state.MethodSpamButton)), when: later, ask: "SMS PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "R36: also where any objection closes all of its own channel", given: facts(shopper, by(state.UnsubscribeComplaint, state.MethodSpamButton)),
			policy: func(s *rules.Settings) { s.AnyObjectionClosesAll = true }, when: later, ask: "SMS PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "R36: a complaint on another channel, lifted here, leaves the consents beside an objection", given: facts(shopper,
			objecting(by(state.UnsubscribeComplaint, state.MethodSMSStop), func(u *state.Unsubscribe) { u.Channels = sms }),
			answering(said("2026-01-22T10:00", email, promo|news), func(a *state.Answer) { a.Confirmed = true }),
			objecting(unsubscribed("2026-01-24T10:00", state.UnsubscribeUnsubscribe, state.MethodLink), func(u *state.Unsubscribe) { u.Purposes = news })),
			policy: func(s *rules.Settings) { s.ComplaintClosesAllChannels = true }, when: later, ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
		{says: "R36: another objection closes its own even so", given: facts(shopper, bare), policy: func(s *rules.Settings) { s.ComplaintClosesAllChannels = true },
			when: later, ask: "SMS PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "R36: and of those what it says", given: facts(shopper, scoped(news, promo|news)), policy: func(s *rules.Settings) { s.ComplaintClosesAllChannels = true },
			when: later, ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "R36: of consents too", given: facts(shopper, both, scoped(news, 0)), policy: func(s *rules.Settings) { s.ComplaintClosesAllChannels = true },
			when: later, ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
		{says: "R36: the company may close them", given: facts(shopper, by(state.UnsubscribeComplaint, state.MethodSpamButton)),
			policy: func(s *rules.Settings) { s.ComplaintClosesAllChannels = true }, when: later, ask: "SMS PROMOTIONAL", want: "deny COMPLAINT"},
		{says: "a complaint that is the first of all facts too", given: facts(by(state.UnsubscribeComplaint, state.MethodSpamButton), unsubscribed("2026-01-21T10:00", state.UnsubscribeUnsubscribe, state.MethodLink)),
			when: later, ask: "EMAIL PROMOTIONAL", want: "deny COMPLAINT"},
		{says: "R33 iii: a consent that is the first of all facts survives", given: facts(both, scoped(news, 0)), when: later, ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
		{says: "a complaint is told before an objection", given: facts(shopper, by(state.UnsubscribeComplaint, state.MethodSpamButton), unsubscribed("2026-01-21T10:00", state.UnsubscribeUnsubscribe, state.MethodLink)),
			when: later, ask: "EMAIL PROMOTIONAL", want: "deny COMPLAINT"},

		{says: "R37: an answer no", given: facts(shopper, refused("2026-01-20T10:00", email, promo, promo|news)), when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "R37: what was displayed and not refused", given: facts(shopper, refused("2026-01-20T10:00", email, promo, promo|news)), when: later, ask: "EMAIL NEWSLETTER", want: "allow SOFT_OPTIN"},
		{says: "on a NO no channels = all", given: facts(shopper, refused("2026-01-20T10:00", 0, promo, 0)), when: later, ask: "SMS PROMOTIONAL", want: "deny OBJECTED"},
		{says: "on a NO no purposes = all marketing", given: facts(shopper, said("2026-01-11T10:00", email, loyalty), refused("2026-01-20T10:00", email, 0, 0)), when: later, ask: "EMAIL LOYALTY", want: "deny OBJECTED"},
		{says: "and not reviews", given: facts(shopper, refused("2026-01-20T10:00", email, 0, 0)), when: later, ask: "EMAIL REVIEW_REQUEST", want: "allow REVIEW_DUE"},
		{says: "R33 v: a bare no to a review request", given: facts(shopper, answering(refused("2026-01-20T10:00", email, 0, 0), func(a *state.Answer) { a.Message = state.MessageReviewRequest })), when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny OBJECTED"},
		{says: "R33 v: to all marketing is bare too", given: facts(shopper, answering(refused("2026-01-20T10:00", email, state.AllMarketing, 0), func(a *state.Answer) { a.Message = state.MessageReviewRequest })), when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny OBJECTED"},
		{says: "R33 v: not with choices displayed", given: facts(shopper, answering(refused("2026-01-20T10:00", email, 0, everyone), func(a *state.Answer) { a.Message = state.MessageReviewRequest })), when: later, ask: "EMAIL REVIEW_REQUEST", want: "allow REVIEW_DUE"},
		{says: "R33 v: not of one purpose", given: facts(shopper, answering(refused("2026-01-20T10:00", email, promo, 0), func(a *state.Answer) { a.Message = state.MessageReviewRequest })), when: later, ask: "EMAIL REVIEW_REQUEST", want: "allow REVIEW_DUE"},
		{says: "R33 v: not to another message", given: facts(shopper, answering(refused("2026-01-20T10:00", email, 0, 0), func(a *state.Answer) { a.Message = state.MessagePromotional })), when: later, ask: "EMAIL REVIEW_REQUEST", want: "allow REVIEW_DUE"},
		{says: "a NO of an unknown kind of signup counts", given: facts(shopper, but(refused("2026-01-20T10:00", email, 0, 0), func(f *state.Fact) { f.Signup.Kind = state.SignupUnknown })),
			when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},

		{says: "R4: a bare objection under one brand covers all", given: facts(shopper, but(bare, func(f *state.Fact) { f.Brand = "X" })), when: later, ask: "EMAIL PROMOTIONAL",
			with: func(q *rules.Question) { q.Brand = "Y" }, want: "deny OBJECTED"},
		{says: "R4: listed brands", given: facts(shopper, objecting(bare, func(u *state.Unsubscribe) { u.Brands = []string{"X"} })), when: later, ask: "EMAIL PROMOTIONAL",
			with: func(q *rules.Question) { q.Brand = "X" }, want: "deny OBJECTED"},
		{says: "R4: and no other", given: facts(shopper, objecting(bare, func(u *state.Unsubscribe) { u.Brands = []string{"X"} })), when: later, ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},

		{says: "A9: any objection closes all, by policy", given: facts(shopper, scoped(news, promo|news)), policy: func(s *rules.Settings) { s.AnyObjectionClosesAll = true },
			when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED", law: "allow"},
		{says: "A9: also consents", given: facts(shopper, both, scoped(news, 0)), policy: func(s *rules.Settings) { s.AnyObjectionClosesAll = true },
			when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED", law: "allow"},
		{says: "A9: not a later yes", given: facts(shopper, scoped(news, 0), said("2026-01-21T10:00", email, promo)), policy: func(s *rules.Settings) { s.AnyObjectionClosesAll = true },
			when: later, ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
	})
}

// R2, R3: when an objection is in force.
func TestWhenObjectionsBegin(t *testing.T) {
	bare := unsubscribed("2026-01-20T10:00", state.UnsubscribeUnsubscribe, state.MethodLink)
	checkAll(t, []check{
		{says: "at its instant", given: facts(client0(), bare), when: "2026-01-20T10:00", ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "not before", given: facts(client0(), bare), when: "2026-01-20T09:59", known: "2026-02-01T00:00", ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "by the day: from its start", given: facts(client0(), byDay(bare)), when: "2026-01-20T00:00", known: "2026-02-01T00:00", ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "dated in the future: from recorded_at", given: facts(client0(), recorded(bare, "2026-01-15T10:00")), when: "2026-01-15T10:00", ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "R34: a later sale with a notice revives nothing", given: facts(client0(), bare, told("2026-02-01T09:55"), order("2026-02-01T10:00", "O2")),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "OBJECTED before EXPIRED", given: facts(client0(), bare), when: "2031-01-01T10:00", ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
	})
}

// R35, R36: what lifts an objection.
func TestYesAfterObjection(t *testing.T) {
	bare := unsubscribed("2026-01-20T10:00", state.UnsubscribeUnsubscribe, state.MethodLink)
	complaint := unsubscribed("2026-01-20T10:00", state.UnsubscribeComplaint, state.MethodSpamButton)
	yes := said("2026-01-21T10:00", email, promo)
	const later = "2026-02-02T10:00"
	checkAll(t, []check{
		{says: "lifts its purpose", given: facts(client0(), bare, yes), when: later, ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
		{says: "and no other", given: facts(client0(), bare, yes), when: later, ask: "EMAIL NEWSLETTER", want: "deny OBJECTED"},
		{says: "not at the same instant", given: facts(client0(), bare, said("2026-01-20T10:00", email, promo)), when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "not on the same day where only the day is known", given: facts(client0(), byDay(bare), said("2026-01-20T23:59", email, promo)), when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "the next day", given: facts(client0(), byDay(bare), said("2026-01-21T00:00", email, promo)), when: later, ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
		{says: "soft opt-in does not reopen when the proof is lost", given: facts(client0(), bare, yes, objecting(unsubscribed("2026-01-25T10:00", state.UnsubscribeProofLost, state.MethodOther),
			func(u *state.Unsubscribe) { u.ProofRef = "p1" })), when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "not obtained by a message that was forbidden", given: facts(client0(), bare, answering(yes, func(a *state.Answer) { a.Message = state.MessagePromotional })),
			when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "nor by an opt-in block", given: facts(client0(), bare, answering(yes, func(a *state.Answer) { a.Message = state.MessageOptInBlock })), when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "a service message was not forbidden", given: facts(client0(), bare, answering(yes, func(a *state.Answer) { a.Message = state.MessageService })), when: later, ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
		{says: "a call was not forbidden by e-mail", given: facts(client0(), bare, answering(yes, func(a *state.Answer) { a.Message = state.MessageCall })), when: later, ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
		{says: "a welcome was, of what remained", given: facts(client0(), objecting(bare, func(u *state.Unsubscribe) { u.Purposes, u.Shown = news, promo|news }), answering(said("2026-01-21T10:00", email, news), func(a *state.Answer) { a.Message = state.MessageWelcome })), when: later, ask: "EMAIL NEWSLETTER", want: "deny OBJECTED"},
		{says: "a promotion was not, where it was displayed and kept", given: facts(client0(), objecting(bare, func(u *state.Unsubscribe) { u.Purposes, u.Shown = news, promo|news }), answering(said("2026-01-21T10:00", email, news), func(a *state.Answer) { a.Message = state.MessagePromotional })), when: later, ask: "EMAIL NEWSLETTER", want: "allow CONSENT"},
		{says: "a newsletter was", given: facts(client0(), bare, answering(said("2026-01-21T10:00", email, news), func(a *state.Answer) { a.Message = state.MessageNewsletter })), when: later, ask: "EMAIL NEWSLETTER", want: "deny OBJECTED"},
		{says: "a reminder of a basket was", given: facts(client0(), bare, answering(yes, func(a *state.Answer) { a.Message = state.MessageCartAbandonment })), when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "a loyalty offer was", given: facts(client0(), bare, answering(yes, func(a *state.Answer) { a.Message = state.MessageLoyalty })), when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "a loyalty offer was not, where it was displayed and kept", given: facts(client0(), objecting(bare, func(u *state.Unsubscribe) { u.Purposes, u.Shown = promo, promo|loyalty }), answering(yes, func(a *state.Answer) { a.Message = state.MessageLoyalty })), when: later, ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
		{says: "a welcome was, to somebody who kept the newsletter", given: facts(client0(), objecting(bare, func(u *state.Unsubscribe) { u.Purposes, u.Shown = promo, promo|news }), answering(yes, func(a *state.Answer) { a.Message = state.MessageWelcome })), when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "a confirmation of the unsubscribe was", given: facts(client0(), bare, answering(yes, func(a *state.Answer) { a.Message = state.MessageUnsubscribeConfirmation })), when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "a call was, after an objection by telephone", given: facts(client0(), objecting(bare, func(u *state.Unsubscribe) { u.Channels = phone | email }), answering(yes, func(a *state.Answer) { a.Message = state.MessageCall })), when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "a deletion warning was", given: facts(client0(), bare, answering(yes, func(a *state.Answer) { a.Message = state.MessageDeletionWarning })), when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "a review request was, after a letter", given: facts(client0(), unsubscribed("2026-01-20T10:00", state.UnsubscribeObjection, state.MethodLetter), answering(yes, func(a *state.Answer) { a.Message = state.MessageReviewRequest })), when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "nor a review request", given: facts(client0(), bare, answering(yes, func(a *state.Answer) { a.Message = state.MessageReviewRequest })), when: later, ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
		{says: "nor be taken from a public list", given: facts(client0(), bare, but(yes, func(f *state.Fact) { f.Signup.Collection = state.CollectionPublic })), when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "nor be a sync row", given: facts(client0(), bare, but(yes, func(f *state.Fact) { f.Signup.Collection = state.CollectionImport })), when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "R2: of one submission a refusal wins", given: facts(client0(),
			but(refused("2026-01-20T10:00", email, promo, 0), func(f *state.Fact) { f.Signup.SubmissionID = "s1" }),
			but(said("2026-01-20T10:01", email, promo), func(f *state.Fact) { f.Signup.SubmissionID = "s1" })), when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "R2: of two submissions the later", given: facts(client0(),
			but(refused("2026-01-20T10:00", email, promo, 0), func(f *state.Fact) { f.Signup.SubmissionID = "s1" }),
			but(said("2026-01-20T10:01", email, promo), func(f *state.Fact) { f.Signup.SubmissionID = "s2" })), when: later, ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
		{says: "R12: a specific cart refusal beats general promo permission, also a later one", given: facts(client0(), objecting(bare, func(u *state.Unsubscribe) { u.Purposes, u.Shown = cart, promo|cart }), yes),
			when: later, ask: "EMAIL CART_ABANDONMENT", want: "deny OBJECTED"},
		{says: "a refusal of something else that closes all is undone by a later promo yes", given: facts(client0(), objecting(bare, func(u *state.Unsubscribe) { u.Purposes, u.Shown = news, promo|news|cart }), yes),
			policy: func(s *rules.Settings) { s.AnyObjectionClosesAll = true }, when: later, ask: "EMAIL CART_ABANDONMENT", want: "allow CONSENT"},
		{says: "a refusal of both is undone by a later promo yes", given: facts(client0(), bare, yes), when: later, ask: "EMAIL CART_ABANDONMENT", want: "allow CONSENT"},
		{says: "a later yes to cart lifts a cart refusal", given: facts(client0(), objecting(bare, func(u *state.Unsubscribe) { u.Purposes = cart }), said("2026-01-21T10:00", email, cart)),
			when: later, ask: "EMAIL CART_ABANDONMENT", want: "allow CONSENT"},
		{says: "R36: a later yes lifts a complaint only if confirmed", given: facts(client0(), complaint, yes), when: later, ask: "EMAIL PROMOTIONAL", want: "deny COMPLAINT_NEEDS_DOI"},
		{says: "R36: confirmed", given: facts(client0(), complaint, answering(yes, func(a *state.Answer) { a.Confirmed = true })), when: later, ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
		{says: "R36: by parameter", given: facts(client0(), complaint, yes), policy: func(s *rules.Settings) { s.ComplaintNeedsConfirmation = false }, when: later, ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
		{says: "R12, R36: of a basket through promo too", given: facts(client0(), complaint, yes), when: later, ask: "EMAIL CART_ABANDONMENT", want: "deny COMPLAINT_NEEDS_DOI"},
		{says: "R12: a yes to both, where only promo is refused later", given: facts(said("2026-01-11T10:00", email, promo|cart), objecting(bare, func(u *state.Unsubscribe) { u.Purposes, u.Shown = promo, promo|cart })), when: later, ask: "EMAIL CART_ABANDONMENT", want: "allow CONSENT"},
		{says: "an earlier yes leaves it a complaint", given: facts(client0(), said("2026-01-19T10:00", email, promo), complaint), when: later, ask: "EMAIL PROMOTIONAL", want: "deny COMPLAINT"},
		{says: "a yes of a closed epoch lifts nothing", given: facts(client0(), complaint, yes), when: "2031-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny COMPLAINT"},
	})
}

// R41, R48: addresses, others' objections, what could not be read.
func TestAddressesAndUnreadable(t *testing.T) {
	others := but(unsubscribed("2026-01-20T10:00", state.UnsubscribeUnsubscribe, state.MethodLink), func(f *state.Fact) { f.Address, f.Forwarded = "a1", true })
	mine := []state.Fact{at0(told("2026-01-10T09:55"), "a1"), at0(order("2026-01-10T10:00", "O1"), "a1")}
	second := []state.Fact{at0(told("2026-01-12T09:55"), "a2"), at0(order("2026-01-12T10:00", "O2"), "a2")}
	blind := moment("unsubscribes/3/17", local("2026-01-20T10:00"), state.TopicUnsubscribes)
	blind.Internal = &state.Internal{Kind: state.InternalUnreadable}
	release := moment("release", local("2026-01-25T10:00"), state.TopicUnsubscribes)
	release.Internal = &state.Internal{Kind: state.InternalRelease, Target: "unsubscribes/3/17", By: "ops"}
	at2 := func(q *rules.Question) { q.Address = "a2" }
	const later = "2026-02-02T10:00"
	checkAll(t, []check{
		{says: "another contact's objection on the address", given: facts(mine, others), when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "R35: own yes does not lift it", given: facts(mine, others, at0(said("2026-01-25T10:00", email, promo), "a1")), when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "it stays on its address", given: facts(mine, second, others), when: later, ask: "EMAIL PROMOTIONAL", with: at2, want: "allow SOFT_OPTIN"},
		{says: "it is about the person where no address is asked for", given: facts(mine, second, others), when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "not one on an address that is no longer used", given: facts(mine, but(others, func(f *state.Fact) { f.Address = "a2" })), state: func(c *state.Contact) { c.Uses = c.Uses[:1] },
			when: later, ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "another contact's erasure takes no account", given: facts(at0(signed("2026-01-10T10:00", state.SignupAccountCreated), "a1"), but(others, func(f *state.Fact) { f.Unsubscribe.Kind = state.UnsubscribeErasure })), when: later, ask: "EMAIL SERVICE", want: "allow SERVICE_GROUND"},
		{says: "an address that waits is not the other", given: facts(mine, second), state: func(c *state.Contact) { waits(c, "a1") }, when: later, ask: "EMAIL PROMOTIONAL", with: at2, want: "allow SOFT_OPTIN"},
		{says: "but the person's where no address is asked for", given: facts(mine, second), state: func(c *state.Contact) { waits(c, "a1") }, when: later, ask: "EMAIL PROMOTIONAL", want: "deny ADDRESS_PENDING"},
		{says: "another contact's erasure wipes nothing here", given: facts(mine, but(others, func(f *state.Fact) { f.Unsubscribe.Kind = state.UnsubscribeErasure })), when: later, ask: "EMAIL SERVICE", want: "allow SERVICE_GROUND"},
		{says: "nothing but a negative comes over an address", given: facts(mine, unsubscribed("2026-01-15T10:00", state.UnsubscribeUnsubscribe, state.MethodLink), but(said("2026-01-25T10:00", email, promo), func(f *state.Fact) { f.Address, f.Forwarded = "a1", true })),
			when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "an answer no does", given: facts(mine, but(refused("2026-01-25T10:00", email, 0, 0), func(f *state.Fact) { f.Address, f.Forwarded = "a1", true })),
			when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "an order does not", given: facts(at0(told("2026-01-10T09:55"), "a1"), but(order("2026-01-25T10:00", "O1"), func(f *state.Fact) { f.Address, f.Forwarded = "a1", true })),
			when: later, ask: "EMAIL PROMOTIONAL", want: "deny NO_PURCHASE"},
		{says: "an own objection follows the person", given: facts(mine, second, at0(unsubscribed("2026-01-20T10:00", state.UnsubscribeUnsubscribe, state.MethodLink), "a1")),
			when: later, ask: "EMAIL PROMOTIONAL", with: at2, want: "deny OBJECTED"},
		{says: "a yes lifts it at its address", given: facts(mine, at0(unsubscribed("2026-01-20T10:00", state.UnsubscribeUnsubscribe, state.MethodLink), "a1"), at0(said("2026-01-25T10:00", email, promo), "a2")),
			when: later, ask: "EMAIL PROMOTIONAL", with: at2, want: "allow CONSENT"},
		{says: "and not at the other", given: facts(mine, at0(unsubscribed("2026-01-20T10:00", state.UnsubscribeUnsubscribe, state.MethodLink), "a1"), at0(said("2026-01-25T10:00", email, promo), "a2")),
			when: later, ask: "EMAIL PROMOTIONAL", with: func(q *rules.Question) { q.Address = "a1" }, want: "deny OBJECTED"},
		{says: "no address = the contact's only one", given: facts(told("2026-01-10T09:55"), at0(order("2026-01-10T10:00", "O1"), "a1")), when: later, ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "which there is not once facts name two", given: facts(told("2026-01-10T09:55"), order("2026-01-10T10:00", "O1"), at0(signed("2026-01-11T10:00", state.SignupForm), "a1"), at0(signed("2026-01-11T11:00", state.SignupForm), "a2")),
			when: later, ask: "EMAIL PROMOTIONAL", with: at2, want: "deny OTHER_ADDRESS"},
		{says: "an address that is not known yet", given: facts(told("2026-01-10T09:55"), at0(order("2026-01-10T10:00", "O1"), "a1"), recorded(at0(signed("2026-01-11T10:00", state.SignupForm), "a2"), "2026-03-01T10:00")),
			when: later, ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "no address = the only one, which a form names", given: facts(client0(), at0(signed("2026-01-11T10:00", state.SignupForm), "a1")),
			when: later, ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "nor when the new one is used again", given: facts(client0(), at0(signed("2026-01-11T10:00", state.SignupAddressChanged), "a2"), at0(signed("2026-01-12T10:00", state.SignupForm), "a2")),
			when: later, ask: "EMAIL PROMOTIONAL", with: at2, want: "deny OTHER_ADDRESS"},
		{says: "positives do not move when the address changes", given: facts(client0(), at0(signed("2026-01-11T10:00", state.SignupAddressChanged), "a2")),
			when: later, ask: "EMAIL PROMOTIONAL", with: at2, want: "deny OTHER_ADDRESS"},
		{says: "an address that no fact names has no positives", given: mine, when: later, ask: "EMAIL PROMOTIONAL", with: func(q *rules.Question) { q.Address = "a7" }, want: "deny OTHER_ADDRESS"},

		{says: "unreadable: all marketing is denied", given: facts(client0(), blind), when: later, ask: "EMAIL PROMOTIONAL", want: "deny UNREADABLE_NEGATIVE"},
		{says: "on every channel", given: facts(client0(), blind), when: later, ask: "PHONE PROMOTIONAL", want: "deny UNREADABLE_NEGATIVE"},
		{says: "and reviews", given: facts(client0(), purchased("2026-01-20T10:00", state.PurchaseDelivered, "O1"), blind), when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny UNREADABLE_NEGATIVE"},
		{says: "not service", given: facts(client0(), blind), when: later, ask: "EMAIL SERVICE", want: "allow SERVICE_GROUND"},
		{says: "until it is released", given: facts(client0(), blind, release), when: later, ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "as soon as the release is known", given: facts(client0(), blind, release), when: "2026-01-25T10:00", ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "not before it is", given: facts(client0(), blind, recorded(release, "2026-02-10T10:00")), when: later, ask: "EMAIL PROMOTIONAL", want: "deny UNREADABLE_NEGATIVE"},
		{says: "not before", given: facts(client0(), blind, release), when: "2026-01-22T10:00", ask: "EMAIL PROMOTIONAL", want: "deny UNREADABLE_NEGATIVE"},
		{says: "a record of later", given: facts(client0(), unreadable("2026-02-10T10:00")), when: later, known: "2026-03-01T10:00", ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "from when it was recorded, were it dated later", given: facts(client0(), recorded(unreadable("2026-02-10T10:00"), "2026-01-20T10:00")), when: later, known: "2026-03-01T10:00", ask: "EMAIL PROMOTIONAL", want: "deny UNREADABLE_NEGATIVE"},
		{says: "from its date, were it recorded later", given: facts(client0(), recorded(unreadable("2026-01-20T10:00"), "2026-02-10T10:00")), when: later, known: "2026-03-01T10:00", ask: "EMAIL PROMOTIONAL", want: "deny UNREADABLE_NEGATIVE"},
		{says: "only a release releases", given: facts(client0(), blind, but(release, func(f *state.Fact) {
			f.ID, f.Internal = "unsubscribes/3/18", &state.Internal{Kind: state.InternalUnreadable, Target: "unsubscribes/3/17"}
		}), but(release, func(f *state.Fact) {
			f.OccurredAt, f.Internal = f.OccurredAt+1, &state.Internal{Kind: state.InternalRelease, Target: "unsubscribes/3/18", By: "ops"}
		})), when: later, ask: "EMAIL PROMOTIONAL", want: "deny UNREADABLE_NEGATIVE"},
		{says: "a release of another record", given: facts(client0(), blind, but(release, func(f *state.Fact) {
			f.Internal = &state.Internal{Kind: state.InternalRelease, Target: "unsubscribes/3/18"}
		})), when: later, ask: "EMAIL PROMOTIONAL", want: "deny UNREADABLE_NEGATIVE"},
		{says: "UNREADABLE before OBJECTED", given: facts(client0(), blind, unsubscribed("2026-01-20T10:00", state.UnsubscribeUnsubscribe, state.MethodLink)), when: later, ask: "EMAIL PROMOTIONAL", want: "deny UNREADABLE_NEGATIVE"},
	})
}

// waits leaves an address of a contact without an answer.
func waits(c *state.Contact, address string) {
	for i := range c.Uses {
		c.Uses[i].Answered = c.Uses[i].Answered && c.Uses[i].Address != address
	}
}

// "Until the answer comes, marketing on that address is denied, ADDRESS_PENDING."
func TestPendingAddress(t *testing.T) {
	c := contactOf(numbered([]state.Fact{at0(told("2026-01-10T09:55"), "a1"), at0(order("2026-01-10T10:00", "O1"), "a1")}))
	now := local("2026-02-02T10:00")
	reason := func() state.Reason {
		return rules.Decide(rules.Default(), controller, &c, now, now, question(t, "EMAIL PROMOTIONAL")).Reason
	}
	if got := reason(); got != state.ReasonSoftOptin {
		t.Fatalf("answered: %v", got)
	}
	for _, use := range []state.AddressUse{{Address: "a1"}, {Address: "a1", Answered: true, Crowded: true}} {
		c.Uses[0] = use
		if got := reason(); got != state.ReasonAddressPending {
			t.Errorf("%+v: %v", use, got)
		}
	}
	c.Uses[0] = state.AddressUse{Address: "a1", Answered: true}
	c.GivenUp = []string{"a1"}
	if got := reason(); got != state.ReasonAddressPending {
		t.Errorf("given up: %v", got)
	}
	for _, ask := range []string{"EMAIL OPT_IN_BLOCK", "EMAIL DELETION_WARNING", "EMAIL REVIEW_REQUEST", "SMS PROMOTIONAL"} {
		if v := rules.Decide(rules.Default(), controller, &c, now, now, question(t, ask)); v.Reason != state.ReasonAddressPending {
			t.Errorf("%s: %v", ask, v.Reason)
		}
	}
	confirming := rules.Default()
	confirming.Versions[0].Settings.UnsubscribeConfirmation = true
	if v := rules.Decide(confirming, controller, &c, now, now, question(t, "EMAIL UNSUBSCRIBE_CONFIRMATION")); v.Reason != state.ReasonAddressPending {
		t.Errorf("a confirmation: %v", v.Reason)
	}
	if v := rules.Decide(rules.Default(), controller, &c, now, now, question(t, "EMAIL SERVICE")); !v.Allowed {
		t.Errorf("service waits for nobody: %v", v.Reason)
	}
}
