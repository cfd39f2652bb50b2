package rules_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"consentstream/state"
	"consentstream/state/rules"
)

func standing(given []state.Fact, when string) rules.Decision {
	contact := contactOf(numbered(given))
	return rules.Standing(rules.Default(), controller, &contact, local(when), latest)
}

// "One row for each kind and channel that has a meaning (no n/a rows)."
func TestRowsOfAContact(t *testing.T) {
	d := standing(client0(), "2026-02-02T10:00")
	if len(d.Verdicts) != 22 {
		t.Fatalf("%d rows, want 10 by e-mail, 8 by SMS and 4 by telephone", len(d.Verdicts))
	}
	ordered := slices.IsSortedFunc(d.Verdicts, func(a, b rules.Verdict) int {
		return int(a.Channel)*100 + int(a.Kind) - int(b.Channel)*100 - int(b.Kind)
	})
	if !ordered {
		t.Error("rows are not in order")
	}
	for i := range d.Verdicts {
		if !d.Verdicts[i].Applicable {
			t.Errorf("%+v has no meaning", d.Verdicts[i])
		}
	}
	empty := standing(nil, "2026-02-02T10:00")
	if len(empty.Verdicts) != 22 || empty.Verdicts[0].Address != "" || empty.Retention.Known || empty.Retention.ExpiresAt != state.Never {
		t.Errorf("a contact nobody knows: %d rows, %+v", len(empty.Verdicts), empty.Retention)
	}
}

// "for each of the 8 most recently used addresses of the contact"
func TestRowsOfTheEightNewestAddresses(t *testing.T) {
	var given []state.Fact
	for i := range 10 {
		given = append(given, at0(order(fmt.Sprintf("2026-01-%02dT10:00", 10+i), fmt.Sprint("O", i)), fmt.Sprint("a", 9-i)))
	}
	given = append(given, at0(order("2026-01-09T10:00", "O8"), "a0"), at0(order("2026-01-09T10:00", "O9"), "a1"))
	d := standing(given, "2026-02-02T10:00")
	var addresses []string
	for i := range d.Verdicts {
		addresses = append(addresses, d.Verdicts[i].Address)
	}
	addresses = slices.Compact(addresses)
	if want := []string{"a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7"}; !slices.Equal(addresses, want) {
		t.Errorf("rows for %v, want %v", addresses, want)
	}
}

// "plus a row for a brand where its verdict differs from the row without brand"
func TestBrandRows(t *testing.T) {
	yes := but(said("2026-01-10T10:00", email, promo), func(f *state.Fact) { f.Brand = "X" })
	d := standing(facts(yes, but(signed("2026-01-10T10:00", state.SignupAccountCreated), func(f *state.Fact) { f.Brand = "Y" })), "2026-02-02T10:00")
	var branded []string
	for i := range d.Verdicts {
		if v := &d.Verdicts[i]; v.Brand != "" {
			branded = append(branded, v.Brand+" "+v.Kind.String()+" "+describe(v, true))
		}
	}
	want := []string{"X PROMOTIONAL allow CONSENT", "X CART_ABANDONMENT allow CONSENT", "X WELCOME allow CONSENT"}
	if !slices.Equal(branded, want) {
		t.Errorf("%q, want %q", branded, want)
	}
	d = standing(facts(at0(yes, "a1"), at0(told("2026-01-10T09:55"), "a2"), at0(order("2026-01-10T10:00", "O1"), "a2")), "2026-02-02T10:00")
	for i := range d.Verdicts {
		if v := &d.Verdicts[i]; v.Brand != "" && v.Address != "a1" {
			t.Errorf("a row that is like that without the brand: %+v", *v)
		}
	}
	listed := objecting(unsubscribed("2026-01-20T10:00", state.UnsubscribeUnsubscribe, state.MethodPreferenceCentre), func(u *state.Unsubscribe) { u.Brands = []string{"Z"} })
	d = standing(facts(client0(), listed), "2026-02-02T10:00")
	found := slices.ContainsFunc(d.Verdicts, func(v rules.Verdict) bool {
		return v.Brand == "Z" && v.Kind == state.MessagePromotional && v.Reason == state.ReasonObjected
	})
	if !found {
		t.Error("a brand that only an objection names has no row")
	}
}

