package state

// SignupKind is how the person came into contact.
type SignupKind uint8

// The values of SignupKind.
const (
	SignupUnknown SignupKind = iota
	SignupCollected
	SignupAccountCreated
	SignupForm
	SignupInquiry
	SignupAlertRequested
	SignupLoyaltyJoined
	SignupAddressChanged
)

var signupKindSymbols = [...]string{
	"UNKNOWN",
	"COLLECTED",
	"ACCOUNT_CREATED",
	"FORM",
	"INQUIRY",
	"ALERT_REQUESTED",
	"LOYALTY_JOINED",
	"ADDRESS_CHANGED",
}

// String returns the symbol used in records.
func (v SignupKind) String() string { return symbol(signupKindSymbols[:], int(v)) }

// ParseSignupKind returns the value of a symbol, and false for one it does not know.
func ParseSignupKind(s string) (SignupKind, bool) {
	i, ok := parse(signupKindSymbols[:], s)
	return SignupKind(i), ok
}

// SignupKindSymbols lists the symbols in the order of their values.
func SignupKindSymbols() []string { return append([]string(nil), signupKindSymbols[:]...) }

// ContactType is consumer or business; NONE leaves it unchanged.
type ContactType uint8

// The values of ContactType.
const (
	ContactNone ContactType = iota
	ContactConsumer
	ContactB2BNamed
	ContactB2BGeneric
)

var contactTypeSymbols = [...]string{
	"NONE",
	"CONSUMER",
	"B2B_NAMED",
	"B2B_GENERIC",
}

// String returns the symbol used in records.
func (v ContactType) String() string { return symbol(contactTypeSymbols[:], int(v)) }

// ParseContactType returns the value of a symbol, and false for one it does not know.
func ParseContactType(s string) (ContactType, bool) {
	i, ok := parse(contactTypeSymbols[:], s)
	return ContactType(i), ok
}

// ContactTypeSymbols lists the symbols in the order of their values.
func ContactTypeSymbols() []string { return append([]string(nil), contactTypeSymbols[:]...) }

// Collection is where an address was collected.
type Collection uint8

// The values of Collection.
const (
	CollectionDirect Collection = iota
	CollectionInStore
	CollectionByPhone
	CollectionThirdParty
	CollectionMarketplace
	CollectionImport
	CollectionPublic
)

var collectionSymbols = [...]string{
	"DIRECT",
	"IN_STORE",
	"BY_PHONE",
	"THIRD_PARTY",
	"MARKETPLACE",
	"IMPORT",
	"PUBLIC",
}

// String returns the symbol used in records.
func (v Collection) String() string { return symbol(collectionSymbols[:], int(v)) }

// ParseCollection returns the value of a symbol, and false for one it does not know.
func ParseCollection(s string) (Collection, bool) {
	i, ok := parse(collectionSymbols[:], s)
	return Collection(i), ok
}

// CollectionSymbols lists the symbols in the order of their values.
func CollectionSymbols() []string { return append([]string(nil), collectionSymbols[:]...) }

// NoticeMode is how the person was told.
type NoticeMode uint8

// The values of NoticeMode.
const (
	NoticeForm NoticeMode = iota
	NoticePhone
	NoticeInStore
	NoticeEmail
)

var noticeModeSymbols = [...]string{
	"FORM",
	"PHONE",
	"IN_STORE",
	"EMAIL",
}

// String returns the symbol used in records.
func (v NoticeMode) String() string { return symbol(noticeModeSymbols[:], int(v)) }

// ParseNoticeMode returns the value of a symbol, and false for one it does not know.
func ParseNoticeMode(s string) (NoticeMode, bool) {
	i, ok := parse(noticeModeSymbols[:], s)
	return NoticeMode(i), ok
}

// NoticeModeSymbols lists the symbols in the order of their values.
func NoticeModeSymbols() []string { return append([]string(nil), noticeModeSymbols[:]...) }

// AnswerForm is the control that took an answer (R22).
type AnswerForm uint8

// The values of AnswerForm.
const (
	FormYesNo AnswerForm = iota
	FormYesNoOptional
	FormOptInBox
	FormOptOutBox
	FormPretickedBox
	FormTerms
	FormOral
	FormPaper
	FormDoubleOptIn
)

var answerFormSymbols = [...]string{
	"YES_NO",
	"YES_NO_OPTIONAL",
	"OPT_IN_BOX",
	"OPT_OUT_BOX",
	"PRETICKED_BOX",
	"TERMS",
	"ORAL",
	"PAPER",
	"DOUBLE_OPT_IN",
}

// String returns the symbol used in records.
func (v AnswerForm) String() string { return symbol(answerFormSymbols[:], int(v)) }

// ParseAnswerForm returns the value of a symbol, and false for one it does not know.
func ParseAnswerForm(s string) (AnswerForm, bool) {
	i, ok := parse(answerFormSymbols[:], s)
	return AnswerForm(i), ok
}

// AnswerFormSymbols lists the symbols in the order of their values.
func AnswerFormSymbols() []string { return append([]string(nil), answerFormSymbols[:]...) }

// AnswerValue is the answer.
type AnswerValue uint8

// The values of AnswerValue.
const (
	AnswerYes AnswerValue = iota
	AnswerNo
	AnswerNone
)

var answerValueSymbols = [...]string{
	"YES",
	"NO",
	"NONE",
}

// String returns the symbol used in records.
func (v AnswerValue) String() string { return symbol(answerValueSymbols[:], int(v)) }

// ParseAnswerValue returns the value of a symbol, and false for one it does not know.
func ParseAnswerValue(s string) (AnswerValue, bool) {
	i, ok := parse(answerValueSymbols[:], s)
	return AnswerValue(i), ok
}

// AnswerValueSymbols lists the symbols in the order of their values.
func AnswerValueSymbols() []string { return append([]string(nil), answerValueSymbols[:]...) }
