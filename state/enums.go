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
