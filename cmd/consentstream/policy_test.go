package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

const twoVersions = `versions:
  - version: first
    effective_from: 2026-01-01
  - version: second
    effective_from: 2027-01-01
    soft_opt_in: false
    controllers:
      acme: {warning_days: 10}
`

func TestPolicyCheck(t *testing.T) {
	good, bad := write(t, "good.yaml", twoVersions), write(t, "bad.yaml", "versions:\n  - retention_years: 4\n")
	if got := execute(t, "policy", "check", good); got.code != exitDone || got.stdout != good+": valid, 2 versions\n" || got.stderr != "" {
		t.Errorf("good file: %+v", got)
	}
	got := execute(t, "policy", "check", bad, good)
	if got.code != exitWrong || !strings.HasPrefix(got.stderr, bad+":2: retention_years: expected a whole number from 1 to 3, found 4\n") {
		t.Errorf("bad file: %+v", got)
	}
	if !strings.Contains(got.stdout, good+": valid") {
		t.Errorf("the good file beside a bad one is not told: %q", got.stdout)
	}
}

func TestPolicyCheckAsJSON(t *testing.T) {
	good, bad := write(t, "good.yaml", twoVersions), write(t, "bad.yaml", "versions:\n  - retention_years: 4\n")
	got := execute(t, "policy", "check", bad, good, "--output", "json")
	var checked []checkedPolicy
	if err := json.Unmarshal([]byte(got.stdout), &checked); err != nil || got.code != exitWrong || len(checked) != 2 {
		t.Fatalf("%v: %+v", err, got)
	}
	if c := checked[0]; c.File != bad || c.Valid || !strings.HasPrefix(c.Fault, bad+":2: ") || c.Versions == nil {
		t.Errorf("%+v", c)
	}
	if c := checked[1]; c.File != good || !c.Valid || c.Fault != "" || len(c.Versions) != 2 {
		t.Errorf("%+v", c)
	}
}

func TestPolicyShow(t *testing.T) {
	file := write(t, "policy.yaml", twoVersions)
	for name, args := range map[string][]string{
		"default":    nil,
		"all":        {file},
		"at":         {file, "--at", "2026-06-01"},
		"controller": {file, "--at", "2027-01-01", "--controller", "acme"},
		"json":       {file, "--controller", "acme", "--at", "2027-01-01", "--output", "json"},
	} {
		t.Run(name, func(t *testing.T) {
			got := execute(t, append([]string{"policy", "show"}, args...)...)
			if got.code != exitDone || got.stderr != "" {
				t.Fatalf("%+v", got)
			}
			golden(t, filepath.Join("policy", name+".txt"), got.stdout)
		})
	}
}

// What is shown is a policy file again.
func TestPolicyShowWritesAPolicyFile(t *testing.T) {
	shown := execute(t, "policy", "show", write(t, "policy.yaml", twoVersions)).stdout
	if again := execute(t, "policy", "show", write(t, "again.yaml", shown)).stdout; again != shown {
		t.Errorf("shown again it differs:\n%s", again)
	}
}

func TestPolicyShowInForceToday(t *testing.T) {
	got := execute(t, "policy", "show", write(t, "policy.yaml", twoVersions), "--controller", "acme", "--output", "json")
	var shown shownPolicy
	if err := json.Unmarshal([]byte(got.stdout), &shown); err != nil {
		t.Fatal(err)
	}
	if len(shown.Versions) != 1 || shown.Versions[0].Version != "first" {
		t.Errorf("on %s: %+v", now, shown.Versions)
	}
}
