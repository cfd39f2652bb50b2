package rules

import "consentstream/state"

// Question asks for one verdict at the instant of hand-off.
type Question struct {
	Kind    state.MessageKind
	Channel state.Channel
	Address string // "" = the contact's only one
	Brand   string // "" = the controller's own name
	Family  string // "" = any family
	// OrderRef names the order of a review request; "" = any that is due.
	OrderRef string
	// Incentive marks a review request that promises something (R9).
	Incentive bool
	// PromotionalContent marks a service message with a promotional block (R8).
	PromotionalContent bool
	// Unprofessional marks a B2B message unrelated to the person's job (R30).
	Unprofessional bool
}

// Verdict is the answer to a Question, or one row of the standing eligibility.
type Verdict struct {
	Kind    state.MessageKind
	Channel state.Channel
	Address string
	Brand   string

	Applicable   bool // false: the kind has no meaning on the channel (n/a)
	Allowed      bool // law and company policy
	AllowedByLaw bool
	Basis        state.Basis
	Reason       state.Reason
	Rules        []uint8  // rule numbers, 23 for R23; shared, never changed
	Families     []string // what a soft opt-in covers, ["*"] = all; shared
	// Evidence are positions in Contact.Facts of the facts it rests on.
	Evidence []int32
	// Until is the first later instant at which this verdict changes with no
	// new fact; state.Never when time alone never changes it.
	Until state.Instant
}

// Retention is where the contact stands on the retention clock.
type Retention struct {
	// Known is false when no clock runs: nothing known, or all wiped.
	Known bool
	// ExpiresAt is E (R42), state.Never while a contract runs.
	ExpiresAt state.Instant
	// WarnAt is the start of the warning window before ExpiresAt.
	WarnAt state.Instant
	// AnchorAt and Anchor are the last contact and its position in
	// Contact.Facts, -1 when E counts from the earliest fact of no contact.
	AnchorAt state.Instant
	Anchor   int
	// EpochAt is the instant of the fact that opened the current epoch.
	EpochAt state.Instant
}

// Decision is the standing eligibility of a contact at an instant.
type Decision struct {
	PolicyVersion string
	// Verdicts are ordered by (Address, Brand, Channel, Kind); no n/a rows.
	Verdicts  []Verdict
	Retention Retention
	// Next is the next instant at which any part of the decision changes
	// with no new fact; state.Never when there is none.
	Next state.Instant
}
