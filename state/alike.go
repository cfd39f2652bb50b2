package state

import "slices"

// Facts that are held singly under one limit are alike in all that a decision
// asks of them, so that none pushes out one of another use. Their sizes are
// alike too: what a class holds takes a room that its newest members do not
// change.

// alike reports whether a held fact counts with f, which is of the class kind.
func (c *Contact) alike(held, f *Fact, kind class) bool {
	if classOf(held) != kind {
		return false
	}
	if c.Level >= levelGiveUp && (kind == classSale || kind == classConsent) {
		return held.Address == f.Address
	}
	return sizeBucket(held) == sizeBucket(f) && alikeBodies(held, f, kind)
}

func alikeBodies(a, b *Fact, kind class) bool {
	switch kind {
	case classSale:
		return a.Address == b.Address && a.Brand == b.Brand && alikeSales(a.Purchase, b.Purchase)
	case classConsent:
		return a.Address == b.Address && a.Brand == b.Brand && alikeSignups(a.Signup, b.Signup)
	case classRefusal:
		return a.Address == b.Address && a.Brand == b.Brand && a.Forwarded == b.Forwarded && slices.Equal(a.Signup.Answers, b.Signup.Answers)
	case classCancelled, classDelivered, classEnded:
		return a.Address == b.Address && a.Purchase.Family == b.Purchase.Family
	case classWarned, classConfirmed, classWelcome, classNewsletter, classCall:
		return a.Click.Channel == b.Click.Channel
	}
	return true
}

func alikeSales(a, b *Purchase) bool {
	return a.Kind == b.Kind && a.Family == b.Family && a.Role == b.Role && a.CollectedBy == b.CollectedBy &&
		a.free() == b.free() && alikeNotices(a.Notice, b.Notice)
}

func (p *Purchase) free() bool { return p.AmountKnown && p.AmountMinor <= 0 }

func alikeSignups(a, b *Signup) bool {
	return a.Kind == b.Kind && a.Collection == b.Collection && a.ContactType == b.ContactType &&
		alikeNotices(a.Notice, b.Notice) && slices.EqualFunc(a.Answers, b.Answers, alikeAnswers)
}

func alikeNotices(a, b *Notice) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Channels == b.Channels && a.Purposes == b.Purposes && a.OptOutOffered == b.OptOutOffered &&
		a.Mode == b.Mode && (a.ProofRef == "") == (b.ProofRef == "") && slices.Equal(a.Families, b.Families)
}

func alikeAnswers(a, b Answer) bool {
	hasProof := (a.ProofRef == "") == (b.ProofRef == "")
	a.ProofRef, a.TextVersion = b.ProofRef, b.TextVersion
	return hasProof && a == b
}

func sizeBucket(f *Fact) int { return (f.contentSize() + varintSize(f.OccurredAt)) / sizeStep }
