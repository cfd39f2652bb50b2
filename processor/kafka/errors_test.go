package kafka

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	kafkago "github.com/segmentio/kafka-go"
)

func TestRetriable(t *testing.T) {
	lost := &TransportError{API: "Fetch", Err: io.ErrUnexpectedEOF}
	for _, err := range []error{
		lost, fmt.Errorf("gave up: %w", lost), answer("Fetch", "t/0", 6), fmt.Errorf("more: %w", answer("EndTxn", "id", 51)),
		&TransportError{API: "Fetch", Err: context.DeadlineExceeded}, &TransportError{API: "Fetch", Err: kafkago.BrokerNotAvailable},
	} {
		if !Retriable(err) {
			t.Errorf("%v is not retriable", err)
		}
	}
	for _, err := range []error{
		nil, context.Canceled, io.EOF, answer("Fetch", "t/0", 29), answer("JoinGroup", "g", 82), answer("Fetch", "t/0", 1), &UnequalPartitionsError{},
		fmt.Errorf("%w: %w", ErrFenced, lost), fmt.Errorf("%w: %w", ErrReset, lost), fmt.Errorf("%w: %w", ErrRefused, lost),
		fmt.Errorf("%w: %w", ErrGenerationOver, lost), fmt.Errorf("kafka client: %w", ErrClosed),
		&TransportError{API: "Fetch", Err: kafkago.SASLAuthenticationFailed}, &TransportError{API: "Fetch", Err: x509.UnknownAuthorityError{}},
	} {
		if Retriable(err) {
			t.Errorf("%v is retriable", err)
		}
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	for code, want := range map[int16]string{
		1: "start again to be told", 82: "its own state directory", 10: "raise max.message.bytes", 29: "grant this principal READ, WRITE", 53: "on the transactional id", 26: "group.min.session.timeout.ms", 23: "choose another group name",
	} {
		if err := answer("API", "this", code); !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), fmt.Sprintf("(%d)", code)) {
			t.Errorf("%d: %q, want %q and the number", code, err, want)
		}
	}
	if !errors.Is(answer("Fetch", "t/0", 1), ErrOffsetOutOfRange) || !errors.Is(answer("Heartbeat", "g", 82), ErrFencedInstance) {
		t.Error("a code is not its named error")
	}
	if answer("Fetch", "t/0", 0) != nil {
		t.Error("0 is an error")
	}
	if got := Code(105).String(); !strings.Contains(got, "105") {
		t.Errorf("a code without a name: %q", got)
	}
}
