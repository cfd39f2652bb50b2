package rules

import (
	"time"

	"consentstream/state"
)

// lens is a policy as one controller sees it: the settings of each version,
// with what the controller overrides.
type lens struct {
	policy     *Policy
	controller string
	settings   []*Settings
}

// focus points the lens; it keeps what it has when nothing changed.
func (l *lens) focus(p *Policy, controller string) {
	if l.policy == p && l.controller == controller && len(l.settings) == len(p.Versions) {
		return
	}
	l.policy, l.controller, l.settings = p, controller, l.settings[:0]
	for i := range p.Versions {
		l.settings = append(l.settings, p.Versions[i].For(controller))
	}
}

// version returns the position of the version in force at t.
func (l *lens) version(t state.Instant) int {
	i := len(l.settings) - 1
	for i > 0 && t < l.policy.Versions[i].EffectiveFrom {
		i--
	}
	return i
}

// from returns since when a version is in force; the first one always was.
func (l *lens) from(i int) state.Instant {
	if i == 0 {
		return state.Unset
	}
	return l.policy.Versions[i].EffectiveFrom
}

// to returns when the next version takes over, Never for the last.
func (l *lens) to(i int) state.Instant {
	if i+1 == len(l.settings) {
		return state.Never
	}
	return l.policy.Versions[i+1].EffectiveFrom
}

// expiry is E of an anchor (R42): the first instant t that is at or after the
// anchor plus the retention in force at t. A retention that is lengthened
// later therefore revives nobody.
func (l *lens) expiry(anchor state.Instant) state.Instant {
	for i, s := range l.settings {
		end := dayOf(anchor, s.TimeZone).addYears(s.RetentionYears).start(s.TimeZone)
		if end = max(end, l.from(i)); end < l.to(i) {
			return end
		}
	}
	return state.Never // the last version ends never, so this is not reached
}

// always reports whether a setting is on in every version in force from since
// to until. What counts as a contact by parameter counts only so: a parameter
// that is switched on later revives nobody.
func (l *lens) always(since, until state.Instant, on func(*Settings) bool) bool {
	for i, s := range l.settings {
		if l.from(i) <= until && l.to(i) > since && !on(s) {
			return false
		}
	}
	return true
}

// The dates on which the law of calls and of banned sectors changed (R52, R53).
var (
	telephoneReform = parisMidnight(2026, time.August, 11)
	electronicBan   = parisMidnight(2025, time.July, 2)
)

func parisMidnight(year int, month time.Month, dom int) state.Instant {
	return dateOf(year, month, dom).start(paris())
}
