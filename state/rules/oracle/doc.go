// Package oracle judges eligibility a second time, slowly and naively, so that
// tests can compare it with package rules.
//
// It was written from the text of the rules alone, by another hand, and shares
// no code with package rules but the vocabulary of questions and settings. It
// reads the whole uncompacted list of facts for every verdict, caches nothing
// and knows no deadlines: when a verdict changes is found by asking again at
// every instant at which anything could. Two readings of one text rarely share
// a mistake, so every disagreement is a fault of one of them or of the text.
//
// Nothing but tests may import it.
package oracle
