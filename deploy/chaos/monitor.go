package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"consentstream/deploy/chaos/proof"
	"consentstream/deploy/internal/local"
	"consentstream/processor"
)

// monitor measures from outside how long records wait: from when the load sends
// them until the group has committed them, whatever they met on the way, an
// acknowledgement that a dying broker owed included.
type monitor struct {
	admin  *kadm.Client
	client *kgo.Client
	group  string
	topics []string
	begin  time.Time

	mu    sync.Mutex
	open  []*snapshot
	waits []wait
	now   lag
	// stalled is the longest that this process itself did not run: then the
	// whole machine stood still, and every wait of that time with it.
	stalled time.Duration
}

// positions are offsets by task and topic.
type positions map[int32]map[string]int64

func (p positions) raise(task int32, topic string, to int64) {
	if p[task] == nil {
		p[task] = map[string]int64{}
	}
	p[task][topic] = max(p[task][topic], to)
}

// snapshot is where records that were sent at an instant end, for the tasks that
// have not committed so far yet.
type snapshot struct {
	at   time.Duration
	ends positions
}

// wait is how long a task took to commit what was sent at an instant.
type wait struct {
	at, took time.Duration
	task     int32
}

// lag is how many records were not committed when it was asked last.
type lag struct {
	at      time.Duration
	records int64
}

// samplePause is how exactly waits are measured.
const samplePause = 300 * time.Millisecond

func newMonitor(brokers, group string, topics *processor.Topics, begin time.Time) (*monitor, error) {
	client, err := proof.Connect(brokers, kgo.MetadataMinAge(200*time.Millisecond))
	if err != nil {
		return nil, err
	}
	return &monitor{admin: kadm.NewClient(client), client: client, group: group, topics: topics.Consumed(), begin: begin}, nil
}

// run samples until ctx ends.
func (m *monitor) run(ctx context.Context) {
	tick := time.NewTicker(samplePause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			m.sample(ctx)
		}
	}
}

// wrote tells the monitor of records that were sent at an instant and are
// acknowledged now.
func (m *monitor) wrote(at time.Duration, records []*kgo.Record) {
	s := &snapshot{at, positions{}}
	for _, r := range records {
		s.ends.raise(r.Partition, r.Topic, r.Offset+1)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.open = append(m.open, s)
}

// watchMachine notes how long this process is kept from running.
func (m *monitor) watchMachine(ctx context.Context) {
	const beat = 50 * time.Millisecond
	for last := time.Now(); local.Pause(ctx, beat) == nil; last = time.Now() {
		m.mu.Lock()
		m.stalled = max(m.stalled, time.Since(last)-beat)
		m.mu.Unlock()
	}
}

// sample asks what is committed and where all topics end, the internal ones too:
// a misrouted record or an objection on its way to another contact has not
// arrived before. What a dying broker does not answer is asked again later.
func (m *monitor) sample(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	at := time.Since(m.begin)
	committed, err := m.admin.FetchOffsets(ctx, m.group)
	if err != nil || committed.Error() != nil {
		return
	}
	m.settle(time.Since(m.begin), committed)
	ends, err := m.admin.ListCommittedOffsets(ctx, m.topics...)
	if err != nil || ends.Error() != nil {
		return
	}
	behind := int64(0)
	ends.Each(func(o kadm.ListedOffset) { behind += left(committed, o.Topic, o.Partition, o.Offset) })
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = lag{at, behind}
}

// left is how many offsets below an end are not committed.
func left(committed kadm.OffsetResponses, topic string, partition int32, end int64) int64 {
	o, ok := committed.Lookup(topic, partition)
	if !ok {
		return end
	}
	return max(end-max(o.At, 0), 0)
}

// settle closes what is committed.
func (m *monitor) settle(now time.Duration, committed kadm.OffsetResponses) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.open {
		for task, ends := range s.ends {
			behind := int64(0)
			for topic, end := range ends {
				behind += left(committed, topic, task, end)
			}
			if behind == 0 {
				m.waits = append(m.waits, wait{s.at, now - s.at, task})
				delete(s.ends, task)
			}
		}
	}
	m.open = slices.DeleteFunc(m.open, func(s *snapshot) bool { return len(s.ends) == 0 })
}

// lag returns what was not committed at the last sample that was answered.
func (m *monitor) lag() lag {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// slowest returns the longest wait of what was sent between two instants.
func (m *monitor) slowest(from, until time.Duration) (longest wait) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, w := range m.waits {
		if w.at >= from && w.at <= until && w.took > longest.took {
			longest = w
		}
	}
	return longest
}

// median returns the wait that half of the samples stayed below.
func (m *monitor) median() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.waits) == 0 {
		return 0
	}
	took := make([]time.Duration, len(m.waits))
	for i, w := range m.waits {
		took[i] = w.took
	}
	slices.Sort(took)
	return took[len(took)/2]
}

// published returns the sum of the ends of what the group writes.
func (m *monitor) published(ctx context.Context, topics *processor.Topics) (sum int64, err error) {
	ends, err := m.admin.ListCommittedOffsets(ctx, topics.Eligibility, topics.Retention, topics.Changelog, topics.DeadLetter)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return 0, fmt.Errorf("ends of the published topics: %w", err)
	}
	ends.Each(func(o kadm.ListedOffset) { sum += o.Offset })
	return sum, nil
}
