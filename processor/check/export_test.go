package check_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"consentstream/processor/check"
	"consentstream/schemas"
	"consentstream/state"
	"consentstream/state/rules"
)

// contact folds records, each a topic and its fields as JSON.
func contact(t *testing.T, records ...string) state.Contact {
	t.Helper()
	c := state.NewContact()
	var parser schemas.JSON
	for i := 0; i < len(records); i += 2 {
		line := fmt.Sprintf(`{"topic":%q,"value":{"event_id":"e%d","contact_id":"c1",%s}}`, records[i], i/2+1, records[i+1])
		l, err := parser.ParseLine([]byte(line), rules.DefaultSettings().TimeZone)
		if err != nil {
			t.Fatal(err)
		}
		c.Add(l.Record.Clone().Fact)
	}
	return c
}

func exportOf(t *testing.T, c *state.Contact) *check.Export {
	t.Helper()
	e, err := check.ExportAll(rules.Default(), c, key, present)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// history prints the events of a record in short.
func history(r *check.ConsentRecord) []string {
	var lines []string
	for _, e := range r.Events {
		lines = append(lines, fmt.Sprintf("%s %s %s/%s %s", e.At.In(time.UTC)[:10], e.State, e.Channel, e.Purpose, e.EventID))
	}
	return lines
}

const (
	yes  = `"kind":"FORM","answers":[{"form":"OPT_IN_BOX","value":"YES","channels":["EMAIL"],"purposes":["NEWSLETTER"],"proof_ref":"form-1"}]`
	stop = `"kind":"UNSUBSCRIBE","method":"ONE_CLICK"`
)

func TestAConsentRecordTellsWhatBecameOfTheAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		records []string
		want    []string
	}{
		"given": {
			[]string{"signups", `"occurred_at":"2026-01-10T10:00",` + yes},
			[]string{"2026-01-10 requested / e1", "2026-01-10 given / e1"},
		},
		"withdrawn, given again, withdrawn": {
			[]string{
				"signups", `"occurred_at":"2026-01-10T10:00",` + yes, "unsubscribes", `"occurred_at":"2026-02-01T10:00",` + stop,
				"signups", `"occurred_at":"2026-03-01T10:00",` + yes, "unsubscribes", `"occurred_at":"2026-04-01T10:00",` + stop,
			},
			[]string{"2026-01-10 requested / e1", "2026-01-10 given / e1", "2026-02-01 withdrawn EMAIL/NEWSLETTER e2"},
		},
		"expired": {
			[]string{"signups", `"occurred_at":"2023-01-10T10:00",` + yes},
			[]string{"2023-01-10 requested / e1", "2023-01-10 given / e1", "2026-01-09 expired EMAIL/NEWSLETTER e1"},
		},
		"proof lost": {
			[]string{"signups", `"occurred_at":"2026-01-10T10:00",` + yes, "unsubscribes", `"occurred_at":"2026-05-01T10:00","kind":"PROOF_LOST","proof_ref":"form-1"`},
			[]string{"2026-01-10 requested / e1", "2026-01-10 given / e1", "2026-05-01 invalidated / e2"},
		},
		"refused": {
			[]string{"signups", `"occurred_at":"2026-01-10T10:00","kind":"FORM","answers":[{"form":"YES_NO","value":"NO","channels":["EMAIL"],"purposes":["NEWSLETTER"],"proof_ref":""}]`},
			[]string{"2026-01-10 requested / e1", "2026-01-10 refused / e1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			folded := contact(t, c.records...)
			e := exportOf(t, &folded)
			if diff := cmp.Diff(c.want, history(&e.Consents[0])); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnExportHoldsEveryFactAsItsRecord(t *testing.T) {
	c := contact(t,
		"signups", `"occurred_at":"2026-01-10T10:00","source":"shop","address_key":"home",`+yes,
		"purchases", `"occurred_at":"2026-01-20T10:00","kind":"ORDERED","order_ref":"O1"`,
		"clicks", `"occurred_at":"2026-01-21T10:00","kind":"OPEN","actor":"HUMAN"`,
	)
	c.Add(state.Fact{
		ID: "secret", Topic: state.TopicUnsubscribes, Address: "home", Forwarded: true, OccurredAt: present, Since: present, RecordedAt: present,
		Unsubscribe: &state.Unsubscribe{},
	})
	e := exportOf(t, &c)
	if len(e.Facts) != 4 || len(e.Consents) != 1 || len(e.Addresses) != 1 {
		t.Fatalf("%d facts, %d consents, %d addresses", len(e.Facts), len(e.Consents), len(e.Addresses))
	}
	var parser schemas.JSON
	for i := range e.Facts {
		f := &e.Facts[i]
		if f.Forwarded != (f.Record == nil) {
			t.Errorf("%s: forwarded %v, record %s", f.EventID, f.Forwarded, f.Record)
		}
		if f.Record == nil {
			continue
		}
		if l, err := parser.ParseLine(f.Record, time.UTC); err != nil || l.Record.Fact.ID != f.EventID {
			t.Errorf("%s reads back as %+v, %v", f.Record, l, err)
		}
	}
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var back check.Export
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
}

func TestReceiptsStayTheSame(t *testing.T) {
	first := contact(t, "signups", `"occurred_at":"2026-01-10T10:00",`+yes)
	later := contact(t, "signups", `"occurred_at":"2026-01-10T10:00",`+yes, "unsubscribes", `"occurred_at":"2026-02-01T10:00",`+stop)
	a, b := exportOf(t, &first).Consents[0], exportOf(t, &later).Consents[0]
	if a.ReceiptID == "" || a.ReceiptID != b.ReceiptID || a.RecordID != "e1/1" || a.CollectedAt != "2026-01-10T10:00:00+01:00" {
		t.Errorf("%+v\n%+v", a, b)
	}
}
