package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// scripted returns an instance that is a shell script.
func scripted(t *testing.T, script string, excused bool) *instance {
	dir := t.TempDir()
	in := &instance{
		name: "a", program: "/bin/sh", args: []string{"-c", script}, state: dir, logFile: filepath.Join(dir, "log"),
		note: t.Logf, excused: func(string) bool { return excused },
	}
	t.Cleanup(in.kill)
	return in
}

func (in *instance) found() []string {
	in.mu.Lock()
	defer in.mu.Unlock()
	return append([]string(nil), in.problems...)
}

func (in *instance) launches() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.starts
}

func TestAnInstanceThatEndsByItselfIsAFindingAndStartsAgain(t *testing.T) {
	for _, excused := range []bool{false, true} {
		in := scripted(t, "echo the reason; exit 3", excused)
		if err := in.start(); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(20 * time.Second); in.launches() < 2; {
			if time.Now().After(deadline) {
				t.Fatal("it was not started again")
			}
			time.Sleep(20 * time.Millisecond)
		}
		found := in.found()
		if excused != (len(found) == 0) {
			t.Errorf("excused %v: findings %q", excused, found)
		}
		if !excused && !strings.Contains(found[0], "the reason") {
			t.Errorf("finding %q does not tell why", found[0])
		}
	}
}

// An instance whose store has failed ends once its transactions are over, which
// may take until Kafka is back; whatever else ends it is a finding soon after.
func TestAFullDiskExcusesWhatItCauses(t *testing.T) {
	const full, other = "write 000012.log: no space left on device", "panic"
	emptied := 20 * time.Second
	for _, c := range []struct {
		after   time.Duration // the disk was emptied
		said    string
		excused bool
	}{
		{-time.Second, other, true},
		{diskGrace - 1, other, true},
		{diskGrace, other, false},
		{diskGrace, full, true},
		{stopTimeout - 1, full, true},
		{stopTimeout, full, false},
	} {
		if got := excuses(emptied, emptied+c.after, c.said); got != c.excused {
			t.Errorf("%v after the disk was emptied, %q: excused %v", c.after, c.said, got)
		}
	}
	if excuses(0, time.Second, full) {
		t.Error("a disk that never was full is an excuse")
	}
}

func TestAnInstanceThatIsEndedIsNoFinding(t *testing.T) {
	for name, end := range map[string]func(*instance){"kill": (*instance).kill, "stop": (*instance).stop} {
		in := scripted(t, "sleep 60", false)
		if err := in.start(); err != nil {
			t.Fatal(err)
		}
		end(in)
		if found := in.found(); len(found) > 0 || in.launches() != 1 {
			t.Errorf("%s: %q, %d starts", name, found, in.launches())
		}
	}
}

func TestWipingLeavesTheFolder(t *testing.T) {
	in := scripted(t, "", false)
	if err := os.MkdirAll(filepath.Join(in.state, "store", "deep"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := in.wipe(); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(in.state); err != nil || len(entries) > 0 {
		t.Errorf("%d entries left, error %v", len(entries), err)
	}
}

func TestGenerationsAreCountedOverAllLogs(t *testing.T) {
	dir := t.TempDir()
	logs := []string{filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "none")}
	line := "time=x level=INFO msg=\"group: new generation\" generation=%d tasks=2 of=4\n"
	for i, text := range []string{
		strings.ReplaceAll(line, "%d", "1") + strings.ReplaceAll(line, "%d", "2") + "msg=\"task: the broker is away\" task=1\n",
		strings.ReplaceAll(line, "%d", "2"),
	} {
		if err := os.WriteFile(logs[i], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	n, counted := generations(logs)
	if n != 2 || counted["waits for a broker"] != 1 {
		t.Errorf("%d generations, counted %v", n, counted)
	}
}
