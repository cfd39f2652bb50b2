package replay

import (
	"bytes"
	"cmp"
	"encoding/binary"

	"consentstream/processor"
	"consentstream/state"
)

// A fact on its way through the sort is a key and a payload. The keys sort in
// the order of processor.ReplayInput:
//
//	contact | scope controller | recorded_at class
//
// where the scope tells facts that hold at every controller from the others.
// The payload is how the fact is met at its address, and the Avro bytes of the
// record by the current schema. Those begin with the event id, so that ties can
// be broken without decoding.

// class orders facts of one instant, by the name of their topic.
type class uint8

const (
	classClicks class = iota
	classPurchases
	classSignups
	classUnsubscribes
	// classUnreadable is a record on unsubscribes that cannot be read. In place
	// of Avro bytes it has an id as an Avro string and an instant.
	classUnreadable
)

var topicOf = [...]state.Topic{
	classPurchases: state.TopicPurchases, classClicks: state.TopicClicks,
	classSignups: state.TopicSignups, classUnsubscribes: state.TopicUnsubscribes,
}

const (
	scopeEverywhere = 0
	scopeController = 1
)

// separator ends the parts of a key; ids may not hold it.
const separator = '|'

// keyTail is what follows the controller in a key.
const keyTail = 1 + 8 + 1

func appendKey(dst []byte, key state.Key, scope byte, at state.Instant, class class) []byte {
	dst = append(append(dst, key.Contact...), separator, scope)
	dst = append(append(dst, key.Controller...), separator)
	return append(processor.AppendSortableInstant(dst, at), byte(class))
}

// parsedKey is a key in its parts.
type parsedKey struct {
	contact, controller []byte
	scope               byte
	class               class
}

func parseKey(key []byte) parsedKey {
	end := bytes.IndexByte(key, separator)
	return parsedKey{
		contact: key[:end], scope: key[end+1], controller: key[end+2 : len(key)-keyTail], class: class(key[len(key)-1]),
	}
}

// meeting is how a fact is met at its address: the place of the address among
// the meetings, and whether the fact follows the address. It takes meetingLen
// bytes at the start of a payload.
type meeting struct {
	slot    uint32 // 0 = the fact has no address
	follows bool
}

const meetingLen = 5

func (m meeting) append(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, m.slot)
	if m.follows {
		return append(dst, 1)
	}
	return append(dst, 0)
}

func meetingOf(payload []byte) meeting {
	return meeting{slot: binary.LittleEndian.Uint32(payload), follows: payload[4] != 0}
}

// tie orders payloads of one key: by event id and then by their bytes, so that
// the result does not hang on the order in which files were read.
func tie(a, b []byte) int {
	a, b = a[meetingLen:], b[meetingLen:]
	return cmp.Or(bytes.Compare(firstString(a), firstString(b)), bytes.Compare(a, b))
}

// firstString reads the Avro string at the start of bytes of ours.
func firstString(b []byte) []byte {
	n, size := binary.Varint(b)
	return b[size : size+int(n)]
}

func appendString(dst []byte, s string) []byte {
	return append(binary.AppendVarint(dst, int64(len(s))), s...)
}

// appendUnreadable encodes the datum of classUnreadable.
func appendUnreadable(dst []byte, id string, at state.Instant) []byte {
	return binary.AppendVarint(appendString(dst, id), int64(at))
}

// unreadable makes the fact of a datum of classUnreadable: marketing to the
// contact is denied, whatever the controller.
func unreadable(datum []byte) state.Fact {
	id := firstString(datum)
	_, size := binary.Varint(datum)
	at, _ := binary.Varint(datum[size+len(id):])
	return unreadableFact(string(id), state.Instant(at))
}

func unreadableFact(id string, at state.Instant) state.Fact {
	return state.Fact{
		ID: id, Topic: state.TopicUnsubscribes, OccurredAt: at, Since: at, RecordedAt: at,
		Internal: &state.Internal{Kind: state.InternalUnreadable},
	}
}
