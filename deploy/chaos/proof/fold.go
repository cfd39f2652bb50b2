package proof

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/twmb/franz-go/pkg/kgo"

	"consentstream/processor"
	"consentstream/schemas"
	"consentstream/state"
	"consentstream/state/rules"
)

// fold is what all inputs come to, and what it has seen on the way.
type fold struct {
	driver *processor.Driver
	// bad are the records that must end in the dead letters, by where they lie.
	bad map[string]*kgo.Record
	// said are the facts of households, by contact.
	said map[string]*words
	// wrong are records that were meant to be good or bad and are not.
	wrong []string
}

// words are when a member of a household said yes and no, counted in events of
// the load; 0 = not.
type words struct{ yes, no int64 }

// newFold folds the inputs in memory, one after the other.
func newFold(topics *processor.Topics, inputs []*kgo.Record) *fold {
	f := &fold{driver: processor.NewDriver(rules.Default(), nil), bad: map[string]*kgo.Record{}, said: map[string]*words{}}
	decoder := schemas.NewDecoder()
	names := topics.Inputs()
	for _, r := range inputs {
		f.input(decoder, state.Topic(slices.Index(names, r.Topic)), r)
	}
	return f
}

func refOf(topic string, partition int32, offset int64) string {
	return fmt.Sprintf("%s/%d/%d", topic, partition, offset)
}

func (f *fold) input(decoder *schemas.Decoder, topic state.Topic, r *kgo.Record) {
	var record schemas.Record
	ref := refOf(r.Topic, r.Partition, r.Offset)
	err := decoder.Decode(topic, r.Value, state.At(r.Timestamp), &record)
	if err == nil {
		err = schemas.CheckKey(r.Key, record.Key.Contact)
	}
	marked := slices.ContainsFunc(r.Headers, func(h kgo.RecordHeader) bool { return h.Key == badHeader })
	if marked != (err != nil) {
		f.wrong = append(f.wrong, fmt.Sprintf("%s: meant to be bad %v, and it reads as %v", ref, marked, err))
	}
	if err != nil {
		f.refuse(ref, topic, r, record.Key.Contact)
		return
	}
	kept := record.Clone()
	f.hear(&kept, sentAt(r))
	f.driver.Deliver(kept.Key, kept.Fact)
}

// refuse notes a bad record. On unsubscribes it may have been an objection of
// whom its key or its value names: nobody may write to them.
func (f *fold) refuse(ref string, topic state.Topic, r *kgo.Record, contact string) {
	f.bad[ref] = r
	if topic != state.TopicUnsubscribes {
		return
	}
	about := []string{string(r.Key), contact}
	for _, contact := range slices.Compact(about) {
		if contact == "" {
			continue
		}
		at := state.At(r.Timestamp)
		f.driver.DeliverEverywhere(contact, state.Fact{
			ID: ref, Topic: topic, OccurredAt: at, Since: at, RecordedAt: at,
			Internal: &state.Internal{Kind: state.InternalUnreadable},
		})
	}
}

// hear notes what members of households say, and when it was sent first.
func (f *fold) hear(r *schemas.Record, at int64) {
	if !isHousehold(r.Key.Contact) {
		return
	}
	w := f.said[r.Key.Contact]
	if w == nil {
		w = &words{}
		f.said[r.Key.Contact] = w
	}
	said := &w.yes
	if r.Fact.Topic == state.TopicUnsubscribes {
		said = &w.no
	}
	if *said == 0 || at < *said {
		*said = at
	}
}

func sentAt(r *kgo.Record) int64 {
	for _, h := range r.Headers {
		if h.Key == sentHeader {
			n, _ := strconv.ParseInt(string(h.Value), 10, 64) // the load wrote it
			return n
		}
	}
	return 0
}
