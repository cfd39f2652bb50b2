package rules_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"consentstream/state"
	"consentstream/state/rules"
)

// The catalogue of scenarios, decision by decision. The runner of processor
// does the same with all that a file may hold; this is the short way for whoever
// works on a rule.

type scenario struct {
	ID     string                      `yaml:"id"`
	Name   string                      `yaml:"name"`
	Policy map[string]any              `yaml:"policy"`
	Given  []map[string]map[string]any `yaml:"given"`
	When   []map[string]any            `yaml:"when"`
}

func TestCatalogue(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "processor", "scenario", "testdata", "scenarios", "[a-k]-*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, file := range files {
		for _, s := range readScenarios(t, file) {
			count++
			t.Run(s.ID, func(t *testing.T) { s.run(t) })
		}
	}
	if count < 119 {
		t.Errorf("%d scenarios, want the 119 of the catalogue", count)
	}
}

func readScenarios(t *testing.T, file string) []scenario {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []scenario
	decoder := yaml.NewDecoder(strings.NewReader(string(text)))
	for {
		var s scenario
		if err := decoder.Decode(&s); err != nil {
			if err.Error() == "EOF" {
				return all
			}
			t.Fatalf("%s: %v", file, err)
		}
		if s.ID != "" {
			all = append(all, s)
		}
	}
}

func (s *scenario) run(t *testing.T) {
	policy := rules.Default()
	for key, value := range s.Policy {
		set(t, &policy.Versions[0].Settings, key, value)
	}
	for _, when := range s.When {
		s.check(t, policy, when)
	}
}

func (s *scenario) check(t *testing.T, policy *rules.Policy, when map[string]any) {
	at := instant(t, str(when, "at", ""))
	known := at
	if k := str(when, "known_at", ""); k != "" {
		known = instant(t, k)
	}
	controller := str(when, "controller", "default")
	contact := s.contact(t, controller, str(when, "contact_id", "c1"), known)
	channel, _ := state.ParseChannel(str(when, "channel", ""))
	for name, expected := range when["expect"].(map[string]any) {
		kind, ok := state.ParseMessageKind(name)
		if !ok {
			t.Fatalf("no kind %s", name)
		}
		v := rules.Decide(policy, controller, &contact, at, known, rules.Question{
			Kind: kind, Channel: channel, Address: str(when, "address_key", ""), Brand: str(when, "brand", ""),
			Family: str(when, "family", "main"), OrderRef: str(when, "order_ref", ""),
			Incentive: flag(when, "incentive", false), PromotionalContent: flag(when, "promotional_content", false),
			Unprofessional: !flag(when, "professional", true),
		})
		if got := describe(&v, strings.Contains(expected.(string), " ")); got != expected {
			t.Errorf("%s at %v %v %v: got %s, want %s", s.ID, when["at"], channel, kind, describe(&v, true), expected)
		}
	}
}

func describe(v *rules.Verdict, reason bool) string {
	word := "deny"
	switch {
	case !v.Applicable:
		return "n/a"
	case v.Allowed:
		word = "allow"
	}
	if reason {
		word += " " + v.Reason.String()
	}
	return word
}

// contact folds what is given; what another contact said about an address that
// the contact uses reaches it as a negative of nobody's.
func (s *scenario) contact(t *testing.T, controller, id string, known state.Instant) state.Contact {
	c := state.NewContact()
	var others []state.Fact
	for i, given := range s.Given {
		for topic, record := range given {
			f := fact(t, topic, record)
			f.ID = str(record, "event_id", fmt.Sprintf("e%02d", i))
			switch {
			case str(record, "controller", "default") != controller || f.RecordedAt > known:
			case str(record, "contact_id", "c1") == id:
				c, _ = state.Fold(c, f)
			case f.IsNegative() && f.Address != "":
				f.Forwarded = true
				others = append(others, f)
			}
		}
	}
	for _, u := range c.Uses {
		c.Answer(u.Address, false)
		for _, f := range others {
			if f.Address == u.Address {
				c, _ = state.Fold(c, f)
			}
		}
	}
	return c
}

