package processor

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"consentstream/processor/kafka"
	"consentstream/schemas"
	"consentstream/state"
)

// redriveHeader marks a record that was repaired and sent again: its value
// names the unreadable record that it replaces, topic/partition/offset. On
// unsubscribes it lifts the denial: nothing else stands in for an objection.
const redriveHeader = "consentstream-redrive"

// origin is where a record was first appended.
type origin struct {
	topic     string
	partition int32
	offset    int64
}

// ref names a record: topic/partition/offset.
func (o origin) ref() string {
	b := append([]byte(o.topic), '/')
	b = strconv.AppendInt(b, int64(o.partition), 10)
	return string(strconv.AppendInt(append(b, '/'), o.offset, 10))
}

// work is one thing to do for one contact, in the order it was read.
type work struct {
	key   []byte // store key of the contact, in the step's memory
	order int
	kind  workKind
	trace traceRef
	fact  *state.Fact // for workFact
	from  origin
	// backlog: the fact is one of a first start's own backlog.
	backlog bool
	// For workAnswer.
	address string
	crowded bool
	// For workFact: the record as it came, to be dead-lettered on a conflict.
	raw *kafka.Record
	// For workDue: the instant of the timer that fired.
	due state.Instant
}

type workKind uint8

const (
	workFact workKind = iota + 1
	workAnswer
	workDue
	workSweep
)

// intake turns the records of one batch into work, and sends on or dead-letters
// what cannot be used here.
type intake struct {
	s       *stepper
	records []*schemas.Record // decoded, reused from batch to batch
	used    int
	work    []work
	owner   []ownerWork
	// everywhere are facts for a contact at every controller.
	everywhere []everywhere
	trace      traceRef // of the record at hand
	// spooling: what is taken in is the backlog of a first start, and its facts
	// go to the reading; sorted: what is taken in comes from there.
	spooling, sorted bool
}

// ownerWork is one record of the addresses topic.
type ownerWork struct {
	key   []byte // store key of the address
	order int
	trace traceRef // of a use
	quiet bool     // of a use: see useValue
	rec   addressRecordKey
	fact  *state.Fact
	tag   []byte
}

// everywhere is a fact about a contact at every controller.
type everywhere struct {
	contact string
	fact    state.Fact
}

func (in *intake) reset() {
	in.used = 0
	clear(in.work)
	clear(in.owner)
	in.work, in.owner, in.everywhere = in.work[:0], in.owner[:0], in.everywhere[:0]
}

// chunk takes in the fetched records of one partition.
func (in *intake) chunk(f *kafka.Fetched) error {
	if in.s.reading.reads(f.TopicPartition) {
		in.spooling = true
		defer func() { in.spooling = false }()
		return in.take(f, in.s.reading.cut(f))
	}
	in.s.step.Positions[f.TopicPartition] = f.Next
	return in.take(f, f.Records)
}

// take takes in records that were fetched of one partition.
func (in *intake) take(f *kafka.Fetched, records []kafka.Record) error {
	topics := &in.s.config.Topics
	for i := range records {
		r := &records[i]
		from := origin{f.Topic, f.Partition, r.Offset}
		var err error
		switch f.Topic {
		case topics.Repartition:
			err = in.envelope(r, from)
		case topics.Addresses:
			err = in.address(r, from)
		default:
			err = in.input(r, from)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", from.ref(), err)
		}
	}
	if !in.spooling { // those of a backlog are counted when they are taken
		in.s.step.Counts.Records += len(records)
	}
	return nil
}

