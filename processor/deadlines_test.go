package processor

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"consentstream/processor/kafka"
	"consentstream/state"
	"consentstream/state/rules"
	"consentstream/state/store"
)

// hide keeps what is produced from now on from being read, of one topic in all
// partitions: the task lags behind the ends that it is told.
func (r *rig) hide(topic string) {
	for p := range r.tasks {
		at := tp(topic, int32(p))
		r.broker.visible[at] = int64(len(r.broker.logs[at]))
		r.raw(at, kafka.Record{Timestamp: int64(r.clock.Now()), Key: []byte("somebody"), Value: nil})
	}
}

// reveal lets everything be read.
func (r *rig) reveal() { clear(r.broker.visible) }

// yesAhead is a yes that is recorded now and dated days ahead: inert until then.
func yesAhead(id string, now state.Instant, days int) state.Fact {
	f := when(consent(id), now.Add(time.Duration(days)*oneDay))
	f.RecordedAt = now
	return f
}

// expiryOf is E of a contact whose only contact was at an instant.
func expiryOf(at state.Instant) state.Instant {
	return state.At(at.Time().AddDate(3, 0, 0).Truncate(24 * time.Hour).Add(-time.Hour)) // local midnight of a winter day
}

func last(changes []state.EligibilityChanged) *state.EligibilityChanged {
	return &changes[len(changes)-1]
}

func TestExpiryOf(t *testing.T) {
	r := newRig(t, 1)
	r.send("jane", when(consent("yes"), day0))
	r.run()
	if got := rowOf(last(r.changes("jane")), state.MessageNewsletter, "").Until; got != expiryOf(day0) {
		t.Fatalf("E is %s, want %s", got, expiryOf(day0))
	}
}

// However late a deadline fires, one net change tells it, effective when the
// last deadline moved it.
func TestLateDeadlinesAreOneNetChange(t *testing.T) {
	r := newRig(t, 1)
	r.send("jane", yesAhead("yes", day0, 10))
	r.run()
	if n := len(r.changes("jane")); n != 1 {
		t.Fatalf("%d changes", n)
	}
	r.at(expiryOf(day0.Add(10 * oneDay)).Add(100 * oneDay)) // the yes began to hold and is over
	changes := r.changes("jane")
	if len(changes) != 2 {
		t.Fatalf("%d changes, want one more", len(changes))
	}
	c := last(changes)
	if want := expiryOf(day0.Add(10 * oneDay)); c.EffectiveAt != want || c.Cause.Kind != state.CauseDeadline || c.DecidedAt != r.clock.Now() {
		t.Errorf("effective at %s, decided at %s, cause %v, want %s", c.EffectiveAt, c.DecidedAt, c.Cause.Kind, want)
	}
	r.wantNewsletter("jane", "", state.ReasonExpired)
}

// A deadline that only denies is told at once, whatever lies unread.
func TestADenyingDeadlineDoesNotWait(t *testing.T) {
	r := newRig(t, 1)
	r.send("jane", when(consent("yes"), day0))
	r.run()
	for _, topic := range inputs {
		r.hide(topic)
	}
	end := expiryOf(day0)
	r.at(end)
	if c := last(r.changes("jane")); c.EffectiveAt != end || c.Cause.Kind != state.CauseDeadline {
		t.Errorf("last change %d, effective at %s", c.Sequence, c.EffectiveAt)
	}
	r.wantNewsletter("jane", "", state.ReasonExpired)
}

// A deadline that allows waits until unsubscribes and repartition are read to
// the ends that they had at it; the bulk may lag.
func TestAnAllowingDeadlineWaitsForTheLane(t *testing.T) {
	for _, topic := range []string{"unsubscribes", "consentstream-repartition"} {
		t.Run(topic, func(t *testing.T) {
			r := newRig(t, 1)
			r.send("jane", clicked("known", day0))
			r.send("jane", yesAhead("yes", day0, 10))
			r.run()
			r.hide("purchases")
			r.hide(topic)
			due := day0.Add(10 * oneDay)
			r.at(due.Add(time.Hour))
			if n := len(r.changes("jane")); n != 1 {
				t.Fatalf("%d changes while the lane is not read", n)
			}
			if topic == "unsubscribes" {
				r.reveal()
			} else { // nothing readable lies there
				r.broker.logs[tp(topic, 0)][r.broker.visible[tp(topic, 0)]].control = true
				r.reveal()
			}
			r.run()
			changes := r.changes("jane")
			if len(changes) != 2 {
				t.Fatalf("%d changes once it is read", len(changes))
			}
			if c := last(changes); c.EffectiveAt != due || c.Cause.Kind != state.CauseDeadline {
				t.Errorf("effective at %s, cause %v", c.EffectiveAt, c.Cause.Kind)
			}
			r.wantNewsletter("jane", "", state.ReasonConsent)
		})
	}
}

