package state

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
