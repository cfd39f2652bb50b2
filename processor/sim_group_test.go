package processor

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"consentstream/processor/kafka"
	"consentstream/schemas"
	"consentstream/state/rules"
	"consentstream/state/store"
)

// simGroup is the coordinator: who is a member, and who owns which task.
type simGroup struct {
	joined [simMembers]bool
	owner  [simPartitions]int
}

// simMember is one process and what it believes. What it believes may be old.
type simMember struct {
	disk       *vfs.MemFS
	backup     *vfs.MemFS // of its disk, some time ago
	store      *store.Store
	down       bool
	generation int32
	owns       [simPartitions]bool
	tasks      [simPartitions]*Task // of what it owns, once started
	waits      [simPartitions]*schemaWaits
}

// simActs are the names under which the simulation counts what happened.
var simActs = []string{
	"step", "join", "leave", "expelled", "crash", "restart", "disk lost", "task's state lost", "disk from a backup", "compaction",
	"fenced", "generation over", "stale step", "taken over", "copy kept", "registry away", "partition held",
}

func (s *simulation) act(what string) { s.acted[what]++ }

// happen lets one thing happen to one member.
func (s *simulation) happen() {
	i, p := s.random.IntN(simMembers), s.random.IntN(simPartitions)
	s.elapsed = s.elapsed.Add(time.Duration(s.random.IntN(400)) * time.Millisecond)
	m := s.members[i]
	switch n := s.random.IntN(43); {
	case m.down:
		if n < 10 {
			s.revive(i)
		}
	case n == 0:
		s.crash(i)
		s.lose(i, p)
	case n == 1:
		s.crash(i)
	case n == 2:
		s.join(i)
	case n == 3:
		s.leave(i)
	case n == 4: // it was silent for too long, and does not know it yet
		s.act("expelled")
		s.drop(i)
	case n == 5:
		m.backup = m.disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: s.random})
	case n == 6:
		s.act("compaction")
		s.broker.compact(kafka.TopicPartition{Topic: s.topics.Changelog, Partition: int32(p)}, s.clock.Now().Add(-simTombstones))
	case n == 7:
		s.notice(i)
	case n == 8:
		if s.registry.away = !s.registry.away; s.registry.away {
			s.act("registry away")
		}
	case n < 11:
		s.follow(i, p)
	default:
		s.step(i, p)
	}
}

// join makes a member of the group, or of a member one that comes back.
func (s *simulation) join(i int) {
	s.act("join")
	if !s.group.joined[i] {
		s.group.joined[i] = true
		s.rebalance()
	}
	s.notice(i)
}

// leave ends a member's tasks in order.
func (s *simulation) leave(i int) {
	s.act("leave")
	s.drop(i)
	s.notice(i)
}

// drop takes a member out of the group, unless nobody would be left.
func (s *simulation) drop(i int) {
	if s.group.joined[i] && s.others(i) {
		s.group.joined[i] = false
		s.rebalance()
	}
}

func (s *simulation) others(i int) bool {
	for k, joined := range s.group.joined {
		if joined && k != i {
			return true
		}
	}
	return false
}

// rebalance gives tasks whose owner is gone, and some others, to members.
func (s *simulation) rebalance() {
	s.broker.generation++
	for p, owner := range s.group.owner {
		if s.group.joined[owner] && s.random.IntN(3) > 0 {
			continue
		}
		for owner = s.random.IntN(simMembers); !s.group.joined[owner]; {
			owner = s.random.IntN(simMembers)
		}
		s.group.owner[p] = owner
	}
}

// notice tells a member how the group stands. Its tasks end with the generation
// that they belong to.
func (s *simulation) notice(i int) {
	m := s.members[i]
	if m.down || m.generation == s.broker.generation {
		return
	}
	m.generation = s.broker.generation
	m.tasks = [simPartitions]*Task{}
	for p, owner := range s.group.owner {
		m.owns[p] = owner == i
	}
}

// crash loses a process: its tasks, and of its store what was not synced. The
// group may notice or not: a static member that returns in time was never away.
func (s *simulation) crash(i int) {
	s.act("crash")
	m := s.members[i]
	left := m.disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: s.random.IntN(101), RNG: s.random})
	_ = m.store.Close()
	m.disk, m.store, m.down = left, nil, true
	m.tasks = [simPartitions]*Task{}
	if s.random.IntN(2) == 0 {
		s.drop(i)
	}
}

