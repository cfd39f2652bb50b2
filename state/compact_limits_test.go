package state_test

import (
	"fmt"
	"slices"
	"testing"

	"consentstream/state"
	"consentstream/state/statetest"
)

// compacted is a contact with nothing but messages that it opened, too many to
// keep them all.
func compacted(t *testing.T) state.Contact {
	t.Helper()
	c := state.NewContact()
	for i := 0; !c.Compacted; i++ {
		f := click(i)
		f.Click.Kind = state.ClickOpen
		c.Add(f)
	}
	if len(c.Facts) != 1 || c.Facts[0].Since != statetest.Start {
		t.Fatalf("opened messages became %+v, want one fact from the first on", c.Facts)
	}
	return c
}

func day(n int) state.Instant { return statetest.Start + state.Instant(n)*statetest.Day }

func named(c *state.Contact, id string) *state.Fact {
	for i := range c.Facts {
		if c.Facts[i].ID == id {
			return &c.Facts[i]
		}
	}
	return nil
}

func TestFactsAreKeptAsTheyCameUpToSoftLimit(t *testing.T) {
	c := state.NewContact()
	for i := 0; ; i++ {
		c.Add(click(i))
		if c.Compacted {
			break
		}
		if len(c.Facts) != i+1 || c.Size() > state.SoftLimit {
			t.Fatalf("%d clicks are %d facts of %d bytes", i+1, len(c.Facts), c.Size())
		}
	}
	if len(c.Facts) != 1 {
		t.Errorf("beyond the limit clicks became %d facts, want one run", len(c.Facts))
	}
}

func TestHundredThousandOfEverything(t *testing.T) {
	c := state.NewContact()
	for i := range 100_000 {
		f := click(i)
		switch i % 3 {
		case 1:
			f.Click.Kind = state.ClickOpen
		case 2:
			f = order(fmt.Sprint("order-", i), f.OccurredAt, f.OccurredAt)
			f.Purchase.OrderRef = f.ID
		}
		c.Add(f)
		if c.Compacted && c.Size() > state.HardLimit {
			t.Fatalf("%d bytes after %d facts", c.Size(), i+1)
		}
	}
	if c.Level != 0 || !c.Saturated || len(c.Facts) > 40 {
		t.Errorf("level %d, saturated %v, %d facts", c.Level, c.Saturated, len(c.Facts))
	}
}

func TestSixteenNewestSalesAreHeld(t *testing.T) {
	c := compacted(t)
	for _, i := range []int{3, 0, 5, 1, 2, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15} {
		f := order(fmt.Sprintf("order-%02d", i), day(i), day(i))
		f.Purchase.Family = "main"
		c.Add(f)
	}
	if c.Saturated || named(&c, "order-00") == nil {
		t.Fatalf("sixteen sales: saturated %v", c.Saturated)
	}
	c.Add(order("order-16", day(16), day(20)))
	oldest := named(&c, "order-00")
	switch {
	case !c.Saturated || c.Horizon < day(0):
		t.Errorf("a seventeenth sale: saturated %v, horizon %v", c.Saturated, c.Horizon)
	case named(&c, "order-16") == nil || named(&c, "order-01") == nil:
		t.Error("one of the newest sixteen is gone")
	case oldest == nil || oldest.Signup == nil || oldest.Topic != state.TopicPurchases:
		t.Errorf("the oldest sale became %+v, want a request of the person", oldest)
	}
}

func TestSalesOfOtherUseAreNotPushedOut(t *testing.T) {
	others := map[string]func(f *state.Fact){
		"family":  func(f *state.Fact) { f.Purchase.Family = "book" },
		"address": func(f *state.Fact) { f.Address = "a2" },
		"brand":   func(f *state.Fact) { f.Brand = "B" },
		"free":    func(f *state.Fact) { f.Purchase.AmountKnown = true },
		"gift":    func(f *state.Fact) { f.Purchase.Role = state.RoleBeneficiary },
		"notice":  func(f *state.Fact) { f.Purchase.Notice = &state.Notice{Channels: 2} },
	}
	for name, change := range others {
		t.Run(name, func(t *testing.T) {
			c := compacted(t)
			other := order("order-99", day(0), day(0))
			change(&other)
			c.Add(other)
			for i := 1; i < 40; i++ {
				c.Add(order(fmt.Sprintf("order-%02d", i), day(i), day(i)))
			}
			if f := named(&c, other.ID); f == nil || f.Purchase == nil {
				t.Errorf("the only sale of its kind became %+v", f)
			}
		})
	}
}

