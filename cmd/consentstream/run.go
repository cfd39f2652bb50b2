package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// Exit codes of every command.
const (
	exitDone  = 0
	exitNo    = 1
	exitWrong = 2
)

// errAnswerNo is returned by a command that did what it was asked and whose
// answer is no: a scenario failed, a message is denied. The command has already
// said so on stdout.
var errAnswerNo = errors.New("the answer is no")

// app is what commands share.
type app struct {
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	now    func() time.Time
}

// usageError is a command line that cannot be understood; path names the
// command whose help explains it.
type usageError struct {
	path string
	err  error
}

// Error implements error.
func (e *usageError) Error() string { return e.err.Error() }

// Unwrap returns what is wrong with the command line.
func (e *usageError) Unwrap() error { return e.err }

// run executes one command line and returns its exit code. It writes nowhere
// but to the given streams, so that tests run it in process.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr, now: time.Now}
	return a.run(ctx, args)
}

func (a *app) run(ctx context.Context, args []string) int {
	root := newRootCommand(a)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	return a.exitCode(cmd, err)
}

func (a *app) exitCode(cmd *cobra.Command, err error) int {
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errAnswerNo):
		return exitNo
	}
	fmt.Fprintf(a.stderr, "consentstream: %v\n", err)
	if path := helpFor(cmd, err); path != "" {
		fmt.Fprintf(a.stderr, "Run \"%s --help\" for the flags and an example.\n", path)
	}
	return exitWrong
}

// helpFor returns the command whose help explains the error, "" when no help would.
func helpFor(cmd *cobra.Command, err error) string {
	var usage *usageError
	if errors.As(err, &usage) {
		return usage.path
	}
	// cobra has no type for this error, which it makes before a command runs.
	if strings.HasPrefix(err.Error(), "required flag") {
		return cmd.CommandPath()
	}
	return ""
}

// usagef returns a usageError of a command.
func usagef(cmd *cobra.Command, format string, args ...any) error {
	return &usageError{cmd.CommandPath(), fmt.Errorf(format, args...)}
}

// args accepts from low to high arguments; what says what they are.
func args(low, high int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < low:
			return usagef(cmd, "expected %s", what)
		case len(args) > high:
			return usagef(cmd, "unexpected argument %q: expected %s", args[high], what)
		}
		return nil
	}
}

// noArgs refuses every argument.
var noArgs = args(0, 0, "none")

// anyNumber is the upper bound of args where there is none.
const anyNumber = math.MaxInt

// group is the RunE of a command that only holds others: alone it shows its
// help, with a word that is none of them it is wrong use.
func group(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		return usagef(cmd, "unknown command %q: did you mean %s?", args[0], near[0])
	}
	return usagef(cmd, "unknown command %q", args[0])
}
