package scenario

import (
	"fmt"
	"io"
	"strings"
	"time"

	"consentstream/state"
)

// zone is the time zone in which the scenario's instants are shown.
func (s *Scenario) zone() *time.Location { return s.policy.Versions[0].Settings.TimeZone }

// text tells an expected publication in one line.
func (e *publication) text() string {
	words := []string{e.fields[fieldRecord]}
	for _, name := range sortedKeys(e.fields) {
		if name != fieldRecord {
			words = append(words, name+" "+e.fields[name])
		}
	}
	for i := range e.rows {
		r := &e.rows[i]
		words = append(words, fmt.Sprintf("%s/%s %s", r.channel, r.kind, r.outcome))
	}
	return strings.Join(words, ", ")
}

// text tells a published record in one line: of the rows, which are allowed.
func (p *published) text() string {
	if p.fields[fieldRecord] == recordRet {
		return fmt.Sprintf("retention %s, action %s, due_at %s, emitted_at %s", p.fields["stage"], p.fields["action"],
			p.fields["due_at"], p.fields["emitted_at"])
	}
	return fmt.Sprintf("eligibility at %s, cause %s %s, allowed: %s", p.fields["effective_at"], p.fields["cause"],
		p.fields["cause_event_id"], orNone(allowedRows(p.rows)))
}

func allowedRows(rows []state.Row) string {
	var allowed []string
	for i := range rows {
		if r := &rows[i]; r.Allowed {
			allowed = append(allowed, rowText(r))
		}
	}
	return strings.Join(allowed, " ")
}

func rowText(r *state.Row) string {
	text := r.Channel.String() + "/" + r.Kind.String()
	if r.Address != "" {
		text += "@" + r.Address
	}
	if r.Brand != "" {
		text += " (" + r.Brand + ")"
	}
	return text
}

// Count counts the scenarios that passed and those that failed.
func Count(results []Result) (passed, failed int) {
	for i := range results {
		switch {
		case results[i].Scenario == nil: // it did not run
		case len(results[i].Failures) > 0:
			failed++
		default:
			passed++
		}
	}
	return passed, failed
}

// Write prints the failures, each with its explanation, and the count as the
// last line.
func Write(w io.Writer, results []Result) error {
	var b strings.Builder
	for i := range results {
		writeFailures(&b, &results[i])
	}
	passed, failed := Count(results)
	fmt.Fprintf(&b, "%d passed, %d failed\n", passed, failed)
	_, err := io.WriteString(w, b.String())
	return err
}

func writeFailures(b *strings.Builder, r *Result) {
	for i := range r.Failures {
		f := &r.Failures[i]
		fmt.Fprintf(b, "FAIL %s", r.Scenario.ID)
		if r.Scenario.Name != "" {
			fmt.Fprintf(b, " %s", r.Scenario.Name)
		}
		fmt.Fprintf(b, "\n  %s:%d %s\n", r.Scenario.File, f.Line, f.What)
		fmt.Fprintf(b, "    %-10s %s\n    %-10s %s\n", "expected", f.Expected, "got", f.Got)
		for _, l := range f.Explanation {
			fmt.Fprintf(b, "    %-10s %s\n", l.Name, l.Text)
		}
		b.WriteByte('\n')
	}
}
