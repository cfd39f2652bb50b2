package processor

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"consentstream/processor/kafka"
)

// followed is a changelog that a standby follows while others write it.
type followed struct {
	*startingLog
	mu      sync.Mutex
	waiting chan struct{} // gets a token at each fetch that finds nothing
	away    error
}

func (f *followed) Fetch(ctx context.Context, positions []kafka.Position, o kafka.FetchOptions) ([]kafka.Fetched, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err := f.away; err != nil {
		f.away = nil
		return nil, err
	}
	out, err := f.startingLog.Fetch(ctx, positions, o)
	if err == nil {
		out[0].HighWatermark = int64(len(f.logs[positions[0].TopicPartition]))
		if out[0].Next == out[0].HighWatermark {
			select {
			case f.waiting <- struct{}{}:
			default:
			}
		}
	}
	return out, err
}

func (f *followed) EndOffsets(ctx context.Context, tps []kafka.TopicPartition, committed bool) (map[kafka.TopicPartition]int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.startingLog.EndOffsets(ctx, tps, committed)
}

// following is a standby at work.
type following struct {
	*restoring
	*Standby
	log *followed
}

func newFollowing(t *testing.T) *following {
	r := newRestoring(t)
	log := &followed{startingLog: r.log, waiting: make(chan struct{}, 1)}
	r.config.Broker = log
	r.config.Limits.FetchWait = time.Millisecond
	r.config.Logger = r.logger
	return &following{restoring: r, Standby: newStandby(r.config, 0), log: log}
}

func (f *following) append(key, value string) {
	f.log.mu.Lock()
	f.restoring.say(key, value)
	f.log.mu.Unlock()
}

// reach waits until the standby has all of the changelog.
func (f *following) reach() {
	f.restoring.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; {
		f.log.mu.Lock()
		end := int64(len(f.log.logs[f.tp]))
		f.log.mu.Unlock()
		positions, err := f.store.Positions(0)
		if err != nil {
			f.restoring.t.Fatal(err)
		}
		if positions[positionChangelog] == end && f.State() == StandbyFollowing && f.Lag() == 0 {
			return
		}
		if time.Now().After(deadline) {
			f.restoring.t.Fatalf("at %v of %d, %s, lag %d", positions, end, f.State(), f.Lag())
		}
		time.Sleep(time.Millisecond)
	}
}

func TestAStandbyKeepsACopy(t *testing.T) {
	f := newFollowing(t)
	f.append("a", "1")
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { f.Standby.run(ctx) })
	f.reach()
	f.append("a", "2")
	f.append("b", "1")
	f.append("b", "")
	f.reach()
	f.want(map[string]string{"a": "2"})

	f.log.mu.Lock()
	f.log.away = &kafka.TransportError{API: "Fetch", Err: errors.New("connection refused")}
	f.log.mu.Unlock()
	f.append("c", "1")
	f.reach()
	cancel()
	running.Wait()

	// Whoever owns the task now on this store lacks nothing.
	f.bring()
	if p := f.restored(); p.Records != 0 {
		t.Errorf("%d records had to be restored behind a standby", p.Records)
	}
	f.want(map[string]string{"a": "2", "c": "1"})
}

// A task where nothing happens for days has a copy that is complete all the same.
func TestACopyOfAnIdleTaskStaysTrusted(t *testing.T) {
	f := newFollowing(t)
	elapsed := time.Unix(0, 0)
	var mu sync.Mutex
	f.config.Elapsed = func() time.Time { mu.Lock(); defer mu.Unlock(); return elapsed }
	f.append("a", "1")
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { f.Standby.run(ctx) })
	f.reach()
	f.clock.Set(f.clock.Now().Add(3 * 24 * time.Hour))
	mu.Lock()
	elapsed = elapsed.Add(3 * 24 * time.Hour)
	mu.Unlock()
	deadline := time.Now().Add(20 * time.Second)
	for {
		positions, err := f.store.Positions(0)
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("positions %v, error %v", positions, err)
		}
		if positions[positionAppliedAt] == int64(f.clock.Now()) {
			break
		}
		time.Sleep(time.Millisecond)
	}
	cancel()
	running.Wait()
	f.bring()
	if p := f.restored(); p.Records != 0 {
		t.Errorf("%d records of an idle task were restored again", p.Records)
	}
}

// A copy that cannot be kept says so, and changes nothing.
func TestACopyThatCannotBeKeptIsTold(t *testing.T) {
	f := newFollowing(t)
	f.append("a", "1")
	f.bring()
	f.restoring.log.logs[f.tp] = nil // the topic was made anew
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { f.Standby.run(ctx) })
	for deadline := time.Now().Add(20 * time.Second); f.State() != StandbyFailed; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s", f.State())
		}
	}
	cancel()
	running.Wait()
	f.want(map[string]string{"a": "1"})
}

// Readiness and metrics tell of copies, and readiness does not wait for them.
func TestReadinessAndMetricsTellOfCopies(t *testing.T) {
	f := newFollowing(t)
	registry := prometheus.NewRegistry()
	i := NewInstance(InstanceConfig{Metrics: NewMetrics(registry, func() float64 { return 0 })})
	i.setJoined(true, "")
	f.Standby.lag.Store(7)
	f.enter(StandbyFollowing)
	i.addStandby(f.Standby)
	answer := httptest.NewRecorder()
	i.serveReady(answer, nil)
	var told readiness
	if err := json.Unmarshal(answer.Body.Bytes(), &told); err != nil {
		t.Fatal(err)
	}
	if !told.Ready || len(told.Standbys) != 1 || told.Standbys[0] != (standbyView{0, "following", 7}) {
		t.Errorf("told %s", strings.TrimSpace(answer.Body.String()))
	}
	if shown := tasksShown(t, registry, "consentstream_standby_lag_records"); shown["0"] != 7 {
		t.Errorf("shown %v", shown)
	}
	i.clear()
	if shown := tasksShown(t, registry, "consentstream_standby_state"); len(shown) != 0 {
		t.Errorf("shown %v after the generation", shown)
	}
}
