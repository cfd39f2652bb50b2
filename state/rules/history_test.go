package rules_test

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"consentstream/state"
	"consentstream/state/rules"
)

// Random histories for properties. They are biased to what shops see: notices
// before orders, yeses, objections, and now and then something odd.

const (
	hour   = state.Instant(3_600_000)
	oneDay = 24 * hour
)

var (
	start   = at("2022-01-03T00:00:00Z")
	windows = 6 * 365
)

func at(s string) state.Instant {
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return state.At(v)
}

func one[T any](t *rapid.T, label string, of ...T) T { return rapid.SampledFrom(of).Draw(t, label) }

func chance(t *rapid.T, label string, in int) bool {
	return rapid.IntRange(0, in-1).Draw(t, label) == in-1
}

func drawInstant(t *rapid.T) state.Instant {
	i := start + state.Instant(rapid.IntRange(0, windows).Draw(t, "day"))*oneDay
	return i + state.Instant(rapid.IntRange(0, 23).Draw(t, "hour"))*hour
}

// drawHistory draws up to n facts with ids of their own.
func drawHistory(t *rapid.T, n int) []state.Fact {
	count := rapid.IntRange(0, n).Draw(t, "facts")
	facts := make([]state.Fact, 0, count)
	for i := range count {
		f := drawFact(t)
		f.ID = fmt.Sprintf("e%03d", i)
		facts = append(facts, f)
	}
	return facts
}

func drawFact(t *rapid.T) state.Fact {
	f := state.Fact{
		OccurredAt: drawInstant(t),
		Address:    one(t, "address", "", "", "a1", "a1", "a2"),
		Brand:      one(t, "brand", "", "", "", "X"),
	}
	if chance(t, "by the day", 8) {
		f.Precision = state.PrecisionDay
	}
	f.RecordedAt = f.OccurredAt
	switch rapid.IntRange(0, 9).Draw(t, "recorded") {
	case 0:
		f.RecordedAt += state.Instant(rapid.IntRange(1, 40).Draw(t, "late")) * oneDay
	case 1:
		f.RecordedAt -= state.Instant(rapid.IntRange(1, 400).Draw(t, "early")) * oneDay
	}
	f.Since = f.OccurredAt
	drawBody(t, &f)
	return f
}

func drawBody(t *rapid.T, f *state.Fact) {
	switch rapid.IntRange(0, 19).Draw(t, "body") {
	case 0, 1, 2, 3, 4:
		f.Topic, f.Purchase = state.TopicPurchases, drawPurchase(t)
	case 5, 6, 7, 8:
		f.Topic, f.Click = state.TopicClicks, drawClick(t)
	case 9, 10, 11, 12, 13, 14:
		f.Topic, f.Signup = state.TopicSignups, drawSignup(t)
	case 19:
		f.Topic, f.Internal = state.TopicUnsubscribes, &state.Internal{Kind: state.InternalUnreadable}
		if chance(t, "release", 2) {
			f.Internal = &state.Internal{Kind: state.InternalRelease, Target: one(t, "target", "e000", "e001", "e002", "e003"), By: "ops"}
		}
	default:
		f.Topic, f.Unsubscribe = state.TopicUnsubscribes, drawUnsubscribe(t)
		f.Forwarded = f.Address != "" && chance(t, "forwarded", 6)
	}
}

func drawPurchase(t *rapid.T) *state.Purchase {
	p := &state.Purchase{
		Kind: one(t, "purchase", state.PurchaseOrdered, state.PurchaseOrdered, state.PurchaseOrdered, state.PurchaseContractStarted,
			state.PurchaseDelivered, state.PurchaseCancelled, state.PurchaseContractEnded, state.PurchaseAttended),
		OrderRef: one(t, "order", "O1", "O2", "O3"), Family: one(t, "family", "main", "main", "book"),
		AmountMinor: one(t, "amount", int64(0), 5000, 5000, 20000), AmountKnown: !chance(t, "not told", 4),
	}
	if chance(t, "odd", 6) {
		p.Role = one(t, "role", state.RoleBuyer, state.RoleBeneficiary)
		p.CollectedBy = one(t, "by", state.CollectedDirect, state.CollectedMarketplace)
	}
	if chance(t, "told", 3) {
		p.Notice = drawNotice(t)
	}
	return p
}

