package processor

import (
	"testing"
	"time"

	"consentstream/processor/kafka"
	"consentstream/state"
)

// A record whose key belongs to another partition is sent on once, with the
// timestamp of its first append, and folded where it belongs.
func TestMisroutedRecordsAreSentOn(t *testing.T) {
	for i, f := range factsOfTopics() {
		t.Run(inputs[i], func(t *testing.T) {
			r := newRig(t, 2)
			one, other := contactsApart(r)
			f.OccurredAt, f.RecordedAt = day0, day0.Add(2*oneDay) // the producer's clock is ahead
			r.clock.Set(day0.Add(time.Hour))
			value := r.encode(state.Key{Controller: "default", Contact: other}, f)
			r.raw(tp(inputs[i], r.home(one)), kafka.Record{Timestamp: int64(day0), Key: []byte(other), Value: value})
			r.at(day0.Add(4 * oneDay))
			c := r.contact(other)
			if len(c.Facts) != 1 || c.Facts[0].RecordedAt != day0 {
				t.Errorf("facts %+v, want one, recorded at the first append", c.Facts)
			}
			if r.counts.Misrouted != 1 || r.counts.Facts != 1 {
				t.Errorf("counts %+v", r.counts)
			}
			if n := len(r.changes(other)); n != 1 {
				t.Errorf("%d changes", n)
			}
		})
	}
}

// The redrive header goes along, and so do the headers of a record that ends in
// the dead letters after all.
func TestMisroutedRecordsKeepTheirHeaders(t *testing.T) {
	r := newRig(t, 2)
	one, other := contactsApart(r)
	r.send(other, consent("yes"))
	bad := kafka.Record{Timestamp: int64(day0), Key: []byte(other), Value: []byte("?"), Headers: []kafka.Header{{Key: "trace", Value: []byte("7")}, {Key: "null"}}}
	offset := r.raw(tp("unsubscribes", r.home(one)), bad)
	r.run()
	r.wantNewsletter(other, "", state.ReasonUnreadableNegative)
	letters := r.letters()
	if len(letters) != 1 {
		t.Fatalf("%d dead letters", len(letters))
	}
	from := origin{"unsubscribes", r.home(one), offset}
	checkLetter(t, &letters[0], &bad, from, "undecodable")
	for _, h := range letters[0].Headers {
		if h.Key == "null" && h.Value != nil {
			t.Error("a header of null has a value now")
		}
	}
	repaired := unsubscribe("repaired")
	repaired.Unsubscribe.Channels = state.ChannelsOf(state.ChannelSMS)
	r.sendTo(r.home(one), state.Key{Controller: "default", Contact: other}, repaired, kafka.Header{Key: redriveHeader, Value: []byte(from.ref())})
	r.run()
	r.wantNewsletter(other, "", state.ReasonConsent)
}

// A record with no key belongs where its contact_id does.
func TestKeylessRecordsUseTheContact(t *testing.T) {
	for _, key := range [][]byte{nil, {}} {
		r := newRig(t, 2)
		one, other := contactsApart(r)
		for _, contact := range []string{one, other} {
			f := order("o of " + contact)
			value := r.encode(state.Key{Controller: "default", Contact: contact}, f)
			r.raw(tp("purchases", 0), kafka.Record{Timestamp: int64(day0), Key: key, Value: value})
		}
		r.run()
		for _, contact := range []string{one, other} {
			if n := len(r.contact(contact).Facts); n != 1 {
				t.Errorf("%s: %d facts", contact, n)
			}
		}
		if r.counts.Misrouted != 1 || len(r.letters()) != 0 {
			t.Errorf("%d sent on, %d dead letters", r.counts.Misrouted, len(r.letters()))
		}
	}
}

// An unreadable record with no key denies nobody that is known; one with no key
// whose contact could be read denies that contact.
func TestKeylessUnreadableNegatives(t *testing.T) {
	r := newRig(t, 1)
	r.send("jane", consent("yes"))
	r.raw(tp("unsubscribes", 0), kafka.Record{Timestamp: int64(day0), Value: []byte("?")})
	r.run()
	r.wantNewsletter("jane", "", state.ReasonConsent)
	broken := unsubscribe("u")
	broken.OccurredAt = state.At(time.Unix(5, 0))
	value := r.encode(state.Key{Controller: "default", Contact: "jane"}, broken)
	r.raw(tp("unsubscribes", 0), kafka.Record{Timestamp: int64(day0), Value: value})
	r.run()
	r.wantNewsletter("jane", "", state.ReasonUnreadableNegative)
	if n := len(r.letters()); n != 2 {
		t.Errorf("%d dead letters", n)
	}
}
