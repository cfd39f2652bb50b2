package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"consentstream/state"
	"consentstream/state/rules"
)

// Short ways to write histories and what they must lead to. Times are local in
// Paris unless they carry an offset.

// check is one line of a table: what a rule says, and a case that shows it.
type check struct {
	says   string
	given  []state.Fact
	policy func(*rules.Settings)
	when   string
	known  string // "" = when
	ask    string // channel and kind
	with   func(*rules.Question)
	state  func(*state.Contact) // what the contact holds beside its facts
	want   string
	law    string // "allow" or "deny" by law alone, "" = any
	cites  string // ids of the evidence, "" = any; facts are numbered from e00
}

func checkAll(t *testing.T, checks []check) {
	t.Helper()
	for i := range checks {
		c := &checks[i]
		t.Run(fmt.Sprintf("%02d %s", i, c.says), func(t *testing.T) {
			c.holds(t)
		})
	}
}

// holds shows that the case is answered as it says. Reasons come in an order
// that the rules rely on: first those that allow.
func (c *check) holds(t *testing.T) {
	t.Helper()
	v := c.verdict(t, local(c.when))
	if describe(&v, true) != c.want {
		t.Errorf("%s at %s: got %s, want %s", c.ask, c.when, describe(&v, true), c.want)
	}
	if tells := v.Reason < state.ReasonUnreadableNegative; v.Applicable && v.Allowed != tells {
		t.Errorf("%s at %s: allowed is %v for a reason of the other kind, %s", c.ask, c.when, v.Allowed, v.Reason)
	}
	if c.law != "" && v.AllowedByLaw != (c.law == "allow") {
		t.Errorf("%s at %s: by law allowed is %v", c.ask, c.when, v.AllowedByLaw)
	}
	if cites := c.evidence(&v); c.cites != "" && cites != c.cites {
		t.Errorf("%s at %s: rests on %s, want %s", c.ask, c.when, cites, c.cites)
	}
	c.lasts(t, &v)
	c.stands(t)
}

// verdict answers the case at an instant, as far as is known at its own.
func (c *check) verdict(t *testing.T, at state.Instant) rules.Verdict {
	t.Helper()
	contact := c.contactOf()
	q := question(t, c.ask)
	if c.with != nil {
		c.with(&q)
	}
	return rules.Decide(c.policyOf(), controller, &contact, at, c.knownAt(local(c.when)), q)
}

func (c *check) contactOf() state.Contact {
	contact := contactOf(numbered(c.given))
	if c.state != nil {
		c.state(&contact)
	}
	return contact
}

func (c *check) evidence(v *rules.Verdict) string {
	contact := c.contactOf()
	ids := make([]string, 0, len(v.Evidence))
	for _, at := range v.Evidence {
		ids = append(ids, contact.Facts[at].ID)
	}
	return strings.Join(ids, " ")
}

func (c *check) policyOf() *rules.Policy {
	policy := rules.Default()
	if c.policy != nil {
		c.policy(&policy.Versions[0].Settings)
	}
	return policy
}

func (c *check) knownAt(when state.Instant) state.Instant {
	if c.known == "" {
		return when
	}
	return local(c.known)
}

func question(t *testing.T, ask string) rules.Question {
	t.Helper()
	words := strings.Fields(ask)
	channel, known := state.ParseChannel(words[0])
	kind, ok := state.ParseMessageKind(words[1])
	if !known || !ok {
		t.Fatalf("no question: %q", ask)
	}
	return rules.Question{Channel: channel, Kind: kind, Family: "main"}
}

// numbered gives ids by position to facts that have none.
func numbered(facts []state.Fact) []state.Fact {
	list := append([]state.Fact(nil), facts...)
	for i := range list {
		if list[i].ID == "" {
			list[i].ID = fmt.Sprintf("e%02d", i)
		}
	}
	return list
}

func facts(groups ...any) []state.Fact {
	var list []state.Fact
	for _, g := range groups {
		switch g := g.(type) {
		case state.Fact:
			list = append(list, g)
		case []state.Fact:
			list = append(list, g...)
		}
	}
	return list
}

func moment(id string, at state.Instant, topic state.Topic) state.Fact {
	return state.Fact{ID: id, Topic: topic, OccurredAt: at, Since: at, RecordedAt: at}
}

func purchaseFact(id string, at state.Instant, p *state.Purchase) state.Fact {
	f := moment(id, at, state.TopicPurchases)
	f.Purchase = p
	return f
}

func orderFact(id string, at state.Instant, ref string) state.Fact {
	return purchaseFact(id, at, &state.Purchase{Kind: state.PurchaseOrdered, OrderRef: ref, Family: "main", AmountMinor: 5000, AmountKnown: true})
}

func signupFact(id string, at state.Instant, s *state.Signup) state.Fact {
	f := moment(id, at, state.TopicSignups)
	f.Signup = s
	return f
}

func local(s string) state.Instant { return instant(nil, s) }

func order(when, ref string) state.Fact { return orderFact("", local(when), ref) }

func purchased(when string, kind state.PurchaseKind, ref string) state.Fact {
	return purchaseFact("", local(when), &state.Purchase{Kind: kind, OrderRef: ref, Family: "main"})
}