// lose takes from a member that is down its disk, or gives an old one back.
func (s *simulation) lose(i, p int) {
	m := s.members[i]
	switch s.random.IntN(4) {
	case 0:
		s.act("disk lost")
		m.disk = vfs.NewCrashableMem()
	case 1, 2: // most members have no backup yet
		if m.backup != nil {
			s.act("disk from a backup")
			m.disk = m.backup.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: s.random})
		}
	default:
		s.act("task's state lost")
		s.open(m)
		if err := m.store.DropPartition(int32(p)); err != nil {
			s.t.Fatal(err)
		}
		_ = m.store.Close()
		m.store = nil
	}
}

// revive starts a process again. It asks the group before it does anything.
func (s *simulation) revive(i int) {
	s.act("restart")
	m := s.members[i]
	s.open(m)
	m.down, m.generation = false, -1
	s.join(i)
}

func (s *simulation) open(m *simMember) {
	st, err := store.Open("store", store.Options{FS: m.disk, Logger: slog.New(slog.DiscardHandler), CacheBytes: 1 << 20})
	if err != nil {
		s.t.Fatalf("open store: %v", err)
	}
	m.store = st
}

// step takes one step of a task of a member, starting it first where it does
// not run. The member may be wrong in that it owns the task.
func (s *simulation) step(i, p int) {
	m := s.members[i]
	if m.down || !m.owns[p] {
		return
	}
	s.act("step")
	stale := m.generation != s.broker.generation
	if stale {
		s.act("stale step")
	}
	if m.tasks[p] == nil {
		m.tasks[p] = s.start(m, p)
		m.waits[p] = newSchemaWaits(m.tasks[p])
	}
	err := s.advance(m.tasks[p], m.waits[p])
	if len(m.waits[p].waits) > 0 {
		s.act("partition held")
	}
	switch {
	case errors.Is(err, kafka.ErrReset):
		if err := m.tasks[p].resume(context.Background()); err != nil {
			s.t.Fatalf("resume: %v", err)
		}
	case errors.Is(err, kafka.ErrFenced): // if it is ours after all, it is taken back
		s.act("fenced")
		m.tasks[p] = nil
	case errors.Is(err, kafka.ErrGenerationOver):
		s.act("generation over")
		if !stale {
			s.t.Fatalf("member %d, task %d: the generation is over, and is not", i, p)
		}
		m.tasks[p] = nil
	case err != nil:
		s.t.Fatalf("member %d, task %d: %v", i, p, err)
	}
}

// simTombstones is how long the changelog keeps a tombstone: for some weeks of
// the shop, so that a member may miss one.
const simTombstones = 40 * 24 * time.Hour

// follow is what a standby does: it brings the state of a task forward that belongs
// to somebody else. A member that does not know that it has lost the task does not.
func (s *simulation) follow(i, p int) {
	m := s.members[i]
	if m.owns[p] || m.tasks[p] != nil || s.group.owner[p] == i {
		return
	}
	s.act("copy kept")
	config := s.configOf(m)
	if _, err := newRestorer(config, int32(p), config.Logger).bringForward(context.Background()); err != nil {
		s.t.Fatalf("copy: %v", err)
	}
}

// start takes a task over and brings it to what is committed.
func (s *simulation) start(m *simMember, p int) *Task {
	s.act("taken over")
	t := NewTask(s.configOf(m), int32(p), &kafka.Generation{ID: m.generation})
	ctx := context.Background()
	producer, err := t.takeOver(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	t.producer = producer
	if err := t.resume(ctx); err != nil {
		s.t.Fatalf("resume: %v", err)
	}
	return t
}

func (s *simulation) configOf(m *simMember) *TaskConfig {
	config := &TaskConfig{
		Step: StepConfig{
			Topics: s.topics, Partitions: simPartitions, DeadLetters: 1, Policy: rules.Default(), Encoder: mustEncoder(),
			NewDecoder: func() *schemas.Decoder { return schemas.NewDecoder(schemas.WithRegistry(s.registry)) }, Partition: kafka.Partition,
		},
		Group: "sim", Broker: s.broker, Store: m.store, Clock: s.clock,
		Logger: slog.New(slog.DiscardHandler), Limits: DefaultLimits(), PolicyID: "default",
		Go: func(f func()) { f() }, Elapsed: func() time.Time { return s.elapsed },
	}
	config.Limits.DeadlinesPerStep = 5
	config.Limits.BatchRecords = 7 // so that a backlog takes several steps
	config.Limits.TombstonesKept = simTombstones
	return config
}
