package processor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"consentstream/processor/check"
	"consentstream/processor/kafka"
	"consentstream/processor/trace"
	"consentstream/state"
	"consentstream/state/codec"
	"consentstream/state/store"
)

// InstanceConfig is one process of a group.
type InstanceConfig struct {
	Task   TaskConfig
	Client *kafka.Client
	Store  *store.Store
	// InstanceID makes the membership static: a process that comes back under
	// it gets its tasks back and nobody else notices.
	InstanceID     string
	SessionTimeout time.Duration
	// Standby is how many second copies of each task's state the group keeps; this
	// instance takes part in that, 0 = it does not.
	Standby int
	Metrics *Metrics
	// Traces is told of steps with traced records; nil = traces are off.
	Traces trace.Sink
	Logger *slog.Logger
}

// Instance is a member of the group: it runs one task for each partition that
// the group gives it.
type Instance struct {
	config InstanceConfig

	mu       sync.RWMutex
	tasks    map[int32]*Task
	standbys []*Standby
	joined   bool
	reason   string // why there is no generation
}

// NewInstance returns an instance; Run starts it.
func NewInstance(config InstanceConfig) *Instance {
	i := &Instance{config: config, tasks: map[int32]*Task{}, reason: "not yet a member of the group"}
	i.config.Task.restores = newRestores(config.Task.Limits.RestoreBytes)
	if config.Metrics != nil {
		i.config.Task.Observe = config.Metrics.observe
		config.Metrics.watch(i)
	}
	if config.Traces != nil {
		i.config.Task.Step.Traced = true
		i.config.Task.Observe = telling(config.Traces, i.config.Task.Observe)
	}
	return i
}

// Run joins the group and owns tasks until ctx ends; then it drains, leaves the
// group open for its own return, and returns nil. An error is something a
// person must mend.
func (i *Instance) Run(ctx context.Context) error {
	member := i.config.Client.Join(kafka.GroupConfig{
		Group: i.config.Task.Group, InstanceID: i.config.InstanceID, Topics: i.topics(),
		SessionTimeout: i.config.SessionTimeout, Holds: i.holds, Copies: int32(i.config.Standby),
	})
	defer func() {
		leave, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = member.Close(leave, i.config.InstanceID == "") // a static member comes back
	}()
	for {
		generation, err := member.Next(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return fmt.Errorf("group %s: %w", i.config.Task.Group, err)
		}
		if err := i.generation(ctx, generation); err != nil {
			return err
		}
	}
}

// topics are all that must have one number of partitions.
func (i *Instance) topics() []string {
	t := &i.config.Task.Step.Topics
	all := append(t.Consumed(), t.Changelog)
	for _, name := range []string{t.Eligibility, t.Retention} {
		if _, own := forController(name, "x"); !own {
			all = append(all, name)
		}
	}
	return all
}

func (i *Instance) holds() []int32 {
	partitions, err := i.config.Store.Partitions()
	if err != nil {
		return nil
	}
	return partitions
}

// generation runs the tasks of one generation until it is over.
func (i *Instance) generation(ctx context.Context, g *kafka.Generation) error {
	if want := i.config.Task.Step.Partitions; g.Total != want {
		return fmt.Errorf("the topics have %d partitions now and had %d when this instance started: the state of a contact would be looked for in the wrong task. "+
			"Create topics with the new number and replay into them", g.Total, want)
	}
	if err := i.sameTopics(g); err != nil {
		return err
	}
	i.config.Logger.Info("group: new generation", "generation", g.ID, "tasks", len(g.Partitions), "of", g.Total, "standbys", len(g.Copies))
	over, stop := mergeDone(ctx, g.Context())
	defer stop()
	group, running := errgroup.WithContext(over)
	config := i.config.Task
	config.Limits = config.Limits.shared(len(g.Partitions))
	for _, partition := range g.Partitions {
		task := NewTask(&config, partition, g)
		i.add(task)
		group.Go(func() error { return i.own(running, task) })
	}
	for _, partition := range g.Copies {
		standby := newStandby(&config, partition)
		i.addStandby(standby)
		group.Go(func() error { standby.run(running); return nil })
	}
	i.setJoined(true, "")
	<-running.Done()
	err := group.Wait()
	i.setJoined(false, "between two generations of the group")
	i.clear()
	return err
}

// sameTopics refuses topics that were created again since this process started.
func (i *Instance) sameTopics(g *kafka.Generation) error {
	for _, name := range i.topics() {
		if was, is := i.config.Task.TopicIDs[name], g.TopicIDs[name]; !was.Same(is) {
			return &kafka.TopicRecreatedError{Topic: name, Was: was, Is: is}
		}
	}
	return nil
}

// fencedPause is how long a task that was fenced waits before it takes over
// again: long enough for the group to tell a zombie that its generation is over.
const fencedPause = 3 * time.Second

