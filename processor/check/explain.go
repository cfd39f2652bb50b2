package check

import (
	"fmt"
	"strings"
	"time"

	"consentstream/state"
)

// Line is one named line of an explanation.
type Line struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Explain tells one verdict of a report in lines for people: why, by which
// rule and source, because of which facts, and what would change it. Instants
// are shown in the zone.
func (r *Report) Explain(v *Verdict, zone *time.Location) []Line {
	lines := []Line{{"why", v.Meaning}}
	if v.Allowed {
		lines = append(lines, Line{"basis", v.Basis + coverage(v)})
	} else if v.AllowedByLaw {
		lines = append(lines, Line{"by law", "allowed; the company's policy refuses it"})
	}
	for _, rule := range r.rulesOf(v) {
		lines = append(lines, Line{"rule", rule.text()})
	}
	for _, at := range v.Evidence {
		lines = append(lines, Line{"because", r.Evidence[at].text(zone)})
	}
	if v.Until.IsZero() {
		lines = append(lines, Line{"by itself", "time alone does not change it"})
	} else {
		lines = append(lines, Line{"by itself", "changes at " + v.Until.In(zone)})
	}
	if v.Change != "" {
		lines = append(lines, Line{"to change", v.Change})
	}
	return lines
}

func coverage(v *Verdict) string {
	switch {
	case len(v.Families) == 0:
		return ""
	case len(v.Families) == 1 && v.Families[0] == "*":
		return ", for all product families"
	}
	return ", for the product families " + strings.Join(v.Families, ", ")
}

// rulesOf returns what the report says about the rules of a verdict.
func (r *Report) rulesOf(v *Verdict) []Rule {
	var found []Rule
	for _, name := range v.Rules {
		for _, rule := range r.Rules {
			if rule.Rule == name {
				found = append(found, rule)
			}
		}
	}
	return found
}

func (r Rule) text() string {
	text := strings.TrimSpace(r.Rule + " " + r.Title)
	if r.Source == "" {
		return text
	}
	return text + " (" + r.Source + ")"
}

// text says when what happened, and which record tells it.
func (e *Evidence) text(zone *time.Location) string {
	when := e.OccurredAt.In(zone)
	if e.Precision == state.PrecisionDay.String() {
		when = state.Instant(e.OccurredAt).Time().In(zone).Format(time.DateOnly)
	}
	if e.Since != e.OccurredAt {
		when = "several from " + e.Since.In(zone) + " to " + when
	}
	text := fmt.Sprintf("%s: %s [%s %s", when, e.Summary, e.Topic, e.EventID)
	if e.Source != "" {
		text += ", source " + e.Source
	}
	if e.RecordedAt != e.OccurredAt {
		text += ", recorded " + e.RecordedAt.In(zone)
	}
	if e.Forwarded {
		text += ", from another contact at this address"
	}
	return text + "]"
}

// In prints the local time of a zone with its offset, seconds only where there
// are any, "never" for a timestamp that stands for none.
func (t Timestamp) In(zone *time.Location) string {
	if t.IsZero() {
		return "never"
	}
	local := state.Instant(t).Time().In(zone)
	layout := "2006-01-02 15:04 -07:00"
	if local.Second() != 0 || local.Nanosecond() != 0 {
		layout = "2006-01-02 15:04:05.999 -07:00"
	}
	return local.Format(layout)
}
