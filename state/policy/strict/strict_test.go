package strict_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"consentstream/state/policy/strict"
)

// only returns the only document of a text.
func only(t *testing.T, text string) strict.Node {
	t.Helper()
	docs, err := strict.Documents("f.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(docs) != 1 {
		t.Fatalf("%d documents, want 1", len(docs))
	}
	return docs[0]
}

func value(t *testing.T, text string) strict.Node {
	t.Helper()
	m, err := only(t, "v: "+text+"\n").Map()
	if err != nil {
		t.Fatal(err)
	}
	n, err := m.Need("v")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestDocumentsKeepTheirLines(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		lines []int
	}{
		"nothing":           {"", nil},
		"comments":          {"# a\n# b\n", nil},
		"one":               {"# a\nk: 1\n", []int{2}},
		"two":               {"k: 1\n---\nk: 2\n", []int{1, 3}},
		"empty between":     {"---\n---\nk: 1\n---\n# no\n---\nk: 2\n", []int{3, 7}},
		"comment after":     {"--- # first\nk: 1\n", []int{2}},
		"windows lines":     {"k: 1\r\n---\r\nk: 2\r\n", []int{1, 3}},
		"no end of line":    {"---\nk: 1", []int{2}},
		"marker in a text":  {"k: |\n  a\n  ---\n  b\n", []int{1}},
		"dashes are no end": {"----: 1\n", []int{1}},
		"byte order mark":   {"\uFEFFk: 1\n", []int{1}},
		"flow over lines":   {"\n{a: 1,\n b: 2}\n", []int{2}},
	} {
		t.Run(name, func(t *testing.T) {
			docs, err := strict.Documents("f.yaml", []byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			var lines []int
			for _, d := range docs {
				lines = append(lines, d.Line())
			}
			if diff := cmp.Diff(c.lines, lines); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPlainIsWhatJSONWouldGive(t *testing.T) {
	got, err := only(t, "a: text\nb: \"1\"\nc: 1\nd: true\ne: ~\nf: [1, {g: x}]\nh: {}\ni: []\nj: 2026-01-10T10:00\nk: NO\nl: |\n  two\n  lines\n").Plain()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"a": "text", "b": "1", "c": int64(1), "d": true, "e": nil, "f": []any{int64(1), map[string]any{"g": "x"}},
		"h": map[string]any{}, "i": []any{}, "j": "2026-01-10T10:00", "k": "NO", "l": "two\nlines\n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := value(t, "{a: [1.5]}").Plain(); err == nil {
		t.Error("a fraction passed")
	}
}

func TestReadersRefuseOtherTypes(t *testing.T) {
	for name, c := range map[string]struct {
		text, want string
		read       func(strict.Node) error
	}{
		"bool of a text":      {"yes", `expected true or false, found "yes"`, func(n strict.Node) error { _, err := n.Bool(); return err }},
		"int of a fraction":   {"1.0", "expected a whole number, found 1.0", func(n strict.Node) error { _, err := n.Int(); return err }},
		"int too large":       {"9223372036854775808", "expected a whole number", func(n strict.Node) error { _, err := n.Int(); return err }},
		"octal int":           {"010", "expected a whole number, found 010", func(n strict.Node) error { _, err := n.Int(); return err }},
		"hexadecimal int":     {"0x10", "expected a whole number, found 0x10", func(n strict.Node) error { _, err := n.Int(); return err }},
		"int out of range":    {"4", "expected a whole number from 1 to 3, found 4", func(n strict.Node) error { _, err := n.IntIn(1, 3); return err }},
		"text of a bool":      {"true", "expected a text, found true", func(n strict.Node) error { _, err := n.String(); return err }},
		"text of nothing":     {"", "expected a text, found nothing", func(n strict.Node) error { _, err := n.String(); return err }},
		"list of a mapping":   {"{a: 1}", "expected a list, found a mapping", func(n strict.Node) error { _, err := n.List(); return err }},
		"mapping of a list":   {"[1]", "expected a mapping (key: value), found a list", func(n strict.Node) error { _, err := n.Map(); return err }},
		"another symbol":      {"c", `expected a or b, found "c"`, func(n strict.Node) error { _, err := n.OneOf("a", "b"); return err }},
		"a long text is cut":  {strings.Repeat("x", 200), "…", func(n strict.Node) error { _, err := n.Int(); return err }},
		"a key that is a num": {"{1.5: a, true: b}", "expected a text, found true", func(n strict.Node) error { _, err := n.Map(); return err }},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.read(value(t, c.text))
			var e *strict.Error
			if !errors.As(err, &e) || e.File != "f.yaml" || e.Line != 1 || !strings.Contains(e.Text, c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestKeysThatNobodyAskedForAreRefused(t *testing.T) {
	m, err := only(t, "first: 1\nsecnd: 2\nzzz: 3\n").Map()
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := m.Take("first"); !ok {
		t.Fatal("first is not there")
	}
	if _, ok := m.Take("second"); ok {
		t.Fatal("second is there")
	}
	if err := m.Done(); err == nil || err.Error() != `f.yaml:2: unknown key "secnd": did you mean second?` {
		t.Errorf("got %v", err)
	}
	m.Take("secnd")
	if err := m.Done(); err == nil || err.Error() != `f.yaml:3: unknown key "zzz": expected first, second or secnd` {
		t.Errorf("got %v", err)
	}
}

func TestFieldFindsTheNearestLine(t *testing.T) {
	n := only(t, "a:\n  b:\n    c: 1\nl:\n  - x: 1\n  - x: 1\n    y: 2\n")
	for path, line := range map[string]int{
		"a.b.c": 3, "a.b.x": 3, "a.x": 2, "x": 1, "a.b.c.d": 3, "": 1, "l": 5, "l.1": 5, "l.2": 6, "l.2.y": 7, "l.3": 5, "l.0": 5, "l.x": 5,
	} {
		if got := n.Field(path).Line(); got != line {
			t.Errorf("%q is at line %d, want %d", path, got, line)
		}
	}
}

func TestReferencesAreRefused(t *testing.T) {
	for _, text := range []string{"a: &x 1\nb: *x\n", "<<: {a: 1}\n", "a: !!str 1\n", "a: [1, {b: !x 2}]\n"} {
		if _, err := strict.Documents("f.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), "write the value itself") {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func FuzzDocuments(f *testing.F) {
	for _, text := range []string{"a: 1\n---\nb: [1, {c: ~}]\n", "---\n---\n", "a: |\n  x\n", "{a: b, c: [d]}", "? a\n: b\n", "\xff", "a: 'b\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		docs, err := strict.Documents("f.yaml", []byte(text))
		var e *strict.Error
		if err != nil && (!errors.As(err, &e) || e.Line < 1 || e.Line > strings.Count(text, "\n")+strings.Count(text, "\r")+2) {
			t.Fatalf("got %v", err)
		}
		for _, d := range docs {
			_, _ = d.Plain()
		}
	})
}
