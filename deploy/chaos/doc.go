// Command chaos shows that consentstream publishes exactly once whatever
// happens to it: three real Kafka nodes, several instances of the built
// program, a load with duplicates, late, misrouted and unreadable records and
// shared addresses, and faults at times drawn from a seed. When the faults are
// over and everything is read, an independent reader judges what was published
// (package proof).
//
// The same seed gives the same load and the same schedule. What the machine
// makes of it differs from run to run, as it does in production; a run that
// fails leaves its folder with all logs, states and Kafka's data.
package main
