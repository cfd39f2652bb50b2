package oracle

import (
	"slices"
	"time"

	"consentstream/state"
	"consentstream/state/rules"
)

// Until is the first later instant at which Decide answers otherwise with no
// new fact, state.Never when it never does. It asks again at every instant at
// which anything could change, in order.
func Until(p *rules.Policy, controller string, facts []state.Fact, uses []state.AddressUse, at, known state.Instant, q rules.Question) state.Instant {
	return change(p, controller, facts, uses, at, known, q, false)
}

func change(p *rules.Policy, controller string, facts []state.Fact, uses []state.AddressUse, at, known state.Instant, q rules.Question, standing bool) state.Instant {
	facts = recordedBy(facts, known)
	now := ask(p, controller, facts, uses, at, q, standing)
	for _, next := range Candidates(p, controller, facts, at, q) {
		if !ask(p, controller, facts, uses, next, q, standing).Same(now) {
			return next
		}
	}
	return state.Never
}

// recordedBy drops the facts that are not known: they would be new ones later.
func recordedBy(facts []state.Fact, known state.Instant) []state.Fact {
	return slices.DeleteFunc(slices.Clone(facts), func(f state.Fact) bool { return f.RecordedAt > known })
}

func ask(p *rules.Policy, controller string, facts []state.Fact, uses []state.AddressUse, at state.Instant, q rules.Question, standing bool) Answer {
	w := newWorld(p, controller, facts, uses, at, state.Never)
	w.standing = standing
	return w.answer(q)
}

// Same reports whether two answers are equal in everything that is published.
func (a Answer) Same(b Answer) bool {
	return a.Applicable == b.Applicable && a.Allowed == b.Allowed && a.AllowedByLaw == b.AllowedByLaw &&
		a.Basis == b.Basis && a.Reason == b.Reason && slices.Equal(a.Families, b.Families)
}

// Candidates are all instants after at at which any verdict could change, in
// order: far too many, so that none is missing.
func Candidates(p *rules.Policy, controller string, facts []state.Fact, at state.Instant, q rules.Question) []state.Instant {
	list := make([]state.Instant, 0, 64*len(p.Versions)*(len(facts)+1))
	list = append(list, reform(), inParis(2025, time.July, 2))
	for i := range p.Versions {
		v := &p.Versions[i]
		set := v.For(controller)
		if v.EffectiveFrom != state.Unset {
			list = append(list, v.EffectiveFrom, plusDays(v.EffectiveFrom, -set.WarningDays, set.TimeZone))
			for j := range p.Versions {
				other := p.Versions[j].For(controller)
				list = append(list, plusDays(v.EffectiveFrom, -other.WarningDays, other.TimeZone))
			}
		}
		for j := range facts {
			list = append(list, consequences(p, controller, set, &facts[j])...)
		}
		list = append(list, hourMarks(set, facts, at, q)...)
	}
	list = slices.DeleteFunc(list, func(i state.Instant) bool { return i <= at })
	slices.Sort(list)
	return slices.Compact(list)
}

// consequences are the instants that one fact could matter at.
func consequences(p *rules.Policy, controller string, set *rules.Settings, f *state.Fact) []state.Instant {
	w := world{set: set}
	var list []state.Instant
	for _, i := range []state.Instant{w.lo(f), w.hi(f), f.RecordedAt} {
		list = append(list, i, i+1, i+day, i+state.Instant(set.ReviewWindowDays)*day,
			plusDays(i, 29, set.TimeZone), plusDays(i, 30, set.TimeZone), plusDays(i, 31, set.TimeZone),
			plusDays(i, 30, set.ConsumerTimeZone), plusYears(i, 1, set.TimeZone),
			plusYears(i, set.SuppressionTTLYears, set.TimeZone), plusMonths(i, set.SoftOptInWindowMonths, set.TimeZone))
		for j := range p.Versions {
			other := p.Versions[j].For(controller)
			end := plusYears(i, other.RetentionYears, other.TimeZone)
			list = append(list, end, plusDays(end, -set.WarningDays, set.TimeZone))
		}
	}
	if f.Signup != nil {
		if zone, err := time.LoadLocation(f.Signup.TimeZone); err == nil {
			list = append(list, plusDays(w.lo(f), 30, zone))
		}
	}
	return list
}

// hourMarks are the hours of the coming days at which messages may begin or
// must end, on the channels that have such hours.
func hourMarks(set *rules.Settings, facts []state.Fact, at state.Instant, q rules.Question) []state.Instant {
	if q.Channel == state.ChannelEmail {
		return nil
	}
	zones := []*time.Location{set.ConsumerTimeZone}
	for i := range facts {
		if s := facts[i].Signup; s != nil && s.TimeZone != "" {
			if zone, err := time.LoadLocation(s.TimeZone); err == nil && !slices.Contains(zones, zone) {
				zones = append(zones, zone)
			}
		}
	}
	var list []state.Instant
	for _, zone := range zones {
		d := local(at, zone)
		for after := range 8 {
			for _, hour := range []int{0, 8, 10, 13, 14, 20} {
				list = append(list, state.At(time.Date(d.Year(), d.Month(), d.Day()+after, hour, 0, 0, 0, zone)))
			}
		}
	}
	return list
}