func fact(t *testing.T, topic string, r map[string]any) state.Fact {
	f := state.Fact{Address: str(r, "address_key", ""), Brand: str(r, "brand", ""), OccurredAt: instant(t, str(r, "occurred_at", ""))}
	f.Since, f.RecordedAt = f.OccurredAt, f.OccurredAt
	if recorded := str(r, "recorded_at", ""); recorded != "" {
		f.RecordedAt = instant(t, recorded)
	}
	f.Precision, _ = state.ParsePrecision(str(r, "precision", "INSTANT"))
	f.Topic, _ = state.ParseTopic(topic)
	switch topic {
	case "purchases":
		f.Purchase = purchase(r)
	case "clicks":
		f.Click = click(r)
	case "signups":
		f.Signup = signup(r)
	case "unsubscribes":
		f.Unsubscribe = unsubscribe(r)
	}
	return f
}

func purchase(r map[string]any) *state.Purchase {
	p := &state.Purchase{OrderRef: str(r, "order_ref", ""), Family: str(r, "family", "main"), Currency: str(r, "currency", "")}
	p.Kind, _ = state.ParsePurchaseKind(str(r, "kind", ""))
	p.Role, _ = state.ParseRole(str(r, "role", "BUYER"))
	p.CollectedBy, _ = state.ParseCollectedBy(str(r, "collected_by", "DIRECT"))
	p.SoldBy, _ = state.ParseSoldBy(str(r, "sold_by", "ONLINE"))
	if amount, ok := r["amount_minor"]; ok {
		p.AmountMinor, p.AmountKnown = number(amount), true
	}
	p.Notice = noticeOf(r)
	return p
}

func click(r map[string]any) *state.Click {
	c := &state.Click{OrderRef: str(r, "order_ref", "")}
	c.Kind, _ = state.ParseClickKind(str(r, "kind", ""))
	c.Channel, _ = state.ParseChannel(str(r, "channel", "UNKNOWN"))
	c.Message, _ = state.ParseMessageKind(str(r, "message_kind", "UNKNOWN"))
	c.Target, _ = state.ParseClickTarget(str(r, "target", "CONTENT"))
	c.Actor, _ = state.ParseActor(str(r, "actor", "UNKNOWN"))
	return c
}

func signup(r map[string]any) *state.Signup {
	s := &state.Signup{SubmissionID: str(r, "submission_id", ""), TimeZone: str(r, "time_zone", ""), Notice: noticeOf(r)}
	s.Kind, _ = state.ParseSignupKind(str(r, "kind", ""))
	s.Collection, _ = state.ParseCollection(str(r, "collection", "DIRECT"))
	if kind := str(r, "contact_type", ""); kind != "" {
		s.ContactType, _ = state.ParseContactType(kind)
	}
	answers, _ := r["answers"].([]any)
	for _, a := range answers {
		s.Answers = append(s.Answers, answerOf(a.(map[string]any)))
	}
	return s
}

func answerOf(r map[string]any) state.Answer {
	a := state.Answer{
		Channels: channels(r["channels"]), Purposes: purposes(r["purposes"]), Shown: purposes(r["shown"]),
		ProofRef: str(r, "proof_ref", ""), Confirmed: flag(r, "confirmed", false), PhoneMentions: flag(r, "phone_mentions", false),
	}
	a.Form, _ = state.ParseAnswerForm(str(r, "form", ""))
	a.Value, _ = state.ParseAnswerValue(str(r, "value", ""))
	a.Message, _ = state.ParseMessageKind(str(r, "message_kind", "UNKNOWN"))
	return a
}

