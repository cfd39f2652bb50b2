package avro

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// Resolution turns values of a writer's schema, as goavro decodes them, into
// values of a reader's, as goavro encodes them. goavro itself has no schema
// resolution.
type Resolution struct {
	// Unknown is called for each enum symbol that the reader does not know,
	// with the path of the field, before the enum's default is taken.
	Unknown func(path string)
}

// Value resolves one value. The writer must be Readable by the reader.
func (r *Resolution) Value(writer, reader *Type, v any) (any, error) {
	return r.value(writer, reader, v, "")
}

func (r *Resolution) value(w, rd *Type, v any, path string) (any, error) {
	if w.Kind == Union {
		var err error
		if w, v, err = unwrap(w, v); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	if rd.Kind == Union {
		branch := match(w, rd)
		if branch == nil {
			return nil, fmt.Errorf("%s: a %s is in no branch of the union", path, w.BranchName())
		}
		inner, err := r.value(w, branch, v, path)
		return wrap(branch, inner), err
	}
	switch rd.Kind {
	case Record:
		return r.record(w, rd, v, path)
	case Enum:
		return r.enum(rd, v, path)
	case Array:
		return r.array(w, rd, v, path)
	case Map:
		return r.mapping(w, rd, v, path)
	}
	return promote(rd.Kind, v, path)
}

// unwrap takes a value out of goavro's form of a union and tells its branch.
func unwrap(union *Type, v any) (*Type, any, error) {
	name, inner := string(Null), any(nil)
	if m, ok := v.(map[string]any); ok && len(m) == 1 {
		for name, inner = range m {
		}
	}
	for _, branch := range union.Branches {
		if branch.BranchName() == name {
			return branch, inner, nil
		}
	}
	return nil, nil, fmt.Errorf("no branch %s in the union", name)
}

func wrap(branch *Type, v any) any {
	if branch.Kind == Null {
		return nil
	}
	return map[string]any{branch.BranchName(): v}
}

func (r *Resolution) record(w, rd *Type, v any, path string) (any, error) {
	in, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s: expected a record, found %T", path, v)
	}
	out := make(map[string]any, len(rd.Fields))
	for i := range rd.Fields {
		f := &rd.Fields[i]
		at := Join(path, f.Name)
		var err error
		if wf := w.Field(f.Name); wf != nil {
			out[f.Name], err = r.value(wf.Type, f.Type, in[f.Name], at)
		} else {
			out[f.Name], err = f.defaultValue(at)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (r *Resolution) enum(rd *Type, v any, path string) (any, error) {
	s, ok := v.(string)
	if !ok {
		return nil, fmt.Errorf("%s: expected a symbol, found %T", path, v)
	}
	if rd.Symbol(s) >= 0 {
		return s, nil
	}
	if rd.Default == "" {
		return nil, fmt.Errorf("%s: unknown symbol, and %s has no default", path, rd.Name)
	}
	if r.Unknown != nil {
		r.Unknown(path)
	}
	return rd.Default, nil
}

func (r *Resolution) array(w, rd *Type, v any, path string) (any, error) {
	in, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("%s: expected an array, found %T", path, v)
	}
	out := make([]any, len(in))
	for i := range in {
		var err error
		if out[i], err = r.value(w.Items, rd.Items, in[i], path); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (r *Resolution) mapping(w, rd *Type, v any, path string) (any, error) {
	in, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s: expected a map, found %T", path, v)
	}
	out := make(map[string]any, len(in))
	for key := range in {
		var err error
		if out[key], err = r.value(w.Items, rd.Items, in[key], path); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// promote brings a primitive value to the reader's kind.
func promote(to Kind, v any, path string) (any, error) {
	switch x := v.(type) {
	case int32:
		return promoteInt(to, int64(x), v), nil
	case int64:
		return promoteInt(to, x, v), nil
	case float32:
		if to == Double {
			return float64(x), nil
		}
	case string:
		if to == Bytes {
			return []byte(x), nil
		}
	case []byte:
		if to == String {
			return string(x), nil
		}
	case nil, bool, float64:
	default:
		return nil, fmt.Errorf("%s: unexpected %T", path, v)
	}
	return v, nil
}

func promoteInt(to Kind, x int64, same any) any {
	switch to {
	case Long:
		return x
	case Float:
		return float32(x)
	case Double:
		return float64(x)
	}
	return same
}

// DefaultValue returns the default of the field as goavro encodes it; an
// error when the field has none or one that is not of its type.
func (f *Field) DefaultValue() (any, error) { return f.defaultValue(f.Name) }

func (f *Field) defaultValue(path string) (any, error) {
	if !f.HasDefault {
		return nil, fmt.Errorf("%s: missing, and has no default", path)
	}
	t := f.Type
	if t.Kind != Union {
		return fromDefault(t, f.Default, path)
	}
	// The default of a union is a value of its first branch.
	inner, err := fromDefault(t.Branches[0], f.Default, path)
	return wrap(t.Branches[0], inner), err
}

func fromDefault(t *Type, v any, path string) (any, error) {
	switch t.Kind {
	case Null:
		if v == nil {
			return nil, nil
		}
	case Boolean:
		if b, ok := v.(bool); ok {
			return b, nil
		}
	case String:
		if s, ok := v.(string); ok {
			return s, nil
		}
	case Enum:
		if s, ok := v.(string); ok && t.Symbol(s) >= 0 {
			return s, nil
		}
	case Int, Long:
		if n, ok := v.(json.Number); ok {
			return strconv.ParseInt(n.String(), 10, 64)
		}
	case Array:
		if list, ok := v.([]any); ok && len(list) == 0 {
			return []any{}, nil
		}
	}
	return nil, fmt.Errorf("%s: the default is not a plain value of type %s", path, t.BranchName())
}

// Join appends a field name to a path.
func Join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
