package scenario

import (
	"fmt"
	"slices"
	"strings"

	"consentstream/processor"
	"consentstream/processor/check"
	"consentstream/state"
	"consentstream/state/policy/strict"
)

// publication is one entry of publishes.
type publication struct {
	line int
	// fields are what the record must hold, by the names of the record, as
	// fieldsOf prints them.
	fields map[string]string
	rows   []rowExpectation
	// address and brand are those of the rows; a nil address = the only one.
	address *string
	brand   string
}

// rowExpectation is one row that an eligibility record must hold.
type rowExpectation struct {
	channel state.Channel
	kind    state.MessageKind
	outcome outcome
}

// fieldRecord tells which of the two topics a record is on. Files write it as
// the key of what they expect.
const (
	fieldRecord = "record"
	recordElig  = "eligibility"
	recordRet   = "retention"
)

// The fields that an entry may name, by record.
var (
	commonFields  = []string{"contact_id", "controller", "policy_version", "sequence"}
	instantFields = map[string][]string{
		recordElig: {"effective_at", "decided_at", "retention_expires_at"},
		recordRet:  {"due_at", "emitted_at", "last_contact_at", "archive_until"},
	}
	plainFields = map[string][]string{
		recordElig: {"cause", "cause_event_id"},
		recordRet:  {"action", "last_contact_event_id"},
	}
)

// never is how a file writes an instant that is null in the record.
const never = "never"

func (p *parser) publishes() error {
	list, ok := p.m.Take("publishes")
	if !ok {
		return nil
	}
	if len(p.s.when) == 0 {
		return list.Errorf("publishes: expected when with at least one at, because the clock runs to the last one")
	}
	nodes, err := list.List()
	if err != nil {
		return strict.Keyed("publishes", err)
	}
	p.s.listed = true
	for _, n := range nodes {
		e, err := p.publication(n)
		if err != nil {
			return strict.Keyed("publishes", err)
		}
		p.s.publishes = append(p.s.publishes, e)
	}
	return nil
}

func (p *parser) publication(n strict.Node) (publication, error) {
	m, err := n.Map()
	if err != nil {
		return publication{}, err
	}
	e := publication{line: n.Line(), fields: map[string]string{}}
	rows, isEligibility := m.Take(recordElig)
	stage, isRetention := m.Take(recordRet)
	switch {
	case isEligibility == isRetention:
		return e, n.Errorf("expected either eligibility or retention")
	case isEligibility:
		err = p.eligibility(m, rows, &e)
	default:
		err = p.retention(m, stage, &e)
	}
	if err != nil {
		return e, err
	}
	return e, m.Done()
}

func (p *parser) retention(m *strict.Map, stage strict.Node, e *publication) error {
	symbol, err := stage.OneOf(known(state.RetentionStageSymbols())...)
	if err != nil {
		return err
	}
	e.fields[fieldRecord], e.fields["stage"] = recordRet, symbol
	return p.fields(m, recordRet, e.fields)
}

// known leaves out the symbol that stands for later ones.
func known(symbols []string) []string {
	return slices.DeleteFunc(symbols, func(s string) bool { return s == "UNKNOWN" })
}

func (p *parser) eligibility(m *strict.Map, rows strict.Node, e *publication) error {
	e.fields[fieldRecord] = recordElig
	if err := firstError(addressKey(m, &e.address), m.Text("brand", &e.brand), p.fields(m, recordElig, e.fields)); err != nil {
		return err
	}
	entries, err := rows.Map()
	if err != nil {
		return err
	}
	for _, entry := range entries.Entries() {
		row, err := readRow(entry)
		if err != nil {
			return err
		}
		e.rows = append(e.rows, row)
	}
	return nil
}

// readRow reads CHANNEL/KIND: outcome.
func readRow(e strict.Entry) (rowExpectation, error) {
	channel, kind, _ := strings.Cut(e.Key, "/")
	c, okChannel := state.ParseChannel(channel)
	k, okKind := state.ParseMessageKind(kind)
	if !okChannel || !okKind || !slices.Contains(check.Channels, c) || !slices.Contains(check.Kinds, k) {
		return rowExpectation{}, e.At.Expected("a channel and a message kind such as EMAIL/PROMOTIONAL")
	}
	o, err := readOutcome(e.Value)
	return rowExpectation{c, k, o}, strict.Keyed(e.Key, err)
}

