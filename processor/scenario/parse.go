package scenario

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"consentstream/processor/check"
	"consentstream/schemas"
	"consentstream/state"
	"consentstream/state/policy"
	"consentstream/state/policy/strict"
	"consentstream/state/rules"
)

// onlyContact is the id of the contact in a scenario that names none.
const onlyContact = "contact"

const defaultController = "default"

// Parse reads the scenarios of a file; name stands in errors, which are
// *strict.Error.
func Parse(name string, data []byte) ([]*Scenario, error) {
	docs, err := strict.Documents(name, data)
	if err != nil {
		return nil, err
	}
	scenarios := make([]*Scenario, len(docs))
	for i, doc := range docs {
		if scenarios[i], err = parseScenario(doc); err != nil {
			return nil, err
		}
	}
	return scenarios, nil
}

// parser reads one document.
type parser struct {
	s    *Scenario
	m    *strict.Map
	zone *time.Location // of instants with no offset
}

func parseScenario(doc strict.Node) (*Scenario, error) {
	m, err := doc.Map()
	if err != nil {
		return nil, err
	}
	p := &parser{s: &Scenario{File: doc.File(), Line: doc.Line()}, m: m}
	for _, part := range []func() error{p.head, p.policy, p.given, p.when, p.publishes, m.Done} {
		if err := part(); err != nil {
			return nil, err
		}
	}
	return p.s, nil
}

func (p *parser) head() error {
	id, err := p.m.Need("id")
	if err != nil {
		return err
	}
	if p.s.ID, err = id.String(); err != nil || p.s.ID == "" {
		return strict.Keyed("id", id.Expected("a text that names the scenario"))
	}
	if err := p.m.Text("name", &p.s.Name); err != nil {
		return err
	}
	list, ok := p.m.Take("rules")
	if !ok {
		return nil
	}
	p.s.Rules, err = texts(list)
	return strict.Keyed("rules", err)
}

