package rules_test

import (
	"testing"

	"consentstream/state"
	"consentstream/state/rules"
)

// R7, R8, R39, R49: what may be served.
func TestService(t *testing.T) {
	erased := unsubscribed("2026-03-01T10:00", state.UnsubscribeErasure, state.MethodOther)
	purged := unsubscribed("2026-03-01T10:00", state.UnsubscribePurged, state.MethodOther)
	done := purchased("2026-01-20T10:00", state.PurchaseDelivered, "O1")
	lateOrder := recorded(order("2026-02-20T10:00", "O9"), "2026-03-05T10:00")
	const later = "2026-04-01T10:00"
	checkAll(t, []check{
		{says: "an account", given: facts(signed("2026-01-10T10:00", state.SignupAccountCreated)), when: later, ask: "SMS SERVICE", want: "allow SERVICE_GROUND"},
		{says: "an inquiry", given: facts(signed("2026-01-10T10:00", state.SignupInquiry)), when: later, ask: "PHONE SERVICE", want: "allow SERVICE_GROUND"},
		{says: "an alert", given: facts(signed("2026-01-10T10:00", state.SignupAlertRequested)), when: later, ask: "EMAIL SERVICE", want: "allow SERVICE_GROUND"},
		{says: "a contract", given: facts(contract("2026-01-10T10:00", "K1", "main")), when: later, ask: "EMAIL SERVICE", want: "allow SERVICE_GROUND"},
		{says: "COLLECTED is none", given: facts(signed("2026-01-10T10:00", state.SignupCollected)), when: later, ask: "EMAIL SERVICE", want: "deny NO_GROUND"},
		{says: "FORM is none", given: facts(told("2026-01-10T10:00")), when: later, ask: "EMAIL SERVICE", want: "deny NO_GROUND"},
		{says: "loyalty joined is none", given: facts(signed("2026-01-10T10:00", state.SignupLoyaltyJoined)), when: later, ask: "EMAIL SERVICE", want: "deny NO_GROUND"},
		{says: "however old, delivered or ended", given: facts(client0(), done), when: "2045-01-01T10:00", ask: "EMAIL SERVICE", want: "allow SERVICE_GROUND"},
		{says: "R3: from the start of a day", given: facts(byDay(order("2026-01-10T18:00", "O1"))), when: "2026-01-10T00:00", known: later, ask: "EMAIL SERVICE", want: "allow SERVICE_GROUND"},
		{says: "not before", given: facts(order("2026-01-10T18:00", "O1")), when: "2026-01-10T17:59", known: later, ask: "EMAIL SERVICE", want: "deny NO_GROUND"},

		{says: "PURGED ends every ground known at it", given: facts(client0(), purged), when: later, ask: "EMAIL SERVICE", want: "deny NO_GROUND"},
		{says: "not what came after it", given: facts(client0(), purged, signed("2026-03-02T10:00", state.SignupInquiry)), when: later, ask: "EMAIL SERVICE", want: "allow SERVICE_GROUND"},
		{says: "an order recorded after the wipe", given: facts(client0(), purged, lateOrder), when: later, ask: "EMAIL SERVICE", want: "allow SERVICE_GROUND"},
		{says: "but no marketing profile", given: facts(client0(), purged, lateOrder), when: later, ask: "EMAIL PROMOTIONAL", want: "deny PURGED"},
		{says: "no account recorded after the wipe", given: facts(client0(), purged, recorded(signed("2026-02-20T10:00", state.SignupAccountCreated), "2026-03-05T10:00")), when: later, ask: "EMAIL SERVICE", want: "deny NO_GROUND"},
		{says: "PURGED acts from recorded_at", given: facts(client0(), recorded(purged, "2026-03-10T10:00")), when: "2026-03-05T10:00", known: later, ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "and then denies", given: facts(client0(), recorded(purged, "2026-03-10T10:00")), when: "2026-03-10T10:00", ask: "EMAIL PROMOTIONAL", want: "deny PURGED"},
		{says: "purged_before: a newer sale is not killed by it", given: facts(client0(), objecting(purged, func(u *state.Unsubscribe) { u.PurgedBefore = local("2026-01-01T00:00") })),
			when: later, ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "purged_before that is not given", given: facts(client0(), objecting(purged, func(u *state.Unsubscribe) { u.PurgedBefore = 0 })),
			when: later, ask: "EMAIL PROMOTIONAL", want: "deny PURGED"},
		{says: "purged_before: facts up to this instant are gone", given: facts(client0(), objecting(purged, func(u *state.Unsubscribe) { u.PurgedBefore = local("2026-01-10T10:00") })),
			when: later, ask: "EMAIL PROMOTIONAL", want: "deny PURGED"},
		{says: "R49: a late click starts nothing", given: facts(client0(), purged, recorded(clicked("2026-02-20T10:00", state.MessagePromotional), "2026-03-05T10:00")), when: later, ask: "EMAIL PROMOTIONAL", want: "deny PURGED"},
		{says: "R49: a late objection stays", given: facts(client0(), purged, recorded(unsubscribed("2026-02-20T10:00", state.UnsubscribeUnsubscribe, state.MethodLink), "2026-03-05T10:00")), when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "after a wipe a negative alone starts nothing", given: facts(client0(), purged, unsubscribed("2026-03-20T10:00", state.UnsubscribeUnsubscribe, state.MethodLink)), when: later, ask: "SMS PROMOTIONAL", want: "deny PURGED"},

		{says: "facts at the very instant of the wipe are gone", given: facts(told("2026-01-10T09:55"), order("2026-03-01T10:00", "O1"), purged, signed("2026-03-20T10:00", state.SignupInquiry)), when: later, ask: "EMAIL PROMOTIONAL", want: "deny NO_PURCHASE"},
		{says: "nor does a click", given: facts(client0(), purged, clicked("2026-03-20T10:00", state.MessagePromotional)), when: later, ask: "EMAIL PROMOTIONAL", want: "deny PURGED"},
		{says: "nor a form, a visit or what was sent", given: facts(client0(), purged, told("2026-03-20T10:00"), wasSent("2026-03-20T11:00", state.ChannelEmail, state.MessageNewsletter)), when: later, ask: "EMAIL PROMOTIONAL", want: "deny PURGED"},
		{says: "a no does not either", given: facts(client0(), purged, refused("2026-03-20T10:00", sms, promo, 0)), when: later, ask: "EMAIL PROMOTIONAL", want: "deny PURGED"},
		{says: "a yes does, also beside a no", given: facts(client0(), purged, but(said("2026-03-20T10:00", email, promo), func(f *state.Fact) {
			f.Signup.Answers = append(f.Signup.Answers, state.Answer{Form: state.FormYesNo, Value: state.AnswerNo, Channels: sms})
		})), when: later, ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
		{says: "an inquiry does", given: facts(client0(), purged, signed("2026-03-20T10:00", state.SignupInquiry)), when: later, ask: "EMAIL PROMOTIONAL", want: "deny NO_PURCHASE"},
		{says: "and a third party's collection", given: facts(client0(), purged, but(signed("2026-03-20T10:00", state.SignupCollected), func(f *state.Fact) { f.Signup.Collection = state.CollectionThirdParty })), when: later, ask: "EMAIL PROMOTIONAL", want: "deny NO_PURCHASE"},
		{says: "an order of a new epoch, with a notice from before it", given: facts(client0(), purged, told("2026-03-19T10:00"), clicked("2026-03-19T11:00", state.MessagePromotional), order("2026-03-20T10:00", "O2")), when: later, ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},

		{says: "a ground at the very instant of the wipe", given: facts(signed("2026-03-01T10:00", state.SignupInquiry), purged), when: later, ask: "EMAIL SERVICE", want: "deny NO_GROUND"},
		{says: "of merged grounds the last came after it", given: facts(mergedSince(signed("2026-03-20T10:00", state.SignupInquiry), "2026-01-10T10:00"), purged), when: later, ask: "EMAIL SERVICE", want: "allow SERVICE_GROUND"},
		{says: "of merged grounds the last came before it", given: facts(mergedSince(signed("2026-02-20T10:00", state.SignupInquiry), "2026-01-10T10:00"), purged), when: later, ask: "EMAIL SERVICE", want: "deny NO_GROUND"},
		{says: "of merged grounds the last came with it", given: facts(mergedSince(signed("2026-03-01T10:00", state.SignupInquiry), "2026-01-10T10:00"), purged), when: later, ask: "EMAIL SERVICE", want: "deny NO_GROUND"},
		{says: "a ground of the day of the wipe", given: facts(byDay(signed("2026-03-01T08:00", state.SignupInquiry)), purged), when: later, ask: "EMAIL SERVICE", want: "deny NO_GROUND"},
		{says: "before the wipe", given: facts(signed("2026-01-10T10:00", state.SignupInquiry), purged), when: "2026-02-20T10:00", known: later, ask: "EMAIL SERVICE", want: "allow SERVICE_GROUND"},
		{says: "an order recorded at the very instant of the wipe", given: facts(recorded(order("2026-02-20T10:00", "O9"), "2026-03-01T10:00"), purged), when: later, ask: "EMAIL SERVICE", want: "deny NO_GROUND"},
		{says: "an order recorded after what was wiped, not after it was", given: facts(recorded(order("2026-02-20T10:00", "O9"), "2026-03-05T10:00"), recorded(purged, "2026-03-10T10:00")), when: later, ask: "EMAIL SERVICE", want: "deny NO_GROUND"},
		{says: "R39: cancellations were dropped, one may be of this order", given: facts(client0(), erased), state: func(c *state.Contact) { c.Retracted.Cancelled = local("2026-01-10T10:00") }, when: later, ask: "EMAIL SERVICE", want: "deny NO_GROUND"},
		{says: "R39: deliveries were dropped, one may be of this order", given: facts(client0(), erased), state: func(c *state.Contact) { c.Retracted.Delivered = local("2026-01-10T10:00") }, when: later, ask: "EMAIL SERVICE", want: "deny NO_GROUND"},
		{says: "R39: until performed", given: facts(client0(), erased), when: later, ask: "EMAIL SERVICE", want: "allow SERVICE_GROUND"},
		{says: "R39: delivered", given: facts(client0(), done, erased), when: later, ask: "EMAIL SERVICE", want: "deny NO_GROUND"},
		{says: "R39: cancelled", given: facts(client0(), purchased("2026-01-20T10:00", state.PurchaseCancelled, "O1"), erased), when: later, ask: "EMAIL SERVICE", want: "deny NO_GROUND"},
		{says: "R39: delivered later", given: facts(client0(), erased, purchased("2026-03-20T10:00", state.PurchaseDelivered, "O1")), when: later, ask: "EMAIL SERVICE", want: "deny NO_GROUND"},
		{says: "R39: until then", given: facts(client0(), erased, purchased("2026-03-20T10:00", state.PurchaseDelivered, "O1")), when: "2026-03-19T10:00", ask: "EMAIL SERVICE", want: "allow SERVICE_GROUND"},
		{says: "R39: a contract not ended", given: facts(contract("2026-01-10T10:00", "K1", "main"), erased), when: later, ask: "EMAIL SERVICE", want: "allow SERVICE_GROUND"},
		{says: "R39: ended", given: facts(contract("2026-01-10T10:00", "K1", "main"), erased, purchased("2026-03-02T10:00", state.PurchaseContractEnded, "K1")), when: later, ask: "EMAIL SERVICE", want: "deny NO_GROUND"},
		{says: "R39: an account goes", given: facts(signed("2026-01-10T10:00", state.SignupAccountCreated), erased), when: later, ask: "EMAIL SERVICE", want: "deny NO_GROUND"},
		{says: "A20: erasure then purchase", given: facts(erased, told("2026-03-10T09:55"), order("2026-03-10T10:00", "O2")), when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "A20: denied until explicit yes", given: facts(erased, said("2026-03-10T10:00", email, promo)), when: later, ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},

		{says: "R8: a promotional block without a basis", given: facts(signed("2026-01-10T10:00", state.SignupAccountCreated)), when: later, ask: "EMAIL SERVICE",
			with: func(q *rules.Question) { q.PromotionalContent = true }, want: "deny NO_PURCHASE"},
		{says: "R8: without a ground", given: facts(said("2026-01-10T10:00", email, promo)), when: later, ask: "EMAIL SERVICE",
			with: func(q *rules.Question) { q.PromotionalContent = true }, want: "deny NO_GROUND"},
		{says: "R8: with both", given: facts(signed("2026-01-10T10:00", state.SignupAccountCreated), said("2026-01-10T10:00", email, promo)), when: later, ask: "EMAIL SERVICE",
			with: func(q *rules.Question) { q.PromotionalContent = true }, want: "allow CONSENT"},
		{says: "R8: the company's policy binds the block", given: client0(), policy: func(s *rules.Settings) { s.SoftOptIn = false }, when: later, ask: "EMAIL SERVICE",
			with: func(q *rules.Question) { q.PromotionalContent = true }, want: "deny POLICY_STRICT"},
	})
}

// R9: the review request.
func TestReview(t *testing.T) {
	done := purchased("2026-01-20T10:00", state.PurchaseDelivered, "O1")
	asked := but(wasSent("2026-01-25T10:00", state.ChannelEmail, state.MessageReviewRequest), func(f *state.Fact) { f.Click.OrderRef = "O1" })
	free := buying(order("2026-01-10T10:00", "O1"), func(p *state.Purchase) { p.AmountMinor = 0 })
	const later = "2026-02-02T10:00"
	checkAll(t, []check{
		{says: "delivered", given: facts(client0(), done), when: later, ask: "EMAIL REVIEW_REQUEST", want: "allow REVIEW_DUE"},
		{says: "not delivered", given: client0(), when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny NO_DUE_ORDER"},
		{says: "no order", given: facts(done), when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny NO_DUE_ORDER"},
		{says: "by email only", given: facts(client0(), done), when: later, ask: "SMS REVIEW_REQUEST", want: "n/a"},
		{says: "not before delivery", given: facts(client0(), done), when: "2026-01-20T09:59", ask: "EMAIL REVIEW_REQUEST", want: "deny NO_DUE_ORDER"},
		{says: "to the last hour of 60 times 24", given: facts(client0(), done), when: "2026-03-21T09:59", ask: "EMAIL REVIEW_REQUEST", want: "allow REVIEW_DUE"},
		{says: "and no longer", given: facts(client0(), done), when: "2026-03-21T10:00", ask: "EMAIL REVIEW_REQUEST", want: "deny REVIEW_WINDOW_PAST"},
		{says: "by parameter", given: facts(client0(), done), policy: func(s *rules.Settings) { s.ReviewWindowDays = 10 }, when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny REVIEW_WINDOW_PAST"},
		{says: "cancelled", given: facts(client0(), done, purchased("2026-01-25T10:00", state.PurchaseCancelled, "O1")), when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny NO_DUE_ORDER"},
		{says: "a zero-price order may be reviewed", given: facts(free, done), when: later, ask: "EMAIL REVIEW_REQUEST", want: "allow REVIEW_DUE"},
		{says: "to the buyer", given: facts(buying(free, func(p *state.Purchase) { p.Role = state.RoleBeneficiary }), done), when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny NO_DUE_ORDER"},
		{says: "an own order", given: facts(buying(free, func(p *state.Purchase) { p.CollectedBy = state.CollectedMarketplace }), done), when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny NO_DUE_ORDER"},
		{says: "a contract is no order", given: facts(contract("2026-01-10T10:00", "O1", "main"), done), when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny NO_DUE_ORDER"},
		{says: "once", given: facts(client0(), done, asked), when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny ALREADY_SENT"},
		{says: "for each order", given: facts(client0(), done, asked, order("2026-01-26T10:00", "O2"), purchased("2026-01-28T10:00", state.PurchaseDelivered, "O2")), when: later, ask: "EMAIL REVIEW_REQUEST", want: "allow REVIEW_DUE"},
		{says: "for the order of the question", given: facts(client0(), done, asked, order("2026-01-26T10:00", "O2"), purchased("2026-01-28T10:00", state.PurchaseDelivered, "O2")), when: later, ask: "EMAIL REVIEW_REQUEST",
			with: func(q *rules.Question) { q.OrderRef = "O1" }, want: "deny ALREADY_SENT"},
		{says: "a request that names no order may have been this one", given: facts(client0(), done, wasSent("2026-01-25T10:00", state.ChannelEmail, state.MessageReviewRequest)), when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny ALREADY_SENT"},
		{says: "unless it came before the delivery", given: facts(client0(), done, wasSent("2026-01-15T10:00", state.ChannelEmail, state.MessageReviewRequest)), when: later, ask: "EMAIL REVIEW_REQUEST", want: "allow REVIEW_DUE"},
		{says: "marketing retention is not its own", given: facts(order("2022-01-10T10:00", "O1"), done), when: later, ask: "EMAIL REVIEW_REQUEST", want: "allow REVIEW_DUE"},
		{says: "a wipe is", given: facts(client0(), done, unsubscribed("2026-01-25T10:00", state.UnsubscribePurged, state.MethodOther)), when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny NO_DUE_ORDER"},
		{says: "with an incentive as pro", given: facts(order("2026-01-10T10:00", "O1"), done), when: later, ask: "EMAIL REVIEW_REQUEST",
			with: func(q *rules.Question) { q.Incentive = true }, want: "deny NO_NOTICE"},
		{says: "with an incentive, a client", given: facts(client0(), done), when: later, ask: "EMAIL REVIEW_REQUEST",
			with: func(q *rules.Question) { q.Incentive = true }, want: "allow SOFT_OPTIN"},
		{says: "with a promotion as pro", given: facts(order("2026-01-10T10:00", "O1"), done), when: later, ask: "EMAIL REVIEW_REQUEST",
			with: func(q *rules.Question) { q.PromotionalContent = true }, want: "deny NO_NOTICE"},
		{says: "with an incentive the company's policy binds", given: facts(client0(), done), policy: func(s *rules.Settings) { s.SoftOptIn = false }, when: later, ask: "EMAIL REVIEW_REQUEST",
			with: func(q *rules.Question) { q.Incentive = true }, want: "deny POLICY_STRICT"},
		{says: "with a promotion too", given: facts(client0(), done), policy: func(s *rules.Settings) { s.SoftOptIn = false }, when: later, ask: "EMAIL REVIEW_REQUEST",
			with: func(q *rules.Question) { q.PromotionalContent = true }, want: "deny POLICY_STRICT"},
		{says: "of two that are due the newest", given: facts(client0(), done, order("2026-01-26T10:00", "O2"), purchased("2026-01-28T10:00", state.PurchaseDelivered, "O2")), when: later, ask: "EMAIL REVIEW_REQUEST", want: "allow REVIEW_DUE", cites: "e03"},
		{says: "not what a wipe took at its instant", given: facts(client0(), unsubscribed("2026-01-10T10:00", state.UnsubscribePurged, state.MethodOther), done), when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny NO_DUE_ORDER"},
		{says: "an order of a day that is not over", given: facts(byDay(order("2026-02-02T08:00", "O1")), purchased("2026-02-02T09:00", state.PurchaseDelivered, "O1")), when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny NO_DUE_ORDER"},
		{says: "a delivery of a day that is not over", given: facts(client0(), byDay(purchased("2026-02-02T09:00", state.PurchaseDelivered, "O1"))), when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny NO_DUE_ORDER"},
		{says: "a delivery to come", given: facts(client0(), purchased("2026-02-03T09:00", state.PurchaseDelivered, "O1")), when: later, known: "2026-03-01T10:00", ask: "EMAIL REVIEW_REQUEST", want: "deny NO_DUE_ORDER"},
		{says: "deliveries were dropped, one may be of this order", given: facts(client0(), done), state: func(c *state.Contact) { c.Retracted.Delivered = local("2026-01-10T10:00") }, when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny REVIEW_WINDOW_PAST"},
		{says: "requests were dropped, one may be about it", given: facts(client0(), done), state: func(c *state.Contact) { c.Retracted.Asked = local("2026-01-10T10:00") }, when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny ALREADY_SENT"},
		{says: "the end of something is no delivery", given: facts(client0(), purchased("2026-01-20T10:00", state.PurchaseContractEnded, "O1")), when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny NO_DUE_ORDER"},
		{says: "another order's delivery", given: facts(client0(), purchased("2026-01-20T10:00", state.PurchaseDelivered, "O9")), when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny NO_DUE_ORDER"},
		{says: "the delivery of an earlier order of that name", given: facts(purchased("2026-01-05T10:00", state.PurchaseDelivered, "O1"), client0()), when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny NO_DUE_ORDER"},
		{says: "delivered as it was ordered", given: facts(client0(), purchased("2026-01-10T10:00", state.PurchaseDelivered, "O1")), when: later, ask: "EMAIL REVIEW_REQUEST", want: "allow REVIEW_DUE"},
		{says: "from the first of two deliveries", given: facts(client0(), done, purchased("2026-02-01T10:00", state.PurchaseDelivered, "O1")), policy: func(s *rules.Settings) { s.ReviewWindowDays = 10 }, when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny REVIEW_WINDOW_PAST"},
		{says: "after the first of two deliveries", given: facts(client0(), done, purchased("2026-02-03T10:00", state.PurchaseDelivered, "O1")), when: later, known: "2026-03-01T10:00", ask: "EMAIL REVIEW_REQUEST", want: "allow REVIEW_DUE"},
		{says: "another message is no request", given: facts(client0(), done, but(wasSent("2026-01-25T10:00", state.ChannelEmail, state.MessageService), func(f *state.Fact) { f.Click.OrderRef = "O1" })), when: later, ask: "EMAIL REVIEW_REQUEST", want: "allow REVIEW_DUE"},
		{says: "nor is a request to come", given: facts(client0(), done, but(asked, func(f *state.Fact) {
			f.OccurredAt, f.Since, f.RecordedAt = local("2026-02-03T10:00"), local("2026-02-03T10:00"), local("2026-02-03T10:00")
		})), when: later, known: "2026-03-01T10:00", ask: "EMAIL REVIEW_REQUEST", want: "allow REVIEW_DUE"},
		{says: "a request about an earlier order of that name", given: facts(but(asked, func(f *state.Fact) {
			f.OccurredAt, f.Since, f.RecordedAt = local("2026-01-05T10:00"), local("2026-01-05T10:00"), local("2026-01-05T10:00")
		}), client0(), done), when: later, ask: "EMAIL REVIEW_REQUEST", want: "allow REVIEW_DUE"},
		{says: "a request at the instant of the order", given: facts(but(asked, func(f *state.Fact) {
			f.OccurredAt, f.Since, f.RecordedAt = local("2026-01-10T10:00"), local("2026-01-10T10:00"), local("2026-01-10T10:00")
		}), client0(), done), when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny ALREADY_SENT"},
		{says: "a request about another order", given: facts(client0(), done, but(asked, func(f *state.Fact) { f.Click.OrderRef = "O2" })), when: later, ask: "EMAIL REVIEW_REQUEST", want: "allow REVIEW_DUE"},
		{says: "a request that names no order, at the instant of the delivery", given: facts(client0(), done, wasSent("2026-01-20T10:00", state.ChannelEmail, state.MessageReviewRequest)), when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny ALREADY_SENT"},
		{says: "mode strict: gated as pro", given: facts(order("2026-01-10T10:00", "O1"), done), policy: func(s *rules.Settings) { s.ReviewStrict = true }, when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny NO_NOTICE"},
		{says: "mode strict: a client", given: facts(client0(), done), policy: func(s *rules.Settings) { s.ReviewStrict = true }, when: later, ask: "EMAIL REVIEW_REQUEST", want: "allow REVIEW_DUE"},
		{says: "mode strict: neither order nor basis", given: facts(signed("2026-01-10T10:00", state.SignupAccountCreated)), policy: func(s *rules.Settings) { s.ReviewStrict = true }, when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny NO_DUE_ORDER"},
		{says: "mode strict: and no order", given: client0(), policy: func(s *rules.Settings) { s.ReviewStrict = true }, when: later, ask: "EMAIL REVIEW_REQUEST", want: "deny NO_DUE_ORDER"},
		{says: "a later yes to reviews", given: facts(client0(), done, unsubscribed("2026-01-21T10:00", state.UnsubscribeObjection, state.MethodLetter), said("2026-01-22T10:00", email, review)), when: later, ask: "EMAIL REVIEW_REQUEST", want: "allow REVIEW_DUE"},
	})
}

// R14: the opt-in block.
func TestBlock(t *testing.T) {
	cancelled := purchased("2026-01-20T10:00", state.PurchaseCancelled, "O1")
	named := but(signed("2026-01-10T10:00", state.SignupCollected), func(f *state.Fact) { f.Signup.ContactType = state.ContactB2BNamed })
	const later = "2026-02-02T10:00"
	checkAll(t, []check{
		{says: "a client, notice or not", given: facts(order("2026-01-10T10:00", "O1")), when: later, ask: "EMAIL OPT_IN_BLOCK", want: "allow BLOCK_OK"},
		{says: "a prospect", given: facts(signed("2026-01-10T10:00", state.SignupAccountCreated)), when: later, ask: "EMAIL OPT_IN_BLOCK", want: "deny NOT_A_CUSTOMER"},
		{says: "a sale that was taken back", given: facts(client0(), cancelled), when: later, ask: "EMAIL OPT_IN_BLOCK", want: "deny ORDER_CANCELLED"},
		{says: "not already opted in to everything asked", given: facts(client0(), said("2026-01-20T10:00", email, promo|news)), when: later, ask: "EMAIL OPT_IN_BLOCK", want: "deny ALREADY_OPTED_IN"},
		{says: "opted in before anything else", given: facts(said("2026-01-09T10:00", email, promo|news), client0()), when: later, ask: "EMAIL OPT_IN_BLOCK", want: "deny ALREADY_OPTED_IN"},
		{says: "a yes that was dropped may have been to all", given: client0(), state: func(c *state.Contact) { c.YesDropped = true }, when: later, ask: "EMAIL OPT_IN_BLOCK", want: "deny ALREADY_OPTED_IN"},
		{says: "opted in to a part", given: facts(client0(), said("2026-01-20T10:00", email, promo)), when: later, ask: "EMAIL OPT_IN_BLOCK", want: "allow BLOCK_OK"},
		{says: "any objection on the channel", given: facts(client0(), refused("2026-01-20T10:00", email, loyalty, everyone)), when: later, ask: "EMAIL OPT_IN_BLOCK", want: "deny OBJECTED"},
		{says: "not on another channel", given: facts(client0(), refused("2026-01-20T10:00", sms, loyalty, everyone)), when: later, ask: "EMAIL OPT_IN_BLOCK", want: "allow BLOCK_OK"},
		{says: "lifted in full", given: facts(client0(), refused("2026-01-20T10:00", email, loyalty, everyone), said("2026-01-21T10:00", email, loyalty)), when: later, ask: "EMAIL OPT_IN_BLOCK", want: "allow BLOCK_OK"},
		{says: "a complaint", given: facts(client0(), unsubscribed("2026-01-20T10:00", state.UnsubscribeComplaint, state.MethodSpamButton)), when: later, ask: "EMAIL OPT_IN_BLOCK", want: "deny COMPLAINT"},
		{says: "t < E", given: client0(), when: "2029-01-10T00:00", ask: "EMAIL OPT_IN_BLOCK", want: "deny EXPIRED"},
		{says: "R56: allowed to clients of a strict company", given: client0(), policy: func(s *rules.Settings) { s.SoftOptIn = false }, when: later, ask: "EMAIL OPT_IN_BLOCK", want: "allow BLOCK_OK"},
		{says: "B2B needs a service ground", given: facts(named), when: later, ask: "EMAIL OPT_IN_BLOCK", want: "deny B2B_NOT_NEEDED"},
		{says: "B2B with one", given: facts(named, signed("2026-01-11T10:00", state.SignupInquiry)), when: later, ask: "EMAIL OPT_IN_BLOCK", want: "allow BLOCK_OK"},
		{says: "B2B with a ground that is the first of all facts", given: facts(signed("2026-01-09T10:00", state.SignupInquiry), named), when: later, ask: "EMAIL OPT_IN_BLOCK", want: "allow BLOCK_OK"},
		{says: "what could not be read", given: facts(client0(), unreadable("2026-01-20T10:00")), when: later, ask: "EMAIL OPT_IN_BLOCK", want: "deny UNREADABLE_NEGATIVE"},
		{says: "R53: a banned sector", given: client0(), policy: func(s *rules.Settings) { s.BannedSector = true }, when: later, ask: "EMAIL OPT_IN_BLOCK", want: "deny SECTOR_BAN"},
	})
}

// R16, R46: the warning before the end of retention, here 2029-01-10.
func TestWarning(t *testing.T) {
	const inWindow = "2028-12-20T10:00"
	sent := wasSent("2028-12-15T10:00", state.ChannelEmail, state.MessageDeletionWarning)
	checkAll(t, []check{
		{says: "from local midnight, warning_days before E", given: client0(), when: "2028-12-11T00:00", ask: "EMAIL DELETION_WARNING", want: "allow WARN_WINDOW"},
		{says: "not before", given: client0(), when: "2028-12-10T23:59", ask: "EMAIL DELETION_WARNING", want: "deny OUT_OF_WINDOW"},
		{says: "by parameter", given: client0(), policy: func(s *rules.Settings) { s.WarningDays = 60 }, when: "2028-11-11T00:00", ask: "EMAIL DELETION_WARNING", want: "allow WARN_WINDOW"},
		{says: "after E", given: client0(), when: "2029-01-10T00:00", ask: "EMAIL DELETION_WARNING", want: "deny EXPIRED"},
		{says: "once", given: facts(client0(), sent), when: inWindow, ask: "EMAIL DELETION_WARNING", want: "deny ALREADY_SENT"},
		{says: "one per period, whatever the channel", given: facts(told("2026-01-10T09:55", state.ChannelEmail, state.ChannelSMS), order("2026-01-10T10:00", "O1"), sent), when: inWindow, ask: "SMS DELETION_WARNING", want: "deny ALREADY_SENT"},
		{says: "a new period", given: facts(client0(), sent, clicked("2028-12-16T10:00", state.MessageDeletionWarning)), when: "2031-12-10T10:00", ask: "EMAIL DELETION_WARNING", want: "allow WARN_WINDOW"},
		{says: "another message is no warning", given: facts(client0(), wasSent("2028-12-15T10:00", state.ChannelEmail, state.MessageNewsletter)), when: inWindow, ask: "EMAIL DELETION_WARNING", want: "allow WARN_WINDOW"},
		{says: "nor is one to come", given: facts(client0(), wasSent("2028-12-25T10:00", state.ChannelEmail, state.MessageDeletionWarning)), when: inWindow, known: "2029-01-01T10:00", ask: "EMAIL DELETION_WARNING", want: "allow WARN_WINDOW"},
		{says: "nor one that a wipe has taken", given: facts(unsubscribed("2026-01-10T00:00", state.UnsubscribePurged, state.MethodOther), said("2026-01-10T10:00", email, promo), byDay(wasSent("2026-01-10T12:00", state.ChannelEmail, state.MessageDeletionWarning))), when: inWindow, ask: "EMAIL DELETION_WARNING", want: "allow WARN_WINDOW"},
		{says: "one at the instant of the last contact", given: facts(client0(), wasSent("2026-01-10T10:00", state.ChannelEmail, state.MessageDeletionWarning)), when: inWindow, ask: "EMAIL DELETION_WARNING", want: "deny ALREADY_SENT"},
		{says: "not one before it", given: facts(client0(), wasSent("2026-01-10T09:59", state.ChannelEmail, state.MessageDeletionWarning)), when: inWindow, ask: "EMAIL DELETION_WARNING", want: "allow WARN_WINDOW"},
		{says: "one of the day of the last contact, whose hour is not known", given: facts(byDay(buying(order("2026-01-10T07:00", "O1"), func(p *state.Purchase) { p.Notice = usualNotice() })), wasSent("2026-01-10T08:00", state.ChannelEmail, state.MessageDeletionWarning)), when: inWindow, ask: "EMAIL DELETION_WARNING", want: "deny ALREADY_SENT"},
		{says: "a clock that no contact started", given: facts(but(told("2026-01-10T10:00"), func(f *state.Fact) { f.Signup.ContactType = state.ContactB2BNamed })), when: inWindow, ask: "EMAIL DELETION_WARNING", want: "allow WARN_WINDOW"},
		{says: "no basis", given: facts(order("2026-01-10T10:00", "O1")), when: inWindow, ask: "EMAIL DELETION_WARNING", want: "deny NO_BASIS"},
		{says: "on a basis that is to change", given: facts(typed("2026-01-10T09:00", state.ContactB2BNamed), told("2026-01-10T09:55"), said("2026-01-10T10:00", email, promo),
			objecting(unsubscribed("2028-12-25T10:00", state.UnsubscribeProofLost, state.MethodOther), func(u *state.Unsubscribe) { u.ProofRef = "p1" })), when: inWindow, known: "2029-01-01T10:00", ask: "EMAIL DELETION_WARNING", want: "allow WARN_WINDOW"},
		{says: "a newsletter basis", given: facts(said("2026-01-10T10:00", email, news)), when: inWindow, ask: "EMAIL DELETION_WARNING", want: "allow WARN_WINDOW"},
		{says: "loyalty alone is none", given: facts(said("2026-01-10T10:00", email, loyalty)), when: inWindow, ask: "EMAIL DELETION_WARNING", want: "deny NO_BASIS"},
		{says: "never objected on the channel", given: facts(client0(), refused("2026-02-01T10:00", email, loyalty, everyone)), when: inWindow, ask: "EMAIL DELETION_WARNING", want: "deny OBJECTED"},
		{says: "R56: its basis is what the company narrows", given: client0(), policy: func(s *rules.Settings) { s.SoftOptIn = false }, when: inWindow, ask: "EMAIL DELETION_WARNING", want: "deny POLICY_STRICT"},
		{says: "a contract runs", given: facts(told("2026-01-10T09:55"), contract("2026-01-10T10:00", "K1", "main")), when: inWindow, ask: "EMAIL DELETION_WARNING", want: "deny OUT_OF_WINDOW"},
		{says: "R53: a banned sector", given: client0(), policy: func(s *rules.Settings) { s.BannedSector = true }, when: inWindow, ask: "EMAIL DELETION_WARNING", want: "deny SECTOR_BAN"},
	})
}

// R17: the confirmation of an unsubscribe.
func TestUnsubscribeConfirmation(t *testing.T) {
	on := func(s *rules.Settings) { s.UnsubscribeConfirmation = true }
	bare := unsubscribed("2026-02-01T10:00", state.UnsubscribeUnsubscribe, state.MethodLink)
	const soon = "2026-02-01T12:00"
	checkAll(t, []check{
		{says: "within 24 h", given: facts(client0(), bare), policy: on, when: "2026-02-02T09:59", ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "allow UNSUB_CONFIRM"},
		{says: "not after", given: facts(client0(), bare), policy: on, when: "2026-02-02T10:00", ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "deny NO_UNSUB_24H"},
		{says: "policy default off", given: facts(client0(), bare), when: soon, ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "deny POLICY_OFF"},
		{says: "with the policy off nothing is evaluated", given: facts(client0(), unsubscribed("2026-02-01T10:00", state.UnsubscribeComplaint, state.MethodSpamButton)), when: soon, ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "deny POLICY_OFF"},
		{says: "on that channel", given: facts(client0(), bare), policy: on, when: soon, ask: "SMS UNSUBSCRIBE_CONFIRMATION", want: "deny NO_UNSUB_24H"},
		{says: "any UNSUBSCRIBE counts, whatever its method", given: facts(client0(), unsubscribed("2026-02-01T10:00", state.UnsubscribeUnsubscribe, state.MethodLetter)), policy: on, when: soon, ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "allow UNSUB_CONFIRM"},
		{says: "an objection is no unsubscribe", given: facts(client0(), unsubscribed("2026-02-01T10:00", state.UnsubscribeObjection, state.MethodReply)), policy: on, when: soon, ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "deny NO_UNSUB_24H"},
		{says: "nor is an answer no", given: facts(client0(), refused("2026-02-01T10:00", email, promo, 0)), policy: on, when: soon, ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "deny NO_UNSUB_24H"},
		{says: "not after a complaint", given: facts(client0(), bare, unsubscribed("2026-02-01T11:00", state.UnsubscribeComplaint, state.MethodSpamButton)), policy: on, when: soon, ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "deny COMPLAINT"},
		{says: "not after a letter", given: facts(client0(), bare, unsubscribed("2026-02-01T11:00", state.UnsubscribeObjection, state.MethodLetter)), policy: on, when: soon, ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "deny OBJECTED"},
		{says: "a complaint about another channel", given: facts(client0(), bare, objecting(unsubscribed("2026-02-01T11:00", state.UnsubscribeComplaint, state.MethodSpamButton), func(u *state.Unsubscribe) { u.Channels = sms })), policy: on, when: soon, ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "allow UNSUB_CONFIRM"},
		{says: "at the address of the unsubscribe", given: facts(at0(order("2026-01-10T10:00", "O1"), "a1"), at0(order("2026-01-11T10:00", "O2"), "a2"), at0(bare, "a2")),
			policy: on, when: soon, ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", with: func(q *rules.Question) { q.Address = "a2" }, want: "allow UNSUB_CONFIRM"},
		{says: "of several the first is in force, and none was made yet", given: facts(client0(), mergedSince(unsubscribed("2026-02-03T10:00", state.UnsubscribeUnsubscribe, state.MethodLink), "2026-02-01T10:00")), policy: on, when: soon, known: "2026-02-05T10:00",
			ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "deny NO_UNSUB_24H"},
		{says: "of two at one instant the last that is known", given: facts(client0(), bare, bare), policy: on, when: soon, ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "allow UNSUB_CONFIRM", cites: "e03"},
		{says: "an erasure that is to come", given: facts(client0(), bare, unsubscribed("2026-02-03T10:00", state.UnsubscribeErasure, state.MethodOther)), policy: on, when: soon, known: "2026-02-05T10:00",
			ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "allow UNSUB_CONFIRM"},
		{says: "nothing else is known, and its day is not over", given: facts(byDay(bare)), policy: on, when: soon, ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "allow UNSUB_CONFIRM"},
		{says: "another message is no confirmation", given: facts(client0(), bare, wasSent("2026-02-01T10:01", state.ChannelEmail, state.MessageService)), policy: on, when: soon, ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "allow UNSUB_CONFIRM"},
		{says: "a confirmation that is to be sent", given: facts(client0(), bare, wasSent("2026-02-01T13:00", state.ChannelEmail, state.MessageUnsubscribeConfirmation)), policy: on, when: soon, known: "2026-02-05T10:00",
			ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "allow UNSUB_CONFIRM"},
		{says: "not after a letter of an authority", given: facts(client0(), bare, objecting(unsubscribed("2026-02-01T11:00", state.UnsubscribeObjection, state.MethodAuthority), func(u *state.Unsubscribe) { u.Purposes, u.Shown = news, promo|news })), policy: on, when: soon, ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "deny OBJECTED"},
		{says: "not after a restriction", given: facts(client0(), bare, unsubscribed("2026-02-01T11:00", state.UnsubscribeRestriction, state.MethodOther)), policy: on, when: soon, ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "deny OBJECTED"},
		{says: "not after a death", given: facts(client0(), bare, unsubscribed("2026-02-01T11:00", state.UnsubscribeDeceased, state.MethodOther)), policy: on, when: soon, ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "deny OBJECTED"},
		{says: "not after an erasure", given: facts(client0(), bare, unsubscribed("2026-02-01T11:00", state.UnsubscribeErasure, state.MethodOther)), policy: on, when: soon, ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "deny ERASED"},
		{says: "an erasure that came first", given: facts(client0(), unsubscribed("2026-02-01T09:00", state.UnsubscribeErasure, state.MethodOther), bare), policy: on, when: soon, ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "deny OBJECTED"},
		{says: "an erasure at the same instant", given: facts(client0(), bare, unsubscribed("2026-02-01T10:00", state.UnsubscribeErasure, state.MethodOther)), policy: on, when: soon, ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "deny ERASED"},
		{says: "the last of two unsubscribes counts", given: facts(client0(), bare, unsubscribed("2026-02-01T11:00", state.UnsubscribeErasure, state.MethodOther), unsubscribed("2026-02-01T11:30", state.UnsubscribeUnsubscribe, state.MethodLink)), policy: on, when: soon, ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "deny OBJECTED"},
		{says: "somebody purged who came back", given: facts(client0(), unsubscribed("2026-01-20T11:00", state.UnsubscribePurged, state.MethodOther), signed("2026-01-21T10:00", state.SignupInquiry), bare), policy: on, when: soon, ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "allow UNSUB_CONFIRM"},
		{says: "a confirmation of the day before", given: facts(client0(), wasSent("2026-01-31T10:00", state.ChannelEmail, state.MessageUnsubscribeConfirmation), bare), policy: on, when: soon, ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "allow UNSUB_CONFIRM"},
		{says: "an unsubscribe that names no address", given: facts(at0(order("2026-01-10T10:00", "O1"), "a1"), at0(order("2026-01-11T10:00", "O2"), "a2"), bare),
			policy: on, when: soon, ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", with: func(q *rules.Question) { q.Address = "a2" }, want: "allow UNSUB_CONFIRM"},
		{says: "not to somebody purged", given: facts(client0(), bare, unsubscribed("2026-02-01T11:00", state.UnsubscribePurged, state.MethodOther)), policy: on, when: soon, ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "deny PURGED"},
		{says: "once", given: facts(client0(), bare, wasSent("2026-02-01T10:01", state.ChannelEmail, state.MessageUnsubscribeConfirmation)), policy: on, when: soon, ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "deny ALREADY_SENT"},
		{says: "once for two clicks", given: facts(client0(), bare, wasSent("2026-02-01T10:01", state.ChannelEmail, state.MessageUnsubscribeConfirmation), unsubscribed("2026-02-01T10:02", state.UnsubscribeUnsubscribe, state.MethodLink)),
			policy: on, when: soon, ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "deny ALREADY_SENT"},
		{says: "another channel's confirmation is not this one", given: facts(client0(), bare, wasSent("2026-02-01T10:01", state.ChannelSMS, state.MessageUnsubscribeConfirmation)), policy: on, when: soon, ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "allow UNSUB_CONFIRM"},
		{says: "by the person, not by another who shares the address", given: facts(at0(order("2026-01-10T10:00", "O1"), "a1"), but(bare, func(f *state.Fact) { f.Address, f.Forwarded = "a1", true })),
			policy: on, when: soon, ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "deny NO_UNSUB_24H"},
		{says: "by the day: 24 h from its start", given: facts(client0(), byDay(bare)), policy: on, when: "2026-02-01T23:59", ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "allow UNSUB_CONFIRM"},
		{says: "by the day: not the next", given: facts(client0(), byDay(bare)), policy: on, when: "2026-02-02T00:00", ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "deny NO_UNSUB_24H"},
		{says: "what could not be read", given: facts(client0(), bare, unreadable("2026-01-20T10:00")), policy: on, when: soon, ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", want: "deny UNREADABLE_NEGATIVE"},
		{says: "to the address that unsubscribed", given: facts(at0(order("2026-01-10T10:00", "O1"), "a2"), at0(bare, "a1")),
			policy: on, when: soon, ask: "EMAIL UNSUBSCRIBE_CONFIRMATION", with: func(q *rules.Question) { q.Address = "a2" }, want: "deny NO_UNSUB_24H"},
	})
}
