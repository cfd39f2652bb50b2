package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"consentstream/schemas"
)

func newSchemasCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "schemas",
		Short: "List, show and register the Avro schemas of the records",
		Long:  `The records of the input and output topics are Avro; their schemas are built into this program.`,
		Example: `  consentstream schemas list
  consentstream schemas show Unsubscribe > Unsubscribe.avsc
  consentstream schemas register --registry http://127.0.0.1:8081`,
		Args: cobra.ArbitraryArgs,
		RunE: group,
	}
	cmd.AddCommand(newSchemasListCommand(a), newSchemasShowCommand(a), newSchemasRegisterCommand(a))
	return cmd
}

type listedSchema struct {
	Record      string `json:"record"`
	Topic       string `json:"topic"`
	Direction   string `json:"direction"` // in or out
	Subject     string `json:"subject"`   // in a schema registry
	Fingerprint string `json:"fingerprint"`
}

func listSchemas() []listedSchema {
	var list []listedSchema
	for _, s := range schemas.All() {
		direction := "out"
		if s.Input {
			direction = "in"
		}
		list = append(list, listedSchema{s.Name, s.Topic, direction, s.Subject(), fmt.Sprintf("%016x", s.Fingerprint)})
	}
	return list
}

func newSchemasListCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the records with their topics and fingerprints",
		Example: "  consentstream schemas list --output json",
		Args:    noArgs,
	}
	output := addOutput(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		list := listSchemas()
		if output.isJSON() {
			return writeJSON(a.stdout, list)
		}
		var t table
		t.head(styleOf(a.stdout), "RECORD", "TOPIC", "DIRECTION", "FINGERPRINT")
		for _, s := range list {
			t.row(cell{text: s.Record}, cell{text: s.Topic}, cell{text: s.Direction}, cell{text: s.Fingerprint})
		}
		return t.write(a.stdout)
	}
	return cmd
}

func newSchemasShowCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show RECORD",
		Short: "Write the schema of a record",
		Example: `  consentstream schemas show Purchase
  consentstream schemas show Purchase --canonical`,
		Args:              args(1, 1, "the name of one record"),
		ValidArgsFunction: cobra.FixedCompletions(schemaNames(), cobra.ShellCompDirectiveNoFileComp),
	}
	canonical := cmd.Flags().Bool("canonical", false, "write the parsing canonical form, which the fingerprint is of")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, ok := schemas.ByName(args[0])
		if !ok {
			return usagef(cmd, "unknown record %q: expected one of %s", args[0], strings.Join(schemaNames(), ", "))
		}
		text := s.Text
		if *canonical {
			text = s.Canonical()
		}
		_, err := fmt.Fprintln(a.stdout, strings.TrimSuffix(text, "\n"))
		return err
	}
	return cmd
}

func schemaNames() []string {
	var names []string
	for _, s := range schemas.All() {
		names = append(names, s.Name)
	}
	return names
}
