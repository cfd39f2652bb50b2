package replay

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"

	"consentstream/schemas"
	"consentstream/state"
)

// taker is what records go to, in the order of their file.
type taker interface {
	// fact takes a record. The datum is its Avro bytes by the current schema,
	// nil when there are none at hand. Both are valid during the call.
	fact(r *schemas.Record, datum []byte) error
	// unreadable takes a record on unsubscribes that may be of the contact.
	unreadable(contact, id string, at state.Instant) error
}

// reader reads the records of one file after the other into a taker.
type reader struct {
	options *Options
	taker   taker
	tally   *tally

	// Of the current file.
	name    string
	number  int64         // of the current record
	last    state.Instant // recorded_at of the last good record, Unset = none yet
	waiting []denial      // for an instant
}

// denial is an unreadable record whose instant is not known yet.
type denial struct{ contact, id string }

// Bytes that tell what a file is, whatever its name.
var (
	containerMagic = []byte("Obj\x01")
	gzipMagic      = []byte{0x1f, 0x8b}
	byteOrderMark  = []byte("\uFEFF")
)

const readBuffer = 256 << 10

// file reads one file to its end.
func (r *reader) file(ctx context.Context, s source) error {
	r.name, r.number, r.last, r.waiting = s.path, 0, state.Unset, r.waiting[:0]
	in, err := r.open(s)
	if err != nil {
		return fmt.Errorf("input: %w", err)
	}
	defer in.Close()
	if err := r.content(ctx, bufio.NewReaderSize(&counter{in, r.tally}, readBuffer)); err != nil {
		return r.failed(err)
	}
	return r.deny(schemas.MinInstant)
}

func (r *reader) open(s source) (io.ReadCloser, error) {
	if s.path == Stdin {
		return io.NopCloser(r.options.Stdin), nil
	}
	return os.Open(s.path)
}

// failed says which file cannot be read on, and from where.
func (r *reader) failed(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("the file ends too early: %w", err)
	}
	return fmt.Errorf("input %s, after record %d: %w; get the file whole, since what it lost may be a refusal", r.name, r.number, err)
}

// content reads what the first bytes say it is.
func (r *reader) content(ctx context.Context, in *bufio.Reader) error {
	head, err := in.Peek(len(containerMagic))
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch {
	case len(head) == 0 && strings.HasSuffix(r.name, ".avro"):
		return io.ErrUnexpectedEOF // even one with no record has a header
	case bytes.Equal(head, containerMagic):
		return r.container(ctx, in)
	case bytes.HasPrefix(head, gzipMagic):
		unpacked, err := gzip.NewReader(in)
		if err != nil {
			return err
		}
		return r.content(ctx, bufio.NewReaderSize(unpacked, readBuffer))
	}
	return r.lines(ctx, in)
}

// checkEvery is the number of records between two looks at the context.
const checkEvery = 4096

func (r *reader) next(ctx context.Context) error {
	if r.number++; r.number%checkEvery == 0 {
		return ctx.Err()
	}
	return nil
}

// container reads an Avro object container file.
func (r *reader) container(ctx context.Context, in io.Reader) error {
	file, err := schemas.NewOCFReader(in)
	if err != nil {
		return err
	}
	topic := file.Topic()
	for record := new(schemas.Record); ; {
		err := file.Next(record)
		if errors.Is(err, io.EOF) {
			return nil
		}
		var fault *schemas.RecordError
		switch {
		case err == nil && file.Current():
			err = r.take(record, file.Datum())
		case err == nil:
			err = r.take(record, nil)
		case errors.As(err, &fault):
			err = r.bad(topic.String(), err, state.Unset, record.Key.Contact)
		}
		if err = errors.Join(err, r.next(ctx)); err != nil {
			return err
		}
	}
}

// take hands over a good record.
func (r *reader) take(record *schemas.Record, datum []byte) error {
	if record.UnknownKind() && !record.Fact.IsNegative() {
		r.tally.ignore()
		return nil
	}
	r.last = record.Fact.RecordedAt
	if len(r.waiting) > 0 {
		if err := r.deny(r.last); err != nil {
			return err
		}
	}
	return r.taker.fact(record, datum)
}

// bad reports a record that cannot be used. On unsubscribes it denies marketing
// to the contacts that it could be about: the key's and the one it names.
func (r *reader) bad(topic string, err error, at state.Instant, contacts ...string) error {
	b := BadRecord{File: r.name, Number: r.number + 1, Topic: topic, Err: err}
	if topic == state.TopicUnsubscribes.String() || topic == "" {
		contacts = possible(contacts)
		b.Denied = len(contacts) > 0
		b.Anybody = !b.Denied
	} else {
		contacts = nil
	}
	r.lose(&b)
	r.tally.bad(b, len(contacts))
	for _, contact := range contacts {
		r.waiting = append(r.waiting, denial{strings.Clone(contact), fmt.Sprintf("%s/%s/%d", state.TopicUnsubscribes, base(r.name), b.Number)})
	}
	switch {
	case at != state.Unset:
		return r.deny(at)
	case r.last != state.Unset:
		return r.deny(r.last)
	}
	return nil
}

// lose counts what a broken block of a container file takes with it. Nobody can
// tell whose records those were, and among signups there are refusals too.
func (r *reader) lose(b *BadRecord) {
	var block *schemas.BlockError
	if !errors.As(b.Err, &block) {
		return
	}
	b.Lost = int64(block.Lost)
	b.Anybody = b.Anybody || b.Topic == state.TopicUnsubscribes.String() || b.Topic == state.TopicSignups.String()
	r.number += b.Lost
}

// deny hands over the unreadable records that wait, with an instant at which
// they were known at the latest. Where a record says none, that is when the
// record before it in the file was recorded, at the start of a file the one
// after it, and where there is no other the earliest that can be.
func (r *reader) deny(at state.Instant) error {
	for _, d := range r.waiting {
		if err := r.taker.unreadable(d.contact, d.id, at); err != nil {
			return err
		}
	}
	r.waiting = r.waiting[:0]
	return nil
}

// possible keeps the contacts that a record could name, each once.
func possible(contacts []string) (kept []string) {
	for _, c := range contacts {
		if c != "" && len(c) <= schemas.MaxContact && utf8.ValidString(c) && !strings.Contains(c, "|") && (len(kept) == 0 || kept[0] != c) {
			kept = append(kept, c)
		}
	}
	return kept
}

// base is the last element of a path, cut to what an id may hold.
func base(path string) string {
	path = path[strings.LastIndexAny(path, `/\`)+1:]
	return path[:min(len(path), 64)]
}
