package main

import (
	"github.com/spf13/cobra"

	"consentstream/processor/check"
)

func newDecideCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "decide CONTACT",
		Short: "May this contact be sent this message?",
		Long: `Shows the verdicts about one contact: every message kind on every channel, or those asked for. The facts come
from archives (--input), from a state directory (--state) or from a running instance (--address).
When one kind and one channel are asked for, the exit code is 0 for allow and 1 for deny.`,
		Example: `  consentstream decide c-1042 --input events.jsonl
  consentstream decide c-1042 --input archive/ --at 2026-11-22T10:00 --kind PROMOTIONAL --channel EMAIL
  consentstream decide c-1042 --address http://127.0.0.1:8080 --output json`,
		Args: args(1, 1, "the id of one contact"),
	}
	f := addQueryFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		report, q, err := a.ask(cmd, args[0], f)
		if err != nil {
			return err
		}
		if err := a.show(report, f, writeMatrix); err != nil {
			return err
		}
		if q.Single() && !allAllowed(report) {
			return errAnswerNo
		}
		return nil
	}
	return cmd
}

// allAllowed reports whether there is a verdict and none denies.
func allAllowed(r *check.Report) bool {
	for i := range r.Verdicts {
		if !r.Verdicts[i].Allowed {
			return false
		}
	}
	return len(r.Verdicts) > 0
}
