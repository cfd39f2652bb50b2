package state

// Key names whose state a fact belongs to. Nothing flows between controllers
// (R4), so the state of one contact at two controllers is two states.
type Key struct {
	Controller string // legal entity, "default" when the record names none
	Contact    string // opaque id, equal to the record key
}

// Fact is one thing that is known about a contact: one record of an input
// topic, or one thing that the processor itself must remember (Internal).
// Exactly one of Purchase, Click, Signup, Unsubscribe and Internal is set.
//
// A compacted state holds merged facts too: then Since is earlier than
// OccurredAt and the fact stands for all facts of its class in between. ID,
// Topic and Source are those of the newest one, which is the evidence.
type Fact struct {
	ID      string // event_id; identity of the fact
	Topic   Topic  // where it came from, for evidence
	Brand   string // "" = none
	Address string // "" = the contact's only one
	Source  string // collecting system or place

	OccurredAt Instant
	Since      Instant // first occurrence of a merged class; otherwise equal to OccurredAt
	RecordedAt Instant // resolved: never later than the first Kafka timestamp
	Precision  Precision

	// Forwarded marks a negative that reached this contact through an address
	// it shares with another contact (R41). A later yes of this contact does
	// not lift it.
	Forwarded bool

	Purchase    *Purchase
	Click       *Click
	Signup      *Signup
	Unsubscribe *Unsubscribe
	Internal    *Internal
}

// Purchase is the body of a record of the topic purchases.
type Purchase struct {
	Kind        PurchaseKind
	OrderRef    string
	Family      string
	AmountMinor int64 // minor units; meaningful only when AmountKnown
	AmountKnown bool  // false = not told, which counts as paid
	Currency    string
	Role        Role
	CollectedBy CollectedBy
	SoldBy      SoldBy
	Notice      *Notice // shown inside this very transaction
}

// Click is the body of a record of the topic clicks.
type Click struct {
	Kind       ClickKind
	Channel    Channel     // ChannelUnknown = null or unknown
	Message    MessageKind // MessageUnknown = null or unknown
	Target     ClickTarget
	Actor      Actor
	CampaignID string
	OrderRef   string
}

// Signup is the body of a record of the topic signups.
type Signup struct {
	Kind         SignupKind
	ContactType  ContactType // ContactNone = unchanged
	Collection   Collection
	Notice       *Notice
	Answers      []Answer
	SubmissionID string
	TimeZone     string // IANA name, "" = the policy's
}

// Notice is what the person was told.
type Notice struct {
	Channels      Channels
	Purposes      Purposes
	Families      []string // empty = all
	OptOutOffered bool
	Mode          NoticeMode
	TextVersion   string
	ProofRef      string // "" = no proof kept
	Language      string
	URL           string
	OrderRef      string // "" = not tied to an order
}

// Answer is what the person answered.
type Answer struct {
	Form          AnswerForm
	Value         AnswerValue
	Channels      Channels // on a NO, none = all; on a YES, none = none
	Purposes      Purposes // on a NO, none = all marketing; on a YES, none = none
	Shown         Purposes // all choices displayed; none = just these
	ProofRef      string
	Confirmed     bool // double opt-in closed
	PhoneMentions bool // the five mandatory mentions of a phone consent were given
	TextVersion   string
	Message       MessageKind // of the message that asked; MessageUnknown = none
}

// Unsubscribe is the body of a record of the topic unsubscribes.
type Unsubscribe struct {
	Kind         UnsubscribeKind
	Method       Method
	Channels     Channels // none = by kind and method, see rules
	Purposes     Purposes // none = by kind and method, see rules
	Shown        Purposes
	Brands       []string // none = all brands of the controller
	ProofRef     string
	Message      MessageKind // of the message it answers; MessageUnknown = none
	PurgedBefore Instant     // for PURGED; Unset = OccurredAt
}

// InternalKind tells the facts that the processor itself remembers.
type InternalKind uint8

// The kinds of Internal.
const (
	// InternalUnreadable denies all marketing because a record on
	// unsubscribes could not be read. The ID is topic/partition/offset.
	InternalUnreadable InternalKind = iota + 1
	// InternalRelease lifts the unreadable record that Target names.
	InternalRelease
)

// Internal is the body of a fact that no input topic carries.
type Internal struct {
	Kind   InternalKind
	Target string // for InternalRelease: topic/partition/offset
	// By is, for InternalRelease, who; for InternalUnreadable, the other
	// contact that the record could be by, "" = none.
	By string
}

// IsNegative reports whether the fact can only take permissions away: every
// record of unsubscribes, an answer NO, an unreadable record.
func (f *Fact) IsNegative() bool {
	switch {
	case f.Unsubscribe != nil:
		return true
	case f.Internal != nil:
		return f.Internal.Kind == InternalUnreadable
	case f.Signup != nil:
		for i := range f.Signup.Answers {
			if f.Signup.Answers[i].Value == AnswerNo {
				return true
			}
		}
	}
	return false
}
