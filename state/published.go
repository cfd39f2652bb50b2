package state

// EligibilityChanged is one record of the topic eligibility-changed: the whole
// standing eligibility of one contact, plus what moved.
type EligibilityChanged struct {
	EventID string
	Key     Key
	// Sequence counts the published changes of this contact, +1 each, no gap.
	Sequence           int64
	EffectiveAt        Instant // of the fact or the deadline that changed it
	DecidedAt          Instant
	Cause              Cause
	PolicyVersion      string
	Evidence           []Evidence
	Verdicts           []PublishedVerdict
	Changed            []VerdictChange
	RetentionExpiresAt Instant // Never while a contract runs
}

// Cause is what made a change. Topic, Partition and Offset are set for facts
// that came over Kafka.
type Cause struct {
	Kind      CauseKind
	EventID   string // "" = none
	Topic     string // "" = none
	Partition int32  // -1 = none
	Offset    int64  // -1 = none
}

// Evidence names one fact that verdicts rest on.
type Evidence struct {
	EventID string
	Topic   string
	Source  string
}

// PublishedVerdict is one row with what a reader needs to check it.
type PublishedVerdict struct {
	Row
	Rules    []uint8 // rule numbers, 23 for R23
	Evidence []int32 // positions in the record's Evidence
}

// VerdictChange is a row that moved.
type VerdictChange struct {
	Kind      MessageKind
	Channel   Channel
	Address   string
	Brand     string
	Before    bool
	HasBefore bool // false = a new row
	After     bool
}

// RetentionExpiry is one record of the topic retention-expiry.
type RetentionExpiry struct {
	EventID            string
	Key                Key
	Sequence           int64 // its own counter per contact and controller
	PolicyVersion      string
	Stage              RetentionStage
	Action             RetentionAction
	DueAt              Instant
	EmittedAt          Instant
	LastContactAt      Instant // Unset = none
	LastContactEventID string  // "" = none
	ArchiveUntil       Instant // Unset = nothing is archived
	Keep               []Keep
}

// Keep is one thing that outlives a purge.
type Keep struct {
	What  KeepWhat
	Until Instant // Never = no end
}
