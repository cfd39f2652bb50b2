package rules_test

import (
	"testing"

	"consentstream/state"
	"consentstream/state/rules"
)

// R43: what resets the clock. A client of 2023-03-15 expires on 2026-03-15;
// what comes on 2026-03-01 moves that if it resets.
func TestWhatResets(t *testing.T) {
	base := facts(told("2023-03-15T09:55"), order("2023-03-15T10:00", "O1"))
	const day = "2026-03-01T10:00"
	click := clicked(day, state.MessagePromotional)
	clickWith := func(change func(*state.Click)) state.Fact {
		return but(click, func(f *state.Fact) { change(f.Click) })
	}
	collected := func(c state.Collection) state.Fact {
		return but(signed(day, state.SignupCollected), func(f *state.Fact) { f.Signup.Collection = c })
	}
	form := func(f state.AnswerForm) state.Fact {
		return answering(said(day, email, news), func(a *state.Answer) { a.Form = f })
	}
	yes, no := true, false
	cases := []struct {
		says   string
		fact   state.Fact
		resets bool
		policy func(*rules.Settings)
	}{
		{"purchase", order(day, "O2"), yes, nil},
		{"purchase of a beneficiary", buying(order(day, "O2"), func(p *state.Purchase) { p.Role = state.RoleBeneficiary }), no, nil},
		{"purchase collected otherwise than DIRECT", buying(order(day, "O2"), func(p *state.Purchase) { p.CollectedBy = state.CollectedThirdParty }), no, nil},
		{"a free order", buying(order(day, "O2"), func(p *state.Purchase) { p.AmountMinor = 0 }), yes, nil},
		{"CONTRACT_ENDED", purchased(day, state.PurchaseContractEnded, "K9"), yes, nil},
		{"DELIVERED", purchased(day, state.PurchaseDelivered, "O1"), no, nil},
		{"CANCELLED", purchased(day, state.PurchaseCancelled, "O7"), no, nil},
		{"ATTENDED", purchased(day, state.PurchaseAttended, "O1"), yes, nil},
		{"ATTENDED switched off", purchased(day, state.PurchaseAttended, "O1"), no, func(s *rules.Settings) { s.AttendanceCountsAsContact = false }},
		{"ACCOUNT_CREATED", signed(day, state.SignupAccountCreated), yes, nil},
		{"INQUIRY", signed(day, state.SignupInquiry), yes, nil},
		{"ALERT_REQUESTED", signed(day, state.SignupAlertRequested), yes, nil},
		{"LOYALTY_JOINED", signed(day, state.SignupLoyaltyJoined), no, nil},
		{"ADDRESS_CHANGED", signed(day, state.SignupAddressChanged), no, nil},
		{"FORM without YES", told(day), no, nil},
		{"COLLECTED DIRECT", collected(state.CollectionDirect), yes, nil},
		{"COLLECTED IN_STORE", collected(state.CollectionInStore), yes, nil},
		{"COLLECTED BY_PHONE", collected(state.CollectionByPhone), yes, nil},
		{"COLLECTED IMPORT", collected(state.CollectionImport), no, nil},
		{"COLLECTED THIRD_PARTY", collected(state.CollectionThirdParty), no, nil},
		{"COLLECTED MARKETPLACE", collected(state.CollectionMarketplace), no, nil},
		{"COLLECTED PUBLIC", collected(state.CollectionPublic), no, nil},
		{"a YES", form(state.FormYesNo), yes, nil},
		{"a YES without proof", answering(form(state.FormOral), func(a *state.Answer) { a.ProofRef = "" }), yes, nil},
		{"a YES in a pre-ticked box", form(state.FormPretickedBox), no, nil},
		{"a YES in terms", form(state.FormTerms), no, nil},
		{"a NO", answering(form(state.FormYesNo), func(a *state.Answer) { a.Value, a.Channels = state.AnswerNo, phone }), no, nil},
		{"human click on content", click, yes, nil},
		{"KEEP_ME", clickWith(func(c *state.Click) { c.Target = state.TargetKeepMe }), yes, nil},
		{"click on unsubscribe", clickWith(func(c *state.Click) { c.Target = state.TargetUnsubscribe }), no, nil},
		{"click on a service target", clickWith(func(c *state.Click) { c.Target = state.TargetService }), no, nil},
		{"click with kind null", clickWith(func(c *state.Click) { c.Message = state.MessageUnknown }), no, nil},
		{"machine", clickWith(func(c *state.Click) { c.Actor = state.ActorMachine }), no, nil},
		{"unknown actor", clickWith(func(c *state.Click) { c.Actor = state.ActorUnknown }), no, nil},
		{"click in a service mail", clickWith(func(c *state.Click) { c.Message = state.MessageService }), no, nil},
		{"click in a service mail, switched on", clickWith(func(c *state.Click) { c.Message = state.MessageService }), yes, func(s *rules.Settings) { s.ServiceClickCountsAsContact = true }},
		{"KEEP_ME in a service mail", clickWith(func(c *state.Click) { c.Message, c.Target = state.MessageService, state.TargetKeepMe }), no, nil},
		{"open", clickWith(func(c *state.Click) { c.Kind = state.ClickOpen }), no, nil},
		{"visit", clickWith(func(c *state.Click) { c.Kind = state.ClickVisit }), no, nil},
		{"login", clickWith(func(c *state.Click) { c.Kind = state.ClickLogin }), no, nil},
		{"login switched on", clickWith(func(c *state.Click) { c.Kind = state.ClickLogin }), yes, func(s *rules.Settings) { s.LoginCountsAsContact = true }},
		{"login of a machine, switched on", clickWith(func(c *state.Click) { c.Kind, c.Actor = state.ClickLogin, state.ActorMachine }), no, func(s *rules.Settings) { s.LoginCountsAsContact = true }},
		{"sent", wasSent(day, state.ChannelEmail, state.MessagePromotional), no, nil},
		{"a negative", unsubscribed(day, state.UnsubscribeUnsubscribe, state.MethodSMSStop), no, nil},
	}
	for _, c := range cases {
		t.Run(c.says, func(t *testing.T) {
			want := "deny EXPIRED"
			if c.resets {
				want = "allow SOFT_OPTIN"
			}
			line := check{given: facts(base, c.fact), policy: c.policy, when: "2026-03-15T00:00", ask: "EMAIL PROMOTIONAL", want: want}
			line.holds(t)
		})
	}
}

