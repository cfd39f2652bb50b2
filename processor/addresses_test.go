package processor

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"consentstream/processor/kafka"
	"consentstream/schemas"
	"consentstream/state"
)

// sharing is a rig of two partitions with an address of one of them that
// contacts of both use.
type sharing struct {
	*rig
	jane, john, shared string
}

func newSharing(t *testing.T) *sharing {
	r := newRig(t, 2)
	jane, john := contactsApart(r)
	return &sharing{r, jane, john, addressOf(r, r.home(john))}
}

func (s *sharing) sends(contact string, f state.Fact) {
	s.send(contact, withAddress(f, s.shared))
}

func (s *sharing) wantOn(contact string, want state.Reason) {
	s.t.Helper()
	s.wantNewsletter(contact, s.shared, want)
}

// The first use asks the owner of the address, once; until it has answered
// marketing there is denied.
func TestAFirstUseIsAnswered(t *testing.T) {
	s := newSharing(t)
	s.sends(s.jane, consent("yes"))
	s.step(int(s.home(s.jane)))
	uses := s.log(s.config.Step.Topics.Addresses)
	key := fmt.Sprintf("%s|default|U|%s", s.shared, s.jane)
	if len(uses) != 1 || string(uses[0].Key) != key || uses[0].Value == nil {
		t.Fatalf("uses %+v", uses)
	}
	if log := s.broker.logs[tp(s.config.Step.Topics.Addresses, kafka.Partition([]byte(s.shared), 2))]; len(log) == 0 {
		t.Error("it is not in the partition of the address")
	}
	if v := rowOf(last(s.changes(s.jane)), state.MessageNewsletter, s.shared); v.Reason != state.ReasonAddressPending {
		t.Errorf("before the answer: %s", v.Reason)
	}
	s.run()
	s.wantOn(s.jane, state.ReasonConsent)
	s.sends(s.jane, clicked("again", day0))
	s.run()
	if n := len(s.log(s.config.Step.Topics.Addresses)); n != 1 {
		t.Errorf("%d records on addresses after a second use", n)
	}
	if answers := s.log(s.config.Step.Topics.Repartition); len(answers) != 1 || string(answers[0].Key) != s.jane {
		t.Errorf("answers %+v", answers)
	}
}

// A contact's facts without an address ask nobody.
func TestNoAddressNoQuestion(t *testing.T) {
	s := newSharing(t)
	s.send(s.jane, consent("yes"))
	s.send(s.john, unsubscribe("no"))
	s.run()
	if n := len(s.log(s.config.Step.Topics.Addresses)); n != 0 {
		t.Errorf("%d records on addresses", n)
	}
	s.wantNewsletter(s.jane, "", state.ReasonConsent)
}

// What one contact refuses on a shared address reaches the others, whoever came
// first; what is refused by answering a form does too.
func TestNegativesFollowTheAddress(t *testing.T) {
	refusal := consent("no")
	refusal.Signup.Answers[0].Value = state.AnswerNo
	for says, negative := range map[string]state.Fact{"unsubscribe": unsubscribe("no"), "answer": refusal} {
		for _, before := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s before=%v", says, before), func(t *testing.T) {
				s := newSharing(t)
				if before {
					s.sends(s.john, negative)
					s.run()
				}
				s.sends(s.jane, consent("yes"))
				s.run()
				if !before {
					s.wantOn(s.jane, state.ReasonConsent)
					s.sends(s.john, negative)
					s.run()
				}
				s.wantOn(s.jane, state.ReasonObjected)
				s.wantForwarded(s.jane, "no")
				if before {
					s.wantNothingAllowedOn(s.jane, s.shared)
				}
				s.sends(s.jane, when(consent("later"), day0.Add(time.Hour)))
				s.at(day0.Add(2 * time.Hour))
				s.wantOn(s.jane, state.ReasonObjected) // her own yes does not lift another's no
			})
		}
	}
}

