package main

import "github.com/spf13/cobra"

// newRootCommand returns the command tree. A new command is one file with a
// constructor, and one line here.
func newRootCommand(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "consentstream",
		Short: "May we send this person this message, today, and why?",
		Long: `consentstream reads purchases, clicks, signups and unsubscribes, keeps what is known
about each contact, and tells which messages may be sent to whom, under which rule.
It states an engineering reading of the law (France, EU); it is not legal advice.`,
		Example: `  consentstream test scenarios/
  consentstream decide c-1042 --input events.jsonl --kind PROMOTIONAL --channel EMAIL
  consentstream policy check policy.yaml`,
		Args:                       cobra.ArbitraryArgs,
		RunE:                       group,
		SilenceErrors:              true,
		SilenceUsage:               true,
		SuggestionsMinimumDistance: 2,
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &usageError{cmd.CommandPath(), err}
	})
	root.AddCommand(
		newDemoCommand(a),
		newRunCommand(a),
		newTopicsCommand(a),
		newDoctorCommand(a),
		newReplayCommand(a),
		newGenerateCommand(a),
		newDeadLettersCommand(a),
		newTestCommand(a),
		newDecideCommand(a),
		newExplainCommand(a),
		newPolicyCommand(a),
		newSchemasCommand(a),
		newHealthCommand(a),
		newVersionCommand(a),
	)
	return root
}
