package kafka

import (
	"errors"
	"fmt"
)

// What a caller must do differently; see the package comment.
var (
	// ErrFenced tells that another producer owns the transactional id. The
	// task must stop; only a new generation may take it over again.
	ErrFenced = errors.New("fenced: another owner has taken over the transactional id")

	// ErrGenerationOver tells that the group has moved on. The transaction
	// was aborted; the task must stop, and Member.Next tells what comes.
	ErrGenerationOver = errors.New("the group generation is over")

	// ErrReset tells that the transaction was refused, or that its outcome
	// was unknown, and that it is settled now, one way or the other. The
	// caller drops what it has not applied, reads the committed offsets and
	// the changelog again, and goes on with the same Producer.
	ErrReset = errors.New("the transaction was reset: read offsets and changelog again")

	// ErrRefused tells that the brokers will not take these records, or not
	// from us: a record is too large, a right is missing, a topic forbids it.
	// The transaction was aborted. Doing the same again fails the same way.
	ErrRefused = errors.New("refused by the broker")

	// ErrFencedInstance tells that another process joined the group with the
	// same instance id.
	ErrFencedInstance = errors.New("another process has joined the group with the same instance id: give each instance its own state directory or --instance-id")

	// ErrOffsetOutOfRange tells that a position is below the start of its
	// partition's log or past its end.
	ErrOffsetOutOfRange = errors.New("offset out of range")

	// ErrUnfitBroker tells that a broker lacks what this package needs.
	ErrUnfitBroker = errors.New("the broker cannot serve this program")

	// ErrClosed is returned after Close.
	ErrClosed = errors.New("closed")
)

// Error is an error code that a broker answered.
type Error struct {
	API  string // the request, as the Kafka protocol names it
	Of   string // what the request was about: a topic partition, a group, ...
	Code Code
}

// Error tells the request, its subject, the code and what to do about it.
func (e *Error) Error() string {
	s := fmt.Sprintf("%s of %s: %s", e.API, e.Of, e.Code)
	if a := e.advice(); a != "" {
		s += ": " + a
	}
	return s
}

// advice tells what a person can do, "" when it passes by itself.
func (e *Error) advice() string {
	if e.API == "DescribeConfigs" && e.Code == codeTopicAuthorization {
		return "grant this principal DESCRIBE_CONFIGS on the topic"
	}
	return e.Code.advice()
}

// Is makes errors.Is(err, ErrOffsetOutOfRange) and errors.Is(err,
// ErrFencedInstance) work on answered codes.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrOffsetOutOfRange:
		return e.Code == codeOffsetOutOfRange
	case ErrFencedInstance:
		return e.Code == codeFencedInstanceID
	}
	return false
}

// answer turns a code into an error, nil for 0.
func answer(api, of string, code int16) error {
	if code == 0 {
		return nil
	}
	return &Error{API: api, Of: of, Code: Code(code)}
}

// codeOf is the code inside err, 0 when no broker answered one.
func codeOf(err error) Code {
	if e := (*Error)(nil); errors.As(err, &e) {
		return e.Code
	}
	return 0
}

// TransportError tells that a request got no answer; it may have been carried out.
type TransportError struct {
	API string
	Err error
}

// Error tells the request and why there is no answer.
func (e *TransportError) Error() string { return fmt.Sprintf("%s: no answer: %v", e.API, e.Err) }

// Unwrap returns why there is no answer.
func (e *TransportError) Unwrap() error { return e.Err }

// Retriable tells whether the same request may succeed later with no change:
// the broker is away, a leader or coordinator moves, a marker is being written.
// It is false for what a person has to change (rights, credentials, topics that
// break a rule) and for the named errors of this package.
func Retriable(err error) bool {
	var t *TransportError
	switch {
	case isNamed(err):
		return false // whatever it wraps: the caller must do something first
	case errors.As(err, &t):
		return !needsPerson(t.Err)
	case codeOf(err) != 0:
		return codeOf(err).retriable()
	}
	return false
}

func isNamed(err error) bool {
	for _, named := range []error{ErrFenced, ErrGenerationOver, ErrReset, ErrRefused, ErrFencedInstance, ErrOffsetOutOfRange, ErrUnfitBroker, ErrClosed} {
		if errors.Is(err, named) {
			return true
		}
	}
	return false
}

// leaderMoved tells errors after which partition leaders are looked up again.
func leaderMoved(err error) bool {
	var lost *TransportError
	return errors.As(err, &lost) || codeOf(err).movesLeader()
}
