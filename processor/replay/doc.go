// Package replay reads archives of events and puts them in order.
//
// Archives are Avro object container files and JSON lines, packed by gzip or
// not, single files or folders of them. A replay takes facts one at a time,
// ordered by (recorded_at, topic, event_id), while archives are ordered by
// whatever order they were written in, each topic by itself. So Open reads
// everything once, sorts in bounded memory, and spools sorted runs to disk
// where memory does not suffice; Next then merges them.
//
// What cannot be read is never silently left out. A file that is damaged as a
// whole ends the reading, because what it lost may be a refusal. A single
// record that cannot be used is reported and counted, and the reading goes on;
// on unsubscribes it denies all marketing to the contacts that it could be
// about, where their id can be read.
//
// The spool holds personal data. It is one file that is deleted as soon as it
// is open, so that nothing of it outlives the process.
package replay
