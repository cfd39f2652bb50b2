package rules

import "consentstream/state"

// Rule is one of the 65 rules, with where it comes from.
type Rule struct {
	Number int
	Title  string
	Source string
}

// RuleByNumber returns a rule; the zero Rule for a number outside 1..65.
func RuleByNumber(n int) Rule { return Rule{Number: n} }

// ReasonText tells what a reason means and what would change it.
func ReasonText(r state.Reason) (meaning, whatWouldChangeIt string) { return r.String(), "" }

func rulesOf(kind state.MessageKind, reason state.Reason) []uint8 { return nil }
