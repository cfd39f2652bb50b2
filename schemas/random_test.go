package schemas

import (
	"strings"
	"testing"

	"github.com/linkedin/goavro/v2"
	"pgregory.net/rapid"

	"consentstream/state"
)

var testCodecs = map[string]*goavro.Codec{}

func goavroCodec(t testing.TB, s *Schema) *goavro.Codec {
	t.Helper()
	if testCodecs[s.Name] == nil {
		codec, err := goavro.NewCodec(s.Text)
		if err != nil {
			t.Fatal(err)
		}
		testCodecs[s.Name] = codec
	}
	return testCodecs[s.Name]
}

var inputTopics = []state.Topic{state.TopicPurchases, state.TopicClicks, state.TopicSignups, state.TopicUnsubscribes}

// text draws a string of at most limit bytes; one in a while is at the limit.
func text(t *rapid.T, name string, limit int) string {
	if rapid.IntRange(0, 20).Draw(t, name+" full") == 0 {
		return strings.Repeat("x", limit)
	}
	s := rapid.StringN(0, min(12, limit/4), limit).Draw(t, name)
	return strings.ReplaceAll(s, "|", "/")
}

func id(t *rapid.T, name string, limit int) string { return "i" + text(t, name, limit-1) }

func member[T ~uint8](t *rapid.T, s *symbols[T], name string) T {
	return rapid.SampledFrom(s.values).Draw(t, name)
}

func members(t *rapid.T, members int, name string) uint8 {
	return rapid.Uint8Range(0, 1<<members-1).Draw(t, name)
}

func instant(t *rapid.T, name string) state.Instant {
	return state.Instant(rapid.Int64Range(int64(MinInstant), int64(MaxInstant)).Draw(t, name))
}

func maybeInstant(t *rapid.T, none state.Instant, name string) state.Instant {
	if rapid.Bool().Draw(t, name+" none") {
		return none
	}
	return instant(t, name)
}

func names(t *rapid.T, limit int, name string) []string {
	var list []string
	for range rapid.SampledFrom([]int{0, 0, 1, 2, MaxItems}).Draw(t, name+" items") {
		list = append(list, text(t, name, limit))
	}
	return list
}

// randomRecord draws a record that passes every check and has the one form
// that decoding gives it.
func randomRecord(t *rapid.T, topic state.Topic) *Record {
	r := &Record{Key: state.Key{Controller: id(t, "controller", MaxName), Contact: id(t, "contact", MaxContact)}}
	f := &r.Fact
	*f = state.Fact{Topic: topic, ID: id(t, "event", MaxRef), Brand: text(t, "brand", MaxName),
		Address: text(t, "address", MaxRef), Source: text(t, "source", MaxRef),
		OccurredAt: instant(t, "occurred"), Precision: member(t, precisions, "precision")}
	f.Since = f.OccurredAt
	f.RecordedAt = maybeInstant(t, f.OccurredAt, "recorded")
	switch topic {
	case state.TopicPurchases:
		f.Purchase = randomPurchase(t)
	case state.TopicClicks:
		f.Click = randomClick(t)
	case state.TopicSignups:
		f.Signup = randomSignup(t)
	default:
		f.Unsubscribe = randomUnsubscribe(t)
	}
	return r
}

func randomPurchase(t *rapid.T) *state.Purchase {
	p := &state.Purchase{Kind: member(t, purchaseKinds, "kind"), OrderRef: id(t, "order", MaxRef), Family: text(t, "family", MaxName)}
	if p.Kind == state.PurchaseUnknown {
		return p
	}
	p.AmountKnown = rapid.Bool().Draw(t, "amount known")
	if p.AmountKnown {
		p.AmountMinor = rapid.Int64().Draw(t, "amount")
	}
	p.Currency = text(t, "currency", MaxFree)
	p.Role, p.CollectedBy, p.SoldBy = member(t, roles, "role"), member(t, collectedBys, "by"), member(t, soldBys, "sold")
	p.Notice = randomNotice(t)
	return p
}

func randomClick(t *rapid.T) *state.Click {
	return &state.Click{Kind: member(t, clickKinds, "kind"), Channel: member(t, channels, "channel"),
		Message: member(t, messageKinds, "message"), Target: member(t, clickTargets, "target"),
		Actor: member(t, actors, "actor"), CampaignID: text(t, "campaign", MaxFree), OrderRef: text(t, "order", MaxRef)}
}

func randomSignup(t *rapid.T) *state.Signup {
	s := &state.Signup{Kind: member(t, signupKinds, "kind"), Collection: member(t, collections, "collection"),
		SubmissionID: text(t, "submission", MaxFree)}
	unknown := s.Kind == state.SignupUnknown
	if !unknown {
		s.ContactType = rapid.SampledFrom(append(contactTypes.values, state.ContactNone)).Draw(t, "type")
		s.TimeZone = text(t, "zone", MaxFree)
		s.Notice = randomNotice(t)
	}
	for range rapid.SampledFrom([]int{0, 1, 2, MaxItems}).Draw(t, "answers") {
		a := randomAnswer(t)
		if unknown {
			a.Value = state.AnswerNo
		}
		s.Answers = append(s.Answers, a)
	}
	return s
}

func randomNotice(t *rapid.T) *state.Notice {
	if rapid.Bool().Draw(t, "no notice") {
		return nil
	}
	return &state.Notice{Channels: state.Channels(members(t, 4, "channels")), Purposes: state.Purposes(members(t, 7, "purposes")),
		Families: names(t, MaxName, "family"), OptOutOffered: rapid.Bool().Draw(t, "opt out"), Mode: member(t, noticeModes, "mode"),
		TextVersion: text(t, "text", MaxName), ProofRef: text(t, "proof", MaxRef), Language: text(t, "language", MaxFree),
		URL: text(t, "url", MaxRef), OrderRef: text(t, "order", MaxRef)}
}