// R45: what opens a new epoch at or after E, here 2026-03-15.
func TestWhatOpensAnEpoch(t *testing.T) {
	base := facts(told("2023-03-15T09:55"), order("2023-03-15T10:00", "O1"))
	const day = "2026-04-01T10:00"
	cases := []struct {
		says  string
		facts []state.Fact
		want  string
	}{
		{"nothing", nil, "deny EXPIRED"},
		{"an order with its own notice", facts(told("2026-04-01T09:55"), order(day, "O2")), "allow SOFT_OPTIN"},
		{"an order with the old notice", facts(order(day, "O2")), "deny NO_NOTICE"},
		{"an order exactly at E", facts(told("2026-03-15T00:00"), order("2026-03-15T00:00", "O2")), "allow SOFT_OPTIN"},
		{"an order just before E keeps the old notice", facts(order("2026-03-14T23:59", "O2")), "allow SOFT_OPTIN"},
		{"a contract", facts(told("2026-04-01T09:55"), contract(day, "K1", "main")), "allow SOFT_OPTIN"},
		{"an order of a beneficiary", facts(buying(order(day, "O2"), func(p *state.Purchase) { p.Role = state.RoleBeneficiary })), "deny EXPIRED"},
		{"an inquiry", facts(signed(day, state.SignupInquiry)), "deny NO_PURCHASE"},
		{"an alert", facts(signed(day, state.SignupAlertRequested)), "deny NO_PURCHASE"},
		{"an account", facts(signed(day, state.SignupAccountCreated)), "deny NO_PURCHASE"},
		{"COLLECTED DIRECT", facts(signed(day, state.SignupCollected)), "deny NO_PURCHASE"},
		{"COLLECTED IMPORT", facts(but(signed(day, state.SignupCollected), func(f *state.Fact) { f.Signup.Collection = state.CollectionImport })), "deny EXPIRED"},
		{"a yes", facts(said(day, email, promo)), "allow CONSENT"},
		{"a yes to something else", facts(said(day, email, loyalty)), "deny NO_PURCHASE"},
		{"a click", facts(clicked(day, state.MessagePromotional)), "deny EXPIRED"},
		{"KEEP_ME", facts(but(clicked(day, state.MessageDeletionWarning), func(f *state.Fact) { f.Click.Target = state.TargetKeepMe })), "deny EXPIRED"},
		{"a click exactly at E", facts(clicked("2026-03-15T00:00", state.MessagePromotional)), "deny EXPIRED"},
		{"attendance", facts(purchased(day, state.PurchaseAttended, "O1")), "deny EXPIRED"},
		{"the end of no contract", facts(purchased(day, state.PurchaseContractEnded, "K9")), "deny EXPIRED"},
		{"a form without yes", facts(told(day)), "deny EXPIRED"},
		{"a click after an opener", facts(told("2026-04-01T09:55"), order(day, "O2"), clicked("2029-03-31T10:00", state.MessagePromotional)), "allow SOFT_OPTIN"},
	}
	for _, c := range cases {
		t.Run(c.says, func(t *testing.T) {
			when := "2026-05-01T10:00"
			if c.says == "a click after an opener" {
				when = "2029-05-01T10:00"
			}
			line := check{given: facts(base, c.facts), when: when, ask: "EMAIL PROMOTIONAL", want: c.want}
			line.holds(t)
		})
	}
}

