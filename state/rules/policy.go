package rules

import (
	"time"

	"consentstream/state"
)

// Settings are the choices a company makes inside the law (R5): they can only
// narrow it. The names and defaults are those of the policy file.
type Settings struct {
	TimeZone                    *time.Location // calendar of the clock, Europe/Paris
	RetentionYears              int            // 1..3
	WarningDays                 int            // calendar days before the end of retention
	GraceHours                  int            // between a deadline and the publication of its expiry
	SoftOptIn                   bool           // false: strict opt-in company (R56)
	SoftOptInWindowMonths       int            // 0 = none (R58)
	WelcomeRamp                 bool           // R59
	RampMinEditorial            int            // R59
	ReviewStrict                bool           // review_request: strict (R9)
	ReviewWindowDays            int            // N x 24 h from delivery (R9)
	UnsubscribeConfirmation     bool           // R17
	CartCoveredByPromotional    bool           // R12
	FreeOfferCountsAsSale       bool           // R24, A1
	LoginCountsAsContact        bool           // R43, A15
	ServiceClickCountsAsContact bool           // R43, A16
	AttendanceCountsAsContact   bool           // R43, A17
	ComplaintNeedsConfirmation  bool           // R36
	ComplaintClosesAllChannels  bool           // R36
	AnyObjectionClosesAll       bool           // R33, A9
	SuppressionTTLYears         int            // 0 = never expires; otherwise at least 3 (R48)
	AnalogousFamilies           map[string][]string
	BannedSector                bool           // R53
	ConsumerTimeZone            *time.Location // of telephone hours when the contact gave none
	SMSHours                    bool           // R63
	FiscalYearEnd               MonthDay       // R47
}

// MonthDay is a day of the year, such as the end of a financial year.
type MonthDay struct {
	Month time.Month
	Day   int
}

// Version is one version of a policy, in force from EffectiveFrom until the
// next version's.
type Version struct {
	Name          string
	EffectiveFrom state.Instant // local midnight; state.Unset for a file with no versions
	Settings      Settings
	Controllers   map[string]Settings // whole settings of a controller that overrides some
}

// Policy is the versions of one policy file, ordered by EffectiveFrom, never
// empty. Before the first version's date the first version applies.
type Policy struct {
	Versions []Version
}

// For returns the settings of the version for a controller.
func (v *Version) For(controller string) *Settings {
	if len(v.Controllers) == 0 {
		return &v.Settings // what follows allocates
	}
	if s, ok := v.Controllers[controller]; ok {
		return &s
	}
	return &v.Settings
}
