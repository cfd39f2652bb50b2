package oracle

import (
	"time"

	"consentstream/state"
	"consentstream/state/rules"
)

// world is everything one verdict is judged by.
type world struct {
	policy     *rules.Policy
	controller string
	set        *rules.Settings // in force at the instant
	known      []state.Fact    // recorded by the knowledge instant
	uses       []state.AddressUse
	at         state.Instant
	ask        rules.Question
	standing   bool // leaves out hours and call frequency
	strict     bool // reads objections as widely as the company wants
	wipes      []wipe
	clock      clock
}

func newWorld(p *rules.Policy, controller string, facts []state.Fact, uses []state.AddressUse, at, known state.Instant) *world {
	w := &world{policy: p, controller: controller, set: p.At(at).For(controller), uses: uses, at: at}
	for _, f := range facts {
		if f.RecordedAt <= known {
			w.known = append(w.known, f)
		}
	}
	w.nameAddresses()
	w.wipes = w.findWipes()
	w.clock = w.findClock()
	return w
}

func (w *world) zone() *time.Location { return w.set.TimeZone }

// lo and hi bound when a fact happened: of a fact with a date only the whole
// local day, to its last millisecond (R3).
func (w *world) lo(f *state.Fact) state.Instant {
	if f.Precision == state.PrecisionDay {
		return startOfDay(f.OccurredAt, w.zone())
	}
	return f.OccurredAt
}

func (w *world) hi(f *state.Fact) state.Instant {
	if f.Precision == state.PrecisionDay {
		return plusDays(f.OccurredAt, 1, w.zone()) - 1
	}
	return f.OccurredAt
}

// begins is when a negative comes into force: at once when it is dated later
// than it was learnt (R3).
func (w *world) begins(f *state.Fact) state.Instant { return min(w.lo(f), f.RecordedAt) }

// wipe is a purge or an erasure in force.
type wipe struct {
	upTo    state.Instant // facts up to here are gone
	purge   bool
	learned state.Instant
}

func (w *world) findWipes() []wipe {
	var list []wipe
	for i := range w.known {
		f := &w.known[i]
		if f.Unsubscribe == nil || f.Forwarded {
			continue
		}
		switch f.Unsubscribe.Kind {
		case state.UnsubscribeErasure:
			if w.begins(f) <= w.at {
				list = append(list, wipe{upTo: w.hi(f), learned: f.RecordedAt})
			}
		case state.UnsubscribePurged:
			if f.RecordedAt <= w.at {
				list = append(list, wipe{upTo: w.purgedUpTo(f), purge: true, learned: f.RecordedAt})
			}
		}
	}
	return list
}

func (w *world) purgedUpTo(f *state.Fact) state.Instant {
	if f.Unsubscribe.PurgedBefore != state.Unset {
		return f.Unsubscribe.PurgedBefore
	}
	return w.hi(f)
}

func (w *world) wiped(f *state.Fact) bool { return w.wipedAt(w.lo(f)) }

func (w *world) wipedAt(at state.Instant) bool {
	for _, gone := range w.wipes {
		if at <= gone.upTo {
			return true
		}
	}
	return false
}

// positive reports whether the fact may count for something: it is the
// contact's own, of a known kind, certainly happened by now, and not wiped.
func (w *world) positive(f *state.Fact) bool {
	return w.carries(f) && w.hi(f) <= w.at && !w.wiped(f)
}

// carries tells facts of a kind that can count for something at all.
func (w *world) carries(f *state.Fact) bool {
	switch {
	case f.Forwarded:
		return false
	case f.Purchase != nil:
		return f.Purchase.Kind != state.PurchaseUnknown
	case f.Click != nil:
		return f.Click.Kind != state.ClickUnknown
	case f.Signup != nil:
		return f.Signup.Kind != state.SignupUnknown
	}
	return false
}

// current reports whether a positive belongs to the epoch that runs now (R45).
func (w *world) current(f *state.Fact) bool {
	return w.positive(f) && w.clock.runs && w.at < w.clock.expires && w.lo(f) >= w.clock.floor
}