// wantForwarded checks that a contact has one copy of a negative, and nothing of
// whose it is.
func (s *sharing) wantForwarded(contact, id string) {
	s.t.Helper()
	copies := 0
	for _, f := range s.contact(contact).Facts {
		if f.ID != id {
			continue
		}
		copies++
		if !f.Forwarded || !f.IsNegative() || f.Signup != nil && (f.Signup.Notice != nil || len(f.Signup.Answers) != 1) {
			s.t.Errorf("the copy is %+v", f)
		}
	}
	if copies != 1 {
		s.t.Errorf("%s has %d copies of %s", contact, copies, id)
	}
	for _, topic := range []string{s.config.Step.Topics.Addresses, s.config.Step.Topics.Repartition} {
		for _, r := range s.log(topic) {
			if string(r.Key) != s.john && bytes.Contains(r.Value, []byte(s.john)) || bytes.Contains(r.Key, []byte("|N|"+s.john)) {
				s.t.Errorf("a record of %s tells who objected", topic)
			}
		}
	}
}

// A negative does not come back to who made it: their own later yes lifts it.
func TestANegativeDoesNotComeBack(t *testing.T) {
	for _, first := range []bool{false, true} { // the negative is the first use of the address
		s := newSharing(t)
		if !first {
			s.sends(s.john, consent("yes"))
			s.run()
		}
		s.sends(s.jane, consent("hers"))
		s.sends(s.john, unsubscribe("no"))
		s.run()
		for _, f := range s.contact(s.john).Facts {
			if f.Forwarded {
				t.Errorf("john has a forwarded copy of his own negative")
			}
		}
		s.sends(s.john, when(consent("later"), day0.Add(time.Hour)))
		s.at(day0.Add(2 * time.Hour))
		s.wantOn(s.john, state.ReasonConsent)
		s.wantOn(s.jane, state.ReasonObjected)
	}
}

// What speaks of one person's data or proof stays with that person.
func TestWhatDoesNotFollowTheAddress(t *testing.T) {
	s := newSharing(t)
	s.sends(s.jane, consent("yes"))
	for _, kind := range []state.UnsubscribeKind{state.UnsubscribePurged, state.UnsubscribeProofLost} {
		f := unsubscribe(kind.String())
		f.Unsubscribe.Kind, f.Unsubscribe.ProofRef = kind, "proof"
		s.sends(s.john, f)
	}
	s.raw(tp("unsubscribes", s.home(s.john)), kafka.Record{Timestamp: int64(day0), Key: []byte(s.john), Value: []byte("?")})
	s.run()
	s.wantOn(s.jane, state.ReasonConsent)
	for _, r := range s.log(s.config.Step.Topics.Addresses) {
		if key, err := parseAddressRecordKey(r.Key); err != nil || key.Mark != markUse {
			t.Errorf("forwarded %q", r.Key)
		}
	}
}

// Nothing flows between controllers.
func TestAddressesOfControllersAreApart(t *testing.T) {
	s := newSharing(t)
	s.sendTo(s.home(s.john), state.Key{Controller: "other", Contact: s.john}, withAddress(unsubscribe("no"), s.shared))
	s.sends(s.jane, consent("yes"))
	s.run()
	s.wantOn(s.jane, state.ReasonConsent)
}

// A copy of a negative that was recorded earlier moves it for the others too.
func TestAnEarlierRecordingReachesTheOthers(t *testing.T) {
	s := newSharing(t)
	s.sends(s.jane, consent("yes"))
	no := when(unsubscribe("no"), day0.Add(-time.Hour))
	no.RecordedAt = day0
	s.sends(s.john, no)
	s.run()
	earlier := no
	earlier.RecordedAt = day0.Add(-30 * time.Minute)
	s.sends(s.john, earlier)
	s.run()
	for _, f := range s.contact(s.jane).Facts {
		if f.ID == "no" && f.RecordedAt != earlier.RecordedAt {
			t.Errorf("recorded at %s, want %s", f.RecordedAt, earlier.RecordedAt)
		}
	}
}

