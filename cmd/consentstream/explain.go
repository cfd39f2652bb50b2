package main

import "github.com/spf13/cobra"

func newExplainCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain CONTACT",
		Short: "Why may, or may not, this contact be sent a message?",
		Long: `Tells for each verdict the rule and its legal source, the facts that it rests on, when it changes by itself, and
what would have to happen for it to change. The facts come from archives (--input), from a state directory (--state) or
from a running instance (--address).
With --export it writes, as JSON, everything that is known about the contact, for a person who asks what is kept: all facts, the
verdicts, and for each answer a record shaped on ISO/IEC TS 27560 with what became of it.`,
		Example: `  consentstream explain c-1042 --input events.jsonl --kind PROMOTIONAL --channel EMAIL
  consentstream explain c-1042 --input archive/ --at 2026-11-22T10:00 --known-at 2026-11-20T00:00
  consentstream explain c-1042 --address http://127.0.0.1:8080 --output json
  consentstream explain c-1042 --state ./state --export > c-1042.json`,
		Args: args(1, 1, "the id of one contact"),
	}
	f := addQueryFlags(cmd)
	everything := cmd.Flags().Bool("export", false, "write everything that is known about the contact, as JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *everything {
			export, err := a.export(cmd, args[0], f)
			if err != nil {
				return err
			}
			return writeJSON(a.stdout, export)
		}
		report, _, err := a.ask(cmd, args[0], f)
		if err != nil {
			return err
		}
		return a.show(report, f, writeExplanations)
	}
	return cmd
}
