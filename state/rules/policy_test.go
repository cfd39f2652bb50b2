package rules_test

import (
	"strings"
	"testing"
	"time"

	"consentstream/state"
	"consentstream/state/rules"
)

// R56 to R59: what a company narrows, of soft opt-in only.
func TestCompanyGates(t *testing.T) {
	months := func(s *rules.Settings) { s.SoftOptInWindowMonths = 12 }
	ramp := func(s *rules.Settings) { s.WelcomeRamp = true }
	ramp2 := func(s *rules.Settings) { s.WelcomeRamp, s.RampMinEditorial = true, 2 }
	welcome := wasSent("2026-01-20T10:00", state.ChannelEmail, state.MessageWelcome)
	editorial := wasSent("2026-01-25T10:00", state.ChannelEmail, state.MessageNewsletter)
	consented := facts(client0(), said("2026-01-11T10:00", email, promo))
	const later = "2026-02-02T10:00"
	checkAll(t, []check{
		{says: "R56: strict", given: client0(), policy: func(s *rules.Settings) { s.SoftOptIn = false }, when: later, ask: "EMAIL PROMOTIONAL", want: "deny POLICY_STRICT"},
		{says: "R56: consent", given: consented, policy: func(s *rules.Settings) { s.SoftOptIn = false }, when: later, ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
		{says: "R58: the last day", given: client0(), policy: months, when: "2027-01-09T23:59", ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "R58: from local midnight", given: client0(), policy: months, when: "2027-01-10T00:00", ask: "EMAIL PROMOTIONAL", want: "deny POLICY_12M"},
		{says: "R58: clicks do not extend", given: facts(client0(), clicked("2026-12-01T10:00", state.MessagePromotional)), policy: months, when: "2027-01-10T00:00", ask: "EMAIL PROMOTIONAL", want: "deny POLICY_12M"},
		{says: "R58: purchases do, with a notice or not", given: facts(client0(), at0(order("2026-12-01T10:00", "O2"), "")), policy: months, when: "2027-01-10T00:00", ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "R58: firm ones", given: facts(client0(), order("2026-12-01T10:00", "O2"), purchased("2026-12-02T10:00", state.PurchaseCancelled, "O2")), policy: months, when: "2027-01-10T00:00", ask: "EMAIL PROMOTIONAL", want: "deny POLICY_12M"},
		{says: "R58: not one to come", given: facts(client0(), order("2027-02-01T10:00", "O2")), policy: months, when: "2027-01-10T00:00", known: "2027-03-01T10:00", ask: "EMAIL PROMOTIONAL", want: "deny POLICY_12M"},
		{says: "R58: own ones", given: facts(client0(), buying(order("2026-12-01T10:00", "O2"), func(p *state.Purchase) { p.CollectedBy = state.CollectedMarketplace })), policy: months, when: "2027-01-10T00:00", ask: "EMAIL PROMOTIONAL", want: "deny POLICY_12M"},
		{says: "R58: consented contacts unaffected", given: consented, policy: months, when: "2027-01-10T00:00", ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
		{says: "R59: wel first", given: client0(), policy: ramp, when: later, ask: "EMAIL WELCOME", want: "allow SOFT_OPTIN"},
		{says: "R59: edi not before", given: client0(), policy: ramp, when: later, ask: "EMAIL NEWSLETTER", want: "deny POLICY_RAMP"},
		{says: "R59: then edi", given: facts(client0(), welcome), policy: ramp, when: later, ask: "EMAIL NEWSLETTER", want: "allow SOFT_OPTIN"},
		{says: "R59: pro not yet", given: facts(client0(), welcome), policy: ramp, when: later, ask: "EMAIL PROMOTIONAL", want: "deny POLICY_RAMP"},
		{says: "R59: nor crt", given: facts(client0(), welcome), policy: ramp, when: later, ask: "EMAIL CART_ABANDONMENT", want: "deny POLICY_RAMP"},
		{says: "R59: then pro", given: facts(client0(), welcome, editorial), policy: ramp, when: later, ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "R59: editorial before the welcome does not count", given: facts(client0(), wasSent("2026-01-15T10:00", state.ChannelEmail, state.MessageNewsletter), welcome), policy: ramp, when: later, ask: "EMAIL PROMOTIONAL", want: "deny POLICY_RAMP"},
		{says: "R59: at least ramp_min_editorial", given: facts(client0(), welcome, editorial), policy: ramp2, when: later, ask: "EMAIL PROMOTIONAL", want: "deny POLICY_RAMP"},
		{says: "R59: two of them", given: facts(client0(), welcome, editorial, wasSent("2026-01-27T10:00", state.ChannelEmail, state.MessageNewsletter)), policy: ramp2, when: later, ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "R59: consent has no ramp", given: consented, policy: ramp, when: later, ask: "EMAIL PROMOTIONAL", want: "allow CONSENT"},
		{says: "R59: anew in each epoch", given: facts(client0(), welcome, editorial, told("2029-02-01T09:55"), order("2029-02-01T10:00", "O2")), policy: ramp, when: "2029-02-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny POLICY_RAMP"},
		{says: "R59: editorial without a welcome", given: facts(client0(), editorial), policy: ramp, when: later, ask: "EMAIL PROMOTIONAL", want: "deny POLICY_RAMP"},
		{says: "R59: another message is no welcome", given: facts(client0(), wasSent("2026-01-20T10:00", state.ChannelEmail, state.MessageService)), policy: ramp, when: later, ask: "EMAIL NEWSLETTER", want: "deny POLICY_RAMP"},
		{says: "R59: nor is one on another channel", given: facts(client0(), wasSent("2026-01-20T10:00", state.ChannelSMS, state.MessageWelcome)), policy: ramp, when: later, ask: "EMAIL NEWSLETTER", want: "deny POLICY_RAMP"},
		{says: "R59: nor one to come", given: facts(client0(), wasSent("2026-02-03T10:00", state.ChannelEmail, state.MessageWelcome)), policy: ramp, when: later, known: "2026-03-01T10:00", ask: "EMAIL NEWSLETTER", want: "deny POLICY_RAMP"},
		{says: "R59: from the first of two welcomes", given: facts(client0(), welcome, editorial, wasSent("2026-01-30T10:00", state.ChannelEmail, state.MessageWelcome)), policy: ramp, when: later, ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "R59: another message is no editorial", given: facts(client0(), welcome, wasSent("2026-01-25T10:00", state.ChannelEmail, state.MessageService)), policy: ramp, when: later, ask: "EMAIL PROMOTIONAL", want: "deny POLICY_RAMP"},
		{says: "R59: nor is one on another channel", given: facts(client0(), welcome, wasSent("2026-01-25T10:00", state.ChannelSMS, state.MessageNewsletter)), policy: ramp, when: later, ask: "EMAIL PROMOTIONAL", want: "deny POLICY_RAMP"},
		{says: "R59: nor one at the instant of the welcome", given: facts(client0(), welcome, wasSent("2026-01-20T10:00", state.ChannelEmail, state.MessageNewsletter)), policy: ramp, when: later, ask: "EMAIL PROMOTIONAL", want: "deny POLICY_RAMP"},
		{says: "R59: nor one to come", given: facts(client0(), welcome, wasSent("2026-02-03T10:00", state.ChannelEmail, state.MessageNewsletter)), policy: ramp, when: later, known: "2026-03-01T10:00", ask: "EMAIL PROMOTIONAL", want: "deny POLICY_RAMP"},
		{says: "R59: the block is no ramp", given: client0(), policy: ramp, when: later, ask: "EMAIL OPT_IN_BLOCK", want: "allow BLOCK_OK"},
	})
}

func TestPolicyDenialsKeepTheLawAndItsBasis(t *testing.T) {
	line := check{given: client0(), policy: func(s *rules.Settings) { s.SoftOptIn = false }, when: "2026-02-02T10:00", ask: "EMAIL PROMOTIONAL"}
	v := line.verdict(t, local(line.when))
	if v.Allowed || !v.AllowedByLaw || v.Basis != state.BasisSoftOptIn || len(v.Families) != 1 {
		t.Errorf("%+v", v)
	}
	line.policy, line.given = nil, nil
	if v := line.verdict(t, local(line.when)); v.AllowedByLaw || v.Basis != state.BasisNone || v.Families != nil {
		t.Errorf("%+v", v)
	}
}

// R48: "Expiry never creates a right to send."
func TestSuppressionTerm(t *testing.T) {
	three := func(s *rules.Settings) { s.SuppressionTTLYears = 3 }
	base := facts(told("2023-03-15T09:55"), order("2023-03-15T10:00", "O1"))
	bare := unsubscribed("2025-01-15T10:00", state.UnsubscribeUnsubscribe, state.MethodLink)
	purged := unsubscribed("2026-03-20T03:00", state.UnsubscribePurged, state.MethodOther)
	fresh := facts(told("2028-06-01T09:55"), order("2028-06-01T10:00", "O2"))
	const later = "2028-06-02T10:00"
	checkAll(t, []check{
		{says: "forgotten after the term", given: facts(base, bare, purged, fresh), policy: three, when: later, ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "default no automatic expiry", given: facts(base, bare, purged, fresh), when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "while the profile lives the objection never lapses", given: facts(base, bare, clicked("2026-01-15T10:00", state.MessagePromotional), fresh), policy: three, when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "a sale before the end of the term comes to no life", given: facts(base, bare, purged, told("2027-06-01T09:55"), order("2027-06-01T10:00", "O2")), policy: three, when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "from the latest objection", given: facts(base, bare, unsubscribed("2026-01-15T10:00", state.UnsubscribeUnsubscribe, state.MethodLink), purged, fresh), policy: three, when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "at the very day", given: facts(base, bare, purged, told("2028-01-15T00:00"), order("2028-01-15T00:01", "O2")), policy: three, when: later, ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "R36: a complaint never expires", given: facts(base, unsubscribed("2025-01-15T10:00", state.UnsubscribeComplaint, state.MethodSpamButton), purged, fresh), policy: three, when: later, ask: "EMAIL PROMOTIONAL", want: "deny COMPLAINT"},
		{says: "an erasure is a wipe of its own", given: facts(base, unsubscribed("2025-01-15T10:00", state.UnsubscribeErasure, state.MethodOther), fresh), policy: three, when: later, ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "not before the term, whoever comes after it", given: facts(base, bare, purged, fresh), policy: three, when: "2027-06-01T10:00", known: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "R41: what another contact said is not forgotten", given: facts(base, but(bare, func(f *state.Fact) { f.Address, f.Forwarded = "a1", true }), purged, at0(fresh[0], "a1"), at0(fresh[1], "a1")), policy: three, when: later, ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
		{says: "what takes something away is no new profile", given: facts(base, bare, purged, unsubscribed("2026-05-01T10:00", state.UnsubscribeProofLost, state.MethodOther), fresh), policy: three, when: later, ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "nor is what the wipe took at its instant", given: facts(base, bare, purged, clicked("2026-03-20T03:00", state.MessagePromotional), fresh), policy: three, when: later, ask: "EMAIL PROMOTIONAL", want: "allow SOFT_OPTIN"},
		{says: "an objection after the wipe is the new profile's", given: facts(base, purged, unsubscribed("2026-04-15T10:00", state.UnsubscribeUnsubscribe, state.MethodLink), told("2030-06-01T09:55"), order("2030-06-01T10:00", "O2")),
			policy: three, when: "2030-06-02T10:00", ask: "EMAIL PROMOTIONAL", want: "deny OBJECTED"},
	})
}

func TestVersionsByDate(t *testing.T) {
	p := &rules.Policy{Versions: []rules.Version{
		{Name: "one", EffectiveFrom: local("2025-01-01T00:00"), Settings: rules.DefaultSettings()},
		{Name: "two", EffectiveFrom: local("2026-01-01T00:00"), Settings: rules.DefaultSettings()},
	}}
	cases := []struct{ at, name, next string }{
		{"2020-01-01T00:00", "one", "2026-01-01T00:00"},
		{"2025-01-01T00:00", "one", "2026-01-01T00:00"},
		{"2025-12-31T23:59", "one", "2026-01-01T00:00"},
		{"2026-01-01T00:00", "two", ""},
	}
	for _, c := range cases {
		next := state.Never
		if c.next != "" {
			next = local(c.next)
		}
		if got := p.At(local(c.at)); got.Name != c.name || p.NextVersion(local(c.at)) != next {
			t.Errorf("at %s: %s until %v", c.at, got.Name, p.NextVersion(local(c.at)))
		}
	}
}

// The next version takes over as a deadline of every row it changes.
func TestTheNextVersionIsADeadline(t *testing.T) {
	p := rules.Default()
	p.Versions = append(p.Versions, rules.Version{Name: "strict", EffectiveFrom: local("2026-06-01T00:00"), Settings: rules.DefaultSettings()})
	p.Versions[1].Settings.SoftOptIn = false
	contact := contactOf(numbered(client0()))
	d := rules.Standing(p, controller, &contact, local("2026-02-02T10:00"), latest)
	if v := rowOf(t, &d, "EMAIL PROMOTIONAL"); v.Until != local("2026-06-01T00:00") || d.Next != v.Until || d.PolicyVersion != "default" {
		t.Errorf("until %v, next %v", v.Until, d.Next)
	}
	if v := rowOf(t, &d, "EMAIL OPT_IN_BLOCK"); v.Until != local("2029-01-10T00:00") {
		t.Errorf("a row that the version leaves alone: until %v", v.Until)
	}
}

func TestControllersOverride(t *testing.T) {
	p := rules.Default()
	strict := rules.DefaultSettings()
	strict.SoftOptIn = false
	p.Versions[0].Controllers = map[string]rules.Settings{"B": strict}
	contact := contactOf(numbered(client0()))
	now := local("2026-02-02T10:00")
	q := question(t, "EMAIL PROMOTIONAL")
	if v := rules.Decide(p, "A", &contact, now, now, q); !v.Allowed {
		t.Errorf("A: %v", v.Reason)
	}
	if v := rules.Decide(p, "B", &contact, now, now, q); v.Reason != state.ReasonPolicyStrict {
		t.Errorf("B: %v", v.Reason)
	}
	var d rules.Decider // one for several controllers and policies
	for i, c := range []struct {
		policy     *rules.Policy
		controller string
		want       state.Reason
	}{
		{p, "A", state.ReasonSoftOptin}, {p, "B", state.ReasonPolicyStrict}, {p, "A", state.ReasonSoftOptin},
		{p, "B", state.ReasonPolicyStrict}, {rules.Default(), "B", state.ReasonSoftOptin}, {p, "B", state.ReasonPolicyStrict},
	} {
		if v := d.Decide(c.policy, c.controller, &contact, now, now, q); v.Reason != c.want {
			t.Errorf("question %d: %v, want %v", i, v.Reason, c.want)
		}
	}
	p.Versions = append(p.Versions, rules.Version{Name: "next", EffectiveFrom: local("2026-02-01T00:00"), Settings: rules.DefaultSettings()})
	if v := d.Decide(p, "B", &contact, now, now, q); v.Reason != state.ReasonSoftOptin {
		t.Errorf("a version more: %v", v.Reason)
	}
}

// A version may live in another time zone, where a day is another interval.
func TestVersionsInOtherZones(t *testing.T) {
	p := rules.Default()
	p.Versions = append(p.Versions, rules.Version{Name: "overseas", EffectiveFrom: local("2026-01-10T12:00"), Settings: rules.DefaultSettings()})
	p.Versions[1].Settings.TimeZone = zone("Indian/Reunion")
	contact := contactOf(numbered(facts(byDay(said("2026-01-10T10:00", email, promo)))))
	d := rules.Standing(p, controller, &contact, local("2026-01-10T11:00"), latest)
	if v := rowOf(t, &d, "EMAIL PROMOTIONAL"); v.Allowed || v.Until != local("2026-01-10T20:59:59.999") {
		t.Errorf("%v until %v, want the end of the day on La Réunion", v.Reason, v.Until)
	}
}

// A row changes also where the law alone changes its mind.
func TestARowChangesWithTheLawAlone(t *testing.T) {
	p := rules.Default()
	p.Versions[0].Settings.ComplaintClosesAllChannels = true
	contact := contactOf(numbered(facts(client0(), unsubscribed("2026-01-20T10:00", state.UnsubscribeComplaint, state.MethodSpamButton))))
	d := rules.Standing(p, controller, &contact, local("2026-02-02T10:00"), latest)
	v := rowOf(t, &d, "PHONE PROMOTIONAL")
	if v.Allowed || !v.AllowedByLaw || v.Reason != state.ReasonComplaint || v.Until != local("2026-08-11T00:00") {
		t.Errorf("%+v", v)
	}
}

// "a rule switched to be laxer than the law refused"
func TestValidate(t *testing.T) {
	usual := rules.DefaultSettings()
	if err := usual.Validate(); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		key   string
		spoil func(*rules.Settings)
	}{
		{"retention_years", func(s *rules.Settings) { s.RetentionYears = 4 }},
		{"retention_years", func(s *rules.Settings) { s.RetentionYears = 0 }},
		{"warning_days", func(s *rules.Settings) { s.WarningDays = -1 }},
		{"grace_hours", func(s *rules.Settings) { s.GraceHours = -1 }},
		{"soft_opt_in_window_months", func(s *rules.Settings) { s.SoftOptInWindowMonths = 37 }},
		{"ramp_min_editorial", func(s *rules.Settings) { s.RampMinEditorial = 0 }},
		{"review_window_days", func(s *rules.Settings) { s.ReviewWindowDays = 61 }},
		{"suppression_ttl_years", func(s *rules.Settings) { s.SuppressionTTLYears = 2 }},
		{"suppression_ttl_years", func(s *rules.Settings) { s.SuppressionTTLYears = -1 }},
		{"time_zone", func(s *rules.Settings) { s.TimeZone = nil }},
		{"consumer_time_zone", func(s *rules.Settings) { s.ConsumerTimeZone = nil }},
		{"fiscal_year_end", func(s *rules.Settings) { s.FiscalYearEnd = rules.MonthDay{Month: time.April, Day: 31} }},
		{"fiscal_year_end", func(s *rules.Settings) { s.FiscalYearEnd = rules.MonthDay{Month: 13, Day: 1} }},
		{"fiscal_year_end", func(s *rules.Settings) { s.FiscalYearEnd = rules.MonthDay{Month: 0, Day: 1} }},
		{"fiscal_year_end", func(s *rules.Settings) { s.FiscalYearEnd = rules.MonthDay{Month: time.March, Day: 0} }},
		{"analogous_families", func(s *rules.Settings) { s.AnalogousFamilies = map[string][]string{"": {"book"}} }},
		{"analogous_families", func(s *rules.Settings) { s.AnalogousFamilies = map[string][]string{"book": {""}} }},
	}
	for _, c := range cases {
		s := rules.DefaultSettings()
		c.spoil(&s)
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), c.key) {
			t.Errorf("%s: %v", c.key, err)
		}
	}
	s := rules.DefaultSettings()
	s.SuppressionTTLYears, s.RetentionYears, s.FiscalYearEnd = 3, 1, rules.MonthDay{Month: time.February, Day: 29}
	if err := s.Validate(); err != nil {
		t.Errorf("the limits themselves: %v", err)
	}
	s.FiscalYearEnd = rules.MonthDay{Month: time.January, Day: 1}
	if err := s.Validate(); err != nil {
		t.Errorf("the first day of a year: %v", err)
	}
}