// A row of a brand is shown where it differs in anything that a reader acts upon.
func TestWhereBrandRowsDiffer(t *testing.T) {
	under := func(f state.Fact, brands ...string) state.Fact {
		return objecting(f, func(u *state.Unsubscribe) { u.Brands = brands })
	}
	preference := func(when string, purposes, shown state.Purposes) state.Fact {
		return objecting(unsubscribed(when, state.UnsubscribeUnsubscribe, state.MethodPreferenceCentre), func(u *state.Unsubscribe) { u.Purposes, u.Shown = purposes, shown })
	}
	calls := func(f state.Fact) state.Fact {
		return objecting(f, func(u *state.Unsubscribe) { u.Channels = phone })
	}
	news1 := noticing(told("2026-01-10T09:50"), func(n *state.Notice) { n.Purposes, n.Families, n.OrderRef = news, []string{"book"}, "O1" })
	promo1 := noticing(told("2026-01-10T09:55"), func(n *state.Notice) { n.Purposes, n.OrderRef = promo, "O2" })
	books := buying(order("2026-01-10T10:00", "O1"), func(p *state.Purchase) { p.Family = "book" })
	closing := func(s *rules.Settings) { s.AnyObjectionClosesAll = true }
	cases := []struct {
		says   string
		given  []state.Fact
		policy func(*rules.Settings)
		ask    string
		want   bool
	}{
		{"in nothing", facts(client0(), under(preference("2026-01-20T10:00", news, promo|news), "X")), nil, "EMAIL PROMOTIONAL", false},
		{"in the reason", facts(client0(), under(preference("2026-01-20T10:00", news, promo|news), "X")), nil, "EMAIL NEWSLETTER", true},
		{"in the reason alone", facts(signed("2026-01-10T10:00", state.SignupAccountCreated), under(preference("2026-01-20T10:00", news, promo|news), "X")), nil, "EMAIL NEWSLETTER", true},
		{"in the law alone", facts(client0(), calls(preference("2026-01-20T10:00", news, promo|news)), calls(under(preference("2026-01-21T10:00", promo, promo|news), "X"))), closing, "PHONE PROMOTIONAL", true},
		{"in the families", facts(news1, promo1, books, order("2026-01-10T10:01", "O2"), under(preference("2026-01-21T10:00", promo, promo|news), "X")), nil, "EMAIL WELCOME", true},
	}
	for _, c := range cases {
		policy, contact, now := rules.Default(), contactOf(numbered(c.given)), local("2026-02-02T10:00")
		if c.policy != nil {
			c.policy(&policy.Versions[0].Settings)
		}
		d, q := rules.Standing(policy, controller, &contact, now, now), question(t, c.ask)
		shown := slices.ContainsFunc(d.Verdicts, func(v rules.Verdict) bool {
			return v.Brand == "X" && v.Channel == q.Channel && v.Kind == q.Kind
		})
		if shown != c.want {
			t.Errorf("%s: shown %v", c.says, shown)
		}
	}
	// In the window of the warning a yes of one brand is another basis, no more.
	window := local("2028-12-20T10:00")
	contact := contactOf(numbered(facts(typed("2026-01-10T09:00", state.ContactB2BNamed), told("2026-01-10T09:55"), but(said("2026-01-10T10:00", email, promo), func(f *state.Fact) { f.Brand = "X" }))))
	d := rules.Standing(rules.Default(), controller, &contact, window, window)
	if !slices.ContainsFunc(d.Verdicts, func(v rules.Verdict) bool {
		return v.Brand == "X" && v.Kind == state.MessageDeletionWarning && v.Basis == state.BasisConsent
	}) {
		t.Error("a row of another basis is not shown")
	}
}

