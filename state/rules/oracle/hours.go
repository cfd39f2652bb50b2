package oracle

import (
	"time"

	"consentstream/state"
)

// timed applies what only the hand-off instant knows: hours of the day (R52,
// R63) and how often one may call (R52).
func (w *world) timed(a Answer) Answer {
	if !a.Allowed || w.standing {
		return a
	}
	switch w.ask.Channel {
	case state.ChannelSMS:
		if w.set.SMSHours && !w.smsHour() {
			return a.narrowed(state.ReasonHours)
		}
	case state.ChannelPhone:
		switch {
		case w.at < reform():
		case !w.callHour():
			return unlawful(state.ReasonHours)
		case w.calls() >= 4:
			return unlawful(state.ReasonFrequency430)
		}
	}
	return a
}

func (w *world) smsHour() bool {
	d := local(w.at, w.consumerZone())
	return d.Weekday() != time.Sunday && !holiday(d) && d.Hour() >= 8 && d.Hour() < 20
}

func (w *world) callHour() bool {
	d := local(w.at, w.consumerZone())
	if d.Weekday() == time.Sunday || d.Weekday() == time.Saturday || holiday(d) {
		return false
	}
	return (d.Hour() >= 10 && d.Hour() < 13) || (d.Hour() >= 14 && d.Hour() < 20)
}

// consumerZone is the newest zone that the contact gave, else the company's.
func (w *world) consumerZone() *time.Location {
	zone, newest := w.set.ConsumerTimeZone, state.Unset
	for i := range w.known {
		f := &w.known[i]
		if f.Signup == nil || f.Signup.TimeZone == "" || !w.positive(f) || w.lo(f) < newest {
			continue
		}
		if given, err := time.LoadLocation(f.Signup.TimeZone); err == nil {
			zone, newest = given, w.lo(f)
		}
	}
	return zone
}

// calls counts the calls of the last 30 calendar days, today among them.
func (w *world) calls() int {
	from := plusDays(w.at, -29, w.consumerZone())
	count := 0
	for i := range w.known {
		f := &w.known[i]
		c := f.Click
		if c == nil || c.Kind != state.ClickSent || w.wiped(f) || c.Message == state.MessageService {
			continue
		}
		if (c.Channel == state.ChannelPhone || c.Message == state.MessageCall) && w.lo(f) <= w.at && w.hi(f) >= from {
			count++
		}
	}
	return count
}
