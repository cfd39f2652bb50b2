package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"consentstream/processor"
	"consentstream/processor/kafka"
	"consentstream/schemas"
	"consentstream/state"
)

// site is a cluster with topics and a group of one test's own, and the
// configuration file that names them.
type site struct {
	t       *testing.T
	brokers string
	client  *kafka.Client
	topics  processor.Topics
	group   string
	config  string
	state   string
}

const sitePartitions = 2

// newSite uses real brokers where KAFKA_BROKERS names some. The topics exist.
func newSite(t *testing.T) *site {
	t.Helper()
	brokers := os.Getenv("KAFKA_BROKERS")
	if brokers == "" {
		brokers, _ = startBrokers(t, 1)
	}
	s := newSiteAt(t, brokers, kafka.SASL{})
	s.create()
	return s
}

func newSiteAt(t *testing.T, brokers string, login kafka.SASL) *site {
	t.Helper()
	prefix := fmt.Sprintf("site-%d-", time.Now().UnixNano())
	s := &site{t: t, brokers: brokers, topics: prefixed(prefix), group: prefix + "group", state: filepath.Join(t.TempDir(), "state")}
	s.config = write(t, "config.yaml", configOf(s.group, &s.topics))
	s.dial(login)
	return s
}

func (s *site) dial(login kafka.SASL) {
	s.t.Helper()
	client, err := kafka.Dial(kafka.Config{Brokers: strings.Split(s.brokers, ","), SASL: login})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(client.Close)
	s.client = client
}

func (s *site) create() {
	s.t.Helper()
	if _, err := s.client.CreateTopics(s.t.Context(), s.topics.TopicSpecs(sitePartitions, -1, []string{"default"})); err != nil {
		s.t.Fatal(err)
	}
}

// What is asked for and not so is told, instead of "were there".
func TestTopicsOfAnotherNumberOfPartitions(t *testing.T) {
	s := newSite(t)
	create := []string{"topics", "create", "--config", s.config, "--brokers", s.brokers}
	for _, c := range []struct {
		partitions string
		code       int
		says       string
	}{
		{fmt.Sprint(sitePartitions), exitDone, "0 created, 10 were there\n"},
		{fmt.Sprint(sitePartitions + 1), exitNo, s.topics.Purchases + " has " + fmt.Sprint(sitePartitions)},
	} {
		got := execute(t, append(create, "--partitions", c.partitions)...)
		if got.code != c.code || !strings.Contains(got.stdout, c.says) {
			t.Errorf("%s partitions: exit %d, %q, stderr %q: want %d and %q", c.partitions, got.code, got.stdout, got.stderr, c.code, c.says)
		}
	}
}

// args are the words of "run" here, with more behind them.
func (s *site) args(more ...string) []string {
	return append([]string{"run", "--config", s.config, "--brokers", s.brokers, "--state", s.state}, more...)
}

// ends runs until the program ends by itself.
func (s *site) ends(more ...string) outcome {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 60*time.Second)
	defer cancel()
	var stdout, stderr bytes.Buffer
	code := testApp(&stdout, &stderr).run(ctx, s.args(more...))
	if ctx.Err() != nil {
		s.t.Fatalf("it does not end: %s", stderr.String())
	}
	return outcome{code, stdout.String(), stderr.String()}
}

// refused checks that a run ends with an error that says what to do.
func (s *site) refused(words ...string) {
	s.t.Helper()
	wantRefusal(s.t, s.ends(), words...)
}

func wantRefusal(t *testing.T, got outcome, words ...string) {
	t.Helper()
	if got.code != exitWrong {
		t.Errorf("exit %d: %s", got.code, got.stderr)
	}
	_, message, _ := strings.Cut(got.stderr, "\nconsentstream: ")
	if message == "" {
		message = got.stderr // nothing was logged before
	}
	for _, word := range words {
		if !strings.Contains(message, word) {
			t.Errorf("%s\ndoes not say %q", message, word)
		}
	}
}

// during runs the program beside f and then ends it as Ctrl-C does.
func (s *site) during(f func()) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	var stdout, stderr bytes.Buffer
	ended := make(chan int, 1)
	go func() { ended <- testApp(&stdout, &stderr).run(ctx, s.args()) }()
	f()
	cancel()
	if code := <-ended; code != exitDone {
		s.t.Errorf("exit %d: %s", code, stderr.String())
	}
}

