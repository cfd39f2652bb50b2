package check

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"consentstream/state"
	"consentstream/state/rules"
)

// Kinds are the message kinds a query may ask for, in the order of a report.
var Kinds = []state.MessageKind{
	state.MessageService, state.MessageReviewRequest, state.MessagePromotional, state.MessageNewsletter,
	state.MessageCartAbandonment, state.MessageLoyalty, state.MessageOptInBlock, state.MessageDeletionWarning,
	state.MessageUnsubscribeConfirmation, state.MessageWelcome,
}

// Channels are the channels a query may ask for, in the order of a report.
var Channels = []state.Channel{state.ChannelEmail, state.ChannelSMS, state.ChannelPhone}

// DefaultFamily is the product family of a message that names none.
const DefaultFamily = "main"

// Query asks about one contact of one controller.
type Query struct {
	Key state.Key
	// At is the instant of hand-off; state.Unset = the present, and then
	// everything in hand is known.
	At state.Instant
	// Known is the knowledge instant; state.Unset = At.
	Known state.Instant
	// Kinds and Channels limit the answer; empty = all.
	Kinds    []state.MessageKind
	Channels []state.Channel
	// Address limits the answer to one address of the contact; nil = each of them.
	Address *string

	Brand              string // "" = the controller's own name
	Family             string // "" = DefaultFamily
	OrderRef           string // of a review request; "" = any order that is due
	Incentive          bool   // the review request promises something
	PromotionalContent bool   // the service message carries a promotional block
	Unprofessional     bool   // the B2B message is unrelated to the person's job
}

// NewQuery returns a query for everything about a contact at the present.
func NewQuery(key state.Key) Query { return Query{Key: key, At: state.Unset, Known: state.Unset} }

// Single reports whether the query names one kind and one channel, so that the
// answer is yes or no.
func (q *Query) Single() bool { return len(q.Kinds) == 1 && len(q.Channels) == 1 }

// question returns the query's question about one kind on one channel.
func (q *Query) question(kind state.MessageKind, channel state.Channel, address string) rules.Question {
	family := q.Family
	if family == "" {
		family = DefaultFamily
	}
	return rules.Question{
		Kind: kind, Channel: channel, Address: address, Brand: q.Brand, Family: family, OrderRef: q.OrderRef,
		Incentive: q.Incentive, PromotionalContent: q.PromotionalContent, Unprofessional: q.Unprofessional,
	}
}

// Parameters of the URL form of a query.
const (
	paramAt                 = "at"
	paramKnownAt            = "known_at"
	paramKind               = "kind"
	paramChannel            = "channel"
	paramAddressKey         = "address_key"
	paramBrand              = "brand"
	paramFamily             = "family"
	paramOrderRef           = "order_ref"
	paramIncentive          = "incentive"
	paramPromotionalContent = "promotional_content"
	paramProfessional       = "professional"
)

// Values returns the parameters of the URL form; the contact stands in its path.
func (q *Query) Values() url.Values {
	v := url.Values{}
	setInstant(v, paramAt, q.At)
	setInstant(v, paramKnownAt, q.Known)
	for _, kind := range q.Kinds {
		v.Add(paramKind, kind.String())
	}
	for _, channel := range q.Channels {
		v.Add(paramChannel, channel.String())
	}
	if q.Address != nil {
		v.Set(paramAddressKey, *q.Address)
	}
	for _, p := range []struct{ name, value string }{
		{paramBrand, q.Brand}, {paramFamily, q.Family}, {paramOrderRef, q.OrderRef},
	} {
		if p.value != "" {
			v.Set(p.name, p.value)
		}
	}
	setFlag(v, paramIncentive, q.Incentive, true)
	setFlag(v, paramPromotionalContent, q.PromotionalContent, true)
	setFlag(v, paramProfessional, q.Unprofessional, false)
	return v
}

func setInstant(v url.Values, name string, at state.Instant) {
	if at != state.Unset {
		v.Set(name, at.String())
	}
}

// setFlag writes a flag that differs from its default.
func setFlag(v url.Values, name string, set, value bool) {
	if set {
		v.Set(name, strconv.FormatBool(value))
	}
}

// ParseQuery reads the URL form. A parameter that it does not know is an
// error: a misspelt known_at would change the answer silently.
func ParseQuery(key state.Key, v url.Values) (Query, error) {
	q := NewQuery(key)
	for name, values := range v {
		for _, value := range values {
			if err := q.set(name, value); err != nil {
				return q, err
			}
		}
	}
	sortKinds(q.Kinds)
	slices.Sort(q.Channels)
	return q, nil
}

func sortKinds(kinds []state.MessageKind) {
	slices.SortFunc(kinds, func(a, b state.MessageKind) int {
		return slices.Index(Kinds, a) - slices.Index(Kinds, b)
	})
}

func (q *Query) set(name, value string) (err error) {
	switch name {
	case paramAt:
		q.At, err = parseInstant(value)
	case paramKnownAt:
		q.Known, err = parseInstant(value)
	case paramKind:
		return q.AddKind(value)
	case paramChannel:
		return q.AddChannel(value)
	case paramAddressKey:
		q.Address = &value
	case paramBrand:
		q.Brand = value
	case paramFamily:
		q.Family = value
	case paramOrderRef:
		q.OrderRef = value
	case paramIncentive:
		q.Incentive, err = parseFlag(value)
	case paramPromotionalContent:
		q.PromotionalContent, err = parseFlag(value)
	case paramProfessional:
		var professional bool
		professional, err = parseFlag(value)
		q.Unprofessional = !professional
	default:
		return fmt.Errorf("unknown parameter %q", name)
	}
	if err != nil {
		return fmt.Errorf("parameter %s: %w", name, err)
	}
	return nil
}

// AddKind adds a message kind by its symbol.
func (q *Query) AddKind(symbol string) error {
	kind, ok := state.ParseMessageKind(symbol)
	if !ok || !slices.Contains(Kinds, kind) {
		return fmt.Errorf("unknown message kind %q: expected one of %s", symbol, Symbols(Kinds))
	}
	q.Kinds = append(q.Kinds, kind)
	return nil
}

// AddChannel adds a channel by its symbol.
func (q *Query) AddChannel(symbol string) error {
	channel, ok := state.ParseChannel(symbol)
	if !ok || !slices.Contains(Channels, channel) {
		return fmt.Errorf("unknown channel %q: expected one of %s", symbol, Symbols(Channels))
	}
	q.Channels = append(q.Channels, channel)
	return nil
}

// Symbols joins the symbols of a list for a sentence.
func Symbols[T fmt.Stringer](values []T) string {
	symbols := make([]string, len(values))
	for i, v := range values {
		symbols[i] = v.String()
	}
	return strings.Join(symbols, ", ")
}

func parseInstant(text string) (state.Instant, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0, fmt.Errorf("expected an instant such as 2026-11-22T10:00:00Z, found %q", text)
	}
	return state.At(t), nil
}

func parseFlag(text string) (bool, error) {
	value, err := strconv.ParseBool(text)
	if err != nil {
		return false, fmt.Errorf("expected true or false, found %q", text)
	}
	return value, nil
}
