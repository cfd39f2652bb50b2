package oracle

import (
	"time"

	"consentstream/state"
)

// timed applies what only the hand-off instant knows: hours of the day (R52,
// R63) and how often one may call (R52). The law of calls protects consumers,
// and whoever is called about something else than the job (R30).
func (w *world) timed(a Answer) Answer {
	if !w.solicits() {
		return a
	}
	switch w.ask.Channel {
	case state.ChannelSMS:
		if w.set.SMSHours && !w.smsHour() {
			return a.narrowed(state.ReasonHours)
		}
	case state.ChannelPhone:
		switch {
		case w.at < reform() || !w.asConsumer():
		case !w.callHour():
			return unlawful(state.ReasonHours)
		case w.calls() >= 4:
			return unlawful(state.ReasonFrequency430)
		}
	}
	return a
}

// solicits reports whether the message advertises.
func (w *world) solicits() bool {
	switch w.ask.Kind {
	case state.MessageService:
		return w.ask.PromotionalContent
	case state.MessageUnsubscribeConfirmation, state.MessageReviewRequest, state.MessageOptInBlock:
		return false
	}
	return true
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
		if f.Signup == nil || f.Signup.Kind == state.SignupUnknown || f.Forwarded || f.Signup.TimeZone == "" {
			continue
		}
		if f.OccurredAt > w.at || f.OccurredAt < newest || w.wipedAt(f.OccurredAt) {
			continue
		}
		if given, err := time.LoadLocation(f.Signup.TimeZone); err == nil {
			zone, newest = given, f.OccurredAt
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
		called := c != nil && c.Kind == state.ClickSent && c.Message == state.MessageCall && !f.Forwarded
		if called && !w.wiped(f) && w.lo(f) <= w.at && w.hi(f) >= from {
			count++
		}
	}
	return count
}
