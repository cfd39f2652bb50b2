package state

// CauseKind is what made a change.
type CauseKind uint8

// The values of CauseKind.
const (
	CauseUnknown CauseKind = iota
	CauseEvent
	CauseDeadline
	CausePolicy
	CauseReplay
)

var causeKindSymbols = [...]string{
	"UNKNOWN",
	"EVENT",
	"DEADLINE",
	"POLICY",
	"REPLAY",
}

// String returns the symbol used in records.
func (v CauseKind) String() string { return symbol(causeKindSymbols[:], int(v)) }

// ParseCauseKind returns the value of a symbol, and false for one it does not know.
func ParseCauseKind(s string) (CauseKind, bool) {
	i, ok := parse(causeKindSymbols[:], s)
	return CauseKind(i), ok
}

// CauseKindSymbols lists the symbols in the order of their values.
func CauseKindSymbols() []string { return append([]string(nil), causeKindSymbols[:]...) }

// RetentionStage is a stage of the retention clock.
type RetentionStage uint8

// The values of RetentionStage.
const (
	StageUnknown RetentionStage = iota
	StageWarning
	StageExpired
	StageArchiveExpired
	StageErasure
	StageRescinded
)

var retentionStageSymbols = [...]string{
	"UNKNOWN",
	"WARNING",
	"EXPIRED",
	"ARCHIVE_EXPIRED",
	"ERASURE",
	"RESCINDED",
}

// String returns the symbol used in records.
func (v RetentionStage) String() string { return symbol(retentionStageSymbols[:], int(v)) }

// ParseRetentionStage returns the value of a symbol, and false for one it does not know.
func ParseRetentionStage(s string) (RetentionStage, bool) {
	i, ok := parse(retentionStageSymbols[:], s)
	return RetentionStage(i), ok
}

// RetentionStageSymbols lists the symbols in the order of their values.
func RetentionStageSymbols() []string { return append([]string(nil), retentionStageSymbols[:]...) }

// RetentionAction is what a purge system is asked to do.
type RetentionAction uint8

// The values of RetentionAction.
const (
	ActionNone RetentionAction = iota
	ActionWarn
	ActionPurge
	ActionArchiveThenPurge
)

var retentionActionSymbols = [...]string{
	"NONE",
	"WARN",
	"PURGE",
	"ARCHIVE_THEN_PURGE",
}

// String returns the symbol used in records.
func (v RetentionAction) String() string { return symbol(retentionActionSymbols[:], int(v)) }

// ParseRetentionAction returns the value of a symbol, and false for one it does not know.
func ParseRetentionAction(s string) (RetentionAction, bool) {
	i, ok := parse(retentionActionSymbols[:], s)
	return RetentionAction(i), ok
}

// RetentionActionSymbols lists the symbols in the order of their values.
func RetentionActionSymbols() []string { return append([]string(nil), retentionActionSymbols[:]...) }

// KeepWhat is what outlives a purge (R47, R48).
type KeepWhat uint8

// The values of KeepWhat.
const (
	KeepUnknown KeepWhat = iota
	KeepSuppression
	KeepAccounting
	KeepContract
	KeepProof
)

var keepWhatSymbols = [...]string{
	"UNKNOWN",
	"SUPPRESSION",
	"ACCOUNTING",
	"CONTRACT",
	"PROOF",
}

// String returns the symbol used in records.
func (v KeepWhat) String() string { return symbol(keepWhatSymbols[:], int(v)) }

// ParseKeepWhat returns the value of a symbol, and false for one it does not know.
func ParseKeepWhat(s string) (KeepWhat, bool) {
	i, ok := parse(keepWhatSymbols[:], s)
	return KeepWhat(i), ok
}

// KeepWhatSymbols lists the symbols in the order of their values.
func KeepWhatSymbols() []string { return append([]string(nil), keepWhatSymbols[:]...) }
