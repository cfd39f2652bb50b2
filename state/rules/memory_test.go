package rules

import (
	"testing"

	"consentstream/state"
)

// What a Decider remembers saves work and changes no answer, so that no answer
// shows whether it does. These tests change what is remembered and see whether it
// is told.

// decided is a Decider that has told the standing eligibility of a client of two
// addresses, told, bought and said yes, and the decision.
func decided(t *testing.T, at state.Instant, change func(*Policy, *state.Contact)) (*Decider, *Decision) {
	t.Helper()
	c, p := state.NewContact(), Default()
	when := utc("2026-01-10T10:00:00Z")
	for i, f := range []state.Fact{
		{Signup: &state.Signup{Kind: state.SignupAccountCreated}},
		{Purchase: &state.Purchase{Kind: state.PurchaseOrdered, OrderRef: "O1", Family: "main"}},
		{Signup: &state.Signup{Kind: state.SignupForm, Answers: []state.Answer{{
			Form: state.FormYesNo, Value: state.AnswerYes, ProofRef: "p1", Channels: state.ChannelsOf(state.ChannelEmail),
			Purposes: state.PurposesOf(state.PurposePromotional, state.PurposeNewsletter),
		}}}},
	} {
		f.ID, f.OccurredAt, f.RecordedAt, f.Address = string(rune('a'+i)), when+state.Instant(i), when, []string{"a1", "a2", "a1"}[i]
		c.Add(f)
	}
	for _, u := range c.Uses {
		c.Answer(u.Address, false)
	}
	if change != nil {
		change(p, &c)
	}
	var d Decider
	var out Decision
	d.Standing(p, "shop", &c, at, at, &out)
	d.view = d.stood.view // its search for untils has led it on
	d.ask.look(&d.view)
	d.ask.begin(state.MessagePromotional)
	return &d, &out
}

// A decision is taken on where it told all there was, as far as time has come,
// under the version that judged, unless too much was noted.
func TestWhatIsTakenOn(t *testing.T) {
	now := utc("2026-02-02T10:00:00Z")
	branded := state.Fact{ID: "brand", OccurredAt: now - 10, RecordedAt: now - 10, Brand: "X", Address: "a1", Signup: &state.Signup{Kind: state.SignupForm}}
	second := func(from state.Instant) func(*Policy, *state.Contact) {
		return func(p *Policy, _ *state.Contact) {
			p.Versions = append(p.Versions, Version{Name: "second", EffectiveFrom: from, Settings: DefaultSettings()})
		}
	}
	cases := []struct {
		says      string
		change    func(*Policy, *state.Contact)
		noted     int
		at, known state.Instant
		want      bool
	}{
		{"where it stood", nil, 0, now, now, true},
		{"later", nil, 0, now + 1, now + 1, true},
		{"not back", nil, 0, now - 1, now, false},
		{"not to what was known before", nil, 0, now, now - 1, false},
		{"up to the next version", second(now + 5), 0, now + 4, now, true},
		{"not into it", second(now + 5), 0, now + 5, now, false},
		{"what was not known yet", func(_ *Policy, c *state.Contact) { c.Facts[1].RecordedAt = now + 1 }, 0, now + 1, now + 1, false},
		{"from the horizon on", func(_ *Policy, c *state.Contact) { c.Horizon = now }, 0, now, now, true},
		{"not from before it", func(_ *Policy, c *state.Contact) { c.Horizon = now + 1 }, 0, now + 1, now + 1, false},
		{"rows of brands that are not shown", func(_ *Policy, c *state.Contact) { c.Add(branded) }, 0, now, now, false},
		{"with the most that is noted", nil, maxNoted - 1, now, now, true},
		{"and no more", nil, maxNoted, now, now, false},
	}
	for _, c := range cases {
		d, _ := decided(t, now, c.change)
		d.ask.cited = append(d.ask.cited[:0], make([]int32, c.noted)...)
		if got := d.reaches(c.at, c.known); got != c.want {
			t.Errorf("%s: %v", c.says, got)
		}
	}
}

// A row that no comparison lets change is not asked again, nor is the rest.
func TestAdvanceAsksOnlyWhatMayChange(t *testing.T) {
	now := utc("2026-02-02T10:00:00Z")
	d, out := decided(t, now, nil)
	for i := range out.Verdicts {
		out.Verdicts[i].Reason = state.ReasonBeyondHorizon
	}
	d.Advance(now+1, now+1, out)
	for i := range out.Verdicts {
		if v := &out.Verdicts[i]; v.Reason != state.ReasonBeyondHorizon {
			t.Errorf("asked again: %v by %v", v.Kind, v.Channel)
		}
	}
	for i := range d.stood.first {
		d.stood.first[i] = now + 2
	}
	d.Advance(now+2, now+2, out)
	for i := range out.Verdicts {
		if v := &out.Verdicts[i]; v.Reason == state.ReasonBeyondHorizon {
			t.Errorf("not asked again at its instant: %v by %v", v.Kind, v.Channel)
		}
	}
}

