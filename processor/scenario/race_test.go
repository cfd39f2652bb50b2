//go:build race

package scenario_test

// raced tells that the race detector runs, which makes everything slow.
const raced = true
