package state

// ClickKind is what the person did, or what was sent to them.
type ClickKind uint8

// The values of ClickKind.
const (
	ClickUnknown ClickKind = iota
	ClickClick
	ClickOpen
	ClickVisit
	ClickLogin
	ClickSent
	ClickBounced
)

var clickKindSymbols = [...]string{
	"UNKNOWN",
	"CLICK",
	"OPEN",
	"VISIT",
	"LOGIN",
	"SENT",
	"BOUNCED",
}

// String returns the symbol used in records.
func (v ClickKind) String() string { return symbol(clickKindSymbols[:], int(v)) }

// ParseClickKind returns the value of a symbol, and false for one it does not know.
func ParseClickKind(s string) (ClickKind, bool) {
	i, ok := parse(clickKindSymbols[:], s)
	return ClickKind(i), ok
}

// ClickKindSymbols lists the symbols in the order of their values.
func ClickKindSymbols() []string { return append([]string(nil), clickKindSymbols[:]...) }

// ClickTarget is what was clicked.
type ClickTarget uint8

// The values of ClickTarget.
const (
	TargetContent ClickTarget = iota
	TargetUnsubscribe
	TargetService
	TargetKeepMe
)

var clickTargetSymbols = [...]string{
	"CONTENT",
	"UNSUBSCRIBE",
	"SERVICE",
	"KEEP_ME",
}

// String returns the symbol used in records.
func (v ClickTarget) String() string { return symbol(clickTargetSymbols[:], int(v)) }

// ParseClickTarget returns the value of a symbol, and false for one it does not know.
func ParseClickTarget(s string) (ClickTarget, bool) {
	i, ok := parse(clickTargetSymbols[:], s)
	return ClickTarget(i), ok
}

// ClickTargetSymbols lists the symbols in the order of their values.
func ClickTargetSymbols() []string { return append([]string(nil), clickTargetSymbols[:]...) }

// Actor is who clicked (R55).
type Actor uint8

// The values of Actor.
const (
	ActorUnknown Actor = iota
	ActorHuman
	ActorMachine
)

var actorSymbols = [...]string{
	"UNKNOWN",
	"HUMAN",
	"MACHINE",
}

// String returns the symbol used in records.
func (v Actor) String() string { return symbol(actorSymbols[:], int(v)) }

// ParseActor returns the value of a symbol, and false for one it does not know.
func ParseActor(s string) (Actor, bool) { i, ok := parse(actorSymbols[:], s); return Actor(i), ok }

// ActorSymbols lists the symbols in the order of their values.
func ActorSymbols() []string { return append([]string(nil), actorSymbols[:]...) }
