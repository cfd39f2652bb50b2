package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

var update = flag.Bool("update", false, "write the golden files anew")

// outcome is what one command line did.
type outcome struct {
	code           int
	stdout, stderr string
}

// now is the present of every test.
var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func testApp(stdout, stderr *bytes.Buffer) *app {
	return &app{
		stdin: strings.NewReader(""), stdout: stdout, stderr: stderr,
		now: func() time.Time { return now },
	}
}

func execute(t *testing.T, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := testApp(&stdout, &stderr).run(t.Context(), args)
	return outcome{code, stdout.String(), stderr.String()}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; write it with: go test ./cmd/consentstream -update", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs; if it should, write it anew with: go test ./cmd/consentstream -update\n%s", path, diff)
	}
}

// commands lists every command with its words, the root first.
func commands(cmd *cobra.Command) [][]string {
	list := [][]string{strings.Fields(cmd.CommandPath())[1:]}
	for _, child := range cmd.Commands() {
		if child.IsAvailableCommand() && child.Name() != "help" && cmd.Name() != "completion" {
			list = append(list, commands(child)...)
		}
	}
	return list
}

func TestHelp(t *testing.T) {
	for _, words := range commands(newRootCommand(testApp(nil, nil))) {
		name := strings.Join(append([]string{"consentstream"}, words...), "-")
		t.Run(name, func(t *testing.T) {
			got := execute(t, append(words, "--help")...)
			if got.code != exitDone || got.stderr != "" {
				t.Fatalf("exit %d, stderr %q", got.code, got.stderr)
			}
			if !strings.Contains(got.stdout, "Examples:") {
				t.Error("the help shows no example")
			}
			for line := range strings.Lines(got.stdout) {
				if letters := utf8.RuneCountInString(line) - 1; letters > usualHelp && !strings.HasPrefix(line, "  consentstream ") {
					t.Errorf("%d letters: %s", letters, line)
				}
			}
			golden(t, filepath.Join("help", name+".txt"), got.stdout)
		})
	}
}

func TestWrongUse(t *testing.T) {
	for name, args := range map[string][]string{
		"unknown-command":     {"tset", "x"},
		"unknown-subcommand":  {"policy", "chek"},
		"unknown-flag":        {"test", "--verbose"},
		"no-file":             {"test"},
		"missing-file":        {"test", "missing.yaml"},
		"no-worker":           {"test", "--parallel", "0", "x.yaml"},
		"no-contact":          {"decide", "--input", "x"},
		"two-contacts":        {"decide", "a", "b", "--input", "x"},
		"no-source":           {"decide", "c1"},
		"two-sources":         {"explain", "c1", "--input", "x", "--state", "y"},
		"policy-of-instance":  {"decide", "c1", "--address", "http://127.0.0.1:1", "--policy", "p.yaml"},
		"wrong-address":       {"decide", "c1", "--address", "localhost"},
		"wrong-kind":          {"decide", "c1", "--input", "x", "--kind", "PROMO"},
		"wrong-channel":       {"decide", "c1", "--input", "x", "--channel", "FAX"},
		"wrong-at":            {"decide", "c1", "--input", "x", "--at", "tomorrow"},
		"day-as-at":           {"decide", "c1", "--input", "x", "--at", "2026-11-22"},
		"wrong-output":        {"version", "--output", "xml"},
		"missing-input":       {"decide", "c1", "--input", "missing.jsonl"},
		"missing-policy":      {"policy", "check", "missing.yaml"},
		"wrong-policy-date":   {"policy", "show", "--at", "soon"},
		"too-many-policies":   {"policy", "show", "a", "b"},
		"unknown-schema":      {"schemas", "show", "Purchases"},
		"no-registry":         {"schemas", "register"},
		"run-of-nothing":      {"run"},
		"missing-config":      {"run", "--config", "missing.yaml"},
		"wrong-config":        {"run", "--brokers", "localhost", "--state", "x"},
		"wrong-sample":        {"doctor", "--brokers", "127.0.0.1:1", "--sample", "-1"},
		"argument-of-no-args": {"version", "please"},
		"unknown-shell":       {"completion", "tcsh"},
		"wrong-number":        {"topics", "create", "--partitions", "many"},
		"wrong-time":          {"health", "--wait", "long"},
		"wrong-listen":        {"run", "--brokers", "a:1", "--state", "x", "--listen", "8080"},
		"wrong-mechanism":     {"topics", "check", "--brokers", "a:1", "--sasl-mechanism", "NTLM"},
		"no-user":             {"doctor", "--brokers", "a:1", "--sasl-mechanism", "PLAIN"},
		"wrong-registry":      {"schemas", "register", "--registry", "localhost"},
		"empty-contact":       {"decide", "", "--input", "x"},
		"wrong-record":        {"dead-letters", "release", "unsubscribes", "--by", "me", "--brokers", "a:1"},
		"two-places":          {"generate", "--output", "x", "--brokers", "a:1"},
		"no-place":            {"generate"},
		"form-of-no-files":    {"generate", "--brokers", "a:1", "--format", "jsonl"},
		"compressed-lines":    {"generate", "--output", "x", "--format", "jsonl", "--compression", "snappy"},
		"no-days":             {"generate", "--output", "x", "--days", "0"},
		"little-memory":       {"replay", "x", "--sort-memory", "1"},
		"missing-spool":       {"replay", "x", "--spool", "missing"},
		"nobody-answers":      {"topics", "check", "--brokers", "127.0.0.1:1"},
		"state-without-store": {"decide", "c1", "--state", "missing"},
	} {
		t.Run(name, func(t *testing.T) {
			got := execute(t, args...)
			if got.code != exitWrong {
				t.Errorf("exit %d, want %d", got.code, exitWrong)
			}
			if got.stdout != "" {
				t.Errorf("wrote to stdout: %q", got.stdout)
			}
			golden(t, filepath.Join("errors", name+".txt"), got.stderr)
		})
	}
}

func TestAnInterruptedCommandSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stdout, stderr bytes.Buffer
	code := testApp(&stdout, &stderr).run(ctx, []string{"test", write(t, "s.yaml", "id: a\n")})
	if code != exitWrong || !strings.HasPrefix(stdout.String(), "0 passed, 0 failed") {
		t.Errorf("exit %d, stdout %q, stderr %q", code, stdout.String(), stderr.String())
	}
}

// write puts a text into a file of its own and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCompletionOffersCommandsAndSymbols(t *testing.T) {
	for _, c := range []struct {
		words []string
		want  string
	}{
		{[]string{"sch"}, "schemas"},
		{[]string{"decide", "c1", "--kind", ""}, "DELETION_WARNING"},
		{[]string{"decide", "c1", "--output", ""}, "json"},
		{[]string{"schemas", "show", ""}, "EligibilityChanged"},
	} {
		got := execute(t, append([]string{cobra.ShellCompNoDescRequestCmd}, c.words...)...)
		if got.code != exitDone || !strings.Contains(got.stdout, c.want) {
			t.Errorf("%q: exit %d, got %q, want %s in it", c.words, got.code, got.stdout, c.want)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if got := execute(t, "completion", shell); got.code != exitDone || got.stdout == "" {
			t.Errorf("completion %s: exit %d, %d bytes", shell, got.code, len(got.stdout))
		}
	}
}
