package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"consentstream/processor/kafka"
	"consentstream/schemas"
	"consentstream/state"
)

// desk is a schema registry behind a door that counts who comes in, and that
// can be shut. The registry is a real one where SCHEMA_REGISTRY names its
// address (deploy/registry/registry starts one), else one in the process.
type desk struct {
	t      *testing.T
	url    string
	client *sr.Client
	shut   atomic.Bool

	mu    sync.Mutex
	asked map[string]int // by method and path
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	target := os.Getenv("SCHEMA_REGISTRY")
	if target == "" {
		registry := srfake.New()
		t.Cleanup(registry.Close)
		target = registry.URL()
	}
	behind, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, asked: map[string]int{}}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(behind) }}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		d.asked[r.Method+" "+r.URL.Path]++
		d.mu.Unlock()
		if d.shut.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	d.url = server.URL
	if d.client, err = sr.NewClient(sr.URLs(d.url)); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) requests(path string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.asked["GET "+path]
}

func (d *desk) register(subject, schema string) int {
	d.t.Helper()
	id, err := d.client.RegisterSchema(d.t.Context(), subject, sr.Schema{Schema: schema, Type: sr.TypeAvro}, -1, -1)
	if err != nil {
		d.t.Fatal(err)
	}
	return id
}

// writerSchemas are three versions of Unsubscribe, and what each writes behind
// the fields that all have: an older producer does not know the last field, a
// newer one has one more.
func writerSchemas(t *testing.T) (texts [3]string, tails [3][]byte) {
	t.Helper()
	ours, _ := schemas.ByName(schemas.NameUnsubscribe)
	var tree map[string]any
	if err := json.Unmarshal([]byte(ours.Text), &tree); err != nil {
		t.Fatal(err)
	}
	fields := tree["fields"].([]any)
	if last := fields[len(fields)-1].(map[string]any); last["name"] != "purged_before" {
		t.Fatalf("the last field is %v", last["name"])
	}
	extra := map[string]any{"name": "campaign", "type": []any{"null", "string"}, "default": nil}
	for i, list := range [][]any{fields[:len(fields)-1], fields, append(fields[:len(fields):len(fields)], extra)} {
		tree["fields"] = list
		text, err := json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(text)
	}
	return texts, [3][]byte{nil, {0}, append([]byte{0, 2, 8}, "lent"...)}
}

