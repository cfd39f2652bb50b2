// Package check answers the point check: may this contact be sent this
// message, at this instant, and why?
//
// A Query names the contact, the instants and the messages; Answer decides
// about what is known of the contact and returns a Report, whose JSON form is
// the same on the command line (decide, explain) and over HTTP (Handler,
// Client). Fields may be added to that form, never renamed or removed.
//
// A standing eligibility leaves out what only the hand-off instant knows. The
// point check applies it: hours, call frequency, family, order, incentive.
package check
