package oracle

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"consentstream/schemas"
	"consentstream/state"
	"consentstream/state/rules"
)

const scenarios = "../../../processor/scenario/testdata/scenarios"

// scenario is one document of the catalogue, read with no code of the runner.
type scenario struct {
	ID     string
	Name   string
	Policy map[string]any
	Given  []map[string]map[string]any
	When   []struct {
		At                 string
		KnownAt            string `yaml:"known_at"`
		Channel            string
		Controller         string
		ContactID          string  `yaml:"contact_id"`
		AddressKey         *string `yaml:"address_key"`
		Brand              string
		Family             string
		OrderRef           string `yaml:"order_ref"`
		Professional       *bool
		Incentive          bool
		PromotionalContent bool `yaml:"promotional_content"`
		Expect             map[string]string
	}
}

func TestScenarios(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(scenarios, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios in %s: %v", scenarios, err)
	}
	count := 0
	for _, name := range files {
		for _, s := range readScenarios(t, name) {
			count++
			t.Run(s.ID, func(t *testing.T) { s.run(t) })
		}
	}
	if count < 119 {
		t.Errorf("%d scenarios, expected 119 at least", count)
	}
}

func readScenarios(t *testing.T, name string) []scenario {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var list []scenario
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var s scenario
		switch err := decoder.Decode(&s); {
		case errors.Is(err, io.EOF):
			return list
		case err != nil:
			t.Fatalf("%s: %v", name, err)
		case s.ID != "":
			list = append(list, s)
		}
	}
}

func (s *scenario) run(t *testing.T) {
	policy := s.policy(t)
	zone := policy.Versions[0].Settings.TimeZone
	records := s.records(t, zone)
	for i, ask := range s.When {
		at := instant(t, ask.At, zone)
		known := at
		if ask.KnownAt != "" {
			known = instant(t, ask.KnownAt, zone)
		}
		key := state.Key{Controller: orElse(ask.Controller, "default"), Contact: orElse(ask.ContactID, "contact")}
		facts := gather(records, key)
		q := rules.Question{
			Brand: ask.Brand, Family: orElse(ask.Family, "main"), OrderRef: ask.OrderRef, Address: onlyAddress(facts),
			Incentive: ask.Incentive, PromotionalContent: ask.PromotionalContent,
			Unprofessional: ask.Professional != nil && !*ask.Professional,
		}
		if ask.AddressKey != nil {
			q.Address = *ask.AddressKey
		}
		q.Channel, _ = state.ParseChannel(ask.Channel)
		for kind, expected := range ask.Expect {
			q.Kind, _ = state.ParseMessageKind(kind)
			got := Decide(policy, key.Controller, facts, nil, at, known, q)
			if !meets(got, expected) {
				t.Errorf("decision %d at %s %s %s: expected %q, got %+v (%s)", i, ask.At, ask.Channel, kind, expected, got, got.Reason)
			}
		}
	}
}

func meets(a Answer, expected string) bool {
	verdict, reason, named := strings.Cut(expected, " ")
	got := "deny"
	switch {
	case !a.Applicable:
		got = "n/a"
	case a.Allowed:
		got = "allow"
	}
	return got == verdict && (!named || a.Reason.String() == reason)
}

// policy applies the overrides that the catalogue uses.
func (s *scenario) policy(t *testing.T) *rules.Policy {
	t.Helper()
	p := rules.Default()
	set := &p.Versions[0].Settings
	flags := map[string]*bool{
		"unsubscribe_confirmation": &set.UnsubscribeConfirmation,
		"login_counts_as_contact":  &set.LoginCountsAsContact,
		"banned_sector":            &set.BannedSector,
		"soft_opt_in":              &set.SoftOptIn,
		"welcome_ramp":             &set.WelcomeRamp,
	}
	for key, value := range s.Policy {
		switch key {
		case "suppression_ttl_years":
			set.SuppressionTTLYears = number(t, value)
		case "soft_opt_in_window_months":
			set.SoftOptInWindowMonths = number(t, value)
		case "consumer_time_zone":
			zone, err := time.LoadLocation(fmt.Sprint(value))
			if err != nil {
				t.Fatal(err)
			}
			set.ConsumerTimeZone = zone
		default:
			flag, known := flags[key]
			if !known {
				t.Fatalf("policy key %s: add it to this test", key)
			}
			*flag = value.(bool)
		}
	}
	return p
}

func number(t *testing.T, v any) int {
	t.Helper()
	switch n := v.(type) {
	case uint64:
		return int(n)
	case int64:
		return int(n)
	case int:
		return n
	}
	t.Fatalf("%v is a %T, expected a number", v, v)
	return 0
}

func (s *scenario) records(t *testing.T, zone *time.Location) []schemas.Record {
	t.Helper()
	var list []schemas.Record
	for i, given := range s.Given {
		for name, fields := range given {
			topic, ok := state.ParseTopic(name)
			if !ok {
				t.Fatalf("no topic %s", name)
			}
			r, err := schemas.FactFromMap(topic, fields, zone, schemas.Defaults{EventID: fmt.Sprintf("e%02d", i), Contact: "contact"})
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, r)
		}
	}
	return list
}

// gather collects what a contact knows: its own records, each id once, and the
// negatives that others left on its addresses.
func gather(records []schemas.Record, key state.Key) []state.Fact {
	var facts []state.Fact
	first := map[string]int{}
	for _, r := range records {
		if r.Key != key {
			continue
		}
		if i, known := first[r.Fact.ID]; known {
			if r.Fact.RecordedAt < facts[i].RecordedAt {
				facts[i] = r.Fact
			}
			continue
		}
		first[r.Fact.ID] = len(facts)
		facts = append(facts, r.Fact)
	}
	used := addresses(facts)
	for _, r := range records {
		if r.Key.Controller == key.Controller && r.Key.Contact != key.Contact && r.Fact.IsNegative() && slices.Contains(used, r.Fact.Address) {
			r.Fact.Forwarded = true
			facts = append(facts, r.Fact)
		}
	}
	return facts
}

func addresses(facts []state.Fact) []string {
	var list []string
	for _, f := range facts {
		if f.Address != "" && !slices.Contains(list, f.Address) {
			list = append(list, f.Address)
		}
	}
	return list
}

func onlyAddress(facts []state.Fact) string {
	if list := addresses(facts); len(list) == 1 {
		return list[0]
	}
	return ""
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func instant(t *testing.T, s string, zone *time.Location) state.Instant {
	t.Helper()
	at, _, err := schemas.ParseTime(s, zone)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
