package schemas

import (
	"bytes"

	"consentstream/state"
)

// Limits of the contract, strings in bytes of UTF-8.
const (
	MaxContact = 256 // contact_id
	MaxRef     = 128 // event_id, address_key, order_ref, proof_ref, source, url
	MaxName    = 64  // controller, brand, family, text_version
	MaxItems   = 32  // of any array of an input

	// MaxFree bounds the strings for which the contract states no limit
	// (campaign_id, submission_id, language, currency, time_zone): a contact's
	// state is bounded, so everything that it may hold must be.
	MaxFree = 128
)

// Bounds of an instant that can be true.
const (
	// MinInstant is 1970-04-26T17:46:40Z. What lies before is a number of
	// seconds taken for milliseconds, or no instant at all: as milliseconds,
	// every count of seconds up to the year 2286 is less.
	MinInstant state.Instant = 10_000_000_000
	// MaxInstant is the last instant that RFC 3339 can write, of the year
	// 9999. What lies after is a number of microseconds or nanoseconds. A fact
	// from the nearer future is no error here: it is held by the rules.
	MaxInstant state.Instant = 253402300799999
)

// Plausible tells whether an instant can be true.
func Plausible(i state.Instant) bool { return i >= MinInstant && i <= MaxInstant }

// CheckKey compares the key of a Kafka record with the contact it names: nil
// when they agree or there is no key. The error is a *RecordError of
// FaultKey.
func CheckKey(key []byte, contact string) error {
	if len(key) == 0 || bytes.Equal(key, []byte(contact)) {
		return nil
	}
	return &RecordError{Field: "contact_id", Reason: "the record key names another contact", Fault: FaultKey}
}
