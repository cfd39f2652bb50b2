package processor

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"slices"
	"strconv"

	"consentstream/processor/kafka"
	"consentstream/schemas"
	"consentstream/state"
	"consentstream/state/codec"
)

// errConflict is why the second of two records with one id is dead-lettered.
var errConflict = &schemas.RecordError{Field: "event_id", Reason: "the same id was seen before with other content; give a new fact a new id", Fault: schemas.FaultInvalid}

// send encodes what a contact publishes.
func (s *stepper) send(key state.Key, changes *Changes, group []work, o *Occasion) error {
	var err error
	if r := changes.Eligibility; r != nil {
		s.step.Counts.Eligibility++
		s.onward = s.causeTrace(group, &r.Cause)
		if s.scratch, err = s.config.Encoder.EligibilityChanged(s.scratch[:0], r); err != nil {
			return err
		}
		s.publish(s.config.Topics.Eligibility, key, schemas.NameEligibilityChanged, r.EventID, r.DecidedAt)
	}
	s.onward = 0
	if len(changes.Retention) > 0 && len(s.added) == 1 && o.Due == state.Unset { // else one of several may be the cause
		s.onward = s.causeTrace(group, &o.Cause)
	}
	for i := range changes.Retention {
		r := &changes.Retention[i]
		s.step.Counts.Retention++
		if s.scratch, err = s.config.Encoder.RetentionExpiry(s.scratch[:0], r); err != nil {
			return err
		}
		s.publish(s.config.Topics.Retention, key, schemas.NameRetentionExpiry, r.EventID, r.EmittedAt)
	}
	return nil
}

// publish sends the record in s.scratch to the contact's own partition.
func (s *stepper) publish(topic string, key state.Key, record, id string, at state.Instant) {
	value := s.step.memory.copy(s.scratch)
	topic, own := forController(topic, key.Controller)
	s.scratch = schemas.AppendPublishedKey(s.scratch[:0], key, own)
	s.step.Records = append(s.step.Records, kafka.OutRecord{
		Topic: topic, Partition: s.partition, Key: s.step.memory.copy(s.scratch), Value: value,
		Headers: s.headers(record, id, at), Timestamp: int64(s.now),
	})
}

// headers returns the CloudEvents headers of a published record. Records of one
// step mostly share the instant, so the last headers are kept to copy from.
func (s *stepper) headers(record, id string, at state.Instant) []kafka.Header {
	last := &s.lastHeaders
	if last.record != record || last.at != at {
		last.record, last.at = record, at
		last.headers = last.headers[:0]
		for _, h := range s.config.Encoder.Headers(record, id, at) {
			last.headers = append(last.headers, kafka.Header{Key: h.Key, Value: h.Value})
		}
	}
	headers := s.step.addHeaders(last.headers, s.carried(s.onward)...)
	for i := range headers {
		if headers[i].Key == schemas.HeaderID {
			s.scratch = append(s.scratch[:0], id...)
			headers[i].Value = s.step.memory.copy(s.scratch)
		}
	}
	return headers
}

// headersOf are headers that only differ in their id.
type headersOf struct {
	record  string
	at      state.Instant
	headers []kafka.Header
}

// changelog sends a state to the changelog; value nil is a tombstone.
func (s *stepper) changelog(key, value []byte) {
	s.step.Records = append(s.step.Records, kafka.OutRecord{
		Topic: s.config.Topics.Changelog, Partition: s.partition, Key: key, Value: value, Timestamp: int64(s.now),
	})
}

// sendEnvelope sends something to a contact through the repartition topic.
func (s *stepper) sendEnvelope(contact string, e *envelope, headers ...kafka.Header) {
	s.scratch = append(s.scratch[:0], contact...)
	key := s.step.memory.copy(s.scratch)
	s.scratch = appendEnvelope(s.scratch[:0], e)
	s.step.Records = append(s.step.Records, kafka.OutRecord{
		Topic: s.config.Topics.Repartition, Partition: s.config.Partition(key, s.config.Partitions),
		Key: key, Value: s.step.memory.copy(s.scratch), Headers: headers, Timestamp: int64(s.now),
	})
}