func clockOf(t *testing.T, policy *rules.Policy, when string, given []state.Fact) rules.Retention {
	t.Helper()
	contact := contactOf(numbered(given))
	return rules.Clock(policy, controller, &contact, local(when), latest)
}

// R42: E by anchors, contracts and where nothing resets.
func TestExpiry(t *testing.T) {
	started := contract("2021-01-04T10:00", "K1", "main")
	ended := purchased("2026-06-30T12:00", state.PurchaseContractEnded, "K1")
	cases := []struct {
		says  string
		given []state.Fact
		when  string
		want  string // "" = never, "none" = no clock
	}{
		{"three calendar years", facts(order("2023-03-15T12:00", "O1")), "2024-01-01T00:00", "2026-03-15T00:00"},
		{"even later cancelled", facts(order("2023-03-15T12:00", "O1"), purchased("2023-03-20T12:00", state.PurchaseCancelled, "O1")), "2024-01-01T00:00", "2026-03-15T00:00"},
		{"29 February", facts(order("2024-02-29T12:00", "O1")), "2025-01-01T00:00", "2027-02-28T00:00"},
		{"by the day", facts(byDay(order("2023-03-15T23:00", "O1"))), "2024-01-01T00:00", "2026-03-15T00:00"},
		{"the latest", facts(order("2023-03-15T12:00", "O1"), clicked("2024-05-01T10:00", state.MessageNewsletter)), "2025-01-01T00:00", "2027-05-01T00:00"},
		{"as far as it has come", facts(order("2023-03-15T12:00", "O1"), clicked("2024-05-01T10:00", state.MessageNewsletter)), "2024-04-01T00:00", "2026-03-15T00:00"},
		{"while a contract is open", facts(started), "2026-03-01T00:00", ""},
		{"at its end, anchor = end date", facts(started, ended), "2026-07-01T00:00", "2029-06-30T00:00"},
		{"one of two contracts", facts(started, ended, contract("2022-01-04T10:00", "K2", "main")), "2026-07-01T00:00", ""},
		{"a contract that was withdrawn from", facts(started, purchased("2021-01-10T10:00", state.PurchaseCancelled, "K1")), "2022-01-01T00:00", "2024-01-04T00:00"},
		{"one withdrawn from years later", facts(started, purchased("2025-01-10T10:00", state.PurchaseCancelled, "K1")), "2026-01-01T00:00", "2025-01-10T10:00"},
		{"somebody else's contract", facts(buying(started, func(p *state.Purchase) { p.Role = state.RoleBeneficiary })), "2022-03-01T00:00", "2024-01-04T00:00"},
		{"three years after its earliest fact", facts(told("2023-03-15T12:00"), wasSent("2024-03-15T12:00", state.ChannelEmail, state.MessageNewsletter)), "2025-01-01T00:00", "2026-03-15T00:00"},
		{"an import starts a clock", facts(but(signed("2023-03-15T12:00", state.SignupCollected), func(f *state.Fact) { f.Signup.Collection = state.CollectionImport })), "2024-01-01T00:00", "2026-03-15T00:00"},
		{"the next import does not move it", facts(
			but(signed("2023-03-15T12:00", state.SignupCollected), func(f *state.Fact) { f.Signup.Collection = state.CollectionImport }),
			but(signed("2024-03-15T12:00", state.SignupCollected), func(f *state.Fact) { f.Signup.Collection = state.CollectionImport })), "2025-01-01T00:00", "2026-03-15T00:00"},
		{"an import after a wipe starts one", facts(order("2020-03-15T12:00", "O1"), unsubscribed("2023-04-01T10:00", state.UnsubscribePurged, state.MethodOther),
			but(signed("2024-03-15T12:00", state.SignupCollected), func(f *state.Fact) { f.Signup.Collection = state.CollectionImport })), "2025-01-01T00:00", "2027-03-15T00:00"},
		{"of imports that were merged the first one", facts(mergedSince(but(signed("2024-03-15T12:00", state.SignupCollected), func(f *state.Fact) { f.Signup.Collection = state.CollectionImport }), "2023-03-15T12:00")), "2025-01-01T00:00", "2026-03-15T00:00"},
		{"of collections that were merged the last one", facts(mergedSince(signed("2024-03-15T12:00", state.SignupCollected), "2023-03-15T12:00")), "2025-01-01T00:00", "2027-03-15T00:00"},
		{"a merged fact as far as it has come", facts(mergedSince(clicked("2024-03-15T12:00", state.MessagePromotional), "2023-03-15T12:00")), "2023-06-01T00:00", "2026-03-15T00:00"},
		{"merged accounts up to a wipe", facts(mergedSince(signed("2024-03-15T12:00", state.SignupAccountCreated), "2023-03-15T12:00"), unsubscribed("2024-03-15T12:00", state.UnsubscribePurged, state.MethodOther)), "2025-01-01T00:00", "none"},
		{"merged accounts from a wipe on", facts(mergedSince(signed("2024-03-15T12:00", state.SignupAccountCreated), "2023-03-15T12:00"), unsubscribed("2023-03-15T12:00", state.UnsubscribePurged, state.MethodOther)), "2025-01-01T00:00", "2027-03-15T00:00"},
		{"a click of an unknown kind is nothing", facts(but(clicked("2024-03-15T12:00", state.MessagePromotional), func(f *state.Fact) { f.Click.Kind = state.ClickUnknown })), "2025-01-01T00:00", "none"},
		{"a purchase of an unknown kind is nothing", facts(purchased("2024-03-15T12:00", state.PurchaseUnknown, "O1")), "2025-01-01T00:00", "none"},
		{"a refusal in a signup of an unknown kind", facts(but(refused("2023-03-15T12:00", email, promo, 0), func(f *state.Fact) { f.Signup.Kind = state.SignupUnknown })), "2024-01-01T00:00", "2026-03-15T00:00"},
		{"a yes beside it is ignored", facts(but(refused("2023-03-15T12:00", email, promo, 0), func(f *state.Fact) {
			f.Signup.Kind = state.SignupUnknown
			f.Signup.Answers = append(f.Signup.Answers, state.Answer{Form: state.FormYesNo, Value: state.AnswerYes, Channels: sms})
		})), "2024-01-01T00:00", "2026-03-15T00:00"},
		{"a day in which a wipe falls", facts(byDay(order("2023-03-15T12:00", "O1")), unsubscribed("2023-03-15T11:00", state.UnsubscribePurged, state.MethodOther)), "2025-01-01T00:00", "none"},
		{"merged contacts that are to begin", facts(mergedSince(clicked("2025-03-15T12:00", state.MessagePromotional), "2024-03-15T12:00")), "2023-06-01T00:00", "none"},
		{"a contact in the epoch after a wipe", facts(order("2020-03-15T12:00", "O1"), unsubscribed("2023-04-01T10:00", state.UnsubscribePurged, state.MethodOther),
			signed("2023-05-01T10:00", state.SignupInquiry), clicked("2024-05-01T10:00", state.MessagePromotional)), "2025-01-01T00:00", "2027-05-01T00:00"},
		{"merged contacts that began with the epoch after a wipe", facts(unsubscribed("2023-04-01T10:00", state.UnsubscribePurged, state.MethodOther),
			mergedSince(clicked("2024-03-15T10:00", state.MessagePromotional), "2023-05-01T10:00"),
			mergedSince(but(signed("2024-06-01T10:00", state.SignupCollected), func(f *state.Fact) { f.Signup.Collection = state.CollectionImport }), "2023-05-01T10:00")), "2025-01-01T00:00", "2027-03-15T00:00"},
		{"nobody knows", nil, "2025-01-01T00:00", "none"},
		{"wiped", facts(order("2023-03-15T12:00", "O1"), unsubscribed("2024-04-01T10:00", state.UnsubscribePurged, state.MethodOther)), "2025-01-01T00:00", "none"},
		{"what others said of an address", facts(but(unsubscribed("2024-04-01T10:00", state.UnsubscribeUnsubscribe, state.MethodLink), func(f *state.Fact) { f.Address, f.Forwarded = "a1", true })), "2025-01-01T00:00", "none"},
	}
	for _, c := range cases {
		t.Run(c.says, func(t *testing.T) {
			r := clockOf(t, rules.Default(), c.when, c.given)
			want := state.Never
			if c.want != "" && c.want != "none" {
				want = local(c.want)
			}
			if r.Known != (c.want != "none") || r.ExpiresAt != want {
				t.Errorf("known %v, expires %v, want %v", r.Known, r.ExpiresAt, c.want)
			}
		})
	}
}