func contract(when, ref, family string) state.Fact {
	return purchaseFact("", local(when), &state.Purchase{Kind: state.PurchaseContractStarted, OrderRef: ref, Family: family})
}

func signed(when string, kind state.SignupKind) state.Fact {
	return signupFact("", local(when), &state.Signup{Kind: kind})
}

// told is a notice of everything that soft opt-in may carry.
func told(when string, channels ...state.Channel) state.Fact {
	n := usualNotice()
	if len(channels) > 0 {
		n.Channels = state.ChannelsOf(channels...)
	}
	return signupFact("", local(when), &state.Signup{Kind: state.SignupForm, Notice: n})
}

// client0 is a client of January 2026, told five minutes before the order.
func client0() []state.Fact { return facts(told("2026-01-10T09:55"), order("2026-01-10T10:00", "O1")) }

// said is an answer YES with a proof.
func said(when string, channels state.Channels, purposes state.Purposes) state.Fact {
	return signupFact("", local(when), &state.Signup{Kind: state.SignupForm, Answers: []state.Answer{
		{Form: state.FormYesNo, Value: state.AnswerYes, Channels: channels, Purposes: purposes, ProofRef: "p1", PhoneMentions: true},
	}})
}

func refused(when string, channels state.Channels, purposes, shown state.Purposes) state.Fact {
	return signupFact("", local(when), &state.Signup{Kind: state.SignupForm, Answers: []state.Answer{
		{Form: state.FormYesNo, Value: state.AnswerNo, Channels: channels, Purposes: purposes, Shown: shown},
	}})
}

func unsubscribed(when string, kind state.UnsubscribeKind, method state.Method) state.Fact {
	f := moment("", local(when), state.TopicUnsubscribes)
	f.Unsubscribe = &state.Unsubscribe{Kind: kind, Method: method, PurgedBefore: state.Unset}
	return f
}

func unreadable(when string) state.Fact {
	f := moment("unsubscribes/3/17", local(when), state.TopicUnsubscribes)
	f.Internal = &state.Internal{Kind: state.InternalUnreadable}
	return f
}

func clicked(when string, message state.MessageKind) state.Fact {
	f := moment("", local(when), state.TopicClicks)
	f.Click = &state.Click{Kind: state.ClickClick, Channel: state.ChannelEmail, Message: message, Actor: state.ActorHuman}
	return f
}

func wasSent(when string, channel state.Channel, message state.MessageKind) state.Fact {
	f := moment("", local(when), state.TopicClicks)
	f.Click = &state.Click{Kind: state.ClickSent, Channel: channel, Message: message}
	return f
}

// but returns the fact with something changed; bodies are copied.
func but(f state.Fact, change func(*state.Fact)) state.Fact {
	switch {
	case f.Purchase != nil:
		body := *f.Purchase
		f.Purchase = &body
	case f.Click != nil:
		body := *f.Click
		f.Click = &body
	case f.Unsubscribe != nil:
		body := *f.Unsubscribe
		f.Unsubscribe = &body
	case f.Signup != nil:
		body := *f.Signup
		body.Answers = append([]state.Answer(nil), body.Answers...)
		if body.Notice != nil {
			notice := *body.Notice
			body.Notice = &notice
		}
		f.Signup = &body
	}
	change(&f)
	return f
}

func recorded(f state.Fact, when string) state.Fact {
	return but(f, func(f *state.Fact) { f.RecordedAt = local(when) })
}

// mergedSince makes a fact stand for all of its class since then.
func mergedSince(f state.Fact, since string) state.Fact {
	return but(f, func(f *state.Fact) { f.Since = local(since) })
}

func byDay(f state.Fact) state.Fact {
	return but(f, func(f *state.Fact) { f.Precision = state.PrecisionDay })
}

func at0(f state.Fact, address string) state.Fact {
	return but(f, func(f *state.Fact) { f.Address = address })
}

func answering(f state.Fact, change func(*state.Answer)) state.Fact {
	return but(f, func(f *state.Fact) { change(&f.Signup.Answers[0]) })
}

func noticing(f state.Fact, change func(*state.Notice)) state.Fact {
	return but(f, func(f *state.Fact) { change(f.Signup.Notice) })
}

func buying(f state.Fact, change func(*state.Purchase)) state.Fact {
	return but(f, func(f *state.Fact) { change(f.Purchase) })
}

func objecting(f state.Fact, change func(*state.Unsubscribe)) state.Fact {
	return but(f, func(f *state.Fact) { change(f.Unsubscribe) })
}

var (
	email    = state.ChannelsOf(state.ChannelEmail)
	sms      = state.ChannelsOf(state.ChannelSMS)
	phone    = state.ChannelsOf(state.ChannelPhone)
	promo    = state.PurposesOf(state.PurposePromotional)
	news     = state.PurposesOf(state.PurposeNewsletter)
	cart     = state.PurposesOf(state.PurposeCart)
	loyalty  = state.PurposesOf(state.PurposeLoyalty)
	review   = state.PurposesOf(state.PurposeReview)
	everyone = state.AllPurposes
)