func TestEvidenceAndRules(t *testing.T) {
	cases := []struct {
		says     string
		given    []state.Fact
		ask      string
		evidence []int32
		rules    []uint8
	}{
		{"the sale and its notice", client0(), "EMAIL PROMOTIONAL", []int32{1, 0}, []uint8{10, 23, 24, 25, 26}},
		{"the newest consent", facts(said("2026-01-10T10:00", email, promo), said("2026-01-11T10:00", email, promo)), "EMAIL PROMOTIONAL", []int32{1}, []uint8{10, 19, 20, 21}},
		{"the objection", facts(client0(), unsubscribed("2026-01-20T10:00", state.UnsubscribeUnsubscribe, state.MethodLink)), "EMAIL NEWSLETTER", []int32{2}, []uint8{11, 32, 33}},
		{"of equal sales the newest", facts(client0(), told("2026-01-11T09:55"), order("2026-01-11T10:00", "O2")), "EMAIL PROMOTIONAL", []int32{3, 2}, []uint8{10, 23, 24, 25, 26}},
		{"of equal customers the newest order", facts(client0(), order("2026-01-11T10:00", "O2")), "EMAIL OPT_IN_BLOCK", []int32{2}, []uint8{14}},
		{"of equal notices the newest", facts(typed("2026-01-10T09:00", state.ContactB2BNamed), told("2026-01-10T09:55"), told("2026-01-11T09:55")), "EMAIL PROMOTIONAL", []int32{2}, []uint8{10, 30}},
		{"the ground", client0(), "EMAIL SERVICE", []int32{1}, []uint8{7}},
		{"the last contact", facts(order("2020-01-10T10:00", "O1")), "EMAIL LOYALTY", []int32{0}, []uint8{13, 42, 45}},
		{"nothing", facts(signed("2026-01-10T10:00", state.SignupAccountCreated)), "EMAIL CART_ABANDONMENT", nil, []uint8{12, 23, 24}},
	}
	for _, c := range cases {
		t.Run(c.says, func(t *testing.T) {
			d := standing(c.given, "2026-02-02T10:00")
			v := rowOf(t, &d, c.ask)
			if !slices.Equal(v.Evidence, c.evidence) || !slices.Equal(v.Rules, c.rules) {
				t.Errorf("evidence %v, rules %v", v.Evidence, v.Rules)
			}
		})
	}
}

// "families: what a soft opt-in covers"; of a business where a notice bounds it.
func TestFamiliesOfABusiness(t *testing.T) {
	named := typed("2026-01-10T09:00", state.ContactB2BNamed)
	books := noticing(told("2026-01-10T09:55"), func(n *state.Notice) { n.Families = []string{"book"} })
	cases := []struct {
		says  string
		given []state.Fact
		want  []string
	}{
		{"unbounded", facts(named, told("2026-01-10T09:55")), nil},
		{"bounded", facts(named, books), []string{"book"}},
		{"one of two bounded", facts(named, books, told("2026-01-11T09:55")), nil},
		{"both bounded", facts(named, books, noticing(told("2026-01-11T09:55"), func(n *state.Notice) { n.Families = []string{"art", "book"} })), []string{"art", "book"}},
	}
	for _, c := range cases {
		d := standing(c.given, "2026-02-02T10:00")
		if v := rowOf(t, &d, "EMAIL PROMOTIONAL"); !v.Allowed || !slices.Equal(v.Families, c.want) {
			t.Errorf("%s: %v", c.says, v.Families)
		}
	}
}

// Names that facts give, whether those facts are still held or not.
func TestNamesOfUses(t *testing.T) {
	contact := contactOf(numbered(facts(told("2026-01-10T09:55"), at0(order("2026-01-10T10:00", "O1"), "a1"), recorded(at0(signed("2026-01-11T10:00", state.SignupForm), "a3"), "2026-03-01T10:00"))))
	contact.Uses = append(contact.Uses[:1:1], append([]state.AddressUse{{Address: "a2", Answered: true}}, contact.Uses[1:]...)...)
	var addresses []string
	d := rules.Standing(rules.Default(), controller, &contact, local("2026-02-02T10:00"), local("2026-02-02T10:00"))
	for i := range d.Verdicts {
		addresses = append(addresses, d.Verdicts[i].Address)
	}
	if got := slices.Compact(addresses); !slices.Equal(got, []string{"a1", "a2"}) {
		t.Errorf("rows for %v: the facts of a2 were dropped, that of a3 is not known yet", got)
	}
}

// A name counts from the instant at which it is recorded; what others said of an
// address names none.
func TestNamesAsFarAsKnown(t *testing.T) {
	yes := but(said("2026-01-10T10:00", email, promo), func(f *state.Fact) { f.Brand = "X" })
	contact, now := contactOf(numbered(facts(yes))), local("2026-01-10T10:00")
	d := rules.Standing(rules.Default(), controller, &contact, now, now)
	if d.Verdicts[len(d.Verdicts)-1].Brand != "X" {
		t.Error("a brand that is recorded at the instant of knowledge has no rows")
	}
	others := but(unsubscribed("2026-01-20T10:00", state.UnsubscribeUnsubscribe, state.MethodLink), func(f *state.Fact) { f.Address, f.Forwarded = "a1", true })
	contact = contactOf(numbered(facts(signed("2026-01-10T10:00", state.SignupForm), others, recorded(at0(signed("2026-01-25T10:00", state.SignupForm), "a1"), "2026-03-01T10:00"))))
	for when, want := range map[string]string{"2026-02-02T10:00": "", "2026-03-01T10:00": "a1"} {
		v := rules.Decide(rules.Default(), controller, &contact, local(when), local(when), question(t, "EMAIL PROMOTIONAL"))
		if v.Address != want {
			t.Errorf("at %s the address is %q, want %q", when, v.Address, want)
		}
	}
	contact = contactOf(numbered(facts(signed("2026-01-10T10:00", state.SignupForm), others)))
	contact.Uses = nil
	if v := rules.Decide(rules.Default(), controller, &contact, local("2026-02-02T10:00"), latest, question(t, "EMAIL PROMOTIONAL")); v.Address != "" {
		t.Errorf("others name an address of the contact: %q", v.Address)
	}
	contact.Uses = []state.AddressUse{{Address: "a1", Answered: true}}
	if v := rules.Decide(rules.Default(), controller, &contact, local("2026-02-02T10:00"), latest, question(t, "EMAIL PROMOTIONAL")); v.Address != "a1" {
		t.Errorf("the contact uses an address of which only others' facts are left, and it is %q", v.Address)
	}
}