// "E is the first t with t >= anchor + the retention in force at t, so that a
// longer retention later revives nobody."
func TestExpiryUnderSeveralVersions(t *testing.T) {
	policy := func(years ...int) *rules.Policy {
		p := rules.Default()
		p.Versions[0].Settings.RetentionYears = years[0]
		for i, n := range years[1:] {
			v := rules.Version{Name: "v", EffectiveFrom: local([]string{"2025-06-01T00:00", "2026-06-01T00:00"}[i]), Settings: rules.DefaultSettings()}
			v.Settings.RetentionYears = n
			p.Versions = append(p.Versions, v)
		}
		return p
	}
	given := facts(order("2023-03-15T12:00", "O1"))
	cases := []struct {
		says  string
		years []int
		want  string
	}{
		{"longer later revives nobody", []int{2, 3}, "2025-03-15T00:00"},
		{"shorter bites as it begins", []int{3, 1}, "2025-06-01T00:00"},
		{"shorter and still to come", []int{3, 3, 1}, "2026-03-15T00:00"},
		{"longer before it ran out", []int{3, 3, 3}, "2026-03-15T00:00"},
		{"through a gap", []int{3, 2, 3}, "2025-06-01T00:00"},
	}
	for _, c := range cases {
		t.Run(c.says, func(t *testing.T) {
			if r := clockOf(t, policy(c.years...), "2024-01-01T00:00", given); r.ExpiresAt != local(c.want) {
				t.Errorf("expires %v, want %v", r.ExpiresAt, local(c.want))
			}
		})
	}
}

