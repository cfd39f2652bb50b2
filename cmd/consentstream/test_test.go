package main

import (
	"encoding/json"
	"strings"
	"testing"

	"consentstream/processor/scenario"
)

const passing = `id: good
given:
  - signups: {occurred_at: "2026-01-10T10:00", kind: ACCOUNT_CREATED}
when:
  - {at: "2026-01-11T10:00", channel: EMAIL, expect: {SERVICE: allow, PROMOTIONAL: deny}}
`

const failing = `---
id: bad
name: Expects too much
given:
  - signups: {occurred_at: "2026-01-10T10:00", kind: ACCOUNT_CREATED}
when:
  - {at: "2026-01-11T10:00", channel: EMAIL, expect: {PROMOTIONAL: allow}}
`

func TestTestCommand(t *testing.T) {
	if got := execute(t, "test", write(t, "s.yaml", passing)); got != (outcome{exitDone, "1 passed, 0 failed\n", ""}) {
		t.Errorf("passing: %+v", got)
	}
	got := execute(t, "test", write(t, "s.yaml", passing+failing))
	if got.code != exitNo || got.stderr != "" || !strings.HasSuffix(got.stdout, "\n1 passed, 1 failed\n") {
		t.Errorf("failing: %+v", got)
	}
	for _, want := range []string{"FAIL bad Expects too much", "at 2026-01-11 10:00 +01:00 EMAIL PROMOTIONAL", "expected   allow", "got        deny NO_PURCHASE", "rule       R"} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("a failing decision does not tell %q:\n%s", want, got.stdout)
		}
	}
	good, broken := write(t, "good.yaml", passing), write(t, "broken.yaml", "id: x\nwhen: 3\n")
	if got := execute(t, "test", good, broken); got.code != exitWrong || got.stdout != "" || !strings.Contains(got.stderr, broken+":2: when: expected a list, found 3") {
		t.Errorf("broken: %+v", got)
	}
}

// For programs: each scenario with what failed in it.
func TestTestCommandAsJSON(t *testing.T) {
	file := write(t, "s.yaml", passing+failing)
	got := execute(t, "test", file, "--output", "json")
	var report scenario.Report
	if err := json.Unmarshal([]byte(got.stdout), &report); err != nil || got.code != exitNo || got.stderr != "" {
		t.Fatalf("%v: %+v", err, got)
	}
	if report.Passed != 1 || report.Failed != 1 || len(report.Scenarios) != 2 {
		t.Fatalf("%+v", report)
	}
	good, bad := report.Scenarios[0], report.Scenarios[1]
	if good.ID != "good" || !good.Passed || good.Failures == nil || len(good.Failures) != 0 {
		t.Errorf("%+v", good)
	}
	if bad.ID != "bad" || bad.Passed || bad.File != file || bad.Line != 7 || len(bad.Failures) != 1 {
		t.Fatalf("%+v", bad)
	}
	if f := bad.Failures[0]; f.Line != 12 || f.Expected != "allow" || f.Got != "deny NO_PURCHASE" || len(f.Explanation) == 0 {
		t.Errorf("%+v", f)
	}
}

// The whole suite, as somebody who owns the rules runs it.
func TestTestCommandOnTheSuite(t *testing.T) {
	got := execute(t, "test", "../../processor/scenario/testdata/scenarios")
	if got.code != exitDone || !strings.HasSuffix(got.stdout, " passed, 0 failed\n") {
		t.Errorf("exit %d: %s%s", got.code, got.stdout, got.stderr)
	}
}
