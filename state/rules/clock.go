package rules

import (
	"sort"

	"consentstream/state"
)

// tick is a fact as the retention clock sees it (R43). Every own fact is one:
// a contact whom nothing resets expires three years after the earliest.
type tick struct {
	span
	fact     int32
	class    resetClass
	opens    bool // may open a new epoch (R45)
	starts   bool // says where the data come from, though it resets nothing
	negative bool
	contract bool // a contract: the clock stands still while it runs
}

// resetClass is by which right a fact resets the clock.
type resetClass uint8

const (
	resetsNever resetClass = iota
	resetsAlways
	resetsByAttendance   // R43, A17
	resetsByLogin        // R43, A15
	resetsByServiceClick // R43, A16
)

func (b *book) tickPurchase(f *state.Fact, when span, position int32) {
	p := f.Purchase
	t := tick{span: when, fact: position}
	switch p.Kind {
	case state.PurchaseOrdered, state.PurchaseContractStarted:
		if p.Role == state.RoleBuyer && p.CollectedBy == state.CollectedDirect {
			t.class, t.opens = resetsAlways, true
			t.contract = p.Kind == state.PurchaseContractStarted
		}
	case state.PurchaseContractEnded:
		t.class = resetsAlways
		t.hi = b.dayStart(f) // the contract stops then, and the clock runs on
	case state.PurchaseAttended:
		t.class = resetsByAttendance
	case state.PurchaseUnknown:
		return
	}
	b.ticks = append(b.ticks, t)
}

func (b *book) tickSignup(f *state.Fact, when span, position int32) {
	s := f.Signup
	t := tick{span: when, fact: position, negative: f.IsNegative()}
	switch s.Kind {
	case state.SignupAccountCreated, state.SignupInquiry, state.SignupAlertRequested:
		t.class, t.opens = resetsAlways, true
	case state.SignupCollected:
		t.starts = true
		if isOwnCollection(s.Collection) {
			t.class, t.opens = resetsAlways, true
		}
	}
	if s.Kind != state.SignupUnknown && saysYes(s) {
		t.class, t.opens = resetsAlways, true
	}
	t.negative = t.negative && t.class == resetsNever && !t.starts
	if s.Kind == state.SignupUnknown && !t.negative {
		return
	}
	b.ticks = append(b.ticks, t)
}

// isOwnCollection reports whether the person gave the address to the
// controller. What others hand over only starts a clock (R43).
func isOwnCollection(c state.Collection) bool {
	switch c {
	case state.CollectionDirect, state.CollectionInStore, state.CollectionByPhone:
		return true
	}
	return false
}

// saysYes reports whether the person said yes to anything, other than by a
// pre-ticked box or by accepting terms (R43).
func saysYes(s *state.Signup) bool {
	for i := range s.Answers {
		a := &s.Answers[i]
		if a.Value == state.AnswerYes && a.Form != state.FormPretickedBox && a.Form != state.FormTerms {
			return true
		}
	}
	return false
}

func (b *book) tickClick(f *state.Fact, when span, position int32) {
	c := f.Click
	if c.Kind == state.ClickUnknown {
		return
	}
	t := tick{span: when, fact: position}
	if c.Actor == state.ActorHuman { // machines and unknown actors reset nothing (R55)
		t.class = clickClass(c)
	}
	b.ticks = append(b.ticks, t)
}

func clickClass(c *state.Click) resetClass {
	switch {
	case c.Kind == state.ClickLogin:
		return resetsByLogin
	case c.Kind != state.ClickClick, c.Message == state.MessageUnknown:
		return resetsNever
	case c.Target != state.TargetContent && c.Target != state.TargetKeepMe:
		return resetsNever
	case c.Message == state.MessageService:
		return resetsByServiceClick
	}
	return resetsAlways
}

func (b *book) tickNegative(f *state.Fact, when span, position int32) {
	if f.Forwarded {
		return
	}
	b.ticks = append(b.ticks, tick{span: when, fact: position, negative: true})
}

// sortTicks puts the ticks into the order in which they began; facts are
// nearly in it already, but for merged ones, which began long ago.
func (b *book) sortTicks() {
	for i := 1; i < len(b.ticks); i++ {
		t := b.ticks[i]
		if t.lo >= b.ticks[i-1].lo {
			continue
		}
		at := sort.Search(i, func(k int) bool { return b.ticks[k].lo > t.lo })
		copy(b.ticks[at+1:i+1], b.ticks[at:i])
		b.ticks[at] = t
	}
}

// clock is where a contact stands on the retention clock at the instant of a
// view (R42-R46).
type clock struct {
	running  bool
	expires  state.Instant // E, Never while a contract runs
	warns    state.Instant // start of the warning window
	anchorAt state.Instant // of the last contact, or of the earliest fact
	anchor   int32         // fact of the last contact, -1 where nothing reset the clock
	epochAt  state.Instant // of the fact that opened the epoch
	floor    state.Instant // positives before it belong to a closed epoch
	expired  bool

	open state.Instant // until when contracts run
}

// safeGap is shorter than any retention, so that two contacts this close need
// no calendar to belong together.
const safeGap = 363 * millisPerDay