// What was found about a purpose is not found again, in either reading of
// objections, until another channel, address or brand is asked about.
func TestRecall(t *testing.T) {
	d, _ := decided(t, utc("2026-02-02T10:00:00Z"), nil)
	a := &d.ask
	other := finding{reason: state.ReasonBeyondHorizon}
	for _, strict := range []bool{false, true} {
		for _, p := range []state.Purpose{state.PurposePromotional, state.PurposeNewsletter} {
			a.strict = strict
			a.about(state.ChannelEmail, "a1", "")
			a.memory.forgetFindings()
			found := a.recall(p)
			a.memory.findings[boolIndex(p == state.PurposeNewsletter)][boolIndex(strict)].finding = other
			if got := a.recall(p); got != other {
				t.Errorf("%v is found again: %+v", p, got)
			}
			a.about(state.ChannelEmail, "a1", "")
			if got := a.recall(p); got != other {
				t.Errorf("%v is forgotten: %+v", p, got)
			}
			for _, q := range []Question{{Channel: state.ChannelSMS, Address: "a1"}, {Channel: state.ChannelEmail, Address: "a2"}, {Channel: state.ChannelEmail, Address: "a1", Brand: "X"}} {
				a.about(q.Channel, q.Address, q.Brand)
				if got := a.recall(p); got == other {
					t.Errorf("%v is remembered for %+v", p, q)
				}
				a.about(state.ChannelEmail, "a1", "")
				if got := a.recall(p); got != found {
					t.Errorf("%v: %+v, want %+v", p, got, found)
				}
				a.memory.findings[boolIndex(p == state.PurposeNewsletter)][boolIndex(strict)].finding = other
			}
		}
	}
}

// The other things that several questions ask for are found once.
func TestFoundOnce(t *testing.T) {
	d, _ := decided(t, utc("2026-02-02T10:00:00Z"), func(_ *Policy, c *state.Contact) {
		c.Add(state.Fact{ID: "z", OccurredAt: utc("2026-01-20T10:00:00Z"), RecordedAt: utc("2026-01-20T10:00:00Z"),
			Unsubscribe: &state.Unsubscribe{Kind: state.UnsubscribeUnsubscribe, Method: state.MethodLink, PurgedBefore: state.Unset}})
	})
	a := &d.ask
	a.about(state.ChannelEmail, "a1", "")
	m := &a.memory
	if len(a.inForce()) == 0 || len(a.countedSales()) == 0 || a.serviceGround() < 0 || a.objectedAtAll() == state.ReasonNone {
		t.Fatal("nothing to remember")
	}
	a.consent(state.PurposePromotional)
	m.inForce[0].all, m.sales, m.ground = m.inForce[0].all[:0], m.sales[:0], -1
	m.objected[0].reason = state.ReasonBeyondHorizon
	m.consents[0][state.PurposePromotional].given = 77
	if len(a.inForce()) != 0 || len(a.countedSales()) != 0 || a.serviceGround() != -1 {
		t.Error("found again")
	}
	if a.objectedAtAll() != state.ReasonBeyondHorizon || a.consent(state.PurposePromotional).given != 77 {
		t.Error("found again")
	}
	d.book.yeses = nil
	if a.consent(state.PurposePromotional) != &noConsent {
		t.Error("where there is no yes something is looked for")
	}
}

// A view that has seen all keeps it for later instants of its version, and not
// for earlier ones or others.
func TestAViewLooksAgain(t *testing.T) {
	wiped := utc("2026-03-01T10:00:00Z")
	c, p := state.NewContact(), Default()
	p.Versions = append(p.Versions, Version{Name: "second", EffectiveFrom: wiped + 100, Settings: DefaultSettings()})
	c.Add(state.Fact{ID: "w", OccurredAt: wiped, RecordedAt: wiped, Unsubscribe: &state.Unsubscribe{Kind: state.UnsubscribePurged, PurgedBefore: state.Unset}})
	var d Decider
	d.open(p, "shop", &c, wiped+10, wiped+10)
	const mark = state.Instant(1)
	for _, step := range []struct {
		says string
		at   state.Instant
		kept bool
	}{{"the same instant", wiped + 10, true}, {"a later one", wiped + 20, true}, {"an earlier one", wiped + 19, false}, {"another version", wiped + 100, false}} {
		d.view.wiped = mark
		d.view.look(&d.book, &d.lens, step.at)
		if kept := d.view.wiped == mark; kept != step.kept {
			t.Errorf("%s: kept %v", step.says, kept)
		}
	}
	d.open(p, "shop", &c, wiped-10, wiped+10)
	d.view.look(&d.book, &d.lens, wiped)
	if d.view.wiped != wiped {
		t.Error("a wipe that lay ahead is not seen")
	}
}

