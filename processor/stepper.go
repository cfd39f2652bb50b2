package processor

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"

	"consentstream/processor/kafka"
	"consentstream/schemas"
	"consentstream/state"
	"consentstream/state/codec"
	"consentstream/state/rules"
)

// stepper computes the steps of one task. It keeps its buffers between slices;
// two steps are in use in turn, one being computed while the other commits.
type stepper struct {
	config    *StepConfig
	partition int32
	judge     *Judge
	decoder   *schemas.Decoder
	in        intake
	view      view
	step      *Step
	now       state.Instant
	phase     phase
	// wildcards tells that some contact has facts for every controller.
	wildcards bool
	// reading is the backlog of a first start, nil when there is none.
	reading *firstReading

	contactBuffers
	lastHeaders headersOf
	scratch     []byte
	onward      traceRef // of the record that caused what is published next
}

// StepConfig is what the steps of all tasks share.
type StepConfig struct {
	Topics      Topics
	Partitions  int32
	DeadLetters int32 // partitions of the dead-letter topic
	Policy      *rules.Policy
	Encoder     *schemas.Encoder
	NewDecoder  func() *schemas.Decoder
	// Traced tells that steps note the traces of their records, and that what
	// follows from a record carries its trace on.
	Traced bool
	// Partition is the producers' partitioner.
	Partition func(key []byte, partitions int32) int32
}

// phase is how much of the inputs is known to be read, which decides what may
// be published.
type phase struct {
	// firstStart withholds what only a complete reading may allow.
	firstStart bool
	// laneReadUpTo and allReadUpTo are the instants up to which the lane and
	// every partition of the task are read.
	laneReadUpTo, allReadUpTo state.Instant
	// laneWaits tells that the lane waits for a schema or a broker: an objection may
	// lie there unread for long, so what facts would newly allow waits too.
	laneWaits bool
}

// contactBuffers are reused from contact to contact.
type contactBuffers struct {
	arena, scratchArena codec.Arena
	contact, replayed   state.Contact
	added               []int         // positions in the group of facts that were new
	uses                []addressUse  // first uses of addresses
	objections          []*state.Fact // negatives that follow an address
}

func newStepper(config *StepConfig, partition int32) *stepper {
	s := &stepper{config: config, partition: partition, judge: NewJudge(config.Policy), decoder: config.NewDecoder()}
	s.in.s = s
	return s
}

// Due is a deadline that has come, for the contact under a store key.
type Due struct {
	At  state.Instant
	Key []byte
}

// batch is what one slice of a step is computed from.
type batch struct {
	fetched []*kafka.Fetched
	due     []Due
	sweep   [][]byte // store keys of contacts to look at whatever happened
	now     state.Instant
	phase   phase
	cause   state.CauseKind // of the sweep
	meta    []Put           // values of the task itself
	sorted  int             // facts of a sorted backlog to take
}

// extend adds the transition that a batch makes to a step, on top of what the step
// holds already. After an error the step is of no use.
func (s *stepper) extend(step *Step, b *batch) error {
	s.step, s.now, s.phase = step, b.now, b.phase
	s.view.current = step
	s.in.reset()
	for _, f := range b.fetched {
		if err := s.in.chunk(f); err != nil {
			return err
		}
	}
	if b.sorted > 0 {
		if err := s.in.takeSorted(b.sorted); err != nil {
			return err
		}
	}
	if err := s.markReading(); err != nil {
		return err
	}
	for _, d := range b.due {
		s.in.work = append(s.in.work, work{key: step.memory.copy(d.Key), order: len(s.in.work), kind: workDue, due: d.At})
	}
	for _, key := range b.sweep {
		s.in.work = append(s.in.work, work{key: step.memory.copy(key), order: len(s.in.work), kind: workSweep})
	}
	for _, p := range b.meta {
		p.Armed, p.Timer = state.Never, state.Never
		step.put(p)
		s.changelog(p.Key, p.Value)
	}
	if err := s.spread(); err != nil {
		return err
	}
	if err := s.owners(); err != nil {
		return err
	}
	return s.contacts(b.cause)
}

// contacts takes the work of one contact after the other, in key order.
func (s *stepper) contacts(sweepCause state.CauseKind) error {
	slices.SortFunc(s.in.work, func(a, b work) int {
		if c := bytes.Compare(a.key, b.key); c != 0 {
			return c
		}
		return a.order - b.order
	})
	for rest := s.in.work; len(rest) > 0; {
		n := 1
		for n < len(rest) && bytes.Equal(rest[n].key, rest[0].key) {
			n++
		}
		if err := s.contactWork(rest[:n], sweepCause); err != nil {
			return fmt.Errorf("state of a contact: %w", err)
		}
		rest = rest[n:]
		runtime.Gosched() // a request of another task's transaction is to wait for one contact, not for all
	}
	return nil
}

// elsewhere reports whether a record key belongs to another task.
func (s *stepper) elsewhere(key []byte) bool {
	return s.config.Partition(key, s.config.Partitions) != s.partition
}

func (s *stepper) contactKey(key state.Key) []byte {
	s.scratch = appendContactKey(s.scratch[:0], key)
	return s.step.memory.copy(s.scratch)
}

func (s *stepper) addressKey(controller, address string) []byte {
	s.scratch = appendAddressKey(s.scratch[:0], controller, address)
	return s.step.memory.copy(s.scratch)
}
