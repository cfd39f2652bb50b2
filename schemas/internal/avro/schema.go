package avro

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Kind is the kind of a Type, by the names of the Avro specification.
type Kind string

// The kinds. A union has no name in a schema; here it is called "union".
const (
	Null    Kind = "null"
	Boolean Kind = "boolean"
	Int     Kind = "int"
	Long    Kind = "long"
	Float   Kind = "float"
	Double  Kind = "double"
	Bytes   Kind = "bytes"
	String  Kind = "string"
	Record  Kind = "record"
	Enum    Kind = "enum"
	Array   Kind = "array"
	Map     Kind = "map"
	Fixed   Kind = "fixed"
	Union   Kind = "union"
)

// Type is one parsed schema or part of one. A named type that is used several
// times is one shared *Type.
type Type struct {
	Kind     Kind
	Name     string // full name of a record, enum or fixed
	Doc      string
	Logical  string   // logicalType, "" = none
	Fields   []Field  // of a record
	Symbols  []string // of an enum
	Default  string   // of an enum: the symbol for unknown ones, "" = none
	Items    *Type    // of an array or map
	Branches []*Type  // of a union
	Size     int      // of a fixed
}

// Field is one field of a record.
type Field struct {
	Name       string
	Doc        string
	Type       *Type
	Default    any // as encoding/json decodes it, numbers as json.Number
	HasDefault bool
}

// BranchName is the key under which goavro files a value of the type in a union.
func (t *Type) BranchName() string {
	if t.Name != "" {
		return t.Name
	}
	return string(t.Kind)
}

// Optional returns the other branch of a union of null and one type, else nil.
func (t *Type) Optional() *Type {
	if t.Kind != Union || len(t.Branches) != 2 {
		return nil
	}
	switch {
	case t.Branches[0].Kind == Null:
		return t.Branches[1]
	case t.Branches[1].Kind == Null:
		return t.Branches[0]
	}
	return nil
}

// Field returns the field of a record by name, nil when it has none.
func (t *Type) Field(name string) *Field {
	for i := range t.Fields {
		if t.Fields[i].Name == name {
			return &t.Fields[i]
		}
	}
	return nil
}

// Symbol returns the position of a symbol of an enum, -1 when it has none.
func (t *Type) Symbol(name string) int {
	for i, s := range t.Symbols {
		if s == name {
			return i
		}
	}
	return -1
}

// Parse reads one schema. It refuses what a reader could not use safely:
// unknown names, types that contain themselves, doubled fields and symbols.
func Parse(text string) (*Type, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var raw any
	if err := dec.Decode(&raw); err != nil {
		return nil, fmt.Errorf("read the schema as JSON: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the schema is followed by more text")
	}
	p := parser{named: map[string]*Type{}}
	return p.parse(raw, "", 0)
}

// maxDepth bounds the nesting of a schema; ours have five levels.
const maxDepth = 32

type parser struct {
	named map[string]*Type // nil value: the type is still being read
}

func (p *parser) parse(raw any, namespace string, depth int) (*Type, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("the schema nests deeper than %d levels", maxDepth)
	}
	switch v := raw.(type) {
	case string:
		return p.reference(v, namespace)
	case []any:
		return p.union(v, namespace, depth)
	case map[string]any:
		return p.object(v, namespace, depth)
	}
	return nil, fmt.Errorf("expected a type, found %T", raw)
}

func (p *parser) reference(name, namespace string) (*Type, error) {
	if isPrimitive(name) {
		return &Type{Kind: Kind(name)}, nil
	}
	full := qualify(name, namespace)
	t, known := p.named[full]
	switch {
	case !known:
		return nil, fmt.Errorf("type %q is not defined before its use", full)
	case t == nil:
		return nil, fmt.Errorf("type %q contains itself", full)
	}
	return t, nil
}

func (p *parser) union(list []any, namespace string, depth int) (*Type, error) {
	t := &Type{Kind: Union}
	seen := map[string]bool{}
	for _, raw := range list {
		branch, err := p.parse(raw, namespace, depth+1)
		if err != nil {
			return nil, err
		}
		if branch.Kind == Union || seen[branch.BranchName()] {
			return nil, fmt.Errorf("a union holds %s twice or directly another union", branch.BranchName())
		}
		seen[branch.BranchName()] = true
		t.Branches = append(t.Branches, branch)
	}
	if len(t.Branches) == 0 {
		return nil, errors.New("a union is empty")
	}
	return t, nil
}