func TestEachBrandHasItsRowsOnce(t *testing.T) {
	listing := func(when string) state.Fact {
		return objecting(unsubscribed(when, state.UnsubscribeUnsubscribe, state.MethodPreferenceCentre), func(u *state.Unsubscribe) { u.Brands = []string{"Z", "X"} })
	}
	under := func(f state.Fact) state.Fact { return but(f, func(f *state.Fact) { f.Brand = "X" }) }
	d := standing(facts(client0(), under(signed("2026-01-11T10:00", state.SignupForm)), under(signed("2026-01-12T10:00", state.SignupForm)), listing("2026-01-20T10:00"), listing("2026-01-21T10:00")), "2026-02-02T10:00")
	var brands []string
	for i := range d.Verdicts {
		if v := &d.Verdicts[i]; v.Kind == state.MessagePromotional && v.Channel == state.ChannelEmail {
			brands = append(brands, v.Brand)
		}
	}
	if !slices.Equal(brands, []string{"", "X", "Z"}) {
		t.Errorf("rows for %q", brands)
	}
}

// Each kind of deadline is the until of the rows that it changes.
func TestUntil(t *testing.T) {
	cases := []struct {
		says, when, ask, until string
		given                  []state.Fact
	}{
		{"E", "2026-02-02T10:00", "EMAIL PROMOTIONAL", "2029-01-10T00:00", client0()},
		{"the warning window", "2026-02-02T10:00", "EMAIL DELETION_WARNING", "2028-12-11T00:00", client0()},
		{"the end of the warning window", "2028-12-11T00:00", "EMAIL DELETION_WARNING", "2029-01-10T00:00", client0()},
		{"nothing", "2029-02-02T10:00", "EMAIL PROMOTIONAL", "", client0()},
		{"service has no deadline", "2026-02-02T10:00", "EMAIL SERVICE", "", client0()},
		{"the review window", "2026-02-02T10:00", "EMAIL REVIEW_REQUEST", "2026-03-21T10:00", facts(client0(), purchased("2026-01-20T10:00", state.PurchaseDelivered, "O1"))},
		{"the reform", "2026-02-02T10:00", "PHONE PROMOTIONAL", "2026-08-11T00:00", client0()},
		{"the year of a consent to calls", "2026-10-02T10:00", "PHONE PROMOTIONAL", "2027-09-01T00:00", facts(said("2026-09-01T10:00", phone, promo))},
		{"a cancellation that is dated ahead", "2026-02-02T10:00", "EMAIL PROMOTIONAL", "2026-03-01T10:00", facts(client0(), recorded(purchased("2026-03-01T10:00", state.PurchaseCancelled, "O1"), "2026-02-01T10:00"))},
		{"a yes that is dated ahead", "2026-02-02T10:00", "EMAIL PROMOTIONAL", "2026-03-01T10:00", facts(signed("2026-01-10T10:00", state.SignupAccountCreated), recorded(said("2026-03-01T10:00", email, promo), "2026-02-01T10:00"))},
		{"the end of a day", "2026-02-02T10:00", "EMAIL PROMOTIONAL", "2026-02-02T23:59:59.999", facts(signed("2026-01-10T10:00", state.SignupAccountCreated), byDay(said("2026-02-02T09:00", email, promo)))},
	}
	for _, c := range cases {
		t.Run(c.says, func(t *testing.T) {
			d := standing(c.given, c.when)
			want := state.Never
			if c.until != "" {
				want = local(c.until)
			}
			if v := rowOf(t, &d, c.ask); v.Until != want {
				t.Errorf("until %v, want %v", v.Until, want)
			}
		})
	}
}

