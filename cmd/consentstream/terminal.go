package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// style colours words for a terminal; off, it leaves them as they are.
type style struct{ on bool }

// styleOf decides whether a writer gets colours: only a terminal does, and
// only where NO_COLOR is not set (https://no-color.org).
func styleOf(w io.Writer) style {
	f, ok := w.(*os.File)
	return style{ok && os.Getenv("NO_COLOR") == "" && term.IsTerminal(int(f.Fd()))}
}

// widthOf returns how many letters a line of a terminal holds; otherwise is the
// answer where the writer is none.
func widthOf(w io.Writer, otherwise int) int {
	f, ok := w.(*os.File)
	if !ok {
		return otherwise
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width <= 0 {
		return otherwise
	}
	return width
}

func (s style) colour(code, text string) string {
	if !s.on {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s style) green(text string) string { return s.colour("32", text) }
func (s style) red(text string) string   { return s.colour("31", text) }
func (s style) bold(text string) string  { return s.colour("1", text) }
func (s style) faint(text string) string { return s.colour("2", text) }

// cell is a text of a table and the colour it gets once it is padded.
type cell struct {
	text  string
	paint func(string) string // nil = none
}

// table aligns rows of cells; the first row is its head.
type table struct{ rows [][]cell }

func (t *table) head(s style, names ...string) {
	row := make([]cell, len(names))
	for i, name := range names {
		row[i] = cell{name, s.bold}
	}
	t.rows = append(t.rows, row)
}

func (t *table) row(cells ...cell) { t.rows = append(t.rows, cells) }

// width returns how many letters the longest line of the table has.
func (t *table) width() int {
	longest, widths := 0, t.widths()
	for _, row := range t.rows {
		plain := make([]cell, len(row))
		for i := range row {
			plain[i].text = row[i].text
		}
		longest = max(longest, utf8.RuneCountInString(line(plain, widths)))
	}
	return longest
}

// write prints the table with two blanks between columns and none at line ends.
func (t *table) write(w io.Writer) error {
	widths := t.widths()
	for _, row := range t.rows {
		if _, err := fmt.Fprintln(w, line(row, widths)); err != nil {
			return err
		}
	}
	return nil
}

// line pads the cells of a row but for the last one that holds anything.
func line(row []cell, widths []int) string {
	for len(row) > 0 && row[len(row)-1].text == "" {
		row = row[:len(row)-1]
	}
	var b strings.Builder
	for i, c := range row {
		text, pad := c.text, widths[i]-utf8.RuneCountInString(c.text)
		if c.paint != nil {
			text = c.paint(text)
		}
		b.WriteString(text)
		if i < len(row)-1 {
			b.WriteString(strings.Repeat(" ", pad+2))
		}
	}
	return b.String()
}

func (t *table) widths() []int {
	var widths []int
	for _, row := range t.rows {
		for i, c := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(c.text))
		}
	}
	return widths
}

// wrap breaks a text into lines of at most width letters.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}
