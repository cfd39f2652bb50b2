package store_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"consentstream/state/store"
)

// filled returns a closed store with content in tables and in the log.
func filled(t *testing.T, o store.Options) string {
	t.Helper()
	dir := t.TempDir()
	o.Logger = quiet
	for round := range 2 {
		s, err := store.Open(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		for n := range int64(50) {
			step(t, s, 0, int64(round)*50+n, false)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// digest sums names and contents of all files but the lock, which is empty.
func digest(t *testing.T, dir string) (sum string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "LOCK" {
			return err
		}
		content, err := os.ReadFile(path)
		sum += fmt.Sprintf("%s %x\n", d.Name(), sha256.Sum256(content))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// refusal opens the directory, wants it refused for the reason with words that
// help, and wants every file to be as it was.
func refusal(t *testing.T, dir string, o store.Options, reason error, words ...string) {
	t.Helper()
	before := digest(t, dir)
	o.Logger = quiet
	s, err := store.Open(dir, o)
	if err == nil {
		s.Close()
		t.Fatalf("it was opened, want %v", reason)
	}
	if !errors.Is(err, reason) {
		t.Errorf("error %q, want %v", err, reason)
	}
	for _, word := range append(words, dir) {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %q does not say %q", err, word)
		}
	}
	if digest(t, dir) != before {
		t.Error("files were changed")
	}
}

func rewrite(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, change(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func one(t *testing.T, dir, pattern string) string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no %s: %v", pattern, err)
	}
	return paths[len(paths)-1]
}

func replacing(old, new string) func([]byte) []byte {
	return func(b []byte) []byte { return bytes.Replace(b, []byte(old), []byte(new), 1) }
}

func TestRefusesANewerFormat(t *testing.T) {
	dir := filled(t, store.Options{})
	rewrite(t, filepath.Join(dir, "CONSENTSTREAM"), replacing(`"format":1`, `"format":2`))
	refusal(t, dir, store.Options{}, store.ErrNewerFormat, "newer program")
	refusal(t, dir, store.Options{ReadOnly: true}, store.ErrNewerFormat)
}

func TestRefusesANewerFormatOfPebble(t *testing.T) {
	dir := filled(t, store.Options{})
	rewrite(t, filepath.Join(dir, "CONSENTSTREAM"), replacing(`"pebble_format":`, `"pebble_format":9`))
	refusal(t, dir, store.Options{}, store.ErrNewerFormat)
}

func TestRefusesAnotherGroup(t *testing.T) {
	dir := filled(t, store.Options{Group: "shop"})
	refusal(t, dir, store.Options{Group: "other"}, store.ErrOtherGroup, `"shop"`, `"other"`)
	refusal(t, dir, store.Options{}, store.ErrOtherGroup)
	open(t, dir, store.Options{ReadOnly: true})
}

func TestRefusesAnotherClusterOnceBound(t *testing.T) {
	dir := filled(t, store.Options{})
	if err := open(t, dir, store.Options{ClusterID: "A"}).Close(); err != nil {
		t.Fatal(err)
	}
	refusal(t, dir, store.Options{ClusterID: "B"}, store.ErrOtherCluster, `"A"`, `"B"`)
	if err := open(t, dir, store.Options{}).Close(); err != nil {
		t.Fatal(err)
	}
	refusal(t, dir, store.Options{ClusterID: "B"}, store.ErrOtherCluster) // still bound
	open(t, dir, store.Options{ClusterID: "A"})
}

func TestRefusesAReadOnlyStoreThatIsNotThere(t *testing.T) {
	dir := t.TempDir()
	refusal(t, dir, store.Options{ReadOnly: true}, store.ErrNoStore)
	missing := filepath.Join(dir, "missing")
	if _, err := store.Open(missing, store.Options{ReadOnly: true}); !errors.Is(err, store.ErrNoStore) {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(missing); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the directory was created: %v", err)
	}
}

func TestRefusesDamage(t *testing.T) {
	junk := func([]byte) []byte { return []byte("junk") }
	cut := func(b []byte) []byte { return b[:len(b)/2] }
	for what, damage := range map[string]func(dir string){
		"identity":         func(dir string) { rewrite(t, filepath.Join(dir, "CONSENTSTREAM"), junk) },
		"identity emptied": func(dir string) { rewrite(t, filepath.Join(dir, "CONSENTSTREAM"), func([]byte) []byte { return nil }) },
		"identity lost":    func(dir string) { os.Remove(filepath.Join(dir, "CONSENTSTREAM")) },
		"manifest":         func(dir string) { rewrite(t, one(t, dir, "MANIFEST-*"), junk) },
		"manifest lost":    func(dir string) { os.Remove(one(t, dir, "MANIFEST-*")) },
		"markers lost":     func(dir string) { os.Remove(one(t, dir, "marker.manifest.*")) },
		"table cut":        func(dir string) { rewrite(t, one(t, dir, "*.sst"), cut) },
		"table lost":       func(dir string) { os.Remove(one(t, dir, "*.sst")) },
		"tables and log lost": func(dir string) {
			os.Remove(one(t, dir, "*.sst"))
			os.Remove(one(t, dir, "*.log"))
		},
		"format marker bad": func(dir string) { p := one(t, dir, "marker.format-version.*"); os.Rename(p, p+"9") },
	} {
		t.Run(what, func(t *testing.T) {
			dir := filled(t, store.Options{})
			damage(dir)
			refusal(t, dir, store.Options{}, store.ErrCorrupted, "move the directory away")
		})
	}
}

// A flipped bit inside a table is found when the block is read.
func TestReadingADamagedBlockIsCorruption(t *testing.T) {
	dir := filled(t, store.Options{})
	rewrite(t, one(t, dir, "*.sst"), func(b []byte) []byte { b[10] ^= 0xff; return b })
	s := open(t, dir, store.Options{ReadOnly: true})
	err := s.Scan(0, nil, func(_, _ []byte) (bool, error) { return true, nil })
	if !errors.Is(err, store.ErrCorrupted) || !strings.Contains(err.Error(), dir) {
		t.Errorf("error %v", err)
	}
	if strings.Contains(fmt.Sprint(err), "contact-1") {
		t.Errorf("the error names a contact: %v", err)
	}
}

func TestRefusesAHeldDirectory(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, store.Options{})
	if _, err := store.Open(dir, store.Options{}); !errors.Is(err, store.ErrHeld) || !strings.Contains(err.Error(), "HTTP address") {
		t.Errorf("in the same process: %v", err)
	}
	if out := holderOutput(t, dir); !strings.Contains(out, store.ErrHeld.Error()) {
		t.Errorf("in another process: %s", out)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if out := holderOutput(t, dir); !strings.Contains(out, "opened") {
		t.Errorf("after it was closed: %s", out)
	}
}

// holderOutput opens the store in a process of its own.
func holderOutput(t *testing.T, dir string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=TestHolder$", "-test.v")
	cmd.Env = append(os.Environ(), "STORE_TEST_DIR="+dir)
	out, _ := cmd.CombinedOutput()
	return string(out)
}

// TestHolder is the other process of TestRefusesAHeldDirectory.
func TestHolder(t *testing.T) {
	dir := os.Getenv("STORE_TEST_DIR")
	if dir == "" {
		t.Skip("runs as the other process of TestRefusesAHeldDirectory")
	}
	s, err := store.Open(dir, store.Options{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Log("opened")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// What the store logs at its most talkative has no key in it.
func TestLogsHoldNoKeys(t *testing.T) {
	var out bytes.Buffer
	s := open(t, t.TempDir(), store.Options{Logger: slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	for n := range int64(3000) {
		step(t, s, 0, n, false)
	}
	if err := s.DropPartition(0); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if out.Len() == 0 || strings.Contains(out.String(), "contact") {
		t.Errorf("log:\n%s", out.String())
	}
}
