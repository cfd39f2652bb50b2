//go:build mutants

package rules_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// The mutation run: every comparison is turned around and moved by one, every
// gate, case and part of a condition is taken away, one at a time, and the tests
// must notice. All mutants are compiled into one binary, which the environment
// tells which of them to be. GOMAXPROCS is how many are tried at a time.
//
//	go test -tags mutants -run TestMutants -timeout 24h -v ./state/rules
//
// STAGES=1 stops at the tables, ONLY=regexp tries the mutants whose names match,
// FROM=n begins at one. README.md of this package has the result.
func TestMutants(t *testing.T) {
	folder := t.TempDir()
	mutants, overlay := breed(t, folder)
	r := &mutationRun{mutants: mutants, stages: stagesOf(t, folder, overlay), survived: make([]bool, len(mutants)), tried: make([]bool, len(mutants))}
	for _, s := range r.stages {
		if how := s.try(0); how != survives {
			t.Fatalf("the tests fail without a mutant: %v (%s)", s, how)
		}
	}
	r.try(t, envPattern(t, "ONLY"), envNumber(t, "FROM", 1))
	r.report(t, equivalents(t))
}

// mutationRun is what became of the mutants.
type mutationRun struct {
	mutants  []mutant
	stages   []stage
	tried    []bool
	survived []bool
	killed   [4][3]atomic.Int32 // by stage and by how
}

// try takes the mutants through the stages, some at a time.
func (r *mutationRun) try(t *testing.T, only *regexp.Regexp, from int) {
	t.Helper()
	var next atomic.Int32
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(r.mutants); i = int(next.Add(1)) - 1 {
				if m := r.mutants[i]; i+1 >= from && only.MatchString(m.name) {
					r.tried[i], r.survived[i] = true, r.survives(i)
					if r.survived[i] {
						t.Logf("%d survives, line %d: %s", i+1, m.line, m.name)
					}
				}
			}
		})
	}
	all.Wait()
}

func (r *mutationRun) survives(i int) bool {
	for n, s := range r.stages {
		if how := s.try(i + 1); how != survives {
			r.killed[n][how].Add(1)
			return false
		}
	}
	return true
}

// report fails for each mutant that survives and is not listed as equivalent,
// and for each that is listed and does not.
func (r *mutationRun) report(t *testing.T, listed map[string]bool) {
	t.Helper()
	tried, survivors, known := 0, 0, map[string]bool{}
	for i, m := range r.mutants {
		known[m.name] = true
		if !r.tried[i] {
			continue
		}
		tried++
		switch {
		case r.survived[i]:
			survivors++
			if !listed[m.name] {
				t.Errorf("SURVIVES: %s (line %d, number %d)", m.name, m.line, i+1)
			}
		case listed[m.name]:
			t.Errorf("listed as equivalent, and a test fails: %s", m.name)
		}
	}
	for name := range listed {
		if !known[name] {
			t.Errorf("listed as equivalent, and there is no such mutant: %s", name)
		}
	}
	t.Logf("%d mutants of %d tried, %d survive, %d are listed as equivalent", tried, len(r.mutants), survivors, len(listed))
	for n, s := range r.stages {
		k := &r.killed[n]
		t.Logf("%s: %d fail a test, %d panic, %d do not end", s.name, k[fails].Load(), k[panics].Load(), k[endless].Load())
	}
}

// stage is one test binary with a part of its tests, the quick ones first.
type stage struct {
	name    string
	seconds int // of computing
	binary  string
	folder  string
	args    []string
}

// fate is what a mutant comes to in a stage.
type fate int

const (
	fails fate = iota
	panics
	endless // computes, or collects, without end
	survives
)

func (f fate) String() string { return [...]string{"fails", "panics", "does not end", "survives"}[f] }

