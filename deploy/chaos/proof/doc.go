// Package proof makes a load whose faults are known, and judges what a group of
// instances has published about it.
//
// The judge shares nothing with what it judges but the definition of a fact and
// of a verdict: it reads with another client (franz-go, read_committed), folds
// all inputs in one thread and in memory, and knows no offsets, transactions or
// stores. It finds the bad inputs by a header that the load gives them.
package proof
