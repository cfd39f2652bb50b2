package processor

import (
	"time"

	"consentstream/state"
	"consentstream/state/rules"
)

// effectiveAt returns when a fact takes effect: a negative when it begins to
// bite, which is never later than when it was recorded; a positive when it can
// first be used, which for a fact known by its day is the end of that day.
func effectiveAt(p *rules.Policy, controller string, f *state.Fact) state.Instant {
	zone := p.At(f.OccurredAt).For(controller).TimeZone
	if f.IsNegative() {
		return min(dayStart(f, zone), f.RecordedAt)
	}
	if f.Precision == state.PrecisionDay {
		return midnight(f.OccurredAt, zone, 1) - 1
	}
	return f.OccurredAt
}

func dayStart(f *state.Fact, zone *time.Location) state.Instant {
	if f.Precision == state.PrecisionDay {
		return midnight(f.OccurredAt, zone, 0)
	}
	return f.OccurredAt
}

// midnight is the local midnight that starts the day of an instant, plus days.
func midnight(i state.Instant, zone *time.Location, days int) state.Instant {
	y, m, d := i.Time().In(zone).Date()
	return state.At(time.Date(y, m, d+days, 0, 0, 0, 0, zone))
}

// isVersionStart reports whether a version of the policy takes over at an instant.
func isVersionStart(p *rules.Policy, at state.Instant) bool {
	for i := range p.Versions {
		if p.Versions[i].EffectiveFrom == at {
			return true
		}
	}
	return false
}
