// Package processor turns records into published changes.
//
// A Judge looks at one contact and says what must be published (contact.go). A
// Step is one whole transition of a task as data: states, timers, positions,
// records and offsets (step.go). A Task takes over a partition, computes steps,
// commits each in one Kafka transaction and then applies it to the store
// (task.go). Driver and Replay run the same Judge on a virtual clock, without
// Kafka.
//
// What the caller must keep: a step is applied to the store only after its
// transaction committed, and everything that was computed on top of a failed
// step is dropped.
package processor
