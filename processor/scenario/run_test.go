package scenario_test

import (
	"context"
	"strings"
	"testing"

	"consentstream/processor/scenario"
)

// client is a scenario of a client whose answers are as stated below.
const client = `id: t1
name: A client
given:
  - purchases: {occurred_at: "2026-01-20T10:00", kind: ORDERED, order_ref: "O1", notice: {channels: [EMAIL], purposes: [PROMOTIONAL], opt_out_offered: true, text_version: v1, proof_ref: form-1}}
  - unsubscribes: {occurred_at: "2026-02-01T10:00", kind: UNSUBSCRIBE, method: LINK}
`

func runOne(t *testing.T, text string) scenario.Result {
	t.Helper()
	all, err := scenario.Parse("s.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return all[0].Run()
}

func write(t *testing.T, results ...scenario.Result) string {
	t.Helper()
	var text strings.Builder
	if err := scenario.Write(&text, results); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func TestAFailingDecisionIsExplained(t *testing.T) {
	r := runOne(t, client+`when:
  - {at: "2026-01-21T10:00", channel: EMAIL, expect: {PROMOTIONAL: allow SOFT_OPTIN}}
  - {at: "2026-02-02T10:00", channel: EMAIL, expect: {PROMOTIONAL: allow, NEWSLETTER: deny EXPIRED}}
`)
	if len(r.Failures) != 2 {
		t.Fatalf("got %d failures, want 2", len(r.Failures))
	}
	text := write(t, r)
	for _, want := range []string{
		"FAIL t1 A client\n", "s.yaml:8 at 2026-02-02 10:00 +01:00 EMAIL PROMOTIONAL\n",
		"expected   allow\n", "got        deny OBJECTED\n", "expected   deny EXPIRED\n",
		"because    2026-02-01 10:00 +01:00: UNSUBSCRIBE", "unsubscribes #2",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("does not say %q:\n%s", want, text)
		}
	}
	if !strings.HasSuffix(text, "\n0 passed, 1 failed\n") {
		t.Errorf("the last line is not the count:\n%s", text)
	}
}

func TestADifferentPublicationIsExplained(t *testing.T) {
	for name, c := range map[string]struct{ publishes, want string }{
		"one missing":  {"publishes:\n  - {eligibility: {EMAIL/PROMOTIONAL: allow}}\n", "expected   nothing more"},
		"one too many": {"publishes:\n  - {eligibility: {}}\n  - {eligibility: {}}\n  - {retention: EXPIRED}\n", "got        nothing more"},
		"another row":  {"publishes:\n  - {eligibility: {EMAIL/PROMOTIONAL: deny}}\n  - {eligibility: {}}\n", "EMAIL/PROMOTIONAL: expected deny, got allow SOFT_OPTIN"},
		"another kind": {"publishes:\n  - {retention: WARNING}\n  - {eligibility: {}}\n", "record: expected retention, got eligibility"},
		"another time": {"publishes:\n  - {eligibility: {}}\n  - {eligibility: {}, effective_at: \"2026-02-01T11:00\"}\n", "effective_at: expected 2026-02-01T10:00:00.000Z, got 2026-02-01T09:00:00.000Z"},
		"no such row":  {"publishes:\n  - {eligibility: {PHONE/NEWSLETTER: deny}}\n  - {eligibility: {}}\n", "got no such row"},
	} {
		t.Run(name, func(t *testing.T) {
			r := runOne(t, client+"when: [{at: \"2026-02-02T10:00\"}]\n"+c.publishes)
			if text := write(t, r); len(r.Failures) != 1 || !strings.Contains(text, c.want) {
				t.Errorf("want %q in:\n%s", c.want, text)
			}
		})
	}
}

func TestPublishesIsFreeWhereItIsSilent(t *testing.T) {
	r := runOne(t, client+"when: [{at: \"2026-02-02T10:00\"}]\npublishes: [{eligibility: {}}, {eligibility: {EMAIL/PROMOTIONAL: deny OBJECTED, PHONE/NEWSLETTER: n/a}}]\n")
	if len(r.Failures) != 0 {
		t.Error(write(t, r))
	}
}

func TestWithoutPublishesNothingIsCompared(t *testing.T) {
	if r := runOne(t, client+"when: [{at: \"2026-02-02T10:00\"}]\n"); len(r.Failures) != 0 {
		t.Error(write(t, r))
	}
}

func TestRunAllKeepsTheOrderAndStopsWhenAsked(t *testing.T) {
	all := load(t)
	for i, r := range scenario.RunAll(t.Context(), all, 8) {
		if r.Scenario != all[i] {
			t.Fatalf("result %d is of another scenario", i)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	passed, failed := scenario.Count(scenario.RunAll(ctx, all, 8))
	if passed+failed != 0 {
		t.Errorf("%d scenarios ran after the interruption", passed+failed)
	}
}
