package rules

import (
	"errors"
	"fmt"
	"time"

	"consentstream/state"
)

// DefaultSettings are the choices of an empty policy file.
func DefaultSettings() Settings {
	return Settings{
		TimeZone:                   paris(),
		RetentionYears:             3,
		WarningDays:                30,
		GraceHours:                 24,
		SoftOptIn:                  true,
		RampMinEditorial:           1,
		ReviewWindowDays:           60,
		CartCoveredByPromotional:   true,
		AttendanceCountsAsContact:  true,
		ComplaintNeedsConfirmation: true,
		ConsumerTimeZone:           paris(),
		SMSHours:                   true,
		FiscalYearEnd:              MonthDay{Month: time.December, Day: 31},
	}
}

// Default is the policy of an empty policy file: one version named "default",
// in force since ever.
func Default() *Policy {
	return &Policy{Versions: []Version{{
		Name: "default", EffectiveFrom: state.Unset, Settings: DefaultSettings(),
	}}}
}

// At returns the version in force at t: the last one that has begun, or the
// first one when none has.
func (p *Policy) At(t state.Instant) *Version {
	i := len(p.Versions) - 1
	for i > 0 && t < p.Versions[i].EffectiveFrom {
		i--
	}
	return &p.Versions[i]
}

// NextVersion returns the instant after t at which another version takes
// over, state.Never when the one at t is the last.
func (p *Policy) NextVersion(t state.Instant) state.Instant {
	for i := 1; i < len(p.Versions); i++ {
		if from := p.Versions[i].EffectiveFrom; from > t {
			return from
		}
	}
	return state.Never
}

// Validate refuses settings that are impossible or laxer than the law. The
// error names the key of the policy file and what it expects; several faults
// are joined.
func (s *Settings) Validate() error {
	return errors.Join(
		within("retention_years", s.RetentionYears, 1, 3),
		within("warning_days", s.WarningDays, 0, 365),
		within("grace_hours", s.GraceHours, 0, 24*31),
		within("soft_opt_in_window_months", s.SoftOptInWindowMonths, 0, 36),
		within("ramp_min_editorial", s.RampMinEditorial, 1, 100),
		within("review_window_days", s.ReviewWindowDays, 1, 60),
		s.validateSuppression(),
		s.validateZones(),
		s.validateFiscalYear(),
		s.validateFamilies(),
	)
}

func within(key string, value, lowest, highest int) error {
	if value < lowest || value > highest {
		return fmt.Errorf("%s: %d is not within %d..%d", key, value, lowest, highest)
	}
	return nil
}

func (s *Settings) validateSuppression() error {
	if s.SuppressionTTLYears != 0 && s.SuppressionTTLYears < 3 {
		return fmt.Errorf("suppression_ttl_years: %d, expected 0 (never expires) or at least 3", s.SuppressionTTLYears)
	}
	return nil
}

func (s *Settings) validateZones() error {
	var errs []error
	if s.TimeZone == nil {
		errs = append(errs, errors.New("time_zone: none, expected an IANA name such as Europe/Paris"))
	}
	if s.ConsumerTimeZone == nil {
		errs = append(errs, errors.New("consumer_time_zone: none, expected an IANA name such as Europe/Paris"))
	}
	return errors.Join(errs...)
}

func (s *Settings) validateFiscalYear() error {
	d := s.FiscalYearEnd
	if d.Month < time.January || d.Month > time.December || d.Day < 1 || d.Day > daysOf(2024, d.Month) {
		return fmt.Errorf("fiscal_year_end: month %d day %d is no day, expected MM-DD such as 12-31", d.Month, d.Day)
	}
	return nil
}

func (s *Settings) validateFamilies() error {
	for family, others := range s.AnalogousFamilies {
		if family == "" {
			return errors.New("analogous_families: an empty family name")
		}
		for _, other := range others {
			if other == "" {
				return fmt.Errorf("analogous_families: %s names an empty family", family)
			}
		}
	}
	return nil
}
