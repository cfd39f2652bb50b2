package processor

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"consentstream/processor/kafka"
	"consentstream/schemas"
	"consentstream/state"
)

// inputs are the names of the input topics in a rig.
var inputs = func() []string { t := DefaultTopics(); return t.Inputs() }()

// factsOfTopics has one fact for each input topic, in the order of state.Topic.
func factsOfTopics() []state.Fact {
	click := state.Fact{ID: "k", Topic: state.TopicClicks, Click: &state.Click{Kind: state.ClickClick, Actor: state.ActorHuman, Channel: state.ChannelEmail, Message: state.MessagePromotional}}
	return []state.Fact{order("p"), click, consent("s"), unsubscribe("u")}
}

// A record that cannot be used goes to the dead letters as it came, with why
// and from where in five headers and nothing personal in the message; the
// record behind it is used.
func TestUnusableRecordsAreDeadLettered(t *testing.T) {
	long := strings.Repeat("x", 129)
	change := func(f func(*state.Fact)) func(*rig, state.Fact) []byte {
		return func(r *rig, fact state.Fact) []byte {
			f(&fact)
			return r.encode(state.Key{Controller: "default", Contact: "jane"}, fact)
		}
	}
	cases := []struct {
		says  string
		value func(*rig, state.Fact) []byte
		fault schemas.Fault
	}{
		{"undecodable bytes", func(*rig, state.Fact) []byte { return []byte("jane@example.org") }, schemas.FaultUndecodable},
		{"cut off", func(r *rig, f state.Fact) []byte {
			value := r.encode(state.Key{Controller: "default", Contact: "jane"}, f)
			return value[:len(value)-1]
		}, schemas.FaultUndecodable},
		{"null", func(*rig, state.Fact) []byte { return nil }, schemas.FaultUndecodable},
		{"empty", func(*rig, state.Fact) []byte { return []byte{} }, schemas.FaultUndecodable},
		{"unknown fingerprint", func(*rig, state.Fact) []byte { return []byte("\xc3\x01\x01\x02\x03\x04\x05\x06\x07\x08jane") }, schemas.FaultUnknownSchema},
		{"registry id without a registry", func(*rig, state.Fact) []byte { return []byte("\x00\x00\x00\x00\x07jane") }, schemas.FaultUnknownSchema},
		{"no event id", change(func(f *state.Fact) { f.ID = "" }), schemas.FaultMissing},
		{"impossible timestamp", change(func(f *state.Fact) { f.OccurredAt = 5 }), schemas.FaultTimestamp},
		{"timestamp of nanoseconds", change(func(f *state.Fact) { f.OccurredAt = day0 * 1_000_000 }), schemas.FaultTimestamp},
		{"over-long id", change(func(f *state.Fact) { f.ID = long }), schemas.FaultTooLong},
		{"over-long address", change(func(f *state.Fact) { f.Address = long }), schemas.FaultTooLong},
	}
	for _, c := range cases {
		for i, fact := range factsOfTopics() {
			t.Run(c.says+"/"+inputs[i], func(t *testing.T) {
				r := newRig(t, 1)
				bad := kafka.Record{
					Timestamp: int64(day0), Key: []byte("jane"), Value: c.value(r, fact),
					Headers: []kafka.Header{{Key: "trace", Value: []byte("7")}, {Key: "empty", Value: []byte{}}},
				}
				offset := r.raw(tp(inputs[i], 0), bad)
				r.send("john", order("after"))
				r.run()
				letters := r.letters()
				if len(letters) != 1 {
					t.Fatalf("%d dead letters", len(letters))
				}
				checkLetter(t, &letters[0], &bad, origin{inputs[i], 0, offset}, c.fault)
				if len(r.changes("john")) != 1 || r.counts.DeadLetters != 1 {
					t.Errorf("the task did not go on: %+v", r.counts)
				}
				denied := fact.Topic == state.TopicUnsubscribes
				if v := r.verdict(state.Key{Controller: "default", Contact: "jane"}, state.MessageNewsletter, ""); denied != (v.Reason == state.ReasonUnreadableNegative) {
					t.Errorf("newsletter to the contact in the key: %s", v.Reason)
				}
			})
		}
	}
}

