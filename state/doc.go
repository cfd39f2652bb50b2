// Package state holds what is known about one contact of one controller: its
// facts, how a further fact is folded in, and what was last published.
//
// The package is pure. It imports the standard library only and knows no
// clock, disk, network or log: an instant is always an argument, an effect is
// always a returned value. An import test enforces it.
//
// The state of one (controller, contact) is a set of facts. Folding is set
// union keyed by the event id, so the order of arrival, the interleaving of
// topics and duplicates have no effect (fold.go, conflict.go).
//
// # Bound
//
// Facts are kept as they came until they pass SoftLimit bytes. From then on the
// contact is compacted and never passes HardLimit (compact.go). What a decision
// needs of a fact decides what becomes of it (class.go, parts.go):
//
//	merged, first to last    negatives, by everything in them that a rule reads
//	merged, runs             what resets the retention clock, by the right it does so;
//	                         a run ends where a year without one begins
//	merged, first to last    what resets nothing, since it may be the first fact known
//	merged, the newest       consumer or business (of each), time zone
//	the newest 16            sales; cancellations, ends and deliveries; lost proofs;
//	                         requests for a review; unreadable negatives, releases
//	the newest 8             notices and answers YES; welcomes and newsletters sent
//	the newest 4             calls
//	the newest               warnings and confirmations sent
//
// Numbers count facts that are alike: of one address, brand and product family,
// of one form of notice and answers, of one size (alike.go). Of a retraction
// that is dropped its instant is kept: what is no newer counts as taken back. Where a
// contact needs more room the numbers are halved, down to one; then it keeps
// its most recent addresses only; then nothing that permits marketing. Contact.Level
// tells which. Negatives are never given up: where even they have no room they
// become one that denies all marketing and that nothing lifts.
//
// Within these numbers no decision differs from that over all facts. Beyond
// them (Contact.Saturated) decisions may be stricter, never laxer. Where facts
// from before and after a wipe were merged and nothing has reset the clock
// since, it counts from the wipe itself. A conflict over an id that was merged
// or dropped cannot be seen, and Horizon is the newest record that was. Tests
// compare with contacts that keep everything.
//
// # Memory
//
// Callers own the slices they pass in. Fold never changes the Contact it is
// given; it returns a new one that may share bodies of facts with it, which
// nobody writes to.
package state
