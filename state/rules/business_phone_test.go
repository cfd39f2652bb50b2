package rules_test

import (
	"testing"

	"consentstream/state"
	"consentstream/state/rules"
)

func typed(when string, kind state.ContactType) state.Fact {
	return but(signed(when, state.SignupCollected), func(f *state.Fact) { f.Signup.ContactType = kind })
}

// R30, R31: businesses.
func TestBusiness(t *testing.T) {
	named, generic := typed("2026-01-10T09:00", state.ContactB2BNamed), typed("2026-01-10T09:00", state.ContactB2BGeneric)
	unrelated := func(q *rules.Question) { q.Unprofessional = true }
	const later = "2026-02-02T10:00"
	checkAll(t, []check{
		{says: "notice given", given: facts(named, told("2026-01-10T09:55")), when: later, ask: "EMAIL PROMOTIONAL", want: "allow B2B_NAMED"},
		{says: "no notice", given: facts(named), when: later, ask: "EMAIL PROMOTIONAL", want: "deny NO_NOTICE"},
		{says: "opt-out at collection", given: facts(named, noticing(told("2026-01-10T09:55"), func(n *state.Notice) { n.OptOutOffered = false })), when: later, ask: "EMAIL PROMOTIONAL", want: "deny NO_OPTOUT_OFFERED"},
		{says: "the notice names the channel", given: facts(named, told("2026-01-10T09:55")), when: later, ask: "SMS PROMOTIONAL", want: "deny NOTICE_OTHER_CHANNEL"},
		{says: "the notice bounds families", given: facts(named, noticing(told("2026-01-10T09:55"), func(n *state.Notice) { n.Families = []string{"book"} })), when: later, ask: "EMAIL PROMOTIONAL", want: "deny NOT_ANALOGOUS"},
		{says: "the notice bounds families, to those it lists", given: facts(named, noticing(told("2026-01-10T09:55"), func(n *state.Notice) { n.Families = []string{"main", "book"} })), when: later, ask: "EMAIL PROMOTIONAL", want: "allow B2B_NAMED"},
		{says: "a notice at another address", given: facts(at0(named, "a1"), at0(told("2026-01-10T09:55"), "a2")), when: later, ask: "EMAIL PROMOTIONAL", with: func(q *rules.Question) { q.Address = "a1" }, want: "deny NO_NOTICE"},
		{says: "a notice to come", given: facts(named, told("2026-02-03T09:55")), when: later, known: "2026-03-01T00:00", ask: "EMAIL PROMOTIONAL", want: "deny NO_NOTICE"},
		{says: "subject related to the profession", given: facts(named, told("2026-01-10T09:55")), when: later, ask: "EMAIL PROMOTIONAL", with: unrelated, want: "deny NOT_PROFESSIONAL"},
		{says: "unrelated: consumer regime", given: facts(named, client0()), when: later, ask: "EMAIL PROMOTIONAL", with: unrelated, want: "allow SOFT_OPTIN"},
		{says: "no notice is told first", given: facts(named), when: later, ask: "EMAIL PROMOTIONAL", with: unrelated, want: "deny NO_NOTICE"},
		{says: "explicit consent goes first", given: facts(named, told("2026-01-10T09:55"), said("2026-01-10T10:00", email, promo)), when: later, ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
		{says: "then soft opt-in", given: facts(named, client0()), when: later, ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "R13: loyalty needs consent", given: facts(named, told("2026-01-10T09:55")), when: later, ask: "EMAIL LOYALTY", want: "deny NEEDS_LOYALTY_CONSENT"},
		{says: "honours objections", given: facts(named, told("2026-01-10T09:55"), unsubscribed("2026-01-20T10:00", state.UnsubscribeUnsubscribe, state.MethodLink)), when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "the same clock", given: facts(named, told("2026-01-10T09:55")), when: "2029-01-10T00:00", ask: "EMAIL PROMOTIONAL", want: "deny EXPIRED"},
		{says: "generic: no notice needed", given: facts(generic), when: later, ask: "EMAIL PROMOTIONAL", want: "allow B2B_GENERIC"},
		{says: "generic: any subject", given: facts(generic), when: later, ask: "EMAIL PROMOTIONAL", with: unrelated, want: "allow B2B_GENERIC"},
		{says: "generic: honours objections", given: facts(generic, unsubscribed("2026-01-20T10:00", state.UnsubscribeUnsubscribe, state.MethodLink)), when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "generic: the same clock", given: facts(generic), when: "2029-01-10T00:00", ask: "EMAIL PROMOTIONAL", want: "deny EXPIRED"},
		{says: "generic: only at an address that is known", given: facts(at0(generic, "a1")), when: later, ask: "EMAIL PROMOTIONAL", with: func(q *rules.Question) { q.Address = "a2" }, want: "deny OTHER_ADDRESS"},
		{says: "the newest type counts", given: facts(named, typed("2026-01-12T09:00", state.ContactConsumer), told("2026-01-10T09:55")), when: later, ask: "EMAIL PROMOTIONAL", want: "deny NO_PURCHASE"},
		{says: "also back", given: facts(typed("2026-01-09T09:00", state.ContactConsumer), named, told("2026-01-10T09:55")), when: later, ask: "EMAIL PROMOTIONAL", want: "allow B2B_NAMED"},
		{says: "at one instant a consumer", given: facts(named, typed("2026-01-10T09:00", state.ContactConsumer), told("2026-01-10T09:55")), when: later, ask: "EMAIL PROMOTIONAL", want: "deny NO_PURCHASE"},
		{says: "by the day a consumer", given: facts(byDay(typed("2026-01-10T00:00", state.ContactConsumer)), named, told("2026-01-10T09:55")), when: later, ask: "EMAIL PROMOTIONAL", want: "deny NO_PURCHASE"},
		{says: "at one instant named before generic", given: facts(generic, named), when: later, ask: "EMAIL PROMOTIONAL", want: "deny NO_NOTICE"},
		{says: "at one instant a consumer, whichever is told first", given: facts(typed("2026-01-10T09:00", state.ContactConsumer), named, told("2026-01-10T09:55")), when: later, ask: "EMAIL PROMOTIONAL", want: "deny NO_PURCHASE"},
		{says: "of one day a consumer", given: facts(typed("2026-01-10T09:00", state.ContactConsumer), byDay(typed("2026-01-10T10:00", state.ContactB2BNamed)), told("2026-01-10T09:55")), when: later, ask: "EMAIL PROMOTIONAL", want: "deny NO_PURCHASE"},
		{says: "a consumer to come", given: facts(named, told("2026-01-10T09:55"), typed("2026-02-03T09:00", state.ContactConsumer)), when: later, known: "2026-03-01T10:00", ask: "EMAIL PROMOTIONAL", want: "allow B2B_NAMED"},
		{says: "a business to come", given: facts(told("2026-01-10T09:55"), typed("2026-02-03T09:00", state.ContactB2BNamed)), when: later, known: "2026-03-01T10:00", ask: "EMAIL PROMOTIONAL", want: "deny NO_PURCHASE"},
		{says: "of two businesses the newest", given: facts(named, typed("2026-01-12T09:00", state.ContactB2BGeneric)), when: later, ask: "EMAIL PROMOTIONAL", want: "allow B2B_GENERIC"},
		{says: "at one instant named, whichever is told first", given: facts(named, generic), when: later, ask: "EMAIL PROMOTIONAL", want: "deny NO_NOTICE"},
		{says: "of one day the one whose hour is not known", given: facts(byDay(typed("2026-01-10T08:00", state.ContactB2BGeneric)), named), when: later, ask: "EMAIL PROMOTIONAL", want: "allow B2B_GENERIC"},
		{says: "a wipe takes the type of its instant", given: facts(generic, unsubscribed("2026-01-10T09:00", state.UnsubscribePurged, state.MethodOther), signed("2026-01-12T10:00", state.SignupInquiry)), when: later, ask: "EMAIL PROMOTIONAL", want: "deny NO_PURCHASE"},
		{says: "null is no change", given: facts(named, told("2026-01-10T09:55"), signed("2026-01-11T10:00", state.SignupForm)), when: later, ask: "EMAIL PROMOTIONAL", want: "allow B2B_NAMED"},
		{says: "a wipe takes the type", given: facts(generic, unsubscribed("2026-01-11T10:00", state.UnsubscribePurged, state.MethodOther), signed("2026-01-12T10:00", state.SignupInquiry)), when: later, ask: "EMAIL PROMOTIONAL", want: "deny NO_PURCHASE"},

		{says: "a call is outside L223-1", given: facts(named, told("2026-01-10T09:55", state.ChannelPhone)), when: "2026-09-08T21:00", ask: "PHONE PROMOTIONAL", want: "allow B2B_NAMED"},
		{says: "a call still needs a notice", given: facts(named, told("2026-01-10T09:55")), when: "2026-09-08T11:00", ask: "PHONE PROMOTIONAL", want: "deny NOTICE_OTHER_CHANNEL"},
		{says: "a generic number too", given: facts(generic), when: "2026-09-08T11:00", ask: "PHONE PROMOTIONAL", want: "deny NO_NOTICE"},
		{says: "a generic number with notice", given: facts(generic, told("2026-01-10T09:55", state.ChannelPhone)), when: "2026-09-08T11:00", ask: "PHONE PROMOTIONAL", want: "allow B2B_GENERIC"},
		{says: "an unrelated call", given: facts(named, told("2026-01-10T09:55", state.ChannelPhone)), when: "2026-09-08T11:00", ask: "PHONE PROMOTIONAL", with: unrelated, want: "deny NOT_PROFESSIONAL"},
		{says: "an unrelated call with a consent that is too old", given: facts(named, told("2026-01-10T09:55", state.ChannelPhone), said("2025-09-01T10:00", phone, promo)), when: "2026-09-08T11:00", ask: "PHONE PROMOTIONAL", with: unrelated, want: "deny NOT_PROFESSIONAL"},
		{says: "an unrelated call with a consent without the mentions", given: facts(named, told("2026-01-10T09:55", state.ChannelPhone), answering(said("2026-09-01T10:00", phone, promo), func(a *state.Answer) { a.PhoneMentions = false })), when: "2026-09-08T11:00", ask: "PHONE PROMOTIONAL", with: unrelated, want: "deny NOT_PROFESSIONAL"},
		{says: "an unrelated call to somebody on the list", given: facts(named, told("2026-01-10T09:55", state.ChannelPhone), unsubscribed("2026-02-01T10:00", state.UnsubscribeBloctel, state.MethodOther)), when: "2026-08-10T11:00", ask: "PHONE PROMOTIONAL", with: unrelated, want: "deny NOT_PROFESSIONAL"},
		{says: "an unrelated call with consent has hours", given: facts(named, told("2026-01-10T09:55", state.ChannelPhone), said("2026-09-01T10:00", phone, promo)), when: "2026-09-08T21:00", ask: "PHONE PROMOTIONAL", with: unrelated, want: "deny HOURS"},
	})
}

// R52: calls to consumers.
func TestCalls(t *testing.T) {
	known := signed("2026-01-10T10:00", state.SignupInquiry)
	yes := said("2026-09-01T10:00", phone, promo)
	energy := contract("2026-01-05T10:00", "K1", "main")
	bloctel := unsubscribed("2026-02-01T10:00", state.UnsubscribeBloctel, state.MethodOther)
	oral := unsubscribed("2026-02-01T10:00", state.UnsubscribeObjection, state.MethodOral)
	const before, after = "2026-08-10T11:00", "2026-09-08T11:00"
	checkAll(t, []check{
		{says: "before: opt-out", given: facts(known), when: before, ask: "PHONE PROMOTIONAL", want: "allow PHONE_OPTOUT_PRE_20260811"},
		{says: "before: for carts too", given: facts(known), when: before, ask: "PHONE CART_ABANDONMENT", want: "allow PHONE_OPTOUT_PRE_20260811"},
		{says: "to the last moment", given: facts(known), when: "2026-08-10T23:59:59", ask: "PHONE PROMOTIONAL", want: "allow PHONE_OPTOUT_PRE_20260811"},
		{says: "from 11 Aug 2026 00:00 Paris", given: facts(known), when: "2026-08-11T00:00", ask: "PHONE PROMOTIONAL", want: "deny PHONE_NO_CONSENT"},
		{says: "before: Bloctel", given: facts(known, bloctel), when: before, ask: "PHONE PROMOTIONAL", want: "deny BLOCTEL"},
		{says: "before: Bloctel, running contract excepted", given: facts(energy, bloctel), when: before, ask: "PHONE PROMOTIONAL", want: "allow PHONE_CONTRACT"},
		{says: "before: Bloctel and a call about something else", given: facts(energy, bloctel), when: before, ask: "PHONE PROMOTIONAL", with: func(q *rules.Question) { q.Family = "wine" }, want: "deny BLOCTEL"},
		{says: "before: objection", given: facts(known, oral), when: before, ask: "PHONE PROMOTIONAL", want: "deny OBJECTED"},
		{says: "before: a lifted objection leaves consent", given: facts(known, oral, said("2026-03-01T10:00", phone, promo)), when: before, ask: "PHONE PROMOTIONAL", want: "allow CONSENT"},
		{says: "before: E", given: facts(signed("2023-01-10T10:00", state.SignupInquiry)), when: before, ask: "PHONE PROMOTIONAL", want: "deny EXPIRED"},
		{says: "before: refusals alone make nobody known", given: facts(unsubscribed("2026-02-01T10:00", state.UnsubscribeUnsubscribe, state.MethodLink)), when: before, ask: "PHONE PROMOTIONAL", want: "deny PHONE_NO_CONSENT"},
		{says: "before: a collection with a refusal makes somebody known", given: facts(but(refused("2026-02-01T10:00", email, 0, 0), func(f *state.Fact) {
			f.Signup.Kind, f.Signup.Collection = state.SignupCollected, state.CollectionImport
		})), when: before, ask: "PHONE PROMOTIONAL", want: "allow PHONE_OPTOUT_PRE_20260811"},
		{says: "before: a yes beside a no makes somebody known", given: facts(but(said("2026-02-01T10:00", email, promo), func(f *state.Fact) {
			f.Signup.Answers = append(f.Signup.Answers, state.Answer{Form: state.FormYesNo, Value: state.AnswerNo, Channels: sms})
		})), when: before, ask: "PHONE PROMOTIONAL", want: "allow PHONE_OPTOUT_PRE_20260811"},
		{says: "before: what is to come makes nobody known", given: facts(unsubscribed("2026-02-01T10:00", state.UnsubscribeUnsubscribe, state.MethodLink), signed("2026-08-10T12:00", state.SignupInquiry)), when: before, known: after, ask: "PHONE PROMOTIONAL", want: "deny PHONE_NO_CONSENT"},
		{says: "before: an answer that is no consent changes nothing", given: facts(known, answering(said("2026-03-01T10:00", phone, promo), func(a *state.Answer) { a.Form = state.FormTerms })), when: before, ask: "PHONE PROMOTIONAL", want: "allow PHONE_OPTOUT_PRE_20260811"},
		{says: "before: but for loyalty", given: facts(known, answering(said("2026-03-01T10:00", phone, loyalty), func(a *state.Answer) { a.Form = state.FormTerms })), when: before, ask: "PHONE LOYALTY", want: "deny CONSENT_INVALID_FORM"},
		{says: "before, R36: a yes after a complaint is to be confirmed", given: facts(known, objecting(oral, func(u *state.Unsubscribe) { u.Kind = state.UnsubscribeComplaint }), said("2026-03-01T10:00", phone, promo)), when: before, ask: "PHONE PROMOTIONAL", want: "deny COMPLAINT_NEEDS_DOI"},
		{says: "before, R36: of a contract too", given: facts(energy, objecting(oral, func(u *state.Unsubscribe) { u.Kind = state.UnsubscribeComplaint }), said("2026-03-01T10:00", phone, promo)), when: before, ask: "PHONE PROMOTIONAL", want: "deny COMPLAINT_NEEDS_DOI"},
		{says: "before: Bloctel, dated later than recorded", given: facts(known, recorded(unsubscribed("2026-08-20T10:00", state.UnsubscribeBloctel, state.MethodOther), "2026-02-01T10:00")), when: before, ask: "PHONE PROMOTIONAL", want: "deny BLOCTEL"},
		{says: "before: Bloctel, recorded later than dated", given: facts(known, recorded(bloctel, "2026-08-20T10:00")), when: before, known: after, ask: "PHONE PROMOTIONAL", want: "deny BLOCTEL"},
		{says: "before: Bloctel, to come", given: facts(known, unsubscribed("2026-08-10T12:00", state.UnsubscribeBloctel, state.MethodOther)), when: before, known: after, ask: "PHONE PROMOTIONAL", want: "allow PHONE_OPTOUT_PRE_20260811"},
		{says: "before: the person is listed, whatever the number", given: facts(at0(known, "a1"), at0(bloctel, "a2")), when: before, ask: "PHONE PROMOTIONAL", with: func(q *rules.Question) { q.Address = "a1" }, want: "deny BLOCTEL"},
		{says: "before: another lists a number of the person", given: facts(at0(known, "a1"), but(bloctel, func(f *state.Fact) { f.Address, f.Forwarded = "a1", true })), when: before, ask: "PHONE PROMOTIONAL", want: "deny BLOCTEL"},
		{says: "before: that is not this one", given: facts(at0(known, "a1"), at0(known, "a2"), but(bloctel, func(f *state.Fact) { f.Address, f.Forwarded = "a1", true })), when: before, ask: "PHONE PROMOTIONAL", with: func(q *rules.Question) { q.Address = "a2" }, want: "allow PHONE_OPTOUT_PRE_20260811"},
		{says: "before: that may be any, where none is named", given: facts(known, but(bloctel, func(f *state.Fact) { f.Address, f.Forwarded = "a1", true })), state: func(c *state.Contact) { c.Uses = nil }, when: before, ask: "PHONE PROMOTIONAL", want: "deny BLOCTEL"},
		{says: "before: an address that nobody gave", given: facts(at0(known, "a1")), when: before, ask: "PHONE PROMOTIONAL", with: func(q *rules.Question) { q.Address = "a2" }, want: "deny OTHER_ADDRESS"},
		{says: "before: loyalty needs consent", given: facts(known), when: before, ask: "PHONE LOYALTY", want: "deny NEEDS_LOYALTY_CONSENT"},
		{says: "before: loyalty with it", given: facts(known, said("2024-01-01T10:00", phone, loyalty)), when: before, ask: "PHONE LOYALTY", want: "allow CONSENT"},

		{says: "after: consent", given: facts(known, yes), when: after, ask: "PHONE PROMOTIONAL", want: "allow PHONE_CONSENT"},
		{says: "after: beside an answer that is no consent", given: facts(yes, answering(said("2026-09-02T10:00", phone, promo), func(a *state.Answer) { a.Form = state.FormTerms })), when: after, ask: "PHONE PROMOTIONAL", want: "allow PHONE_CONSENT"},
		{says: "after: Bloctel is gone", given: facts(known, bloctel, yes), when: after, ask: "PHONE PROMOTIONAL", want: "allow PHONE_CONSENT"},
		{says: "after: a consent to e-mail is none", given: facts(known, said("2026-09-01T10:00", email, promo)), when: after, ask: "PHONE PROMOTIONAL", want: "deny PHONE_NO_CONSENT"},
		{says: "after: an older consent has the mentions that the newest lacks", given: facts(known, yes, answering(said("2026-09-02T10:00", phone, promo), func(a *state.Answer) { a.PhoneMentions = false })), when: after, ask: "PHONE PROMOTIONAL", want: "allow PHONE_CONSENT", cites: "e01"},
		{says: "after: the newest of two consents", given: facts(known, yes, said("2026-09-02T10:00", phone, promo)), when: after, ask: "PHONE PROMOTIONAL", want: "allow PHONE_CONSENT", cites: "e02"},
		{says: "after: the five mentions", given: facts(known, answering(yes, func(a *state.Answer) { a.PhoneMentions = false })), when: after, ask: "PHONE PROMOTIONAL", want: "deny PHONE_MENTIONS_MISSING"},
		{says: "A26: a consent of before the reform that meets the conditions", given: facts(known, said("2026-03-01T10:00", phone, promo)), when: after, ask: "PHONE PROMOTIONAL", want: "allow PHONE_CONSENT"},
		{says: "after: to the end of the day before the year is over", given: facts(known, yes), when: "2027-08-31T19:59", ask: "PHONE PROMOTIONAL", want: "allow PHONE_CONSENT"},
		{says: "after: at most 1 year old", given: facts(known, yes), when: "2027-09-01T10:00", ask: "PHONE PROMOTIONAL", want: "deny PHONE_CONSENT_EXPIRED"},
		{says: "after: proof", given: facts(known, answering(yes, func(a *state.Answer) { a.ProofRef = "" })), when: after, ask: "PHONE PROMOTIONAL", want: "deny PROOF_MISSING"},
		{says: "after: withdrawn orally", given: facts(known, yes, unsubscribed("2026-09-02T10:00", state.UnsubscribeObjection, state.MethodOral)), when: after, ask: "PHONE PROMOTIONAL", want: "deny OBJECTED"},
		{says: "after: loyalty consent with mentions, a year", given: facts(known, said("2026-09-01T10:00", phone, loyalty)), when: after, ask: "PHONE LOYALTY", want: "allow PHONE_CONSENT"},
		{says: "after: loyalty, too old", given: facts(known, said("2025-09-01T10:00", phone, loyalty)), when: after, ask: "PHONE LOYALTY", want: "deny PHONE_CONSENT_EXPIRED"},
		{says: "after: a contract does not carry loyalty", given: facts(energy), when: after, ask: "PHONE LOYALTY", want: "deny NEEDS_LOYALTY_CONSENT"},
		{says: "after: a contract in progress", given: facts(energy), when: after, ask: "PHONE PROMOTIONAL", want: "allow PHONE_CONTRACT"},
		{says: "after: related to its object", given: facts(energy), when: after, ask: "PHONE PROMOTIONAL", with: func(q *rules.Question) { q.Family = "wine" }, want: "deny PHONE_NO_CONSENT"},
		{says: "after: what is declared analogous is not its object", given: facts(energy), policy: func(s *rules.Settings) { s.AnalogousFamilies = map[string][]string{"main": {"wine"}} },
			when: after, ask: "PHONE PROMOTIONAL", with: func(q *rules.Question) { q.Family = "wine" }, want: "deny PHONE_NO_CONSENT"},
		{says: "after: the contract has ended", given: facts(energy, purchased("2026-09-01T10:00", state.PurchaseContractEnded, "K1")), when: after, ask: "PHONE PROMOTIONAL", want: "deny PHONE_NO_CONSENT"},
		{says: "after: cancellations were dropped, one may be of the contract", given: facts(energy), state: func(c *state.Contact) { c.Retracted.Cancelled = local("2026-01-05T10:00") }, when: after, ask: "PHONE PROMOTIONAL", want: "deny PHONE_NO_CONSENT"},
		{says: "after: a delivery is no end", given: facts(energy, purchased("2026-09-01T10:00", state.PurchaseDelivered, "K1")), when: after, ask: "PHONE PROMOTIONAL", want: "allow PHONE_CONTRACT"},
		{says: "after: it ended as it began", given: facts(energy, purchased("2026-01-05T10:00", state.PurchaseContractEnded, "K1")), when: after, ask: "PHONE PROMOTIONAL", want: "deny PHONE_NO_CONSENT"},
		{says: "after: it was cancelled", given: facts(energy, purchased("2026-09-01T10:00", state.PurchaseCancelled, "K1")), when: after, ask: "PHONE PROMOTIONAL", want: "deny PHONE_NO_CONSENT"},
		{says: "after: it began again", given: facts(energy, purchased("2026-03-01T10:00", state.PurchaseContractEnded, "K1"), contract("2026-04-01T10:00", "K1", "main")), when: after, ask: "PHONE PROMOTIONAL", want: "allow PHONE_CONTRACT"},
		{says: "after: somebody else's contract", given: facts(known, buying(energy, func(p *state.Purchase) { p.Role = state.RoleBeneficiary })), when: after, ask: "PHONE PROMOTIONAL", want: "deny PHONE_NO_CONSENT"},
		{says: "after: an order is no contract", given: facts(order("2026-09-01T10:00", "O1")), when: after, ask: "PHONE PROMOTIONAL", want: "deny PHONE_NO_CONSENT"},
		{says: "after: beside an answer that is no consent, a contract", given: facts(energy, answering(said("2026-09-01T10:00", phone, promo), func(a *state.Answer) { a.Form = state.FormTerms })), when: after, ask: "PHONE PROMOTIONAL", want: "allow PHONE_CONTRACT"},
		{says: "after, R36: a complaint closes the contract", given: facts(energy, objecting(oral, func(u *state.Unsubscribe) { u.Kind = state.UnsubscribeComplaint }), said("2026-03-01T10:00", phone, promo)), when: after, ask: "PHONE PROMOTIONAL", want: "deny COMPLAINT_NEEDS_DOI"},
		{says: "after: a contract at another number", given: facts(at0(energy, "a1"), at0(known, "a2")), when: after, ask: "PHONE PROMOTIONAL", with: func(q *rules.Question) { q.Address = "a2" }, want: "deny PHONE_NO_CONSENT"},
		{says: "after: a contract with somebody else", given: facts(known, buying(energy, func(p *state.Purchase) { p.CollectedBy = state.CollectedMarketplace })), when: after, ask: "PHONE PROMOTIONAL", want: "deny PHONE_NO_CONSENT"},
		{says: "after: a contract to come", given: facts(known, contract("2026-09-08T12:00", "K1", "main")), when: after, known: "2026-10-01T10:00", ask: "PHONE PROMOTIONAL", want: "deny PHONE_NO_CONSENT"},
		{says: "R35: a lifted objection does not reopen the contract", given: facts(energy, oral, answering(said("2026-03-01T10:00", phone, promo), func(a *state.Answer) { a.PhoneMentions = false })),
			when: after, ask: "PHONE PROMOTIONAL", want: "deny PHONE_MENTIONS_MISSING"},
		{says: "newsletters are not called", given: facts(known), when: after, ask: "PHONE NEWSLETTER", want: "n/a"},
	})
}

// R53: banned sectors.
func TestBannedSector(t *testing.T) {
	banned := func(s *rules.Settings) { s.BannedSector = true }
	checkAll(t, []check{
		{says: "no e-mail with consent", given: facts(said("2026-01-10T10:00", email, promo)), policy: banned, when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny SECTOR_BAN"},
		{says: "since 2 July 2025", given: facts(said("2025-01-10T10:00", email, promo)), policy: banned, when: "2025-07-01T23:59", ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
		{says: "from that day", given: facts(said("2025-01-10T10:00", email, promo)), policy: banned, when: "2025-07-02T00:00", ask: "EMAIL PROMOTIONAL", want: "deny SECTOR_BAN"},
		{says: "no calls, before either", given: facts(signed("2025-01-10T10:00", state.SignupInquiry)), policy: banned, when: "2025-06-02T11:00", ask: "PHONE PROMOTIONAL", want: "deny SECTOR_BAN"},
		{says: "except running contract", given: facts(contract("2026-01-05T10:00", "K1", "main"), said("2026-01-10T10:00", email, promo)), policy: banned, when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
		{says: "not one about something else", given: facts(contract("2026-01-05T10:00", "K1", "wine"), said("2026-01-10T10:00", email, promo)), policy: banned, when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny SECTOR_BAN"},
		{says: "any where nothing special is sent", given: facts(contract("2026-01-05T10:00", "K1", "wine"), said("2026-01-10T10:00", email, promo)), policy: banned, when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL",
			with: func(q *rules.Question) { q.Family = "" }, want: "allow CONSENT"},
		{says: "what is missing is told first", given: facts(signed("2026-01-10T10:00", state.SignupInquiry)), policy: banned, when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny NO_PURCHASE"},
		{says: "service is none of it", given: facts(signed("2026-01-10T10:00", state.SignupInquiry)), policy: banned, when: "2026-02-02T10:00", ask: "EMAIL SERVICE", want: "allow SERVICE_GROUND"},
	})
}

// R52, R63: hours and the number of calls, at the hand-off.
func TestHandOff(t *testing.T) {
	known := signed("2026-01-10T10:00", state.SignupInquiry)
	yes := said("2026-09-01T10:00", phone, promo)
	caller := facts(known, yes)
	texter := facts(told("2026-01-10T09:00", state.ChannelSMS), order("2026-01-10T10:00", "O1"))
	called := func(dates ...string) []state.Fact {
		list := caller
		for _, d := range dates {
			list = facts(list, wasSent(d, state.ChannelPhone, state.MessageCall))
		}
		return list
	}
	checkAll(t, []check{
		{says: "10-13", given: caller, when: "2026-09-08T10:00", ask: "PHONE PROMOTIONAL", want: "allow PHONE_CONSENT"},
		{says: "not before", given: caller, when: "2026-09-08T09:59", ask: "PHONE PROMOTIONAL", want: "deny HOURS"},
		{says: "to 13", given: caller, when: "2026-09-08T12:59", ask: "PHONE PROMOTIONAL", want: "allow PHONE_CONSENT"},
		{says: "not at 13", given: caller, when: "2026-09-08T13:00", ask: "PHONE PROMOTIONAL", want: "deny HOURS"},
		{says: "again from 14", given: caller, when: "2026-09-08T14:00", ask: "PHONE PROMOTIONAL", want: "allow PHONE_CONSENT"},
		{says: "to 20", given: caller, when: "2026-09-08T20:00", ask: "PHONE PROMOTIONAL", want: "deny HOURS"},
		{says: "Friday", given: caller, when: "2026-09-11T11:00", ask: "PHONE PROMOTIONAL", want: "allow PHONE_CONSENT"},
		{says: "not Saturday", given: caller, when: "2026-09-12T11:00", ask: "PHONE PROMOTIONAL", want: "deny HOURS"},
		{says: "not Sunday", given: caller, when: "2026-09-13T11:00", ask: "PHONE PROMOTIONAL", want: "deny HOURS"},
		{says: "except public holidays", given: caller, when: "2026-11-11T11:00", ask: "PHONE PROMOTIONAL", want: "deny HOURS"},
		{says: "Easter Monday", given: caller, when: "2027-03-29T11:00", ask: "PHONE PROMOTIONAL", want: "deny HOURS"},
		{says: "service at any hour", given: caller, when: "2026-09-13T23:00", ask: "PHONE SERVICE", want: "allow SERVICE_GROUND"},
		{says: "the zone the person gave", given: facts(but(known, func(f *state.Fact) { f.Signup.TimeZone = "Indian/Reunion" }), yes), when: "2026-09-08T08:00", ask: "PHONE PROMOTIONAL", want: "allow PHONE_CONSENT"},
		{says: "one that does not exist is the policy's", given: facts(but(known, func(f *state.Fact) { f.Signup.TimeZone = "Indian/Nowhere" }), yes), when: "2026-09-08T08:00", ask: "PHONE PROMOTIONAL", want: "deny HOURS"},
		{says: "one that is the machine's is the policy's", given: facts(but(known, func(f *state.Fact) { f.Signup.TimeZone = "Local" }), yes), when: "2026-09-08T10:00", ask: "PHONE PROMOTIONAL", want: "allow PHONE_CONSENT"},
		{says: "of two zones the last", given: facts(but(known, func(f *state.Fact) { f.Signup.TimeZone = "Indian/Reunion" }), but(signed("2026-02-10T10:00", state.SignupInquiry), func(f *state.Fact) { f.Signup.TimeZone = "Europe/Paris" }), yes), when: "2026-09-08T08:00", ask: "PHONE PROMOTIONAL", want: "deny HOURS"},
		{says: "not one that is told later", given: facts(known, yes, but(signed("2026-10-10T10:00", state.SignupInquiry), func(f *state.Fact) { f.Signup.TimeZone = "Indian/Reunion" })), when: "2026-09-08T08:00", known: "2026-11-01T00:00", ask: "PHONE PROMOTIONAL", want: "deny HOURS"},
		{says: "not one that a wipe has taken", given: facts(but(known, func(f *state.Fact) { f.Signup.TimeZone = "Indian/Reunion" }), unsubscribed("2026-02-01T10:00", state.UnsubscribePurged, state.MethodOther), yes), when: "2026-09-08T08:00", ask: "PHONE PROMOTIONAL", want: "deny HOURS"},
		{says: "not even at its instant", given: facts(but(known, func(f *state.Fact) { f.Signup.TimeZone = "Indian/Reunion" }), unsubscribed("2026-01-10T10:00", state.UnsubscribePurged, state.MethodOther), yes), when: "2026-09-08T08:00", ask: "PHONE PROMOTIONAL", want: "deny HOURS"},
		{says: "hours came with the reform", given: facts(known), when: "2026-08-09T23:00", ask: "PHONE PROMOTIONAL", want: "allow PHONE_OPTOUT_PRE_20260811"},

		{says: "three calls leave one", given: called("2026-09-02T11:00", "2026-09-03T11:00", "2026-09-04T11:00"), when: "2026-09-08T11:00", ask: "PHONE PROMOTIONAL", want: "allow PHONE_CONSENT"},
		{says: "at most 4", given: called("2026-09-02T11:00", "2026-09-03T11:00", "2026-09-04T11:00", "2026-09-07T11:00"), when: "2026-09-08T11:00", ask: "PHONE PROMOTIONAL", want: "deny FREQUENCY_4_30"},
		{says: "per 30 calendar days", given: called("2026-09-02T11:00", "2026-09-03T11:00", "2026-09-04T11:00", "2026-09-07T11:00"), when: "2026-10-01T11:00", ask: "PHONE PROMOTIONAL", want: "deny FREQUENCY_4_30"},
		{says: "the thirty-first", given: called("2026-09-02T11:00", "2026-09-03T11:00", "2026-09-04T11:00", "2026-09-07T11:00"), when: "2026-10-02T11:00", ask: "PHONE PROMOTIONAL", want: "allow PHONE_CONSENT"},
		{says: "calls that a wipe has taken", given: facts(called("2026-09-03T11:00", "2026-09-03T11:00", "2026-09-03T11:00", "2026-09-03T11:00"), unsubscribed("2026-09-03T11:00", state.UnsubscribePurged, state.MethodOther), said("2026-09-04T10:00", phone, promo)), when: "2026-09-08T11:00", ask: "PHONE PROMOTIONAL", want: "allow PHONE_CONSENT"},
		{says: "a call that is to come", given: called("2026-09-02T11:00", "2026-09-03T11:00", "2026-09-04T11:00", "2026-09-09T11:00"), when: "2026-09-08T11:00", known: "2026-09-30T00:00", ask: "PHONE PROMOTIONAL", want: "allow PHONE_CONSENT"},
		{says: "hours are told before the number", given: called("2026-09-02T11:00", "2026-09-03T11:00", "2026-09-04T11:00", "2026-09-07T11:00"), when: "2026-09-08T21:00", ask: "PHONE PROMOTIONAL", want: "deny HOURS"},
		{says: "messages are no calls", given: facts(called("2026-09-02T11:00", "2026-09-03T11:00", "2026-09-04T11:00"), wasSent("2026-09-05T11:00", state.ChannelEmail, state.MessagePromotional)), when: "2026-09-08T11:00", ask: "PHONE PROMOTIONAL", want: "allow PHONE_CONSENT"},

		{says: "SMS 8-20", given: texter, when: "2026-02-02T08:00", ask: "SMS PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "SMS not before 8", given: texter, when: "2026-02-02T07:59", ask: "SMS PROMOTIONAL", want: "deny HOURS"},
		{says: "SMS not at 20", given: texter, when: "2026-02-02T20:00", ask: "SMS PROMOTIONAL", want: "deny HOURS"},
		{says: "SMS on Saturday", given: texter, when: "2026-02-07T10:00", ask: "SMS PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "SMS not on Sunday", given: texter, when: "2026-02-08T10:00", ask: "SMS PROMOTIONAL", want: "deny HOURS"},
		{says: "SMS not on holidays", given: texter, when: "2026-05-14T10:00", ask: "SMS WELCOME", want: "deny HOURS"},
		{says: "SMS by parameter", given: texter, policy: func(s *rules.Settings) { s.SMSHours = false }, when: "2026-02-08T10:00", ask: "SMS PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "the acknowledgement of a STOP at once", given: facts(texter, unsubscribed("2026-02-08T10:00", state.UnsubscribeUnsubscribe, state.MethodSMSStop)),
			policy: func(s *rules.Settings) { s.UnsubscribeConfirmation = true }, when: "2026-02-08T10:01", ask: "SMS UNSUBSCRIBE_CONFIRMATION", want: "allow UNSUB_CONFIRM"},
		{says: "e-mail at any hour", given: client0(), when: "2026-02-08T03:00", ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
	})
}

// Hours bind the law of calls and only the company's choice of text messages.
func TestHoursByLawAndByPolicy(t *testing.T) {
	call := check{given: facts(signed("2026-01-10T10:00", state.SignupInquiry), said("2026-09-01T10:00", phone, promo)), when: "2026-09-08T21:00", ask: "PHONE PROMOTIONAL"}
	if v := call.verdict(t, local(call.when)); v.AllowedByLaw || v.Basis != state.BasisNone {
		t.Errorf("a call at night is against the law: %+v", v)
	}
	if v := call.verdict(t, local(call.when)); v.Until != local("2026-09-09T10:00") {
		t.Errorf("until %v, want the next opening", v.Until)
	}
	text := check{given: facts(told("2026-01-10T09:00", state.ChannelSMS), order("2026-01-10T10:00", "O1")), when: "2026-02-07T21:00", ask: "SMS PROMOTIONAL"}
	v := text.verdict(t, local(text.when))
	if !v.AllowedByLaw || v.Allowed || v.Basis != state.BasisSoftOptIn {
		t.Errorf("a text message at night is against the policy only: %+v", v)
	}
	if v.Until != local("2026-02-09T08:00") {
		t.Errorf("until %v, want Monday morning", v.Until)
	}
}