// deadLetter keeps a record that cannot be used: as it came, with the reason in
// headers and no personal data in them.
func (s *stepper) deadLetter(r *kafka.Record, from origin, at traceRef, err error) {
	s.step.Counts.DeadLetters++
	fault := "invalid"
	var bad *schemas.RecordError
	if errors.As(err, &bad) && bad.Fault != "" {
		fault = string(bad.Fault)
	}
	headers := slices.Clone(r.Headers)
	headers = append(headers,
		kafka.Header{Key: "__streams.errors.exception", Value: []byte(fault)},
		kafka.Header{Key: "__streams.errors.message", Value: []byte(err.Error())},
		kafka.Header{Key: "__streams.errors.topic", Value: []byte(from.topic)},
		kafka.Header{Key: "__streams.errors.partition", Value: strconv.AppendInt(nil, int64(from.partition), 10)},
		kafka.Header{Key: "__streams.errors.offset", Value: strconv.AppendInt(nil, from.offset, 10)},
	)
	s.step.Records = append(s.step.Records, kafka.OutRecord{
		Topic: s.config.Topics.DeadLetter, Partition: s.partition % max(s.config.DeadLetters, 1),
		Key: r.Key, Value: r.Value, Headers: headers, Timestamp: int64(s.now),
	})
	s.step.Counts.deadLetter(fault)
	s.refused(at, fault)
}

// ask tells the owners of addresses what they must know: that the contact uses
// an address for the first time, and that it objects on one. The use goes
// first, so that the owner never answers it with the contact's own objection.
//
// A negative that lost against another record with its id is told too: had it
// come first, it would have been.
func (s *stepper) ask(key state.Key) {
	for _, u := range s.uses {
		s.sendAddress(u.address, key.Controller, markUse, key.Contact, useValue(u.quiet), s.carried(u.trace)...)
	}
	for _, f := range s.objections {
		s.sendAddress(f.Address, key.Controller, markNegative, f.ID, appendNegative(nil, key.Contact, f))
	}
}

// useValue is the value of a U record: format, and how it is to be answered.
//
// Uses of the backlog of a first start are quiet: before its net is published,
// whatever was to be told about them has been read, so no answer is an answer, and
// millions of empty ones need not be sent, read and stored. Until then nothing is
// newly allowed anyway.
func useValue(quiet bool) []byte {
	return []byte{addressFormat, boolByte(quiet)}
}

// isQuietUse reports whether a U record asks for no empty answer.
func isQuietUse(value []byte) bool { return len(value) > 1 && value[1] == boolByte(true) }

func (s *stepper) sendAddress(address, controller string, mark byte, id string, value []byte, headers ...kafka.Header) {
	s.scratch = appendAddressRecordKey(s.scratch[:0], address, controller, mark, id)
	s.step.Records = append(s.step.Records, kafka.OutRecord{
		Topic: s.config.Topics.Addresses, Partition: s.config.Partition([]byte(address), s.config.Partitions),
		Key: s.step.memory.copy(s.scratch), Value: s.step.memory.copy(value), Headers: headers, Timestamp: int64(s.now),
	})
}

// tagLen is the length of the keyed hash that stands for the origin of a negative.
const tagLen = 8

// originTag is a keyed hash of a contact, different for each event, so that the
// owner of an address can tell where a negative came from only by holding the
// contact id already.
func originTag(contact, eventID string) []byte {
	mac := hmac.New(sha256.New, []byte(contact))
	mac.Write([]byte(eventID))
	return mac.Sum(nil)[:tagLen]
}

// appendNegative encodes the value of an N record: format, origin, fact.
func appendNegative(dst []byte, contact string, f *state.Fact) []byte {
	dst = append(dst, addressFormat)
	dst = append(dst, originTag(contact, f.ID)...)
	copied := forwarded(f)
	return codec.AppendFact(dst, &copied)
}

// decodeNegative decodes what appendNegative wrote.
func decodeNegative(b []byte) (*state.Fact, []byte, error) {
	if len(b) < 1+tagLen || b[0] != addressFormat {
		return nil, nil, errAddressFormat
	}
	f := new(state.Fact)
	if err := codec.DecodeFact(slices.Clone(b[1+tagLen:]), f, new(codec.Arena)); err != nil {
		return nil, nil, err
	}
	return f, b[1 : 1+tagLen], nil
}
