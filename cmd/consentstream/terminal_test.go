package main

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestTablesAlignWhateverTheColours(t *testing.T) {
	for _, s := range []style{{}, {on: true}} {
		var tab table
		tab.head(s, "NAME", "STATE", "NOTE")
		tab.row(cell{text: "é"}, cell{"ok", s.green}, cell{text: "x"})
		tab.row(cell{text: "longer"}, cell{"refused", s.red}, cell{})
		tab.row(cell{text: "y"})
		var out bytes.Buffer
		if err := tab.write(&out); err != nil {
			t.Fatal(err)
		}
		plain := out.String()
		for _, code := range []string{"\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[0m"} {
			if strings.Contains(plain, code) != s.on {
				t.Errorf("colours %v: %q", s.on, plain)
			}
			plain = strings.ReplaceAll(plain, code, "")
		}
		want := "NAME    STATE    NOTE\né       ok       x\nlonger  refused\ny\n"
		if plain != want {
			t.Errorf("got\n%swant\n%s", plain, want)
		}
	}
}

func TestOnlyATerminalGetsColours(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if styleOf(file).on || styleOf(&bytes.Buffer{}).on {
		t.Error("a file or a buffer gets colours")
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  []string
	}{
		{"", 5, []string{""}},
		{"one two three", 7, []string{"one two", "three"}},
		{"a  b\nc", 80, []string{"a b c"}},
		{"incomprehensibilities is long", 5, []string{"incomprehensibilities", "is", "long"}},
		{"é é é", 3, []string{"é é", "é"}},
	} {
		if got := wrap(c.text, c.width); !slices.Equal(got, c.want) {
			t.Errorf("%q in %d: got %q, want %q", c.text, c.width, got, c.want)
		}
	}
}
