package processor

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"consentstream/processor/kafka"
	"consentstream/state"
	"consentstream/state/rules"
)

// clicked is a click of a person on an offer: it moves E.
func clicked(id string, at state.Instant) state.Fact {
	return when(state.Fact{ID: id, Topic: state.TopicClicks, Click: &state.Click{
		Kind: state.ClickClick, Actor: state.ActorHuman, Channel: state.ChannelEmail, Message: state.MessagePromotional, Target: state.TargetContent,
	}}, at)
}

// opened resets nothing.
func opened(id string, at state.Instant) state.Fact {
	f := clicked(id, at)
	f.Click.Kind = state.ClickOpen
	return f
}

// change finds what a record says moved about e-mails of a kind.
func change(e *state.EligibilityChanged, kind state.MessageKind) *state.VerdictChange {
	for i := range e.Changed {
		if c := &e.Changed[i]; c.Kind == kind && c.Channel == state.ChannelEmail && c.Brand == "" {
			return c
		}
	}
	return nil
}

// The first decision about a contact is published, also one that denies all.
func TestTheFirstDecisionIsPublished(t *testing.T) {
	for i, f := range factsOfTopics() {
		r := newRig(t, 1)
		r.send("jane", f)
		r.run()
		changes := r.changes("jane")
		if len(changes) != 1 || changes[0].Sequence != 1 {
			t.Fatalf("%s: %d changes", inputs[i], len(changes))
		}
		for _, c := range changes[0].Changed {
			if c.HasBefore {
				t.Errorf("%s: before of a new row is %v", inputs[i], c.Before)
			}
		}
		if len(changes[0].Changed) != len(changes[0].Verdicts) {
			t.Errorf("%s: %d of %d rows are new", inputs[i], len(changes[0].Changed), len(changes[0].Verdicts))
		}
	}
}

// What is published again differs: nothing follows a duplicate, an open, or the
// whole input once more.
func TestOnlyDifferencesArePublished(t *testing.T) {
	r := newRig(t, 1)
	for range 3 {
		r.send("jane", when(order("o"), day0))
		r.send("jane", opened("open", day0))
		r.send("jane", when(consent("yes"), day0))
		r.run()
	}
	if n := len(r.changes("jane")); n != 1 {
		t.Errorf("%d changes", n)
	}
}

// Changed lists rows whose verdict moved with before and after, and rows whose
// reason alone moved with both equal.
func TestChangedRows(t *testing.T) {
	r := newRig(t, 1)
	r.send("jane", when(order("o"), day0)) // denied: no notice
	r.run()
	r.send("jane", consent("yes"))
	r.run()
	r.send("jane", unsubscribe("no"))
	r.run()
	changes := r.changes("jane")
	if len(changes) != 3 {
		t.Fatalf("%d changes", len(changes))
	}
	row := func(before, after bool) *state.VerdictChange {
		return &state.VerdictChange{Kind: state.MessageNewsletter, Channel: state.ChannelEmail, Before: before, HasBefore: true, After: after}
	}
	for i, want := range map[int]*state.VerdictChange{1: row(false, true), 2: row(true, false)} {
		if diff := cmp.Diff(want, change(&changes[i], state.MessageNewsletter)); diff != "" {
			t.Errorf("change %d: %s", i, diff)
		}
	}
	loyalty := change(&changes[2], state.MessageLoyalty) // denied before for another reason
	if loyalty == nil || loyalty.Before || loyalty.After || !loyalty.HasBefore {
		t.Errorf("a reason that moved: %+v", loyalty)
	}
	if c := change(&changes[2], state.MessageService); c != nil {
		t.Errorf("a row that did not move: %+v", c)
	}
}

