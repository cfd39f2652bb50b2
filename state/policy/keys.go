package policy

import (
	"fmt"
	"strconv"
	"time"

	"consentstream/state/policy/strict"
	"consentstream/state/rules"
)

// key is one key of a version: how it is read into settings and shown again.
type key struct {
	name string
	// note tells what the value means; it stands beside the value in a file that is written.
	note string
	read func(strict.Node, *rules.Settings) error
	// show returns the value as bool, int, string or map[string][]string.
	show func(*rules.Settings) any
}

// usualReading is said beside defaults that are the usual reading of the law
// and not the safest one.
const usualReading = "the usual reading rather than the safest one, which is "

// keys lists the keys in the order in which a file is written.
var keys = []key{
	zone("time_zone", "calendar of the retention clock",
		func(s *rules.Settings) **time.Location { return &s.TimeZone }),
	number("retention_years", 1, 3, "3 is the ceiling (R42)",
		func(s *rules.Settings) *int { return &s.RetentionYears }),
	number("warning_days", 0, 365, "calendar days before the end of retention (R16)",
		func(s *rules.Settings) *int { return &s.WarningDays }),
	number("grace_hours", 0, 24*31, "between a deadline and the publication of its expiry",
		func(s *rules.Settings) *int { return &s.GraceHours }),
	flag("soft_opt_in", "false: only explicit consent (R56)",
		func(s *rules.Settings) *bool { return &s.SoftOptIn }),
	number("soft_opt_in_window_months", 0, 36, "0 = none (R58)",
		func(s *rules.Settings) *int { return &s.SoftOptInWindowMonths }),
	flag("welcome_ramp", "welcome and editorial first (R59)",
		func(s *rules.Settings) *bool { return &s.WelcomeRamp }),
	number("ramp_min_editorial", 1, 100, "editorial messages before the first promotion (R59)",
		func(s *rules.Settings) *int { return &s.RampMinEditorial }),
	{"review_request", "service or strict (R9)", readReview, showReview},
	number("review_window_days", 1, 60, "days of 24 hours after delivery (R9)",
		func(s *rules.Settings) *int { return &s.ReviewWindowDays }),
	flag("unsubscribe_confirmation", "one neutral message after an unsubscribe (R17)",
		func(s *rules.Settings) *bool { return &s.UnsubscribeConfirmation }),
	flag("cart_covered_by_promotional", "a yes to promotions covers reminders of a basket (R12)",
		func(s *rules.Settings) *bool { return &s.CartCoveredByPromotional }),
	flag("free_offer_counts_as_sale", "an order at no price is a sale (R24)",
		func(s *rules.Settings) *bool { return &s.FreeOfferCountsAsSale }),
	flag("login_counts_as_contact", "a login moves the clock (R43)",
		func(s *rules.Settings) *bool { return &s.LoginCountsAsContact }),
	flag("service_click_counts_as_contact", "a click in a service message moves the clock (R43)",
		func(s *rules.Settings) *bool { return &s.ServiceClickCountsAsContact }),
	flag("attendance_counts_as_contact", usualReading+"false (R43)",
		func(s *rules.Settings) *bool { return &s.AttendanceCountsAsContact }),
	flag("complaint_needs_confirmation", "only a confirmed yes lifts a complaint (R36)",
		func(s *rules.Settings) *bool { return &s.ComplaintNeedsConfirmation }),
	flag("complaint_closes_all_channels", "a complaint on one channel closes all (R36)",
		func(s *rules.Settings) *bool { return &s.ComplaintClosesAllChannels }),
	flag("any_objection_closes_all", usualReading+"true (R33)",
		func(s *rules.Settings) *bool { return &s.AnyObjectionClosesAll }),
	{"suppression_ttl_years", "0 = never expires, otherwise at least 3 (R48)", readSuppression, showSuppression},
	{"analogous_families", "family bought: families its buyers may be told of (R26)", readFamilies, showFamilies},
	flag("banned_sector", "energy renovation or home adaptation (R53)",
		func(s *rules.Settings) *bool { return &s.BannedSector }),
	zone("consumer_time_zone", "of telephone hours when the contact gave none (R52)",
		func(s *rules.Settings) **time.Location { return &s.ConsumerTimeZone }),
	flag("sms_hours", "Monday to Saturday, 8:00 to 20:00, no public holidays (R63)",
		func(s *rules.Settings) *bool { return &s.SMSHours }),
	{"fiscal_year_end", "month and day (R47)", readFiscalYearEnd, showFiscalYearEnd},
}

