package avro

import (
	"reflect"
	"testing"

	"github.com/linkedin/goavro/v2"
)

// Values that a writer encoded come out as the reader's schema has them, and
// goavro can encode them by it.
func TestResolution(t *testing.T) {
	for name, row := range map[string]struct {
		writer, reader string
		in, want       any
	}{
		"int as long":              {`"int"`, `"long"`, int32(5), int64(5)},
		"int as float":             {`"int"`, `"float"`, int32(5), float32(5)},
		"long as double":           {`"long"`, `"double"`, int64(5), float64(5)},
		"float as double":          {`"float"`, `"double"`, float32(1.5), float64(1.5)},
		"int as it is":             {`"int"`, `"int"`, int32(5), int32(5)},
		"text as bytes":            {`"string"`, `"bytes"`, "ab", []byte("ab")},
		"bytes as text":            {`"bytes"`, `"string"`, []byte("ab"), "ab"},
		"into a union":             {`"int"`, `["null", "int"]`, int32(5), map[string]any{"int": int32(5)}},
		"into a union, widened":    {`"int"`, `["null", "double"]`, int32(5), map[string]any{"double": float64(5)}},
		"a union's own branch":     {`"int"`, `["double", "int"]`, int32(5), map[string]any{"int": int32(5)}},
		"out of a union":           {`["int", "string"]`, `["bytes", "long"]`, map[string]any{"string": "a"}, map[string]any{"bytes": []byte("a")}},
		"null in a union":          {`["null", "int"]`, `["long", "null"]`, nil, nil},
		"a known symbol":           {enum(`"B", "A"`, ""), enum(`"A", "B"`, "A"), "B", "B"},
		"an unknown symbol":        {enum(`"A", "C"`, ""), enum(`"A", "B"`, "A"), "C", "A"},
		"items":                    {`{"type": "array", "items": "int"}`, `{"type": "array", "items": "long"}`, []any{int32(1)}, []any{int64(1)}},
		"values":                   {`{"type": "map", "values": "int"}`, `{"type": "map", "values": "long"}`, map[string]any{"k": int32(1)}, map[string]any{"k": int64(1)}},
		"a fixed":                  {`{"type": "fixed", "name": "F", "size": 2}`, `{"type": "fixed", "name": "F", "size": 2}`, []byte("ab"), []byte("ab")},
		"a field more":             {record(`{"name": "a", "type": "int"}, {"name": "b", "type": "int"}`), record(`{"name": "b", "type": "int"}`), map[string]any{"a": int32(1), "b": int32(2)}, map[string]any{"b": int32(2)}},
		"a field less, null":       {record(``), record(`{"name": "a", "type": ["null", "int"], "default": null}`), map[string]any{}, map[string]any{"a": nil}},
		"a field less, a number":   {record(``), record(`{"name": "a", "type": ["int", "null"], "default": 7}`), map[string]any{}, map[string]any{"a": map[string]any{"int": int64(7)}}},
		"a field less, a symbol":   {record(``), record(`{"name": "a", "type": ` + enum(`"A"`, "") + `, "default": "A"}`), map[string]any{}, map[string]any{"a": "A"}},
		"a field less, true":       {record(``), record(`{"name": "a", "type": "boolean", "default": true}`), map[string]any{}, map[string]any{"a": true}},
		"a field less, a text":     {record(``), record(`{"name": "a", "type": "string", "default": "x"}`), map[string]any{}, map[string]any{"a": "x"}},
		"a field less, no items":   {record(``), record(`{"name": "a", "type": {"type": "array", "items": "int"}, "default": []}`), map[string]any{}, map[string]any{"a": []any{}}},
		"a record inside a record": {record(`{"name": "a", "type": {"type": "record", "name": "S", "fields": [{"name": "x", "type": "int"}]}}`), record(`{"name": "a", "type": {"type": "record", "name": "S", "fields": [{"name": "x", "type": "long"}]}}`), map[string]any{"a": map[string]any{"x": int32(1)}}, map[string]any{"a": map[string]any{"x": int64(1)}}},
	} {
		t.Run(name, func(t *testing.T) {
			w, r := parse(t, row.writer), parse(t, row.reader)
			if err := Readable(w, r); err != nil {
				t.Fatal(err)
			}
			got, err := new(Resolution).Value(w, r, row.in)
			if err != nil || !reflect.DeepEqual(got, row.want) {
				t.Fatalf("%#v, error %v; want %#v", got, err, row.want)
			}
			codec, err := goavro.NewCodec(r.Canonical())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := codec.BinaryFromNative(nil, got); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestUnknownSymbolsAreTold(t *testing.T) {
	list := `{"type": "array", "items": `
	w := parse(t, record(`{"name": "a", "type": `+list+enum(`"A", "B"`, "")+`}}`))
	r := parse(t, record(`{"name": "a", "type": `+list+enum(`"A"`, "A")+`}}`))
	var told []string
	resolution := Resolution{Unknown: func(path string) { told = append(told, path) }}
	if _, err := resolution.Value(w, r, map[string]any{"a": []any{"A", "B"}}); err != nil || len(told) != 1 || told[0] != "a" {
		t.Errorf("told %v, error %v", told, err)
	}
}

// Values that are not of the writer's schema are errors, never panics.
func TestResolutionRefuses(t *testing.T) {
	for name, row := range map[string]struct {
		writer, reader string
		in             any
	}{
		"no record":          {record(``), record(``), 5},
		"no array":           {`{"type": "array", "items": "int"}`, `{"type": "array", "items": "int"}`, 5},
		"no map":             {`{"type": "map", "values": "int"}`, `{"type": "map", "values": "int"}`, 5},
		"no symbol":          {enum(`"A"`, ""), enum(`"A"`, ""), 5},
		"a symbol unknown":   {enum(`"A"`, ""), enum(`"A"`, ""), "B"},
		"a strange number":   {`"int"`, `"int"`, uint8(1)},
		"a branch not there": {`["null", "int"]`, `["null", "int"]`, map[string]any{"long": 5}},
		"a branch not read":  {`["null", "int"]`, `["null", "string"]`, map[string]any{"int": int32(5)}},
		"a required field":   {record(``), record(`{"name": "a", "type": "int"}`), map[string]any{}},
		"a strange default":  {record(``), record(`{"name": "a", "type": "int", "default": "x"}`), map[string]any{}},
		"a default of bytes": {record(``), record(`{"name": "a", "type": "bytes", "default": "x"}`), map[string]any{}},
	} {
		if got, err := new(Resolution).Value(parse(t, row.writer), parse(t, row.reader), row.in); err == nil {
			t.Errorf("%s: %#v", name, got)
		}
	}
}

func TestOptional(t *testing.T) {
	for text, want := range map[string]Kind{`["null", "int"]`: Int, `["int", "null"]`: Int, `["int", "string"]`: "", `"int"`: "", `["null"]`: ""} {
		got := parse(t, text).Optional()
		if (got == nil) != (want == "") || got != nil && got.Kind != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
