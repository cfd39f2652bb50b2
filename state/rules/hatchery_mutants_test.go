//go:build mutants

package rules_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mutant is one change of the source. Its name does not hang on lines, so that
// a list can name it: where a function has two alike, the second is told so.
type mutant struct {
	name string
	line int
}

// hatchery numbers the mutants and rewrites the source so that each can be
// switched on.
type hatchery struct {
	files   *token.FileSet
	within  string // file and function
	met     map[ast.Node]bool
	names   map[string]int
	mutants []mutant
}

// spared files decide nothing: texts and the policy's own checks.
var spared = []string{"catalogue.go", "reasons.go", "doc.go"}

// breed rewrites the package into a folder and returns the overlay for go.
func breed(t *testing.T, into string) (mutants []mutant, overlay string) {
	t.Helper()
	h := &hatchery{files: token.NewFileSet(), met: map[ast.Node]bool{}, names: map[string]int{}}
	replace := map[string]string{"zz_mutant.go": write(t, into, "zz_mutant.go", []byte(switchboard))}
	for _, name := range sources(t) {
		replace[name] = write(t, into, name, h.rewrite(t, name))
	}
	absolute := map[string]string{}
	for name, with := range replace {
		path, err := filepath.Abs(name)
		if err != nil {
			t.Fatal(err)
		}
		absolute[path] = with
	}
	list, err := json.Marshal(map[string]any{"Replace": absolute})
	if err != nil {
		t.Fatal(err)
	}
	return h.mutants, write(t, into, "overlay.json", list)
}

// switchboard is compiled into the package under test.
const switchboard = `package rules

import (
	"cmp"
	"os"
	"strconv"
)

var mutantNumber, _ = strconv.Atoi(os.Getenv("MUTANT"))

func isMutant(n int) bool { return n == mutantNumber }

func mutantMin[T cmp.Ordered](n int, first T, others ...T) T {
	for _, other := range others {
		if isMutant(n) {
			first = max(first, other)
		} else {
			first = min(first, other)
		}
	}
	return first
}

func mutantMax[T cmp.Ordered](n int, first T, others ...T) T {
	for _, other := range others {
		if isMutant(n) {
			first = min(first, other)
		} else {
			first = max(first, other)
		}
	}
	return first
}
`

func sources(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(names, func(name string) bool {
		return strings.HasSuffix(name, "_test.go") || slices.Contains(spared, name)
	})
}

