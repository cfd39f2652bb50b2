package kafka

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"
)

// Config says how to reach the brokers. Brokers is required; every other field
// has a default.
type Config struct {
	Brokers  []string // HOST:PORT, one that answers is enough
	ClientID string   // what brokers log about us; default "consentstream"
	TLS      *tls.Config
	SASL     SASL

	// RequestTimeout is how long one request may take before it counts as
	// unanswered; default 10 s. Requests that wait on purpose (Fetch,
	// JoinGroup) get their waiting time on top.
	RequestTimeout time.Duration
	// RetryFor bounds the repetitions of one request inside a transaction;
	// default 60 s. A dead broker needs about 10 s to be replaced, a marker
	// that waits for it as long again.
	RetryFor time.Duration

	// MaxBatchBytes is where a record batch is cut, before compression;
	// default 900,000, which fits the default max.message.bytes of a topic.
	// A larger record gets a batch to itself.
	MaxBatchBytes int
	Compression   Compression // of what is produced; default none

	Logger *slog.Logger
	// Observe, if set, is told every request that was answered or lost. It
	// is called from many goroutines and must be quick.
	Observe func(Call)
}

// Call is one request, for metrics.
type Call struct {
	API  string
	Took time.Duration
	Lost bool // no answer came
}

// SASL is how to log in; the zero value does not.
type SASL struct {
	Mechanism string // PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, or "" for none
	Username  string
	Password  string
}

// withDefaults fills what is not set.
func (c Config) withDefaults() Config {
	if c.ClientID == "" {
		c.ClientID = "consentstream"
	}
	if c.RequestTimeout <= 0 {
		c.RequestTimeout = 10 * time.Second
	}
	if c.RetryFor <= 0 {
		c.RetryFor = 60 * time.Second
	}
	if c.MaxBatchBytes <= 0 {
		c.MaxBatchBytes = 900_000
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Observe == nil {
		c.Observe = func(Call) {}
	}
	return c
}

// validate tells what of the configuration cannot work.
func (c Config) validate() error {
	if len(c.Brokers) == 0 {
		return fmt.Errorf("no broker is configured: give at least one HOST:PORT")
	}
	for _, b := range c.Brokers {
		if _, _, err := net.SplitHostPort(b); err != nil {
			return fmt.Errorf("broker %q is not HOST:PORT: %w", b, err)
		}
	}
	if !c.Compression.valid() {
		return fmt.Errorf("compression %d is unknown: choose none, gzip, snappy, lz4 or zstd", c.Compression)
	}
	return nil
}

// mechanism is the login for kafka-go, nil for none.
func (s SASL) mechanism() (sasl.Mechanism, error) {
	switch s.Mechanism {
	case "":
		if s.Username != "" || s.Password != "" {
			return nil, fmt.Errorf("a SASL user is configured but no mechanism: choose PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512")
		}
		return nil, nil
	case "PLAIN":
		return plain.Mechanism{Username: s.Username, Password: s.Password}, nil
	case "SCRAM-SHA-256":
		return scram.Mechanism(scram.SHA256, s.Username, s.Password)
	case "SCRAM-SHA-512":
		return scram.Mechanism(scram.SHA512, s.Username, s.Password)
	}
	return nil, fmt.Errorf("SASL mechanism %q is not supported: choose PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512", s.Mechanism)
}