// A parameter that is switched on later does not let old logins count.
func TestAParameterSwitchedOnRevivesNobody(t *testing.T) {
	login := but(clicked("2025-01-10T10:00", state.MessageUnknown), func(f *state.Fact) { f.Click.Kind = state.ClickLogin })
	p := rules.Default()
	p.Versions = append(p.Versions, rules.Version{Name: "on", EffectiveFrom: local("2025-06-01T00:00"), Settings: rules.DefaultSettings()})
	p.Versions[1].Settings.LoginCountsAsContact = true
	given := facts(order("2023-03-15T12:00", "O1"), login)
	if r := clockOf(t, p, "2026-01-01T00:00", given); r.ExpiresAt != local("2026-03-15T00:00") {
		t.Errorf("a login of before moved the clock to %v", r.ExpiresAt)
	}
	later := but(login, func(f *state.Fact) {
		f.OccurredAt, f.Since, f.RecordedAt = local("2025-07-10T10:00"), local("2025-07-10T10:00"), local("2025-07-10T10:00")
	})
	if r := clockOf(t, p, "2026-01-01T00:00", append(given, later)); r.ExpiresAt != local("2028-07-10T00:00") {
		t.Errorf("a login of after did not move the clock: %v", r.ExpiresAt)
	}
}

func TestRetentionTellsItsAnchor(t *testing.T) {
	given := facts(told("2023-03-15T09:00"), byDay(order("2023-03-16T10:00", "O1")))
	r := clockOf(t, rules.Default(), "2024-01-01T00:00", given)
	if r.Anchor != 1 || r.AnchorAt != local("2023-03-16T10:00") || r.EpochAt != local("2023-03-15T09:00") || r.WarnAt != local("2026-02-14T00:00") {
		t.Errorf("%+v", r)
	}
	r = clockOf(t, rules.Default(), "2024-01-01T00:00", facts(told("2023-03-15T09:00")))
	if r.Anchor != -1 || r.AnchorAt != state.Unset || !r.Known {
		t.Errorf("nothing reset it: %+v", r)
	}
	r = clockOf(t, rules.Default(), "2024-01-01T00:00", facts(byDay(but(signed("2023-03-15T15:00", state.SignupCollected), func(f *state.Fact) { f.Signup.Collection = state.CollectionImport }))))
	if r.Anchor != 0 || r.AnchorAt != local("2023-03-15T15:00") {
		t.Errorf("an import started it: %+v", r)
	}
	joined := facts(order("2020-03-15T10:00", "O1"), mergedSince(clicked("2024-05-01T10:00", state.MessageNewsletter), "2023-05-01T10:00"), order("2024-05-01T10:00", "O2"))
	if r := clockOf(t, rules.Default(), "2025-01-01T00:00", joined); r.Anchor != 2 {
		t.Errorf("what opened the epoch is its first contact: %+v", r)
	}
	late := facts(order("2020-03-15T10:00", "O1"), byDay(clicked("2024-05-01T10:00", state.MessageNewsletter)), order("2024-05-01T11:00", "O2"))
	if r := clockOf(t, rules.Default(), "2025-01-01T00:00", late); r.Anchor != 2 {
		t.Errorf("a contact of the day that came too late is none: %+v", r)
	}
	visit := but(clicked("2023-03-10T10:00", state.MessageUnknown), func(f *state.Fact) { f.Click.Kind = state.ClickVisit })
	together := facts(visit,
		mergedSince(but(signed("2023-03-20T10:00", state.SignupCollected), func(f *state.Fact) { f.Signup.Collection = state.CollectionImport }), "2023-03-05T10:00"),
		mergedSince(but(visit, func(f *state.Fact) { f.OccurredAt, f.RecordedAt = local("2023-03-30T10:00"), local("2023-03-30T10:00") }), "2023-03-05T10:00"))
	if r := clockOf(t, rules.Default(), "2024-01-01T00:00", together); r.Anchor != 1 {
		t.Errorf("of those that began at one instant the first known opens: %+v", r)
	}
	early := facts(order("2023-03-15T10:00", "O1"), mergedSince(clicked("2024-05-01T10:00", state.MessageNewsletter), "2022-05-01T10:00"))
	if r := clockOf(t, rules.Default(), "2025-01-01T00:00", early); r.EpochAt != local("2022-05-01T10:00") {
		t.Errorf("merged contacts began before the order: %+v", r)
	}
	reopened := facts(order("2020-03-15T10:00", "O1"), order("2024-05-01T10:00", "O2"))
	if r := clockOf(t, rules.Default(), "2025-01-01T00:00", reopened); r.EpochAt != local("2024-05-01T10:00") {
		t.Errorf("the epoch began %v", r.EpochAt)
	}
}

