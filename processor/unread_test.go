package processor

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"consentstream/processor/check"
	"consentstream/processor/kafka"
	"consentstream/schemas"
	"consentstream/state"
)

// A topic that the brokers do not give is told, also where nothing else happens:
// readiness says which and why, the log once, and the others go on.
func TestATopicThatCannotBeReadIsTold(t *testing.T) {
	d := newDesk(t, 1, newRig)
	d.broker.away = "clicks"
	d.step(0)
	d.elapsed = d.elapsed.Add(d.config.Limits.FetchWait) // a fetch may wait for records so long
	d.elapsed = d.elapsed.Add(unreadAfter - time.Millisecond)
	d.step(0)
	d.wantReasons("") // leaders move
	d.elapsed = d.elapsed.Add(time.Second)
	d.step(0)
	d.step(0)
	d.wantReasons("task 0: clicks has not been read for 6s: Fetch: no answer: connection refused")
	d.send("jane", withAddress(consent("yes"), "jane@example.org"))
	d.run()
	d.wantNewsletter("jane", "jane@example.org", state.ReasonConsent)
	if _, err := d.instance().Lookup(t.Context(), state.Key{Controller: schemas.DefaultController, Contact: "jane"}); err != nil {
		t.Errorf("the point check refuses over clicks: %v", err)
	}
	d.broker.away = ""
	d.run()
	d.wantReasons("")
	for _, line := range []string{"a topic cannot be read", "the topic is read again"} {
		if n := strings.Count(d.logged.String(), line); n != 1 {
			t.Errorf("%q is logged %d times", line, n)
		}
	}
}

// Objections may lie where nothing can be read: nobody is told about contacts as if
// all were read, or newly allowed, before it is.
func TestNobodyIsNewlyAllowedWhileTheLaneCannotBeRead(t *testing.T) {
	topics := DefaultTopics()
	for _, topic := range topics.Lane() {
		d := newDesk(t, 1, newRig)
		d.broker.away = topic
		d.send("jane", unsubscribe("no"))
		d.run()
		d.send("jane", consent("yes"))
		d.send("mary", consent("yes of mary"))
		d.run()
		d.wantNothingAllowed("jane")
		d.wantNothingAllowed("mary")
		if _, err := d.instance().Lookup(t.Context(), state.Key{Controller: schemas.DefaultController, Contact: "jane"}); !errors.Is(err, check.ErrUnread) {
			t.Errorf("%s cannot be read, and the point check answers with %v", topic, err)
		}
		d.broker.away = ""
		d.run()
		if last := d.lastChange("mary"); promotional(last) == nil {
			t.Errorf("%s is read, and mary is told %+v", topic, last.Verdicts)
		}
	}
}

// silentBroker answers no fetch before its context ends.
type silentBroker struct{ Broker }

func (silentBroker) Fetch(ctx context.Context, _ []kafka.Position, _ kafka.FetchOptions) ([]kafka.Fetched, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// A broker that is silent is told of as one that refuses; feeds that have ended try
// nothing any more.
func TestAFetchWithoutAnAnswerIsTold(t *testing.T) {
	r := newRig(t, 1)
	task := r.tasks[0]
	r.config.Broker = silentBroker{r.broker}
	var passed atomic.Int64
	r.config.Elapsed = func() time.Time { return time.Unix(0, passed.Load()) }
	ctx, cancel := context.WithCancel(t.Context())
	task.feeds = task.startFeeds(ctx)
	for deadline := time.Now().Add(10 * time.Second); len(task.unread.reasons(task)) < len(task.consumed()) && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
		passed.Add(int64(unreadAfter + DefaultLimits().FetchWait))
	}
	got := strings.Join(task.unread.reasons(task), "; ")
	for _, topic := range r.config.Step.Topics.Consumed() {
		if !strings.Contains(got, topic+" has not been read for") || !strings.Contains(got, "no answer") {
			t.Errorf("of %s readiness says %q", topic, got)
		}
	}
	cancel()
	task.stopFeeds()
	if got := task.unread.reasons(task); len(got) != 0 {
		t.Errorf("feeds that have ended try %q", got)
	}
}
