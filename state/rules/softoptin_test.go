package rules_test

import (
	"testing"

	"consentstream/state"
	"consentstream/state/rules"
)

// R23 to R28, and R51.
func TestSoftOptIn(t *testing.T) {
	notified := told("2026-01-10T09:55")
	bought := order("2026-01-10T10:00", "O1")
	after := order("2026-01-10T09:50", "O1") // before the notice
	checkAll(t, []check{
		{says: "all conditions hold", given: client0(), when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "not before the sale", given: client0(), when: "2026-01-10T09:59", ask: "EMAIL PROMOTIONAL", want: "deny NO_PURCHASE"},
		{says: "from the very instant of the sale", given: client0(), when: "2026-01-10T10:00", ask: "EMAIL NEWSLETTER", want: "allow SOFT_OPTIN"},
		{says: "R23: loy no", given: client0(), when: "2026-02-02T10:00", ask: "EMAIL LOYALTY", want: "deny NEEDS_LOYALTY_CONSENT"},
		{says: "R24: price null counts as paid", given: facts(notified, buying(bought, func(p *state.Purchase) { p.AmountKnown = false })),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "R24: no zero-price order", given: facts(notified, buying(bought, func(p *state.Purchase) { p.AmountMinor = 0 })),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny NOT_A_SALE"},
		{says: "R24: unless free offers count", given: facts(notified, buying(bought, func(p *state.Purchase) { p.AmountMinor = 0 })),
			policy: func(s *rules.Settings) { s.FreeOfferCountsAsSale = true },
			when:   "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "R24: one cent is a price", given: facts(notified, buying(bought, func(p *state.Purchase) { p.AmountMinor = 1 })),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "R24: beneficiary", given: facts(notified, buying(bought, func(p *state.Purchase) { p.Role = state.RoleBeneficiary })),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny NOT_BUYER"},
		{says: "R24: marketplace", given: facts(notified, buying(bought, func(p *state.Purchase) { p.CollectedBy = state.CollectedMarketplace })),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny NOT_OWN_COLLECTION"},
		{says: "R24: third party goes before beneficiary", given: facts(notified, buying(bought, func(p *state.Purchase) {
			p.CollectedBy, p.Role = state.CollectedThirdParty, state.RoleBeneficiary
		})), when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny NOT_OWN_COLLECTION"},
		{says: "R24: cancelled, from the cancellation on", given: facts(client0(), purchased("2026-01-20T10:00", state.PurchaseCancelled, "O1")),
			when: "2026-01-20T10:00", ask: "EMAIL PROMOTIONAL", want: "deny ORDER_CANCELLED"},
		{says: "R24: not yet cancelled", given: facts(client0(), purchased("2026-01-20T10:00", state.PurchaseCancelled, "O1")),
			when: "2026-01-20T09:59", ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "R24: another order was cancelled", given: facts(client0(), purchased("2026-01-20T10:00", state.PurchaseCancelled, "O2")),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "a contract is a sale", given: facts(notified, contract("2026-01-10T10:00", "K1", "main")),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},

		{says: "R25: never retroactive", given: facts(after, notified), when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny NO_NOTICE"},
		{says: "R25: at the same instant", given: facts(told("2026-01-10T10:00"), bought), when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "R3: or the same transaction", given: facts(after, noticing(notified, func(n *state.Notice) { n.OrderRef = "O1" })),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "R3: not another transaction", given: facts(after, noticing(notified, func(n *state.Notice) { n.OrderRef = "O2" })),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny NO_NOTICE"},
		{says: "A5: not in the confirmation e-mail", given: facts(after, noticing(notified, func(n *state.Notice) { n.OrderRef, n.Mode = "O1", state.NoticeEmail })),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny NO_NOTICE"},
		{says: "a notice in the order itself", given: facts(buying(bought, func(p *state.Purchase) { p.Notice = usualNotice() })),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "a notice in one order is none for an earlier one", given: facts(bought,
			buying(order("2026-01-20T10:00", "O2"), func(p *state.Purchase) { p.Notice, p.Family = usualNotice(), "book" })),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny NOT_ANALOGOUS"},
		{says: "R3: notice.hi <= sale.lo, by the day on different days", given: facts(byDay(told("2026-01-09T15:00")), byDay(bought)),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "R3: a positive of a day counts from its end", given: facts(notified, byDay(order("2026-01-11T08:00", "O1"))),
			when: "2026-01-11T23:59", ask: "EMAIL PROMOTIONAL", want: "deny NO_PURCHASE"},
		{says: "R3: and from then on", given: facts(notified, byDay(order("2026-01-11T08:00", "O1"))),
			when: "2026-01-12T00:00", ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "R25: lists the channel", given: client0(), when: "2026-02-02T10:00", ask: "SMS PROMOTIONAL", want: "deny NOTICE_OTHER_CHANNEL"},
		{says: "R51: both must be named", given: facts(told("2026-01-10T09:00", state.ChannelEmail, state.ChannelSMS), bought),
			when: "2026-02-02T10:00", ask: "SMS PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "R25: another channel is told before another family", given: client0(), when: "2026-02-02T10:00", ask: "SMS PROMOTIONAL",
			with: func(q *rules.Question) { q.Family = "wine" }, want: "deny NOTICE_OTHER_CHANNEL"},
		{says: "R25: a notice inside the sale, on a day", given: facts(byDay(buying(bought, func(p *state.Purchase) { p.Notice = usualNotice() }))),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "A5: a notice after the sale, where neither names an order", given: facts(buying(bought, func(p *state.Purchase) { p.OrderRef = "" }), told("2026-01-11T10:00")),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny NO_NOTICE"},
		{says: "a notice in what nobody knows", given: facts(buying(purchased("2026-01-09T10:00", state.PurchaseUnknown, "O9"), func(p *state.Purchase) { p.Notice = usualNotice() }), bought),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny NO_NOTICE"},
		{says: "R12: promotional is not the newsletter", given: facts(noticing(notified, func(n *state.Notice) { n.Purposes = promo }), bought),
			when: "2026-02-02T10:00", ask: "EMAIL NEWSLETTER", want: "deny NOTICE_OTHER_PURPOSE"},
		{says: "R12: the basket is not inside the newsletter", given: facts(noticing(notified, func(n *state.Notice) { n.Purposes = news }), bought),
			when: "2026-02-02T10:00", ask: "EMAIL CART_ABANDONMENT", want: "deny NOTICE_OTHER_PURPOSE"},
		{says: "R24: the cancellation of an earlier order of that name", given: facts(purchased("2026-01-05T10:00", state.PurchaseCancelled, "O1"), client0()),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "R24: a cancellation at the instant of the order", given: facts(client0(), purchased("2026-01-10T10:00", state.PurchaseCancelled, "O1")),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny ORDER_CANCELLED"},
		{says: "R28: a notice in writing needs no script", given: facts(noticing(notified, func(n *state.Notice) { n.TextVersion = "" }), bought),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "R28: one by telephone does", given: facts(noticing(notified, func(n *state.Notice) { n.Mode, n.TextVersion = state.NoticePhone, "" }), bought),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny PROOF_MISSING"},
		{says: "R26: the first of several that are declared", given: client0(), policy: func(s *rules.Settings) { s.AnalogousFamilies = map[string][]string{"main": {"wine", "book"}} },
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", with: func(q *rules.Question) { q.Family = "wine" }, want: "allow SOFT_OPTIN"},
		{says: "R26: all families", given: client0(), policy: func(s *rules.Settings) { s.AnalogousFamilies = map[string][]string{"main": {"*"}} },
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", with: func(q *rules.Question) { q.Family = "wine" }, want: "allow SOFT_OPTIN"},
		{says: "A6: of all those that are listed, the first", given: facts(noticing(notified, func(n *state.Notice) { n.Families = []string{"wine", "book"} }), bought), policy: func(s *rules.Settings) { s.AnalogousFamilies = map[string][]string{"main": {"*"}} },
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", with: func(q *rules.Question) { q.Family = "wine" }, want: "allow SOFT_OPTIN"},
		{says: "A6: and the last", given: facts(noticing(notified, func(n *state.Notice) { n.Families = []string{"wine", "book"} }), bought), policy: func(s *rules.Settings) { s.AnalogousFamilies = map[string][]string{"main": {"*"}} },
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", with: func(q *rules.Question) { q.Family = "book" }, want: "allow SOFT_OPTIN"},
		{says: "A6: and no other", given: facts(noticing(notified, func(n *state.Notice) { n.Families = []string{"wine", "book"} }), bought), policy: func(s *rules.Settings) { s.AnalogousFamilies = map[string][]string{"main": {"*"}} },
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny NOT_ANALOGOUS"},
		{says: "R25: lists the purpose", given: facts(noticing(notified, func(n *state.Notice) { n.Purposes = news }), bought),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny NOTICE_OTHER_PURPOSE"},
		{says: "R12: the basket is inside promotional", given: facts(noticing(notified, func(n *state.Notice) { n.Purposes = promo }), bought),
			when: "2026-02-02T10:00", ask: "EMAIL CART_ABANDONMENT", want: "allow SOFT_OPTIN"},
		{says: "R12: by parameter", given: facts(noticing(notified, func(n *state.Notice) { n.Purposes = promo }), bought),
			policy: func(s *rules.Settings) { s.CartCoveredByPromotional = false },
			when:   "2026-02-02T10:00", ask: "EMAIL CART_ABANDONMENT", want: "deny NOTICE_OTHER_PURPOSE"},
		{says: "R25: offers a refusal on the spot", given: facts(noticing(notified, func(n *state.Notice) { n.OptOutOffered = false }), bought),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny NO_OPTOUT_OFFERED"},
		{says: "R20: proof kept", given: facts(noticing(notified, func(n *state.Notice) { n.ProofRef = "" }), bought),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny PROOF_MISSING"},
		{says: "R28: an oral notice needs its script", given: facts(noticing(notified, func(n *state.Notice) { n.Mode, n.TextVersion = state.NoticeInStore, "" }), bought),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny PROOF_MISSING"},
		{says: "R28: with it it counts", given: facts(noticing(notified, func(n *state.Notice) { n.Mode = state.NoticePhone }), bought),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "R20: and not lost", given: facts(client0(), objecting(unsubscribed("2026-01-20T10:00", state.UnsubscribeProofLost, state.MethodOther),
			func(u *state.Unsubscribe) { u.ProofRef = "form-v3" })), when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny PROOF_MISSING"},
		{says: "PROOF_LOST acts from recorded_at", given: facts(client0(), recorded(objecting(unsubscribed("2026-01-20T10:00", state.UnsubscribeProofLost, state.MethodOther),
			func(u *state.Unsubscribe) { u.ProofRef = "form-v3" }), "2026-03-01T10:00")),
			when: "2026-02-02T10:00", known: "2026-04-01T10:00", ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},

		{says: "R26: not analogous", given: client0(), when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL",
			with: func(q *rules.Question) { q.Family = "wine" }, want: "deny NOT_ANALOGOUS"},
		{says: "R26: declared", given: client0(), policy: func(s *rules.Settings) { s.AnalogousFamilies = map[string][]string{"main": {"wine"}} },
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", with: func(q *rules.Question) { q.Family = "wine" }, want: "allow SOFT_OPTIN"},
		{says: "R26: one-way", given: client0(), policy: func(s *rules.Settings) { s.AnalogousFamilies = map[string][]string{"wine": {"main"}} },
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", with: func(q *rules.Question) { q.Family = "wine" }, want: "deny NOT_ANALOGOUS"},
		{says: "A6: families listed bound the basis", given: facts(noticing(notified, func(n *state.Notice) { n.Families = []string{"wine"} }), bought),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny NOT_ANALOGOUS"},
		{says: "A6: within them", given: facts(noticing(notified, func(n *state.Notice) { n.Families = []string{"wine", "main"} }), bought),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},

		{says: "families that are to become fewer", given: facts(client0(), buying(order("2026-01-11T10:00", "O2"), func(p *state.Purchase) { p.Family = "book" }), purchased("2026-03-01T10:00", state.PurchaseCancelled, "O2")),
			when: "2026-02-02T10:00", known: "2026-04-01T10:00", ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "R41: at another address", given: facts(at0(notified, "a1"), at0(bought, "a1"), at0(signed("2026-01-11T10:00", state.SignupAddressChanged), "a2")),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", with: func(q *rules.Question) { q.Address = "a2" }, want: "deny OTHER_ADDRESS"},
		{says: "R41: a notice at another address", given: facts(at0(notified, "a1"), at0(bought, "a2")),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", with: func(q *rules.Question) { q.Address = "a2" }, want: "deny NO_NOTICE"},
		{says: "of several sales the one that got furthest", given: facts(client0(),
			buying(order("2026-01-20T10:00", "O2"), func(p *state.Purchase) { p.AmountMinor = 0 }), purchased("2026-01-21T10:00", state.PurchaseCancelled, "O1")),
			when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny NOT_A_SALE"},
	})
}

// "families: what a soft opt-in covers", in order and each once.
func TestFamiliesOfARow(t *testing.T) {
	history := facts(told("2026-01-10T09:55"), order("2026-01-10T10:00", "O1"),
		buying(order("2026-01-11T10:00", "O2"), func(p *state.Purchase) { p.Family = "book" }), order("2026-01-12T10:00", "O3"))
	cases := []struct {
		says     string
		families map[string][]string
		more     []state.Fact
		want     []string
	}{
		{"what was bought", nil, nil, []string{"book", "main"}},
		{"and what is like it", map[string][]string{"book": {"dvd", "main"}}, nil, []string{"book", "dvd", "main"}},
		{"all", map[string][]string{"book": {"*"}}, nil, []string{"*"}},
		{"all, by the newest sale", nil, facts(buying(order("2026-01-13T10:00", "O4"), func(p *state.Purchase) { p.Family = "*" })), []string{"*"}},
	}
	for _, c := range cases {
		t.Run(c.says, func(t *testing.T) {
			policy := rules.Default()
			policy.Versions[0].Settings.AnalogousFamilies = c.families
			contact := contactOf(numbered(facts(history, c.more)))
			decision := rules.Standing(policy, controller, &contact, local("2026-02-02T10:00"), local("2026-02-02T10:00"))
			v := rowOf(t, &decision, "EMAIL PROMOTIONAL")
			if got := v.Families; len(got) != len(c.want) || show(v).Families != join(c.want) {
				t.Errorf("families %v, want %v", got, c.want)
			}
		})
	}
}

func join(names []string) string {
	all := ""
	for _, n := range names {
		all += n + " "
	}
	return all
}

// rowOf finds a row of the first address, with no brand.
func rowOf(t *testing.T, d *rules.Decision, ask string) *rules.Verdict {
	t.Helper()
	q := question(t, ask)
	for i := range d.Verdicts {
		if v := &d.Verdicts[i]; v.Kind == q.Kind && v.Channel == q.Channel && v.Brand == "" {
			return v
		}
	}
	t.Fatalf("no row %s", ask)
	return nil
}
