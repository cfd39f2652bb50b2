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
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The mutation run: every comparison is turned around and moved by one, every
// "and" becomes an "or", every gate is taken away, one at a time, and the tests
// must notice. All mutants are compiled into one binary, which the environment
// tells which of them to be.
//
//	go test -tags mutants -run TestMutants -timeout 2h -v ./state/rules
//
// STAGES=1 stops at the tables, which take a fifth of a second for a mutant;
// ONLY=n tries one mutant, FROM=n begins there.
//
// README.md of this package tells how far it has come.

// mutant is one change of the source.
type mutant struct {
	at   token.Position
	what string
}

func (m mutant) String() string {
	return fmt.Sprintf("%s:%d %s", filepath.Base(m.at.Filename), m.at.Line, m.what)
}

// hatchery numbers the mutants and rewrites the source so that each can be
// switched on.
type hatchery struct {
	files   *token.FileSet
	mutants []mutant
}

func (h *hatchery) number(at token.Pos, what string) ast.Expr {
	h.mutants = append(h.mutants, mutant{h.files.Position(at), what})
	return &ast.BasicLit{Kind: token.INT, Value: strconv.Itoa(len(h.mutants))}
}

// is calls the switch of a mutant.
func (h *hatchery) is(at token.Pos, what string) ast.Expr {
	return &ast.CallExpr{Fun: ast.NewIdent("isMutant"), Args: []ast.Expr{h.number(at, what)}}
}

var opposite = map[token.Token]token.Token{
	token.LSS: token.GEQ, token.GEQ: token.LSS, token.GTR: token.LEQ, token.LEQ: token.GTR, token.EQL: token.NEQ, token.NEQ: token.EQL,
}

var edge = map[token.Token]token.Token{
	token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR,
}

// expr returns the expression with its mutants.
func (h *hatchery) expr(e ast.Expr) ast.Expr {
	switch e := e.(type) {
	case *ast.ParenExpr:
		e.X = h.expr(e.X)
	case *ast.UnaryExpr:
		if e.Op == token.NOT {
			at := e.Pos()
			e.X = h.expr(e.X)
			return paren(&ast.BinaryExpr{X: h.is(at, "drops a not"), Op: token.NEQ, Y: paren(e)})
		}
	case *ast.BinaryExpr:
		return h.binary(e)
	}
	return e
}

func (h *hatchery) binary(e *ast.BinaryExpr) ast.Expr {
	at, text := e.OpPos, source(e)
	switch e.Op {
	case token.LAND, token.LOR:
		e.X, e.Y = h.expr(e.X), h.expr(e.Y)
		other := token.LOR
		if e.Op == token.LOR {
			other = token.LAND
		}
		return h.either(at, fmt.Sprintf("%s becomes %s in %s", e.Op, other, text), paren(e), paren(&ast.BinaryExpr{X: e.X, Op: other, Y: e.Y}))
	}
	turned, compares := opposite[e.Op]
	if !compares {
		return e
	}
	var whole ast.Expr = paren(&ast.BinaryExpr{X: h.is(at, fmt.Sprintf("%s becomes %s in %s", e.Op, turned, text)), Op: token.NEQ, Y: paren(e)})
	if moved, ok := edge[e.Op]; ok {
		whole = h.either(at, fmt.Sprintf("%s becomes %s in %s", e.Op, moved, text), whole, paren(&ast.BinaryExpr{X: e.X, Op: moved, Y: e.Y}))
	}
	return whole
}

// either is the second expression for the mutant and the first for all others.
func (h *hatchery) either(at token.Pos, what string, usual, mutated ast.Expr) ast.Expr {
	number := h.number(at, what)
	on := func() ast.Expr { return &ast.CallExpr{Fun: ast.NewIdent("isMutant"), Args: []ast.Expr{number}} }
	return paren(&ast.BinaryExpr{
		X:  &ast.BinaryExpr{X: on(), Op: token.LAND, Y: mutated},
		Op: token.LOR,
		Y:  &ast.BinaryExpr{X: &ast.UnaryExpr{Op: token.NOT, X: on()}, Op: token.LAND, Y: usual},
	})
}

func paren(e ast.Expr) ast.Expr { return &ast.ParenExpr{X: e} }

func source(e ast.Expr) string {
	var text bytes.Buffer
	_ = format.Node(&text, token.NewFileSet(), e)
	return strings.Join(strings.Fields(text.String()), " ")
}

