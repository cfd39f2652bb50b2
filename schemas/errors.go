package schemas

import (
	"errors"
	"fmt"
	"strings"
)

// Fault says in one word why a record cannot be used; it labels metrics.
type Fault string

// The faults. All but FaultRegistry mean the dead letters.
const (
	FaultUndecodable   Fault = "undecodable"    // the bytes are no record of their schema
	FaultUnknownSchema Fault = "unknown_schema" // the writer's schema is not known or not readable
	FaultMissing       Fault = "missing"        // a required field or id is missing or empty
	FaultTimestamp     Fault = "timestamp"      // an instant that cannot be
	FaultTooLong       Fault = "too_long"       // a string or array over its limit
	FaultInvalid       Fault = "invalid"        // any other value that cannot be
	FaultKey           Fault = "key"            // the record key contradicts contact_id
	FaultRegistry      Fault = "registry"       // the registry does not answer: try again
)

// ErrRegistryUnavailable is wrapped by errors that say nothing about the
// record: the registry did not answer, and the same bytes may decode later.
// Every other error of Decode is final for these bytes.
var ErrRegistryUnavailable = errors.New("the schema registry does not answer")

// RecordError says which record and field cannot be used and why. It never
// holds a value of the record, so that it may be logged.
type RecordError struct {
	Topic  string // default name of the topic, "" when it is not known
	Record string // name of the record
	Field  string // path of the field, as in notice.channels; "" = the record as a whole
	Reason string // what was expected, for people
	Fault  Fault
	Err    error // the cause, may be nil

	// Where in a text it is, for values that were written by hand.
	Item    int    // of the list that Field begins with, from 1; 0 = it is none, or not known
	Unknown string // a field that is not in the schema; it stands in what Field names
}

// Error puts record, field, reason and cause in one line.
func (e *RecordError) Error() string {
	var b strings.Builder
	b.WriteString(e.Record)
	if e.Record == "" {
		b.WriteString("record")
	}
	if e.Field != "" {
		b.WriteString("." + e.Field)
	}
	b.WriteString(": " + e.Reason)
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *RecordError) Unwrap() error { return e.Err }

// Retry tells that the record may decode later, unchanged: it must not go to
// the dead letters.
func (e *RecordError) Retry() bool { return errors.Is(e.Err, ErrRegistryUnavailable) }

// BlockError is the cause of a RecordError that costs more than its record: in
// the block of a container file the place of the next record is not known, or
// bytes are left that belong to none. Whose records those were nobody can tell.
type BlockError struct {
	Lost int // records after the one that cannot be read
	Err  error
}

// Error says how many records are lost.
func (e *BlockError) Error() string {
	if e.Lost == 0 {
		return e.Err.Error()
	}
	return fmt.Sprintf("%d records after it in its block are lost with it: %v", e.Lost, e.Err)
}

// Unwrap returns what is wrong with the bytes.
func (e *BlockError) Unwrap() error { return e.Err }

func (s *Schema) fault(f Fault, field, reason string, cause error) *RecordError {
	return &RecordError{Topic: s.Topic, Record: s.Name, Field: field, Reason: reason, Fault: f, Err: cause}
}
