package rules

import (
	"slices"

	"consentstream/state"
)

// account is what can be said about a reason.
type account struct {
	rules   []uint8
	meaning string
	change  string // what would have to happen for the verdict to change
}

// ReasonText tells what a reason means and what would have to happen for the
// verdict to change, in sentences for a reader who has not read the rules.
func ReasonText(r state.Reason) (meaning, whatWouldChangeIt string) {
	if int(r) >= len(accounts) {
		return "", ""
	}
	return accounts[r].meaning, accounts[r].change
}

// rulesOf returns the rules that a verdict rests on: those of its reason and
// the one of its kind, in order. The slices are shared and never changed.
func rulesOf(kind state.MessageKind, reason state.Reason) []uint8 {
	return rulesTable[kind][reason]
}

var rulesTable = func() (table [state.MessageCall + 1][len(accounts)][]uint8) {
	for kind := range table {
		for reason := range accounts {
			table[kind][reason] = ruleSet(ruleOfKind[kind], accounts[reason].rules)
		}
	}
	return table
}()

func ruleSet(ofKind uint8, ofReason []uint8) []uint8 {
	set := slices.Clone(ofReason)
	if ofKind != 0 {
		set = append(set, ofKind)
	}
	slices.Sort(set)
	return slices.Compact(set)
}

var ruleOfKind = [state.MessageCall + 1]uint8{
	state.MessageService:                 7,
	state.MessageReviewRequest:           9,
	state.MessagePromotional:             10,
	state.MessageNewsletter:              11,
	state.MessageCartAbandonment:         12,
	state.MessageLoyalty:                 13,
	state.MessageOptInBlock:              14,
	state.MessageDeletionWarning:         16,
	state.MessageUnsubscribeConfirmation: 17,
	state.MessageWelcome:                 18,
}

const (
	laterYes    = "a later, explicit and proven yes of the person to this very purpose on this channel"
	newRelation = "a new order, request, account or yes of the person"
	askConsent  = "a proven yes of the person to this purpose on this channel"
)

