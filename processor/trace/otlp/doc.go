// Package otlp sends what steps tell about traced records to an OpenTelemetry
// collector, as protobuf over HTTP.
//
// A record's span is a child of its producer's and tells when the record was
// taken, when what follows from it was committed, and how that ended. The
// transaction in which it was is a trace of its own, because it has many causes
// and a span has one parent; the two link to each other.
//
// A collector that is away or slow costs spans and nothing else. What waits is
// bounded, tasks never wait for it, and what is lost is counted. The messages
// are built here and not by OpenTelemetry's SDK: a span of a record must have
// the id that went out with what the record caused, its queue does not tell what
// it drops, and its exporter brings gRPC into the program.
package otlp
