package state_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// source is one package of the module as it is written, tests left out: a test
// may use whatever it likes.
type source struct {
	path    string
	files   []sourceFile
	imports []sourceImport
}

type sourceFile struct {
	set    *token.FileSet
	syntax *ast.File
}

type sourceImport struct {
	path string
	at   token.Position
}

func (f sourceFile) position(n ast.Node) token.Position { return f.set.Position(n.Pos()) }

// sources reads every package of the module.
func sources(t *testing.T) []*source {
	t.Helper()
	packages := map[string]*source{}
	root := moduleRoot(t)
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && name != root && skipped(entry.Name()) {
			return filepath.SkipDir
		}
		if !entry.IsDir() && strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			add(t, packages, root, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var list []*source
	for _, pkg := range packages {
		list = append(list, pkg)
	}
	if len(list) < 5 {
		t.Fatalf("only %d packages below %s: the search is broken", len(list), root)
	}
	return list
}

func skipped(dir string) bool { return dir == "testdata" || strings.HasPrefix(dir, ".") }

func add(t *testing.T, packages map[string]*source, root, name string) {
	t.Helper()
	inside, err := filepath.Rel(root, filepath.Dir(name))
	if err != nil {
		t.Fatal(err)
	}
	at := path.Join(module, filepath.ToSlash(inside))
	pkg := packages[at]
	if pkg == nil {
		pkg = &source{path: at}
		packages[at] = pkg
	}
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	file := parse(t, filepath.Join(inside, filepath.Base(name)), string(content))
	pkg.files = append(pkg.files, file)
	for _, spec := range file.syntax.Imports {
		pkg.imports = append(pkg.imports, sourceImport{importPath(spec), file.position(spec)})
	}
}

func parse(t *testing.T, name, content string) sourceFile {
	t.Helper()
	set := token.NewFileSet()
	syntax, err := parser.ParseFile(set, name, content, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return sourceFile{set, syntax}
}

func importPath(spec *ast.ImportSpec) string {
	unquoted, _ := strconv.Unquote(spec.Path.Value) // the parser has checked it
	return unquoted
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
	}
}