func texts(n strict.Node) ([]string, error) {
	nodes, err := n.List()
	if err != nil {
		return nil, err
	}
	list := make([]string, len(nodes))
	for i, node := range nodes {
		if list[i], err = node.String(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// policy reads overrides of the default policy, or whole versions.
func (p *parser) policy() (err error) {
	p.s.policy = rules.Default()
	if n, ok := p.m.Take("policy"); ok && !n.IsNull() {
		p.s.policy, err = readPolicy(n)
	}
	p.zone = p.s.policy.Versions[0].Settings.TimeZone
	return strict.Keyed("policy", err)
}

func readPolicy(n strict.Node) (*rules.Policy, error) {
	m, err := n.Map()
	if err != nil {
		return rules.Default(), err
	}
	if _, whole := m.Take("versions"); whole {
		p, err := policy.FromNode(n)
		if err != nil {
			return rules.Default(), err
		}
		return p, nil
	}
	p, err := policy.Overrides(n)
	if err != nil {
		return rules.Default(), err
	}
	return p, nil
}

func (p *parser) given() error {
	list, ok := p.m.Take("given")
	if !ok || list.IsNull() {
		return nil
	}
	nodes, err := list.List()
	if err != nil {
		return strict.Keyed("given", err)
	}
	for i, n := range nodes {
		g, err := p.fact(n, i+1)
		if err != nil {
			return err
		}
		p.s.given = append(p.s.given, g)
	}
	return nil
}

// fact reads {topic: record}.
func (p *parser) fact(n strict.Node, position int) (given, error) {
	m, err := n.Map()
	if err != nil {
		return given{}, strict.Keyed("given", err)
	}
	entries := m.Entries()
	if len(entries) != 1 {
		return given{}, n.Errorf("given: expected one topic with its record, found %d keys", len(entries))
	}
	topic, ok := state.ParseTopic(entries[0].Key)
	if !ok {
		return given{}, entries[0].At.Errorf("given: unknown topic %q: expected one of %s", entries[0].Key, strings.Join(state.TopicSymbols(), ", "))
	}
	return p.record(topic, entries[0].Value, position)
}

func (p *parser) record(topic state.Topic, n strict.Node, position int) (given, error) {
	plain, err := n.Plain()
	if err != nil {
		return given{}, strict.Keyed(topic.String(), err)
	}
	fields, ok := plain.(map[string]any)
	if !ok {
		return given{}, strict.Keyed(topic.String(), n.Expected("a record (field: value)"))
	}
	// A fact with no id of its own is known by its place in the list.
	defaults := schemas.Defaults{EventID: fmt.Sprintf("#%d", position), Contact: onlyContact}
	r, err := schemas.FactFromMap(topic, fields, p.zone, defaults)
	if err != nil {
		return given{}, recordError(n, topic, err)
	}
	return given{r.Key, r.Fact}, nil
}

// recordError gives an error about a record the line of the field it names.
func recordError(n strict.Node, topic state.Topic, err error) error {
	var e *schemas.RecordError
	if !errors.As(err, &e) {
		return n.Errorf("%s: %v", topic, err)
	}
	text := e.Reason
	if e.Field != "" {
		text = e.Field + ": " + text
	}
	return n.Field(placeOf(e)).Errorf("%s: %s", topic, text)
}

// placeOf is the path of what a record error is about.
func placeOf(e *schemas.RecordError) string {
	list, rest, nested := strings.Cut(e.Field, ".")
	path := []string{list}
	if e.Item > 0 {
		path = append(path, strconv.Itoa(e.Item))
	}
	if nested {
		path = append(path, rest)
	}
	if e.Unknown != "" {
		path = append(path, e.Unknown)
	}
	return strings.TrimPrefix(strings.Join(path, "."), ".")
}

func (p *parser) when() error {
	list, ok := p.m.Take("when")
	if !ok || list.IsNull() {
		return nil
	}
	nodes, err := list.List()
	if err != nil {
		return strict.Keyed("when", err)
	}
	for _, n := range nodes {
		a, err := p.ask(n)
		if err != nil {
			return strict.Keyed("when", err)
		}
		p.s.when = append(p.s.when, a)
	}
	return nil
}

func (p *parser) ask(n strict.Node) (ask, error) {
	m, err := n.Map()
	if err != nil {
		return ask{}, err
	}
	a := ask{line: n.Line(), question: rules.Question{Family: check.DefaultFamily}}
	if a.at, err = p.instant(m, "at", true); err != nil {
		return a, err
	}
	if m.Len() == 1 {
		return a, nil // it only moves the clock
	}
	if a.known, err = p.instant(m, "known_at", false); err != nil {
		return a, err
	}
	if a.known == state.Unset {
		a.known = a.at
	}
	return p.options(m, a)
}

// options reads what a decision asks and expects.
func (p *parser) options(m *strict.Map, a ask) (ask, error) {
	a.key = state.Key{Controller: defaultController}
	professional, q := true, &a.question
	err := firstError(
		m.Text("controller", &a.key.Controller), m.Text("contact_id", &a.key.Contact),
		m.Text("family", &q.Family), m.Text("brand", &q.Brand), m.Text("order_ref", &q.OrderRef),
		m.Flag("incentive", &q.Incentive), m.Flag("promotional_content", &q.PromotionalContent),
		m.Flag("professional", &professional), addressKey(m, &a.address), p.channel(m, q), p.expect(m, &a), m.Done(),
	)
	if err != nil {
		return a, err
	}
	q.Unprofessional = !professional
	if a.key.Contact == "" {
		if a.key.Contact, err = p.soleContact(m); err != nil {
			return a, err
		}
	}
	return a, nil
}

// firstError returns the first error there is: one fault at a time reads best.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func addressKey(m *strict.Map, into **string) error {
	n, ok := m.Take("address_key")
	if !ok {
		return nil
	}
	address, err := n.String()
	*into = &address
	return strict.Keyed("address_key", err)
}

// soleContact returns the contact that every fact is about.
func (p *parser) soleContact(m *strict.Map) (string, error) {
	contact := ""
	for i := range p.s.given {
		switch c := p.s.given[i].key.Contact; contact {
		case "", c:
			contact = c
		default:
			return "", m.Errorf("expected contact_id, because the facts are about several contacts")
		}
	}
	if contact == "" {
		contact = onlyContact
	}
	return contact, nil
}

func (p *parser) channel(m *strict.Map, q *rules.Question) error {
	n, err := m.Need("channel")
	if err != nil {
		return err
	}
	symbol, err := n.OneOf(symbols(check.Channels)...)
	q.Channel, _ = state.ParseChannel(symbol)
	return strict.Keyed("channel", err)
}

func (p *parser) expect(m *strict.Map, a *ask) error {
	n, err := m.Need("expect")
	if err != nil {
		return err
	}
	kinds, err := n.Map()
	if err != nil {
		return strict.Keyed("expect", err)
	}
	for _, e := range kinds.Entries() {
		kind, err := messageKind(e.At)
		if err != nil {
			return err
		}
		o, err := readOutcome(e.Value)
		if err != nil {
			return strict.Keyed(e.Key, err)
		}
		a.expect = append(a.expect, expectation{kind, o})
	}
	if len(a.expect) == 0 {
		return n.Errorf("expected at least one message kind")
	}
	return nil
}

func messageKind(n strict.Node) (state.MessageKind, error) {
	symbol, err := n.OneOf(symbols(check.Kinds)...)
	kind, _ := state.ParseMessageKind(symbol)
	return kind, err
}

// readOutcome reads "allow", "deny" or "n/a", optionally followed by a reason.
func readOutcome(n strict.Node) (outcome, error) {
	text, err := n.String()
	if err != nil {
		return outcome{}, err
	}
	verdict, reason, given := strings.Cut(text, " ")
	o := outcome{verdict: verdict}
	if !slices.Contains([]string{verdictAllow, verdictDeny, verdictNA}, verdict) || given && verdict == verdictNA {
		return o, n.Expected("allow, deny or n/a, and for the first two a reason or none")
	}
	if given {
		known := false
		if o.reason, known = state.ParseReason(reason); !known || o.reason == state.ReasonNone {
			return o, n.Errorf("unknown reason %q: expected a symbol of the reason list such as OBJECTED", reason)
		}
	}
	return o, nil
}

// instant reads an instant; state.Unset where an optional one is not there.
func (p *parser) instant(m *strict.Map, key string, needed bool) (state.Instant, error) {
	n, ok := m.Take(key)
	if !ok {
		if needed {
			return 0, m.Errorf("expected the key %s", key)
		}
		return state.Unset, nil
	}
	text, err := n.String()
	at, bareDate, parseErr := schemas.ParseTime(text, p.zone)
	if err != nil || parseErr != nil || bareDate {
		return 0, strict.Keyed(key, n.Expected(`a date and time such as "2026-11-22T10:00"`))
	}
	return at, nil
}

func symbols[T fmt.Stringer](values []T) []string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = v.String()
	}
	return list
}
