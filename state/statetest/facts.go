// Package statetest draws random facts and contacts for tests. Values come
// from small pools, so that ids collide, addresses are shared and classes fill.
package statetest

import (
	"pgregory.net/rapid"

	"consentstream/state"
)

// Hour is an hour in the unit of state.Instant.
const Hour state.Instant = 3_600_000

// Day is 24 hours in the unit of state.Instant.
const Day = 24 * Hour

// Start is 2022-01-01T00:00:00Z, the earliest instant that is drawn.
const Start state.Instant = 1_640_995_200_000

// Pools of names.
var (
	Addresses = []string{"", "a1", "a2"}
	Brands    = []string{"", "", "Scene"}
	Families  = []string{"main", "book"}
	Proofs    = []string{"", "p1", "p2"}
	Orders    = []string{"O1", "O2", "O3", "O4", "O5", "O6"}
	sources   = []string{"", "web", "till-4"}
	texts     = []string{"t1", "t2"}
)

// Instant draws an instant within six years; often a whole day, so that ties happen.
func Instant(t *rapid.T) state.Instant {
	at := Start + state.Instant(rapid.IntRange(0, 6*365).Draw(t, "day"))*Day
	if rapid.Bool().Draw(t, "hours") {
		at += state.Instant(rapid.IntRange(0, 23).Draw(t, "hour")) * Hour
	}
	return at
}

// Fact draws a fact of any topic with an id out of ids possible ones.
func Fact(t *rapid.T, ids int) state.Fact {
	f := state.Fact{
		ID:         "e" + itoa(rapid.IntRange(0, ids-1).Draw(t, "id")),
		Brand:      pick(t, "brand", Brands),
		Address:    pick(t, "address", Addresses),
		Source:     pick(t, "source", sources),
		OccurredAt: Instant(t),
	}
	f.Since = f.OccurredAt
	f.RecordedAt = f.OccurredAt + state.Instant(rapid.IntRange(0, 3).Draw(t, "delay"))*Day
	if rapid.IntRange(0, 9).Draw(t, "by day") == 0 {
		f.Precision = state.PrecisionDay
	}
	Body(t, &f)
	return f
}

// Body draws the body of a fact and sets its topic.
func Body(t *rapid.T, f *state.Fact) {
	switch rapid.IntRange(0, 9).Draw(t, "topic") {
	case 0, 1, 2:
		f.Topic, f.Purchase = state.TopicPurchases, Purchase(t)
	case 3, 4:
		f.Topic, f.Click = state.TopicClicks, Click(t)
	case 5, 6:
		f.Topic, f.Signup = state.TopicSignups, Signup(t)
	case 7, 8:
		f.Topic, f.Unsubscribe = state.TopicUnsubscribes, Unsubscribe(t)
		f.Forwarded = f.Address != "" && rapid.IntRange(0, 5).Draw(t, "forwarded") == 0
	default:
		f.Topic, f.Internal = state.TopicUnsubscribes, Internal(t)
	}
}

// Purchase draws the body of a purchase.
func Purchase(t *rapid.T) *state.Purchase {
	p := &state.Purchase{
		Kind:        draw(t, "purchase", state.PurchaseAttended),
		OrderRef:    pick(t, "order", Orders),
		Family:      pick(t, "family", Families),
		AmountKnown: rapid.Bool().Draw(t, "amount known"),
		Currency:    pick(t, "currency", []string{"", "EUR"}),
	}
	if p.AmountKnown {
		p.AmountMinor = int64(rapid.SampledFrom([]int{0, 100, 5000}).Draw(t, "amount"))
	}
	if rapid.IntRange(0, 4).Draw(t, "plain") == 0 {
		p.Role, p.CollectedBy = draw(t, "role", state.RoleBeneficiary), draw(t, "collected by", state.CollectedThirdParty)
		p.SoldBy = draw(t, "sold by", state.SoldPhone)
	}
	if rapid.Bool().Draw(t, "notice") {
		p.Notice = Notice(t)
	}
	return p
}

// Click draws the body of a click.
func Click(t *rapid.T) *state.Click {
	return &state.Click{
		Kind:       draw(t, "click", state.ClickBounced),
		Channel:    draw(t, "channel", state.ChannelPhone),
		Message:    draw(t, "message", state.MessageCall),
		Target:     draw(t, "target", state.TargetKeepMe),
		Actor:      draw(t, "actor", state.ActorMachine),
		CampaignID: pick(t, "campaign", []string{"", "c1"}),
		OrderRef:   pick(t, "order", append([]string{""}, Orders...)),
	}
}