func noticeOf(r map[string]any) *state.Notice {
	n, ok := r["notice"].(map[string]any)
	if !ok {
		return nil
	}
	notice := &state.Notice{
		Channels: channels(n["channels"]), Purposes: purposes(n["purposes"]), OptOutOffered: flag(n, "opt_out_offered", false),
		TextVersion: str(n, "text_version", ""), ProofRef: str(n, "proof_ref", ""), OrderRef: str(n, "order_ref", ""),
	}
	notice.Mode, _ = state.ParseNoticeMode(str(n, "mode", "FORM"))
	families, _ := n["families"].([]any)
	for _, family := range families {
		notice.Families = append(notice.Families, family.(string))
	}
	return notice
}

func unsubscribe(r map[string]any) *state.Unsubscribe {
	u := &state.Unsubscribe{
		Channels: channels(r["channels"]), Purposes: purposes(r["purposes"]), Shown: purposes(r["shown"]),
		ProofRef: str(r, "proof_ref", ""), PurgedBefore: state.Unset,
	}
	u.Kind, _ = state.ParseUnsubscribeKind(str(r, "kind", ""))
	u.Method, _ = state.ParseMethod(str(r, "method", "OTHER"))
	u.Message, _ = state.ParseMessageKind(str(r, "message_kind", "UNKNOWN"))
	brands, _ := r["brands"].([]any)
	for _, brand := range brands {
		u.Brands = append(u.Brands, brand.(string))
	}
	return u
}

func channels(v any) (set state.Channels) {
	list, _ := v.([]any)
	for _, name := range list {
		c, _ := state.ParseChannel(name.(string))
		set |= state.ChannelsOf(c)
	}
	return set
}

func purposes(v any) (set state.Purposes) {
	list, _ := v.([]any)
	for _, name := range list {
		p, _ := state.ParsePurpose(name.(string))
		set |= state.PurposesOf(p)
	}
	return set
}

func str(m map[string]any, key, otherwise string) string {
	if v, ok := m[key].(string); ok {
		return v
	}
	return otherwise
}

func flag(m map[string]any, key string, otherwise bool) bool {
	if v, ok := m[key].(bool); ok {
		return v
	}
	return otherwise
}

func number(v any) int64 {
	switch n := v.(type) {
	case int64:
		return n
	case uint64:
		return int64(n)
	}
	return 0
}

// instant reads a time with an offset, or a local one in Paris: the first of
// two, the later side of a gap.
func instant(t *testing.T, s string) state.Instant {
	if t != nil {
		t.Helper()
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if v, err := time.Parse(layout, s); err == nil {
			return state.At(v)
		}
	}
	for _, layout := range []string{"2006-01-02T15:04:05.999", "2006-01-02T15:04", "2006-01-02"} {
		v, err := time.ParseInLocation(layout, s, rules.DefaultSettings().TimeZone)
		if err != nil {
			continue
		}
		if first := v.Add(-time.Hour); first.Format(layout) == s {
			return state.At(first)
		}
		return state.At(v)
	}
	panic("no time: " + s)
}

func set(t *testing.T, s *rules.Settings, key string, value any) {
	t.Helper()
	flags := map[string]*bool{
		"unsubscribe_confirmation": &s.UnsubscribeConfirmation, "login_counts_as_contact": &s.LoginCountsAsContact,
		"soft_opt_in": &s.SoftOptIn, "welcome_ramp": &s.WelcomeRamp, "banned_sector": &s.BannedSector,
	}
	numbers := map[string]*int{
		"suppression_ttl_years": &s.SuppressionTTLYears, "soft_opt_in_window_months": &s.SoftOptInWindowMonths,
	}
	switch {
	case flags[key] != nil:
		*flags[key] = value.(bool)
	case numbers[key] != nil:
		*numbers[key] = int(number(value))
	case key == "consumer_time_zone":
		zone, err := time.LoadLocation(value.(string))
		if err != nil {
			t.Fatal(err)
		}
		s.ConsumerTimeZone = zone
	default:
		t.Fatalf("this test knows no policy key %s", key)
	}
}
