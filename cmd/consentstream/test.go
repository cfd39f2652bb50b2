package main

import (
	"runtime"

	"github.com/spf13/cobra"

	"consentstream/processor/scenario"
)

func newTestCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "test FILE...",
		Short: "Run scenario files: given these facts, is this the answer?",
		Long: `Runs the scenarios of files, or of folders with all that is below them, on a virtual clock and without a broker.
A decision that is not the expected one is shown with its explanation. The exit code is 0 when all passed, 1 when any
failed, 2 when a file cannot be read.`,
		Example: `  consentstream test scenarios/
  consentstream test unsubscribe.yaml retention.yaml
  consentstream test scenarios/ --output json`,
		Args: args(1, anyNumber, "at least one scenario file or folder"),
	}
	workers := cmd.Flags().Int("parallel", runtime.GOMAXPROCS(0), "scenarios that run at the same time")
	output := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return a.test(cmd, args, *workers, output) }
	return cmd
}

func (a *app) test(cmd *cobra.Command, paths []string, workers int, output *choice) error {
	if workers < 1 {
		return usagef(cmd, "--parallel: expected at least 1, found %d", workers)
	}
	scenarios, err := scenario.Load(paths...)
	if err != nil {
		return err
	}
	results := scenario.RunAll(cmd.Context(), scenarios, workers)
	if err := a.showResults(results, output); err != nil {
		return err
	}
	if err := cmd.Context().Err(); err != nil {
		return err // the count above is of those that ran before the interruption
	}
	if _, failed := scenario.Count(results); failed > 0 {
		return errAnswerNo
	}
	return nil
}

func (a *app) showResults(results []scenario.Result, output *choice) error {
	if output.isJSON() {
		return writeJSON(a.stdout, scenario.NewReport(results))
	}
	return scenario.Write(a.stdout, results)
}