func drawClick(t *rapid.T) *state.Click {
	return &state.Click{
		Kind:    one(t, "click", state.ClickClick, state.ClickClick, state.ClickSent, state.ClickSent, state.ClickOpen, state.ClickLogin),
		Channel: drawChannel(t), Actor: one(t, "actor", state.ActorHuman, state.ActorHuman, state.ActorMachine),
		Message: one(t, "message", state.MessagePromotional, state.MessageNewsletter, state.MessageWelcome, state.MessageDeletionWarning,
			state.MessageReviewRequest, state.MessageUnsubscribeConfirmation, state.MessageCall, state.MessageService, state.MessageUnknown),
		Target:   one(t, "target", state.TargetContent, state.TargetContent, state.TargetKeepMe, state.TargetUnsubscribe),
		OrderRef: one(t, "order", "", "O1", "O2"),
	}
}

func drawSignup(t *rapid.T) *state.Signup {
	s := &state.Signup{
		Kind: one(t, "signup", state.SignupForm, state.SignupForm, state.SignupForm, state.SignupCollected, state.SignupAccountCreated,
			state.SignupInquiry, state.SignupAlertRequested, state.SignupAddressChanged, state.SignupLoyaltyJoined),
		SubmissionID: one(t, "submission", "", "", "s1"), TimeZone: one(t, "zone", "", "", "Indian/Reunion", "no/where"),
	}
	if chance(t, "collected", 4) {
		s.Collection = one(t, "collection", state.CollectionImport, state.CollectionInStore, state.CollectionThirdParty)
	}
	if chance(t, "typed", 6) {
		s.ContactType = one(t, "type", state.ContactConsumer, state.ContactB2BNamed, state.ContactB2BGeneric)
	}
	if chance(t, "told", 2) {
		s.Notice = drawNotice(t)
	}
	for range rapid.IntRange(0, 2).Draw(t, "answers") {
		s.Answers = append(s.Answers, drawAnswer(t))
	}
	return s
}

func drawNotice(t *rapid.T) *state.Notice {
	n := &state.Notice{
		Channels: drawChannels(t) | state.ChannelsOf(state.ChannelEmail), Purposes: state.AllMarketing, OptOutOffered: !chance(t, "no way out", 6),
		Mode: one(t, "mode", state.NoticeForm, state.NoticeForm, state.NoticeEmail, state.NoticeInStore), TextVersion: "v1",
		ProofRef: one(t, "proof", "p1", "p1", "p2", ""), OrderRef: one(t, "order", "", "", "O1"),
	}
	if chance(t, "purposes", 3) {
		n.Purposes = drawPurposes(t)
	}
	if chance(t, "bounded", 5) {
		n.Families = []string{"book"}
	}
	return n
}

func drawAnswer(t *rapid.T) state.Answer {
	return state.Answer{
		Form:     one(t, "form", state.FormYesNo, state.FormOptInBox, state.FormYesNo, state.FormTerms, state.FormDoubleOptIn, state.FormOral),
		Value:    one(t, "value", state.AnswerYes, state.AnswerYes, state.AnswerYes, state.AnswerNo, state.AnswerNone),
		Channels: drawChannels(t), Purposes: drawPurposes(t), Shown: one(t, "shown", state.Purposes(0), state.AllMarketing),
		ProofRef: one(t, "proof", "p1", "p1", "p2", ""), Confirmed: chance(t, "confirmed", 2), PhoneMentions: chance(t, "mentions", 2),
		Message: one(t, "asked by", state.MessageUnknown, state.MessageUnknown, state.MessageService, state.MessagePromotional),
	}
}

