package rules_test

import (
	"testing"

	"consentstream/state"
	"consentstream/state/rules"
)

// R60: "r = unsubscribe clicks / (content clicks + unsubscribe clicks)", "0/0 undefined".
func TestDissatisfaction(t *testing.T) {
	if rate, known := (rules.Reactions{Unsubscribes: 1, Contents: 3}).Dissatisfaction(); !known || rate != 0.25 {
		t.Errorf("%v %v", rate, known)
	}
	if _, known := (rules.Reactions{}).Dissatisfaction(); known {
		t.Error("a rate of nothing")
	}
}

// R61: the bands and their edges.
func TestBands(t *testing.T) {
	cases := []struct {
		says string
		p    rules.Period
		want rules.Pace
	}{
		{"r > 0.40", period(41, 59, false), rules.PaceStop},
		{"r > 0.40 goes before engagement", period(41, 59, true), rules.PaceStop},
		{"r = 0.40", period(40, 60, false), rules.PaceHold},
		{"r <= 0.40 and engagement below average", period(40, 60, true), rules.PaceEditorialOnly},
		{"0.20 <= r", period(20, 80, false), rules.PaceHold},
		{"r < 0.20", period(19, 81, false), rules.PaceAccelerate},
		{"r < 0.20 below average", period(19, 81, true), rules.PaceEditorialOnly},
		{"fewer than 100 clicks", period(60, 39, true), rules.PaceHold},
		{"100 clicks", period(60, 40, true), rules.PaceStop},
		{"none", period(0, 0, true), rules.PaceHold},
	}
	for _, c := range cases {
		if got := c.p.Band(); got != c.want {
			t.Errorf("%s: %v, want %v", c.says, got, c.want)
		}
	}
}

func period(unsubscribes, contents int, below bool) rules.Period {
	return rules.Period{Reactions: rules.Reactions{Unsubscribes: unsubscribes, Contents: contents}, BelowAverage: below}
}

// "Leaving EDITORIAL_ONLY: engagement back to average for two periods".
func TestLeavingEditorialOnly(t *testing.T) {
	low, fine, few, bad := period(10, 90, true), period(10, 90, false), period(1, 9, false), period(50, 50, false)
	cases := []struct {
		says    string
		periods []rules.Period
		want    []rules.Pace
	}{
		{"one period is not enough", []rules.Period{low, fine}, []rules.Pace{rules.PaceEditorialOnly, rules.PaceEditorialOnly}},
		{"two are", []rules.Period{low, fine, fine}, []rules.Pace{rules.PaceEditorialOnly, rules.PaceEditorialOnly, rules.PaceAccelerate}},
		{"in a row", []rules.Period{low, fine, low, fine}, []rules.Pace{rules.PaceEditorialOnly, rules.PaceEditorialOnly, rules.PaceEditorialOnly, rules.PaceEditorialOnly}},
		{"not from a bad one on", []rules.Period{low, low, fine}, []rules.Pace{rules.PaceEditorialOnly, rules.PaceEditorialOnly, rules.PaceEditorialOnly}},
		{"too few clicks say nothing", []rules.Period{low, fine, few, fine}, []rules.Pace{rules.PaceEditorialOnly, rules.PaceEditorialOnly, rules.PaceEditorialOnly, rules.PaceEditorialOnly}},
		{"stop at once", []rules.Period{low, bad}, []rules.Pace{rules.PaceEditorialOnly, rules.PaceStop}},
		{"other paces have no memory", []rules.Period{fine, low}, []rules.Pace{rules.PaceAccelerate, rules.PaceEditorialOnly}},
	}
	for _, c := range cases {
		t.Run(c.says, func(t *testing.T) {
			pace, good := rules.PaceHold, 0
			for i, p := range c.periods {
				if pace, good = rules.NextPace(pace, good, p); pace != c.want[i] {
					t.Fatalf("period %d: %v, want %v", i, pace, c.want[i])
				}
			}
		})
	}
}

// R54: pixels.
func TestPixel(t *testing.T) {
	cases := []struct {
		says string
		p    rules.Pixel
		want bool
	}{
		{"a consent separate from the email consent", rules.Pixel{Consent: true, Basis: state.BasisSoftOptIn}, true},
		{"the consent to e-mail is none", rules.Pixel{Basis: state.BasisConsent}, false},
		{"the narrow exemption in consented emails", rules.Pixel{Basis: state.BasisConsent, OnlyToStop: true}, true},
		{"in transactional emails", rules.Pixel{Basis: state.BasisContract, OnlyToStop: true}, true},
		{"never in soft-opt-in emails", rules.Pixel{Basis: state.BasisSoftOptIn, OnlyToStop: true}, false},
		{"B2B not exempt", rules.Pixel{Basis: state.BasisB2B, OnlyToStop: true}, false},
	}
	for _, c := range cases {
		if got := c.p.Lawful(); got != c.want {
			t.Errorf("%s: %v", c.says, got)
		}
	}
	s := rules.DefaultSettings()
	if !rules.MayAskPixel(&s, state.Unset, local("2026-08-31T10:00")) {
		t.Error("never asked")
	}
	overseas := rules.DefaultSettings()
	overseas.TimeZone = zone("America/Martinique")
	if !rules.MayAskPixel(&overseas, state.Unset, local("2026-08-31T10:00")) {
		t.Error("never asked, west of Greenwich")
	}
	if rules.MayAskPixel(&s, local("2026-08-31T10:00"), local("2027-02-27T23:59")) {
		t.Error("no answer: do not ask again for 6 months")
	}
	if !rules.MayAskPixel(&s, local("2026-08-31T10:00"), local("2027-02-28T00:00")) {
		t.Error("after 6 months")
	}
}
