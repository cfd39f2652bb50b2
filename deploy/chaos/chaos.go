package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sync/errgroup"

	"consentstream/deploy/chaos/proof"
	"consentstream/deploy/internal/local"
	"consentstream/processor"
	"consentstream/processor/kafka"
	"consentstream/state"
)

const group = "chaos"

// chaos is one run.
type chaos struct {
	*options
	out       io.Writer
	begin     time.Time
	topics    processor.Topics
	cluster   *cluster
	links     [][]*link // by instance and node, both from 0
	processes []*instance
	disk      *disk
	diskFull  atomic.Int64 // until when it was last, since begin
	monitor   *monitor
	random    *rand.Rand // of what is drawn during the run
	written   atomic.Int64
	places    places

	print sync.Mutex
}

// carryOut sets everything up, runs the schedule, and judges.
func carryOut(ctx context.Context, o *options, out io.Writer) (err error) {
	c := &chaos{options: o, out: out, topics: processor.DefaultTopics(), random: rand.New(rand.NewPCG(o.seed, 3)), begin: time.Now()}
	c.places.process, c.places.link = make([]sync.Mutex, o.instances), make([]sync.Mutex, o.instances)
	defer func() { err = errors.Join(err, c.tearDown()) }()
	if err := c.setUp(ctx); err != nil {
		return err
	}
	var actions []action
	if !o.calm {
		actions = plan(o.seed, o.length, o.instances, c.disk != nil)
	}
	c.head(actions)
	if err := c.faultsAndLoad(ctx, actions); err != nil {
		return err
	}
	settled := time.Now()
	if err := c.settle(ctx); err != nil {
		return errors.Join(err, errFailed)
	}
	c.say("everything was read %.1f s after the last fault", time.Since(settled).Seconds())
	return c.judge(ctx, actions)
}

// say prints a line with the time since the schedule began.
func (c *chaos) say(format string, args ...any) {
	c.print.Lock()
	defer c.print.Unlock()
	fmt.Fprintf(c.out, "%7.1f s  %s\n", time.Since(c.begin).Seconds(), fmt.Sprintf(format, args...))
}

func (c *chaos) head(actions []action) {
	fmt.Fprintf(c.out, "seed %d: %d faults in %v, %d instances, %d nodes, %d tasks, %d records a second\n",
		c.seed, len(actions), c.length, c.instances, nodes, c.partitions, c.rate)
}

// setUp builds the program and starts cluster, links and instances' folders.
func (c *chaos) setUp(ctx context.Context) error {
	program, err := local.Build(ctx, c.dir)
	if err != nil {
		return err
	}
	if c.cluster, err = startCluster(ctx, c.dir, c.instances); err != nil {
		return err
	}
	if err := c.createTopics(ctx); err != nil {
		return err
	}
	if c.disk, err = mountDisk(c.stateOf(smallDisk)); err != nil {
		fmt.Fprintf(c.out, "disk full is not tried: %v\n", err)
	}
	for i := range c.instances {
		if err := c.addInstance(i, program); err != nil {
			return err
		}
	}
	c.begin = time.Now()
	c.monitor, err = newMonitor(c.cluster.Brokers, group, &c.topics, c.begin)
	return err
}

func (c *chaos) createTopics(ctx context.Context) error {
	client, err := kafka.Dial(kafka.Config{Brokers: strings.Split(c.cluster.Brokers, ",")})
	if err != nil {
		return err
	}
	defer client.Close()
	specs := c.topics.TopicSpecs(int32(c.partitions), nodes, nil)
	if _, err := client.CreateTopics(ctx, specs); err != nil {
		return fmt.Errorf("create topics: %w", err)
	}
	return nil
}

func (c *chaos) stateOf(i int) string {
	return filepath.Join(c.dir, "state-"+instanceName(i))
}

