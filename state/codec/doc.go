// Package codec turns contacts and single facts into bytes and back.
//
// The format is binary: one version byte, then varints, bit sets and strings
// with their length in front. It is made for a store that reads and writes a
// contact for every event, so decoding allocates nothing once an Arena is warm
// and the timer of a contact can be read without decoding the rest.
//
// Strings of a decoded value point into the bytes they were decoded from. Who
// decodes must keep those bytes unchanged for as long as the value is used, or
// decode a copy of them.
//
// Bytes of unknown origin are safe to decode: every length is checked against
// the bytes that remain before memory is taken, and what is wrong is told with
// the offset at which it was found.
//
// A format version, once released, is readable for ever; testdata holds bytes
// of each.
package codec
