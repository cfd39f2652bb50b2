package state

// The symbols of the records. The zero value is the one that a reader may rely on
// when a symbol is missing; parsing refuses what it does not know, so that each
// decoder decides what an unknown symbol means.

// Topic is an input topic, by its default name; evidence and dead letters name it.
type Topic uint8

// The values of Topic.
const (
	TopicPurchases Topic = iota
	TopicClicks
	TopicSignups
	TopicUnsubscribes
)

var topicSymbols = [...]string{
	"purchases",
	"clicks",
	"signups",
	"unsubscribes",
}

// String returns the symbol used in records.
func (v Topic) String() string { return symbol(topicSymbols[:], int(v)) }

// ParseTopic returns the value of a symbol, and false for one it does not know.
func ParseTopic(s string) (Topic, bool) { i, ok := parse(topicSymbols[:], s); return Topic(i), ok }

// TopicSymbols lists the symbols in the order of their values.
func TopicSymbols() []string { return append([]string(nil), topicSymbols[:]...) }

// Precision is how exactly occurred_at is known.
type Precision uint8

// The values of Precision.
const (
	PrecisionInstant Precision = iota
	PrecisionDay
)

var precisionSymbols = [...]string{
	"INSTANT",
	"DAY",
}

// String returns the symbol used in records.
func (v Precision) String() string { return symbol(precisionSymbols[:], int(v)) }

// ParsePrecision returns the value of a symbol, and false for one it does not know.
func ParsePrecision(s string) (Precision, bool) {
	i, ok := parse(precisionSymbols[:], s)
	return Precision(i), ok
}

// PrecisionSymbols lists the symbols in the order of their values.
func PrecisionSymbols() []string { return append([]string(nil), precisionSymbols[:]...) }

// Channel is a way to reach a person.
type Channel uint8

// The values of Channel.
const (
	ChannelUnknown Channel = iota
	ChannelEmail
	ChannelSMS
	ChannelPhone
)

var channelSymbols = [...]string{
	"UNKNOWN",
	"EMAIL",
	"SMS",
	"PHONE",
}

// String returns the symbol used in records.
func (v Channel) String() string { return symbol(channelSymbols[:], int(v)) }

// ParseChannel returns the value of a symbol, and false for one it does not know.
func ParseChannel(s string) (Channel, bool) {
	i, ok := parse(channelSymbols[:], s)
	return Channel(i), ok
}

// ChannelSymbols lists the symbols in the order of their values.
func ChannelSymbols() []string { return append([]string(nil), channelSymbols[:]...) }

// Purpose is what a message is for; CONTACT covers everything that is not contractual.
type Purpose uint8

// The values of Purpose.
const (
	PurposeUnknown Purpose = iota
	PurposePromotional
	PurposeNewsletter
	PurposeCart
	PurposeLoyalty
	PurposeReview
	PurposeContact
)

var purposeSymbols = [...]string{
	"UNKNOWN",
	"PROMOTIONAL",
	"NEWSLETTER",
	"CART",
	"LOYALTY",
	"REVIEW",
	"CONTACT",
}

// String returns the symbol used in records.
func (v Purpose) String() string { return symbol(purposeSymbols[:], int(v)) }

// ParsePurpose returns the value of a symbol, and false for one it does not know.
func ParsePurpose(s string) (Purpose, bool) {
	i, ok := parse(purposeSymbols[:], s)
	return Purpose(i), ok
}

// PurposeSymbols lists the symbols in the order of their values.
func PurposeSymbols() []string { return append([]string(nil), purposeSymbols[:]...) }

// MessageKind is the kind of a message that was sent or is asked for.
type MessageKind uint8

// The values of MessageKind.
const (
	MessageUnknown MessageKind = iota
	MessageService
	MessageReviewRequest
	MessagePromotional
	MessageNewsletter
	MessageCartAbandonment
	MessageLoyalty
	MessageOptInBlock
	MessageDeletionWarning
	MessageUnsubscribeConfirmation
	MessageWelcome
	MessageCall
)

var messageKindSymbols = [...]string{
	"UNKNOWN",
	"SERVICE",
	"REVIEW_REQUEST",
	"PROMOTIONAL",
	"NEWSLETTER",
	"CART_ABANDONMENT",
	"LOYALTY",
	"OPT_IN_BLOCK",
	"DELETION_WARNING",
	"UNSUBSCRIBE_CONFIRMATION",
	"WELCOME",
	"CALL",
}

// String returns the symbol used in records.
func (v MessageKind) String() string { return symbol(messageKindSymbols[:], int(v)) }

// ParseMessageKind returns the value of a symbol, and false for one it does not know.
func ParseMessageKind(s string) (MessageKind, bool) {
	i, ok := parse(messageKindSymbols[:], s)
	return MessageKind(i), ok
}