func randomAnswer(t *rapid.T) state.Answer {
	return state.Answer{Form: member(t, answerForms, "form"), Value: member(t, answerValues, "value"),
		Channels: state.Channels(members(t, 4, "channels")), Purposes: state.Purposes(members(t, 7, "purposes")),
		Shown: state.Purposes(members(t, 7, "shown")), ProofRef: text(t, "proof", MaxRef), Confirmed: rapid.Bool().Draw(t, "confirmed"),
		PhoneMentions: rapid.Bool().Draw(t, "mentions"), TextVersion: text(t, "text", MaxName), Message: member(t, messageKinds, "message")}
}

func randomUnsubscribe(t *rapid.T) *state.Unsubscribe {
	return &state.Unsubscribe{Kind: member(t, unsubKinds, "kind"), Method: member(t, unsubMethods, "method"),
		Channels: state.Channels(members(t, 4, "channels")), Purposes: state.Purposes(members(t, 7, "purposes")),
		Shown: state.Purposes(members(t, 7, "shown")), Brands: names(t, MaxName, "brand"), ProofRef: id(t, "proof", MaxRef),
		Message: member(t, messageKinds, "message"), PurgedBefore: maybeInstant(t, state.Unset, "purged")}
}

func randomEligibility(t *rapid.T) *state.EligibilityChanged {
	v := &state.EligibilityChanged{EventID: text(t, "event", MaxRef), Key: state.Key{Contact: text(t, "contact", MaxContact), Controller: text(t, "controller", MaxName)},
		Sequence: rapid.Int64Min(0).Draw(t, "sequence"), EffectiveAt: instant(t, "effective"), DecidedAt: instant(t, "decided"),
		Cause: randomCause(t), PolicyVersion: text(t, "policy", MaxName), RetentionExpiresAt: maybeInstant(t, state.Never, "expires")}
	for range rapid.IntRange(0, 3).Draw(t, "evidence") {
		v.Evidence = append(v.Evidence, state.Evidence{EventID: text(t, "e", 9), Topic: text(t, "t", 9), Source: text(t, "s", 9)})
	}
	for range rapid.IntRange(0, 4).Draw(t, "verdicts") {
		v.Verdicts = append(v.Verdicts, randomVerdict(t))
	}
	for range rapid.IntRange(0, 3).Draw(t, "changed") {
		c := state.VerdictChange{Kind: member(t, messageKinds, "kind"), Channel: member(t, channels, "channel"), Address: text(t, "a", 9),
			Brand: text(t, "b", 9), HasBefore: rapid.Bool().Draw(t, "has before"), After: rapid.Bool().Draw(t, "after")}
		c.Before = c.HasBefore && rapid.Bool().Draw(t, "before")
		v.Changed = append(v.Changed, c)
	}
	return v
}

func randomCause(t *rapid.T) state.Cause {
	c := state.Cause{Kind: member(t, causeKinds, "cause"), EventID: text(t, "event", MaxRef), Partition: -1, Offset: -1}
	if rapid.Bool().Draw(t, "over a topic") {
		c.Topic = "t" + text(t, "topic", 20)
		c.Partition, c.Offset = rapid.Int32Min(0).Draw(t, "partition"), rapid.Int64Min(0).Draw(t, "offset")
	}
	return c
}

func randomVerdict(t *rapid.T) state.PublishedVerdict {
	reasons := state.ReasonSymbols()
	v := state.PublishedVerdict{Row: state.Row{Kind: member(t, messageKinds, "kind"), Channel: member(t, channels, "channel"),
		Address: text(t, "address", 20), Brand: text(t, "brand", 20), Allowed: rapid.Bool().Draw(t, "allowed"),
		AllowedByLaw: rapid.Bool().Draw(t, "by law"), Basis: member(t, bases, "basis"),
		Reason: state.Reason(rapid.IntRange(0, len(reasons)-1).Draw(t, "reason")), Until: maybeInstant(t, state.Never, "until"),
		Families: names(t, 9, "family")}}
	v.Rules = rapid.SampledFrom([][]uint8{nil, {0}, {9, 10}, {23, 99, 100, 255}}).Draw(t, "rules")
	v.Evidence = rapid.SampledFrom([][]int32{nil, {0}, {1, 2147483647}}).Draw(t, "positions")
	return v
}

func randomRetention(t *rapid.T) *state.RetentionExpiry {
	v := &state.RetentionExpiry{EventID: text(t, "event", MaxRef), Key: state.Key{Contact: text(t, "contact", MaxContact), Controller: text(t, "controller", MaxName)},
		Sequence: rapid.Int64Min(0).Draw(t, "sequence"), PolicyVersion: text(t, "policy", MaxName), Stage: member(t, stages, "stage"),
		Action: member(t, actions, "action"), DueAt: instant(t, "due"), EmittedAt: instant(t, "emitted"),
		LastContactAt: maybeInstant(t, state.Unset, "last"), LastContactEventID: text(t, "last", MaxRef), ArchiveUntil: maybeInstant(t, state.Unset, "archive")}
	for range rapid.IntRange(0, 4).Draw(t, "keep") {
		v.Keep = append(v.Keep, state.Keep{What: member(t, keepWhats, "what"), Until: maybeInstant(t, state.Never, "until")})
	}
	return v
}