func checkLetter(t *testing.T, got, bad *kafka.Record, from origin, fault schemas.Fault) {
	t.Helper()
	if !bytes.Equal(got.Key, bad.Key) || !bytes.Equal(got.Value, bad.Value) || (got.Value == nil) != (bad.Value == nil) {
		t.Errorf("key %q value %q, want %q %q", got.Key, got.Value, bad.Key, bad.Value)
	}
	for _, h := range bad.Headers {
		if !slices.ContainsFunc(got.Headers, func(g kafka.Header) bool { return g.Key == h.Key && bytes.Equal(g.Value, h.Value) }) {
			t.Errorf("header %s is lost", h.Key)
		}
	}
	want := map[string]string{
		"exception": string(fault), "topic": from.topic, "partition": fmt.Sprint(from.partition), "offset": fmt.Sprint(from.offset),
	}
	for name, value := range want {
		if have := header(got, "__streams.errors."+name); have != value {
			t.Errorf("%s is %q, want %q", name, have, value)
		}
	}
	message := header(got, "__streams.errors.message")
	if message == "" || strings.Contains(message, "jane") || strings.Contains(message, "xxx") {
		t.Errorf("message %q", message)
	}
}

// An unreadable record on unsubscribes denies all marketing at every controller
// that knows the contact, and at those that meet it later; nothing is
// published where no controller is known.
func TestUnreadableNegativesFailClosed(t *testing.T) {
	for _, value := range [][]byte{nil, []byte("garbage")} {
		r := newRig(t, 1)
		r.sendTo(0, state.Key{Controller: "A", Contact: "jane"}, consent("a"))
		r.run()
		offset := r.raw(tp("unsubscribes", 0), kafka.Record{Timestamp: int64(day0), Key: []byte("jane"), Value: value})
		r.raw(tp("unsubscribes", 0), kafka.Record{Timestamp: int64(day0), Key: []byte("nobody"), Value: value})
		r.run()
		r.sendTo(0, state.Key{Controller: "B", Contact: "jane"}, consent("b"))
		r.run()
		for _, controller := range []string{"A", "B"} {
			key := state.Key{Controller: controller, Contact: "jane"}
			for _, kind := range []state.MessageKind{state.MessagePromotional, state.MessageNewsletter, state.MessageCartAbandonment, state.MessageLoyalty} {
				if v := r.verdict(key, kind, ""); v.Allowed || v.Reason != state.ReasonUnreadableNegative {
					t.Errorf("controller %s: %s is %s", controller, kind, v.Reason)
				}
			}
		}
		changes := r.changes("jane")
		if len(changes) != 3 {
			t.Fatalf("%d changes, want A's two and B's one", len(changes))
		}
		denial := &changes[1]
		id := fmt.Sprintf("unsubscribes/0/%d", offset)
		if denial.Key.Controller != "A" || denial.Cause.Kind != state.CauseEvent || denial.Cause.EventID != id {
			t.Errorf("the denial is %+v", denial.Cause)
		}
		if v := rowOf(denial, state.MessageNewsletter, ""); v == nil || v.Reason != state.ReasonUnreadableNegative || len(v.Evidence) != 1 || denial.Evidence[v.Evidence[0]].EventID != id {
			t.Errorf("the row is %+v", v)
		}
		if n := len(r.changes("nobody")); n != 0 {
			t.Errorf("%d changes of a contact that no controller knows", n)
		}
	}
}

// A key that contradicts contact_id: it is not told whose objection it is, so
// both are denied, wherever they live.
func TestAContradictingKeyDeniesBoth(t *testing.T) {
	r := newRig(t, 2)
	one, other := contactsApart(r)
	for _, contact := range []string{one, other} {
		r.send(contact, consent("yes of "+contact))
	}
	r.run()
	value := r.encode(state.Key{Controller: "default", Contact: other}, unsubscribe("u"))
	bad := kafka.Record{Timestamp: int64(day0), Key: []byte(one), Value: value}
	offset := r.raw(tp("unsubscribes", r.home(one)), bad)
	r.run()
	for _, contact := range []string{one, other} {
		r.wantNewsletter(contact, "", state.ReasonUnreadableNegative)
	}
	letters := r.letters()
	if len(letters) != 1 {
		t.Fatalf("%d dead letters", len(letters))
	}
	checkLetter(t, &letters[0], &bad, origin{"unsubscribes", r.home(one), offset}, schemas.FaultKey)
	if message := header(&letters[0], "__streams.errors.message"); strings.Contains(message, one) || strings.Contains(message, other) {
		t.Errorf("the message names a contact: %s", message)
	}
	// What lifts one lifts the other, also one that comes first.
	ref := fmt.Sprintf("unsubscribes/%d/%d", r.home(one), offset)
	r.release(t, one, ref, "dpo")
	r.run()
	for _, contact := range []string{one, other} {
		r.wantNewsletter(contact, "", state.ReasonConsent)
	}
	next := kafka.Header{Key: redriveHeader, Value: fmt.Appendf(nil, "unsubscribes/%d/%d", r.home(one), offset+1)}
	repaired := unsubscribe("repaired")
	repaired.Unsubscribe.Channels = state.ChannelsOf(state.ChannelSMS)
	r.send(other, repaired, next)
	r.run()
	if at := r.raw(tp("unsubscribes", r.home(one)), bad); at != offset+1 {
		t.Fatalf("it lies at %d", at)
	}
	r.run()
	for _, contact := range []string{one, other} {
		r.wantNewsletter(contact, "", state.ReasonConsent)
	}
	// On the other topics it denies nobody.
	r.raw(tp("purchases", r.home(one)), kafka.Record{Timestamp: int64(day0), Key: []byte("x" + one), Value: r.encode(state.Key{Controller: "default", Contact: other}, order("o"))})
	r.run()
	if n := len(r.letters()); n != 3 {
		t.Errorf("%d dead letters", n)
	}
}