// fields reads the optional fields of an entry.
func (p *parser) fields(m *strict.Map, record string, into map[string]string) error {
	for _, name := range instantFields[record] {
		n, ok := m.Take(name)
		switch {
		case !ok:
		case isNever(n):
			into[name] = never
		default:
			at, err := p.instant(m, name, true)
			if err != nil {
				return err
			}
			into[name] = at.String()
		}
	}
	for _, name := range slices.Concat(commonFields, plainFields[record]) {
		n, ok := m.Take(name)
		if !ok {
			continue
		}
		text, err := n.String()
		if err != nil {
			return strict.Keyed(name, err)
		}
		into[name] = text
	}
	return nil
}

func isNever(n strict.Node) bool {
	text, err := n.String()
	return n.IsNull() || err == nil && text == never
}

// published is what a comparison needs of one published record.
type published struct {
	at     state.Instant // of the virtual clock
	fields map[string]string
	rows   []state.Row
}

// stream names the records among which there is an order.
func (p *published) stream() string {
	return p.fields[fieldRecord] + "|" + p.fields["contact_id"] + "|" + p.fields["controller"]
}

// capture copies a publication; refreshes are left out, they are no news.
func capture(p processor.Publication) (published, bool) {
	if r := p.Retention; r != nil {
		return published{at: p.At, fields: retentionFields(r)}, true
	}
	r := p.Eligibility
	if r.Cause.Kind == state.CauseDeadline && len(r.Changed) == 0 {
		return published{}, false
	}
	got := published{at: p.At, fields: eligibilityFields(r), rows: make([]state.Row, len(r.Verdicts))}
	for i := range r.Verdicts {
		got.rows[i] = r.Verdicts[i].Row
	}
	return got, true
}

func retentionFields(r *state.RetentionExpiry) map[string]string {
	return map[string]string{
		fieldRecord: recordRet, "stage": r.Stage.String(), "action": r.Action.String(),
		"contact_id": r.Key.Contact, "controller": r.Key.Controller, "policy_version": r.PolicyVersion,
		"sequence": fmt.Sprint(r.Sequence), "due_at": instantText(r.DueAt), "emitted_at": instantText(r.EmittedAt),
		"last_contact_at": instantText(r.LastContactAt), "last_contact_event_id": r.LastContactEventID,
		"archive_until": instantText(r.ArchiveUntil),
	}
}

func eligibilityFields(r *state.EligibilityChanged) map[string]string {
	return map[string]string{
		fieldRecord: recordElig, "contact_id": r.Key.Contact, "controller": r.Key.Controller, "policy_version": r.PolicyVersion,
		"sequence": fmt.Sprint(r.Sequence), "effective_at": instantText(r.EffectiveAt), "decided_at": instantText(r.DecidedAt),
		"retention_expires_at": instantText(r.RetentionExpiresAt), "cause": r.Cause.Kind.String(), "cause_event_id": r.Cause.EventID,
	}
}

func instantText(i state.Instant) string {
	if i == state.Never || i == state.Unset {
		return never
	}
	return i.String()
}

// differs returns how a published record differs from what an entry asks for,
// "" when it does not.
func (e *publication) differs(got *published) string {
	for _, name := range sortedKeys(e.fields) {
		if got.fields[name] != e.fields[name] {
			return fmt.Sprintf("%s: expected %s, got %s", name, e.fields[name], orNone(got.fields[name]))
		}
	}
	for i := range e.rows {
		row := &e.rows[i]
		if o, text := got.outcome(row, e.address, e.brand); !row.outcome.matches(o) {
			return fmt.Sprintf("%s/%s: expected %s, got %s", row.channel, row.kind, row.outcome, text)
		}
	}
	return ""
}

// outcome returns the row that is asked for; n/a when there is none.
func (p *published) outcome(row *rowExpectation, address *string, brand string) (o outcome, text string) {
	o.verdict, text = verdictNA, "no such row"
	found := 0
	for i := range p.rows {
		r := &p.rows[i]
		if r.Channel != row.channel || r.Kind != row.kind || r.Brand != brand || address != nil && r.Address != *address {
			continue
		}
		found++
		o = outcome{verdictDeny, r.Reason}
		if r.Allowed {
			o.verdict = verdictAllow
		}
		text = o.String()
	}
	if found > 1 {
		return outcome{}, "rows for several addresses: name one with address_key"
	}
	return o, text
}