// What is pushed out counts for the retention clock as it did before.
func TestWhatIsPushedOutResetsAsBefore(t *testing.T) {
	gift := func(f *state.Fact) {
		f.Purchase = &state.Purchase{Kind: state.PurchaseOrdered, OrderRef: "O1", Family: "main", Role: state.RoleBeneficiary}
	}
	answer := func(form state.AnswerForm) func(f *state.Fact) {
		return func(f *state.Fact) {
			f.Signup = &state.Signup{Kind: state.SignupForm, Answers: []state.Answer{{Form: form, Channels: 2, Purposes: 2}}}
		}
	}
	tests := []struct {
		name   string
		body   func(f *state.Fact)
		resets bool
	}{
		{"an order for somebody else", gift, false},
		{"a yes", answer(state.FormOptInBox), true},
		{"a box that was ticked beforehand", answer(state.FormPretickedBox), false},
		{"terms that were accepted", answer(state.FormTerms), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := compacted(t)
			for i := range 17 {
				f := own(fmt.Sprintf("fact-%02d", i), day(i))
				test.body(&f)
				c.Add(f)
			}
			resets := false
			for i := range c.Facts {
				s := c.Facts[i].Signup
				resets = resets || s != nil && s.Kind == state.SignupCollected
			}
			if !c.Saturated || resets != test.resets {
				t.Errorf("saturated %v, what was pushed out resets the clock: %v, want %v", c.Saturated, resets, test.resets)
			}
		})
	}
}

func TestNegativesOfOneClassAreOne(t *testing.T) {
	c := compacted(t)
	for _, i := range []int{5, 1, 9} {
		f := unsubscribed(fmt.Sprint("no-", i), day(i), day(i), state.MethodLink)
		f.Source = fmt.Sprint("page-", i)
		c.Add(f)
	}
	c.Add(forwarded(unsubscribed("no-other", day(3), day(3), state.MethodLink)))
	c.Add(unsubscribed("stop-1", day(4), day(4), state.MethodSMSStop))
	last := named(&c, "no-9")
	switch {
	case last == nil || last.Since != day(1) || last.OccurredAt != day(9) || last.Source != "page-9":
		t.Errorf("three unsubscribes became %+v", last)
	case named(&c, "no-other") == nil || !named(&c, "no-other").Forwarded:
		t.Error("another person's negative was merged with own ones")
	case named(&c, "stop-1") == nil:
		t.Error("a negative by another method was merged")
	case c.Saturated:
		t.Error("saturated, though nothing was lost")
	}
}

func TestARunEndsWhereAYearIsMissing(t *testing.T) {
	c := compacted(t)
	for _, i := range []int{0, 300, 600, 600 + 363, 600 + 363 + 100} {
		f := click(0)
		f.ID = fmt.Sprintf("click-%04d", i)
		f.OccurredAt, f.Since, f.RecordedAt = day(i), day(i), day(i)
		c.Add(f)
	}
	first, second := named(&c, "click-0600"), named(&c, "click-1063")
	if first == nil || first.Since != day(0) || second == nil || second.Since != day(963) {
		t.Errorf("runs %+v and %+v, want days 0 to 600 and 963 to 1063", first, second)
	}
}

// What was sent is counted by law or allowed once: a contact with little room
// remembers it as one with much.
func TestWhatWasSentIsRememberedAtEveryLevel(t *testing.T) {
	for _, families := range []int{0, 16, 32, 64, 100, 300} {
		c := compacted(t)
		for i := range 16 * families {
			f := order(fmt.Sprintf("order-%04d", i), day(i/families), day(i/families))
			f.Purchase.Family = fmt.Sprint("family-", 1000+i%families)
			c.Add(f)
		}
		level := c.Level
		for i := range 10 {
			c.Add(sent(fmt.Sprint("call-", i), day(2000+i), state.MessageCall))
			c.Add(sent(fmt.Sprint("warn-", i), day(2000+i), state.MessageDeletionWarning))
		}
		want := []string{"call-6", "call-7", "call-8", "call-9", "warn-9"}
		if held := heldSent(&c); !slices.Equal(held, want) {
			t.Errorf("level %d: %v are held, want %v", level, held, want)
		}
	}
}

func sent(id string, at state.Instant, message state.MessageKind) state.Fact {
	f := own(id, at)
	f.Topic, f.Click = state.TopicClicks, &state.Click{Kind: state.ClickSent, Message: message, Channel: state.ChannelPhone}
	return f
}

func heldSent(c *state.Contact) (held []string) {
	for i := range c.Facts {
		if body := c.Facts[i].Click; body != nil && body.Kind == state.ClickSent {
			held = append(held, c.Facts[i].ID)
		}
	}
	return held
}

