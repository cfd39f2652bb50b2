// Command consentstream folds consent events into the eligibility of contacts.
//
// Each subcommand is one file with one constructor, newXCommand(*app), that
// root.go lists. A command writes what it was asked for to app.stdout, returns
// an error that says what to do next, and never calls os.Exit: run turns the
// error into the exit code.
//
// Exit codes: 0 done, 1 the answer is no (errAnswerNo), 2 wrong use, unreadable
// input or any other failure.
package main