var accounts = [...]account{
	state.ReasonNone:                   {nil, "the kind of message has no meaning on this channel", ""},
	state.ReasonServiceGround:          {[]uint8{7}, "there is something to serve: an order, a contract, an account or a request", "a purge or an erasure"},
	state.ReasonReviewDue:              {[]uint8{9}, "an order was delivered and its review has not been asked for", "the end of the window, the request being sent, or an objection to reviews"},
	state.ReasonUnsubConfirm:           {[]uint8{17}, "the person unsubscribed within the last 24 hours and was not told yet", "the message being sent, or 24 hours"},
	state.ReasonBlockOk:                {[]uint8{14}, "a client who has neither objected nor agreed to everything may be asked inside a service e-mail", "a yes to everything asked, an objection, or the end of retention"},
	state.ReasonPhoneContract:          {[]uint8{52}, "a contract is in progress and the call is about its object", "the end of the contract, or an objection"},
	state.ReasonConsent:                {[]uint8{19, 20, 21}, "the person said yes to this purpose on this channel, and it can be proven", "an objection, the loss of the proof, or the end of retention"},
	state.ReasonPhoneConsent:           {[]uint8{20, 52}, "the person agreed to calls less than a year ago, with the five mandatory mentions", "a year from the consent, an objection, or the loss of the proof"},
	state.ReasonSoftOptin:              {[]uint8{23, 24, 25, 26}, "a client who was told and could refuse at the sale, and has never objected", "an objection, the cancellation of the order, the loss of the proof of the notice, or the end of retention"},
	state.ReasonB2BNamed:               {[]uint8{30}, "a named address at work, told of it and able to refuse, written to about the job", "an objection, the loss of the proof of the notice, or the end of retention"},
	state.ReasonB2BGeneric:             {[]uint8{31}, "a generic address of a business, which belongs to no person", "an objection, or the end of retention"},
	state.ReasonWarnWindow:             {[]uint8{46}, "the end of retention is near, the person may still be written to and was not warned yet", "the warning being sent, a new contact, or the end of retention"},
	state.ReasonPhoneOptoutPre20260811: {[]uint8{52}, "until 10 August 2026 a consumer could be called who had not refused", "the reform of 11 August 2026, an objection, or an entry on the opposition list"},

	state.ReasonUnreadableNegative: {[]uint8{32}, "a record about the person on the topic of refusals could not be read, and might be one", "the record sent again in a readable form, or a release by hand"},
	state.ReasonComplaint:          {[]uint8{32, 36}, "the person complained", "a later yes of the person to this very purpose, confirmed by a second message"},
	state.ReasonObjected:           {[]uint8{32, 33}, "the person refused, now or once", laterYes},
	state.ReasonAddressPending:     {[]uint8{41}, "what others have refused at this address is not known yet, or too many share it", "the answer about the address"},
	state.ReasonExpired:            {[]uint8{42, 45}, "the time since the last contact has run out", newRelation},
	state.ReasonPurged:             {[]uint8{42, 49}, "the profile was purged or erased, and nothing has opened a new one", newRelation},
	state.ReasonUnknownContact:     {[]uint8{42}, "nothing is known about the person", newRelation},

	state.ReasonProofMissing:        {[]uint8{20, 28}, "there is a yes or a notice, but its proof is missing or was lost", "a new yes, or a new notice and a later sale, with a proof"},
	state.ReasonConsentInvalidForm:  {[]uint8{19, 22}, "there is an answer, but in a form that is no consent", askConsent},
	state.ReasonComplaintNeedsDOI:   {[]uint8{35, 36}, "the person complained and agreed again later, but did not confirm it", "the confirmation of the yes by a second message"},
	state.ReasonNeedsLoyaltyConsent: {[]uint8{13}, "loyalty offers need a consent of their own", "a proven yes of the person to loyalty messages on this channel"},

	state.ReasonNoPurchase:         {[]uint8{23, 24}, "there is neither a consent nor a sale", "an order with a notice no later than it, or " + askConsent},
	state.ReasonOtherAddress:       {[]uint8{41}, "what would allow it was given for another address", "an order or a yes at this address"},
	state.ReasonOrderCancelled:     {[]uint8{24}, "the order was taken back", "another order, or " + askConsent},
	state.ReasonNotOwnCollection:   {[]uint8{24, 27}, "somebody else collected the address of the order", "an order placed with the company itself, or " + askConsent},
	state.ReasonNotBuyer:           {[]uint8{24}, "the person received the order and did not place it", "an order of the person, or " + askConsent},
	state.ReasonNotASale:           {[]uint8{24}, "the order was free of charge", "a paid order, or " + askConsent},
	state.ReasonNoNotice:           {[]uint8{25}, "the person was not told in time that messages would come", "a notice, and a later sale, or " + askConsent},
	state.ReasonNoticeOtherChannel: {[]uint8{25, 51}, "the notice did not name this channel", "a notice that names it, and a later sale, or " + askConsent},
	state.ReasonNoticeOtherPurpose: {[]uint8{21, 25}, "the notice did not name this purpose", "a notice that names it, and a later sale, or " + askConsent},
	state.ReasonNoOptoutOffered:    {[]uint8{25}, "the notice gave no way to refuse on the spot", "a notice that does, and a later sale, or " + askConsent},
	state.ReasonNotAnalogous:       {[]uint8{26}, "the message is about other products than the ones bought", "an order of that family, the family declared analogous, or " + askConsent},

	state.ReasonNotProfessional:      {[]uint8{30}, "the subject has nothing to do with the person's job", "a message about the job, or " + askConsent},
	state.ReasonPhoneMentionsMissing: {[]uint8{52}, "the consent to calls was given without the five mandatory mentions", "a new consent with the mentions"},
	state.ReasonPhoneConsentExpired:  {[]uint8{52}, "the consent to calls is a year old", "a new consent"},
	state.ReasonPhoneNoConsent:       {[]uint8{52}, "there is neither a consent to calls nor a running contract that the call is about", "a consent to calls, or such a contract"},
	state.ReasonBloctel:              {[]uint8{52}, "the number is on the opposition list", "a running contract that the call is about"},
	state.ReasonSectorBan:            {[]uint8{53}, "the sector may not solicit, not even with consent", "a running contract"},

	state.ReasonPolicyOff:    {[]uint8{17}, "the company does not send this kind of message", "the company's policy"},
	state.ReasonPolicyStrict: {[]uint8{5, 56}, "the law allows it, but the company writes only to people who said yes", askConsent},
	state.ReasonPolicy12M:    {[]uint8{5, 58}, "the law allows it, but the last purchase is longer ago than the company wants", "a new purchase, or " + askConsent},
	state.ReasonPolicyRamp:   {[]uint8{5, 59}, "the law allows it, but the company sends a welcome and editorial content first", "the earlier messages of the series being sent"},
	state.ReasonHours:        {[]uint8{52, 63}, "it is not the hour or the day for it where the person lives", "the next opening"},
	state.ReasonFrequency430: {[]uint8{52}, "the person was called four times in the last thirty days", "thirty days from the fourth last call"},

	state.ReasonNoGround:         {[]uint8{7}, "there is nothing to serve", "an order, a contract, an account or a request of the person"},
	state.ReasonNoDueOrder:       {[]uint8{9}, "no order of the person was delivered", "the delivery of an order"},
	state.ReasonReviewWindowPast: {[]uint8{9}, "the delivery is too long ago", "the delivery of another order"},
	state.ReasonAlreadySent:      {nil, "it was sent already", "another occasion for it"},
	state.ReasonNoUnsub24h:       {[]uint8{17}, "the person did not unsubscribe within the last 24 hours", "an unsubscribe"},
	state.ReasonErased:           {[]uint8{17, 39}, "the person unsubscribed and was then erased", ""},
	state.ReasonNotACustomer:     {[]uint8{14, 24}, "the person has not bought anything", "an order of the person"},
	state.ReasonAlreadyOptedIn:   {[]uint8{14}, "the person has agreed to everything that would be asked", ""},
	state.ReasonB2BNotNeeded:     {[]uint8{14}, "there is nothing to serve the business with, and it need not be asked", "an order, an account or a request"},
	state.ReasonOutOfWindow:      {[]uint8{46}, "the end of retention is not near", "the last days before the end of retention"},
	state.ReasonNoBasis:          {[]uint8{46}, "nothing allows to advertise to the person", askConsent},
	state.ReasonBeyondHorizon:    {[]uint8{1}, "facts from before this instant were merged; the state cannot answer", "the question put to the input topics or archives"},
}
