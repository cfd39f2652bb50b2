package schemas_test

import (
	"fmt"
	"time"

	"consentstream/schemas"
	"consentstream/state"
)

// A fact as people write it becomes bytes as producers send them, and a fact
// again.
func Example() {
	written, err := schemas.FactFromMap(state.TopicUnsubscribes, map[string]any{
		"event_id": "e1", "contact_id": "c1", "occurred_at": "2026-03-20", "kind": "OBJECTION", "channels": []any{"SMS"},
	}, time.UTC, schemas.Defaults{})
	if err != nil {
		fmt.Println(err)
		return
	}
	encoder, err := schemas.NewEncoder()
	if err != nil {
		fmt.Println(err)
		return
	}
	value, err := encoder.Record(nil, state.TopicUnsubscribes, &written)
	if err != nil {
		fmt.Println(err)
		return
	}
	var read schemas.Record
	if err := schemas.NewDecoder().Decode(state.TopicUnsubscribes, value, state.Unset, &read); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(read.Key.Contact, read.Fact.Unsubscribe.Kind, read.Fact.OccurredAt, read.Fact.Precision)
	// Output: c1 OBJECTION 2026-03-20T00:00:00.000Z DAY
}

// An error names record, field and reason, and never a value.
func ExampleRecordError() {
	_, err := schemas.FactFromMap(state.TopicClicks, map[string]any{
		"event_id": "e1", "contact_id": "c|1", "occurred_at": "2026-03-20T10:00", "kind": "CLICK", "actor": "HUMAN",
	}, time.UTC, schemas.Defaults{})
	fmt.Println(err)
	// Output: Click.contact_id: must not contain '|'
}