// Where the clock may run for longer nobody is warned, up to E as it is known.
func TestNoWarningOnAnUnsureClock(t *testing.T) {
	contact := contactOf(numbered(client0()))
	now := local("2026-02-02T10:00")
	for unsure, until := range map[bool]string{false: "2028-12-11T00:00", true: "2029-01-10T00:00"} {
		contact.ClockUnsure = unsure
		d := rules.Standing(rules.Default(), controller, &contact, now, now)
		if v := rowOf(t, &d, "EMAIL DELETION_WARNING"); v.Reason != state.ReasonOutOfWindow || v.Until != local(until) {
			t.Errorf("unsure %v: %v until %v, want %v", unsure, v.Reason, v.Until, local(until))
		}
	}
}

// What is asked at the hand-off is not asked again in a standing eligibility.
func TestAQuestionLeavesNothingBehind(t *testing.T) {
	contact := contactOf(numbered(client0()))
	now := local("2026-02-02T10:00")
	var d rules.Decider
	var got rules.Decision
	d.Decide(rules.Default(), controller, &contact, now, now, rules.Question{
		Kind: state.MessageReviewRequest, Channel: state.ChannelEmail, Family: "other", OrderRef: "O9", Incentive: true, PromotionalContent: true, Unprofessional: true,
	})
	d.Standing(rules.Default(), controller, &contact, now, now, &got)
	want := rules.Standing(rules.Default(), controller, &contact, now, now)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A kind without meaning on a channel is neither allowed nor denied.
func TestNoMeaning(t *testing.T) {
	contact := contactOf(numbered(client0()))
	now := local("2026-02-02T10:00")
	for _, q := range []rules.Question{
		{Kind: state.MessageNewsletter, Channel: state.ChannelPhone},
		{Kind: state.MessageCall, Channel: state.ChannelPhone},
		{Kind: state.MessageUnknown, Channel: state.ChannelEmail},
		{Kind: state.MessageService, Channel: state.ChannelUnknown},
		{Kind: state.MessageService, Channel: state.ChannelPhone + 1},
	} {
		v := rules.Decide(rules.Default(), controller, &contact, now, now, q)
		if v.Applicable || v.Allowed || v.AllowedByLaw || v.Reason != state.ReasonNone || v.Until != state.Never {
			t.Errorf("%+v: %+v", q, v)
		}
	}
}

// Before the horizon the answer is a refusal, never a guess.
func TestBeyondHorizon(t *testing.T) {
	contact := contactOf(numbered(client0()))
	contact.Horizon = local("2026-02-01T00:00")
	now, q := local("2026-02-02T10:00"), question(t, "EMAIL PROMOTIONAL")
	cases := []struct {
		says      string
		at, known state.Instant
		want      state.Reason
	}{
		{"both after it", now, now, state.ReasonSoftOptin},
		{"at it", contact.Horizon, contact.Horizon, state.ReasonSoftOptin},
		{"t before it", contact.Horizon - 1, now, state.ReasonBeyondHorizon},
		{"k before it", now, contact.Horizon - 1, state.ReasonBeyondHorizon},
	}
	for _, c := range cases {
		v := rules.Decide(rules.Default(), controller, &contact, c.at, c.known, q)
		if v.Reason != c.want || v.Allowed != (c.want == state.ReasonSoftOptin) {
			t.Errorf("%s: %v", c.says, v.Reason)
		}
	}
	v := rules.Decide(rules.Default(), controller, &contact, contact.Horizon-1, now, q)
	if v.Until != contact.Horizon {
		t.Errorf("until %v, want the horizon", v.Until)
	}
}

// What was dropped counts as taken back.
func TestDroppedRetractions(t *testing.T) {
	contact := contactOf(numbered(client0()))
	now := local("2026-02-02T10:00")
	reason := func() state.Reason {
		return rules.Decide(rules.Default(), controller, &contact, now, now, question(t, "EMAIL PROMOTIONAL")).Reason
	}
	contact.Retracted.Cancelled = local("2026-01-10T09:59")
	if got := reason(); got != state.ReasonSoftOptin {
		t.Errorf("an older retraction: %v", got)
	}
	contact.Retracted.Cancelled = local("2026-01-10T10:00")
	if got := reason(); got != state.ReasonOrderCancelled {
		t.Errorf("orders at or before it: %v", got)
	}
	contact.Retracted.Cancelled, contact.Retracted.ProofLost = state.Unset, local("2026-01-10T09:55")
	if got := reason(); got != state.ReasonProofMissing {
		t.Errorf("proofs at or before it: %v", got)
	}
}
