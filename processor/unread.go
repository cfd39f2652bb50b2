package processor

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"consentstream/processor/kafka"
)

// unread are the partitions of a task from which nothing can be fetched just now: a
// leader is away, the connection is cut, the topic is gone. Feeds try on for ever;
// this is for those who look from outside: readiness, the point check and the log.
type unread struct {
	mu       sync.Mutex
	attempts map[string]*attempt // that have not succeeded yet, by topic
}

// attempt is a fetch, with those that failed before it.
type attempt struct {
	since  time.Time
	reason error // of the last one that failed; nil = none did yet
	told   bool  // the log knows
}

// unreadAfter is for how long, beyond the wait of a fetch for records, a partition
// may not be read before anybody is told: leaders move.
const unreadAfter = 5 * time.Second

// asks notes that a fetch begins.
func (u *unread) asks(t *Task, positions []kafka.Position) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.attempts == nil {
		u.attempts = map[string]*attempt{}
	}
	for _, p := range positions {
		if u.attempts[p.Topic] == nil {
			u.attempts[p.Topic] = &attempt{since: t.config.elapsed()}
		}
	}
}

// answered notes what a fetch came to, and logs that a partition cannot be read
// and that it can again, each once.
func (u *unread) answered(t *Task, fetched []kafka.Fetched) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for i := range fetched {
		f := &fetched[i]
		a := u.attempts[f.Topic]
		switch {
		case a == nil:
		case f.Err == nil:
			if delete(u.attempts, f.Topic); a.told {
				t.logger.Info("task: the topic is read again", "topic", f.Topic)
			}
		default:
			a.reason = f.Err
			if !a.told && a.over(t) {
				a.told = true
				t.logger.Warn("task: a topic cannot be read, trying on", "topic", f.Topic, "reason", f.Err)
			}
		}
	}
}

// ends forgets attempts that nobody carries on: the feeds have ended.
func (u *unread) ends() {
	u.mu.Lock()
	defer u.mu.Unlock()
	clear(u.attempts)
}

// over reports whether the attempt takes too long.
func (a *attempt) over(t *Task) bool {
	return t.config.elapsed().Sub(a.since) >= unreadAfter+t.config.Limits.FetchWait
}

// any reports whether one of the topics cannot be read.
func (u *unread) any(t *Task, topics []string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.ContainsFunc(topics, func(topic string) bool { a := u.attempts[topic]; return a != nil && a.over(t) })
}

// reasons tell what cannot be read, as readiness does.
func (u *unread) reasons(t *Task) (reasons []string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, topic := range slices.Sorted(maps.Keys(u.attempts)) {
		if a := u.attempts[topic]; a.over(t) {
			reasons = append(reasons, a.tell(topic, t.config.elapsed()))
		}
	}
	return reasons
}

var errNoAnswer = errors.New("no answer")

func (a *attempt) tell(topic string, now time.Time) string {
	reason := a.reason
	if reason == nil {
		reason = errNoAnswer
	}
	return fmt.Sprintf("%s has not been read for %v: %v", topic, now.Sub(a.since).Round(time.Second), reason)
}
