package avro

import (
	"strings"
	"testing"
)

func parse(t testing.TB, text string) *Type {
	t.Helper()
	tree, err := Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return tree
}

// The fingerprints are those of the test cases that come with the
// specification; the canonical forms follow its rules.
func TestCanonical(t *testing.T) {
	for text, want := range map[string]string{
		`"int"`:           `"int"`,
		`{"type": "int"}`: `"int"`,
		`{"type": {"type": "long", "logicalType": "timestamp-millis"}}`:                                         `"long"`,
		`{"type": "array", "items": {"type": "string", "x": 1}}`:                                                `{"type":"array","items":"string"}`,
		`{"type": "map", "values": ["null", "bytes"]}`:                                                          `{"type":"map","values":["null","bytes"]}`,
		`{"size": 3, "type": "fixed", "name": "F", "namespace": "a.b"}`:                                         `{"name":"a.b.F","type":"fixed","size":3}`,
		`{"type": "enum", "name": "x.E", "namespace": "ignored", "symbols": ["A"], "default": "A", "doc": "d"}`: `{"name":"x.E","type":"enum","symbols":["A"]}`,
		`{"type": "record", "name": "R", "namespace": "n", "fields": [
			{"name": "a", "default": "X", "type": {"type": "enum", "name": "E", "symbols": ["X"]}},
			{"name": "b", "type": "E", "aliases": ["c"]}, {"name": "c", "type": {"type": "fixed", "name": "m.F", "size": 1}}, {"name": "d", "type": "m.F"}]}`: `{"name":"n.R","type":"record","fields":[{"name":"a","type":{"name":"n.E","type":"enum","symbols":["X"]}},{"name":"b","type":"n.E"},` +
			`{"name":"c","type":{"name":"m.F","type":"fixed","size":1}},{"name":"d","type":"m.F"}]}`,
	} {
		if got := parse(t, text).Canonical(); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}

func TestFingerprint(t *testing.T) {
	for text, want := range map[string]uint64{
		`"null"`:    0x63dd24e7cc258f8a,
		`"boolean"`: 0x9f42fc78a4d4f764,
		`"int"`:     0x7275d51a3f395c8f,
		`"long"`:    0xd054e14493f41db7,
		`"float"`:   0x4d7c02cb3ea8d790,
		`"double"`:  0x8e7535c032ab957e,
		`"bytes"`:   0x4fc016dac3201965,
		`"string"`:  0x8f014872634503c7,
	} {
		if got := parse(t, text).Fingerprint(); got != want {
			t.Errorf("%s: %016x, want %016x", text, got, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	deep := strings.Repeat(`{"type": "array", "items": `, 40) + `"int"` + strings.Repeat("}", 40)
	for name, text := range map[string]string{
		"no JSON":            `{`,
		"more after it":      `"int" "int"`,
		"a number":           `5`,
		"an unknown name":    `"Other"`,
		"a cycle":            `{"type": "record", "name": "R", "fields": [{"name": "next", "type": ["null", "R"]}]}`,
		"too deep":           deep,
		"a name twice":       `[{"type": "fixed", "name": "F", "size": 1}, {"type": "array", "items": {"type": "fixed", "name": "F", "size": 1}}]`,
		"a branch twice":     `["int", "int"]`,
		"a union in a union": `["int", ["null"]]`,
		"an empty union":     `[]`,
		"no fields":          `{"type": "record", "name": "R"}`,
		"no field name":      `{"type": "record", "name": "R", "fields": [{"type": "int"}]}`,
		"a field twice":      `{"type": "record", "name": "R", "fields": [{"name": "a", "type": "int"}, {"name": "a", "type": "int"}]}`,
		"no name":            `{"type": "record", "fields": []}`,
		"no symbols":         `{"type": "enum", "name": "E", "symbols": []}`,
		"a symbol twice":     `{"type": "enum", "name": "E", "symbols": ["A", "A"]}`,
		"a strange default":  `{"type": "enum", "name": "E", "symbols": ["A"], "default": "B"}`,
		"no size":            `{"type": "fixed", "name": "F"}`,
		"a size below 0":     `{"type": "fixed", "name": "F", "size": -1}`,
		"no items":           `{"type": "array"}`,
	} {
		if tree, err := Parse(text); err == nil {
			t.Errorf("%s: accepted as %s", name, tree.Canonical())
		}
	}
}

func enum(symbols, byDefault string) string {
	text := `{"type": "enum", "name": "E", "symbols": [` + symbols + `]`
	if byDefault != "" {
		text += `, "default": "` + byDefault + `"`
	}
	return text + `}`
}

func record(fields string) string {
	return `{"type": "record", "name": "R", "fields": [` + fields + `]}`
}

func TestReadable(t *testing.T) {
	const millis, micros = `{"type": "long", "logicalType": "timestamp-millis"}`, `{"type": "long", "logicalType": "timestamp-micros"}`
	for name, row := range map[string]struct {
		writer, reader string
		ok             bool
	}{
		"same":                         {`"int"`, `"int"`, true},
		"int as long":                  {`"int"`, `"long"`, true},
		"long as int":                  {`"long"`, `"int"`, false},
		"long as float":                {`"long"`, `"float"`, true},
		"float as double":              {`"float"`, `"double"`, true},
		"double as float":              {`"double"`, `"float"`, false},
		"text as bytes":                {`"string"`, `"bytes"`, true},
		"bytes as text":                {`"bytes"`, `"string"`, true},
		"a plain long as an instant":   {`"long"`, millis, true},
		"an instant as it is":          {millis, millis, true},
		"another unit":                 {micros, millis, false},
		"an instant as a plain long":   {millis, `"long"`, false},
		"into a union":                 {`"int"`, `["null", "long"]`, true},
		"into a union without it":      {`"boolean"`, `["null", "long"]`, false},
		"out of a union":               {`["int", "long"]`, `"long"`, true},
		"out of a union with null":     {`["null", "long"]`, `"long"`, false},
		"a new symbol with a default":  {enum(`"A", "B"`, ""), enum(`"A"`, "A"), true},
		"a new symbol with none":       {enum(`"A", "B"`, "A"), enum(`"A"`, ""), false},
		"a symbol less":                {enum(`"A"`, ""), enum(`"A", "B"`, ""), true},
		"a new field with a default":   {record(``), record(`{"name": "a", "type": "int", "default": 1}`), true},
		"a new field with none":        {record(``), record(`{"name": "a", "type": "int"}`), false},
		"a field that is gone":         {record(`{"name": "a", "type": "int"}`), record(``), true},
		"a field of another type":      {record(`{"name": "a", "type": "int"}`), record(`{"name": "a", "type": "string"}`), false},
		"items of another type":        {`{"type": "array", "items": "int"}`, `{"type": "array", "items": "string"}`, false},
		"values that widen":            {`{"type": "map", "values": "int"}`, `{"type": "map", "values": "long"}`, true},
		"an array as a map":            {`{"type": "array", "items": "int"}`, `{"type": "map", "values": "int"}`, false},
		"another name":                 {strings.Replace(record(``), `"R"`, `"S"`, 1), record(``), false},
		"another namespace":            {strings.Replace(record(``), `"R"`, `"other.R"`, 1), record(``), true},
		"a fixed of another size":      {`{"type": "fixed", "name": "F", "size": 1}`, `{"type": "fixed", "name": "F", "size": 2}`, false},
		"a symbol missing in one item": {`{"type": "array", "items": ` + enum(`"A", "B"`, "") + `}`, `{"type": "array", "items": ` + enum(`"A"`, "") + `}`, false},
	} {
		err := Readable(parse(t, row.writer), parse(t, row.reader))
		if (err == nil) != row.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCompatibleIsBothWays(t *testing.T) {
	empty, added := parse(t, record(``)), parse(t, record(`{"name": "a", "type": "int"}`))
	withDefault := parse(t, record(`{"name": "a", "type": "int", "default": 0}`))
	if err := Compatible(withDefault, empty); err != nil {
		t.Errorf("a field with a default may come: %v", err)
	}
	if err := Compatible(empty, withDefault); err != nil {
		t.Errorf("a field with a default may go: %v", err)
	}
	if Compatible(added, empty) == nil || Compatible(empty, added) == nil {
		t.Error("a field without a default may neither come nor go")
	}
}

func TestSkip(t *testing.T) {
	tree := parse(t, `{"type": "record", "name": "R", "fields": [
		{"name": "n", "type": "null"}, {"name": "b", "type": "boolean"}, {"name": "i", "type": "int"}, {"name": "f", "type": "float"},
		{"name": "d", "type": "double"}, {"name": "s", "type": "string"}, {"name": "x", "type": {"type": "fixed", "name": "F", "size": 2}},
		{"name": "e", "type": {"type": "enum", "name": "E", "symbols": ["A", "B"]}}, {"name": "u", "type": ["null", "int"]},
		{"name": "a", "type": {"type": "array", "items": "int"}}, {"name": "m", "type": {"type": "map", "values": "int"}}]}`)
	whole := []byte{1, 0x80, 0x01, 1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8, 4, 'h', 'i', 9, 9, 2, 2, 6, 4, 1, 1, 3, 4, 5, 5, 0, 2, 2, 'k', 7, 0}
	rest, err := tree.Skip(append(whole, 42))
	if err != nil || len(rest) != 1 || rest[0] != 42 {
		t.Fatalf("rest %v, error %v", rest, err)
	}
	for n := range whole {
		if _, err := tree.Skip(whole[:n]); err == nil {
			t.Errorf("cut to %d bytes it is still whole", n)
		}
	}
}

func TestSkipRefuses(t *testing.T) {
	endless := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}
	for name, row := range map[string]struct {
		schema string
		bytes  []byte
	}{
		"a boolean of 2":          {`"boolean"`, []byte{2}},
		"a number without an end": {`"long"`, endless},
		"a length below 0":        {`"string"`, []byte{1}},
		"a symbol too far":        {enum(`"A"`, ""), []byte{2}},
		"a symbol below 0":        {enum(`"A"`, ""), []byte{1}},
		"a branch too far":        {`["null"]`, []byte{2}},
		"nulls without bytes":     {`{"type": "array", "items": "null"}`, []byte{0xfe, 0xff, 0xff, 0xff, 0x0f, 0}},
		"the least count":         {`{"type": "array", "items": "null"}`, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0, 0}},
	} {
		if _, err := parse(t, row.schema).Skip(row.bytes); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(record(`{"name": "a", "type": ["null", "int"], "default": null}`))
	f.Add(enum(`"A"`, "A"))
	f.Add(`{"type": "map", "values": {"type": "fixed", "name": "a.F", "size": 1}}`)
	f.Fuzz(func(t *testing.T, text string) {
		tree, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(tree.Canonical())
		if err != nil || again.Fingerprint() != tree.Fingerprint() {
			t.Fatalf("the canonical form of %s does not mean the same: %v", text, err)
		}
	})
}