// runClock walks the contacts in their order: each moves E, or comes too late
// to, or opens a new epoch (R45).
func (v *view) runClock() {
	c := &v.clock
	*c = clock{expires: state.Never, warns: state.Never, anchorAt: state.Unset, anchor: -1, epochAt: state.Unset, floor: state.Unset, open: state.Unset}
	for i := range v.book.ticks {
		t, counts := v.tickAt(&v.book.ticks[i])
		if counts {
			v.advance(&t)
		}
	}
	if !c.running {
		return
	}
	c.expires = v.end()
	if c.expires != state.Never {
		zone := v.settings.TimeZone
		c.warns = (dayOf(c.expires, zone) - day(v.settings.WarningDays)).start(zone)
	}
}

// seeExpiry closes the epoch at E: nothing that belongs to it counts any more (R45).
func (v *view) seeExpiry() {
	c := &v.clock
	end := walk{t: v.t, next: state.Never}
	if end.reached(c.expires) {
		c.expired, c.floor = true, c.expires
	}
	v.ends = end.next
}

// tickAt returns a tick as far as it counts: not before it is over, for a
// merged one as far as it has come, and not at all when a wipe covers it.
func (v *view) tickAt(t *tick) (tick, bool) {
	at := *t
	if at.lo <= v.wiped && at.hi > v.wiped && v.book.isMerged(t.fact) {
		at.lo = v.wiped + 1 // the first after the wipe is not told: the clock starts no later
	}
	if at.lo <= v.wiped {
		return at, false
	}
	if v.reached(at.hi) {
		return at, true
	}
	if v.book.isMerged(t.fact) && v.reached(at.lo) {
		at.hi = at.lo
		return at, true
	}
	return at, false
}

func (b *book) isMerged(fact int32) bool {
	f := &b.contact.Facts[fact]
	return f.Since < f.OccurredAt
}

// advance moves the clock by one contact. The first of all that is known starts
// it, whatever it is; after a wipe only what opens an epoch does, or a
// collection by whomever (R43, R45).
func (v *view) advance(t *tick) {
	c := &v.clock
	switch {
	case !c.running && v.wiped != state.Unset && !t.opens && !t.starts:
		// a wipe has closed the epoch, and this opens none
	case !c.running:
		v.openEpoch(t)
		v.rejoin(t.lo)
	case v.alive(t.lo):
		if v.resets(t) {
			v.anchor(t)
		}
	case t.opens:
		c.floor = v.end()
		c.open = state.Unset
		v.openEpoch(t)
		v.rejoin(t.lo)
	}
}

// rejoin takes in the rest of merged contacts that came too late when they
// began: they go on into the epoch that has just been opened.
func (v *view) rejoin(opened state.Instant) {
	for i := range v.book.ticks {
		if !v.book.isMerged(v.book.ticks[i].fact) || v.book.ticks[i].lo > opened {
			continue
		}
		if t, _ := v.tickAt(&v.book.ticks[i]); t.hi > opened && v.resets(&t) {
			v.anchor(&t)
		}
	}
}

func (v *view) openEpoch(t *tick) {
	c := &v.clock
	c.running, c.epochAt = true, t.lo
	c.anchorAt, c.anchor = t.lo, -1
	if v.book.isMerged(t.fact) {
		t.hi = t.lo // the first opened it; the rest rejoins, if it resets
	}
	if v.resets(t) || t.starts {
		v.anchor(t)
	}
}

func (v *view) anchor(t *tick) {
	c := &v.clock
	if t.hi >= c.anchorAt {
		c.anchorAt, c.anchor = t.hi, t.fact
	}
	if t.contract {
		c.open = max(c.open, v.closeOf(t))
	}
}

// alive reports whether the epoch still runs at an instant.
func (v *view) alive(at state.Instant) bool {
	c := &v.clock
	return at <= c.open || at-c.anchorAt < safeGap || at < v.end()
}

// end is E as of the contacts walked so far. A contract that ends with no end
// of its own kind, such as a withdrawal, ends nothing before it.
func (v *view) end() state.Instant {
	return max(v.lens.expiry(v.clock.anchorAt), v.clock.open)
}

// closeOf returns when a contract stopped running, Never when it has not.
func (v *view) closeOf(t *tick) state.Instant {
	for i := range v.book.sales {
		if s := &v.book.sales[i]; s.fact == t.fact {
			return v.book.contractEnd(&v.walk, s)
		}
	}
	return state.Unset
}

// resets reports whether a fact resets the clock (R43).
func (v *view) resets(t *tick) bool {
	switch t.class {
	case resetsAlways:
		return true
	case resetsByAttendance:
		return v.lens.always(t.lo, v.t, func(s *Settings) bool { return s.AttendanceCountsAsContact })
	case resetsByLogin:
		return v.lens.always(t.lo, v.t, func(s *Settings) bool { return s.LoginCountsAsContact })
	case resetsByServiceClick:
		return v.lens.always(t.lo, v.t, func(s *Settings) bool { return s.ServiceClickCountsAsContact })
	}
	return false
}