// A merged fact stands for all of its class in between: no gap of a year.
func TestMergedFactsCountAsOne(t *testing.T) {
	run := clicked("2025-02-01T10:00", state.MessageNewsletter)
	run.Since = local("2022-05-01T10:00")
	given := facts(order("2020-03-15T10:00", "O1"), run)
	if r := clockOf(t, rules.Default(), "2025-06-01T00:00", given); r.ExpiresAt != local("2028-02-01T00:00") {
		t.Errorf("a run that began before E: %v", r.ExpiresAt)
	}
	run.Since = local("2023-05-01T10:00")
	if r := clockOf(t, rules.Default(), "2025-06-01T00:00", facts(order("2020-03-15T10:00", "O1"), run)); r.ExpiresAt != local("2023-03-15T00:00") {
		t.Errorf("a run that began after E opens nothing: %v", r.ExpiresAt)
	}
	wipe := unsubscribed("2024-01-01T10:00", state.UnsubscribePurged, state.MethodOther)
	run.Since = local("2022-05-01T10:00")
	if r := clockOf(t, rules.Default(), "2025-06-01T00:00", facts(run, wipe)); r.Known {
		t.Errorf("what is left of a run after a wipe opens nothing: %+v", r)
	}
	if r := clockOf(t, rules.Default(), "2025-06-01T00:00", facts(run, wipe, signed("2024-05-01T10:00", state.SignupInquiry))); r.ExpiresAt != local("2028-02-01T00:00") || r.EpochAt != local("2024-05-01T10:00") {
		t.Errorf("what is left of a run joins what an inquiry opens: %+v", r)
	}
}
