// Package scenario runs scenario files: what is known about a contact, what is
// asked, and which answer is right, in YAML that the owners of the rules read
// and write without a programmer.
//
// A file holds one scenario in each document:
//
//	id: own-001
//	name: A ticked box opens the newsletter
//	rules: [R19, R22]
//	policy: {unsubscribe_confirmation: true}
//	given:
//	  - signups: {occurred_at: "2026-01-10T10:00", kind: FORM, answers: [...]}
//	when:
//	  - {at: "2026-01-11T10:00", channel: EMAIL, expect: {NEWSLETTER: allow CONSENT}}
//	publishes:
//	  - {eligibility: {EMAIL/NEWSLETTER: allow}}
//	  - {retention: EXPIRED, action: PURGE, due_at: "2029-01-10T00:00"}
//
// given are records of the input topics; contact_id, event_id and controller
// may be left out. when are point checks; an entry with nothing but at moves
// the clock. publishes, where it stands, is the whole of what is published up
// to the last at, in order; what an entry does not name is free.
//
// Parsing is strict: every fault is an error with file, line and what was
// expected. Facts go through the same fold, decisions and transitions as live
// ones, on a virtual clock.
package scenario
