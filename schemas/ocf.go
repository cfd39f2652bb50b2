package schemas

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"consentstream/schemas/internal/container"
	"consentstream/state"
)

// OCFReader reads the records of one Avro object container file of an input
// topic, written with any schema that ours can read and packed by null,
// deflate, snappy or zstandard. It holds one block in memory.
type OCFReader struct {
	file  *container.Reader
	plan  *plan
	topic state.Topic
	in    cursor // over the block
	left  int    // records of the block not read yet
	last  []byte // of the record read last, in the writer's schema
	err   error  // final
}

// NewOCFReader reads the header. An error means that the file is not one of
// ours or cannot be read by this version.
func NewOCFReader(r io.Reader) (*OCFReader, error) {
	file, err := container.NewReader(r)
	if err != nil {
		return nil, err
	}
	p, err := newPlan(file.Schema)
	if err != nil {
		return nil, fmt.Errorf("the schema in the container file: %w", err)
	}
	if !p.reader.Input {
		return nil, fmt.Errorf("the container file holds %s, which is no input", p.reader.Name)
	}
	topic, _ := state.ParseTopic(p.reader.Topic)
	return &OCFReader{file: file, plan: p, topic: topic}, nil
}

// Topic returns the input topic, told by the name of the record in the schema.
func (o *OCFReader) Topic() state.Topic { return o.topic }

// Next reads the next record. Its strings are valid until the next call; a
// caller that keeps them takes a Clone.
//
// A *RecordError is about one record, and the next call goes on after it. At
// the end the error is io.EOF. Any other error is about the file and final.
func (o *OCFReader) Next(into *Record) error {
	if o.left == 0 {
		if err := o.nextBlock(); err != nil {
			return err
		}
	}
	o.left--
	start := o.in.pos
	err := o.decode(into)
	o.last = o.in.buf[start:o.in.pos]
	if o.in.broken != nil {
		return o.lost(err)
	}
	if o.left == 0 && o.in.pos != len(o.in.buf) {
		o.in.broken = errTrailing
		return o.plan.undecodable(&BlockError{Err: errTrailing})
	}
	return err
}

// Datum returns the Avro bytes of the record read last. They are of the
// current schema only when Current tells so, and valid until the next call.
func (o *OCFReader) Datum() []byte { return o.last }

// Current tells that the file is written with the current schema.
func (o *OCFReader) Current() bool { return o.plan.current }

func (o *OCFReader) nextBlock() error {
	if o.err != nil {
		return o.err
	}
	var b container.Block
	if b, o.err = o.file.Next(); o.err != nil {
		return o.err
	}
	o.in = cursor{buf: b.Data}
	o.left = b.Count
	return nil
}

// decode reads one record and leaves the position after it.
func (o *OCFReader) decode(into *Record) error {
	if !o.plan.current {
		return o.resolve(into)
	}
	o.in.violated = false
	o.in.record(o.topic, into, state.Unset)
	return o.in.err(o.plan.reader)
}

func (o *OCFReader) resolve(into *Record) error {
	rest, err := o.plan.writer.Skip(o.in.buf[o.in.pos:])
	if err != nil {
		into.reset(o.topic)
		o.in.fail(err)
		return o.plan.undecodable(err)
	}
	end := len(o.in.buf) - len(rest)
	body := o.in.buf[o.in.pos:end]
	o.in.pos = end
	c, err := o.plan.resolve(body)
	if err != nil {
		into.reset(o.topic)
		return err
	}
	c.record(o.topic, into, state.Unset)
	return c.finish(o.plan.reader)
}

// lost gives up the rest of a block in which the place of the next record is
// not known, and says how many records that costs.
func (o *OCFReader) lost(err error) error {
	n := o.left
	o.left = 0
	if n == 0 {
		return err
	}
	return o.plan.undecodable(&BlockError{Lost: n, Err: o.in.broken})
}

// OCFWriter writes records of one input topic to an Avro object container
// file. The same records give the same bytes.
type OCFWriter struct {
	file  *container.Writer
	topic state.Topic
	block container.Block
	size  int
}

// OCFOption changes how an OCFWriter is made.
type OCFOption func(*ocfSettings)

type ocfSettings struct {
	codec string
	size  int
}

// WithCodec packs the blocks: null (the default), deflate, snappy or zstandard.
func WithCodec(name string) OCFOption { return func(s *ocfSettings) { s.codec = name } }

// WithBlockSize sets from how many Avro bytes on a block is written, 64 KiB by
// default.
func WithBlockSize(bytes int) OCFOption { return func(s *ocfSettings) { s.size = bytes } }

// NewOCFWriter writes the header of a file of a topic.
func NewOCFWriter(w io.Writer, topic state.Topic, options ...OCFOption) (*OCFWriter, error) {
	settings := ocfSettings{codec: container.Null, size: 64 << 10}
	for _, option := range options {
		option(&settings)
	}
	if settings.size < 1 || settings.size > container.MaxBlock/2 {
		return nil, fmt.Errorf("block size %d: expected 1 to %d bytes", settings.size, container.MaxBlock/2)
	}
	var schema bytes.Buffer
	if err := json.Compact(&schema, []byte(OfTopic(topic).Text)); err != nil {
		return nil, fmt.Errorf("compact the schema: %w", err)
	}
	file, err := container.NewWriter(w, schema.String(), settings.codec)
	if err != nil {
		return nil, err
	}
	return &OCFWriter{file: file, topic: topic, size: settings.size}, nil
}

// Append adds a record; see AppendRecord for what it refuses.
func (o *OCFWriter) Append(r *Record) error {
	data, err := AppendRecord(o.block.Data, o.topic, r)
	if err != nil {
		return err
	}
	o.block.Data = data
	o.block.Count++
	if len(data) < o.size {
		return nil
	}
	return o.Flush()
}

// Flush writes the block that is being filled. It must be called at the end.
func (o *OCFWriter) Flush() error {
	if o.block.Count == 0 {
		return nil
	}
	err := o.file.Write(o.block)
	o.block = container.Block{Data: o.block.Data[:0]}
	return err
}
