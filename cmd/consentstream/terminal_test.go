package main

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"consentstream/processor/check"
	"consentstream/state"
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

// On 80 letters nothing of a matrix, of explanations or of the demo is folded by
// the terminal.
func TestNarrowOutputFits(t *testing.T) {
	const width = 80
	report := &check.Report{TimeZone: "Europe/Paris", Verdicts: []check.Verdict{{
		Channel: "PHONE", MessageKind: "CART_ABANDONMENT", Reason: "PHONE_OPTOUT_PRE_20260811", Rules: []string{"R10", "R23", "R24", "R25", "R26"},
		Until: check.Timestamp(state.At(time.Date(2026, 8, 10, 22, 0, 0, 0, time.UTC))),
	}, {
		Channel: "EMAIL", MessageKind: "UNSUBSCRIBE_CONFIRMATION", Reason: "POLICY_OFF", Rules: []string{"R17"}, Until: check.Timestamp(state.Unset),
	}}}
	var out bytes.Buffer
	p := newPage(&out, report)
	p.width = width
	writeMatrix(p, report)
	p.field("rule", strings.Repeat("a sentence that goes on ", 10))
	if err := p.flush(); err != nil {
		t.Fatal(err)
	}
	w := demoWatch{out: &out, width: width}
	w.line(0, "c-152", "✗", style{}.red, "EMAIL CART_ABANDONMENT, SMS CART_ABANDONMENT", "EXPIRED R12 R42 R45")
	for line := range strings.Lines(out.String()) {
		if letters := utf8.RuneCountInString(line) - 1; letters > width {
			t.Errorf("%d letters: %s", letters, line)
		}
	}
	for _, want := range []string{"PHONE CART_ABANDONMENT", "PHONE_OPTOUT_PRE_20260811", "2026-08-11\n", "EXPIRED R12 R42 R45"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s\nlacks %q", out.String(), want)
		}
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
