package state

// UnsubscribeKind is a negative.
type UnsubscribeKind uint8

// The values of UnsubscribeKind.
const (
	UnsubscribeUnsubscribe UnsubscribeKind = iota
	UnsubscribeObjection
	UnsubscribeComplaint
	UnsubscribeErasure
	UnsubscribeRestriction
	UnsubscribeDeceased
	UnsubscribeProofLost
	UnsubscribePurged
	UnsubscribeBloctel
)

var unsubscribeKindSymbols = [...]string{
	"UNSUBSCRIBE",
	"OBJECTION",
	"COMPLAINT",
	"ERASURE",
	"RESTRICTION",
	"DECEASED",
	"PROOF_LOST",
	"PURGED",
	"BLOCTEL",
}

// String returns the symbol used in records.
func (v UnsubscribeKind) String() string { return symbol(unsubscribeKindSymbols[:], int(v)) }

// ParseUnsubscribeKind returns the value of a symbol, and false for one it does not know.
func ParseUnsubscribeKind(s string) (UnsubscribeKind, bool) {
	i, ok := parse(unsubscribeKindSymbols[:], s)
	return UnsubscribeKind(i), ok
}

// UnsubscribeKindSymbols lists the symbols in the order of their values.
func UnsubscribeKindSymbols() []string { return append([]string(nil), unsubscribeKindSymbols[:]...) }

// Method is how a negative was expressed.
type Method uint8

// The values of Method.
const (
	MethodOneClick Method = iota
	MethodLink
	MethodPreferenceCentre
	MethodReply
	MethodSMSStop
	MethodLetter
	MethodOral
	MethodSpamButton
	MethodAuthority
	MethodOther
)

var methodSymbols = [...]string{
	"ONE_CLICK",
	"LINK",
	"PREFERENCE_CENTRE",
	"REPLY",
	"SMS_STOP",
	"LETTER",
	"ORAL",
	"SPAM_BUTTON",
	"AUTHORITY",
	"OTHER",
}

// String returns the symbol used in records.
func (v Method) String() string { return symbol(methodSymbols[:], int(v)) }

// ParseMethod returns the value of a symbol, and false for one it does not know.
func ParseMethod(s string) (Method, bool) { i, ok := parse(methodSymbols[:], s); return Method(i), ok }

// MethodSymbols lists the symbols in the order of their values.
func MethodSymbols() []string { return append([]string(nil), methodSymbols[:]...) }