func drawUnsubscribe(t *rapid.T) *state.Unsubscribe {
	u := &state.Unsubscribe{
		Kind: one(t, "kind", state.UnsubscribeUnsubscribe, state.UnsubscribeUnsubscribe, state.UnsubscribeObjection, state.UnsubscribeComplaint,
			state.UnsubscribeErasure, state.UnsubscribeRestriction, state.UnsubscribeProofLost, state.UnsubscribePurged, state.UnsubscribeBloctel),
		Method:   one(t, "method", state.MethodLink, state.MethodLink, state.MethodSMSStop, state.MethodLetter, state.MethodOral),
		Channels: drawChannels(t), ProofRef: one(t, "proof", "p1", "p2"), PurgedBefore: state.Unset,
		Message: one(t, "answers", state.MessageUnknown, state.MessageReviewRequest),
	}
	if chance(t, "scoped", 2) {
		u.Purposes, u.Shown = drawPurposes(t), one(t, "shown", state.Purposes(0), state.AllMarketing)
	}
	if chance(t, "branded", 4) {
		u.Brands = []string{one(t, "brand", "X", "Y")}
	}
	if u.Kind == state.UnsubscribePurged && chance(t, "before", 2) {
		u.PurgedBefore = drawInstant(t)
	}
	return u
}

func drawChannel(t *rapid.T) state.Channel {
	return one(t, "channel", state.ChannelEmail, state.ChannelEmail, state.ChannelSMS, state.ChannelPhone, state.ChannelUnknown)
}

func drawChannels(t *rapid.T) state.Channels {
	return one(t, "channels", state.Channels(0), state.ChannelsOf(state.ChannelEmail), state.ChannelsOf(state.ChannelEmail),
		state.ChannelsOf(state.ChannelPhone), state.ChannelsOf(state.ChannelEmail, state.ChannelSMS), state.AllChannels)
}

func drawPurposes(t *rapid.T) state.Purposes {
	return one(t, "purposes",
		state.PurposesOf(state.PurposePromotional, state.PurposeNewsletter), state.PurposesOf(state.PurposePromotional),
		state.PurposesOf(state.PurposeNewsletter), state.PurposesOf(state.PurposeCart), state.PurposesOf(state.PurposeLoyalty),
		state.PurposesOf(state.PurposeReview), state.AllMarketing, state.AllPurposes, state.Purposes(0))
}

// contactOf folds facts; every address is answered for.
func contactOf(facts []state.Fact) state.Contact {
	c := state.NewContact()
	for _, f := range facts {
		c.Add(f)
	}
	for _, u := range c.Uses {
		c.Answer(u.Address, false)
	}
	return c
}

// drawPolicy draws a policy of one or two versions.
func drawPolicy(t *rapid.T) *rules.Policy {
	p := rules.Default()
	drawSettings(t, &p.Versions[0].Settings)
	if chance(t, "second version", 3) {
		second := rules.Version{Name: "second", EffectiveFrom: at("2025-02-28T23:00:00Z"), Settings: rules.DefaultSettings()}
		drawSettings(t, &second.Settings)
		p.Versions = append(p.Versions, second)
	}
	return p
}

func drawSettings(t *rapid.T, s *rules.Settings) {
	if chance(t, "usual policy", 2) {
		return
	}
	s.RetentionYears = rapid.IntRange(1, 3).Draw(t, "years")
	s.SoftOptIn, s.WelcomeRamp = !chance(t, "strict", 5), chance(t, "ramp", 5)
	s.SoftOptInWindowMonths = one(t, "months", 0, 0, 12)
	s.ReviewStrict, s.UnsubscribeConfirmation = chance(t, "strict review", 5), chance(t, "confirms", 2)
	s.LoginCountsAsContact, s.AttendanceCountsAsContact = chance(t, "login", 3), !chance(t, "attendance", 3)
	s.ComplaintClosesAllChannels, s.AnyObjectionClosesAll = chance(t, "complaint closes", 5), chance(t, "any closes", 5)
	s.SuppressionTTLYears = one(t, "ttl", 0, 0, 3)
	s.BannedSector = chance(t, "banned", 8)
	if chance(t, "analogous", 4) {
		s.AnalogousFamilies = map[string][]string{"main": {"book"}}
	}
	if chance(t, "overseas", 6) {
		s.TimeZone = zone("Indian/Reunion")
	}
}

func zone(name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return z
}