// input takes in a record of an input topic: a fact of its contact, or
// something to send on or to dead-letter. An error means that nothing is known
// about the record yet: the schema registry is away.
func (in *intake) input(r *kafka.Record, from origin) error {
	topic, _ := in.s.config.Topics.input(from.topic)
	in.urgent(topic == state.TopicUnsubscribes)
	if len(r.Key) > 0 && in.s.elsewhere(r.Key) {
		if in.settled(from) {
			return nil
		}
		in.sendOn(string(r.Key), r, from)
		return nil
	}
	in.arrived(topic, r)
	in.trace = in.traced(r, from)
	record := in.next()
	err := in.decode(topic, r, record)
	switch {
	case errors.Is(err, schemas.ErrRegistryUnavailable):
		return err
	case err != nil:
		in.used--
		if in.settled(from) {
			return nil
		}
		in.refuse(topic, r, from, record.Key.Contact, err)
	case len(r.Key) == 0 && in.s.elsewhere([]byte(record.Key.Contact)):
		in.used--
		if in.settled(from) {
			return nil
		}
		in.sendOn(record.Key.Contact, r, from)
	case record.UnknownKind() && !record.Fact.IsNegative():
		in.used--
		in.s.step.Counts.Ignored++
	case in.spooling:
		in.used--
		in.s.scratch = appendContactKey(in.s.scratch[:0], record.Key)
		return in.s.reading.add(in.s.scratch, &record.Fact, r, from)
	default:
		if redrive := redriveOf(r); len(redrive) > 0 && topic == state.TopicUnsubscribes {
			in.release(record.Key.Contact, string(redrive), "redrive", state.Instant(r.Timestamp))
		}
		in.fact(record.Key, &record.Fact, r, from)
	}
	return nil
}

// arrived notes when a record that is dealt with here was appended.
func (in *intake) arrived(topic state.Topic, r *kafka.Record) {
	if !in.s.phase.firstStart {
		appended := &in.s.step.Appended[topic]
		*appended = append(*appended, state.Instant(r.Timestamp))
	}
}

// urgent notes whether what is taken in makes the step one that does not wait.
func (in *intake) urgent(is bool) { in.s.step.urgent = in.s.step.urgent || is }

// settled reports whether a record of the backlog was sent on or dead-lettered
// before. One that was not counts now: it is not among those that are taken later.
func (in *intake) settled(from origin) bool {
	if !in.spooling {
		return false
	}
	before := in.s.reading.settled(from)
	if !before {
		in.s.step.Counts.Records++
	}
	return before
}

// decode decodes a record and holds its key against its contact.
func (in *intake) decode(topic state.Topic, r *kafka.Record, into *schemas.Record) error {
	into.Key.Contact = ""
	if r.Value == nil {
		return &schemas.RecordError{Topic: topic.String(), Reason: "the value is null; a record was expected", Fault: schemas.FaultUndecodable}
	}
	if err := in.s.decoder.Decode(topic, r.Value, state.Instant(r.Timestamp), into); err != nil {
		return err
	}
	// What is read is known: a producer whose clock is ahead of ours must not
	// delay an objection.
	into.Fact.RecordedAt = min(into.Fact.RecordedAt, in.s.now)
	return schemas.CheckKey(r.Key, into.Key.Contact)
}

// next returns a record to decode into; it keeps its memory from batch to batch.
func (in *intake) next() *schemas.Record {
	if in.used == len(in.records) {
		in.records = append(in.records, new(schemas.Record))
	}
	in.used++
	return in.records[in.used-1]
}

func (in *intake) fact(key state.Key, f *state.Fact, raw *kafka.Record, from origin) {
	in.work = append(in.work, work{
		key: in.s.contactKey(key), order: len(in.work), kind: workFact, trace: in.trace, fact: f, raw: raw, from: from, backlog: in.sorted,
	})
}

// refuse dead-letters a record, and on unsubscribes fails closed: somebody may
// have objected, so all marketing to the contacts that it could be is denied.
func (in *intake) refuse(topic state.Topic, r *kafka.Record, from origin, contact string, err error) {
	in.s.deadLetter(r, from, in.trace, err)
	if topic != state.TopicUnsubscribes {
		return
	}
	other := ""
	if contact != "" && !bytes.Equal(r.Key, []byte(contact)) {
		other = contact
	}
	in.failClosed(string(r.Key), other, from, state.Instant(r.Timestamp))
	in.failClosed(other, string(r.Key), from, state.Instant(r.Timestamp))
}

