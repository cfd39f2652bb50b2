package rules

// Reactions are the human clicks of a cohort in a period, each counted once per
// contact and message.
type Reactions struct {
	Unsubscribes int // clicks on unsubscribe
	Contents     int // clicks on content
}

// Dissatisfaction is R60: the share of unsubscribe clicks among all clicks that
// say something. It is not known when there are none.
func (r Reactions) Dissatisfaction() (rate float64, known bool) {
	total := r.Unsubscribes + r.Contents
	if total <= 0 {
		return 0, false
	}
	return float64(r.Unsubscribes) / float64(total), true
}

// Pace is what the reactions of a cohort of soft opt-in clients call for (R61).
// It never allows what the law denies and never touches service messages.
type Pace uint8

// The values of Pace.
const (
	PaceHold          Pace = iota // go on as before
	PaceStop                      // no more marketing to the cohort
	PaceEditorialOnly             // no promotions, less pressure
	PaceAccelerate                // more may be sent
)

var paceNames = [...]string{"HOLD", "STOP", "EDITORIAL_ONLY", "ACCELERATE"}

// String returns the name of the pace.
func (p Pace) String() string {
	if int(p) >= len(paceNames) {
		return "INVALID"
	}
	return paceNames[p]
}

// The bands of R61, as percentages of dissatisfaction and number of clicks.
const (
	stopAbove       = 40 // "40/50 %" in the guides; the lower of the two
	accelerateBelow = 20
	minClicks       = 100
	periodsToLeave  = 2 // at average engagement, before promotions come back
)

// Period is what is known about a cohort at the end of a period.
type Period struct {
	Reactions
	// BelowAverage tells that clicks, and opens where they may lawfully be
	// measured (R54), are below the company's average.
	BelowAverage bool
}

// Band is R61 for one period on its own.
func (p Period) Band() Pace {
	total := p.Unsubscribes + p.Contents
	rate := 100 * p.Unsubscribes // compared as whole numbers: 40 % exactly is not above 40 %
	switch {
	case total < minClicks:
		return PaceHold
	case rate > stopAbove*total:
		return PaceStop
	case p.BelowAverage:
		return PaceEditorialOnly
	case rate < accelerateBelow*total:
		return PaceAccelerate
	}
	return PaceHold
}

// NextPace is R61 over time: a cohort on editorial only returns to promotions
// after two periods in a row of average engagement. before is the pace of the
// period before; good is how many such periods came right before this one. It
// returns the pace now and the new count.
func NextPace(before Pace, good int, p Period) (Pace, int) {
	band := p.Band()
	if before != PaceEditorialOnly || band == PaceStop {
		return band, 0
	}
	if p.BelowAverage || p.Unsubscribes+p.Contents < minClicks {
		return PaceEditorialOnly, 0
	}
	if good+1 < periodsToLeave {
		return PaceEditorialOnly, good + 1
	}
	return band, 0
}
