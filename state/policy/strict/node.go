package strict

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Node is one value of a file. The zero Node is a value that is not there.
type Node struct {
	file   string
	offset int // lines of the file before the node's document
	ast    ast.Node
}

func (n Node) child(node ast.Node) Node { return Node{n.file, n.offset, node} }

// Line returns the line of the value in its file, counted from 1.
func (n Node) Line() int {
	if n.ast == nil {
		return n.offset + 1
	}
	return n.offset + firstLine(n.ast)
}

// firstLine is the line on which a value begins: for a block mapping that of
// its first key, where the parser would give the one of its first colon.
func firstLine(node ast.Node) int {
	switch v := node.(type) {
	case *ast.MappingNode:
		if !v.IsFlowStyle && len(v.Values) > 0 {
			return firstLine(v.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return firstLine(v.Key)
	}
	return node.GetToken().Position.Line
}

// File returns the name of the file.
func (n Node) File() string { return n.file }

// IsNull reports whether there is no value: an empty document, an empty value or null.
func (n Node) IsNull() bool {
	_, null := n.ast.(*ast.NullNode)
	return null || n.ast == nil
}

// Errorf returns an *Error at the value's line.
func (n Node) Errorf(format string, args ...any) error {
	return &Error{n.file, n.Line(), fmt.Sprintf(format, args...)}
}

// Expected returns the error of a value that is not of the expected form.
func (n Node) Expected(what string) error {
	return n.Errorf("expected %s, found %s", what, n.describe())
}

func (n Node) describe() string {
	switch v := n.ast.(type) {
	case nil, *ast.NullNode:
		return "nothing"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.StringNode:
		return quote(v.Value)
	}
	return n.ast.GetToken().Value
}

// quote shortens what a person typed, so that an error stays one line.
func quote(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

// String returns a text. A number, a date or a symbol needs no quotes; true
// and false do, because YAML reads them as something else.
func (n Node) String() (string, error) {
	switch v := n.ast.(type) {
	case *ast.StringNode:
		return v.Value, nil
	case *ast.LiteralNode:
		return v.Value.Value, nil
	case *ast.IntegerNode, *ast.FloatNode:
		return n.ast.GetToken().Value, nil
	}
	return "", n.Expected("a text")
}

// Bool returns true or false.
func (n Node) Bool() (bool, error) {
	if v, ok := n.ast.(*ast.BoolNode); ok {
		return v.Value, nil
	}
	return false, n.Expected("true or false")
}

// Int returns a whole number in decimal digits. YAML would also read 010 as
// eight and 0x10 as sixteen, which a reader who is not a programmer would not.
func (n Node) Int() (int64, error) {
	if _, ok := n.ast.(*ast.IntegerNode); ok {
		text := n.ast.GetToken().Value
		if i, err := strconv.ParseInt(text, 10, 64); err == nil && strconv.FormatInt(i, 10) == text {
			return i, nil
		}
	}
	return 0, n.Expected("a whole number")
}

// IntIn returns a whole number from low to high, both included; what names it in the error.
func (n Node) IntIn(low, high int64) (int64, error) {
	i, err := n.Int()
	if err != nil || i < low || i > high {
		return 0, n.Expected(fmt.Sprintf("a whole number from %d to %d", low, high))
	}
	return i, nil
}

// OneOf returns a text that is one of the symbols.
func (n Node) OneOf(symbols ...string) (string, error) {
	s, err := n.String()
	if err == nil {
		for _, symbol := range symbols {
			if s == symbol {
				return s, nil
			}
		}
	}
	return "", n.Expected(oneOf(symbols))
}

// List returns the entries of a list.
func (n Node) List() ([]Node, error) {
	v, ok := n.ast.(*ast.SequenceNode)
	if !ok {
		return nil, n.Expected("a list")
	}
	nodes := make([]Node, len(v.Values))
	for i, value := range v.Values {
		nodes[i] = n.child(value)
	}
	return nodes, nil
}

// Plain returns the value as encoding/json would: map[string]any, []any,
// string, bool, int64 and nil. A number with a fraction is refused, because no
// field of a record has one.
func (n Node) Plain() (any, error) {
	switch n.ast.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return n.plainMap()
	case *ast.SequenceNode:
		return n.plainList()
	case *ast.BoolNode:
		return n.Bool()
	case *ast.IntegerNode:
		return n.Int()
	case nil, *ast.NullNode:
		return nil, nil
	case *ast.StringNode, *ast.LiteralNode:
		return n.String()
	}
	return nil, n.Expected("a text, a whole number, true, false, a list or a mapping")
}

func (n Node) plainMap() (any, error) {
	m, err := n.Map()
	if err != nil {
		return nil, err
	}
	plain := make(map[string]any, len(m.entries))
	for _, e := range m.entries {
		if plain[e.Key], err = e.Value.Plain(); err != nil {
			return nil, err
		}
	}
	return plain, nil
}

func (n Node) plainList() (any, error) {
	nodes, err := n.List()
	if err != nil {
		return nil, err
	}
	plain := make([]any, len(nodes))
	for i, node := range nodes {
		if plain[i], err = node.Plain(); err != nil {
			return nil, err
		}
	}
	return plain, nil
}

func oneOf(symbols []string) string {
	if len(symbols) == 1 {
		return symbols[0]
	}
	last := len(symbols) - 1
	return strings.Join(symbols[:last], ", ") + " or " + symbols[last]
}

// Field returns the value at a path of keys and of positions in lists, from 1,
// joined by dots, or of its nearest ancestor that is there, for errors about
// what stands at the path.
func (n Node) Field(path string) Node {
	for name := range strings.SplitSeq(path, ".") {
		child, ok := n.step(name)
		if !ok {
			return n
		}
		n = child
	}
	return n
}

func (n Node) step(name string) (Node, bool) {
	if items, err := n.List(); err == nil {
		at, err := strconv.Atoi(name)
		if err != nil || at < 1 || at > len(items) {
			return Node{}, false
		}
		return items[at-1], true
	}
	m, err := n.Map()
	if err != nil {
		return Node{}, false
	}
	return m.Take(name)
}
