package rules_test

import (
	"testing"

	"consentstream/state"
	"consentstream/state/rules"
)

// versions is a policy whose first version is in force from an instant, and
// whose others follow at theirs.
func versions(from string, first rules.Settings, then ...rules.Version) *rules.Policy {
	return &rules.Policy{Versions: append([]rules.Version{{Name: "first", EffectiveFrom: local(from), Settings: first}}, then...)}
}

func versionFrom(from string, change func(*rules.Settings)) rules.Version {
	v := rules.Version{Name: "from " + from, EffectiveFrom: local(from), Settings: rules.DefaultSettings()}
	change(&v.Settings)
	return v
}

// The first version judges also what was before it.
func TestTheFirstVersionAlwaysWasInForce(t *testing.T) {
	p := versions("2026-01-01T00:00", rules.DefaultSettings())
	if r := clockOf(t, p, "2026-02-01T00:00", facts(order("2015-03-15T12:00", "O1"))); r.ExpiresAt != local("2018-03-15T00:00") {
		t.Errorf("expired %v, want three years after the order", r.ExpiresAt)
	}
	if r := clockOf(t, p, "2016-02-01T00:00", facts(order("2015-03-15T12:00", "O1"))); r.ExpiresAt != local("2018-03-15T00:00") {
		t.Errorf("ten years before it the end was %v, want three years after the order", r.ExpiresAt)
	}
	attended := purchased("2016-03-15T12:00", state.PurchaseAttended, "O1")
	if r := clockOf(t, p, "2026-02-01T00:00", facts(order("2015-03-15T12:00", "O1"), attended)); r.ExpiresAt != local("2019-03-15T00:00") {
		t.Errorf("expired %v, want three years after the attendance", r.ExpiresAt)
	}
}

// A retention that is lengthened at the very instant of its end is longer.
func TestRetentionLengthenedAtItsEnd(t *testing.T) {
	short := rules.DefaultSettings()
	short.RetentionYears = 1
	given := facts(order("2024-03-15T12:00", "O1"))
	for from, want := range map[string]string{"2025-03-14T00:00": "2027-03-15T00:00", "2025-03-15T00:00": "2027-03-15T00:00", "2025-03-16T00:00": "2025-03-15T00:00"} {
		p := versions("2020-01-01T00:00", short, versionFrom(from, func(*rules.Settings) {}))
		if r := clockOf(t, p, "2024-06-01T00:00", given); r.ExpiresAt != local(want) {
			t.Errorf("lengthened at %s: expires %v, want %s", from, r.ExpiresAt, want)
		}
	}
}

// What counts as a contact by parameter counts as long as every version does so
// that was in force since, from its first instant to the one before the next.
func TestWhatCountsByParameterOverVersions(t *testing.T) {
	given := facts(order("2023-03-15T12:00", "O1"), purchased("2024-06-01T00:00", state.PurchaseAttended, "O1"))
	const without, with = "2026-03-15T00:00", "2027-06-01T00:00"
	off := rules.DefaultSettings()
	off.AttendanceCountsAsContact = false
	on := func(*rules.Settings) {}
	not := func(s *rules.Settings) { s.AttendanceCountsAsContact = false }
	cases := []struct {
		says   string
		policy *rules.Policy
		when   string
		want   string
	}{
		{"switched on before it", versions("2020-01-01T00:00", off, versionFrom("2024-05-31T00:00", on)), "2025-01-01T00:00", with},
		{"switched on at its instant", versions("2020-01-01T00:00", off, versionFrom("2024-06-01T00:00", on)), "2025-01-01T00:00", with},
		{"switched on after it", versions("2020-01-01T00:00", off, versionFrom("2024-06-01T00:01", on)), "2025-01-01T00:00", without},
		{"to be switched off", versions("2020-01-01T00:00", rules.DefaultSettings(), versionFrom("2025-06-01T00:00", not)), "2025-05-31T23:59", with},
		{"switched off at this instant", versions("2020-01-01T00:00", rules.DefaultSettings(), versionFrom("2025-06-01T00:00", not)), "2025-06-01T00:00", without},
		{"off for a time", versions("2020-01-01T00:00", rules.DefaultSettings(), versionFrom("2025-06-01T00:00", not), versionFrom("2025-07-01T00:00", on)), "2025-08-01T00:00", without},
	}
	for _, c := range cases {
		if r := clockOf(t, c.policy, c.when, given); r.ExpiresAt != local(c.want) {
			t.Errorf("%s: expires %v, want %s", c.says, r.ExpiresAt, c.want)
		}
	}
}
