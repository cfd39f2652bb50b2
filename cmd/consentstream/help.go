package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Widths of help texts, in letters: that of the terminal between these bounds, so
// that lines stay readable on a wide one, and the usual one where there is none.
const (
	narrowestHelp = 60
	usualHelp     = 80
	widestHelp    = 100
)

// showHelp is the help function of every command: what it does, how it is
// called, and its subcommands and flags, fitted to the terminal.
func showHelp(cmd *cobra.Command, _ []string) {
	w := cmd.OutOrStdout()
	width := min(max(widthOf(w, usualHelp), narrowestHelp), widestHelp)
	about := cmd.Long
	if about == "" {
		about = cmd.Short + "."
	}
	fmt.Fprintf(w, "%s\n\nUsage:\n  %s\n", paragraphs(about, width), usageLine(cmd))
	if cmd.HasExample() {
		fmt.Fprintf(w, "\nExamples:\n%s\n", strings.TrimRight(cmd.Example, "\n"))
	}
	if cmd.HasAvailableSubCommands() {
		listCommands(w, cmd, width)
	}
	if cmd.HasAvailableLocalFlags() {
		fmt.Fprintln(w, "\nFlags:")
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) { showFlag(w, f, width) })
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(w, "\n\"%s COMMAND --help\" tells more about a command.\n", cmd.CommandPath())
	}
}

// usageLine is how a command is called; one that only holds others needs a word more.
func usageLine(cmd *cobra.Command) string {
	if cmd.HasAvailableSubCommands() {
		return cmd.CommandPath() + " COMMAND [flags]"
	}
	return cmd.UseLine()
}

func listCommands(w io.Writer, cmd *cobra.Command, width int) {
	fmt.Fprintln(w, "\nCommands:")
	names := 0
	for _, child := range cmd.Commands() {
		names = max(names, len(child.Name()))
	}
	for _, child := range cmd.Commands() {
		if !child.IsAvailableCommand() || child.Name() == "help" {
			continue
		}
		name := child.Name()
		for _, line := range wrap(child.Short, width-names-4) {
			fmt.Fprintf(w, "  %-*s  %s\n", names, name, line)
			name = ""
		}
	}
}

// flagColumn is where what a flag means begins. A flag that is longer has its
// meaning below.
const flagColumn = 26

func showFlag(w io.Writer, f *pflag.Flag, width int) {
	if f.Hidden {
		return
	}
	value, meaning := pflag.UnquoteUsage(f)
	head := "      --" + f.Name
	if f.Shorthand != "" {
		head = "  -" + f.Shorthand + ", --" + f.Name
	}
	if value != "" {
		head += " " + value
	}
	if !slices.Contains([]string{"", "0", "0s", "false", "[]"}, f.DefValue) {
		meaning += " (default " + f.DefValue + ")"
	}
	if utf8.RuneCountInString(head) > flagColumn-2 {
		fmt.Fprintln(w, head)
		head = ""
	}
	for _, line := range wrap(meaning, width-flagColumn) {
		fmt.Fprintf(w, "%-*s%s\n", flagColumn, head, line)
		head = ""
	}
}

// paragraphs fits a text to a width. An empty line ends a paragraph; one that is
// indented stays as it is.
func paragraphs(text string, width int) string {
	parts := strings.Split(text, "\n\n")
	for i := range parts {
		if !strings.HasPrefix(parts[i], "\t") && !strings.HasPrefix(parts[i], " ") {
			parts[i] = strings.Join(wrap(parts[i], width), "\n")
		}
	}
	return strings.Join(parts, "\n\n")
}
