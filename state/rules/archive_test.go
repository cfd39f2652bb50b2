package rules_test

import (
	"testing"
	"time"

	"consentstream/state"
	"consentstream/state/rules"
)

// R47, R48: what outlives a purge of 2029-01-11.
func TestArchive(t *testing.T) {
	bare := unsubscribed("2026-06-01T10:00", state.UnsubscribeUnsubscribe, state.MethodLink)
	proven := facts(signed("2026-01-10T10:00", state.SignupAccountCreated), said("2026-01-10T10:00", email, promo))
	dear := buying(order("2026-01-10T10:00", "O1"), func(p *state.Purchase) { p.AmountMinor = 12000 })
	three := func(s *rules.Settings) { s.SuppressionTTLYears = 5 }
	cases := []struct {
		says   string
		given  []state.Fact
		policy func(*rules.Settings)
		want   map[state.KeepWhat]string // "" = for ever
	}{
		{"an account alone", facts(signed("2026-01-10T10:00", state.SignupAccountCreated)), nil, nil},
		{"an invoice, ten years from the end of the financial year", facts(order("2026-01-10T10:00", "O1")), nil,
			map[state.KeepWhat]string{state.KeepAccounting: "2037-01-01T00:00"}},
		{"a financial year that ends in June", facts(order("2026-07-10T10:00", "O1")), func(s *rules.Settings) { s.FiscalYearEnd = rules.MonthDay{Month: time.June, Day: 30} },
			map[state.KeepWhat]string{state.KeepAccounting: "2037-07-01T00:00"}},
		{"its last day", facts(order("2026-06-30T10:00", "O1")), func(s *rules.Settings) { s.FiscalYearEnd = rules.MonthDay{Month: time.June, Day: 30} },
			map[state.KeepWhat]string{state.KeepAccounting: "2036-07-01T00:00"}},
		{"a financial year that ends on a day that not every year has", facts(order("2026-01-10T10:00", "O1")), func(s *rules.Settings) { s.FiscalYearEnd = rules.MonthDay{Month: time.February, Day: 29} },
			map[state.KeepWhat]string{state.KeepAccounting: "2036-02-29T00:00"}},
		{"no invoice of what was free", facts(buying(order("2026-01-10T10:00", "O1"), func(p *state.Purchase) { p.AmountMinor = 0 })), nil, nil},
		{"no invoice to a beneficiary", facts(buying(order("2026-01-10T10:00", "O1"), func(p *state.Purchase) { p.Role = state.RoleBeneficiary })), nil, nil},
		{"an invoice of what was taken back", facts(order("2026-01-10T10:00", "O1"), purchased("2026-01-12T10:00", state.PurchaseCancelled, "O1")), nil,
			map[state.KeepWhat]string{state.KeepAccounting: "2037-01-01T00:00"}},
		{"an electronic contract of 120 euros", facts(dear), nil,
			map[state.KeepWhat]string{state.KeepAccounting: "2037-01-01T00:00", state.KeepContract: "2036-01-11T00:00"}},
		{"from its delivery", facts(dear, purchased("2026-02-10T10:00", state.PurchaseDelivered, "O1")), nil,
			map[state.KeepWhat]string{state.KeepAccounting: "2037-01-01T00:00", state.KeepContract: "2036-02-11T00:00"}},
		{"a price that is not told", facts(buying(dear, func(p *state.Purchase) { p.AmountKnown, p.AmountMinor = false, 0 })), nil,
			map[state.KeepWhat]string{state.KeepAccounting: "2037-01-01T00:00", state.KeepContract: "2036-01-11T00:00"}},
		{"one cent less", facts(buying(dear, func(p *state.Purchase) { p.AmountMinor-- })), nil,
			map[state.KeepWhat]string{state.KeepAccounting: "2037-01-01T00:00"}},
		{"of a beneficiary neither", facts(buying(dear, func(p *state.Purchase) { p.Role = state.RoleBeneficiary })), nil, nil},
		{"not electronic", facts(buying(dear, func(p *state.Purchase) { p.SoldBy = state.SoldInStore })), nil,
			map[state.KeepWhat]string{state.KeepAccounting: "2037-01-01T00:00"}},
		{"not of a consumer", facts(typed("2026-01-01T10:00", state.ContactB2BNamed), dear), nil,
			map[state.KeepWhat]string{state.KeepAccounting: "2037-01-01T00:00"}},
		{"the proof of a consent, five years", proven, nil,
			map[state.KeepWhat]string{state.KeepProof: "2034-01-11T00:00"}},
		{"a notice that served nobody", facts(told("2026-01-10T10:00")), nil, nil},
		{"a notice to a business", facts(typed("2026-01-10T09:00", state.ContactB2BNamed), told("2026-01-10T10:00")), nil,
			map[state.KeepWhat]string{state.KeepProof: "2034-01-11T00:00"}},
		{"a notice to a client", client0(), nil,
			map[state.KeepWhat]string{state.KeepAccounting: "2037-01-01T00:00", state.KeepProof: "2034-01-11T00:00"}},
		{"an objection, for ever", facts(signed("2026-01-10T10:00", state.SignupAccountCreated), bare), nil,
			map[state.KeepWhat]string{state.KeepSuppression: ""}},
		{"an objection, for a term", facts(signed("2026-01-10T10:00", state.SignupAccountCreated), bare), three,
			map[state.KeepWhat]string{state.KeepSuppression: "2031-06-01T00:00"}},
		{"a complaint, for ever", facts(bare, unsubscribed("2026-06-02T10:00", state.UnsubscribeComplaint, state.MethodSpamButton)), three,
			map[state.KeepWhat]string{state.KeepSuppression: ""}},
		{"what another contact said is not kept for this one", facts(signed("2026-01-10T10:00", state.SignupAccountCreated), but(bare, func(f *state.Fact) { f.Forwarded, f.Address = true, "a1" })), nil, nil},
		{"a contract whose term ends that very instant", facts(buying(order("2019-01-10T10:00", "O1"), func(p *state.Purchase) { p.AmountMinor = 12000 })), nil,
			map[state.KeepWhat]string{state.KeepAccounting: "2030-01-01T00:00"}},
		{"a cancellation is no performance", facts(order("2025-12-30T10:00", "O1"), purchased("2026-01-12T10:00", state.PurchaseCancelled, "O1")), nil,
			map[state.KeepWhat]string{state.KeepAccounting: "2036-01-01T00:00"}},
		{"nor is the delivery of something else", facts(order("2025-12-30T10:00", "O1"), purchased("2026-01-12T10:00", state.PurchaseDelivered, "O2")), nil,
			map[state.KeepWhat]string{state.KeepAccounting: "2036-01-01T00:00"}},
		{"a delivery at the instant of the purge", facts(dear, purchased("2029-01-11T00:00", state.PurchaseDelivered, "O1")), nil,
			map[state.KeepWhat]string{state.KeepAccounting: "2040-01-01T00:00", state.KeepContract: "2039-01-12T00:00"}},
		{"a delivery that is dated after it", facts(dear, purchased("2029-01-11T00:01", state.PurchaseDelivered, "O1")), nil,
			map[state.KeepWhat]string{state.KeepAccounting: "2037-01-01T00:00", state.KeepContract: "2036-01-11T00:00"}},
		{"no proof of what was no consent", facts(answering(said("2026-01-10T10:00", email, promo), func(a *state.Answer) { a.Form = state.FormTerms })), nil, nil},
		{"no proof of a consent without one", facts(answering(said("2026-01-10T10:00", email, promo), func(a *state.Answer) { a.ProofRef = "" })), nil, nil},
		{"nothing whose term is over", facts(order("2016-01-10T10:00", "O1")), nil, nil},
	}
	for _, c := range cases {
		t.Run(c.says, func(t *testing.T) {
			policy := rules.Default()
			if c.policy != nil {
				c.policy(&policy.Versions[0].Settings)
			}
			contact := contactOf(numbered(c.given))
			at := local("2029-01-11T00:00")
			keep, until := rules.Archive(policy, controller, &contact, rules.Clock(policy, controller, &contact, at, at), at)
			checkKeep(t, keep, until, c.want)
		})
	}
}

func checkKeep(t *testing.T, keep []state.Keep, until state.Instant, want map[state.KeepWhat]string) {
	t.Helper()
	latest := state.Unset
	if len(keep) != len(want) {
		t.Errorf("keeps %v, want %v", keep, want)
	}
	for _, k := range keep {
		end := state.Never
		if s := want[k.What]; s != "" {
			end = local(s)
		}
		if _, wanted := want[k.What]; !wanted || k.Until != end {
			t.Errorf("%v until %v, want %v", k.What, k.Until, want[k.What])
		}
		if k.What != state.KeepSuppression {
			latest = max(latest, k.Until)
		}
	}
	if until != latest {
		t.Errorf("archived until %v, want %v", until, latest)
	}
}
