package scenario

// Report is what a run came to, for programs.
type Report struct {
	Passed    int       `json:"passed"`
	Failed    int       `json:"failed"`
	Scenarios []Outcome `json:"scenarios"` // those that ran, in the order of the files
}

// Outcome is what one scenario came to.
type Outcome struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Rules    []string  `json:"rules"` // what it exercises
	File     string    `json:"file"`
	Line     int       `json:"line"`
	Passed   bool      `json:"passed"`
	Failures []Failure `json:"failures"`
}

// NewReport tells what results come to.
func NewReport(results []Result) Report {
	r := Report{Scenarios: []Outcome{}}
	r.Passed, r.Failed = Count(results)
	for i := range results {
		if s := results[i].Scenario; s != nil {
			r.Scenarios = append(r.Scenarios, Outcome{
				ID: s.ID, Name: s.Name, Rules: append([]string{}, s.Rules...), File: s.File, Line: s.Line,
				Passed: len(results[i].Failures) == 0, Failures: append([]Failure{}, results[i].Failures...),
			})
		}
	}
	return r
}