func flag(name, note string, field func(*rules.Settings) *bool) key {
	return key{name, note,
		func(n strict.Node, s *rules.Settings) (err error) { *field(s), err = n.Bool(); return err },
		func(s *rules.Settings) any { return *field(s) }}
}

func number(name string, low, high int64, note string, field func(*rules.Settings) *int) key {
	return key{name, note,
		func(n strict.Node, s *rules.Settings) error {
			i, err := n.IntIn(low, high)
			if err == nil {
				*field(s) = int(i)
			}
			return err
		},
		func(s *rules.Settings) any { return *field(s) }}
}

func zone(name, note string, field func(*rules.Settings) **time.Location) key {
	return key{name, note,
		func(n strict.Node, s *rules.Settings) (err error) { *field(s), err = readZone(n); return err },
		func(s *rules.Settings) any { return (*field(s)).String() }}
}

// readZone accepts names of the IANA database only: "Local" would make the
// same file mean something else on another machine.
func readZone(n strict.Node) (*time.Location, error) {
	name, err := n.String()
	if err == nil && name != "" && name != "Local" {
		if zone, err := time.LoadLocation(name); err == nil {
			return zone, nil
		}
	}
	return nil, n.Expected("an IANA time zone such as Europe/Paris")
}

func readReview(n strict.Node, s *rules.Settings) error {
	mode, err := n.OneOf("service", "strict")
	s.ReviewStrict = mode == "strict"
	return err
}

func showReview(s *rules.Settings) any {
	if s.ReviewStrict {
		return "strict"
	}
	return "service"
}

func readSuppression(n strict.Node, s *rules.Settings) error {
	years, err := n.IntIn(0, 100)
	if err != nil || years == 1 || years == 2 {
		return n.Expected("0 (never expires) or a whole number from 3 to 100")
	}
	s.SuppressionTTLYears = int(years)
	return nil
}

func showSuppression(s *rules.Settings) any { return s.SuppressionTTLYears }

func readFiscalYearEnd(n strict.Node, s *rules.Settings) error {
	text, err := n.String()
	day, parseErr := time.Parse("2006-01-02", "2025-"+text) // of a year without 29 February
	if err != nil || parseErr != nil {
		return n.Expected(`a month and day that every year has, such as "12-31"`)
	}
	s.FiscalYearEnd = rules.MonthDay{Month: day.Month(), Day: day.Day()}
	return nil
}

func showFiscalYearEnd(s *rules.Settings) any {
	return fmt.Sprintf("%02d-%02d", int(s.FiscalYearEnd.Month), s.FiscalYearEnd.Day)
}

func readFamilies(n strict.Node, s *rules.Settings) error {
	m, err := n.Map()
	if err != nil {
		return err
	}
	var families map[string][]string
	for _, e := range m.Entries() {
		if _, err := family(e.At); err != nil {
			return err
		}
		list, err := readFamilyList(e.Value)
		if err != nil {
			return err
		}
		if families == nil {
			families = make(map[string][]string)
		}
		families[e.Key] = list
	}
	s.AnalogousFamilies = families
	return nil
}

func readFamilyList(n strict.Node) ([]string, error) {
	nodes, err := n.List()
	if err != nil {
		return nil, err
	}
	names := make([]string, len(nodes))
	for i, node := range nodes {
		if names[i], err = family(node); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// family reads a name that a record could carry.
func family(n strict.Node) (string, error) {
	name, err := n.String()
	if err != nil || name == "" || len(name) > maxName {
		return "", n.Expected("a family name of 1 to " + strconv.Itoa(maxName) + " bytes")
	}
	return name, nil
}

func showFamilies(s *rules.Settings) any {
	if s.AnalogousFamilies == nil {
		return map[string][]string{}
	}
	return s.AnalogousFamilies
}
