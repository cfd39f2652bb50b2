package oracle

import (
	"time"

	"consentstream/state"
	"consentstream/state/rules"
)

// policy draws a company's policy: often the default, else versions by date
// and overrides of a controller, every key varied.
func (d *drawing) policy() *rules.Policy {
	if d.chance(4) {
		return rules.Default()
	}
	p := &rules.Policy{Versions: []rules.Version{{Name: "v1", EffectiveFrom: state.Unset, Settings: d.settings()}}}
	from := startOfDay(d.now, reformZone)
	for d.chance(3) {
		from = plusDays(from, 1+d.IntN(500), reformZone)
		v := rules.Version{Name: "next", EffectiveFrom: from, Settings: d.settings()}
		if d.chance(3) {
			v.Controllers = map[string]rules.Settings{"shop": d.settings()}
		}
		p.Versions = append(p.Versions, v)
	}
	return p
}

func (d *drawing) settings() rules.Settings {
	s := rules.DefaultSettings()
	if d.chance(3) {
		return s
	}
	for _, flag := range []*bool{
		&s.SoftOptIn, &s.WelcomeRamp, &s.ReviewStrict, &s.UnsubscribeConfirmation, &s.CartCoveredByPromotional,
		&s.FreeOfferCountsAsSale, &s.LoginCountsAsContact, &s.ServiceClickCountsAsContact, &s.AttendanceCountsAsContact,
		&s.ComplaintNeedsConfirmation, &s.ComplaintClosesAllChannels, &s.AnyObjectionClosesAll, &s.BannedSector, &s.SMSHours,
	} {
		if d.chance(5) {
			*flag = !*flag
		}
	}
	s.UnsubscribeConfirmation = !d.chance(3)
	s.RetentionYears = pick(d, []int{1, 2, 3, 3, 3})
	s.WarningDays = pick(d, []int{0, 1, 30, 30, 90})
	s.SoftOptInWindowMonths = pick(d, []int{0, 0, 0, 1, 12})
	s.RampMinEditorial = pick(d, []int{1, 1, 2})
	s.ReviewWindowDays = pick(d, []int{1, 30, 60})
	s.SuppressionTTLYears = pick(d, []int{0, 0, 3, 4})
	s.AnalogousFamilies = pick(d, []map[string][]string{nil, {"book": {"dvd"}}, {"book": {"dvd", "wine"}, "dvd": {"book"}}})
	s.TimeZone = pick(d, zones)
	s.ConsumerTimeZone = pick(d, zones)
	return s
}

// zones of policies. In Cairo the clocks go forward at midnight, which then
// does not exist, in Havana back to it, so that it happens twice.
var zones = []*time.Location{
	reformZone, reformZone, reformZone, reformZone, mustLoad("Indian/Reunion"), mustLoad("Africa/Cairo"), mustLoad("America/Havana"),
}

// asked are the kinds of questions, those with rules of their own more often.
var asked = []state.MessageKind{
	state.MessageService, state.MessageReviewRequest, state.MessagePromotional, state.MessagePromotional, state.MessageNewsletter,
	state.MessageCartAbandonment, state.MessageLoyalty, state.MessageOptInBlock, state.MessageDeletionWarning,
	state.MessageUnsubscribeConfirmation, state.MessageUnsubscribeConfirmation, state.MessageWelcome, state.MessageCall,
}

// question draws one question.
func (d *drawing) question() rules.Question {
	q := rules.Question{
		Kind: pick(d, asked), Channel: pick(d, []state.Channel{state.ChannelEmail, state.ChannelEmail, state.ChannelSMS, state.ChannelPhone}),
		Address: pick(d, append([]string{"elsewhere"}, d.address...)), Brand: pick(d, append([]string{"Y"}, d.brand...)),
		Family: pick(d, append([]string{"", ""}, d.family...)),
	}
	if !d.chance(6) {
		q.Address = pick(d, d.address)
	}
	if d.chance(4) {
		q.OrderRef = d.order()
	}
	q.Incentive, q.PromotionalContent, q.Unprofessional = d.chance(8), d.chance(6), d.chance(6)
	return q
}