// The company's reading of objections is tried where it can differ from the law's.
func TestWhereTheCompanyReadsObjections(t *testing.T) {
	closing, complaints := DefaultSettings(), DefaultSettings()
	usual := DefaultSettings()
	closing.AnyObjectionClosesAll, complaints.ComplaintClosesAllChannels = true, true
	objected := book{negatives: []negative{{}}}
	complained := book{negatives: []negative{{}}, uncomplained: state.ChannelsOf(state.ChannelSMS)} // one by e-mail
	promotion, service := Question{Kind: state.MessagePromotional}, Question{Kind: state.MessageService}
	mixed := Question{Kind: state.MessageService, PromotionalContent: true}
	cases := []struct {
		says     string
		settings *Settings
		book     *book
		q        Question
		want     bool
	}{
		{"any closes all", &closing, &objected, promotion, true},
		{"a complaint closes all channels", &complaints, &complained, Question{Kind: state.MessagePromotional, Channel: state.ChannelSMS}, true},
		{"its own it closes by law", &complaints, &complained, Question{Kind: state.MessagePromotional, Channel: state.ChannelEmail}, false},
		{"another objection closes none", &complaints, &objected, Question{Kind: state.MessagePromotional, Channel: state.ChannelSMS}, false},
		{"neither", &usual, &objected, promotion, false},
		{"no objection", &closing, &book{}, promotion, false},
		{"service", &closing, &objected, service, false},
		{"with a promotion", &closing, &objected, mixed, true},
	}
	for _, c := range cases {
		a := ask{v: &view{book: c.book, settings: c.settings}, q: c.q}
		if got := a.widens(); got != c.want {
			t.Errorf("%s: %v", c.says, got)
		}
	}
}

// In writing the newest yes that counts ends the search, and nothing is weighed
// for a call.
func TestTheNewestYesEndsTheSearch(t *testing.T) {
	now := utc("2026-02-02T10:00:00Z")
	email, promo := state.ChannelsOf(state.ChannelEmail), state.PurposesOf(state.PurposePromotional)
	c := state.NewContact()
	c.Add(state.Fact{ID: "a", OccurredAt: now - 10, RecordedAt: now - 10, Signup: &state.Signup{Kind: state.SignupForm, Answers: []state.Answer{
		{Form: state.FormTerms, Value: state.AnswerYes, ProofRef: "p1", Channels: email, Purposes: promo},
		{Form: state.FormYesNo, Value: state.AnswerYes, ProofRef: "p1", Channels: email, Purposes: promo},
	}}})
	var d Decider
	d.open(Default(), "shop", &c, now, now)
	d.ask.about(state.ChannelEmail, "", "")
	d.ask.begin(state.MessagePromotional)
	if found := d.ask.consent(state.PurposePromotional); found.given != 0 || found.badForm || found.noMentions || found.call != -1 {
		t.Errorf("%+v", *found)
	}
}

// The rest of a decision is looked at at its own instants, and told to change once.
func TestTheRestIsLookedAtAtItsInstants(t *testing.T) {
	as, other := Retention{ExpiresAt: 500}, clock{anchor: -1, expires: 600}
	same := clock{anchor: -1, expires: 500}
	as.Anchor, as.AnchorAt = -1, state.Unset
	cases := []struct {
		says        string
		r           rest
		at, ahead   state.Instant
		clock       clock
		until, next state.Instant
	}{
		{"not yet", rest{retention: as, next: 100, until: 900}, 50, 70, other, 900, 100},
		{"the same", rest{retention: as, next: 100, until: 900}, 100, 170, same, 900, 170},
		{"another", rest{retention: as, next: 100, until: 900}, 100, 170, other, 100, state.Never},
		{"another, after the version", rest{retention: as, next: 100, until: 90}, 100, 170, other, 90, state.Never},
	}
	for _, c := range cases {
		r, v := c.r, view{walk: walk{t: c.at, next: c.ahead}, clock: c.clock}
		if r.lookAgain(&v); r.until != c.until || r.next != c.next {
			t.Errorf("%s: until %v, next %v", c.says, r.until, r.next)
		}
	}
}

// What the clock overtakes is not asked again.
func TestWhatIsOvertakenIsNotAsked(t *testing.T) {
	expired := utc("2029-02-02T10:00:00Z")
	d, _ := decided(t, expired, nil)
	cited := len(d.ask.cited)
	row := Verdict{Kind: state.MessagePromotional, Channel: state.ChannelEmail, Address: "a1", Reason: state.ReasonConsent}
	if next := d.lookAgain(&row, expired); next != state.Never || row.Until != expired || len(d.ask.cited) != cited {
		t.Errorf("until %v, next %v, %d facts cited", row.Until, next, len(d.ask.cited)-cited)
	}
}
