// Package avro holds the part of Avro that goavro leaves to its callers: a
// model of schemas, their parsing canonical form and fingerprint, the
// resolution of a writer's schema to a reader's, the check that one can be
// read by the other, and a bounded walk over encoded bytes.
//
// It knows nothing of the records of this product. Schemas that refer to
// themselves are refused, so that no input can make a decoder recurse deeper
// than its schema.
package avro
