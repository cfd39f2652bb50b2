package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

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
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetHelpFunc(showHelp)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &usageError{cmd.CommandPath(), flagError(err)}
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
	addCompletion(root)
	return root
}

// addCompletion adds cobra's command, which keeps the output that root has now,
// and has it refuse a shell that it does not know.
func addCompletion(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	completion, _, err := root.Find([]string{"completion"})
	if err != nil {
		return
	}
	completion.Short = "Write what makes a shell complete commands, flags and their values"
	completion.Args, completion.RunE = cobra.ArbitraryArgs, group
	completion.Example = `  source <(consentstream completion bash)
  consentstream completion zsh > "${fpath[1]}/_consentstream"`
}

// flagError says of a value that is not of its flag's type what is expected,
// instead of how the attempt to read it went.
func flagError(err error) error {
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return err
	}
	form, known := map[string]string{
		"int": "a whole number", "int16": "a whole number", "int32": "a whole number", "int64": "a whole number",
		"uint64": "a whole number, not negative", "float64": "a number", "bool": "true or false", "duration": "a time such as 30s",
	}[invalid.GetFlag().Value.Type()]
	if !known {
		return fmt.Errorf("--%s: %w, found %q", invalid.GetFlag().Name, invalid.Unwrap(), invalid.GetValue())
	}
	return fmt.Errorf("--%s: expected %s, found %q", invalid.GetFlag().Name, form, invalid.GetValue())
}