// contactsApart returns two contacts that live in different partitions.
func contactsApart(r *rig) (one, other string) {
	one = "c0"
	for i := 1; ; i++ {
		if other = fmt.Sprint("c", i); r.home(other) != r.home(one) {
			return one, other
		}
	}
}

// What lifts an unreadable negative: a record that repairs it, or a release.
// Either may come before the unreadable record itself is read.
func TestUnreadableNegativesAreLifted(t *testing.T) {
	redrive := func(r *rig, target string) {
		f := unsubscribe("repaired")
		f.Unsubscribe.Channels = state.ChannelsOf(state.ChannelSMS) // which leaves e-mail alone
		r.send("jane", f, kafka.Header{Key: redriveHeader, Value: []byte(target)})
	}
	release := func(r *rig, target string) { r.release(t, "jane", target, "dpo") }
	for name, lift := range map[string]func(*rig, string){"redrive": redrive, "release": release} {
		for _, early := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s early=%v", name, early), func(t *testing.T) {
				r := newRig(t, 1)
				r.send("jane", consent("yes"))
				r.run()
				target := "unsubscribes/0/0"
				if early { // the redrive itself lies before it
					if name == "redrive" {
						target = "unsubscribes/0/1"
					}
					lift(r, target)
					r.run()
				}
				r.raw(tp("unsubscribes", 0), kafka.Record{Timestamp: int64(day0), Key: []byte("jane"), Value: []byte("?")})
				r.run()
				if !early {
					r.wantNewsletter("jane", "", state.ReasonUnreadableNegative)
					lift(r, target)
					r.run()
				}
				r.wantNewsletter("jane", "", state.ReasonConsent)
				r.sendTo(0, state.Key{Controller: "later", Contact: "jane"}, consent("yes 2"))
				r.run()
				if v := r.verdict(state.Key{Controller: "later", Contact: "jane"}, state.MessageNewsletter, ""); v.Reason != state.ReasonConsent {
					t.Errorf("a controller that met the contact later: %s", v.Reason)
				}
				if name == "release" {
					wantRelease(t, r.contact("jane"), target, "dpo")
				}
			})
		}
	}
}

// release produces what `dead-letters release` would for a contact.
func (r *rig) release(t *testing.T, contact, target, by string) {
	t.Helper()
	out, err := ReleaseRecord(&r.config.Step.Topics, &DeadLetter{Ref: target, key: []byte(contact)}, by, r.clock.Now(), r.config.Step.Partition, int32(len(r.tasks)))
	if err != nil {
		t.Fatal(err)
	}
	r.raw(tp(out.Topic, out.Partition), kafka.Record{Timestamp: out.Timestamp, Key: out.Key, Value: out.Value})
}

func wantRelease(t *testing.T, c state.Contact, target, by string) {
	t.Helper()
	for i := range c.Facts {
		if f := c.Facts[i].Internal; f != nil && f.Kind == state.InternalRelease {
			if f.Target != target || f.By != by {
				t.Errorf("release %+v", f)
			}
			return
		}
	}
	t.Error("who released it is not kept")
}

// A release lifts one record, not another one of the same contact, and none of
// another contact.
func TestAReleaseLiftsOneRecord(t *testing.T) {
	r := newRig(t, 1)
	for _, contact := range []string{"jane", "john"} {
		r.send(contact, consent("yes of "+contact))
	}
	r.raw(tp("unsubscribes", 0), kafka.Record{Timestamp: int64(day0), Key: []byte("jane"), Value: []byte("?")})
	r.raw(tp("unsubscribes", 0), kafka.Record{Timestamp: int64(day0), Key: []byte("jane"), Value: []byte("?")})
	r.raw(tp("unsubscribes", 0), kafka.Record{Timestamp: int64(day0), Key: []byte("john"), Value: []byte("?")})
	r.run()
	r.release(t, "jane", "unsubscribes/0/0", "dpo")
	r.run()
	r.wantNewsletter("jane", "", state.ReasonUnreadableNegative)
	r.release(t, "jane", "unsubscribes/0/1", "dpo")
	r.release(t, "jane", "unsubscribes/0/2", "dpo")
	r.run()
	r.wantNewsletter("jane", "", state.ReasonConsent)
	r.wantNewsletter("john", "", state.ReasonUnreadableNegative)
	if _, err := ReleaseRecord(&r.config.Step.Topics, &DeadLetter{Ref: "unsubscribes/0/9"}, "dpo", day0, kafka.Partition, 1); err == nil {
		t.Error("a dead letter without a key was released")
	}
}

