package scenario

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"consentstream/processor"
	"consentstream/processor/check"
	"consentstream/state"
	"consentstream/state/rules"
)

// Result is what running one scenario found.
type Result struct {
	Scenario *Scenario
	Failures []Failure // empty = passed
}

// Failure is one answer that is not the expected one.
type Failure struct {
	Line     int    `json:"line"` // in the scenario's file
	What     string `json:"what"` // instant, channel and kind, or which publication
	Expected string `json:"expected"`
	Got      string `json:"got"`
	// Explanation says why it is so, in lines.
	Explanation []check.Line `json:"explanation,omitempty"`
}

// RunAll runs scenarios on several goroutines and returns their results in the
// order of the scenarios. A cancelled context ends it early: what did not run
// has no Scenario in its result.
func RunAll(ctx context.Context, scenarios []*Scenario, workers int) []Result {
	results := make([]Result, len(scenarios))
	next := make(chan int)
	var group sync.WaitGroup
	for range max(1, workers) {
		group.Go(func() {
			for i := range next {
				results[i] = scenarios[i].Run()
			}
		})
	}
	for i := range scenarios {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	group.Wait()
	return results
}

// Run runs one scenario.
func (s *Scenario) Run() Result {
	r := Result{Scenario: s}
	r.Failures = append(r.Failures, s.decide()...)
	if s.listed {
		r.Failures = append(r.Failures, s.publish()...)
	}
	return r
}

// decide answers the point checks of when.
func (s *Scenario) decide() []Failure {
	facts := processor.NewDossier()
	for i := range s.given {
		facts.Add(s.given[i].key, s.given[i].fact)
	}
	contacts := map[state.Key]*state.Contact{}
	var failures []Failure
	for i := range s.when {
		a := &s.when[i]
		c, ok := contacts[a.key]
		if !ok {
			folded := facts.Contact(a.key)
			c, contacts[a.key] = &folded, &folded
		}
		failures = append(failures, s.check(a, c)...)
	}
	return failures
}

func (s *Scenario) check(a *ask, c *state.Contact) []Failure {
	var failures []Failure
	q := a.question
	q.Address = a.addressOf(c)
	for _, e := range a.expect {
		q.Kind = e.kind
		v := rules.Decide(s.policy, a.key.Controller, c, a.at, a.known, q)
		if got := outcomeOf(&v); !e.outcome.matches(got) {
			failures = append(failures, Failure{
				Line: a.line, What: s.what(a, e.kind), Expected: e.outcome.String(), Got: got.String(),
				Explanation: s.explain(a, c, q),
			})
		}
	}
	return failures
}

// addressOf returns the address that a decision is about: the one it names, or
// the only one that the contact is known by.
func (a *ask) addressOf(c *state.Contact) string {
	if a.address != nil {
		return *a.address
	}
	if named := check.Addresses(c, a.known); len(named) == 1 {
		return named[0]
	}
	return ""
}

func (s *Scenario) what(a *ask, kind state.MessageKind) string {
	what := fmt.Sprintf("at %s %s %s", check.Timestamp(a.at).In(s.zone()), a.question.Channel, kind)
	if a.known != a.at {
		what += ", known at " + check.Timestamp(a.known).In(s.zone())
	}
	return what
}

// explain tells why a decision is what it is.
func (s *Scenario) explain(a *ask, c *state.Contact, q rules.Question) []check.Line {
	query := check.Query{
		Key: a.key, At: a.at, Known: a.known, Address: &q.Address,
		Kinds: []state.MessageKind{q.Kind}, Channels: []state.Channel{q.Channel},
		Brand: q.Brand, Family: q.Family, OrderRef: q.OrderRef,
		Incentive: q.Incentive, PromotionalContent: q.PromotionalContent, Unprofessional: q.Unprofessional,
	}
	report := check.Answer(s.policy, c, query, a.at)
	if len(report.Verdicts) == 0 {
		return []check.Line{{Name: "why", Text: "the kind has no meaning on the channel"}}
	}
	return report.Explain(&report.Verdicts[0], s.zone())
}

// publish runs the virtual clock from the first fact to the last instant of
// when and compares what is published.
func (s *Scenario) publish() []Failure {
	var got []published
	driver := processor.NewDriver(s.policy, func(p processor.Publication) {
		if record, news := capture(p); news {
			got = append(got, record)
		}
	})
	end := s.end()
	for _, g := range s.inOrder() {
		if g.fact.RecordedAt <= end {
			driver.Deliver(g.key, g.fact)
		}
	}
	driver.Advance(end)
	return s.compare(got)
}

// inOrder returns the facts in the order in which they became known.
func (s *Scenario) inOrder() []given {
	ordered := slices.Clone(s.given)
	slices.SortStableFunc(ordered, func(a, b given) int {
		return cmp.Or(
			cmp.Compare(a.fact.RecordedAt, b.fact.RecordedAt),
			strings.Compare(a.fact.Topic.String(), b.fact.Topic.String()),
			strings.Compare(a.fact.ID, b.fact.ID),
		)
	})
	return ordered
}

func (s *Scenario) end() state.Instant {
	end := state.Unset
	for i := range s.when {
		end = max(end, s.when[i].at)
	}
	return end
}

// compare reports the first publication that differs: what follows it is
// rarely news.
func (s *Scenario) compare(all []published) []Failure {
	left := slices.Clone(all)
	for i := range s.publishes {
		e := &s.publishes[i]
		if len(left) == 0 {
			return []Failure{publicationFailure(i, e.line, e.text(), "nothing more", all)}
		}
		at, difference := e.find(left)
		if difference != "" {
			f := publicationFailure(i, e.line, e.text(), left[0].text(), all)
			f.Explanation = append([]check.Line{{Name: "differs", Text: difference}}, f.Explanation...)
			return []Failure{f}
		}
		left = slices.Delete(left, at, at+1)
	}
	if len(left) > 0 {
		return []Failure{publicationFailure(len(s.publishes), s.Line, "nothing more", left[0].text(), all)}
	}
	return nil
}

// find returns the position of the record that an entry asks for, or how the
// next record differs. Records of one instant have an order only where they
// are of one topic and contact: nothing orders two topics, or two contacts.
func (e *publication) find(left []published) (at int, difference string) {
	streams := map[string]bool{}
	for i := range left {
		if left[i].at != left[0].at {
			break
		}
		if stream := left[i].stream(); !streams[stream] {
			streams[stream] = true
			if e.differs(&left[i]) == "" {
				return i, ""
			}
		}
	}
	return 0, e.differs(&left[0])
}

func publicationFailure(i, line int, expected, got string, all []published) Failure {
	f := Failure{Line: line, What: fmt.Sprintf("publication %d", i+1), Expected: expected, Got: got}
	for j := range all {
		f.Explanation = append(f.Explanation, check.Line{Name: fmt.Sprintf("record %d", j+1), Text: all[j].text()})
	}
	return f
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}