// gate is a condition that a mutant takes away.
func (h *hatchery) gate(e ast.Expr) ast.Expr {
	at, text := e.Pos(), source(e)
	return &ast.BinaryExpr{X: paren(h.expr(e)), Op: token.LAND, Y: &ast.UnaryExpr{Op: token.NOT, X: h.is(at, "takes away the gate "+text)}}
}

// Visit walks statements; expressions are rewritten where statements hold them.
func (h *hatchery) Visit(n ast.Node) ast.Visitor {
	switch n := n.(type) {
	case *ast.IfStmt:
		n.Cond = h.gate(n.Cond)
	case *ast.ForStmt:
		return h
	case *ast.SwitchStmt:
		if n.Tag == nil {
			h.cases(n)
		}
	case *ast.ReturnStmt:
		for i := range n.Results {
			n.Results[i] = h.expr(n.Results[i])
		}
	case *ast.AssignStmt:
		for i := range n.Rhs {
			n.Rhs[i] = h.expr(n.Rhs[i])
		}
	}
	return h
}

func (h *hatchery) cases(s *ast.SwitchStmt) {
	for _, c := range s.Body.List {
		list := c.(*ast.CaseClause).List
		for i := range list {
			list[i] = h.gate(list[i])
		}
	}
}

// breed rewrites the package into a folder and returns the overlay for go.
func (h *hatchery) breed(t *testing.T, into string) string {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") || slices.Contains(spared, name) {
			continue
		}
		file, err := parser.ParseFile(h.files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Walk(h, file)
		var text bytes.Buffer
		if err := format.Node(&text, h.files, file); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(here, name)] = write(t, into, name, text.Bytes())
	}
	replace[filepath.Join(here, "zz_mutant.go")] = write(t, into, "zz_mutant.go", []byte(`package rules

import (
	"os"
	"strconv"
)

var mutantNumber, _ = strconv.Atoi(os.Getenv("MUTANT"))

func isMutant(n int) bool { return n == mutantNumber }
`))
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	return write(t, into, "overlay.json", overlay)
}

// spared files decide nothing: texts and the policy's own checks.
var spared = []string{"catalogue.go", "reasons.go", "doc.go"}

func write(t *testing.T, folder, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestMutants(t *testing.T) {
	folder := t.TempDir()
	h := &hatchery{files: token.NewFileSet()}
	overlay := h.breed(t, folder)
	tables, oracle := filepath.Join(folder, "tables.test"), filepath.Join(folder, "oracle.test")
	compile(t, overlay, tables, ".")
	compile(t, overlay, oracle, "./oracle")
	stages := []stage{
		{10, tables, []string{"-test.skip=Until|Allows|AllowedByLaw|ChangeNothing|Permits|Alone|Leak|Agrees|MoveNothing|Mutants"}},
		{60, tables, []string{"-test.skip=Mutants", "-rapid.checks=200", "-rapid.nofailfile"}},
		{120, oracle, nil},
	}
	if quick, _ := strconv.Atoi(os.Getenv("STAGES")); quick > 0 {
		stages = stages[:quick]
	}
	for _, s := range stages {
		if !s.passes(0) {
			t.Fatalf("the tests fail without a mutant: %v", s)
		}
	}
	only, _ := strconv.Atoi(os.Getenv("ONLY"))
	from, _ := strconv.Atoi(os.Getenv("FROM"))
	survivors := 0
	for i, m := range h.mutants {
		if only != 0 && only != i+1 || i+1 < from {
			continue
		}
		if !slices.ContainsFunc(stages, func(s stage) bool { return !s.passes(i + 1) }) {
			survivors++
			t.Logf("SURVIVOR %d %v", i+1, m)
		}
	}
	t.Logf("%d mutants, %d survivors", len(h.mutants), survivors)
}

func compile(t *testing.T, overlay, binary, pkg string) {
	t.Helper()
	if out, err := exec.Command("go", "test", "-c", "-overlay", overlay, "-o", binary, pkg).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// stage is one test binary with a part of its tests, the quick ones first.
type stage struct {
	seconds int // of patience
	binary  string
	args    []string
}

// passes runs the tests as a mutant. One that does not end, or collects without
// end, does not pass.
func (s stage) passes(number int) bool {
	bounds := []string{"--signal=KILL", strconv.Itoa(s.seconds), "sh", "-c", `ulimit -v 3000000; exec "$0" "$@"`}
	run := exec.Command("timeout", slices.Concat(bounds, []string{s.binary, "-test.failfast"}, s.args)...)
	run.Env = append(os.Environ(), "MUTANT="+strconv.Itoa(number))
	if strings.HasSuffix(s.binary, "oracle.test") {
		run.Dir = "oracle"
	}
	return run.Run() == nil
}
