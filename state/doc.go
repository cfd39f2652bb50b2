// Package state holds what is known about one contact of one controller: its
// facts, how a further fact is folded in, and what was last published.
//
// The package is pure. It imports the standard library only and knows no
// clock, disk, network or log: an instant is always an argument, an effect is
// always a returned value. An import test enforces it.
//
// The state of one (controller, contact) is a set of facts. Folding is set
// union keyed by the event id, so the order of arrival, the interleaving of
// topics and duplicates have no effect. Facts are kept as they came until they
// pass SoftLimit bytes; from then on they are merged by class, and the state
// never passes HardLimit (see compact.go).
//
// Callers own the slices they pass in. Fold never changes the Contact it is
// given; it returns a new one that may share unchanged facts with it.
package state
