package strict

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Error is a mistake in a file. Its text is "file:line: what is wrong".
type Error struct {
	File string
	Line int // counted from 1
	Text string
}

// Error returns file, line and text in the form that editors jump to.
func (e *Error) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text) }

// byteOrderMark is what some editors put before the first letter of a file.
var byteOrderMark = []byte("\uFEFF")

// Documents returns the documents of a file in order. Documents with nothing
// but comments are left out. The error is an *Error.
func Documents(file string, data []byte) ([]Node, error) {
	var nodes []Node
	for _, d := range split(bytes.TrimPrefix(data, byteOrderMark)) {
		node, err := d.parse(file)
		if err != nil {
			return nil, err
		}
		if !node.IsNull() {
			nodes = append(nodes, node)
		}
	}
	return nodes, nil
}

// document is the text of one document and the number of lines before it.
type document struct {
	text   []byte
	offset int
}

// split cuts a file at its document markers. The YAML parser would do it too,
// but it loses the document that follows an empty one, and a scenario that is
// not run looks like one that passed.
func split(data []byte) []document {
	var docs []document
	start, startLine, line := 0, 0, 0
	for at := 0; at < len(data); line++ {
		end := len(data)
		if i := bytes.IndexByte(data[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		if at > start && isMarker(data[at:end]) {
			docs = append(docs, document{data[start:at], startLine})
			start, startLine = at, line
		}
		at = end
	}
	return append(docs, document{data[start:], startLine})
}

func isMarker(line []byte) bool {
	rest, ok := bytes.CutPrefix(line, []byte("---"))
	return ok && (len(rest) == 0 || bytes.IndexByte([]byte(" \t\r\n"), rest[0]) >= 0)
}

func (d document) parse(file string) (Node, error) {
	f, err := parser.ParseBytes(d.text, 0)
	if err != nil {
		return Node{}, d.syntaxError(file, err)
	}
	node := Node{file: file, offset: d.offset}
	for _, doc := range f.Docs {
		if doc.Body == nil {
			continue
		}
		if node.ast != nil {
			return Node{}, Node{file: file, offset: d.offset, ast: doc.Body}.Errorf(`expected "---" between two documents`)
		}
		node.ast = doc.Body
	}
	return node, node.refuseReferences()
}

func (d document) syntaxError(file string, err error) error {
	var syntax *yaml.SyntaxError
	if errors.As(err, &syntax) && syntax.Token != nil {
		return &Error{file, d.offset + syntax.Token.Position.Line, "not valid YAML: " + syntax.Message}
	}
	return &Error{file, d.offset + 1, "not valid YAML: " + err.Error()}
}

// refuseReferences refuses what makes a value stand elsewhere than where it is read.
func (n Node) refuseReferences() error {
	if n.ast == nil {
		return nil
	}
	v := &references{root: n}
	ast.Walk(v, n.ast)
	return v.err
}

type references struct {
	root Node
	err  error
}

// Visit implements ast.Visitor.
func (v *references) Visit(node ast.Node) ast.Visitor {
	if v.err != nil {
		return nil
	}
	switch node.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode, *ast.TagNode:
		v.err = v.root.child(node).Errorf("anchors, aliases, merge keys and tags are not accepted: write the value itself")
	}
	return v
}
