package state_test

import (
	"go/ast"
	"strings"
	"testing"
)

// impure are calls that the standard library offers and that a decision must
// not make, with what to do instead.
var impure = map[string]string{
	"time.Now":       "take the instant as an argument",
	"time.Since":     "take both instants as arguments",
	"time.Until":     "take both instants as arguments",
	"time.Sleep":     "return the instant to be called again at",
	"time.After":     "return the instant to be called again at",
	"time.AfterFunc": "return the instant to be called again at",
	"time.NewTimer":  "return the instant to be called again at",
	"time.NewTicker": "return the instant to be called again at",
	"time.Tick":      "return the instant to be called again at",
	"fmt.Print":      "return what there is to say",
	"fmt.Printf":     "return what there is to say",
	"fmt.Println":    "return what there is to say",
}

func TestPurePackagesAskNoClock(t *testing.T) {
	for _, pkg := range sources(t) {
		if !pure(pkg.path) {
			continue
		}
		for _, file := range pkg.files {
			for _, use := range impureUses(file.syntax) {
				t.Errorf("%s: %s in a pure package: %s\nreason: %s", file.position(use.node), use.what, use.instead,
					"a decision is repeated years later to explain it, and by the tests a thousand times a second: nothing but its arguments may change it")
			}
		}
	}
}

func TestImpureUsesAreFound(t *testing.T) {
	source := `package p
import (
	clock "time"
	"fmt"
)
var now = clock.Now
func f() { fmt.Println(clock.Until(clock.Time{})); go f(); println(1); _ = fmt.Sprint(2) }
`
	var got []string
	for _, use := range impureUses(parse(t, "p.go", source).syntax) {
		got = append(got, use.what)
	}
	want := "time.Now fmt.Println time.Until go println"
	if strings.Join(got, " ") != want {
		t.Errorf("found %q, want %q", got, want)
	}
}

type impureUse struct {
	node    ast.Node
	what    string
	instead string
}

// impureUses finds a call or a mention (handing time.Now on is as bad as
// calling it), under whatever name the package is imported.
func impureUses(file *ast.File) []impureUse {
	imported := importNames(file)
	var uses []impureUse
	ast.Inspect(file, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok {
				name := imported[x.Name] + "." + n.Sel.Name
				if instead, bad := impure[name]; bad {
					uses = append(uses, impureUse{n, name, instead})
				}
			}
		case *ast.GoStmt:
			uses = append(uses, impureUse{n, "go", "let the caller decide what runs at once"})
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.Ident); ok && (f.Name == "print" || f.Name == "println") {
				uses = append(uses, impureUse{n, f.Name, "return what there is to say"})
			}
		}
		return true
	})
	return uses
}

func importNames(file *ast.File) map[string]string {
	names := map[string]string{}
	for _, spec := range file.Imports {
		path := importPath(spec)
		name := path[strings.LastIndex(path, "/")+1:]
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = path
	}
	return names
}
