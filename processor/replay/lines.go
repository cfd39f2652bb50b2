package replay

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"consentstream/schemas"
	"consentstream/state"
)

// maxLine bounds one line in bytes; a record within its limits is far smaller.
const maxLine = 4 << 20

var errLongLine = fmt.Errorf("the line is longer than %d bytes", maxLine)

// lines reads JSON lines. Empty ones are passed over.
func (r *reader) lines(ctx context.Context, in *bufio.Reader) error {
	if head, _ := in.Peek(len(byteOrderMark)); bytes.Equal(head, byteOrderMark) {
		_, _ = in.Discard(len(byteOrderMark))
	}
	var buf []byte
	for {
		line, err := readLine(in, buf[:0])
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return nil
		}
		buf = line
		switch {
		case errors.Is(err, errLongLine):
			err = r.bad("", err, state.Unset)
		case err != nil && !errors.Is(err, io.EOF):
			return err
		default:
			err = r.line(bytes.TrimSpace(line))
		}
		if err = errors.Join(err, r.next(ctx)); err != nil {
			return err
		}
	}
}

// readLine appends a line to buf. Of one that is too long the rest is passed
// over.
func readLine(in *bufio.Reader, buf []byte) (line []byte, err error) {
	long := false
	for {
		part, err := in.ReadSlice('\n')
		if long = long || len(buf)+len(part) > maxLine; !long {
			buf = append(buf, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case long && (err == nil || errors.Is(err, io.EOF)):
			return buf[:0], errLongLine
		default:
			return buf, err
		}
	}
}

// line takes one line, without its line break.
func (r *reader) line(text []byte) error {
	if len(text) == 0 {
		return nil
	}
	var parser schemas.JSON // counts lines by itself; ours are counted here
	l, err := parser.ParseLine(text, r.options.Location)
	if at := new(schemas.LineError); errors.As(err, &at) {
		err = at.Err
	}
	topic, input := state.ParseTopic(l.Topic)
	switch {
	case err != nil:
	case !input:
		return nil // what was published says nothing new
	case l.Tombstone:
		err = errors.New("the value is null; a record was expected")
	default:
		if err = schemas.CheckKey(l.Key, l.Record.Key.Contact); err == nil {
			return r.take(l.Record, nil)
		}
	}
	named := ""
	if l.Record != nil {
		named = l.Record.Key.Contact
	}
	if l.Topic != "" && !input {
		return r.bad(l.Topic, err, state.Unset) // a published record that is broken
	}
	if l.Topic == "" {
		return r.bad("", err, l.Timestamp)
	}
	return r.bad(topic.String(), err, l.Timestamp, string(l.Key), named)
}