func TestDroppedRetractionsTakeBackWhatIsOlder(t *testing.T) {
	purchase := func(kind state.PurchaseKind) func(f *state.Fact) {
		return func(f *state.Fact) { f.Purchase = &state.Purchase{Kind: kind, OrderRef: f.ID, Family: "main"} }
	}
	asked := func(f *state.Fact) {
		f.Click = &state.Click{Kind: state.ClickSent, Message: state.MessageReviewRequest, OrderRef: f.ID}
	}
	lost := func(f *state.Fact) {
		f.Unsubscribe = &state.Unsubscribe{Kind: state.UnsubscribeProofLost, ProofRef: f.ID, PurgedBefore: state.Unset}
	}
	tests := []struct {
		name string
		body func(f *state.Fact)
		want func(r *state.Retracted)
	}{
		{"cancelled", purchase(state.PurchaseCancelled), func(r *state.Retracted) { r.Cancelled = day(3) }},
		{"contract ended", purchase(state.PurchaseContractEnded), func(r *state.Retracted) { r.Cancelled = day(3) }},
		{"delivered", purchase(state.PurchaseDelivered), func(r *state.Retracted) { r.Delivered = day(3) }},
		{"proof lost", lost, func(r *state.Retracted) { r.ProofLost = day(3) }},
		{"asked for a review", asked, func(r *state.Retracted) { r.Asked = day(3) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := compacted(t)
			want := c.Retracted
			test.want(&want)
			for i := range 20 {
				f := own(fmt.Sprintf("fact-%02d", i), day(i))
				test.body(&f)
				c.Add(f)
			}
			if c.Retracted != want || !c.Saturated {
				t.Errorf("retracted %+v, saturated %v; want %+v", c.Retracted, c.Saturated, want)
			}
		})
	}
}

func TestOfTwoAtOnceTheGreaterIdIsTheEvidence(t *testing.T) {
	c := compacted(t)
	for _, id := range []string{"no-5", "no-7", "no-6"} {
		c.Add(unsubscribed(id, day(1), day(1), state.MethodLink))
	}
	if named(&c, "no-7") == nil {
		t.Errorf("three unsubscribes at one instant became %+v", c.Facts[len(c.Facts)-1])
	}
}

// What is dated in the future neither joins what happened nor is joined to it.
func TestFactsDatedInTheFutureStayApart(t *testing.T) {
	c := compacted(t)
	future := own("moved-1", day(400))
	future.RecordedAt, future.Signup = day(1), &state.Signup{Kind: state.SignupAddressChanged}
	past := own("moved-2", day(2))
	past.Signup = &state.Signup{Kind: state.SignupAddressChanged}
	c.Add(future)
	c.Add(past)
	for _, f := range []state.Fact{future, past} {
		if held := named(&c, f.ID); held == nil || held.Since != f.OccurredAt || held.OccurredAt != f.OccurredAt {
			t.Errorf("%s became %+v", f.ID, held)
		}
	}
}

func TestUnreadableNegativesBeyondThoseHeldAreNeverLifted(t *testing.T) {
	c := compacted(t)
	for i := range 20 {
		f := own(fmt.Sprintf("unsubscribes/0/%03d", i), day(i))
		f.Internal = &state.Internal{Kind: state.InternalUnreadable}
		c.Add(f)
	}
	held, rest := 0, ""
	for i := range c.Facts {
		if f := &c.Facts[i]; f.Internal != nil && f.Internal.Target == "" {
			held++
		} else if f.Internal != nil {
			rest = f.ID
		}
	}
	if held != 16 || rest != "unsubscribes/0/003 and earlier" {
		t.Errorf("%d held singly, the rest is %q", held, rest)
	}
}

func TestADuplicateOfAMergedFactChangesNothing(t *testing.T) {
	c := compacted(t)
	c.Add(click(5000))
	before := encoded(c)
	if got := c.Add(click(5000)); got != (state.Outcome{Duplicate: true}) || string(encoded(c)) != string(before) {
		t.Errorf("outcome %+v", got)
	}
	if got := c.Add(click(5001)); !got.Changed || !got.Added {
		t.Errorf("a further click: outcome %+v", got)
	}
}

func TestGivenUpAddresses(t *testing.T) {
	c := state.NewContact()
	for i := range 400 {
		f := order(fmt.Sprintf("order-%03d", i), day(i), day(i))
		f.Address = fmt.Sprintf("address-%03d", i)
		c.Add(f)
	}
	newest, oldest := "address-399", "address-000"
	if c.GaveUp(newest) || !c.GaveUp(oldest) || c.GaveUp("") {
		t.Errorf("level %d: gave up the newest address: %v, the oldest: %v", c.Level, c.GaveUp(newest), c.GaveUp(oldest))
	}
	f := order("order-again", day(401), day(401))
	f.Address = oldest
	if got := c.Add(f); got.FirstUse != oldest || c.GaveUp(oldest) {
		t.Errorf("an address that is used again: outcome %+v, given up %v", got, c.GaveUp(oldest))
	}
}