// addInstance prepares an instance and the links between it and the nodes.
func (c *chaos) addInstance(i int, program string) error {
	var links []*link
	brokers := ""
	for node := 1; node <= nodes; node++ {
		listens, says := c.cluster.proxied(i, node)
		l, err := newLink(says, listens)
		if err != nil {
			return err
		}
		links = append(links, l)
		if node > 1 {
			brokers += ","
		}
		brokers += says
	}
	c.links = append(c.links, links)
	name := instanceName(i)
	config := filepath.Join(c.dir, "config.yaml")
	settings := fmt.Sprintf("group: %s\nsession_timeout: %v\ncache_bytes: %d\nlog_level: debug\n", group, sessionTimeout, 16<<20)
	if err := os.WriteFile(config, []byte(settings), 0o600); err != nil {
		return err
	}
	in := &instance{
		name: name, program: program, state: c.stateOf(i), logFile: filepath.Join(c.dir, name+".log"), note: c.say,
		args: []string{"run", "--config", config, "--brokers", brokers, "--state", c.stateOf(i), "--listen", c.cluster.httpOf(i)},
	}
	if keepsCopies(i) {
		in.args = append(in.args, "--standby", "1")
	}
	in.excused = func(said string) bool {
		return i == smallDisk && excuses(time.Duration(c.diskFull.Load()), time.Since(c.begin), said)
	}
	c.processes = append(c.processes, in)
	return nil
}

// keepsCopies: most instances keep second copies of each other's tasks, one does
// not, so that a task moves to a copy, to an old state and to nothing at all.
func keepsCopies(i int) bool { return i%3 != 2 }

// faultsAndLoad writes and breaks until the schedule is over.
func (c *chaos) faultsAndLoad(ctx context.Context, actions []action) error {
	watching, stopWatching := context.WithCancel(ctx)
	var watch sync.WaitGroup
	watch.Go(func() { c.monitor.run(watching) })
	defer func() { stopWatching(); watch.Wait() }()
	writing, stopWriting := context.WithCancel(ctx)
	defer stopWriting()
	work, working := errgroup.WithContext(ctx)
	work.Go(func() error { return c.write(working, writing) })
	watch.Go(func() { c.monitor.watchMachine(watching) })
	watch.Go(func() { c.tellProgress(watching) })
	for _, in := range c.processes {
		if err := in.start(); err != nil {
			return err
		}
	}
	work.Go(func() error {
		defer stopWriting() // the load goes on until the last fault is over
		return c.allFaults(working, actions)
	})
	if err := work.Wait(); err != nil {
		return err
	}
	return c.drain(ctx)
}

// allFaults returns when the time is over and all actions are done.
func (c *chaos) allFaults(ctx context.Context, actions []action) error {
	work, working := errgroup.WithContext(ctx)
	for i := range actions {
		work.Go(func() error { return c.perform(working, &actions[i]) })
	}
	if err := work.Wait(); err != nil {
		return err
	}
	return local.Pause(ctx, c.length-time.Since(c.begin))
}

// batchesUnderWay is how many batches of the load may wait for a leader that is
// down while others are written.
const batchesUnderWay = 50

// write writes the load at its rate until the faults are over.
func (c *chaos) write(ctx, until context.Context) error {
	events := 2 * int64(c.length.Seconds()*float64(c.rate)) // there may be more time than planned
	load, err := proof.NewLoad(proof.LoadConfig{
		Seed: c.seed, Events: events, Contacts: max(int(events/24), 50), Topics: c.topics, Partitions: int32(c.partitions),
	})
	if err != nil {
		return err
	}
	writer, err := proof.NewWriter(c.cluster.Brokers)
	if err != nil {
		return err
	}
	defer writer.Close()
	batches, writing := errgroup.WithContext(ctx)
	batches.SetLimit(batchesUnderWay)
	const beats = 10 // a second
	tick := time.NewTicker(time.Second / beats)
	defer tick.Stop()
	for more := true; more && writing.Err() == nil; {
		batch, err := load.Batch(max(c.rate/beats, 1))
		if err != nil {
			return errors.Join(err, batches.Wait())
		}
		if more = len(batch) > 0 && until.Err() == nil; !more { // what is under way of households comes to its end
			batch = append(batch, load.Rest()...)
		}
		batches.Go(func() error { return c.writeBatch(writing, writer, batch) })
		select {
		case <-tick.C:
		case <-until.Done():
		case <-writing.Done():
		}
	}
	return batches.Wait()
}

