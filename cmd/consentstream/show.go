package main

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"consentstream/processor/check"
	"consentstream/state"
)

// show writes a report as JSON or by a writer of text.
func (a *app) show(r *check.Report, f *queryFlags, text func(*page, *check.Report)) error {
	if f.output.isJSON() {
		return writeJSON(a.stdout, r)
	}
	p := newPage(a.stdout, r)
	p.header(r)
	text(p, r)
	return p.flush()
}

// page is a text output in the time zone of a report.
type page struct {
	*bufio.Writer
	style style
	zone  *time.Location
	width int // of the terminal, in letters; of any other output as wide as it wants
}

func newPage(w io.Writer, r *check.Report) *page {
	zone, err := time.LoadLocation(r.TimeZone)
	if err != nil {
		zone = time.UTC // a zone that a newer instance knows and this program does not
	}
	return &page{bufio.NewWriter(w), styleOf(w), zone, widthOf(w, math.MaxInt)}
}

func (p *page) flush() error {
	if err := p.Flush(); err != nil {
		return fmt.Errorf("write the output: %w", err)
	}
	return nil
}

func (p *page) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

// header says who, when and by which policy.
func (p *page) header(r *check.Report) {
	p.line("%s of %s at %s, policy %s", p.style.bold(r.ContactID), r.Controller, r.At.In(p.zone), r.PolicyVersion)
	if r.KnownAt != r.At {
		p.line("known by then: what was recorded up to %s", r.KnownAt.In(p.zone))
	}
	switch {
	case r.Facts == 0:
		p.line("nothing is known of this contact; check the id, the controller and the source")
	case !r.Retention.Running:
		p.line("%s known, no retention clock runs", count(r.Facts, "fact"))
	case r.Retention.ExpiresAt.IsZero():
		p.line("%s known, a contract runs and retention with it", count(r.Facts, "fact"))
	default:
		p.line("%s known, retention ends %s", count(r.Facts, "fact"), r.Retention.ExpiresAt.In(p.zone))
	}
	if !r.Retention.LastContactAt.IsZero() {
		p.line("last contact %s (%s)", r.Retention.LastContactAt.In(p.zone), r.Retention.LastContactEventID)
	}
	if r.Saturated {
		p.line("so much is known that some was given up: verdicts may be stricter than over everything")
	}
}

func (p *page) allow(allowed bool) cell {
	if allowed {
		return cell{"allow", p.style.green}
	}
	return cell{"deny", p.style.red}
}

// writeMatrix prints one table for each address.
func writeMatrix(p *page, r *check.Report) {
	if len(r.Verdicts) == 0 {
		p.line("\nn/a: the kind has no meaning on the channel")
		return
	}
	for _, group := range byAddress(r) {
		p.line("")
		if group[0].AddressKey != "" {
			p.line("address %s", p.style.bold(group[0].AddressKey))
		}
		p.matrix(group)
	}
	p.line("\nexplain says why, with the rule, its legal source and the evidence.")
}

// byAddress cuts the verdicts where the address changes.
func byAddress(r *check.Report) [][]check.Verdict {
	var groups [][]check.Verdict
	start := 0
	for i := range r.Verdicts {
		if i > 0 && r.Verdicts[i].AddressKey != r.Verdicts[i-1].AddressKey {
			groups = append(groups, r.Verdicts[start:i])
			start = i
		}
	}
	return append(groups, r.Verdicts[start:])
}

// matrix prints channel, message, verdict, reason, rules and until; where a
// terminal is too narrow for that, what explain tells too is left out.
func (p *page) matrix(verdicts []check.Verdict) {
	t := p.wholeMatrix(verdicts)
	if t.width() > p.width {
		t = p.narrowMatrix(verdicts)
	}
	_ = t.write(p) // a bufio.Writer keeps its error until flush
}

func (p *page) narrowMatrix(verdicts []check.Verdict) *table {
	var t table
	t.head(p.style, "MESSAGE", "VERDICT", "REASON", "UNTIL")
	for i := range verdicts {
		v := &verdicts[i]
		t.row(cell{text: v.Channel + " " + v.MessageKind}, p.allow(v.Allowed), cell{text: v.Reason}, cell{text: p.brief(v.Until)})
	}
	return &t
}

// brief is an instant without its offset, and without a time of midnight.
func (p *page) brief(at check.Timestamp) string {
	if at.IsZero() {
		return ""
	}
	local := state.Instant(at).Time().In(p.zone)
	return strings.TrimSuffix(local.Format("2006-01-02 15:04"), " 00:00")
}

func (p *page) wholeMatrix(verdicts []check.Verdict) *table {
	var t table
	t.head(p.style, "CHANNEL", "MESSAGE", "VERDICT", "REASON", "RULES", "UNTIL")
	for i := range verdicts {
		v := &verdicts[i]
		until := ""
		if !v.Until.IsZero() {
			until = v.Until.In(p.zone)
		}
		t.row(cell{text: v.Channel}, cell{text: v.MessageKind}, p.allow(v.Allowed), cell{text: v.Reason},
			cell{strings.Join(v.Rules, " "), p.style.faint}, cell{text: until})
	}
	return &t
}

// textWidth is the width of sentences in explanations, beside their names; a
// narrow terminal has less.
const (
	textWidth     = 92
	narrowestText = 40
	nameWidth     = 13
)

// writeExplanations prints one paragraph for each verdict.
func writeExplanations(p *page, r *check.Report) {
	for i := range r.Verdicts {
		p.line("")
		p.explain(r, &r.Verdicts[i])
	}
	if len(r.Verdicts) == 0 {
		p.line("\nn/a: the kind has no meaning on the channel")
	}
}

func (p *page) explain(r *check.Report, v *check.Verdict) {
	title := v.Channel + " " + v.MessageKind
	if v.AddressKey != "" {
		title += " to " + v.AddressKey
	}
	verdict := p.allow(v.Allowed)
	p.line("%s  %s %s", p.style.bold(title), verdict.paint(verdict.text), v.Reason)
	for _, l := range r.Explain(v, p.zone) {
		p.field(l.Name, l.Text)
	}
}

// field prints a name and a text, wrapped and indented.
func (p *page) field(name, text string) {
	for i, line := range wrap(text, max(min(textWidth, p.width-nameWidth), narrowestText)) {
		if i > 0 {
			name = ""
		}
		p.line("  %s  %s", p.style.faint(fmt.Sprintf("%-9s", name)), line)
	}
}
