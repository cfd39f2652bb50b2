package strict

import (
	"errors"

	"github.com/goccy/go-yaml/ast"
)

// Entry is one key of a mapping with its value.
type Entry struct {
	Key   string
	At    Node // the key itself, for errors about it
	Value Node
}

// Map is a mapping whose keys are taken one by one.
type Map struct {
	node    Node
	entries []Entry // in the order of the file
	taken   []bool
	known   []string // the keys that were asked for, for the error of Done
}

// Map returns a mapping. Its keys must be texts; the parser has refused keys
// that stand twice.
func (n Node) Map() (*Map, error) {
	var values []*ast.MappingValueNode
	switch v := n.ast.(type) {
	case *ast.MappingNode:
		values = v.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{v}
	default:
		return nil, n.Expected("a mapping (key: value)")
	}
	m := &Map{node: n, entries: make([]Entry, len(values)), taken: make([]bool, len(values))}
	for i, v := range values {
		at := n.child(v.Key)
		key, err := at.String()
		if err != nil {
			return nil, err
		}
		m.entries[i] = Entry{Key: key, At: at, Value: n.child(v.Value)}
	}
	return m, nil
}

// Entries returns all keys in the order of the file and counts them as taken.
func (m *Map) Entries() []Entry {
	for i := range m.taken {
		m.taken[i] = true
	}
	return m.entries
}

// Len returns the number of keys.
func (m *Map) Len() int { return len(m.entries) }

// Take returns the value of a key and whether the key is there.
func (m *Map) Take(key string) (Node, bool) {
	m.known = append(m.known, key)
	for i := range m.entries {
		if m.entries[i].Key == key {
			m.taken[i] = true
			return m.entries[i].Value, true
		}
	}
	return Node{}, false
}

// Need returns the value of a key that must be there.
func (m *Map) Need(key string) (Node, error) {
	n, ok := m.Take(key)
	if !ok {
		return Node{}, m.node.Errorf("expected the key %s", key)
	}
	return n, nil
}

// Errorf returns an *Error at the line where the mapping begins.
func (m *Map) Errorf(format string, args ...any) error { return m.node.Errorf(format, args...) }

// Done refuses the first key that was never asked for.
func (m *Map) Done() error {
	for i, taken := range m.taken {
		if !taken {
			return m.unknown(m.entries[i])
		}
	}
	return nil
}

func (m *Map) unknown(e Entry) error {
	if near := nearest(e.Key, m.known); near != "" {
		return e.At.Errorf("unknown key %s: did you mean %s?", quote(e.Key), near)
	}
	return e.At.Errorf("unknown key %s: expected %s", quote(e.Key), oneOf(m.known))
}

// nearest returns the known key that a person most likely meant, "" when none is close.
func nearest(key string, known []string) string {
	best, least := "", len(key)/3+2
	for _, k := range known {
		if d := distance(key, k); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance counts the letters to insert, delete or replace to get from a to b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

// Bools, texts and numbers of optional keys.

// Text stores the text of an optional key.
func (m *Map) Text(key string, into *string) error {
	return optional(m, key, into, Node.String)
}

// Flag stores the true or false of an optional key.
func (m *Map) Flag(key string, into *bool) error {
	return optional(m, key, into, Node.Bool)
}

func optional[T any](m *Map, key string, into *T, read func(Node) (T, error)) error {
	n, ok := m.Take(key)
	if !ok {
		return nil
	}
	v, err := read(n)
	if err != nil {
		return Keyed(key, err)
	}
	*into = v
	return nil
}

// Keyed names the key in an error about its value.
func Keyed(key string, err error) error {
	var e *Error
	if errors.As(err, &e) {
		return &Error{e.File, e.Line, key + ": " + e.Text}
	}
	return err
}