func (c *chaos) writeBatch(ctx context.Context, writer *proof.Writer, batch []*kgo.Record) error {
	sent := time.Since(c.begin)
	if err := writer.Write(ctx, batch); err != nil {
		return err
	}
	c.monitor.wrote(sent, batch)
	c.written.Add(int64(len(batch)))
	return nil
}

// progressPause is how often a line tells how far load and group are.
const progressPause = 10 * time.Second

func (c *chaos) tellProgress(ctx context.Context) {
	for local.Pause(ctx, progressPause) == nil {
		lag := c.monitor.lag()
		c.say("%d records written, %d not committed at %.1f s", c.written.Load(), lag.records, lag.at.Seconds())
	}
}

// drain waits, with the monitor still watching, until nothing is unread.
func (c *chaos) drain(ctx context.Context) error {
	c.say("no more faults, %d records were written; waiting until they are read", c.written.Load())
	from := time.Since(c.begin)
	for {
		lag := c.monitor.lag()
		if lag.at > from+samplePause && lag.records == 0 {
			return nil
		}
		if time.Since(c.begin) > from+settleTimeout {
			return fmt.Errorf("%d records were still not committed at %.1f s, %v after the last fault: %w", lag.records, lag.at.Seconds(), settleTimeout, errFailed)
		}
		if err := local.Pause(ctx, samplePause); err != nil {
			return err
		}
	}
}

// settleTimeout is how long the group may take to come to rest.
const settleTimeout = 2 * time.Minute

// settle waits until every instance is ready and nothing is published any more.
// An answer that a connection took with it is asked for again.
func (c *chaos) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	const quietFor = 3 * time.Second
	last, since := int64(-1), time.Now()
	for time.Since(since) < quietFor {
		sum, err := c.monitor.published(ctx, &c.topics)
		if err != nil || sum != last || !c.ready(ctx) {
			last, since = sum, time.Now()
		}
		if waited := local.Pause(ctx, 200*time.Millisecond); waited != nil {
			return fmt.Errorf("the instances are not ready, or still publish, %v after the last fault: %w", settleTimeout, errors.Join(waited, err))
		}
	}
	return nil
}

// judge ends the instances and lets the independent reader judge.
func (c *chaos) judge(ctx context.Context, actions []action) error {
	for _, in := range c.processes {
		in.stop()
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	evidence, err := proof.Read(ctx, c.cluster.Brokers, &c.topics)
	if err != nil {
		return err
	}
	found := proof.Judge(&c.topics, evidence, state.At(time.Now()))
	problems := found.Problems
	for _, in := range c.processes {
		problems = append(problems, in.problems...)
	}
	c.figures(actions, evidence, found)
	if len(problems) == 0 {
		fmt.Fprintf(c.out, "\npassed: seed %s, every change once, every sequence whole, every verdict as the inputs have it\n", strconv.FormatUint(c.seed, 10))
		return nil
	}
	fmt.Fprintf(c.out, "\n%d problems:\n", len(problems))
	for i, problem := range problems {
		if i == 20 {
			fmt.Fprintln(c.out, "  and more")
			break
		}
		fmt.Fprintf(c.out, "  %s\n", problem)
	}
	return errFailed
}

// tearDown leaves nothing running and nothing mounted.
func (c *chaos) tearDown() (err error) {
	for _, in := range c.processes {
		in.kill()
	}
	for _, links := range c.links {
		for _, l := range links {
			l.close()
		}
	}
	if c.monitor != nil {
		c.monitor.client.Close()
	}
	if c.disk != nil {
		err = c.disk.unmount()
	}
	if c.cluster != nil {
		err = errors.Join(err, c.cluster.stop())
	}
	return err
}
