package rules_test

import (
	"testing"

	"consentstream/state"
	"consentstream/state/rules"
)

// What two independent readings of the rules did not agree about at first.
func TestReadingsAgreed(t *testing.T) {
	business := but(signed("2026-09-01T10:00", state.SignupCollected), func(f *state.Fact) { f.Signup.ContactType = state.ContactB2BNamed })
	called := said("2026-09-01T10:00", phone, promo)
	silent := answering(called, func(a *state.Answer) { a.PhoneMentions = false })
	unrelated := func(q *rules.Question) { q.Unprofessional = true }
	block := func(q *rules.Question) { q.PromotionalContent = true }
	texted := told("2026-01-10T09:55", state.ChannelEmail, state.ChannelSMS)
	complaint := unsubscribed("2026-02-01T10:00", state.UnsubscribeComplaint, state.MethodSpamButton)
	bloctel := unsubscribed("2026-01-05T10:00", state.UnsubscribeBloctel, state.MethodOther)
	bare := objecting(unsubscribed("2026-01-06T10:00", state.UnsubscribeUnsubscribe, state.MethodOral), func(u *state.Unsubscribe) { u.Channels = phone })
	delivered := purchased("2026-01-12T10:00", state.PurchaseDelivered, "O1")
	checkAll(t, []check{
		{says: "R30: a business called about its job needs no mentions", given: facts(business, silent), when: "2026-09-08T11:00", ask: "PHONE PROMOTIONAL", want: "allow CONSENT"},
		{says: "R30: about something else it is a consumer", given: facts(business, silent), with: unrelated, when: "2026-09-08T11:00", ask: "PHONE PROMOTIONAL", want: "deny NOT_PROFESSIONAL"},
		{says: "R30: a consumer with a full consent", given: facts(business, called), with: unrelated, when: "2026-09-08T11:00", ask: "PHONE PROMOTIONAL", want: "allow PHONE_CONSENT"},
		{says: "R52: at a consumer's hours", given: facts(business, called), with: unrelated, when: "2026-09-08T13:30", ask: "PHONE PROMOTIONAL", want: "deny HOURS"},
		{says: "R52: hours are not for business", given: facts(business, called), when: "2026-09-08T13:30", ask: "PHONE PROMOTIONAL", want: "allow CONSENT"},

		{says: "R52: a consent after a refusal carries a call before the reform", given: facts(bare, said("2026-01-10T10:00", phone, promo)),
			when: "2026-02-02T11:00", ask: "PHONE PROMOTIONAL", want: "allow CONSENT"},
		{says: "R52: but not around the opposition list", given: facts(bare, bloctel, said("2026-01-10T10:00", phone, promo)),
			when: "2026-02-02T11:00", ask: "PHONE PROMOTIONAL", want: "deny BLOCTEL"},
		{says: "R52: what is analogous is not the object of a contract", given: facts(contract("2026-01-05T10:00", "K1", "energy")),
			policy: func(s *rules.Settings) { s.AnalogousFamilies = map[string][]string{"energy": {"main"}} },
			when:   "2026-09-08T11:00", ask: "PHONE PROMOTIONAL", want: "deny PHONE_NO_CONSENT"},

		{says: "R8, R59: a promotional block waits for the ramp", given: client0(), with: block, policy: func(s *rules.Settings) { s.WelcomeRamp = true },
			when: "2026-02-02T10:00", ask: "EMAIL SERVICE", want: "deny POLICY_RAMP"},
		{says: "R8, R63: and for the hours of text messages", given: facts(texted, order("2026-01-10T10:00", "O1")), with: block,
			when: "2026-02-01T10:00", ask: "SMS SERVICE", want: "deny HOURS"},
		{says: "R8, R36: and for complaints elsewhere", given: facts(texted, order("2026-01-10T10:00", "O1"), complaint), with: block,
			policy: func(s *rules.Settings) { s.ComplaintClosesAllChannels = true },
			when:   "2026-02-02T10:00", ask: "SMS SERVICE", want: "deny COMPLAINT"},
		{says: "R7: service alone does not", given: facts(texted, order("2026-01-10T10:00", "O1"), complaint), policy: func(s *rules.Settings) { s.ComplaintClosesAllChannels = true },
			when: "2026-02-01T10:00", ask: "SMS SERVICE", want: "allow SERVICE_GROUND"},
		{says: "R9: a review with an incentive is under the company's gates", given: facts(client0(), delivered), with: func(q *rules.Question) { q.Incentive = true },
			policy: func(s *rules.Settings) { s.SoftOptIn = false }, when: "2026-02-02T10:00", ask: "EMAIL REVIEW_REQUEST", want: "deny POLICY_STRICT"},

		{says: "R36: a complaint covers all brands", given: facts(client0(), objecting(complaint, func(u *state.Unsubscribe) { u.Brands = []string{"X"} })),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny COMPLAINT"},
		{says: "R36: told as what lacks confirmation, for cart too", given: facts(client0(), objecting(complaint, func(u *state.Unsubscribe) { u.Purposes = cart }), said("2026-02-02T10:00", email, promo|cart)),
			when: "2026-02-03T10:00", ask: "EMAIL CART_ABANDONMENT", want: "deny COMPLAINT_NEEDS_DOI"},

		{says: "R41: nobody is asked at an address that no fact names", given: client0(), with: func(q *rules.Question) { q.Address = "elsewhere" },
			when: "2026-02-02T10:00", ask: "EMAIL OPT_IN_BLOCK", want: "deny OTHER_ADDRESS"},
		{says: "R41: nor for a review", given: facts(client0(), delivered), with: func(q *rules.Question) { q.Address = "elsewhere" },
			when: "2026-02-02T10:00", ask: "EMAIL REVIEW_REQUEST", want: "deny NO_DUE_ORDER"},
		{says: "R7: a purge ends what was known when it was learnt", given: facts(recorded(order("2026-01-10T10:00", "O1"), "2026-02-10T10:00"),
			objecting(unsubscribed("2026-03-01T10:00", state.UnsubscribePurged, state.MethodOther), func(u *state.Unsubscribe) { u.PurgedBefore = local("2026-02-01T00:00") })),
			when: "2026-03-02T10:00", ask: "EMAIL SERVICE", want: "deny NO_GROUND"},
		{says: "R7: and not what was learnt later", given: facts(recorded(order("2026-01-10T10:00", "O1"), "2026-03-10T10:00"),
			objecting(unsubscribed("2026-03-01T10:00", state.UnsubscribePurged, state.MethodOther), func(u *state.Unsubscribe) { u.PurgedBefore = local("2026-02-01T00:00") })),
			when: "2026-03-11T10:00", ask: "EMAIL SERVICE", want: "allow SERVICE_GROUND"},

		{says: "R17: of two erasures the one after the unsubscribe is told", given: facts(client0(), unsubscribed("2026-02-01T08:00", state.UnsubscribeErasure, state.MethodOther),
			unsubscribed("2026-02-01T10:00", state.UnsubscribeUnsubscribe, state.MethodLink), unsubscribed("2026-02-01T11:00", state.UnsubscribeErasure, state.MethodOther)),
			policy: func(s *rules.Settings) { s.UnsubscribeConfirmation = true }, when: "2026-02-01T12:00", ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "deny ERASED"},
		{says: "R42: the day on which a contract ends is no gap", given: facts(told("2020-01-04T09:00"), contract("2020-01-04T10:00", "K1", "main"),
			byDay(purchased("2026-06-30T00:00", state.PurchaseContractEnded, "K1"))), when: "2026-06-30T12:00", ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
	})
}
