package kafka

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand"
	"net"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	kafkago "github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Workers copy records from one topic to another, exactly once, while they are
// killed, frozen past their session and restarted. Whatever happens, a
// read_committed reader of the output sees each committed input record once, and
// those of one key in order.
func TestExactlyOnceUnderKills(t *testing.T) {
	seed := time.Now().UnixNano()
	if s := os.Getenv("KAFKA_TEST_SEED"); s != "" {
		seed, _ = strconv.ParseInt(s, 10, 64)
	}
	t.Logf("seed %d; repeat with KAFKA_TEST_SEED", seed)
	rng := rand.New(rand.NewSource(seed))
	c := newCluster(t)
	f := &factory{cluster: c, group: name("group"), in: c.topic(4), out: c.topic(4), rng: rng}
	stopFeed := f.feed(rand.New(rand.NewSource(seed + 1)))
	workers := []*copier{f.start("w0"), f.start("w1"), f.start("w2")}
	for range f.rounds() {
		time.Sleep(time.Duration(100+rng.Intn(300)) * time.Millisecond)
		i := rng.Intn(len(workers))
		switch rng.Intn(6) {
		case 0: // a zombie: it comes back when others have its tasks
			workers[i].gate.freezeAt(protocol.EndTxn, f.session()+time.Duration(rng.Intn(1500))*time.Millisecond)
			continue
		case 1: // the commit is sent, and nobody learns how it went
			workers[i].gate.dieAfter(protocol.EndTxn)
			time.Sleep(100 * time.Millisecond)
		case 2: // all but the commit is sent
			workers[i].gate.dieAfter(protocol.TxnOffsetCommit)
			time.Sleep(100 * time.Millisecond)
		}
		workers[i].kill()
		workers[i] = f.start(workers[i].name)
	}
	want := stopFeed()
	f.waitForOffsets()
	f.verify(want)
	for _, w := range workers {
		w.kill()
	}
}

// factory is the job that the workers do.
type factory struct {
	*cluster
	group, in, out string
	rng            *rand.Rand
}

// rounds is how often something happens: more where the broker is real.
func (f *factory) rounds() int {
	switch {
	case testing.Short():
		return 5
	case f.fake != nil:
		return 15
	}
	return 40
}

// session is the shortest that the brokers allow.
func (f *factory) session() time.Duration {
	if f.fake != nil {
		return time.Second
	}
	return 6 * time.Second
}

// feed writes numbered records in transactions, a third of them aborted, until
// the returned function is called, which tells the committed ones by key.
func (f *factory) feed(rng *rand.Rand) func() map[string][]int {
	p := f.franz(kgo.TransactionalID(name("feed")), kgo.DefaultProduceTopic(f.in))
	stop, done := make(chan struct{}), make(chan map[string][]int)
	go func() {
		committed, n := map[string][]int{}, 0
		for {
			select {
			case <-stop:
				done <- committed
				return
			case <-time.After(2 * time.Millisecond):
			}
			f.feedOne(p, rng, &n, committed)
		}
	}()
	return func() map[string][]int { close(stop); return <-done }
}

func (f *factory) feedOne(p *kgo.Client, rng *rand.Rand, n *int, committed map[string][]int) {
	ctx := context.Background()
	if err := p.BeginTransaction(); err != nil {
		f.t.Error(err)
	}
	batch := map[string][]int{}
	for range 1 + rng.Intn(20) {
		key := fmt.Sprint("key", rng.Intn(50))
		*n++
		batch[key] = append(batch[key], *n)
		p.Produce(ctx, &kgo.Record{Key: []byte(key), Value: fmt.Append(nil, *n)}, nil)
	}
	commit := rng.Intn(3) > 0
	if err := errors.Join(p.Flush(ctx), p.EndTransaction(ctx, kgo.TransactionEndTry(commit))); err != nil {
		f.t.Error(err)
	}
	for key, numbers := range batch {
		if commit {
			committed[key] = append(committed[key], numbers...)
		}
	}
}

// copier is one worker process.
type copier struct {
	*factory
	name   string
	client *Client
	member *Member
	gate   *gate
	ctx    context.Context
	cancel context.CancelFunc
	done   sync.WaitGroup
}

func (f *factory) start(name string) *copier {
	w := &copier{factory: f, name: name, client: f.client(func(c *Config) { c.RequestTimeout = 2 * time.Second })}
	w.gate = &gate{next: w.client.trip}
	w.client.trip = w.gate
	w.member = w.client.Join(GroupConfig{Group: f.group, InstanceID: name, Topics: []string{f.in}, SessionTimeout: f.session(), HeartbeatInterval: 100 * time.Millisecond})
	w.ctx, w.cancel = context.WithCancel(context.Background())
	w.done.Go(w.run)
	return w
}

// kill stops the process where it stands: nothing that it has not sent is sent.
func (w *copier) kill() {
	w.gate.close()
	w.cancel()
	w.client.Close()
	w.done.Wait()
	w.member.Close(context.Background(), false)
}

func (w *copier) run() {
	for w.ctx.Err() == nil {
		gen, err := w.member.Next(w.ctx)
		if err != nil {
			return // killed, or another one runs under this name
		}
		var tasks sync.WaitGroup
		for _, p := range gen.Partitions {
			tasks.Go(func() { w.task(gen, p) })
		}
		tasks.Wait()
	}
}