// MessageKindSymbols lists the symbols in the order of their values.
func MessageKindSymbols() []string { return append([]string(nil), messageKindSymbols[:]...) }

// PurchaseKind is what happened to an order or contract.
type PurchaseKind uint8

// The values of PurchaseKind.
const (
	PurchaseUnknown PurchaseKind = iota
	PurchaseOrdered
	PurchaseCancelled
	PurchaseDelivered
	PurchaseContractStarted
	PurchaseContractEnded
	PurchaseAttended
)

var purchaseKindSymbols = [...]string{
	"UNKNOWN",
	"ORDERED",
	"CANCELLED",
	"DELIVERED",
	"CONTRACT_STARTED",
	"CONTRACT_ENDED",
	"ATTENDED",
}

// String returns the symbol used in records.
func (v PurchaseKind) String() string { return symbol(purchaseKindSymbols[:], int(v)) }

// ParsePurchaseKind returns the value of a symbol, and false for one it does not know.
func ParsePurchaseKind(s string) (PurchaseKind, bool) {
	i, ok := parse(purchaseKindSymbols[:], s)
	return PurchaseKind(i), ok
}

// PurchaseKindSymbols lists the symbols in the order of their values.
func PurchaseKindSymbols() []string { return append([]string(nil), purchaseKindSymbols[:]...) }

// Role is on which side of the order the contact stands.
type Role uint8

// The values of Role.
const (
	RoleBuyer Role = iota
	RoleBeneficiary
)

var roleSymbols = [...]string{
	"BUYER",
	"BENEFICIARY",
}

// String returns the symbol used in records.
func (v Role) String() string { return symbol(roleSymbols[:], int(v)) }

// ParseRole returns the value of a symbol, and false for one it does not know.
func ParseRole(s string) (Role, bool) { i, ok := parse(roleSymbols[:], s); return Role(i), ok }

// RoleSymbols lists the symbols in the order of their values.
func RoleSymbols() []string { return append([]string(nil), roleSymbols[:]...) }

// CollectedBy is who collected the address of an order.
type CollectedBy uint8

// The values of CollectedBy.
const (
	CollectedDirect CollectedBy = iota
	CollectedMarketplace
	CollectedThirdParty
)

var collectedBySymbols = [...]string{
	"DIRECT",
	"MARKETPLACE",
	"THIRD_PARTY",
}

// String returns the symbol used in records.
func (v CollectedBy) String() string { return symbol(collectedBySymbols[:], int(v)) }

// ParseCollectedBy returns the value of a symbol, and false for one it does not know.
func ParseCollectedBy(s string) (CollectedBy, bool) {
	i, ok := parse(collectedBySymbols[:], s)
	return CollectedBy(i), ok
}

// CollectedBySymbols lists the symbols in the order of their values.
func CollectedBySymbols() []string { return append([]string(nil), collectedBySymbols[:]...) }

// SoldBy is where an order was placed; it decides what must be archived (R47).
type SoldBy uint8

// The values of SoldBy.
const (
	SoldOnline SoldBy = iota
	SoldInStore
	SoldPhone
)

var soldBySymbols = [...]string{
	"ONLINE",
	"IN_STORE",
	"PHONE",
}

// String returns the symbol used in records.
func (v SoldBy) String() string { return symbol(soldBySymbols[:], int(v)) }

// ParseSoldBy returns the value of a symbol, and false for one it does not know.
func ParseSoldBy(s string) (SoldBy, bool) { i, ok := parse(soldBySymbols[:], s); return SoldBy(i), ok }

// SoldBySymbols lists the symbols in the order of their values.
func SoldBySymbols() []string { return append([]string(nil), soldBySymbols[:]...) }

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

// Basis is the legal basis of an allowed verdict.
type Basis uint8

// The values of Basis.
const (
	BasisNone Basis = iota
	BasisContract
	BasisConsent
	BasisSoftOptIn
	BasisB2B
)

var basisSymbols = [...]string{
	"NONE",
	"CONTRACT",
	"CONSENT",
	"SOFT_OPT_IN",
	"B2B",
}

// String returns the symbol used in records.
func (v Basis) String() string { return symbol(basisSymbols[:], int(v)) }

// ParseBasis returns the value of a symbol, and false for one it does not know.
func ParseBasis(s string) (Basis, bool) { i, ok := parse(basisSymbols[:], s); return Basis(i), ok }

// BasisSymbols lists the symbols in the order of their values.
func BasisSymbols() []string { return append([]string(nil), basisSymbols[:]...) }

// Reason is why a verdict is what it is; the symbols of the reason list.
type Reason uint8

