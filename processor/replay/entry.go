package replay

import (
	"bytes"
	"cmp"
	"encoding/binary"

	"consentstream/state"
)

// entry is one fact on its way through the sort: its place in the order, and
// its payload, which is the Avro bytes of the record by the current schema.
// They begin with the event id, so that ties can be broken without decoding.
type entry struct {
	at      state.Instant
	class   class
	payload []byte
}

// class orders facts of one instant, by the name of their topic.
type class uint8

const (
	classClicks class = iota
	classPurchases
	classSignups
	classUnsubscribes
	// classUnreadable is a record on unsubscribes that cannot be read. Its
	// payload is an id and a contact id, both in the form of an Avro string.
	classUnreadable
)

var (
	classOf = [...]class{
		state.TopicPurchases: classPurchases, state.TopicClicks: classClicks,
		state.TopicSignups: classSignups, state.TopicUnsubscribes: classUnsubscribes,
	}
	topicOf = [...]state.Topic{
		classPurchases: state.TopicPurchases, classClicks: state.TopicClicks,
		classSignups: state.TopicSignups, classUnsubscribes: state.TopicUnsubscribes,
	}
)

// compare orders entries by (recorded_at, topic, event_id). Entries that agree
// in all of it are ordered by their bytes, so that the result does not hang on
// the order in which files were read.
func compare(a, b *entry) int {
	if c := cmp.Compare(a.at, b.at); c != 0 {
		return c
	}
	if c := cmp.Compare(a.class, b.class); c != 0 {
		return c
	}
	if c := bytes.Compare(firstString(a.payload), firstString(b.payload)); c != 0 {
		return c
	}
	return bytes.Compare(a.payload, b.payload)
}

// firstString reads the Avro string at the start of a payload of ours.
func firstString(payload []byte) []byte {
	n, size := binary.Varint(payload)
	return payload[size : size+int(n)]
}

func appendString(dst []byte, s string) []byte {
	return append(binary.AppendVarint(dst, int64(len(s))), s...)
}

// appendUnreadable encodes the payload of classUnreadable.
func appendUnreadable(dst []byte, contact, id string) []byte {
	return appendString(appendString(dst, id), contact)
}

// unreadable makes the fact of a payload of classUnreadable: marketing to the
// contact is denied, whatever the controller.
func unreadable(e *entry) (contact string, f state.Fact) {
	id := firstString(e.payload)
	_, size := binary.Varint(e.payload)
	contact = string(firstString(e.payload[size+len(id):]))
	return contact, state.Fact{
		ID: string(id), Topic: state.TopicUnsubscribes, OccurredAt: e.at, Since: e.at, RecordedAt: e.at,
		Internal: &state.Internal{Kind: state.InternalUnreadable},
	}
}