// task copies one partition for one generation.
func (w *copier) task(gen *Generation, p int32) {
	tp := TopicPartition{w.in, p}
	producer, err := w.client.TakeOver(w.ctx, fmt.Sprintf("%s-%d", w.group, p), 10*time.Second)
	if err != nil {
		<-gen.Done()
		return
	}
	offset := w.offset(tp)
	for !gen.over() && w.ctx.Err() == nil {
		records, next := w.read(tp, offset)
		if next == offset {
			continue
		}
		_, err := producer.Commit(w.ctx, Transaction{Records: records, Offsets: map[TopicPartition]int64{tp: next}, Generation: gen})
		if errors.Is(err, ErrFenced) || errors.Is(err, ErrGenerationOver) {
			<-gen.Done()
			return
		}
		if err == nil {
			offset = next
			continue
		}
		if !errors.Is(err, ErrReset) && !w.reset(producer) {
			<-gen.Done()
			return
		}
		offset = w.offset(tp)
	}
}

// reset settles a transaction and tells whether the task is still ours.
func (w *copier) reset(p *Producer) bool {
	for w.ctx.Err() == nil {
		if err := p.Reset(w.ctx); err == nil || errors.Is(err, ErrFenced) {
			return err == nil
		}
	}
	return false
}

func (w *copier) offset(tp TopicPartition) int64 {
	for w.ctx.Err() == nil {
		if offsets, err := w.client.CommittedOffsets(w.ctx, w.group, []TopicPartition{tp}); err == nil {
			return max(0, offsets[tp])
		}
	}
	return 0
}

func (w *copier) read(tp TopicPartition, offset int64) ([]OutRecord, int64) {
	fetched, err := w.client.Fetch(w.ctx, []Position{{tp, offset}}, FetchOptions{Committed: true, MaxWait: 50 * time.Millisecond, MaxPartitionBytes: 4000})
	if err != nil || fetched[0].Err != nil {
		time.Sleep(10 * time.Millisecond)
		return nil, offset
	}
	var records []OutRecord
	for _, r := range fetched[0].Records {
		h := fnv.New32()
		h.Write(r.Key)
		records = append(records, OutRecord{Topic: w.out, Partition: int32(h.Sum32() % 4), Key: r.Key, Value: r.Value, Timestamp: r.Timestamp})
	}
	return records, fetched[0].Next
}

// waitForOffsets waits until the group has committed the ends of the input.
func (f *factory) waitForOffsets() {
	ends, client := f.decided(f.in), f.client()
	waitFor(f.t, func() bool {
		got, err := client.CommittedOffsets(testContext(f.t), f.group, slices.Collect(maps.Keys(ends)))
		return err == nil && maps.Equal(got, ends)
	})
}

func (f *factory) verify(want map[string][]int) {
	f.t.Helper()
	f.decided(f.out)
	client, total := f.client(), 0
	got := map[string][]int{}
	for _, tp := range f.partitions(f.out) {
		for _, r := range readAll(f.t, client, tp, 0, true) {
			n, err := strconv.Atoi(string(r.Value))
			if err != nil {
				f.t.Fatal(err)
			}
			got[string(r.Key)] = append(got[string(r.Key)], n)
			total++
		}
	}
	f.t.Logf("%d records", total)
	for key := range want {
		if !slices.Equal(got[key], want[key]) {
			f.t.Errorf("%s: %d records came out of %d that went in: %v, want %v", key, len(got[key]), len(want[key]), got[key], want[key])
		}
	}
	if len(got) > len(want) {
		f.t.Errorf("%d keys came out of %d", len(got), len(want))
	}
}

// gate is a connection that can be frozen, as a process that is suspended, or
// closed, as one that is gone.
type gate struct {
	next kafkago.RoundTripper

	mu     sync.Mutex
	closed bool
	frozen chan struct{} // closed when the process goes on; nil = it runs
	api    protocol.ApiKey
	then   func() // called once, at the next request of api
	after  bool   // when it was answered, not before it is sent
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
}

// freezeAt suspends the process when it is about to send a request of this kind.
func (g *gate) freezeAt(api protocol.ApiKey, d time.Duration) {
	g.trap(api, false, func() {
		thaw := make(chan struct{})
		g.frozen = thaw
		time.AfterFunc(d, func() { close(thaw) })
	})
}

// dieAfter closes the gate when a request of this kind is answered, before the
// answer is told.
func (g *gate) dieAfter(api protocol.ApiKey) { g.trap(api, true, func() { g.closed = true }) }

func (g *gate) trap(api protocol.ApiKey, after bool, then func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.api, g.after, g.then = api, after, then
}

// pass springs the trap and tells whether the process is alive.
func (g *gate) pass(api protocol.ApiKey, after bool) bool {
	g.mu.Lock()
	if g.then != nil && g.api == api && g.after == after {
		g.then()
		g.then = nil
	}
	frozen := g.frozen
	g.mu.Unlock()
	if frozen != nil {
		<-frozen
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.closed
}

// RoundTrip implements kafkago.RoundTripper.
func (g *gate) RoundTrip(ctx context.Context, addr net.Addr, req kafkago.Request) (kafkago.Response, error) {
	if !g.pass(req.ApiKey(), false) {
		return nil, errLost
	}
	res, err := g.next.RoundTrip(ctx, addr, req)
	if !g.pass(req.ApiKey(), true) {
		return nil, errLost
	}
	return res, err
}

// CloseIdleConnections passes Close on.
func (g *gate) CloseIdleConnections() {
	g.next.(interface{ CloseIdleConnections() }).CloseIdleConnections()
}
