package main

import "github.com/spf13/cobra"

func newExplainCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain CONTACT",
		Short: "Why may, or may not, this contact be sent a message?",
		Long: `Tells for each verdict the rule and its legal source, the facts that it rests on, when it changes by itself, and
what would have to happen for it to change. The facts come from archives (--input), from a state directory (--state) or
from a running instance (--address).`,
		Example: `  consentstream explain c-1042 --input events.jsonl --kind PROMOTIONAL --channel EMAIL
  consentstream explain c-1042 --input archive/ --at 2026-11-22T10:00 --known-at 2026-11-20T00:00
  consentstream explain c-1042 --address http://127.0.0.1:8080 --output json`,
		Args: args(1, 1, "the id of one contact"),
	}
	f := addQueryFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		report, _, err := a.ask(cmd, args[0], f)
		if err != nil {
			return err
		}
		return a.show(report, f, writeExplanations)
	}
	return cmd
}
