package rules

import (
	"slices"
	"sync"
	"time"

	"consentstream/state"
)

// handOver adds the gates of the instant of hand-off to an answer that allows:
// the hours of calls and text messages, and the number of calls (R52, R63).
func (a *ask) handOver(out *answer) {
	if !out.allowed || !isSolicitation(&a.q) {
		return
	}
	switch {
	case a.q.Channel == state.ChannelSMS && a.v.settings.SMSHours:
		if !a.within(&smsHours) {
			out.allowed, out.reason = false, state.ReasonHours
		}
	case a.phone() && (a.v.kind == state.ContactConsumer || a.q.Unprofessional):
		if reason := a.callRefused(); reason != state.ReasonNone {
			out.finding, out.byLaw = deny(reason), false
		}
	}
}

// isSolicitation reports whether a message advertises; service without a
// promotional block (R8) and confirmations may be sent at any hour. What goes by
// e-mail alone has no hours.
func isSolicitation(q *Question) bool {
	switch q.Kind {
	case state.MessageService:
		return q.PromotionalContent
	case state.MessageUnsubscribeConfirmation:
		return false
	}
	return true
}

// callRefused is D223-9, in force with the reform.
func (a *ask) callRefused() state.Reason {
	switch {
	case !a.reached(telephoneReform):
		return state.ReasonNone
	case !a.within(&callHours):
		return state.ReasonHours
	case a.calledTooOften():
		return state.ReasonFrequency430
	}
	return state.ReasonNone
}

// hours are the times of a week at which something may be done, in minutes of
// the local day. Public holidays are never among them.
type hours struct {
	lastDay time.Weekday // counted from Monday
	open    []opening
}

type opening struct{ from, to int }

var (
	callHours = hours{time.Friday, []opening{{10 * 60, 13 * 60}, {14 * 60, 20 * 60}}} // D223-9
	smsHours  = hours{time.Saturday, []opening{{8 * 60, 20 * 60}}}                    // R63
)

// on returns the openings of a date.
func (h *hours) on(d day) []opening {
	if weekday := d.weekday(); weekday == time.Sunday || weekday > h.lastDay || isPublicHoliday(d) {
		return nil
	}
	return h.open
}

// within reports whether it is the time of day for it where the person lives.
func (a *ask) within(h *hours) bool {
	zone := a.consumerZone()
	today := dayOf(a.t, zone)
	for d := today; ; d++ {
		for _, o := range h.on(d) {
			if !a.reached(d.clock(o.from, zone)) {
				return false
			}
			if !a.reached(d.clock(o.to, zone)) {
				return true
			}
		}
	}
}

// clock returns the instant of a local time; one that the change of the clocks
// skips moves forward, of one that happens twice it is the first.
func (d day) clock(minutes int, zone *time.Location) state.Instant {
	local := state.Instant(d)*millisPerDay + state.Instant(minutes)*millisPerMin
	early := local - max(offset(local-millisPerDay, zone), offset(local+millisPerDay, zone))
	if early+offset(early, zone) == local {
		return early
	}
	return local - min(offset(local-millisPerDay, zone), offset(local+millisPerDay, zone))
}

// consumerZone is the time zone that the person gave last, else the policy's.
func (a *ask) consumerZone() *time.Location {
	for i := len(a.v.book.zones) - 1; i >= 0; i-- {
		z := &a.v.book.zones[i]
		if z.at <= a.v.wiped || !a.reached(z.at) {
			continue
		}
		if zone := zoneByName(z.name); zone != nil {
			return zone
		}
	}
	return a.v.settings.ConsumerTimeZone
}

// zonesByName remembers the zones that exist; there are some hundred names.
var zonesByName sync.Map

// zoneByName returns nil for a name that the database does not know. Such names
// are not remembered: there is no end of them.
func zoneByName(name string) *time.Location {
	if zone, ok := zonesByName.Load(name); ok {
		return zone.(*time.Location)
	}
	if name == "Local" {
		return nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	zonesByName.Store(name, zone)
	return zone
}

// The quota of calls: so many within so many calendar days (D223-9).
const (
	callQuota     = 4
	callQuotaDays = 30
)

// calledTooOften reports whether one more call would be over the quota.
func (a *ask) calledTooOften() bool {
	zone := a.consumerZone()
	var dates []day
	for i := range a.v.book.sent {
		m := &a.v.book.sent[i]
		if m.kind == state.MessageCall && m.lo > a.v.wiped && a.reached(m.lo) {
			dates = append(dates, dayOf(m.hi, zone))
		}
	}
	if len(dates) < callQuota {
		return false
	}
	slices.Sort(dates)
	fourthLast := dates[len(dates)-callQuota]
	return !a.reached((fourthLast + callQuotaDays).start(zone))
}