// Only what stands in the place of an objection lifts one.
func TestAnOrderLiftsNoUnreadableNegative(t *testing.T) {
	r := newRig(t, 1)
	r.raw(tp("unsubscribes", 0), kafka.Record{Timestamp: int64(day0), Key: []byte("jane"), Value: []byte("?")})
	r.send("jane", consent("yes"), kafka.Header{Key: redriveHeader, Value: []byte("unsubscribes/0/0")})
	r.run()
	r.wantNewsletter("jane", "", state.ReasonUnreadableNegative)
}

// Of two records with one id and different contents the second is dead-lettered,
// whichever wins; a second one with the same content never is.
func TestConflictingRecords(t *testing.T) {
	r := newRig(t, 1)
	r.send("jane", order("e"))
	r.run()
	r.send("jane", order("e"))
	r.run()
	if len(r.letters()) != 0 || r.counts.Duplicates != 1 {
		t.Errorf("a plain duplicate: %d dead letters, %+v", len(r.letters()), r.counts)
	}
	other := when(order("e"), day0.Add(-oneDay)) // it was recorded first and wins
	other.Purchase.Family = "book"
	offset := r.send("jane", other)
	r.run()
	letters := r.letters()
	if len(letters) != 1 {
		t.Fatalf("%d dead letters", len(letters))
	}
	bad := r.broker.logs[tp("purchases", 0)][offset].Record
	checkLetter(t, &letters[0], &bad, origin{"purchases", 0, offset}, schemas.FaultInvalid)
	c := r.contact("jane")
	if len(c.Facts) != 1 || c.Facts[0].Purchase.Family != "book" {
		t.Errorf("kept %+v", c.Facts)
	}
	r.send("jane", other)
	r.send("jane", order("e"))
	r.run()
	if n := len(r.letters()); n != 2 {
		t.Errorf("%d dead letters, want one more: the content that lost is in conflict again", n)
	}
}

// Both of two negatives with one id stay in force.
func TestConflictingNegatives(t *testing.T) {
	r := newRig(t, 1)
	r.send("jane", consent("yes"))
	first, second := unsubscribe("u"), unsubscribe("u")
	first.Unsubscribe.Channels = state.ChannelsOf(state.ChannelSMS)
	second.Unsubscribe.Channels = state.ChannelsOf(state.ChannelEmail)
	r.send("jane", first)
	r.run()
	r.wantNewsletter("jane", "", state.ReasonConsent)
	r.send("jane", second)
	r.run()
	r.wantNewsletter("jane", "", state.ReasonObjected)
	if n := len(r.letters()); n != 1 {
		t.Errorf("%d dead letters", n)
	}
	negatives := 0
	for _, f := range r.contact("jane").Facts {
		if f.Unsubscribe != nil {
			negatives++
		}
	}
	if negatives != 2 {
		t.Errorf("%d negatives in force, want both", negatives)
	}
}

// A kind of a positive that a newer producer writes is ignored and counted; a
// refusal that such a record holds counts.
func TestUnknownKinds(t *testing.T) {
	r := newRig(t, 1)
	r.send("jane", consent("yes"))
	purchase, click, signup := order("p"), factsOfTopics()[1], consent("s")
	purchase.Purchase.Kind, click.Click.Kind, signup.Signup.Kind = state.PurchaseUnknown, state.ClickUnknown, state.SignupUnknown
	for i, f := range []state.Fact{purchase, click, signup} {
		r.send("jane", f)
		r.run()
		if r.counts.Ignored != i+1 {
			t.Errorf("%s: %d ignored, want %d", inputs[i], r.counts.Ignored, i+1)
		}
		r.wantNewsletter("jane", "", state.ReasonConsent)
	}
	refusal := consent("refusal")
	refusal.Signup.Kind, refusal.Signup.Answers[0].Value = state.SignupUnknown, state.AnswerNo
	r.send("jane", refusal)
	r.run()
	r.wantNewsletter("jane", "", state.ReasonObjected)
	if n := len(r.letters()); n != 0 || r.counts.Ignored != 3 || len(r.contact("jane").Facts) != 2 {
		t.Errorf("%d dead letters, %+v", n, r.counts)
	}
}

func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