// A row for an address that is pushed out by newer ones vanishes: after is false.
func TestVanishedRows(t *testing.T) {
	r := newRig(t, 1)
	for i := range 9 {
		r.send("jane", when(withAddress(consent(fmt.Sprint("yes", i)), fmt.Sprint("a", i)), day0.Add(time.Duration(i)*time.Hour)))
		r.run()
	}
	changes := r.changes("jane")
	last := &changes[len(changes)-2] // the answer of the owner of the address follows it
	gone, fresh := 0, 0
	for _, c := range last.Changed {
		switch {
		case c.Address == "a0" && c.HasBefore && !c.After:
			gone++
		case c.Address == "a8" && !c.HasBefore:
			fresh++
		}
	}
	if rowOf(last, state.MessageNewsletter, "a0") != nil || gone == 0 || fresh != gone {
		t.Errorf("%d rows gone, %d new", gone, fresh)
	}
	checkSequence(t, changes)
}

func checkSequence(t *testing.T, changes []state.EligibilityChanged) {
	t.Helper()
	ids := map[string]bool{}
	for i := range changes {
		e := &changes[i]
		if e.Sequence != int64(i)+1 || ids[e.EventID] || e.EventID == "" {
			t.Errorf("change %d: sequence %d, id %q", i, e.Sequence, e.EventID)
		}
		ids[e.EventID] = true
	}
}

// An until that moves earlier is told at once, with nothing changed, and its
// cause is the fact.
func TestAnEarlierUntilIsPublishedAtOnce(t *testing.T) {
	r := newRig(t, 1)
	r.send("jane", when(consent("yes"), day0))
	r.run()
	r.send("jane", when(order("o"), day0.Add(-oneDay)))
	r.run()
	before := r.changes("jane")
	// A cancellation that is dated a few days ahead takes the order back then.
	cancelled := when(order("cancelled"), day0.Add(10*oneDay))
	cancelled.Purchase.Kind, cancelled.Purchase.OrderRef, cancelled.RecordedAt = state.PurchaseCancelled, "O-o", day0
	r.send("jane", cancelled)
	r.run()
	after := r.changes("jane")
	if len(after) != len(before)+1 {
		t.Fatalf("%d changes after %d", len(after), len(before))
	}
	last := &after[len(after)-1]
	if len(last.Changed) != 0 || last.Cause.Kind != state.CauseEvent || last.Cause.EventID != "cancelled" {
		t.Errorf("%d rows changed, cause %+v", len(last.Changed), last.Cause)
	}
	checkSequence(t, after)
}

// An until that moves later is told for allowed rows, and only once the
// published one is less than a week away.
func TestALaterUntilIsRefreshedInTime(t *testing.T) {
	r := newRig(t, 1)
	r.send("jane", when(consent("yes"), day0))
	r.run()
	end := rowOf(&r.changes("jane")[0], state.MessageNewsletter, "").Until
	r.clock.Set(day0.Add(365 * oneDay))
	r.send("jane", clicked("click", r.clock.Now()))
	r.run()
	if n := len(r.changes("jane")); n != 1 {
		t.Fatalf("%d changes: the published until holds for two years more", n)
	}
	due := end.Add(-refreshAhead)
	r.at(due - 1)
	if n := len(r.changes("jane")); n != 1 {
		t.Fatalf("%d changes a week and a millisecond ahead", n)
	}
	r.at(due.Add(time.Hour))
	changes := r.changes("jane")
	if len(changes) != 2 {
		t.Fatalf("%d changes", len(changes))
	}
	refresh := &changes[1]
	if len(refresh.Changed) != 0 || refresh.Cause.Kind != state.CauseDeadline || refresh.Cause.EventID != "" || refresh.EffectiveAt != due {
		t.Errorf("changed %d rows, cause %+v, effective at %s, want %s", len(refresh.Changed), refresh.Cause, refresh.EffectiveAt, due)
	}
	if row := rowOf(refresh, state.MessageNewsletter, ""); row == nil || row.Until <= end || !row.Allowed {
		t.Errorf("the row is %+v", row)
	}
}

