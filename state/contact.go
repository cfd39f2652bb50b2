package state

// Contact is everything known about one contact of one controller, and what
// was last published about it. The zero value is a contact nobody knows.
type Contact struct {
	// Facts, ordered by (OccurredAt, ID); the package comment tells what
	// a fact with an earlier Since stands for.
	Facts []Fact

	// Overruled are negatives that lost against an earlier, different record
	// with the same id; they come into force if that record loses in turn.
	Overruled []Fact

	// Uses are the addresses that facts of this contact name, ordered by
	// address key, with what the owner of the address answered (R41).
	Uses []AddressUse

	// Horizon is the newest RecordedAt among facts that were merged or
	// dropped, Unset when there is none. Decisions with t and k at or after
	// it are exact.
	Horizon Instant
	// Compacted tells that the facts have passed SoftLimit once.
	Compacted bool
	// Level tells how far the limits on facts held singly were lowered, 0 = not.
	Level uint8
	// Saturated tells that limits dropped more than merging could keep:
	// decisions may be stricter than over all facts, never laxer.
	Saturated bool
	// YesDropped tells that an answer YES was among what was dropped: it is
	// not known what the contact has consented to, only what it surely has.
	YesDropped bool
	// ClockUnsure tells that something was dropped that may have kept the
	// retention clock running: over all facts E may be later.
	ClockUnsure bool
	// Retracted are the newest instants of retractions that were dropped:
	// orders or proofs at or before them count as taken back.
	Retracted Retracted
	// GivenUp are addresses whose facts were dropped; marketing on them is
	// denied. AllOthers stands for every address that is not among Uses.
	GivenUp []string

	Published Published

	// Timer is the instant at which this contact must be looked at again
	// with no new fact; Never when there is none.
	Timer Instant
}

// AddressUse is an address that the contact uses.
type AddressUse struct {
	Address string
	// Answered tells that the owner of the address has answered with the
	// negatives it knows; until then marketing on it is denied.
	Answered bool
	// Crowded tells that so many contacts use the address that new uses are
	// denied at once.
	Crowded bool
}

// Retracted holds, for retractions that were dropped, the newest instant; Unset = none.
type Retracted struct {
	Cancelled Instant // orders and contracts at or before it count as cancelled
	ProofLost Instant // proofs at or before it count as lost
	Delivered Instant // orders at or before it count as performed after an erasure
	Asked     Instant // orders at or before it count as asked for a review
}

// AllOthers in Contact.GivenUp stands for every address that is not among Uses.
const AllOthers = "*"

// Published is what was last published about the contact.
type Published struct {
	Sequence  int64   // of eligibility-changed; 0 = nothing yet
	DecidedAt Instant // of the last decision that was published
	Rows      []Row   // ordered by (Address, Brand, Channel, Kind)
	Steady    Steady  // of the last decision, whether published or not
	Retention PublishedRetention
}

// Row is one row of the published map (kind, channel, address, brand) ->
// (allowed, allowed by law, basis, reason, families), and its until.
type Row struct {
	Kind         MessageKind
	Channel      Channel
	Address      string
	Brand        string
	Allowed      bool
	AllowedByLaw bool
	Basis        Basis
	Reason       Reason
	Families     []string // what a soft opt-in covers, ["*"] = all
	Until        Instant  // Never = does not change by time alone
}

// PublishedRetention is what was last published on retention-expiry.
type PublishedRetention struct {
	Sequence int64
	// WarnedFor is the expiry instant whose WARNING was published; Unset = none.
	WarnedFor Instant
	// Expired is the due instant of an announced EXPIRED that was neither
	// taken back nor acknowledged; Unset = none.
	Expired Instant
}

// NewContact returns a contact nobody knows, with every instant unset.
func NewContact() Contact {
	return Contact{
		Horizon:   Unset,
		Retracted: Retracted{Cancelled: Unset, ProofLost: Unset, Delivered: Unset, Asked: Unset},
		Published: Published{DecidedAt: Unset, Retention: PublishedRetention{WarnedFor: Unset, Expired: Unset}},
		Timer:     Never,
	}
}
