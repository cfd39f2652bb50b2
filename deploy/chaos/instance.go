package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"consentstream/deploy/internal/local"
)

const (
	sessionTimeout = 6 * time.Second // the shortest that Kafka's defaults allow
	// restartAfter is how long an instance that ended by itself stays down, as
	// a supervisor would have it.
	restartAfter = time.Second
	// stopTimeout is how long SIGTERM may take before it counts as a failure.
	stopTimeout = 60 * time.Second
)

// instanceName is a letter: a, b, c.
func instanceName(i int) string { return string(rune('a' + i)) }

// instance is one process of the group and what restarts it.
type instance struct {
	name    string
	program string
	args    []string
	state   string // its state directory
	logFile string
	note    func(format string, args ...any)

	mu     sync.Mutex
	cmd    *exec.Cmd
	ended  chan struct{} // closed when cmd has ended
	wanted bool          // false while an action keeps it down
	// excused tells whether it may end by itself now, with these last words.
	excused  func(said string) bool
	starts   int
	problems []string
}

// start lets the instance run.
func (in *instance) start() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.wanted = true
	if in.cmd != nil {
		return nil
	}
	return in.launch()
}

// launch starts the process; the caller holds mu.
func (in *instance) launch() error {
	log, err := os.OpenFile(in.logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(in.program, in.args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = append(os.Environ(), "GOMEMLIMIT=200MiB")
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start instance %s: %w", in.name, err)
	}
	in.starts++
	in.cmd, in.ended = cmd, make(chan struct{})
	go in.watch(cmd, in.ended)
	return nil
}

// watch waits for the end of a process. One that nobody ended is a finding,
// unless it is excused; like a supervisor it starts it again.
func (in *instance) watch(cmd *exec.Cmd, ended chan struct{}) {
	err := cmd.Wait()
	in.mu.Lock()
	in.cmd = nil
	byItself := in.wanted
	if byItself {
		in.byItself(err)
	}
	in.mu.Unlock()
	close(ended)
	if !byItself {
		return
	}
	time.Sleep(restartAfter)
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.wanted && in.cmd == nil {
		if err := in.launch(); err != nil {
			in.problems = append(in.problems, err.Error())
		}
	}
}

func (in *instance) byItself(err error) {
	said := local.LastLine(in.logFile)
	in.note("instance %s ended by itself (%v): %s", in.name, err, said)
	if !in.excused(said) {
		in.problems = append(in.problems, fmt.Sprintf("instance %s ended by itself (%v): %s", in.name, err, said))
	}
}

// kill ends the process without warning and keeps it down.
func (in *instance) kill() { in.end(syscall.SIGKILL, stopTimeout) }

// stop asks the process to end, waits until it has, and keeps it down.
func (in *instance) stop() {
	if !in.end(syscall.SIGTERM, stopTimeout) {
		in.mu.Lock()
		in.problems = append(in.problems, fmt.Sprintf("instance %s did not end within %v of SIGTERM", in.name, stopTimeout))
		in.mu.Unlock()
		in.kill()
	}
}

func (in *instance) end(s syscall.Signal, patience time.Duration) bool {
	in.mu.Lock()
	in.wanted = false
	cmd, ended := in.cmd, in.ended
	in.mu.Unlock()
	if cmd == nil {
		return true
	}
	_ = cmd.Process.Signal(s) // fails where it has ended already
	select {
	case <-ended:
		return true
	case <-time.After(patience):
		return false
	}
}

// signal sends a signal to the process, if there is one.
func (in *instance) signal(s syscall.Signal) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.cmd != nil {
		_ = in.cmd.Process.Signal(s) // fails where it has ended already
	}
}

// wipe removes what the state directory holds; the folder may be a mount point.
func (in *instance) wipe() error {
	entries, err := os.ReadDir(in.state)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	for _, entry := range entries {
		if err := os.RemoveAll(filepath.Join(in.state, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

// generations counts the generations of the group that the logs tell of, and
// how often the lines of counts are in them.
func generations(logs []string) (generations int, counted map[string]int) {
	seen, counted := map[string]bool{}, map[string]int{}
	for _, log := range logs {
		b, _ := os.ReadFile(log) // an instance that never started has none
		for line := range strings.Lines(string(b)) {
			if _, rest, ok := strings.Cut(line, `"group: new generation" generation=`); ok {
				number, _, _ := strings.Cut(rest, " ")
				seen[number] = true
			}
			for _, what := range counts {
				if strings.Contains(line, what.text) {
					counted[what.name]++
				}
			}
		}
	}
	return len(seen), counted
}

// counts are lines of the logs that the figures tell the number of.
var counts = []struct{ name, text string }{
	{"tasks taken over", "state=restoring"},
	{"copies kept", "copy=following"},
	{"tasks started over", "task: starting over"},
	{"returns to commits", "going back to what is committed"},
	{"waits for a broker", "task: the broker is away"},
}
