// Package store keeps the state of tasks on local disk, in Pebble.
//
// A Store is one directory of one instance. It holds, for each task (one
// partition), the states of its contacts, the timers that say when a contact
// must be looked at again, positions (offsets) and small metadata. Keys and
// values are opaque bytes here; what they mean is the caller's business.
//
// What a caller can rely on:
//
//   - Apply is atomic: of one batch, the states, timers, positions and
//     metadata are all there after a crash, or none of them is.
//   - Without sync, a crash may lose the last batches, always a suffix of
//     them: no batch survives that is newer than a lost one. The positions
//     inside a batch tell what has to be brought forward from the changelog.
//   - Open writes nothing into a directory that it refuses.
//
// What a caller must do: stop using a Store before closing it; use a Batch and
// a Reader from one goroutine at a time; apply batches of one partition from
// one goroutine at a time. Everything else may run concurrently.
//
// Stored bytes are personal data. The package logs sizes, counts and
// durations, never a key or a value.
package store