// unsubscribeValue is a record in Confluent's wire format by one of those writers.
func (s *site) unsubscribeValue(contact string, id int, tail []byte) []byte {
	s.t.Helper()
	at := state.At(time.Now().Add(-time.Minute))
	header := binary.BigEndian.AppendUint32([]byte{0}, uint32(id))
	value, err := schemas.AppendRecord(header, state.TopicUnsubscribes, &schemas.Record{
		Key: state.Key{Controller: schemas.DefaultController, Contact: contact},
		Fact: state.Fact{ID: "no-" + contact, Topic: state.TopicUnsubscribes, OccurredAt: at, RecordedAt: at, Unsubscribe: &state.Unsubscribe{
			Kind: state.UnsubscribeUnsubscribe, Method: state.MethodLink, PurgedBefore: state.Unset,
		}},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return append(value[:len(value)-1], tail...)
}

func (s *site) writes(contact string, value []byte) {
	s.t.Helper()
	s.writesTo(s.topics.Unsubscribes, contact, value)
}

func (s *site) writesTo(topic, contact string, value []byte) {
	s.t.Helper()
	record := kafka.OutRecord{
		Topic: topic, Partition: kafka.Partition([]byte(contact), sitePartitions), Key: []byte(contact),
		Value: value, Timestamp: time.Now().UnixMilli(),
	}
	if _, err := s.client.Produce(s.t.Context(), []kafka.OutRecord{record}); err != nil {
		s.t.Fatal(err)
	}
}

// Old and new writers side by side, read by the schemas that their ids name and
// published by the id of ours. Each id is asked for once, not once a record.
func TestWritersOfThreeVersionsSideBySide(t *testing.T) {
	s, d := newSite(t), newDesk(t)
	t.Setenv("CONSENTSTREAM_REGISTRY_URL", d.url)
	texts, tails := writerSchemas(t)
	var ids [3]int
	for i := range texts {
		ids[i] = d.register(s.topics.Unsubscribes+"-value", texts[i])
	}
	const each = 100
	for n := range 3 * each {
		contact := fmt.Sprint("c", n)
		s.writes(contact, s.unsubscribeValue(contact, ids[n%3], tails[n%3]))
	}
	s.during(func() { s.published(3 * each) })
	if n := s.published(3 * each); n != 3*each {
		t.Errorf("%d changes, want %d", n, 3*each)
	}
	for _, id := range ids {
		if n := d.requests(fmt.Sprintf("/schemas/ids/%d", id)); n != 1 {
			t.Errorf("id %d was asked for %d times", id, n)
		}
	}
	s.checkPublished(d)
}

// checkPublished reads what was published as a stranger does: by the schema that
// its id names in the registry.
func (s *site) checkPublished(d *desk) {
	s.t.Helper()
	decoder := schemas.NewDecoder(schemas.WithRegistry(schemas.NewRegistryClient(d.client)))
	registered, err := d.client.SchemaByVersion(s.t.Context(), s.topics.Eligibility+"-value", -1)
	if err != nil {
		s.t.Fatal(err)
	}
	for p := range int32(sitePartitions) {
		f, err := s.client.Fetch(s.t.Context(), []kafka.Position{{TopicPartition: kafka.TopicPartition{Topic: s.topics.Eligibility, Partition: p}}}, kafka.FetchOptions{Committed: true})
		if err != nil || f[0].Err != nil || len(f[0].Records) == 0 {
			s.t.Fatal(err, f[0].Err, len(f[0].Records))
		}
		for _, r := range f[0].Records {
			var e state.EligibilityChanged
			if r.Value[0] != 0 || int(binary.BigEndian.Uint32(r.Value[1:])) != registered.ID {
				s.t.Fatalf("a value begins with %x, and the registry gave %d", r.Value[:5], registered.ID)
			}
			if err := decoder.EligibilityChanged(r.Value, &e); err != nil || e.Key.Contact != string(r.Key) {
				s.t.Fatalf("%+v, %v", e.Key, err)
			}
		}
	}
}

// A registry that is away when the program starts is waited for.
func TestTheRegistryIsAwayAtTheStart(t *testing.T) {
	s, d := newSite(t), newDesk(t)
	t.Setenv("CONSENTSTREAM_REGISTRY_URL", d.url)
	s.objects("c1")
	d.shut.Store(true)
	s.during(func() {
		for deadline := time.Now().Add(20 * time.Second); d.requests("/subjects/"+s.topics.Eligibility+"-value/versions") < 2 && time.Now().Before(deadline); {
			time.Sleep(20 * time.Millisecond)
		}
		d.shut.Store(false)
		if n := s.published(1); n != 1 {
			t.Errorf("%d changes", n)
		}
	})
}

// A registry that goes away later is noticed at the next id that was not seen
// yet, and that record waits; ids that are known need no registry.
func TestTheRegistryGoesAwayInTheMiddle(t *testing.T) {
	s, d := newSite(t), newDesk(t)
	t.Setenv("CONSENTSTREAM_REGISTRY_URL", d.url)
	texts, tails := writerSchemas(t)
	known := d.register(s.topics.Unsubscribes+"-value", texts[1])
	fresh := d.register(s.topics.Unsubscribes+"-value", texts[2])
	s.during(func() {
		for _, contact := range []string{"c1", "c2", "c3", "c4"} {
			s.writes(contact, s.unsubscribeValue(contact, known, tails[1]))
		}
		s.published(4)
		d.shut.Store(true)
		s.writes("c5", s.unsubscribeValue("c5", known, tails[1]))
		if n := s.published(5); n != 5 {
			t.Errorf("%d changes: a known id needs the registry", n)
		}
		s.writes("c6", s.unsubscribeValue("c6", fresh, tails[2]))
		path := fmt.Sprintf("/schemas/ids/%d", fresh)
		for deadline := time.Now().Add(20 * time.Second); d.requests(path) < 2 && time.Now().Before(deadline); {
			time.Sleep(20 * time.Millisecond)
		}
		d.shut.Store(false)
		if n := s.published(6); n != 6 {
			t.Errorf("%d changes after the registry came back", n)
		}
	})
	if n := s.letters(); n != 0 {
		t.Errorf("%d dead letters", n)
	}
}

// A topic whose next schema cannot be had waits alone: objections count meanwhile,
// and readiness names what waits. Once the registry is back all goes on.
func TestATopicWaitsForItsSchemaAlone(t *testing.T) {
	s, d := newSite(t), newDesk(t)
	t.Setenv("CONSENTSTREAM_REGISTRY_URL", d.url)
	address := freeAddress(t)
	t.Setenv("CONSENTSTREAM_LISTEN", address)
	texts, tails := writerSchemas(t)
	known := d.register(s.topics.Unsubscribes+"-value", texts[1])
	ours, _ := schemas.ByName(schemas.NameClick)
	fresh := d.register(s.topics.Clicks+"-value", ours.Text)
	s.during(func() {
		s.writes("c1", s.unsubscribeValue("c1", known, tails[1]))
		s.published(1)
		d.shut.Store(true)
		s.writesTo(s.topics.Clicks, "c1", s.clickValue("c1", fresh))
		waiting := fmt.Sprintf("%s waits for schema %d", s.topics.Clicks, fresh)
		s.awaitReady(address, false, waiting)
		partition := kafka.Partition([]byte("c1"), sitePartitions)
		same := contactOf(partition)
		s.writes(same, s.unsubscribeValue(same, known, tails[1]))
		if n := s.published(2); n != 2 {
			t.Errorf("%d changes: an objection waits for the schema of a click", n)
		}
		s.awaitReady(address, false, waiting)
		d.shut.Store(false)
		s.awaitReady(address, true, "")
		s.awaitCommitted(kafka.TopicPartition{Topic: s.topics.Clicks, Partition: partition}, 1)
	})
	if n := s.letters(); n != 0 {
		t.Errorf("%d dead letters", n)
	}
}

// contactOf is a contact of a partition other than c1.
func contactOf(partition int32) string {
	for n := 2; ; n++ {
		if contact := fmt.Sprint("c", n); kafka.Partition([]byte(contact), sitePartitions) == partition {
			return contact
		}
	}
}

func (s *site) clickValue(contact string, id int) []byte {
	s.t.Helper()
	at := state.At(time.Now().Add(-time.Minute))
	value, err := schemas.AppendRecord(binary.BigEndian.AppendUint32([]byte{0}, uint32(id)), state.TopicClicks, &schemas.Record{
		Key:  state.Key{Controller: schemas.DefaultController, Contact: contact},
		Fact: state.Fact{ID: "visit-" + contact, Topic: state.TopicClicks, OccurredAt: at, RecordedAt: at, Click: &state.Click{Kind: state.ClickVisit}},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return value
}

// freeAddress is one that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// awaitReady waits until readiness is as wanted, with a reason.
func (s *site) awaitReady(address string, ready bool, reason string) {
	s.t.Helper()
	last := ""
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		answer, err := http.Get("http://" + address + "/readyz")
		if err != nil {
			last = err.Error()
			continue
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if last = string(body); err == nil && (answer.StatusCode == http.StatusOK) == ready && strings.Contains(last, reason) {
			return
		}
	}
	s.t.Fatalf("readiness says %s", last)
}

// awaitCommitted waits until the group has committed an offset.
func (s *site) awaitCommitted(tp kafka.TopicPartition, want int64) {
	s.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		committed, err := s.client.CommittedOffsets(s.t.Context(), s.group, []kafka.TopicPartition{tp})
		if err != nil {
			s.t.Fatal(err)
		}
		if committed[tp] == want {
			return
		}
	}
	s.t.Errorf("%s was not read", tp)
}

// An id that the registry does not know makes a dead letter, and denies, since
// somebody may have objected; the records behind it are used.
func TestAnIDThatTheRegistryDoesNotKnow(t *testing.T) {
	s, d := newSite(t), newDesk(t)
	t.Setenv("CONSENTSTREAM_REGISTRY_URL", d.url)
	texts, tails := writerSchemas(t)
	known := d.register(s.topics.Unsubscribes+"-value", texts[1])
	s.writes("c1", s.unsubscribeValue("c1", 2_000_000_000, tails[1]))
	s.writes("c1", s.unsubscribeValue("c1", known, tails[1]))
	address := freeAddress(t)
	t.Setenv("CONSENTSTREAM_LISTEN", address)
	s.during(func() { s.awaitAnswer(address, "c1") })
	if n := s.letters(); n != 1 {
		t.Errorf("%d dead letters", n)
	}
	got := execute(t, "dead-letters", "list", "--config", s.config, "--brokers", s.brokers)
	if got.code != exitDone || !strings.Contains(got.stdout, "unknown_schema") && !strings.Contains(got.stdout, "2000000000") {
		t.Errorf("%+v", got)
	}
	got = execute(t, "decide", "c1", "--state", s.state, "--kind", "NEWSLETTER", "--channel", "EMAIL", "--output", "json")
	if got.code != exitNo || !strings.Contains(got.stdout, state.ReasonUnreadableNegative.String()) {
		t.Errorf("%+v", got)
	}
}

// awaitAnswer waits until the point check of an instance answers about a contact,
// which it does not while a first start reads.
func (s *site) awaitAnswer(address, contact string) {
	s.t.Helper()
	var last outcome
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if last = execute(s.t, "decide", contact, "--address", "http://"+address); last.code != exitWrong {
			return
		}
	}
	s.t.Fatalf("the point check says %+v", last)
}

// letters counts the dead letters.
func (s *site) letters() (n int) {
	s.t.Helper()
	found, err := s.client.DescribeTopics(s.t.Context(), s.topics.DeadLetter)
	if err != nil {
		s.t.Fatal(err)
	}
	for p := range found[s.topics.DeadLetter].Partitions {
		n += s.count(kafka.TopicPartition{Topic: s.topics.DeadLetter, Partition: p})
	}
	return n
}

// A schema that may not follow what is registered is refused before anything is
// registered, by a check and by the real thing; and so is a run.
func TestASchemaThatMayNotFollowIsRefused(t *testing.T) {
	s, d := newSite(t), newDesk(t)
	t.Setenv("CONSENTSTREAM_REGISTRY_URL", d.url)
	d.register(s.topics.Eligibility+"-value", `{"type":"record","name":"EligibilityChanged","namespace":"consentstream.v1","fields":[{"name":"event_id","type":"long"}]}`)
	if got := execute(t, "schemas", "register", "--check", "--config", s.config); got.code != exitNo || !strings.Contains(got.stdout, "conflict: version 1") {
		t.Errorf("--check: %+v", got)
	}
	if got := execute(t, "schemas", "register", "--config", s.config); got.code != exitWrong || !strings.Contains(got.stderr, s.topics.Eligibility) {
		t.Errorf("register: %+v", got)
	}
	if d.requests("/subjects/"+s.topics.Clicks+"-value/versions") == 0 {
		t.Error("the other subjects were not looked at")
	}
	d.mu.Lock()
	for call := range d.asked {
		if strings.HasPrefix(call, "POST") && !strings.Contains(call, s.topics.Eligibility) {
			t.Errorf("something was written: %s", call)
		}
	}
	d.mu.Unlock()
	s.refused("may not follow", s.topics.Eligibility)
	if p := s.preview(exitNo); !strings.Contains(strings.Join(p.Refused, "\n"), "may not follow") {
		t.Errorf("a dry run: %v", p.Refused)
	}
}
