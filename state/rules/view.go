package rules

import "consentstream/state"

// walk is an instant of decision that remembers up to when its answers hold:
// every comparison of the instant with another goes through reached.
type walk struct {
	t    state.Instant
	next state.Instant // first instant after t at which an answer may differ
}

func (w *walk) reached(at state.Instant) bool {
	if w.t >= at {
		return true
	}
	w.next = min(w.next, at)
	return false
}

// view is a book at one instant of decision: what all questions share.
type view struct {
	walk
	book     *book
	lens     *lens
	settings *Settings
	version  int
	// ends is E where that lies ahead, otherwise Never. Only what depends on
	// the running epoch holds no longer than that.
	ends state.Instant
	// settled tells that nothing the view has looked at lies ahead but E and
	// the next version: a later instant of the version sees the same.
	settled bool

	wiped   state.Instant // newest wipe in force, Unset = none
	profile state.Instant // earliest fact since that wipe that is no negative
	lapse   state.Instant // when the suppression list forgets (R48), Never = not
	clock   clock
	kind    state.ContactType
}

// look fills the view for an instant. The book must be in the version's zone.
func (v *view) look(b *book, l *lens, t state.Instant) {
	version := l.version(t)
	again := v.settled && v.version == version && t >= v.t
	v.walk = walk{t: t, next: l.to(version)}
	if !again {
		v.book, v.lens, v.settings, v.version = b, l, l.settings[version], version
		v.seeWipes()
		v.runClock()
		v.seeType()
		v.seeLapse()
		v.settled = v.next == l.to(version)
	}
	v.seeExpiry()
}

// seeWipes finds the newest wipe in force: what happened up to it is gone (R39, R49).
func (v *view) seeWipes() {
	v.wiped = state.Unset
	for i := range v.book.wipes {
		if w := &v.book.wipes[i]; v.reached(w.from) {
			v.wiped = max(v.wiped, w.at)
		}
	}
}

// seeType finds what kind of contact it is: the newest that says so, a
// consumer where two cannot be told apart or none does. It is profile data: a
// wipe takes it.
func (v *view) seeType() {
	v.kind = state.ContactConsumer
	newest := span{state.Unset, state.Unset}
	for i := range v.book.types {
		t := &v.book.types[i]
		if t.lo <= v.wiped {
			continue
		}
		if t.kind == state.ContactConsumer {
			if v.reached(t.lo) {
				v.kind, newest = t.kind, t.span
			}
			continue
		}
		if v.reached(t.hi) && v.outranks(t, newest) {
			v.kind, newest = t.kind, t.span
		}
	}
}

func (v *view) outranks(t *typing, newest span) bool {
	if v.kind == state.ContactConsumer {
		return t.lo > newest.hi
	}
	return t.hi > newest.hi || t.hi == newest.hi && t.kind == state.ContactB2BNamed
}

// seeLapse finds when the suppression list forgets a profile that was wiped
// (R48): years after the latest objection.
func (v *view) seeLapse() {
	v.lapse, v.profile = state.Never, state.Never
	if v.settings.SuppressionTTLYears == 0 {
		return
	}
	latest := state.Unset
	for i := range v.book.negatives {
		if n := &v.book.negatives[i]; v.reached(n.from) {
			latest = max(latest, n.hi)
		}
	}
	if latest != state.Unset {
		zone := v.settings.TimeZone
		v.lapse = dayOf(latest, zone).addYears(v.settings.SuppressionTTLYears).start(zone)
	}
	for i := range v.book.ticks {
		if t := &v.book.ticks[i]; !t.negative && t.lo > v.wiped {
			v.profile = min(v.profile, t.lo)
		}
	}
}

// contractEnd returns when a contract stopped running, Never when it has not:
// by its end or its cancellation. One that started again later runs again.
func (b *book) contractEnd(w *walk, s *sale) state.Instant {
	if s.mayPrecede(b.contact.Retracted.Cancelled) {
		return s.hi
	}
	end := state.Never
	for i := range b.marks {
		m := &b.marks[i]
		if m.ref != s.ref || m.kind == state.PurchaseDelivered || m.hi < s.lo {
			continue
		}
		if w.reached(m.lo) {
			end = min(end, max(m.lo, s.lo))
		}
	}
	return end
}