// objects produces an unsubscribe of a contact, in its own partition.
func (s *site) objects(contact string) {
	s.t.Helper()
	encoder, err := schemas.NewEncoder()
	if err != nil {
		s.t.Fatal(err)
	}
	at := state.At(time.Now().Add(-time.Minute))
	value, err := encoder.Record(nil, state.TopicUnsubscribes, &schemas.Record{
		Key: state.Key{Controller: schemas.DefaultController, Contact: contact},
		Fact: state.Fact{ID: "no-" + contact, Topic: state.TopicUnsubscribes, OccurredAt: at, RecordedAt: at, Unsubscribe: &state.Unsubscribe{
			Kind: state.UnsubscribeUnsubscribe, Method: state.MethodLink, PurgedBefore: state.Unset,
		}},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	record := kafka.OutRecord{Topic: s.topics.Unsubscribes, Partition: kafka.Partition([]byte(contact), sitePartitions), Key: []byte(contact), Value: value, Timestamp: int64(at)}
	if _, err := s.client.Produce(s.t.Context(), []kafka.OutRecord{record}); err != nil {
		s.t.Fatal(err)
	}
}

// published waits until so many changes are published, and returns how many are.
func (s *site) published(atLeast int) int {
	s.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		n := 0
		for p := range int32(sitePartitions) {
			n += s.count(kafka.TopicPartition{Topic: s.topics.Eligibility, Partition: p})
		}
		if n >= atLeast || time.Now().After(deadline) {
			return n
		}
	}
}

func (s *site) count(tp kafka.TopicPartition) (n int) {
	s.t.Helper()
	s.each(tp, func(*kafka.Record) { n++ })
	return n
}

// each reads what is committed of a partition.
func (s *site) each(tp kafka.TopicPartition, read func(*kafka.Record)) {
	s.t.Helper()
	ends, err := s.client.EndOffsets(s.t.Context(), []kafka.TopicPartition{tp}, true)
	if err != nil {
		s.t.Fatal(err)
	}
	for at := int64(0); at < ends[tp]; {
		f, err := s.client.Fetch(s.t.Context(), []kafka.Position{{TopicPartition: tp, Offset: at}}, kafka.FetchOptions{Committed: true})
		if err != nil || f[0].Err != nil {
			s.t.Fatal(err, f[0].Err)
		}
		for i := range f[0].Records {
			read(&f[0].Records[i])
		}
		at = f[0].Next
	}
}

// preview is the dry run as JSON.
func (s *site) preview(code int) dryRun {
	s.t.Helper()
	got := s.ends("--dry-run", "--output", "json")
	var d dryRun
	if err := json.Unmarshal([]byte(got.stdout), &d); err != nil || got.code != code {
		s.t.Fatalf("exit %d, want %d: %v\n%s%s", got.code, code, err, got.stdout, got.stderr)
	}
	return d
}

// A dry run tells what would be consumed and resumed, and leaves no trace:
// neither a directory nor a group nor a topic.
func TestDryRun(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.objects("c1")
	s.objects("c2")
	d := s.preview(exitDone)
	lag := int64(0)
	for _, p := range d.Consume {
		lag += p.Lag
		if p.Committed != -1 {
			t.Errorf("%+v: nothing was ever committed", p)
		}
	}
	if lag != 2 || len(d.Consume) != 6*sitePartitions || len(d.Tasks) != sitePartitions || !strings.Contains(d.Tasks[0].Resumes, "first start") || !strings.Contains(d.Store, "would be created") {
		t.Errorf("%+v", d.Preview)
	}
	if _, err := os.Stat(s.state); !os.IsNotExist(err) {
		t.Errorf("there is a state directory: %v", err)
	}
	s.during(func() {
		if n := s.published(2); n != 2 {
			t.Errorf("%d changes", n)
		}
		if d := s.preview(exitNo); len(d.Refused) != 1 || !strings.Contains(d.Refused[0], "in use by another process") {
			t.Errorf("beside a running instance: %v", d.Refused)
		}
		s.objects("c3")
		if n := s.published(3); n != 3 {
			t.Errorf("%d changes: the instance was disturbed", n)
		}
	})
	s.objects("c4")
	d = s.preview(exitDone)
	lag = 0
	for _, p := range d.Consume {
		lag += p.Lag
	}
	if lag != 1 {
		t.Errorf("lag %d, want 1", lag)
	}
	for _, task := range d.Tasks {
		if task.Resumes != "from the store" || task.Store < 0 || task.ToRestore > 1 || task.Refused != "" {
			t.Errorf("%+v", task)
		}
	}
	if err := os.RemoveAll(s.state); err != nil {
		t.Fatal(err)
	}
	if d = s.preview(exitDone); d.Tasks[0].Resumes != "from the whole changelog" || d.Tasks[0].ToRestore == 0 {
		t.Errorf("without a store: %+v", d.Tasks)
	}
	if got := s.ends("--dry-run"); got.code != exitDone || !strings.Contains(got.stdout, "A run would start") || !strings.Contains(got.stdout, "LAG") {
		t.Errorf("%+v", got)
	}
}

// What would refuse a run is told by a dry run too.
func TestDryRunOfWhatIsRefused(t *testing.T) {
	brokers := os.Getenv("KAFKA_BROKERS")
	if brokers == "" {
		brokers, _ = startBrokers(t, 1)
	}
	s := newSiteAt(t, brokers, kafka.SASL{})
	d := s.preview(exitNo)
	if len(d.Missing) != 10 || !slices.Contains(d.Missing, s.topics.Unsubscribes) || len(d.Refused) != 10 {
		t.Errorf("%+v", d)
	}
	if found, err := s.client.DescribeTopics(t.Context(), s.topics.Names(nil)...); err != nil || len(found) != 0 {
		t.Errorf("topics were created: %v, %v", found, err)
	}
	s.brokers = "127.0.0.1:1"
	if got := s.ends("--dry-run"); got.code != exitWrong || got.stdout != "" {
		t.Errorf("nobody to ask: %+v", got)
	}
}