func (p *parser) object(m map[string]any, namespace string, depth int) (*Type, error) {
	kind, ok := m["type"].(string)
	if !ok { // {"type": {...}}: the attributes of the wrapper do not count
		return p.parse(m["type"], namespace, depth+1)
	}
	switch Kind(kind) {
	case Record, Enum, Fixed:
		return p.definition(Kind(kind), m, namespace, depth)
	case Array:
		return p.container(Array, m["items"], namespace, depth)
	case Map:
		return p.container(Map, m["values"], namespace, depth)
	}
	t, err := p.reference(kind, namespace)
	if err != nil || !isPrimitive(kind) {
		return t, err
	}
	t.Logical = text(m["logicalType"])
	return t, nil
}

func (p *parser) container(kind Kind, items any, namespace string, depth int) (*Type, error) {
	inner, err := p.parse(items, namespace, depth+1)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	return &Type{Kind: kind, Items: inner}, nil
}

func (p *parser) definition(kind Kind, m map[string]any, namespace string, depth int) (*Type, error) {
	name := text(m["name"])
	if name == "" {
		return nil, fmt.Errorf("a %s has no name", kind)
	}
	if ns, ok := m["namespace"].(string); ok && !strings.Contains(name, ".") {
		namespace = ns
	}
	full := qualify(name, namespace)
	if _, doubled := p.named[full]; doubled {
		return nil, fmt.Errorf("type %q is defined twice", full)
	}
	p.named[full] = nil
	t := &Type{Kind: kind, Name: full, Doc: text(m["doc"]), Logical: text(m["logicalType"])}
	if err := p.body(t, m, depth); err != nil {
		return nil, fmt.Errorf("%s: %w", full, err)
	}
	p.named[full] = t
	return t, nil
}

func (p *parser) body(t *Type, m map[string]any, depth int) error {
	switch t.Kind {
	case Record:
		return p.fields(t, m["fields"], depth)
	case Enum:
		return symbols(t, m)
	default:
		size, ok := m["size"].(json.Number)
		n, err := size.Int64()
		if !ok || err != nil || n < 0 || n > 1<<20 {
			return errors.New("a fixed needs a size of at most 1 MiB")
		}
		t.Size = int(n)
		return nil
	}
}

func (p *parser) fields(t *Type, raw any, depth int) error {
	list, ok := raw.([]any)
	if !ok {
		return errors.New("a record needs a list of fields")
	}
	for _, item := range list {
		m, ok := item.(map[string]any)
		if !ok || text(m["name"]) == "" {
			return errors.New("a field needs a name")
		}
		f := Field{Name: text(m["name"]), Doc: text(m["doc"])}
		if t.Field(f.Name) != nil {
			return fmt.Errorf("field %q is there twice", f.Name)
		}
		inner, err := p.parse(m["type"], spaceOf(t.Name), depth+1)
		if err != nil {
			return fmt.Errorf("field %q: %w", f.Name, err)
		}
		f.Type = inner
		f.Default, f.HasDefault = m["default"]
		t.Fields = append(t.Fields, f)
	}
	return nil
}

func symbols(t *Type, m map[string]any) error {
	list, _ := m["symbols"].([]any)
	for _, raw := range list {
		s, ok := raw.(string)
		if !ok || s == "" || t.Symbol(s) >= 0 {
			return errors.New("an enum needs distinct symbols")
		}
		t.Symbols = append(t.Symbols, s)
	}
	if len(t.Symbols) == 0 {
		return errors.New("an enum needs symbols")
	}
	t.Default = text(m["default"])
	if t.Default != "" && t.Symbol(t.Default) < 0 {
		return fmt.Errorf("the enum default %q is none of its symbols", t.Default)
	}
	return nil
}

func isPrimitive(name string) bool {
	switch Kind(name) {
	case Null, Boolean, Int, Long, Float, Double, Bytes, String:
		return true
	}
	return false
}

func qualify(name, namespace string) string {
	if namespace == "" || strings.Contains(name, ".") {
		return name
	}
	return namespace + "." + name
}

func spaceOf(full string) string {
	if i := strings.LastIndexByte(full, '.'); i >= 0 {
		return full[:i]
	}
	return ""
}

// short is the name without its namespace.
func short(full string) string { return full[strings.LastIndexByte(full, '.')+1:] }

func text(v any) string {
	s, _ := v.(string)
	return s
}

// quote writes s as a JSON string with none of encoding/json's HTML escapes.
func quote(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always encodes
	return strings.TrimSuffix(b.String(), "\n")
}