func write(t *testing.T, folder, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (h *hatchery) rewrite(t *testing.T, name string) []byte {
	t.Helper()
	file, err := parser.ParseFile(h.files, name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range file.Decls {
		h.within = name
		if f, ok := d.(*ast.FuncDecl); ok {
			h.within = name + " " + f.Name.Name
		}
		ast.Walk(h, d)
	}
	var text bytes.Buffer
	if err := format.Node(&text, h.files, file); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

// number makes a mutant and returns its number.
func (h *hatchery) number(at token.Pos, what string) ast.Expr {
	name := h.within + ": " + what
	h.names[name]++
	if n := h.names[name]; n > 1 {
		name += fmt.Sprintf(" (%d)", n)
	}
	h.mutants = append(h.mutants, mutant{name, h.files.Position(at).Line})
	return &ast.BasicLit{Kind: token.INT, Value: strconv.Itoa(len(h.mutants))}
}

// is calls the switch of a mutant.
func (h *hatchery) is(at token.Pos, what string) ast.Expr {
	return &ast.CallExpr{Fun: ast.NewIdent("isMutant"), Args: []ast.Expr{h.number(at, what)}}
}

// Visit walks the source. Expressions are rewritten where statements and other
// expressions hold them. What is in both copies of a comparison is met twice.
func (h *hatchery) Visit(n ast.Node) ast.Visitor {
	if n == nil || h.met[n] {
		return nil
	}
	h.met[n] = true
	switch n := n.(type) {
	case *ast.IfStmt:
		n.Cond = h.gate(n.Cond)
	case *ast.ForStmt:
		if n.Cond != nil {
			n.Cond = h.expr(n.Cond)
		}
	case *ast.SwitchStmt:
		h.cases(n)
	case *ast.ReturnStmt:
		h.all(n.Results)
	case *ast.AssignStmt:
		h.all(n.Rhs)
	case *ast.CallExpr:
		is := h.extreme(n)
		h.all(n.Args)
		n.Args = append(is, n.Args...)
	case *ast.CompositeLit:
		h.all(n.Elts)
	case *ast.KeyValueExpr:
		n.Value = h.expr(n.Value)
	}
	return h
}

func (h *hatchery) all(list []ast.Expr) {
	for i := range list {
		list[i] = h.expr(list[i])
	}
}

// extreme makes the lesser the greater and the greater the lesser. It returns
// the arguments that this adds.
func (h *hatchery) extreme(c *ast.CallExpr) []ast.Expr {
	f, ok := c.Fun.(*ast.Ident)
	if !ok || f.Name != "min" && f.Name != "max" {
		return nil
	}
	calls, other := "mutantMin", "max"
	if f.Name == "max" {
		calls, other = "mutantMax", "min"
	}
	number := h.number(c.Pos(), f.Name+" becomes "+other+" in "+source(c))
	c.Fun = ast.NewIdent(calls)
	return []ast.Expr{number}
}

// cases takes each case away. A switch over a value becomes one over conditions.
func (h *hatchery) cases(s *ast.SwitchStmt) {
	tag := s.Tag
	if tag != nil {
		value := ast.NewIdent("mutantTag" + strconv.Itoa(len(h.mutants)))
		if s.Init != nil {
			panic("a switch with a statement of its own before its value")
		}
		s.Init = &ast.AssignStmt{Lhs: []ast.Expr{value}, Tok: token.DEFINE, Rhs: []ast.Expr{s.Tag}}
		s.Tag, tag = nil, value
	}
	for _, c := range s.Body.List {
		list := c.(*ast.CaseClause).List
		for i := range list {
			if tag == nil {
				list[i] = h.gate(list[i])
				continue
			}
			text := source(list[i])
			list[i] = paren(&ast.BinaryExpr{
				X: &ast.BinaryExpr{X: tag, Op: token.EQL, Y: list[i]}, Op: token.LAND,
				Y: &ast.UnaryExpr{Op: token.NOT, X: h.is(list[i].Pos(), "takes away the case "+text)},
			})
		}
	}
}

// gate is a condition that a mutant takes away.
func (h *hatchery) gate(e ast.Expr) ast.Expr {
	at, text := e.Pos(), source(e)
	return &ast.BinaryExpr{X: paren(h.expr(e)), Op: token.LAND, Y: &ast.UnaryExpr{Op: token.NOT, X: h.is(at, "takes away the gate "+text)}}
}

// expr returns the expression with its mutants.
func (h *hatchery) expr(e ast.Expr) ast.Expr {
	switch e := e.(type) {
	case *ast.ParenExpr:
		e.X = h.expr(e.X)
	case *ast.UnaryExpr:
		if e.Op == token.NOT {
			is := h.is(e.Pos(), "drops the not of "+source(e.X))
			e.X = h.expr(e.X)
			return paren(&ast.BinaryExpr{X: is, Op: token.NEQ, Y: paren(e)})
		}
	case *ast.BinaryExpr:
		if e.Op == token.LAND || e.Op == token.LOR {
			return h.connective(e)
		}
		return h.comparison(e)
	}
	return e
}

// connective takes away the one condition and the other. That is more than to
// turn "and" into "or", which is wrong in the same cases.
func (h *hatchery) connective(e *ast.BinaryExpr) ast.Expr {
	text := source(e)
	e.X, e.Y = h.dropped(e.X, e.Op, text), h.dropped(e.Y, e.Op, text)
	return paren(e)
}

// dropped is the side of a connective, as a mutant what changes nothing there.
func (h *hatchery) dropped(side ast.Expr, op token.Token, of string) ast.Expr {
	is := h.is(side.Pos(), "drops "+source(side)+" from "+of)
	side = paren(h.expr(side))
	if op == token.LAND {
		return paren(&ast.BinaryExpr{X: is, Op: token.LOR, Y: side})
	}
	return paren(&ast.BinaryExpr{X: &ast.UnaryExpr{Op: token.NOT, X: is}, Op: token.LAND, Y: side})
}

var opposite = map[token.Token]token.Token{
	token.LSS: token.GEQ, token.GEQ: token.LSS, token.GTR: token.LEQ, token.LEQ: token.GTR, token.EQL: token.NEQ, token.NEQ: token.EQL,
}

var edge = map[token.Token]token.Token{
	token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR,
}

// comparison is turned around and moved by one.
func (h *hatchery) comparison(e *ast.BinaryExpr) ast.Expr {
	turned, compares := opposite[e.Op]
	if !compares {
		return e
	}
	at, text := e.OpPos, source(e)
	whole := paren(&ast.BinaryExpr{X: h.is(at, fmt.Sprintf("%s becomes %s in %s", e.Op, turned, text)), Op: token.NEQ, Y: paren(e)})
	moved, ok := edge[e.Op]
	if !ok {
		return whole
	}
	is := h.is(at, fmt.Sprintf("%s becomes %s in %s", e.Op, moved, text))
	return paren(&ast.BinaryExpr{
		X:  &ast.BinaryExpr{X: is, Op: token.LAND, Y: paren(&ast.BinaryExpr{X: e.X, Op: moved, Y: e.Y})},
		Op: token.LOR,
		Y:  &ast.BinaryExpr{X: &ast.UnaryExpr{Op: token.NOT, X: is}, Op: token.LAND, Y: whole},
	})
}

func paren(e ast.Expr) ast.Expr { return &ast.ParenExpr{X: e} }

// source is the text of an expression as it was written.
func source(e ast.Expr) string {
	var text bytes.Buffer
	_ = format.Node(&text, token.NewFileSet(), e)
	return strings.Join(strings.Fields(text.String()), " ")
}
