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
	"consentstream/state/policy"
	"consentstream/state/policy/strict"
	"consentstream/state/rules"
)

const scenarios = "../../../processor/scenario/testdata/scenarios"

// scenario is one document of the catalogue, read with no code of the runner.
type scenario struct {
	ID    string
	Name  string
	Given []map[string]map[string]any
	When  []struct {
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

	policy *rules.Policy
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
	documents, err := strict.Documents(name, data)
	if err != nil {
		t.Fatal(err)
	}
	policies := map[string]*rules.Policy{}
	for _, document := range documents {
		id, p := readPolicy(t, document)
		policies[id] = p
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
			s.policy = policies[s.ID]
			list = append(list, s)
		}
	}
}

// readPolicy reads the policy of a scenario with the reader of policy files:
// that is not what the oracle checks.
func readPolicy(t *testing.T, document strict.Node) (id string, p *rules.Policy) {
	t.Helper()
	fields, err := document.Map()
	if err != nil {
		return "", nil // a document of comments
	}
	if err := fields.Text("id", &id); err != nil {
		t.Fatal(err)
	}
	given, there := fields.Take("policy")
	if !there {
		return id, rules.Default()
	}
	keys, err := given.Map()
	if err != nil {
		t.Fatal(err)
	}
	read := policy.Overrides
	if _, versions := keys.Take("versions"); versions {
		read = policy.FromNode
	}
	if p, err = read(given); err != nil {
		t.Fatal(err)
	}
	return id, p
}

func (s *scenario) run(t *testing.T) {
	zone := s.policy.Versions[0].Settings.TimeZone
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
			got := Decide(s.policy, key.Controller, facts, nil, at, known, q)
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
		if r.Key.Controller == key.Controller && r.Key.Contact != key.Contact && forwards(&r.Fact) && slices.Contains(used, r.Fact.Address) {
			r.Fact.Forwarded = true
			facts = append(facts, r.Fact)
		}
	}
	return facts
}

// forwards tells the negatives that follow an address to others who use it.
func forwards(f *state.Fact) bool {
	if u := f.Unsubscribe; u != nil && (u.Kind == state.UnsubscribeProofLost || u.Kind == state.UnsubscribePurged) {
		return false
	}
	return f.IsNegative()
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
