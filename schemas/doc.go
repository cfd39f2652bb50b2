// Package schemas turns bytes into facts and published records into bytes.
//
// The six .avsc files beside this file are the contract with the systems
// around; they are embedded, and goavro defines what bytes they mean. The
// functions on the hot path are written by hand and are held to goavro's bytes
// by tests. All checks of what comes in are made here, once: enum positions,
// logical types, required fields, impossible timestamps, empty ids, lengths.
// A record that fails one is a RecordError that names the record and the
// field and never a value.
//
// Four ways in (Decoder for Kafka values, OCFReader for Avro container files,
// JSON for lines, FactFromMap for scenario files) end in the same decoder of
// the current schemas and so in the same checks.
//
// What the rest of the program cannot know any more is settled here: a kind of
// unsubscribe from a later schema becomes an objection on all channels, an
// unknown method with no channels means all channels, and of a signup of an
// unknown kind only the refusals are left. The UNKNOWN channels and purposes
// stay in the sets, since only the rules know whether they widen or narrow.
//
// The strings of a decoded Record alias the bytes it was decoded from. A
// caller that keeps the Record longer than those bytes takes a Clone.
package schemas
