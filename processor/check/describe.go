package check

import (
	"fmt"
	"strings"

	"consentstream/state"
)

func describe(f *state.Fact) Evidence {
	return Evidence{
		EventID: f.ID, Topic: f.Topic.String(), Source: f.Source, Summary: Summary(f),
		OccurredAt: Timestamp(f.OccurredAt), Since: Timestamp(f.Since), Precision: f.Precision.String(),
		RecordedAt: Timestamp(f.RecordedAt), Forwarded: f.Forwarded,
	}
}

// Summary says in a few words what happened, with the symbols of the records.
func Summary(f *state.Fact) string {
	var words []string
	switch {
	case f.Purchase != nil:
		words = purchaseWords(f.Purchase)
	case f.Click != nil:
		words = clickWords(f.Click)
	case f.Signup != nil:
		words = signupWords(f.Signup)
	case f.Unsubscribe != nil:
		words = unsubscribeWords(f.Unsubscribe)
	case f.Internal != nil:
		words = internalWords(f.Internal)
	}
	if f.Brand != "" {
		words = append(words, "brand "+f.Brand)
	}
	if f.Address != "" {
		words = append(words, "address "+f.Address)
	}
	return strings.Join(words, ", ")
}

func purchaseWords(p *state.Purchase) []string {
	words := []string{fmt.Sprintf("%s %s", p.Kind, p.OrderRef)}
	if p.Kind != state.PurchaseOrdered && p.Kind != state.PurchaseContractStarted {
		return words
	}
	words = append(words, "family "+p.Family)
	if p.AmountKnown {
		words = append(words, amount(p.AmountMinor, p.Currency))
	}
	if p.Role != state.RoleBuyer {
		words = append(words, p.Role.String())
	}
	if p.CollectedBy != state.CollectedDirect {
		words = append(words, "collected by "+p.CollectedBy.String())
	}
	return append(words, noticeWords(p.Notice)...)
}

// amount prints minor units as they came: how many digits a currency has after
// its point is not known here.
func amount(minor int64, currency string) string {
	if currency == "" {
		return fmt.Sprintf("%d minor units", minor)
	}
	return fmt.Sprintf("%d minor units of %s", minor, currency)
}

func clickWords(c *state.Click) []string {
	what := c.Kind.String()
	if c.Kind == state.ClickClick {
		what += " on " + c.Target.String()
	}
	words := []string{what}
	if c.Message != state.MessageUnknown {
		words = append(words, "of a "+c.Message.String())
	}
	if c.Channel != state.ChannelUnknown {
		words = append(words, "by "+c.Channel.String())
	}
	if c.Kind == state.ClickClick {
		words = append(words, "actor "+c.Actor.String())
	}
	return words
}

func signupWords(s *state.Signup) []string {
	words := []string{s.Kind.String()}
	if s.Collection != state.CollectionDirect {
		words = append(words, "collected "+s.Collection.String())
	}
	if s.ContactType != state.ContactNone {
		words = append(words, "as "+s.ContactType.String())
	}
	words = append(words, noticeWords(s.Notice)...)
	for i := range s.Answers {
		words = append(words, answerWords(&s.Answers[i]))
	}
	return words
}

func noticeWords(n *state.Notice) []string {
	if n == nil {
		return nil
	}
	text := fmt.Sprintf("notice %s for %s by %s", n.TextVersion, purposes(n.Purposes, "nothing"), channels(n.Channels, "no channel"))
	if !n.OptOutOffered {
		text += " with no way to refuse"
	}
	return []string{text + proof(n.ProofRef)}
}

func answerWords(a *state.Answer) string {
	none := "nothing"
	if a.Value == state.AnswerNo {
		none = "all"
	}
	text := fmt.Sprintf("answered %s (%s) to %s by %s", a.Value, a.Form, purposes(a.Purposes, none), channels(a.Channels, none))
	if a.Value == state.AnswerYes {
		text += proof(a.ProofRef)
	}
	return text
}

func proof(ref string) string {
	if ref == "" {
		return ", no proof kept"
	}
	return ", proof " + ref
}

func unsubscribeWords(u *state.Unsubscribe) []string {
	words := []string{u.Kind.String()}
	if u.Method != state.MethodOther {
		words = append(words, "by "+u.Method.String())
	}
	if u.Channels != 0 {
		words = append(words, "on "+channels(u.Channels, ""))
	}
	if u.Purposes != 0 {
		words = append(words, "for "+purposes(u.Purposes, ""))
	}
	if u.Shown != 0 {
		words = append(words, "shown "+purposes(u.Shown, ""))
	}
	if len(u.Brands) > 0 {
		words = append(words, "brands "+strings.Join(u.Brands, " "))
	}
	if u.ProofRef != "" {
		words = append(words, "proof "+u.ProofRef)
	}
	return words
}

func internalWords(i *state.Internal) []string {
	if i.Kind == state.InternalUnreadable {
		return []string{"a record on unsubscribes that could not be read"}
	}
	return []string{"release of " + i.Target + " by " + i.By}
}

// channels joins the symbols of a set; empty is what the empty set means.
func channels(s state.Channels, empty string) string {
	var symbols []string
	for c := state.ChannelUnknown; c <= state.ChannelPhone; c++ {
		if s.Has(c) {
			symbols = append(symbols, c.String())
		}
	}
	return joined(symbols, empty)
}

// purposes joins the symbols of a set; empty is what the empty set means.
func purposes(s state.Purposes, empty string) string {
	var symbols []string
	for p := state.PurposeUnknown; p <= state.PurposeContact; p++ {
		if s.Has(p) {
			symbols = append(symbols, p.String())
		}
	}
	return joined(symbols, empty)
}

func joined(symbols []string, empty string) string {
	if len(symbols) == 0 {
		return empty
	}
	return strings.Join(symbols, " ")
}