// An address that a crowd uses is flagged: who comes next is denied for good,
// and who is known still hears of negatives.
func TestACrowdedAddress(t *testing.T) {
	s := newSharing(t)
	a := NewAddress()
	for i := range crowd {
		if changed, crowded := a.Use(fmt.Sprint("user", i)); !changed || crowded {
			t.Fatalf("user %d: changed %v, crowded %v", i, changed, crowded)
		}
	}
	owner := kafka.Partition([]byte(s.shared), 2)
	b := s.config.Store.NewBatch()
	b.Put(owner, appendAddressKey(nil, "default", s.shared), appendAddress(nil, &a))
	if err := s.config.Store.Apply(b, false); err != nil {
		t.Fatal(err)
	}
	_ = b.Close()
	s.sends(s.jane, consent("yes"))
	s.run()
	s.wantOn(s.jane, state.ReasonAddressPending)
	before := len(s.log(s.config.Step.Topics.Repartition))
	s.sends(s.john, unsubscribe("no"))
	s.run()
	told := map[string]bool{}
	for _, r := range s.log(s.config.Step.Topics.Repartition)[before:] {
		told[string(r.Key)] = true
	}
	for i := range crowd {
		if !told[fmt.Sprint("user", i)] {
			t.Fatalf("user %d was not told", i)
		}
	}
	s.wantOn(s.jane, state.ReasonAddressPending)
	s.start() // the flag is state
	s.sends(s.jane, clicked("again", day0))
	s.run()
	s.wantOn(s.jane, state.ReasonAddressPending)
}

func TestUsersOfAnAddress(t *testing.T) {
	a := NewAddress()
	if changed, crowded := a.Use("b"); !changed || crowded {
		t.Errorf("a first use: %v %v", changed, crowded)
	}
	if changed, crowded := a.Use("b"); changed || crowded {
		t.Errorf("a second one: %v %v", changed, crowded)
	}
	a.Use("a")
	if fmt.Sprint(a.Users) != "[a b]" {
		t.Errorf("users %v", a.Users)
	}
	for i := 0; len(a.Users) < crowd; i++ {
		a.Use(fmt.Sprint("x", i))
	}
	if changed, crowded := a.Use("late"); !changed || !crowded || !a.Crowded || len(a.Users) != crowd {
		t.Errorf("one too many: %v %v, %d users", changed, crowded, len(a.Users))
	}
	if changed, crowded := a.Use("later"); changed || !crowded {
		t.Errorf("the next: %v %v", changed, crowded)
	}
	if changed, crowded := a.Use("a"); changed || crowded {
		t.Errorf("one of the known: %v %v", changed, crowded)
	}
	f := when(withAddress(unsubscribe("no"), "x"), day0)
	if !a.Object(f) || a.Object(f) {
		t.Error("a negative is new once")
	}
}

// An unreadable record of the internal topics stops the task and says where it
// lies: it was written by another version, and nothing may be passed over.
func TestUnreadableInternalRecordsStopTheTask(t *testing.T) {
	for topic, record := range map[string]kafka.Record{
		"consentstream-repartition": {Key: []byte("jane"), Value: []byte{9, 1}},
		"consentstream-addresses":   {Key: []byte("jane"), Value: []byte{1}},
	} {
		r := newRig(t, 1)
		r.raw(tp(topic, 0), record)
		err := r.try(0)
		if err == nil || !bytes.Contains([]byte(err.Error()), []byte(topic+"/0/0")) || bytes.Contains([]byte(err.Error()), []byte("jane")) {
			t.Errorf("%s: %v", topic, err)
		}
		if err := r.tasks[0].settle(canceled(), err); err == nil {
			t.Errorf("%s: the task goes on", topic)
		}
	}
}

// Of a tombstone nothing follows: only erasure writes it.
func TestTombstonesOfUses(t *testing.T) {
	s := newSharing(t)
	s.sends(s.jane, consent("yes"))
	s.run()
	before := len(s.log(s.config.Step.Topics.Repartition))
	use := appendAddressRecordKey(nil, s.shared, schemas.DefaultController, markUse, s.jane)
	s.raw(tp(s.config.Step.Topics.Addresses, kafka.Partition([]byte(s.shared), 2)), kafka.Record{Key: use})
	s.run()
	if n := len(s.log(s.config.Step.Topics.Repartition)); n != before {
		t.Errorf("%d answers to a tombstone", n-before)
	}
	s.wantOn(s.jane, state.ReasonConsent)
}