// Signup draws the body of a signup.
func Signup(t *rapid.T) *state.Signup {
	s := &state.Signup{
		Kind:         draw(t, "signup", state.SignupAddressChanged),
		Collection:   draw(t, "collection", state.CollectionPublic),
		SubmissionID: pick(t, "submission", []string{"", "", "s1", "s2"}),
		TimeZone:     pick(t, "zone", []string{"", "", "America/Martinique"}),
	}
	if rapid.IntRange(0, 4).Draw(t, "typed") == 0 {
		s.ContactType = draw(t, "contact type", state.ContactB2BGeneric)
	}
	if rapid.Bool().Draw(t, "notice") {
		s.Notice = Notice(t)
	}
	for range rapid.IntRange(0, 2).Draw(t, "answers") {
		s.Answers = append(s.Answers, Answer(t))
	}
	return s
}

// Notice draws a notice.
func Notice(t *rapid.T) *state.Notice {
	return &state.Notice{
		Channels:      Channels(t),
		Purposes:      Purposes(t),
		Families:      rapid.SampledFrom([][]string{nil, nil, {"book"}}).Draw(t, "families"),
		OptOutOffered: rapid.Bool().Draw(t, "opt-out"),
		Mode:          draw(t, "mode", state.NoticeEmail),
		TextVersion:   pick(t, "text", texts),
		ProofRef:      pick(t, "proof", Proofs),
		Language:      pick(t, "language", []string{"", "fr"}),
		URL:           pick(t, "url", []string{"", "https://shop.example/privacy"}),
		OrderRef:      pick(t, "order", append([]string{"", ""}, Orders...)),
	}
}

// Answer draws an answer.
func Answer(t *rapid.T) state.Answer {
	return state.Answer{
		Form:          draw(t, "form", state.FormDoubleOptIn),
		Value:         draw(t, "value", state.AnswerNone),
		Channels:      Channels(t),
		Purposes:      Purposes(t),
		Shown:         Purposes(t),
		ProofRef:      pick(t, "proof", Proofs),
		Confirmed:     rapid.Bool().Draw(t, "confirmed"),
		PhoneMentions: rapid.Bool().Draw(t, "mentions"),
		TextVersion:   pick(t, "text", texts),
		Message:       draw(t, "message", state.MessageCall),
	}
}

// Unsubscribe draws the body of a negative.
func Unsubscribe(t *rapid.T) *state.Unsubscribe {
	u := &state.Unsubscribe{
		Kind:         draw(t, "unsubscribe", state.UnsubscribeBloctel),
		Method:       draw(t, "method", state.MethodOther),
		Channels:     Channels(t),
		Purposes:     Purposes(t),
		Shown:        Purposes(t),
		Brands:       rapid.SampledFrom([][]string{nil, nil, {"Scene"}, {"Scene", "Plume"}}).Draw(t, "brands"),
		ProofRef:     pick(t, "proof", Proofs),
		Message:      draw(t, "message", state.MessageCall),
		PurgedBefore: state.Unset,
	}
	if u.Kind == state.UnsubscribePurged && rapid.Bool().Draw(t, "purged before") {
		u.PurgedBefore = Instant(t)
	}
	return u
}

// Internal draws a fact of the processor itself.
func Internal(t *rapid.T) *state.Internal {
	place := "unsubscribes/0/" + itoa(rapid.IntRange(0, 9).Draw(t, "offset"))
	if rapid.Bool().Draw(t, "release") {
		return &state.Internal{Kind: state.InternalRelease, Target: place, By: "ops"}
	}
	return &state.Internal{Kind: state.InternalUnreadable}
}

// Channels draws a set of channels, often of one.
func Channels(t *rapid.T) state.Channels {
	return state.Channels(rapid.SampledFrom([]uint8{0, 2, 2, 2, 4, 6, 8, 14, 1}).Draw(t, "channels"))
}

// Purposes draws a set of purposes, often of one.
func Purposes(t *rapid.T) state.Purposes {
	return state.Purposes(rapid.SampledFrom([]uint8{0, 0, 2, 2, 4, 6, 14, 30, 16, 32, 64, 127}).Draw(t, "purposes"))
}

func pick(t *rapid.T, label string, pool []string) string {
	return rapid.SampledFrom(pool).Draw(t, label)
}

// draw picks a value of an enum whose greatest value is last.
func draw[T ~uint8](t *rapid.T, label string, last T) T {
	return T(rapid.IntRange(0, int(last)).Draw(t, label))
}
