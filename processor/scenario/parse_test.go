package scenario_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"consentstream/processor/scenario"
	"consentstream/state/policy/strict"
)

// fact is a record that is right, for files in which something else is wrong.
const fact = `{signups: {occurred_at: "2026-01-10T10:00", kind: ACCOUNT_CREATED}}`

// faults are files that must be refused, with line and text of the error.
var faults = []struct{ name, text, want string }{
	{"no id", "name: x\n", "s.yaml:1: expected the key id"},
	{"empty id", "id: \"\"\n", `s.yaml:1: id: expected a text that names the scenario, found ""`},
	{"unknown key", "id: a\ngivne: []\n", `s.yaml:2: unknown key "givne": did you mean given?`},
	{"not a mapping", "- a\n", "s.yaml:1: expected a mapping (key: value), found a list"},
	{"rules no list", "id: a\nrules: R1\n", `s.yaml:2: rules: expected a list, found "R1"`},
	{"policy", "id: a\npolicy: {soft_optin: true}\n", `s.yaml:2: policy: unknown key "soft_optin": did you mean soft_opt_in?`},
	{"policy laxer than the law", "id: a\npolicy: {retention_years: 9}\n", "s.yaml:2: policy: retention_years: expected a whole number from 1 to 3, found 9"},
	{"topic", "id: a\ngiven:\n  - orders: {kind: ORDERED}\n", `s.yaml:3: given: unknown topic "orders": expected one of purchases, clicks, signups, unsubscribes`},
	{"two topics", "id: a\ngiven:\n  - {signups: {}, clicks: {}}\n", "s.yaml:3: given: expected one topic with its record, found 2 keys"},
	{"record", "id: a\ngiven:\n  - signups: x\n", `s.yaml:3: signups: expected a record (field: value), found "x"`},
	{"field", "id: a\ngiven:\n  - signups:\n      occurred_at: \"2026-01-10T10:00\"\n      kind: ACOUNT_CREATED\n", "s.yaml:5: signups: kind: expected one of COLLECTED, ACCOUNT_CREATED"},
	{"field of a notice", "id: a\ngiven:\n  - signups:\n      occurred_at: \"2026-01-10T10:00\"\n      kind: FORM\n      notice:\n        opt_out_offered: 1\n", "s.yaml:7: signups: notice.channels: required and not there"},
	{"missing field", "id: a\ngiven:\n  - signups: {kind: FORM}\n", "s.yaml:3: signups: occurred_at: required and not there"},
	{"unknown field on a line of its own", "id: a\ngiven:\n  - signups:\n      occurred_at: \"2026-01-10T10:00\"\n      knd: FORM\n", `s.yaml:5: signups: no field "knd" in the schema: expected event_id, contact_id, controller`},
	{"second answer", "id: a\ngiven:\n  - signups:\n      occurred_at: \"2026-01-10T10:00\"\n      kind: FORM\n      answers:\n        - {form: ORAL, value: NONE, channels: [], purposes: [], proof_ref: x}\n        - form: ORAL\n          value: NONE\n          channels:\n            - EMAIL\n            - FAX\n", "s.yaml:11: signups: answers.channels: expected one of EMAIL, SMS, PHONE"},
	{"unknown field of the second answer", "id: a\ngiven:\n  - signups:\n      occurred_at: \"2026-01-10T10:00\"\n      kind: FORM\n      answers:\n        - {form: ORAL, value: NONE, channels: [], purposes: [], proof_ref: x}\n        - form: ORAL\n          valeu: NONE\n", `s.yaml:9: signups: answers: no field "valeu"`},
	{"unknown field", "id: a\ngiven:\n  - signups: {occurred_at: \"2026-01-10T10:00\", kind: FORM, knd: x}\n", `s.yaml:3: signups: no field "knd" in the schema`},
	{"time", "id: a\ngiven:\n  - signups: {occurred_at: \"yesterday\", kind: FORM}\n", "s.yaml:3: signups: occurred_at: expected RFC 3339"},
	{"no at", "id: a\nwhen:\n  - {channel: EMAIL, expect: {SERVICE: deny}}\n", "s.yaml:3: when: expected the key at"},
	{"a day is no instant", "id: a\nwhen:\n  - {at: \"2026-01-10\", channel: EMAIL, expect: {SERVICE: deny}}\n", `s.yaml:3: when: at: expected a date and time such as "2026-11-22T10:00", found "2026-01-10"`},
	{"no channel", "id: a\nwhen:\n  - {at: \"2026-01-10T10:00\", expect: {SERVICE: deny}}\n", "s.yaml:3: when: expected the key channel"},
	{"channel", "id: a\nwhen:\n  - {at: \"2026-01-10T10:00\", channel: FAX, expect: {SERVICE: deny}}\n", `s.yaml:3: when: channel: expected EMAIL, SMS or PHONE, found "FAX"`},
	{"no expectation", "id: a\nwhen:\n  - {at: \"2026-01-10T10:00\", channel: EMAIL}\n", "s.yaml:3: when: expected the key expect"},
	{"nothing expected", "id: a\nwhen:\n  - {at: \"2026-01-10T10:00\", channel: EMAIL, expect: {}}\n", "s.yaml:3: when: expected at least one message kind"},
	{"kind", "id: a\nwhen:\n  - {at: \"2026-01-10T10:00\", channel: EMAIL, expect: {PROMO: deny}}\n", "s.yaml:3: when: expected SERVICE, REVIEW_REQUEST"},
	{"verdict", "id: a\nwhen:\n  - {at: \"2026-01-10T10:00\", channel: EMAIL, expect: {SERVICE: yes}}\n", `s.yaml:3: when: SERVICE: expected allow, deny or n/a, and for the first two a reason or none, found "yes"`},
	{"reason", "id: a\nwhen:\n  - {at: \"2026-01-10T10:00\", channel: EMAIL, expect: {SERVICE: deny BECAUSE}}\n", `s.yaml:3: when: SERVICE: unknown reason "BECAUSE"`},
	{"reason of nothing", "id: a\nwhen:\n  - {at: \"2026-01-10T10:00\", channel: EMAIL, expect: {SERVICE: n/a EXPIRED}}\n", "s.yaml:3: when: SERVICE: expected allow, deny or n/a"},
	{"option", "id: a\nwhen:\n  - {at: \"2026-01-10T10:00\", channel: EMAIL, known: 1, expect: {SERVICE: deny}}\n", `s.yaml:3: when: unknown key "known"`},
	{"option of another type", "id: a\nwhen:\n  - {at: \"2026-01-10T10:00\", channel: EMAIL, incentive: 1, expect: {SERVICE: deny}}\n", "s.yaml:3: when: incentive: expected true or false, found 1"},
	{"several contacts", "id: a\ngiven:\n  - clicks: {occurred_at: \"2026-01-10T10:00\", contact_id: c1, kind: OPEN, actor: HUMAN}\n  - clicks: {occurred_at: \"2026-01-10T10:00\", contact_id: c2, kind: OPEN, actor: HUMAN}\nwhen:\n  - {at: \"2026-01-10T10:00\", channel: EMAIL, expect: {SERVICE: deny}}\n", "s.yaml:6: when: expected contact_id, because the facts are about several contacts"},
	{"publishes without a clock", "id: a\ngiven: [" + fact + "]\npublishes: []\n", "s.yaml:3: publishes: expected when with at least one at"},
	{"publishes what", "id: a\nwhen: [{at: \"2026-01-10T10:00\"}]\npublishes:\n  - {action: PURGE}\n", "s.yaml:4: publishes: expected either eligibility or retention"},
	{"stage", "id: a\nwhen: [{at: \"2026-01-10T10:00\"}]\npublishes:\n  - {retention: GONE}\n", "s.yaml:4: publishes: expected WARNING, EXPIRED"},
	{"row", "id: a\nwhen: [{at: \"2026-01-10T10:00\"}]\npublishes:\n  - {eligibility: {PROMOTIONAL: deny}}\n", `s.yaml:4: publishes: expected a channel and a message kind such as EMAIL/PROMOTIONAL, found "PROMOTIONAL"`},
	{"due", "id: a\nwhen: [{at: \"2026-01-10T10:00\"}]\npublishes:\n  - {retention: EXPIRED, due_at: soon}\n", "s.yaml:4: publishes: due_at: expected a date and time"},
	{"line of a later document", "id: a\n---\nid: b\n---\n# nothing\n---\nid: c\nwhn: []\n", `s.yaml:8: unknown key "whn": did you mean when?`},
	{"broken", "id: a\nwhen: [\n", "s.yaml:2: not valid YAML"},
}

