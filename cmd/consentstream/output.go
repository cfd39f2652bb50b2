package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// choice is a flag that takes one of a few words.
type choice struct {
	value string
	words []string
}

// String implements pflag.Value.
func (c *choice) String() string { return c.value }

// Set implements pflag.Value.
func (c *choice) Set(word string) error {
	if !slices.Contains(c.words, word) {
		return fmt.Errorf("expected one of %s", strings.Join(c.words, ", "))
	}
	c.value = word
	return nil
}

// Type implements pflag.Value; it stands in the help text.
func (c *choice) Type() string { return strings.Join(c.words, "|") }

// addChoice adds a flag that takes one of the words, the first by default.
func addChoice(cmd *cobra.Command, name, usage string, words ...string) *choice {
	c := &choice{words[0], words}
	cmd.Flags().Var(c, name, usage)
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
	return c
}

// addOutput adds --output text|json.
func addOutput(cmd *cobra.Command) *choice {
	return addChoice(cmd, "output", "form of the output", "text", "json")
}

func (c *choice) isJSON() bool { return c.value == "json" }

// writeJSON writes a value as indented JSON.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("write the output: %w", err)
	}
	return nil
}
