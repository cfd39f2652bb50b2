package processor

import (
	"bytes"
	"fmt"

	"consentstream/state"
)

// policyKey is where a task remembers under which policy its contacts were decided.
var policyKey = []byte(string(prefixMeta) + "policy")

// sweep looks at every contact of a task once, in paced steps between the live
// ones: for the net of a first start, and when the policy file has changed.
// What it has published is part of each state, so starting over publishes only
// what still differs.
type sweep struct {
	running bool
	fresh   bool // begun and not yet asked for contacts
	cause   state.CauseKind
	cursor  []byte
	// finally is written once every contact was looked at.
	finally []Put
}

func newSweep() *sweep { return &sweep{} }

// begin starts a sweep.
func (s *sweep) begin(cause state.CauseKind, finally ...Put) {
	s.running, s.fresh, s.cause, s.cursor = true, true, cause, []byte{prefixContact}
	s.finally = append(s.finally, finally...)
}

// busy reports whether contacts are still to be looked at.
func (s *sweep) busy() bool { return s != nil && s.running }

// firstNet reports whether it is the net of a first start that is published.
func (s *sweep) firstNet() bool { return s.busy() && s.cause == state.CauseReplay }

// next adds the next contacts to the batch; behind the last one it adds what is
// written in the end. It begins one step late: the step that was in flight when
// the sweep began may hold contacts that the store does not have yet.
func (s *sweep) next(t *Task, b *batch) error {
	if s.fresh {
		s.fresh = false
		return nil
	}
	limit := t.config.Limits.DeadlinesPerStep
	b.cause = s.cause
	err := t.config.Store.Scan(t.partition, s.cursor, func(key, _ []byte) (bool, error) {
		if len(key) == 0 || key[0] != prefixContact || len(b.sweep) == limit {
			return false, nil
		}
		b.sweep = append(b.sweep, bytes.Clone(key))
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("task %d: %w", t.partition, err)
	}
	if len(b.sweep) == limit {
		s.cursor = append(append(s.cursor[:0], b.sweep[limit-1]...), 0)
		return nil
	}
	b.meta = append(b.meta, s.finally...)
	s.running, s.finally = false, nil
	t.enter(TaskRunning)
	return nil
}

// resumePolicy has every contact looked at when the policy is not the one that
// they were decided under.
func (t *Task) resumePolicy() error {
	stored, err := t.storedMeta(policyKey)
	if err != nil {
		return err
	}
	now := Put{Key: policyKey, Value: []byte(t.config.PolicyID), Armed: state.Never, Timer: state.Never}
	switch {
	case bytes.Equal(stored, now.Value):
	case stored == nil || t.first != nil:
		t.meta = append(t.meta, now)
	default:
		t.logger.Info("task: the policy has changed, looking at every contact again")
		t.sweep.begin(state.CausePolicy, now)
	}
	if t.first == nil {
		t.enter(TaskRunning)
	}
	return nil
}

// storedMeta reads a small value of the task, nil when there is none.
func (t *Task) storedMeta(key []byte) ([]byte, error) {
	reader := t.config.Store.NewReader(t.partition)
	defer reader.Close()
	value, found, err := reader.Get(key)
	if err != nil || !found {
		return nil, err
	}
	return bytes.Clone(value), nil
}