// own runs a task until the generation is over, starting it over where time
// mends what stopped it. A task that was fenced although the generation is ours
// was taken by a zombie, which cannot commit: it is taken back.
func (i *Instance) own(ctx context.Context, task *Task) error {
	for ctx.Err() == nil {
		err := task.Run(ctx)
		wait := time.Second
		switch {
		case errors.Is(err, kafka.ErrGenerationOver):
			<-ctx.Done()
			return nil
		case errors.Is(err, kafka.ErrFenced):
			wait = fencedPause
		case err == nil, !kafka.Retriable(err):
			return err
		}
		i.config.Logger.Warn("task: starting over", "task", task.Partition(), "reason", err)
		_ = pause(ctx, wait)
	}
	return nil
}

// mergeDone returns a context that ends with either.
func mergeDone(a, b context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(a)
	stop := context.AfterFunc(b, cancel)
	return ctx, func() { stop(); cancel() }
}

func (i *Instance) add(t *Task) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.tasks[t.Partition()] = t
}

func (i *Instance) addStandby(s *Standby) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.standbys = append(i.standbys, s)
}

func (i *Instance) clear() {
	i.mu.Lock()
	defer i.mu.Unlock()
	clear(i.tasks)
	i.standbys = nil
}

// Standbys lists the copies that this instance keeps, in the order of their tasks.
func (i *Instance) Standbys() []*Standby {
	i.mu.RLock()
	defer i.mu.RUnlock()
	return slices.Clone(i.standbys)
}

func (i *Instance) setJoined(joined bool, reason string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.joined, i.reason = joined, reason
}

// Tasks lists the tasks that this instance owns, in no order.
func (i *Instance) Tasks() []*Task {
	i.mu.RLock()
	defer i.mu.RUnlock()
	tasks := make([]*Task, 0, len(i.tasks))
	for _, t := range i.tasks {
		tasks = append(tasks, t)
	}
	return tasks
}

// Ready reports whether every task of this instance is processing, and why not.
func (i *Instance) Ready() (bool, []string) {
	i.mu.RLock()
	defer i.mu.RUnlock()
	if !i.joined {
		return false, []string{i.reason}
	}
	var reasons []string
	for p, t := range i.tasks {
		switch s := t.State(); s {
		case TaskRunning, TaskFirstStart:
			for _, reason := range append(t.held.reasons(), t.unread.reasons(t)...) {
				reasons = append(reasons, fmt.Sprintf("task %d: %s", p, reason))
			}
		case TaskRestoring:
			restored := t.Restored()
			reasons = append(reasons, fmt.Sprintf("task %d: restoring: %s", p, &restored))
		default:
			reasons = append(reasons, fmt.Sprintf("task %d: %s", p, s))
		}
	}
	return len(reasons) == 0, reasons
}

// Lookup returns what is known about a contact, for the point check.
func (i *Instance) Lookup(_ context.Context, key state.Key) (state.Contact, error) {
	step := &i.config.Task.Step
	partition := step.Partition([]byte(key.Contact), step.Partitions)
	i.mu.RLock()
	task, mine := i.tasks[partition]
	i.mu.RUnlock()
	switch {
	case !mine:
		return state.Contact{}, check.ErrNotHere
	case task.State() == TaskFirstStart:
		return state.Contact{}, check.ErrFirstStart
	case task.State() != TaskRunning:
		return state.Contact{}, check.ErrNotReady
	case task.laneWaits():
		return state.Contact{}, check.ErrUnread
	}
	return LookupContact(i.config.Store, partition, key)
}

// LookupContact reads a contact from a store; one that has no state yet has the
// facts that are about it at every controller. The error may be ErrUnfinished or
// check.ErrFirstStart.
func LookupContact(s *store.Store, partition int32, key state.Key) (state.Contact, error) {
	positions, err := s.Positions(partition)
	if err = errors.Join(err, finished(positions), allRead(s, partition)); err != nil {
		return state.NewContact(), err
	}
	return storedContact(s, partition, key)
}

// storedContact is LookupContact whatever is still unread.
func storedContact(s *store.Store, partition int32, key state.Key) (state.Contact, error) {
	c, found, err := readContact(s, partition, appendContactKey(nil, key))
	if err != nil || found {
		return c, err
	}
	c, _, err = readContact(s, partition, appendWildcardKey(nil, key.Contact))
	return c, err
}

// allRead returns check.ErrFirstStart for a partition whose first start is not over.
func allRead(s *store.Store, partition int32) error {
	marker, closer, err := s.Get(partition, firstStartKey)
	if err != nil || marker == nil {
		return err
	}
	return errors.Join(closer.Close(), check.ErrFirstStart)
}

func readContact(s *store.Store, partition int32, key []byte) (state.Contact, bool, error) {
	c := state.NewContact()
	value, closer, err := s.Get(partition, key)
	if err != nil || value == nil {
		return c, false, err
	}
	copied := append([]byte(nil), value...)
	err = errors.Join(closer.Close(), codec.DecodeContact(copied, &c, new(codec.Arena)))
	return c, err == nil, err
}
