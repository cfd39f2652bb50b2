package schemas

import (
	"errors"

	"consentstream/state"
)

// AppendRecord appends the Avro binary of a record of an input topic, with
// nothing before it, and returns the longer slice. Empty optional strings,
// AmountKnown false and the zero values of optional enums are written as null,
// and so is a RecordedAt that equals OccurredAt. Facts that no topic carries
// (internal ones) are refused. It does not check lengths.
func AppendRecord(dst []byte, topic state.Topic, r *Record) ([]byte, error) {
	w := writer{dst: dst}
	w.common(r)
	f := &r.Fact
	switch {
	case topic == state.TopicPurchases && f.Purchase != nil:
		w.purchase(f.Purchase)
	case topic == state.TopicClicks && f.Click != nil:
		w.click(f.Click)
	case topic == state.TopicSignups && f.Signup != nil:
		w.signup(f.Signup)
	case topic == state.TopicUnsubscribes && f.Unsubscribe != nil:
		w.unsubscribe(f.Unsubscribe)
	default:
		return nil, errors.New("schemas: the fact has no body of the topic " + topic.String())
	}
	return w.result(OfTopic(topic))
}

func (w *writer) common(r *Record) {
	f := &r.Fact
	w.text(f.ID)
	w.text(r.Key.Contact)
	w.text(r.Key.Controller)
	w.optionalText(f.Brand)
	w.text(f.Address)
	w.long(int64(f.OccurredAt))
	putSymbol(w, "precision", precisions, f.Precision)
	if f.RecordedAt == f.OccurredAt {
		w.null()
	} else {
		w.optionalInstant(f.RecordedAt)
	}
	w.text(f.Source)
}

func (w *writer) purchase(p *state.Purchase) {
	putSymbol(w, "kind", purchaseKinds, p.Kind)
	w.text(p.OrderRef)
	w.text(p.Family)
	if p.AmountKnown {
		w.some()
		w.long(p.AmountMinor)
	} else {
		w.null()
	}
	w.optionalText(p.Currency)
	putSymbol(w, "role", roles, p.Role)
	putSymbol(w, "collected_by", collectedBys, p.CollectedBy)
	putSymbol(w, "sold_by", soldBys, p.SoldBy)
	w.notice(p.Notice)
}

func (w *writer) click(k *state.Click) {
	putSymbol(w, "kind", clickKinds, k.Kind)
	putOptionalSymbol(w, "channel", channels, k.Channel)
	putOptionalSymbol(w, "message_kind", messageKinds, k.Message)
	putSymbol(w, "target", clickTargets, k.Target)
	putSymbol(w, "actor", actors, k.Actor)
	w.text(k.CampaignID)
	w.optionalText(k.OrderRef)
}

func (w *writer) signup(s *state.Signup) {
	putSymbol(w, "kind", signupKinds, s.Kind)
	putOptionalSymbol(w, "contact_type", contactTypes, s.ContactType)
	putSymbol(w, "collection", collections, s.Collection)
	w.notice(s.Notice)
	w.block(len(s.Answers))
	for i := range s.Answers {
		w.answer(&s.Answers[i])
	}
	w.end()
	w.text(s.SubmissionID)
	w.optionalText(s.TimeZone)
}

func (w *writer) notice(n *state.Notice) {
	if n == nil {
		w.null()
		return
	}
	w.some()
	putSet(w, "notice.channels", channels, uint8(n.Channels))
	putSet(w, "notice.purposes", purposes, uint8(n.Purposes))
	w.texts(n.Families)
	w.boolean(n.OptOutOffered)
	putSymbol(w, "notice.mode", noticeModes, n.Mode)
	w.text(n.TextVersion)
	w.text(n.ProofRef)
	w.text(n.Language)
	w.text(n.URL)
	w.optionalText(n.OrderRef)
}

func (w *writer) answer(a *state.Answer) {
	putSymbol(w, "answers.form", answerForms, a.Form)
	putSymbol(w, "answers.value", answerValues, a.Value)
	putSet(w, "answers.channels", channels, uint8(a.Channels))
	putSet(w, "answers.purposes", purposes, uint8(a.Purposes))
	putSet(w, "answers.shown", purposes, uint8(a.Shown))
	w.text(a.ProofRef)
	w.boolean(a.Confirmed)
	w.boolean(a.PhoneMentions)
	w.text(a.TextVersion)
	putOptionalSymbol(w, "answers.message_kind", messageKinds, a.Message)
}

func (w *writer) unsubscribe(u *state.Unsubscribe) {
	putSymbol(w, "kind", unsubKinds, u.Kind)
	putSymbol(w, "method", unsubMethods, u.Method)
	putSet(w, "channels", channels, uint8(u.Channels))
	putSet(w, "purposes", purposes, uint8(u.Purposes))
	putSet(w, "shown", purposes, uint8(u.Shown))
	w.texts(u.Brands)
	w.text(u.ProofRef)
	putOptionalSymbol(w, "message_kind", messageKinds, u.Message)
	w.optionalInstant(u.PurgedBefore)
}