// stagesOf compiles the tests and cuts them into stages.
func stagesOf(t *testing.T, folder, overlay string) []stage {
	t.Helper()
	tables, oracle := filepath.Join(folder, "tables.test"), filepath.Join(folder, "oracle.test")
	compile(t, overlay, tables, ".")
	compile(t, overlay, oracle, "./oracle")
	drawn, long := testsThat(t, draws), testsThat(t, isLong)
	stages := []stage{
		{"tables", 3, tables, ".", []string{"-test.skip=^(" + drawn + "|" + long + "|TestMutants)$"}},
		{"long tables", 10, tables, ".", []string{"-test.run=^(" + long + ")$"}},
		{"properties", 60, tables, ".", []string{"-test.run=^(" + drawn + ")$", "-rapid.seed=1", "-rapid.checks=150", "-rapid.nofailfile"}},
		{"oracle", 120, oracle, "oracle", nil}, // its seeds are fixed unless the environment says otherwise
	}
	return stages[:envNumber(t, "STAGES", len(stages))]
}

func compile(t *testing.T, overlay, binary, pkg string) {
	t.Helper()
	if out, err := exec.Command("go", "test", "-c", "-overlay", overlay, "-o", binary, pkg).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// testsThat are the names of the tests of a kind.
func testsThat(t *testing.T, are func(file string, f *ast.FuncDecl) bool) string {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && strings.HasPrefix(f.Name.Name, "Test") && are(name, f) {
				names = append(names, f.Name.Name)
			}
		}
	}
	return strings.Join(names, "|")
}

// isLong reports whether a test is about each day of a century or each scenario,
// which takes as long as all other tables.
func isLong(file string, _ *ast.FuncDecl) bool {
	return file == "calendar_test.go" || file == "offsets_test.go" || file == "scenarios_test.go"
}

// draws reports whether a test draws what it tries: whether it calls rapid.
func draws(_ string, f *ast.FuncDecl) bool {
	found := false
	ast.Inspect(f, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if ok {
			from, isName := s.X.(*ast.Ident)
			found = found || isName && from.Name == "rapid" && s.Sel.Name == "Check"
		}
		return !found
	})
	return found
}

// try runs the tests as a mutant. What it may compute and collect is bounded,
// not how long it takes, which others on the machine decide.
func (s stage) try(number int) fate {
	bounds := []string{"-c", `ulimit -t "$0"; ulimit -v 3000000; exec "$@"`, strconv.Itoa(s.seconds), s.binary, "-test.failfast", "-test.timeout=0"}
	run := exec.Command("sh", slices.Concat(bounds, s.args)...)
	run.Dir, run.Env = s.folder, append(os.Environ(), "GOMAXPROCS=1", "MUTANT="+strconv.Itoa(number))
	out, err := run.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return survives
	case !errors.As(err, &exit) || exit.ExitCode() < 0 || strings.Contains(string(out), "out of memory"):
		return endless
	case strings.Contains(string(out), "panic:") || strings.Contains(string(out), "fatal error:"):
		return panics
	}
	return fails
}

// equivalents reads the list of mutants that change no result. A block begins
// with why, in lines that begin with #.
func equivalents(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile("testdata/equivalent-mutants.txt")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for block := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n\n") {
		reason := false
		for line := range strings.SplitSeq(block, "\n") {
			switch {
			case line == "":
			case strings.HasPrefix(line, "# "):
				reason = true
			case !reason:
				t.Errorf("listed without a reason: %s", line)
			case listed[line]:
				t.Errorf("listed twice: %s", line)
			default:
				listed[line] = true
			}
		}
	}
	return listed
}

func envNumber(t *testing.T, name string, otherwise int) int {
	t.Helper()
	given := os.Getenv(name)
	if given == "" {
		return otherwise
	}
	n, err := strconv.Atoi(given)
	if err != nil {
		t.Fatalf("%s: %v, expected a number", name, err)
	}
	return n
}

func envPattern(t *testing.T, name string) *regexp.Regexp {
	t.Helper()
	pattern, err := regexp.Compile(os.Getenv(name))
	if err != nil {
		t.Fatalf("%s: %v, expected a pattern", name, err)
	}
	return pattern
}
