package policy_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"consentstream/state"
	"consentstream/state/policy"
	"consentstream/state/policy/strict"
	"consentstream/state/rules"
)

// full is a file that sets every key to something that is not its default.
const full = `versions:
  - version: "fr-2026-11"
    effective_from: 2026-11-01
    time_zone: Europe/Lisbon
    retention_years: 2
    warning_days: 14
    grace_hours: 48
    soft_opt_in: false
    soft_opt_in_window_months: 12
    welcome_ramp: true
    ramp_min_editorial: 2
    review_request: strict
    review_window_days: 30
    unsubscribe_confirmation: true
    cart_covered_by_promotional: false
    free_offer_counts_as_sale: true
    login_counts_as_contact: true
    service_click_counts_as_contact: true
    attendance_counts_as_contact: false
    complaint_needs_confirmation: false
    complaint_closes_all_channels: true
    any_objection_closes_all: true
    suppression_ttl_years: 5
    analogous_families: {book: [dvd, cd]}
    banned_sector: true
    consumer_time_zone: Indian/Reunion
    sms_hours: false
    fiscal_year_end: "06-30"
    controllers:
      acme-fr: {soft_opt_in: true}
  - version: later
    effective_from: 2027-01-01
`

func parse(t *testing.T, text string) *rules.Policy {
	t.Helper()
	p, err := policy.Parse("p.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var sameZone = cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })

func TestEmptyFilesAreTheDefaultPolicy(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "---\n", "{}", "versions:", "versions: []", "versions: [{}]"} {
		if diff := cmp.Diff(rules.Default(), parse(t, text), sameZone); diff != "" {
			t.Errorf("%q differs from the default policy:\n%s", text, diff)
		}
	}
}

func TestEveryKeyIsRead(t *testing.T) {
	p := parse(t, full)
	lisbon, _ := time.LoadLocation("Europe/Lisbon")
	reunion, _ := time.LoadLocation("Indian/Reunion")
	want := rules.Settings{
		TimeZone: lisbon, RetentionYears: 2, WarningDays: 14, GraceHours: 48, SoftOptInWindowMonths: 12,
		WelcomeRamp: true, RampMinEditorial: 2, ReviewStrict: true, ReviewWindowDays: 30,
		UnsubscribeConfirmation: true, FreeOfferCountsAsSale: true, LoginCountsAsContact: true,
		ServiceClickCountsAsContact: true, ComplaintClosesAllChannels: true, AnyObjectionClosesAll: true,
		SuppressionTTLYears: 5, AnalogousFamilies: map[string][]string{"book": {"dvd", "cd"}},
		BannedSector: true, ConsumerTimeZone: reunion, FiscalYearEnd: rules.MonthDay{Month: time.June, Day: 30},
	}
	if diff := cmp.Diff(want, p.Versions[0].Settings, sameZone); diff != "" {
		t.Error(diff)
	}
	want.SoftOptIn = true
	if diff := cmp.Diff(want, *p.Versions[0].For("acme-fr"), sameZone); diff != "" {
		t.Errorf("a controller inherits what it does not override:\n%s", diff)
	}
	if diff := cmp.Diff(rules.DefaultSettings(), p.Versions[1].Settings, sameZone); diff != "" {
		t.Errorf("a version starts from the defaults, not from the version before it:\n%s", diff)
	}
}

func TestEveryKeyHasADefaultThatTheFileShows(t *testing.T) {
	var full = parse(t, full).Versions[0].Settings
	defaults := rules.DefaultSettings()
	other := policy.Values(&full)
	for i, v := range policy.Values(&defaults) {
		if cmp.Equal(v.Value, other[i].Value) {
			t.Errorf("%s: the test file does not change it", v.Key)
		}
	}
}

func TestAVersionBeginsAtItsLocalMidnight(t *testing.T) {
	p := parse(t, full)
	for i, want := range []string{"2026-11-01T00:00:00.000Z", "2026-12-31T23:00:00.000Z"} {
		if got := p.Versions[i].EffectiveFrom.String(); got != want {
			t.Errorf("version %d begins at %s, want %s", i, got, want)
		}
	}
}

func TestMarshalReadsBack(t *testing.T) {
	for _, text := range []string{"", full} {
		p := parse(t, text)
		written := policy.Marshal(p)
		if diff := cmp.Diff(p, parse(t, string(written)), sameZone); diff != "" {
			t.Errorf("%s\nreads back differently:\n%s", written, diff)
		}
	}
}

func TestMarshalSaysWhichDefaultsAreNotTheSafest(t *testing.T) {
	for line := range strings.Lines(string(policy.Marshal(rules.Default()))) {
		unsafe := strings.Contains(line, "attendance_counts_as_contact") || strings.Contains(line, "any_objection_closes_all")
		if noted := strings.Contains(line, "usual reading rather than the safest"); noted != unsafe {
			t.Errorf("note %v, want %v: %s", noted, unsafe, line)
		}
	}
}

// refusals are files that must not be accepted, with line and text of the error.
var refusals = []struct{ name, text, want string }{
	{"unknown key", "versions:\n  - version: a\n    retention_year: 3\n", `p.yaml:3: unknown key "retention_year": did you mean retention_years?`},
	{"unknown top key", "# c\nversion: a\n", `p.yaml:2: unknown key "version": did you mean versions?; the settings stand in an entry of versions`},
	{"key twice", "versions:\n  - {version: a,\n     version: b}\n", `p.yaml:3: not valid YAML: mapping key "version" already defined at [2:6]`},
	{"longer than the law", "versions:\n  - version: a\n    retention_years: 4\n", "p.yaml:3: retention_years: expected a whole number from 1 to 3, found 4"},
	{"versions no list", "\nversions: {}", "p.yaml:2: versions: expected a list, found a mapping"},
	{"no retention", "versions: [{retention_years: 0}]", "p.yaml:1: retention_years: expected a whole number from 1 to 3, found 0"},
	{"suppression too short", "versions: [{suppression_ttl_years: 2}]", "p.yaml:1: suppression_ttl_years: expected 0 (never expires) or a whole number from 3 to 100, found 2"},
	{"negative", "versions: [{grace_hours: -1}]", "p.yaml:1: grace_hours: expected a whole number from 0 to 744, found -1"},
	{"fraction", "versions: [{warning_days: 1.5}]", "p.yaml:1: warning_days: expected a whole number from 0 to 365, found 1.5"},
	{"text for a number", "versions: [{warning_days: \"30\"}]", `p.yaml:1: warning_days: expected a whole number from 0 to 365, found "30"`},
	{"yes is not true", "versions: [{soft_opt_in: yes}]", `p.yaml:1: soft_opt_in: expected true or false, found "yes"`},
	{"no value", "versions: [{soft_opt_in: }]", "p.yaml:1: soft_opt_in: expected true or false, found nothing"},
	{"zone", "versions: [{time_zone: Paris}]", `p.yaml:1: time_zone: expected an IANA time zone such as Europe/Paris, found "Paris"`},
	{"zone of the machine", "versions: [{consumer_time_zone: Local}]", `p.yaml:1: consumer_time_zone: expected an IANA time zone such as Europe/Paris, found "Local"`},
	{"mode", "versions: [{review_request: lax}]", `p.yaml:1: review_request: expected service or strict, found "lax"`},
	{"review window", "versions: [{review_window_days: 61}]", "p.yaml:1: review_window_days: expected a whole number from 1 to 60, found 61"},
	{"leap fiscal year end", "versions: [{fiscal_year_end: \"02-29\"}]", `p.yaml:1: fiscal_year_end: expected a month and day that every year has, such as "12-31", found "02-29"`},
	{"families", "versions: [{analogous_families: {book: dvd}}]", `p.yaml:1: analogous_families: expected a list, found "dvd"`},
	{"family name", "versions: [{analogous_families: {book: [\"\"]}}]", `p.yaml:1: analogous_families: expected a family name of 1 to 64 bytes, found ""`},
	{"date", "versions:\n  - effective_from: 2026-13-01\n", `p.yaml:2: effective_from: expected a date such as 2026-11-01, found "2026-13-01"`},
	{"no name among several", "versions:\n  - version: a\n    effective_from: 2026-01-01\n  - effective_from: 2027-01-01\n", "p.yaml:4: expected the key version"},
	{"no date among several", "versions:\n  - version: a\n  - version: b\n    effective_from: 2027-01-01\n", "p.yaml:2: expected the key effective_from"},
	{"unordered", "versions:\n  - {version: a, effective_from: 2027-01-01}\n  - {version: b, effective_from: 2026-01-01}\n", `p.yaml:3: version "b": expected an effective_from later than that of version "a" before it`},
	{"same date", "versions:\n  - {version: a, effective_from: 2027-01-01}\n  - {version: b, effective_from: 2027-01-01}\n", `p.yaml:3: version "b": expected an effective_from later than that of version "a" before it`},
	{"same name", "versions:\n  - {version: a, effective_from: 2026-01-01}\n  - {version: a, effective_from: 2027-01-01}\n", `p.yaml:3: version "a" stands twice: expected a name of its own for each version, because published events tell it`},
	{"override of a date", "versions:\n  - controllers:\n      B: {effective_from: 2027-01-01}\n", `p.yaml:3: controller B: unknown key "effective_from"`},
	{"override laxer than the law", "versions:\n  - controllers:\n      B:\n        retention_years: 5\n", "p.yaml:4: controller B: retention_years: expected a whole number from 1 to 3, found 5"},
	{"controller with a bar", "versions: [{controllers: {\"a|b\": {}}}]", "p.yaml:1: expected a controller of 1 to 64 bytes with no |"},
	{"two documents", "versions: []\n---\nversions: []\n", "p.yaml:3: expected one document"},
	{"not a mapping", "- a\n", "p.yaml:1: expected a mapping (key: value), found a list"},
	{"anchor", "versions:\n  - &x {version: a}\n", "p.yaml:2: anchors, aliases, merge keys and tags are not accepted"},
	{"broken", "versions: [\n", "p.yaml:1: not valid YAML: sequence end token ']' not found"},
}

func TestRefusals(t *testing.T) {
	for _, c := range refusals {
		t.Run(c.name, func(t *testing.T) {
			_, err := policy.Parse("p.yaml", []byte(c.text))
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

func TestLoad(t *testing.T) {
	if p, err := policy.Load(""); err != nil || p.Versions[0].Name != "default" {
		t.Errorf("no file: got %v, %v, want the default policy", p, err)
	}
	if _, err := policy.Load(filepath.Join(t.TempDir(), "none.yaml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: got %v", err)
	}
}

func TestLocal(t *testing.T) {
	paris, _ := time.LoadLocation("Europe/Paris")
	for wall, want := range map[string]string{
		"2026-06-01T10:00": "2026-06-01T08:00:00.000Z",
		"2026-10-25T02:30": "2026-10-25T00:30:00.000Z", // repeated: the first, still summer time
		"2026-10-25T03:00": "2026-10-25T02:00:00.000Z",
		"2026-03-29T02:30": "2026-03-29T01:30:00.000Z", // skipped: 03:30 summer time
		"2026-03-29T01:59": "2026-03-29T00:59:00.000Z",
	} {
		at, err := time.Parse("2006-01-02T15:04", wall)
		if err != nil {
			t.Fatal(err)
		}
		if got := policy.Local(at, paris).String(); got != want {
			t.Errorf("%s in Paris is %s, want %s", wall, got, want)
		}
		if got := policy.Local(at, time.UTC); got != state.At(at) {
			t.Errorf("%s in UTC is %s", wall, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(full)
	for _, c := range refusals {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := policy.Parse("p.yaml", []byte(text))
		if err != nil {
			return
		}
		again, err := policy.Parse("again.yaml", policy.Marshal(p))
		if err != nil {
			t.Fatalf("accepted %q but not what it was written as:\n%s\n%v", text, policy.Marshal(p), err)
		}
		if diff := cmp.Diff(p, again, sameZone); diff != "" {
			t.Fatalf("%q reads back differently:\n%s", text, diff)
		}
	})
}