// Nobody needs to know that a denial holds for longer.
func TestADenialIsNotRefreshed(t *testing.T) {
	r := newRig(t, 1)
	r.send("jane", when(order("o"), day0))
	r.run()
	var end state.Instant
	for _, v := range r.changes("jane")[0].Verdicts {
		if v.Kind == state.MessageDeletionWarning && v.Channel == state.ChannelEmail {
			end = v.Until
		}
	}
	r.clock.Set(end.Add(-30 * oneDay))
	r.send("jane", clicked("click", r.clock.Now()))
	r.at(end.Add(-time.Hour))
	if n := len(r.changes("jane")); n != 1 {
		t.Errorf("%d changes", n)
	}
}

// Of several facts in one transaction the cause is the last one that moved what
// is published, not the last one.
func TestTheCauseIsTheLastFactThatMoved(t *testing.T) {
	cases := []struct {
		says  string
		facts []state.Fact
		cause string
		kind  state.CauseKind
	}{
		{"an open after a yes", []state.Fact{when(consent("yes"), day0), opened("open", day0)}, "yes", state.CauseEvent},
		{"a yes after an open", []state.Fact{opened("open", day0), when(consent("yes"), day0)}, "yes", state.CauseEvent},
		{"a no after a yes", []state.Fact{when(consent("yes"), day0), when(unsubscribe("no"), day0)}, "no", state.CauseEvent},
		{"a yes that came too late", []state.Fact{when(unsubscribe("no"), day0), when(consent("yes"), day0.Add(-oneDay))}, "no", state.CauseEvent},
	}
	for _, c := range cases {
		t.Run(c.says, func(t *testing.T) {
			r := newRig(t, 1)
			r.send("jane", when(order("first"), day0.Add(-2*oneDay)))
			r.run()
			for _, f := range c.facts {
				r.send("jane", f)
			}
			r.run()
			changes := r.changes("jane")
			if len(changes) != 2 {
				t.Fatalf("%d changes, want one net change", len(changes))
			}
			if got := changes[1].Cause; got.Kind != c.kind || got.EventID != c.cause {
				t.Errorf("cause %+v, want %s", got, c.cause)
			}
		})
	}
}

// The offset of the cause is that of its record.
func TestTheCauseNamesItsRecord(t *testing.T) {
	r := newRig(t, 1)
	r.send("john", order("o1"))
	offset := r.send("jane", order("o2"))
	r.run()
	cause := r.changes("jane")[0].Cause
	if want := (state.Cause{Kind: state.CauseEvent, EventID: "o2", Topic: "purchases", Partition: 0, Offset: offset}); cause != want {
		t.Errorf("cause %+v, want %+v", cause, want)
	}
}

// A fact that moves nothing is not the cause of a deadline that comes with it.
func TestAFactIsNotTheCauseOfADeadline(t *testing.T) {
	r := newRig(t, 1)
	r.send("jane", when(consent("yes"), day0))
	r.run()
	end := rowOf(&r.changes("jane")[0], state.MessageNewsletter, "").Until
	r.at(end - 1)
	before := len(r.changes("jane"))
	r.clock.Set(end.Add(time.Hour))
	r.send("jane", opened("open", r.clock.Now()))
	r.send("jane", when(order("late"), day0.Add(-oneDay)))
	r.run()
	changes := r.changes("jane")[before:]
	if len(changes) == 0 {
		t.Fatal("nothing was published")
	}
	if c := changes[0]; c.Cause.Kind != state.CauseDeadline || c.EffectiveAt != end {
		t.Errorf("cause %+v, effective at %s, want the deadline at %s", c.Cause, c.EffectiveAt, end)
	}
}