// The unread record was an objection: nobody ever reads that it was allowed.
func TestAnAllowingDeadlineMeetsAnObjection(t *testing.T) {
	r := newRig(t, 1)
	r.send("jane", yesAhead("yes", day0, 10))
	r.run()
	r.hide("unsubscribes")
	r.clock.Set(day0.Add(11 * oneDay))
	r.send("jane", unsubscribe("no"))
	r.run()
	r.reveal()
	r.run()
	r.wantNewsletter("jane", "", state.ReasonObjected)
	for _, c := range r.changes("jane") {
		if v := rowOf(&c, state.MessageNewsletter, ""); v != nil && v.Allowed {
			t.Errorf("change %d allows it", c.Sequence)
		}
	}
}

// Where one deadline denies and a later one allows, the denial is told at once
// and the row that would be allowed is left out until the lane is read.
func TestADenialGoesAheadOfAnAllowance(t *testing.T) {
	r := newRig(t, 1)
	sold := when(order("o"), day0)
	sold.Purchase.Notice = consent("").Signup.Notice
	r.send("jane", sold) // a soft opt-in, until the order is taken back
	cancelled := when(order("x"), day0.Add(5*oneDay))
	cancelled.Purchase.Kind, cancelled.Purchase.OrderRef, cancelled.RecordedAt = state.PurchaseCancelled, "O-o", day0
	r.send("jane", cancelled)
	ahead := yesAhead("yes", day0, 10)
	ahead.Signup.Answers[0].Purposes = state.PurposesOf(state.PurposeLoyalty)
	ahead.Signup.Answers[0].Shown = state.PurposesOf(state.PurposeLoyalty)
	r.send("jane", ahead)
	r.run()
	r.wantNewsletter("jane", "", state.ReasonSoftOptin)
	r.hide("unsubscribes")
	r.at(day0.Add(12 * oneDay))
	c := last(r.changes("jane"))
	if c.EffectiveAt != day0.Add(5*oneDay) || rowOf(c, state.MessageLoyalty, "") != nil {
		t.Errorf("effective at %s, the row that is to be allowed is %+v", c.EffectiveAt, rowOf(c, state.MessageLoyalty, ""))
	}
	if v := change(c, state.MessageLoyalty); v == nil || v.After || v.Before {
		t.Errorf("the row that is left out: %+v", v)
	}
	r.wantNewsletter("jane", "", state.ReasonOrderCancelled)
	r.reveal()
	r.run()
	c = last(r.changes("jane"))
	if v := rowOf(c, state.MessageLoyalty, ""); v == nil || !v.Allowed || c.EffectiveAt != day0.Add(10*oneDay) {
		t.Errorf("effective at %s: %+v", c.EffectiveAt, v)
	}
	checkSequence(t, r.changes("jane"))
}

