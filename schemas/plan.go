package schemas

import (
	"fmt"
	"strings"
	"sync"

	"github.com/linkedin/goavro/v2"

	"consentstream/schemas/internal/avro"
)

// plan says how bytes of one writer's schema become bytes of the current one.
type plan struct {
	reader  *Schema
	writer  *avro.Type
	current bool          // the writer's schema is the reader's: nothing to resolve
	codec   *goavro.Codec // of the writer, nil when current
}

// newPlan prepares a writer's schema. The error says why its records cannot be read.
func newPlan(text string) (*plan, error) {
	writer, err := avro.Parse(text)
	if err != nil {
		return nil, err
	}
	reader, ok := ByName(writer.Name[strings.LastIndexByte(writer.Name, '.')+1:])
	if !ok || writer.Kind != avro.Record {
		return nil, fmt.Errorf("%q is none of our records", writer.BranchName())
	}
	if err := avro.Readable(writer, reader.tree); err != nil {
		return nil, err
	}
	if writer.Fingerprint() == reader.Fingerprint {
		return &plan{reader: reader, writer: writer, current: true}, nil
	}
	codec, err := codecOf(writer)
	return &plan{reader: reader, writer: writer, codec: codec}, err
}

// codecOf builds goavro's codec from the canonical form, so that logical
// types stay plain numbers: goavro turns timestamps into time.Time and back
// with an overflow that could make a true instant out of an impossible one.
func codecOf(t *avro.Type) (*goavro.Codec, error) {
	codec, err := goavro.NewCodec(t.Canonical())
	if err != nil {
		return nil, fmt.Errorf("build the codec of %s: %w", t.Name, err)
	}
	return codec, nil
}

// codecs are goavro's codecs of the current schemas, by position in the catalog.
var codecs = sync.OnceValue(func() map[*Schema]*goavro.Codec {
	all := map[*Schema]*goavro.Codec{}
	for _, s := range catalog {
		codec, err := codecOf(s.tree)
		if err != nil {
			panic(fmt.Sprintf("schemas: %v", err)) // an embedded file goavro refuses
		}
		all[s] = codec
	}
	return all
})

// encode writes a value in goavro's form by the current schema.
func (s *Schema) encode(native any) ([]byte, error) {
	return codecs()[s].BinaryFromNative(nil, native)
}

// read turns the bytes of one record into a cursor over the bytes of the
// current schema, and tells which words were unknown.
func (p *plan) read(body []byte) (cursor, error) {
	if p.current {
		return cursor{buf: body}, nil
	}
	rest, err := p.writer.Skip(body)
	if err != nil {
		return cursor{}, p.undecodable(err)
	}
	if len(rest) > 0 {
		return cursor{}, p.undecodable(errTrailing)
	}
	return p.resolve(body)
}

// resolve reads a record of another schema that Skip has found whole.
func (p *plan) resolve(body []byte) (cursor, error) {
	native, _, err := p.codec.NativeFromBinary(body)
	if err != nil {
		return cursor{}, p.undecodable(errRefused) // goavro's own text may hold values
	}
	c := cursor{}
	resolution := avro.Resolution{Unknown: c.unknown}
	value, err := resolution.Value(p.writer, p.reader.tree, native)
	if err != nil {
		return cursor{}, p.reader.fault(FaultUnknownSchema, "", "the writer's schema cannot be read by ours", err)
	}
	if c.buf, err = p.reader.encode(value); err != nil {
		return cursor{}, p.undecodable(errRefused)
	}
	return c, nil
}

// unknown notes the words whose meaning the defaults alone do not carry.
func (c *cursor) unknown(path string) {
	switch path {
	case "kind":
		c.unknownKind = true
	case "method":
		c.unknownMethod = true
	}
}

func (p *plan) undecodable(err error) error {
	return p.reader.fault(FaultUndecodable, "", "the bytes do not follow the writer's schema", err)
}