// failClosed denies marketing to a contact because of an unreadable record,
// here or at the task that owns the contact. The other contact that the record
// could be about, if any, is kept with it: what lifts one denial lifts both.
func (in *intake) failClosed(contact, other string, from origin, at state.Instant) {
	if !possibleContact(contact) {
		return // no record can ever name such a contact
	}
	if !possibleContact(other) {
		other = ""
	}
	f := state.Fact{
		ID: from.ref(), Topic: state.TopicUnsubscribes, OccurredAt: at, Since: at, RecordedAt: at,
		Internal: &state.Internal{Kind: state.InternalUnreadable, By: other},
	}
	in.toContact(contact, f)
}

// possibleContact reports whether a record could name the contact.
func possibleContact(contact string) bool {
	return contact != "" && len(contact) <= schemas.MaxContact && utf8.ValidString(contact) && !strings.Contains(contact, "|")
}

// redriveOf returns the value of the redrive header, nil when there is none.
func redriveOf(r *kafka.Record) []byte {
	for _, h := range r.Headers {
		if h.Key == redriveHeader {
			return h.Value
		}
	}
	return nil
}

// release lifts an unreadable record at every controller of the contact.
func (in *intake) release(contact, target, by string, at state.Instant) {
	in.toContact(contact, state.Fact{
		ID: releaseID(target), Topic: state.TopicUnsubscribes, OccurredAt: at, Since: at, RecordedAt: at,
		Internal: &state.Internal{Kind: state.InternalRelease, Target: target, By: by},
	})
}

// toContact brings a fact to a contact at every controller.
func (in *intake) toContact(contact string, f state.Fact) {
	if in.s.elsewhere([]byte(contact)) {
		in.s.sendEnvelope(contact, &envelope{Kind: envelopeInternal, To: state.Key{Contact: contact}, Facts: []state.Fact{f}})
		return
	}
	in.everywhere = append(in.everywhere, everywhere{contact, f})
}

// sendOn passes a record to the partition its key belongs to.
func (in *intake) sendOn(contact string, r *kafka.Record, from origin) {
	in.s.step.Counts.Misrouted++
	in.s.sendEnvelope(contact, misrouted(from, r))
}

// envelope takes in a record of the repartition topic.
func (in *intake) envelope(r *kafka.Record, from origin) error {
	e, err := decodeEnvelope(r.Value)
	if err != nil {
		return err
	}
	switch e.Kind {
	case envelopeMisrouted:
		record := e.record()
		return in.input(&record, origin{e.Topic, e.Partition, e.Offset})
	case envelopeInternal:
		in.urgent(true)
		for _, f := range e.Facts {
			in.everywhere = append(in.everywhere, everywhere{e.To.Contact, f})
		}
	case envelopeAnswer, envelopeForward:
		in.urgent(e.Kind == envelopeForward)
		in.trace = in.traced(r, from)
		for i := range e.Facts {
			in.fact(e.To, &e.Facts[i], nil, from)
		}
		if e.Kind == envelopeAnswer {
			in.work = append(in.work, work{key: in.s.contactKey(e.To), order: len(in.work), kind: workAnswer, trace: in.trace, address: e.Address, crowded: e.Crowded, from: from})
		}
	}
	return nil
}

// address takes in a record of the addresses topic. A tombstone takes a use
// back, which only erasure writes.
func (in *intake) address(r *kafka.Record, from origin) error {
	key, err := parseAddressRecordKey(r.Key)
	if err != nil || r.Value == nil {
		return err
	}
	w := ownerWork{
		order: len(in.owner), trace: in.traced(r, from), rec: key, key: in.s.addressKey(key.Controller, key.Address),
		quiet: key.Mark == markUse && isQuietUse(r.Value),
	}
	in.urgent(key.Mark == markNegative)
	if key.Mark == markNegative {
		if w.fact, w.tag, err = decodeNegative(r.Value); err != nil {
			return err
		}
	}
	in.owner = append(in.owner, w)
	return nil
}
