package schemas

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"time"

	"consentstream/state"
)

var (
	errTrailing = errors.New("there are bytes after the record")
	errRefused  = errors.New("the codec refuses the bytes")
	errNoFrame  = errors.New("expected C3 01 and a fingerprint, or 00 and a registry id")
)

// Decoder reads the values of Kafka records. It is safe for concurrent use.
type Decoder struct {
	writers *writers
}

// Option changes how a Decoder is made.
type Option func(*writers)

// WithRegistry lets the Decoder look up the schemas that records name by id.
// What it answers is kept for ever: an id never changes its schema.
func WithRegistry(r Registry) Option { return func(w *writers) { w.registry = r } }

// WithLookup bounds one look-up in the registry, by a context that ends with
// the program and a time; the default is no context and five seconds.
func WithLookup(ctx context.Context, timeout time.Duration) Option {
	return func(w *writers) { w.ctx, w.timeout = ctx, timeout }
}

// NewDecoder returns a Decoder that knows the schemas of this version.
func NewDecoder(options ...Option) *Decoder {
	w := newWriters()
	for _, option := range options {
		option(w)
	}
	return &Decoder{writers: w}
}

// AddWriterSchema makes records in single-object encoding readable whose
// schema is not among ours: an earlier or a later version of one of the
// records, given as .avsc text. It is an error when our schema cannot read it.
func (d *Decoder) AddWriterSchema(avsc string) error { return d.writers.add(avsc) }

// Decode reads one value of an input topic into a Record that is used again.
// The strings in it alias value. The timestamp is that of the Kafka record,
// state.Unset when there is none; RecordedAt is never later.
//
// Any error is a *RecordError. When it wraps ErrRegistryUnavailable the same
// bytes may decode later; otherwise they never will, and into.Key holds what
// could be read of the key.
func (d *Decoder) Decode(topic state.Topic, value []byte, timestamp state.Instant, into *Record) error {
	s := OfTopic(topic)
	c, err := d.open(s, value)
	if err != nil {
		into.reset(topic)
		return err
	}
	c.record(topic, into, timestamp)
	return c.finish(s)
}

// EligibilityChanged reads one value of the topic of that name. It shares
// nothing with value.
func (d *Decoder) EligibilityChanged(value []byte, into *state.EligibilityChanged) error {
	s := eligibilitySchema
	c, err := d.open(s, bytes.Clone(value))
	if err != nil {
		return err
	}
	c.eligibility(into)
	return c.finish(s)
}

// RetentionExpiry reads one value of the topic of that name. It shares
// nothing with value.
func (d *Decoder) RetentionExpiry(value []byte, into *state.RetentionExpiry) error {
	s := retentionSchema
	c, err := d.open(s, bytes.Clone(value))
	if err != nil {
		return err
	}
	c.retention(into)
	return c.finish(s)
}

// finish refuses bytes after the record and returns what was wrong.
func (c *cursor) finish(s *Schema) error {
	if c.broken == nil && c.pos != len(c.buf) {
		c.broken = errTrailing
	}
	if c.broken == nil && !c.violated {
		return nil
	}
	return c.err(s)
}

// open recognises what stands before the Avro bytes and returns a cursor over
// bytes of the current schema.
func (d *Decoder) open(s *Schema, value []byte) (cursor, error) {
	if len(value) >= 10 && value[0] == 0xC3 && value[1] == 0x01 {
		fingerprint := binary.LittleEndian.Uint64(value[2:])
		if fingerprint == s.Fingerprint {
			return cursor{buf: value[10:]}, nil
		}
		p, err := d.writers.byFingerprint(s, fingerprint)
		if err != nil {
			return cursor{}, err
		}
		return p.read(value[10:])
	}
	if id, ok := RegistryID(value); ok {
		p, err := d.writers.byID(s, id)
		if err != nil {
			return cursor{}, err
		}
		return p.read(value[5:])
	}
	return cursor{}, s.fault(FaultUndecodable, "", "the value is not framed", errNoFrame)
}
