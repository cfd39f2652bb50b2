package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"consentstream/processor/generate"
)

func TestGenerateWritesWhatReplayReads(t *testing.T) {
	for _, format := range []string{"avro", "jsonl"} {
		dir := filepath.Join(t.TempDir(), "sample")
		o := execute(t, "generate", "--events", "2000", "--contacts", "100", "--output", dir, "--format", format, "--summary", "json")
		var made generate.Summary
		if err := json.Unmarshal([]byte(o.stdout), &made); o.code != 0 || err != nil || made.Records != 2000 || made.Duplicates != 10 {
			t.Fatalf("%s: code %d, stderr %q, summary %+v, error %v", format, o.code, o.stderr, made, err)
		}
		o = execute(t, "replay", dir, "--as-of", "2026-11-01T00:00", "--summary", "json")
		var read replayReport
		if err := json.Unmarshal([]byte(o.stdout), &read); o.code != 0 || err != nil || read.Unusable != 0 || read.Contacts < 90 {
			t.Errorf("%s: code %d, stderr %q, report %+v, error %v", format, o.code, o.stderr, read, err)
		}
	}
}

// A record that may be anybody's refusal is told by the exit code too.
func TestReplayOfARefusalThatNobodyCanRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.jsonl")
	if err := os.WriteFile(path, []byte(`{"topic": "unsubscribes", "value": null}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if o := execute(t, "replay", path); o.code != 2 || !strings.Contains(o.stderr, "mend the archive") || !strings.Contains(o.stdout, "1 records that cannot be used") {
		t.Errorf("code %d, stdout %q, stderr %q", o.code, o.stdout, o.stderr)
	}
}

// The clock does not stop before the last fact: a refusal may be dated ahead.
func TestReplayTellsOfFactsAfterItsEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.jsonl")
	if err := os.WriteFile(path, []byte(`{"topic": "unsubscribes", "value": {"event_id": "u", "contact_id": "c", "occurred_at": "2026-03-01T10:00:00Z", "kind": "UNSUBSCRIBE"}}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for asOf, tells := range map[string]bool{"2026-01-01T00:00:00Z": true, "2026-03-01T10:00:00Z": false} {
		o := execute(t, "replay", path, "--as-of", asOf)
		if o.code != 0 || !strings.Contains(o.stdout, "as of 2026-03-01T10:00:00Z") || strings.Contains(o.stderr, "recorded after --as-of") != tells {
			t.Errorf("%s: code %d, stdout %q, stderr %q", asOf, o.code, o.stdout, o.stderr)
		}
	}
}

func TestGenerateIsTheSameEachTime(t *testing.T) {
	var contents []string
	for range 2 {
		dir := t.TempDir()
		if o := execute(t, "generate", "--events", "500", "--seed", "9", "--zipf", "1.1", "--output", dir, "--format", "jsonl"); o.code != 0 || o.stderr != "" {
			t.Fatalf("code %d, stderr %q", o.code, o.stderr)
		}
		content, err := os.ReadFile(filepath.Join(dir, "events.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		contents = append(contents, string(content))
	}
	if contents[0] != contents[1] {
		t.Error("two runs differ")
	}
}

func TestGenerateRefusesWrongUse(t *testing.T) {
	full := t.TempDir()
	if o := execute(t, "generate", "--events", "10", "--output", full); o.code != 0 {
		t.Fatal(o.stderr)
	}
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"nowhere to write":   {nil, "--brokers"},
		"files are there":    {[]string{"--output", full}, "exists"},
		"two places":         {[]string{"--output", "x", "--brokers", "b:1"}, "output"},
		"no contacts":        {[]string{"--contacts", "0", "--output", "x"}, "contacts"},
		"no date":            {[]string{"--until", "soon", "--output", "x"}, "--until"},
		"no days":            {[]string{"--days", "0", "--output", "x"}, "--days"},
		"a codec of nobody":  {[]string{"--compression", "rar", "--output", "x"}, "zstandard"},
		"an argument":        {[]string{"x"}, "unexpected argument"},
		"a format of nobody": {[]string{"--format", "csv", "--output", "x"}, "jsonl"},
	} {
		o := execute(t, append([]string{"generate"}, c.args...)...)
		if o.code != 2 || !strings.Contains(o.stderr, c.says) {
			t.Errorf("%s: code %d, stderr %q, want 2 and %q", name, o.code, o.stderr, c.says)
		}
	}
}
