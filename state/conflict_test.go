package state_test

import (
	"testing"

	"pgregory.net/rapid"

	"consentstream/state"
	"consentstream/state/statetest"
)

func order(id string, at, recorded state.Instant) state.Fact {
	f := own(id, at)
	f.RecordedAt, f.Topic = recorded, state.TopicPurchases
	f.Purchase = &state.Purchase{Kind: state.PurchaseOrdered, OrderRef: "O1", Family: "main"}
	return f
}

func unsubscribed(id string, at, recorded state.Instant, method state.Method) state.Fact {
	f := own(id, at)
	f.RecordedAt, f.Topic = recorded, state.TopicUnsubscribes
	f.Unsubscribe = &state.Unsubscribe{Kind: state.UnsubscribeUnsubscribe, Method: method, PurgedBefore: state.Unset}
	return f
}

func forwarded(f state.Fact) state.Fact {
	f.Forwarded = true
	return f
}

// refused is a signup that says yes and no, and what of it reaches the other
// contacts of its address.
func refused(id string, at state.Instant) (whole, copied state.Fact) {
	whole = own(id, at)
	whole.Topic = state.TopicSignups
	no := state.Answer{Form: state.FormYesNo, Value: state.AnswerNo, Channels: state.ChannelsOf(state.ChannelEmail)}
	yes := state.Answer{Form: state.FormOptInBox, Value: state.AnswerYes, Channels: state.ChannelsOf(state.ChannelSMS)}
	copied = forwarded(whole)
	whole.Signup = &state.Signup{Kind: state.SignupAccountCreated, Answers: []state.Answer{yes, no}}
	copied.Signup = &state.Signup{Kind: state.SignupForm, Answers: []state.Answer{no}}
	return whole, copied
}

func TestOutcomes(t *testing.T) {
	day := statetest.Start
	link, stop := state.MethodLink, state.MethodSMSStop
	whole, copied := refused("x", day)
	tests := []struct {
		name      string
		given     []state.Fact
		fact      state.Fact
		want      state.Outcome
		inForce   int
		forwarded int
	}{
		{"a new fact", nil, order("x", day, day), state.Outcome{Added: true, Changed: true, FirstUse: "a1"}, 1, 0},
		{"a second fact on an address", []state.Fact{order("x", day, day)}, order("y", day, day), state.Outcome{Added: true, Changed: true}, 2, 0},
		{"a duplicate", []state.Fact{order("x", day, day)}, order("x", day, day), state.Outcome{Duplicate: true}, 1, 0},
		{"a duplicate recorded later", []state.Fact{order("x", day, day)}, order("x", day, day+1), state.Outcome{Duplicate: true}, 1, 0},
		{"a duplicate recorded earlier", []state.Fact{order("x", day, day)}, order("x", day, day-1), state.Outcome{Duplicate: true, Changed: true}, 1, 0},
		{"a conflict recorded later", []state.Fact{order("x", day, day)}, order("x", day+9, day+1), state.Outcome{Conflict: true}, 1, 0},
		{"a conflict recorded earlier", []state.Fact{order("x", day, day)}, order("x", day+9, day-1), state.Outcome{Conflict: true, Added: true, Changed: true}, 1, 0},
		{"two negatives", []state.Fact{unsubscribed("x", day, day, link)}, unsubscribed("x", day, day+1, stop), state.Outcome{Conflict: true, Added: true, Changed: true}, 2, 0},
		{"a negative after an order", []state.Fact{order("x", day, day)}, unsubscribed("x", day, day+1, link), state.Outcome{Conflict: true}, 1, 0},
		{"a negative before an order", []state.Fact{order("x", day, day)}, unsubscribed("x", day, day-1, link), state.Outcome{Conflict: true, Added: true, Changed: true}, 1, 0},
		{"the copy of an own negative", []state.Fact{unsubscribed("x", day, day, link)}, forwarded(unsubscribed("x", day, day, link)), state.Outcome{Duplicate: true}, 1, 0},
		{"an own negative after its copy", []state.Fact{forwarded(unsubscribed("x", day, day, link))}, unsubscribed("x", day, day, link), state.Outcome{Duplicate: true, Changed: true}, 1, 0},
		{"the copy of an own refusal", []state.Fact{whole}, copied, state.Outcome{Duplicate: true}, 1, 0},
		{"an own refusal after its copy", []state.Fact{copied}, whole, state.Outcome{Duplicate: true, Changed: true}, 1, 0},
		{"another person's negative with the id of an order", []state.Fact{order("x", day, day)}, forwarded(unsubscribed("x", day, day+1, link)), state.Outcome{Added: true, Changed: true}, 2, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := statetest.Fold(test.given)
			before := encoded(c)
			after, got := state.Fold(c, test.fact)
			if got != test.want {
				t.Errorf("outcome %+v, want %+v", got, test.want)
			}
			if string(encoded(c)) != string(before) {
				t.Error("Fold changed its argument")
			}
			if len(after.Facts) != test.inForce || countForwarded(after) != test.forwarded {
				t.Errorf("%d facts in force, %d forwarded: %+v", len(after.Facts), countForwarded(after), after.Facts)
			}
		})
	}
}

func countForwarded(c state.Contact) (count int) {
	for i := range c.Facts {
		if c.Facts[i].Forwarded {
			count++
		}
	}
	return count
}

// A negative that lost comes into force when the record that beat it loses.
func TestOverruledNegativeReturns(t *testing.T) {
	day := statetest.Start
	c := statetest.Fold([]state.Fact{order("x", day, day), unsubscribed("x", day, day+1, state.MethodLink)})
	if len(c.Facts) != 1 || c.Facts[0].Purchase == nil {
		t.Fatalf("in force: %+v", c.Facts)
	}
	c.Add(unsubscribed("x", day, day-1, state.MethodSMSStop))
	if len(c.Facts) != 2 || c.Facts[0].Purchase != nil || c.Facts[1].Purchase != nil {
		t.Errorf("in force: %+v, want both negatives", c.Facts)
	}
}

func TestFoldLeavesItsArgument(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		source, pools := statetest.Rapid{T: t}, statetest.Shop()
		pools.IDs = 10
		facts := statetest.Facts(source, pools, source.Int(1, 12))
		c := statetest.Fold(facts[:len(facts)-1])
		before := string(encoded(c))
		inPlace := statetest.Fold(facts[:len(facts)-1])
		want := inPlace.Add(facts[len(facts)-1])
		got, outcome := state.Fold(c, facts[len(facts)-1])
		if string(encoded(c)) != before {
			t.Fatal("Fold changed its argument")
		}
		if outcome != want || string(encoded(got)) != string(encoded(inPlace)) {
			t.Fatalf("Fold gives %+v, Add %+v", outcome, want)
		}
	})
}

func TestAnswer(t *testing.T) {
	c := statetest.Fold([]state.Fact{order("x", statetest.Start, statetest.Start)})
	switch {
	case c.Answer("a2", false):
		t.Error("an answer about an address that is not used changed something")
	case !c.Answer("a1", false) || !c.Uses[0].Answered:
		t.Error("the first answer changed nothing")
	case c.Answer("a1", false):
		t.Error("the same answer again changed something")
	case !c.Answer("a1", true) || !c.Uses[0].Crowded:
		t.Error("the address did not become crowded")
	}
}

func TestAFactWithNoAddressUsesNone(t *testing.T) {
	f := order("x", statetest.Start, statetest.Start)
	f.Address = ""
	c := state.NewContact()
	if got := c.Add(f).FirstUse; got != "" || len(c.Uses) != 0 {
		t.Errorf("first use of %q, uses %v", got, c.Uses)
	}
}