// wantStages checks the stages published about a contact, in order.
func (r *rig) wantStages(contact string, want ...state.RetentionStage) []state.RetentionExpiry {
	r.t.Helper()
	stages := r.stages(contact)
	got := make([]state.RetentionStage, len(stages))
	for i := range stages {
		got[i] = stages[i].Stage
		if stages[i].Sequence != int64(i)+1 {
			r.t.Errorf("stage %d has sequence %d", i, stages[i].Sequence)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		r.t.Fatalf("%s: stages %v, want %v", contact, got, want)
	}
	return stages
}

// An expiry is told when all that was appended by deadline + grace is read.
func TestAnExpiryWaitsForEveryInput(t *testing.T) {
	for _, topic := range []string{"purchases", "clicks", "signups", "unsubscribes"} {
		t.Run(topic, func(t *testing.T) {
			r := newRig(t, 1)
			r.send("jane", when(order("o"), day0))
			r.run()
			end := expiryOf(day0)
			r.at(end.Add(-oneDay))
			r.hide(topic)
			r.at(end.Add(oneDay).Add(time.Hour))
			r.wantStages("jane", state.StageWarning)
			r.reveal()
			r.run()
			expired := r.wantStages("jane", state.StageWarning, state.StageExpired)[1]
			if expired.DueAt != end || expired.EmittedAt != r.clock.Now() {
				t.Errorf("due at %s, emitted at %s", expired.DueAt, expired.EmittedAt)
			}
		})
	}
}

func TestAnExpiryWaitsForTheGrace(t *testing.T) {
	r := newRig(t, 1)
	r.send("jane", when(order("o"), day0))
	r.run()
	end := expiryOf(day0)
	r.at(end.Add(oneDay) - 1)
	r.wantStages("jane")
	r.at(end.Add(oneDay))
	r.wantStages("jane", state.StageExpired)
}

// The unread record was a contact: nothing has expired.
func TestAnUnreadContactStopsAnExpiry(t *testing.T) {
	r := newRig(t, 1)
	r.send("jane", when(order("o"), day0))
	r.run()
	end := expiryOf(day0)
	r.at(end.Add(-oneDay))
	r.hide("purchases")
	r.send("jane", when(order("o2"), end.Add(-oneDay)))
	r.at(end.Add(3 * oneDay))
	r.wantStages("jane", state.StageWarning)
	r.reveal()
	r.at(end.Add(4 * oneDay))
	r.wantStages("jane", state.StageWarning)
}

// A late fact proves an announced expiry wrong.
func TestAnExpiryIsRescinded(t *testing.T) {
	r := newRig(t, 1)
	r.send("jane", when(order("o"), day0))
	r.run()
	end := expiryOf(day0)
	r.at(end.Add(2 * oneDay))
	r.wantStages("jane", state.StageExpired)
	r.send("jane", when(opened("open", end), end)) // proves nothing
	r.run()
	r.wantStages("jane", state.StageExpired)
	r.send("jane", when(order("late"), end.Add(-300*oneDay)))
	r.run()
	stages := r.wantStages("jane", state.StageExpired, state.StageRescinded)
	if stages[1].DueAt != end || stages[1].Action != state.ActionNone {
		t.Errorf("rescinded %s %s, want what was announced", stages[1].DueAt, stages[1].Action)
	}
	r.at(end.Add(3 * 366 * oneDay))
	stages = r.wantStages("jane", state.StageExpired, state.StageRescinded, state.StageExpired)
	if stages[2].DueAt <= end || stages[2].LastContactEventID != "late" {
		t.Errorf("expired again at %s because of %q", stages[2].DueAt, stages[2].LastContactEventID)
	}
}

// A new epoch that opens before the purge was acknowledged takes it back; after
// the acknowledgement nothing does.
func TestANewEpochAfterAnExpiry(t *testing.T) {
	for _, purged := range []bool{false, true} {
		r := newRig(t, 1)
		r.send("jane", when(order("o"), day0))
		r.run()
		end := expiryOf(day0)
		r.at(end.Add(2 * oneDay))
		want := []state.RetentionStage{state.StageExpired}
		if purged {
			gone := when(unsubscribe("purged"), r.clock.Now())
			gone.Unsubscribe.Kind = state.UnsubscribePurged
			r.send("jane", gone)
			r.run()
		} else {
			want = append(want, state.StageRescinded)
		}
		r.clock.Set(end.Add(10 * oneDay))
		r.send("jane", order("again"))
		r.run()
		r.wantStages("jane", want...)
	}
}

// A WARNING is told once in a period, again in a new one, and not after E.
func TestWarnings(t *testing.T) {
	r := newRig(t, 1)
	r.send("jane", when(order("o"), day0))
	r.send("late", when(order("p"), day0))
	r.run()
	end := expiryOf(day0)
	r.at(end.Add(-29 * oneDay))
	first := r.wantStages("jane", state.StageWarning)[0]
	if first.Action != state.ActionWarn || first.DueAt != end.Add(-30*oneDay) || first.LastContactEventID != "o" {
		t.Errorf("%+v", first)
	}
	r.start() // a restart repeats nothing
	r.run()
	r.send("jane", opened("open", r.clock.Now()))
	r.at(end.Add(-28 * oneDay))
	r.wantStages("jane", state.StageWarning)
	r.send("jane", clicked("click", r.clock.Now()))
	r.run()
	r.wantStages("jane", state.StageWarning)
	r.at(end.Add(3*366*oneDay - 40*oneDay))
	r.wantStages("jane", state.StageWarning, state.StageWarning)
}

func TestNoWarningAfterE(t *testing.T) {
	r := newRig(t, 1)
	r.send("jane", when(order("o"), day0))
	r.run()
	r.at(expiryOf(day0).Add(time.Hour))
	r.wantStages("jane")
	r.at(expiryOf(day0).Add(oneDay))
	r.wantStages("jane", state.StageExpired)
}

// A version of the policy takes over at its own instant, and it is the cause.
func TestAPolicyVersionTakesOver(t *testing.T) {
	from := state.At(time.Date(2027, time.April, 1, 0, 0, 0, 0, rules.DefaultSettings().TimeZone))
	policy := rules.Default()
	strict := rules.DefaultSettings()
	strict.SoftOptIn = false
	policy.Versions = append(policy.Versions, rules.Version{Name: "strict", EffectiveFrom: from, Settings: strict})
	r := newRig(t, 1, func(c *TaskConfig) { c.Step.Policy = policy })
	sold := when(order("o"), day0)
	sold.Purchase.Notice = consent("").Signup.Notice
	r.send("jane", sold)
	r.run()
	r.wantNewsletter("jane", "", state.ReasonSoftOptin)
	r.at(from.Add(time.Hour))
	c := last(r.changes("jane"))
	if c.Cause.Kind != state.CausePolicy || c.EffectiveAt != from || c.PolicyVersion != "strict" {
		t.Errorf("cause %v, effective at %s, policy %s", c.Cause.Kind, c.EffectiveAt, c.PolicyVersion)
	}
	if v := rowOf(c, state.MessageNewsletter, ""); v.Allowed || !v.AllowedByLaw {
		t.Errorf("%+v", v)
	}
}

// Another policy file has every contact looked at once, and publishes what
// differs because of it.
func TestAnotherPolicyFile(t *testing.T) {
	const contacts = 23
	r := newRig(t, 1, func(c *TaskConfig) { c.Limits.DeadlinesPerStep = 5 })
	for i := range contacts {
		sold := when(order(fmt.Sprint(i)), day0)
		sold.Purchase.Notice = consent("").Signup.Notice
		r.send(fmt.Sprint("soft", i), sold)
		r.send(fmt.Sprint("no", i), unsubscribe(fmt.Sprint("u", i)))
	}
	r.run()
	strict := rules.Default()
	strict.Versions[0].Settings.SoftOptIn = false
	r.config.Step.Policy, r.config.PolicyID = strict, "p2"
	r.clock.Set(day0.Add(oneDay))
	r.start()
	r.step(0)
	r.start() // a crash in the middle resumes it
	r.run()
	for i := range contacts {
		changes := r.changes(fmt.Sprint("soft", i))
		if len(changes) != 2 || changes[1].Cause.Kind != state.CausePolicy || changes[1].EffectiveAt != r.clock.Now() {
			t.Errorf("soft%d: %d changes, last %+v", i, len(changes), last(changes).Cause)
		}
		if n := len(r.changes(fmt.Sprint("no", i))); n != 1 {
			t.Errorf("no%d: %d changes", i, n)
		}
	}
	commits := r.broker.commits
	r.start()
	r.run()
	if r.broker.commits != commits {
		t.Error("contacts are looked at again under the same policy")
	}
}

// dueNow counts the entries of the deadline index that have come.
func (r *rig) dueNow(partition int32) int {
	n := 0
	err := r.config.Store.(*store.Store).Due(partition, r.clock.Now(), 0, func(state.Instant, []byte) error { n++; return nil })
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}

// An index entry that no contact has any more is dropped when it fires, without
// a transaction.
func TestStaleIndexEntriesAreDropped(t *testing.T) {
	r := newRig(t, 1)
	r.send("jane", order("o"))
	r.run()
	b := r.config.Store.NewBatch()
	for i, key := range []string{"jane", "jane", "nobody"} {
		b.PutTimer(0, day0.Add(time.Duration(i)*time.Hour), appendContactKey(nil, state.Key{Controller: "default", Contact: key}))
	}
	if err := r.config.Store.Apply(b, false); err != nil {
		t.Fatal(err)
	}
	_ = b.Close()
	commits := r.broker.commits
	r.at(day0.Add(oneDay))
	if n := r.dueNow(0); n != 0 || r.broker.commits != commits {
		t.Errorf("%d entries left, %d transactions", n, r.broker.commits-commits)
	}
}

// Many deadlines that wait never keep the one behind them from its turn, though
// marks move all the time.
func TestWaitingDeadlinesDoNotBlockOthers(t *testing.T) {
	r := newRig(t, 1, func(c *TaskConfig) { c.Limits.DeadlinesPerStep = 2 })
	for i := range 9 {
		r.send(fmt.Sprint("waits", i), when(order(fmt.Sprint("o", i)), day0))
	}
	r.send("jane", when(consent("yes"), day0.Add(5*oneDay)))
	r.run()
	r.at(expiryOf(day0).Add(-oneDay))
	r.hide("purchases") // no expiry may be told
	r.clock.Set(expiryOf(day0.Add(5 * oneDay)))
	for range 12 {
		r.elapsed = r.elapsed.Add(2 * time.Second)
		r.step(0)
	}
	r.step(0)
	r.wantNewsletter("jane", "", state.ReasonExpired)
}

// Whatever is set, held back, late or restarted: in the end every deadline has
// fired, and none is left in the index.
func TestNoDeadlineIsLost(t *testing.T) {
	rapid.Check(t, func(p *rapid.T) {
		r := newRig(t, 1, func(c *TaskConfig) {
			c.Limits.DeadlinesPerStep = rapid.IntRange(1, 4).Draw(p, "per step")
			c.Step.Policy.Versions[0].Settings.RetentionYears = 1
		})
		contacts := rapid.IntRange(1, 8).Draw(p, "contacts")
		for n := rapid.IntRange(1, 40).Draw(p, "events"); n > 0; n-- {
			contact := fmt.Sprint("c", rapid.IntRange(0, contacts-1).Draw(p, "contact"))
			now := r.clock.Now()
			ago := time.Duration(rapid.IntRange(0, 800).Draw(p, "days")) * oneDay
			id := fmt.Sprint("e", n)
			switch rapid.IntRange(0, 9).Draw(p, "event") {
			case 0, 1:
				r.send(contact, when(order(id), now.Add(-ago)))
			case 2:
				r.send(contact, yesAhead(id, now, int(ago/oneDay)/10+2))
			case 3:
				r.send(contact, when(consent(id), now.Add(-ago)))
			case 4:
				r.hide(rapid.SampledFrom([]string{"unsubscribes", "purchases"}).Draw(p, "topic"))
			case 5:
				r.reveal()
			case 6:
				r.clock.Set(now.Add(ago / 8))
			case 7:
				r.start()
			default:
				r.elapsed = r.elapsed.Add(150 * time.Millisecond)
				r.step(0)
			}
		}
		r.reveal()
		r.at(r.clock.Now().Add(time.Hour))
		r.at(r.clock.Now().Add(time.Minute))
		for i := range contacts {
			r.checkSettled(p, fmt.Sprint("c", i))
		}
		if n := r.dueNow(0); n != 0 {
			p.Errorf("%d deadlines have come and not fired", n)
		}
	})
}

// checkSettled checks that nothing more is to be published about a contact now.
func (r *rig) checkSettled(p *rapid.T, contact string) {
	c := r.contact(contact)
	if len(c.Facts) == 0 {
		return
	}
	at, known := liveMoment(r.clock.Now(), &c)
	sequence := c.Published.Sequence
	changes := NewJudge(r.config.Step.Policy).Settle(state.Key{Controller: "default", Contact: contact}, &c, Occasion{At: at, Known: known, ReadUpTo: at, Due: state.Unset, Erasure: state.Unset})
	if changes.Eligibility != nil || len(changes.Retention) > 0 || sequence == 0 {
		p.Errorf("%s: after %d changes there is more to publish: %+v, %d stages", contact, sequence, changes.Eligibility, len(changes.Retention))
	}
}