// Families are told as they are, also where a batch passes through others.
func TestFamiliesOfANetChange(t *testing.T) {
	r := newRig(t, 1)
	sold := func(id, family string) state.Fact {
		f := when(order(id), day0)
		f.Purchase.Family = family
		f.Purchase.Notice = consent("").Signup.Notice
		return f
	}
	r.send("jane", when(order("first"), day0.Add(-oneDay)))
	r.run()
	for _, f := range []state.Fact{sold("1", "zebra"), sold("2", "apple"), sold("3", "melon")} {
		r.send("jane", f)
	}
	r.run()
	changes := r.changes("jane")
	row := rowOf(&changes[len(changes)-1], state.MessagePromotional, "")
	if want := []string{"apple", "melon", "zebra"}; !slices.Equal(row.Families, want) {
		t.Errorf("families %q, want %q", row.Families, want)
	}
	c := r.contact("jane")
	for _, stored := range c.Published.Rows {
		if stored.Kind == state.MessagePromotional && stored.Channel == state.ChannelEmail && !slices.Equal(stored.Families, row.Families) {
			t.Errorf("stored families %q", stored.Families)
		}
	}
	r.send("jane", opened("o", day0))
	r.send("jane", clicked("c", day0))
	r.run()
	if n := len(r.changes("jane")); n != len(changes) {
		t.Errorf("published again with nothing moved: %d", n)
	}
}

// The contacts of a Driver keep their rows apart.
func TestFamiliesInADriver(t *testing.T) {
	d := NewDriver(rules.Default(), nil)
	for i, family := range []string{"zebra", "apple"} {
		f := when(order(fmt.Sprint(i)), day0)
		f.Purchase.Family, f.Purchase.Notice = family, consent("").Signup.Notice
		d.Deliver(state.Key{Controller: "default", Contact: family}, f)
	}
	for _, family := range []string{"zebra", "apple"} {
		for _, row := range d.Contact(state.Key{Controller: "default", Contact: family}).Published.Rows {
			if len(row.Families) > 0 && row.Families[0] != family {
				t.Fatalf("%s is told of %s", family, row.Families)
			}
		}
	}
}

// The id of a change is the same however it is computed, and differs from
// contact to contact and from change to change.
func TestEventIDsAreDeterministic(t *testing.T) {
	published := func() map[string]string {
		r := newRig(t, 2)
		ids := map[string]string{}
		for _, contact := range []string{"jane", "john"} {
			r.send(contact, when(order("o"), day0))
			r.run()
			r.send(contact, when(unsubscribe("u"), day0))
			r.run()
			for _, e := range r.changes(contact) {
				ids[fmt.Sprint(contact, e.Sequence)] = e.EventID
			}
		}
		return ids
	}
	first := published()
	if diff := cmp.Diff(first, published()); diff != "" {
		t.Error(diff)
	}
	seen := map[string]bool{}
	for _, id := range first {
		seen[id] = true
	}
	if len(first) != 4 || len(seen) != 4 {
		t.Errorf("%d ids of %d changes", len(seen), len(first))
	}
}

// Records carry the key, the partition and the headers that readers rely on.
func TestPublishedRecords(t *testing.T) {
	r := newRig(t, 2, func(c *TaskConfig) { c.Step.Topics.Retention = "retention-{controller}" })
	for _, controller := range []string{"default", "acme"} {
		f := unsubscribe("erase " + controller)
		f.Unsubscribe.Kind = state.UnsubscribeErasure
		r.sendTo(r.home("jane"), state.Key{Controller: controller, Contact: "jane"}, f)
	}
	r.run()
	keys := map[string]int{}
	for p := range int32(2) {
		for _, topic := range []string{"eligibility-changed", "retention-default", "retention-acme"} {
			for _, record := range r.broker.logs[tp(topic, p)] {
				if record.control {
					continue
				}
				keys[topic+" "+string(record.Key)]++
				checkCloudEvent(t, &record.Record)
				if p != r.home("jane") {
					t.Errorf("%s: partition %d", topic, p)
				}
			}
		}
	}
	want := map[string]int{"eligibility-changed jane": 1, "eligibility-changed jane|acme": 1, "retention-default jane": 1, "retention-acme jane": 1}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Error(diff)
	}
}

func checkCloudEvent(t *testing.T, r *kafka.Record) {
	t.Helper()
	for _, name := range []string{"ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "content-type"} {
		if header(r, name) == "" {
			t.Errorf("header %s is missing", name)
		}
	}
}
