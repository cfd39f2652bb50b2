package proof

import (
	"fmt"
	"time"

	"consentstream/processor/generate"
	"consentstream/schemas"
	"consentstream/state"
)

// householdPrefix starts the contact ids of households, which nobody else uses.
const householdPrefix = "household-"

// household plans the records of two contacts who share one address and both
// say yes to newsletters. In one household of three nobody objects, in one the
// first does, in one both do. The records come in any order over the next
// events, so that an objection is there before, between and after the yeses.
func (l *Load) household(n int64) error {
	first, second := fmt.Sprintf("%s%d-a", householdPrefix, n), fmt.Sprintf("%s%d-b", householdPrefix, n)
	address := fmt.Sprintf("%s%d", householdPrefix, n)
	facts := []schemas.Record{l.yes(first, address), l.yes(second, address)}
	if n%3 >= 1 {
		facts = append(facts, l.no(first, address))
	}
	if n%3 == 2 {
		facts = append(facts, l.no(second, address))
	}
	for i := range facts {
		r, err := l.encode(&facts[i])
		if err != nil {
			return err
		}
		for _, sent := range l.fates(r) {
			l.delay(sent)
		}
	}
	return nil
}

func (l *Load) yes(contact, address string) schemas.Record {
	purposes := state.PurposesOf(state.PurposeNewsletter, state.PurposePromotional)
	email := state.ChannelsOf(state.ChannelEmail)
	return l.member(contact, address, "yes", state.Fact{Topic: state.TopicSignups, Signup: &state.Signup{
		Kind: state.SignupForm, Collection: state.CollectionDirect,
		Notice: &state.Notice{
			Channels: email, Purposes: purposes, OptOutOffered: true, Mode: state.NoticeForm, TextVersion: "v1", ProofRef: "form-v1",
		},
		Answers: []state.Answer{{
			Form: state.FormOptInBox, Value: state.AnswerYes, Channels: email, Purposes: purposes, Shown: purposes,
			ProofRef: "form-v1", TextVersion: "v1",
		}},
	}})
}

func (l *Load) no(contact, address string) schemas.Record {
	return l.member(contact, address, "no", state.Fact{Topic: state.TopicUnsubscribes, Unsubscribe: &state.Unsubscribe{
		Kind: state.UnsubscribeUnsubscribe, Method: state.MethodLink, PurgedBefore: state.Unset,
	}})
}

// householdSpan is how far before the end of the sample households live: their
// retention does not end in a run of any length.
const householdSpan = 30 * 24 * time.Hour

// member completes a fact of a household.
func (l *Load) member(contact, address, what string, f state.Fact) schemas.Record {
	at := generate.DefaultUntil.Add(-time.Duration(l.random.Int64N(int64(householdSpan))))
	f.ID, f.Address, f.Source = contact+"-"+what, address, "web"
	f.OccurredAt, f.Since, f.RecordedAt = at, at, at
	return schemas.Record{Key: state.Key{Controller: schemas.DefaultController, Contact: contact}, Fact: f}
}