// The values of Reason.
const (
	ReasonNone Reason = iota
	ReasonServiceGround
	ReasonReviewDue
	ReasonUnsubConfirm
	ReasonBlockOk
	ReasonPhoneContract
	ReasonConsent
	ReasonPhoneConsent
	ReasonSoftOptin
	ReasonB2BNamed
	ReasonB2BGeneric
	ReasonWarnWindow
	ReasonPhoneOptoutPre20260811
	ReasonUnreadableNegative
	ReasonComplaint
	ReasonObjected
	ReasonAddressPending
	ReasonExpired
	ReasonPurged
	ReasonUnknownContact
	ReasonProofMissing
	ReasonConsentInvalidForm
	ReasonComplaintNeedsDOI
	ReasonNeedsLoyaltyConsent
	ReasonNoPurchase
	ReasonOtherAddress
	ReasonOrderCancelled
	ReasonNotOwnCollection
	ReasonNotBuyer
	ReasonNotASale
	ReasonNoNotice
	ReasonNoticeOtherChannel
	ReasonNoticeOtherPurpose
	ReasonNoOptoutOffered
	ReasonNotAnalogous
	ReasonNotProfessional
	ReasonPhoneMentionsMissing
	ReasonPhoneConsentExpired
	ReasonPhoneNoConsent
	ReasonBloctel
	ReasonSectorBan
	ReasonPolicyOff
	ReasonPolicyStrict
	ReasonPolicy12M
	ReasonPolicyRamp
	ReasonHours
	ReasonFrequency430
	ReasonNoGround
	ReasonNoDueOrder
	ReasonReviewWindowPast
	ReasonAlreadySent
	ReasonNoUnsub24h
	ReasonErased
	ReasonNotACustomer
	ReasonAlreadyOptedIn
	ReasonB2BNotNeeded
	ReasonOutOfWindow
	ReasonNoBasis
	ReasonBeyondHorizon
)

var reasonSymbols = [...]string{
	"NONE",
	"SERVICE_GROUND",
	"REVIEW_DUE",
	"UNSUB_CONFIRM",
	"BLOCK_OK",
	"PHONE_CONTRACT",
	"CONSENT",
	"PHONE_CONSENT",
	"SOFT_OPTIN",
	"B2B_NAMED",
	"B2B_GENERIC",
	"WARN_WINDOW",
	"PHONE_OPTOUT_PRE_20260811",
	"UNREADABLE_NEGATIVE",
	"COMPLAINT",
	"OBJECTED",
	"ADDRESS_PENDING",
	"EXPIRED",
	"PURGED",
	"UNKNOWN_CONTACT",
	"PROOF_MISSING",
	"CONSENT_INVALID_FORM",
	"COMPLAINT_NEEDS_DOI",
	"NEEDS_LOYALTY_CONSENT",
	"NO_PURCHASE",
	"OTHER_ADDRESS",
	"ORDER_CANCELLED",
	"NOT_OWN_COLLECTION",
	"NOT_BUYER",
	"NOT_A_SALE",
	"NO_NOTICE",
	"NOTICE_OTHER_CHANNEL",
	"NOTICE_OTHER_PURPOSE",
	"NO_OPTOUT_OFFERED",
	"NOT_ANALOGOUS",
	"NOT_PROFESSIONAL",
	"PHONE_MENTIONS_MISSING",
	"PHONE_CONSENT_EXPIRED",
	"PHONE_NO_CONSENT",
	"BLOCTEL",
	"SECTOR_BAN",
	"POLICY_OFF",
	"POLICY_STRICT",
	"POLICY_12M",
	"POLICY_RAMP",
	"HOURS",
	"FREQUENCY_4_30",
	"NO_GROUND",
	"NO_DUE_ORDER",
	"REVIEW_WINDOW_PAST",
	"ALREADY_SENT",
	"NO_UNSUB_24H",
	"ERASED",
	"NOT_A_CUSTOMER",
	"ALREADY_OPTED_IN",
	"B2B_NOT_NEEDED",
	"OUT_OF_WINDOW",
	"NO_BASIS",
	"BEYOND_HORIZON",
}

// String returns the symbol used in records.
func (v Reason) String() string { return symbol(reasonSymbols[:], int(v)) }

// ParseReason returns the value of a symbol, and false for one it does not know.
func ParseReason(s string) (Reason, bool) { i, ok := parse(reasonSymbols[:], s); return Reason(i), ok }

// ReasonSymbols lists the symbols in the order of their values.
func ReasonSymbols() []string { return append([]string(nil), reasonSymbols[:]...) }

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

func symbol(symbols []string, i int) string {
	if i < 0 || i >= len(symbols) {
		return "INVALID"
	}
	return symbols[i]
}

func parse(symbols []string, s string) (int, bool) {
	for i, symbol := range symbols {
		if symbol == s {
			return i, true
		}
	}
	return 0, false
}
