package doctor

import (
	"cmp"
	"slices"
)

// Severity ranks findings by what they can do to somebody who receives mail.
type Severity string

const (
	// Danger can lose an objection, keep what was erased, or stop the processor.
	Danger Severity = "danger"
	// Warning costs safety margin or speed; nobody is harmed by it alone.
	Warning Severity = "warning"
)

// Finding is one thing that should be mended.
type Finding struct {
	Severity Severity `json:"severity"`
	Check    string   `json:"check"`   // topics, partitions, settings, replicas, rights, routing, records, clocks, broker
	Subject  string   `json:"subject"` // the topic, group or producer it is about
	Problem  string   `json:"problem"`
	Means    string   `json:"means"` // for people who receive mail
	Mend     string   `json:"mend"`  // the command or setting
}

// Report is what an examination has seen.
type Report struct {
	Brokers  int       `json:"brokers"`
	Topics   int       `json:"topics"`  // that exist, of those needed
	Sampled  int       `json:"sampled"` // records looked at
	Notes    []string  `json:"notes"`   // what is worth knowing and not wrong, or could not be looked at
	Findings []Finding `json:"findings"`
}

func (r *Report) find(f ...Finding) { r.Findings = append(r.Findings, f...) }
func (r *Report) note(text string)  { r.Notes = append(r.Notes, text) }

// order puts the worst first.
func (r *Report) order() {
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Check, b.Check), cmp.Compare(a.Subject, b.Subject))
	})
	slices.Sort(r.Notes)
}
