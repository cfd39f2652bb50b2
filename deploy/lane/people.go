package main

import (
	"fmt"
	"strings"
	"time"

	"consentstream/processor/kafka"
	"consentstream/schemas"
	"consentstream/state"
)

// Contacts of the probes; nobody in the sample shop is called like that.
const probePrefix = "probe-"

// person says yes before a case begins and no once in it.
type person struct {
	contact string // who objects
	other   string // who uses the same address; "" = nobody
	address string
}

// watched is the contact whose change answers the objection.
func (p *person) watched() string {
	if p.other != "" {
		return p.other
	}
	return p.contact
}

// loners returns n people with an address of their own.
func loners(n int) []person {
	people := make([]person, n)
	for i := range people {
		name := fmt.Sprintf("%s%d", probePrefix, i)
		people[i] = person{contact: name, address: name}
	}
	return people
}

// households returns n pairs who share an address and whose tasks differ, where
// there is more than one.
func households(n int, partitions int32) []person {
	people := make([]person, n)
	for i := range people {
		p := person{contact: fmt.Sprintf("%s%d-a", probePrefix, i), address: fmt.Sprintf("%s%d", probePrefix, i)}
		for try := 0; ; try++ {
			p.other = fmt.Sprintf("%s%d-b%d", probePrefix, i, try)
			if partitions == 1 || partitionOf(p.other, partitions) != partitionOf(p.contact, partitions) {
				break
			}
		}
		people[i] = p
	}
	return people
}

func partitionOf(contact string, partitions int32) int32 {
	return kafka.Partition([]byte(contact), partitions)
}

func isProbe(key []byte) bool { return strings.HasPrefix(string(key), probePrefix) }

// yes is a consent to offers and newsletters by mail, in a form as it should be.
func yes(contact, address string, at time.Time) schemas.Record {
	purposes := state.PurposesOf(state.PurposeNewsletter, state.PurposePromotional)
	email := state.ChannelsOf(state.ChannelEmail)
	return statement(contact, address, contact+"-yes", at, state.Fact{Topic: state.TopicSignups, Signup: &state.Signup{
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

// no is the objection that takes it back.
func no(p *person, at time.Time) schemas.Record {
	return statement(p.contact, p.address, p.contact+"-no", at, state.Fact{Topic: state.TopicUnsubscribes, Unsubscribe: &state.Unsubscribe{
		Kind: state.UnsubscribeUnsubscribe, Method: state.MethodLink, PurgedBefore: state.Unset,
	}})
}

func statement(contact, address, id string, at time.Time, f state.Fact) schemas.Record {
	now := state.At(at)
	f.ID, f.Address, f.Source = id, address, "web"
	f.OccurredAt, f.Since, f.RecordedAt = now, now, now
	return schemas.Record{Key: state.Key{Controller: schemas.DefaultController, Contact: contact}, Fact: f}
}
