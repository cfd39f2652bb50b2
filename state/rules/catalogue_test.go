package rules_test

import (
	"testing"

	"consentstream/state"
	"consentstream/state/rules"
)

func TestEveryRuleHasATitleAndASource(t *testing.T) {
	seen := map[string]int{}
	for n := 1; n <= 65; n++ {
		r := rules.RuleByNumber(n)
		if r.Number != n || r.Title == "" || r.Source == "" {
			t.Errorf("R%d: %+v", n, r)
		}
		if other, twice := seen[r.Title]; twice {
			t.Errorf("R%d and R%d say the same", n, other)
		}
		seen[r.Title] = n
	}
	for _, n := range []int{-1, 0, 66} {
		if r := rules.RuleByNumber(n); r != (rules.Rule{}) {
			t.Errorf("R%d: %+v", n, r)
		}
	}
}

// explain tells every reason, and what would change it wherever something can.
func TestEveryReasonIsExplained(t *testing.T) {
	final := map[string]bool{"NONE": true, "ERASED": true, "ALREADY_OPTED_IN": true}
	for _, symbol := range state.ReasonSymbols() {
		reason, _ := state.ParseReason(symbol)
		meaning, change := rules.ReasonText(reason)
		if meaning == "" || (change == "") != final[symbol] {
			t.Errorf("%s: %q, %q", symbol, meaning, change)
		}
	}
	if meaning, change := rules.ReasonText(200); meaning != "" || change != "" {
		t.Errorf("a reason that does not exist: %q, %q", meaning, change)
	}
}

func TestPacesHaveNames(t *testing.T) {
	if rules.PaceAccelerate.String() != "ACCELERATE" || rules.PaceHold.String() != "HOLD" || rules.Pace(4).String() != "INVALID" {
		t.Error("names")
	}
}