func TestFaultsOfFilesAreRefused(t *testing.T) {
	for _, c := range faults {
		t.Run(c.name, func(t *testing.T) {
			_, err := scenario.Parse("s.yaml", []byte(c.text))
			var e *strict.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want an error with file and line", err)
			}
			if !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("\n got %s\nwant %s", err, c.want)
			}
		})
	}
}

// The parser of the YAML library loses the document after an empty one.
func TestNoDocumentIsLost(t *testing.T) {
	got, err := scenario.Parse("s.yaml", []byte("---\n---\n# first\nid: a\n---\n---\nid: b\n"))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].ID != "a" || got[1].ID != "b" || got[1].Line != 7 {
		t.Errorf("got %+v", got)
	}
}

func TestLoadNamesEveryFaultAndLoadsNothing(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("good.yaml", "id: a\n")
	write("bad1.yml", "id: a\nx: 1\n")
	write("bad2.yaml", "id: a\ny: 1\n")
	write("notes.txt", "no scenario\n")
	got, err := scenario.Load(dir, filepath.Join(dir, "missing.yaml"))
	if err == nil || len(got) != 0 {
		t.Fatalf("got %d scenarios and %v, want none and an error", len(got), err)
	}
	for _, want := range []string{"bad1.yml:2: ", "bad2.yaml:2: ", "missing.yaml"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not name %s", err, want)
		}
	}
}

func TestLoadRefusesFilesWithoutScenarios(t *testing.T) {
	dir := t.TempDir()
	if _, err := scenario.Load(dir); err == nil || !strings.Contains(err.Error(), "found none") {
		t.Errorf("empty folder: got %v", err)
	}
	empty := filepath.Join(dir, "empty.yaml")
	if err := os.WriteFile(empty, []byte("# nothing\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := scenario.Load(empty); err == nil || !strings.Contains(err.Error(), "expected at least one scenario") {
		t.Errorf("empty file: got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range faults {
		f.Add(c.text)
	}
	f.Add("id: a\ngiven: [" + fact + "]\nwhen: [{at: \"2026-01-10T10:00\", channel: EMAIL, expect: {SERVICE: allow}}]\npublishes: [{eligibility: {EMAIL/SERVICE: allow}}]\n")
	f.Fuzz(func(_ *testing.T, text string) {
		scenarios, err := scenario.Parse("s.yaml", []byte(text))
		if err != nil {
			return
		}
		for _, s := range scenarios {
			s.Run()
		}
	})
}
