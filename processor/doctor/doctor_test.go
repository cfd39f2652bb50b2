package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"consentstream/processor"
	"consentstream/processor/kafka"
	"consentstream/schemas"
	"consentstream/state"
)

// patient is a cluster on trial, with topics of its own names.
type patient struct {
	*testing.T
	Inquiry
	real bool
}

const partitions = 3

// newPatient returns a cluster, real where KAFKA_BROKERS names one, whose topics
// are as they must be but for what change does to them.
func newPatient(t *testing.T, change func(*kafka.TopicSpec)) *patient {
	t.Helper()
	p := &patient{T: t}
	if list := os.Getenv("KAFKA_BROKERS"); list != "" {
		p.real, p.Brokers = true, strings.Split(list, ",")
	} else {
		cluster, err := kfake.NewCluster(kfake.NumBrokers(3))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(cluster.Close)
		p.Brokers = cluster.ListenAddrs()
	}
	p.dial(kafka.Config{})
	p.create(change)
	return p
}

func (p *patient) dial(cfg kafka.Config) {
	p.Helper()
	cfg.Brokers = p.Brokers
	client, err := kafka.Dial(cfg)
	if err != nil {
		p.Fatal(err)
	}
	p.Cleanup(client.Close)
	p.Client, p.Controllers, p.Group = client, []string{"default"}, fmt.Sprintf("doctor-%d", time.Now().UnixNano())
	p.Topics, p.TombstonesKept, p.Sample, p.Decoder, p.Now = prefixed(p.Group+"-"), 24*time.Hour, 100, schemas.NewDecoder(), time.Now()
}

func prefixed(prefix string) processor.Topics {
	t := processor.DefaultTopics()
	for _, name := range []*string{&t.Purchases, &t.Clicks, &t.Signups, &t.Unsubscribes, &t.Eligibility, &t.Retention, &t.DeadLetter, &t.Changelog, &t.Repartition, &t.Addresses} {
		*name = prefix + *name
	}
	return t
}

func (p *patient) create(change func(*kafka.TopicSpec)) {
	p.Helper()
	var specs []kafka.TopicSpec
	for _, s := range p.Topics.TopicSpecs(partitions, -1, p.Controllers) {
		if s.Configs == nil {
			s.Configs = map[string]string{}
		}
		if !p.real {
			s.Replication, s.Configs["min.insync.replicas"] = 3, "2"
		}
		if change != nil {
			change(&s)
		}
		if s.Name != "" {
			specs = append(specs, s)
		}
	}
	if _, err := p.Client.CreateTopics(context.Background(), specs); err != nil {
		p.Fatal(err)
	}
}

// examined returns the findings; those that one node alone has are left out.
func (p *patient) examined() []Finding {
	p.Helper()
	report, err := Examine(context.Background(), p.Inquiry)
	if err != nil {
		p.Fatal(err)
	}
	for _, f := range report.Findings {
		if f.Means == "" || f.Mend == "" || f.Problem == "" || f.Subject == "" || f.Severity != Danger && f.Severity != Warning {
			p.Errorf("something is left out: %+v", f)
		}
	}
	return slices.DeleteFunc(report.Findings, func(f Finding) bool { return p.real && strings.Contains(f.Problem, "replication factor is 1") })
}

// want checks that there is one finding, and what it says.
func (p *patient) want(severity Severity, check string, words ...string) {
	p.Helper()
	findings := p.examined()
	if len(findings) != 1 || findings[0].Severity != severity || findings[0].Check != check {
		p.Fatalf("%+v\nwant one %s of %s", findings, severity, check)
	}
	text, _ := json.Marshal(findings[0])
	for _, word := range words {
		if !strings.Contains(string(text), word) {
			p.Errorf("%s\ndoes not say %q", text, word)
		}
	}
}

// write appends a record to a partition of an input.
func (p *patient) write(topic string, partition int32, r kafka.OutRecord) {
	p.Helper()
	r.Topic, r.Partition = topic, partition
	if r.Timestamp == 0 {
		r.Timestamp = time.Now().UnixMilli()
	}
	if _, err := p.Client.Produce(context.Background(), []kafka.OutRecord{r}); err != nil {
		p.Fatal(err)
	}
}

// objection is the value of an unsubscribe of a contact.
func (p *patient) objection(contact, source string) []byte {
	p.Helper()
	encoder, err := schemas.NewEncoder()
	if err != nil {
		p.Fatal(err)
	}
	at := state.At(time.Now().Add(-time.Hour))
	value, err := encoder.Record(nil, state.TopicUnsubscribes, &schemas.Record{
		Key: state.Key{Controller: schemas.DefaultController, Contact: contact},
		Fact: state.Fact{ID: "e-" + contact, Topic: state.TopicUnsubscribes, OccurredAt: at, RecordedAt: at, Source: source, Unsubscribe: &state.Unsubscribe{
			Kind: state.UnsubscribeUnsubscribe, Method: state.MethodLink, PurgedBefore: state.Unset,
		}},
	})
	if err != nil {
		p.Fatal(err)
	}
	return value
}

func TestNothingIsWrong(t *testing.T) {
	p := newPatient(t, nil)
	for i := range 30 {
		contact := fmt.Sprint("c", i)
		p.write(p.Topics.Unsubscribes, kafka.Partition([]byte(contact), partitions), kafka.OutRecord{Key: []byte(contact), Value: p.objection(contact, "shop")})
	}
	if findings := p.examined(); len(findings) != 0 {
		t.Errorf("%+v", findings)
	}
}

func TestWhatIsWrongWithTopics(t *testing.T) {
	set := func(topic, key, value string) func(*kafka.TopicSpec) {
		return func(s *kafka.TopicSpec) {
			if strings.HasSuffix(s.Name, topic) {
				s.Configs[key] = value
			}
		}
	}
	for name, c := range map[string]struct {
		change   func(*kafka.TopicSpec)
		severity Severity
		check    string
		words    []string
	}{
		"missing": {func(s *kafka.TopicSpec) {
			if strings.HasSuffix(s.Name, "-clicks") {
				s.Name = ""
			}
		}, Danger, "topics", []string{"clicks", "topics create", "--partitions 3"}},
		"unequal": {func(s *kafka.TopicSpec) {
			if strings.HasSuffix(s.Name, "-signups") {
				s.Partitions = 4
			}
		}, Danger, "partitions", []string{"has 4 partitions", "has 3"}},
		"changelog not compacted":     {set("-changelog", "cleanup.policy", "delete"), Danger, "settings", []string{"cleanup.policy=compact", "people who said no"}},
		"repartition expires":         {set("-repartition", "retention.ms", "86400000"), Danger, "settings", []string{"retention.ms=-1"}},
		"deletions kept too short":    {set("-changelog", "delete.retention.ms", "1000"), Danger, "settings", []string{"delete.retention.ms=86400000", "erased"}},
		"compaction too late":         {set("-changelog", "max.compaction.lag.ms", "999999999"), Warning, "settings", []string{"max.compaction.lag.ms=43200000"}},
		"input compacted":             {set("-unsubscribes", "cleanup.policy", "compact"), Danger, "settings", []string{"cleanup.policy=delete"}},
		"input kept too short":        {set("-purchases", "retention.ms", "3600000"), Warning, "settings", []string{"1h0m0s", "retention.ms=604800000"}},
		"input limited in size":       {set("-purchases", "retention.bytes", "1000000"), Warning, "settings", []string{"retention.bytes=-1"}},
		"no room for large letters":   {set("-dead-letter", "max.message.bytes", "10000"), Danger, "settings", []string{"max.message.bytes=1048588"}},
		"a lagging copy may lead":     {set("-changelog", "unclean.leader.election.enable", "true"), Danger, "replicas", []string{"unclean.leader.election.enable=false"}},
		"settings of dead letters":    {set("-dead-letter", "retention.ms", "1000"), Danger, "settings", []string{"retention.ms=1209600000"}},
		"one copy may be the only":    {onFake(set("-changelog", "min.insync.replicas", "1")), Warning, "replicas", []string{"min.insync.replicas=2"}},
		"every copy must acknowledge": {onFake(set("-clicks", "min.insync.replicas", "3")), Warning, "replicas", []string{"min.insync.replicas=2"}},
		"one copy": {onFake(func(s *kafka.TopicSpec) {
			if strings.HasSuffix(s.Name, "-changelog") {
				s.Replication = 1
			}
		}), Danger, "replicas", []string{"replication factor is 1", "kafka-reassign-partitions"}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.check == "replicas" && os.Getenv("KAFKA_BROKERS") != "" && c.severity == Warning || name == "one copy" && os.Getenv("KAFKA_BROKERS") != "" {
				t.Skip("the copies of a real broker are as its operator has chosen")
			}
			newPatient(t, c.change).want(c.severity, c.check, c.words...)
		})
	}
}

func onFake(change func(*kafka.TopicSpec)) func(*kafka.TopicSpec) { return change }

// The partitioner of a producer is told from where its records lie, and the
// producer by the name it gives itself.
func TestProducersThatRouteWrongly(t *testing.T) {
	for name, c := range map[string]struct {
		choose func([]byte, int32) int32
		words  []string
	}{
		"librdkafka":   {strangers[0].choose, []string{"CRC-32", "partitioner=murmur2_random"}},
		"sarama":       {strangers[1].choose, []string{"FNV-1a", "Murmur2Balancer"}},
		"all into one": {func([]byte, int32) int32 { return 0 }, []string{"by hand", "murmur2"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPatient(t, nil)
			for i := range 40 {
				contact := fmt.Sprint("jane.doe.", i)
				p.write(p.Topics.Unsubscribes, kafka.Partition([]byte(contact), partitions), kafka.OutRecord{Key: []byte(contact), Value: p.objection(contact, "shop")})
				p.write(p.Topics.Unsubscribes, c.choose([]byte(contact), partitions), kafka.OutRecord{
					Key: []byte(contact), Value: p.objection(contact, "shop"), Headers: []kafka.Header{{Key: "ce_source", Value: []byte("/crm/eu")}},
				})
			}
			p.want(Warning, "routing", append(c.words, "unsubscribes", "/crm/eu", "of its newest 40")...)
			report, _ := json.Marshal(p.examined())
			if strings.Contains(string(report), "jane") {
				t.Errorf("a contact is shown: %s", report)
			}
		})
	}
}

// Records without a key are placed by their contact, and what was sent on
// before tells its topic.
func TestKeylessAndEarlierMisroutedRecords(t *testing.T) {
	p := newPatient(t, nil)
	for i := range 30 {
		p.write(p.Topics.Unsubscribes, int32(i)%partitions, kafka.OutRecord{Value: p.objection(fmt.Sprint("c", i), "shop")})
	}
	p.want(Warning, "routing", "unsubscribes", "shop")

	p = newPatient(t, nil)
	p.write(p.Topics.Repartition, 0, kafka.OutRecord{Key: []byte("c"), Value: processor.MisroutedRecord(p.Topics.Clicks, 1, &kafka.Record{Key: []byte("c")})})
	p.want(Warning, "routing", p.Topics.Clicks, "1 of the newest 1")
}

func TestRecordsThatCannotBeRead(t *testing.T) {
	p := newPatient(t, nil)
	at := kafka.Partition([]byte("c"), partitions)
	p.write(p.Topics.Unsubscribes, at, kafka.OutRecord{Key: []byte("c"), Value: []byte("{}"), Headers: []kafka.Header{{Key: "ce_source", Value: []byte("jane@example.org")}}})
	p.want(Danger, "records", "undecodable", "denied", "name is left out")
}

func TestClocksThatAreAhead(t *testing.T) {
	for ahead, severity := range map[time.Duration]Severity{5 * time.Minute: Warning, 50 * time.Hour: Danger} {
		p := newPatient(t, nil)
		p.Now = p.Now.Add(-ahead)
		p.write(p.Topics.Unsubscribes, kafka.Partition([]byte("c"), partitions), kafka.OutRecord{Key: []byte("c"), Value: p.objection("c", "shop")})
		p.want(severity, "clocks", "shop", "ahead of this machine")
	}
}

// An authorizer that denies is told right by right, with the command.
func TestRightsThatAreMissing(t *testing.T) {
	topics := prefixed("a-")
	all := func(kind kmsg.ACLResourceType, name string, pattern kmsg.ACLResourcePatternType) kfake.ACL {
		return kfake.ACL{Resource: kind, Name: name, Pattern: pattern, Operation: kmsg.ACLOperationAll, Allow: true}
	}
	everything := []kfake.ACL{
		all(kmsg.ACLResourceTypeTopic, "a-", kmsg.ACLResourcePatternTypePrefixed),
		all(kmsg.ACLResourceTypeGroup, "mine", kmsg.ACLResourcePatternTypeLiteral),
		all(kmsg.ACLResourceTypeTransactionalId, "mine-", kmsg.ACLResourcePatternTypePrefixed),
	}
	deny := func(kind kmsg.ACLResourceType, name string, operation kmsg.ACLOperation) kfake.ACL {
		return kfake.ACL{Resource: kind, Name: name, Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: operation}
	}
	for name, c := range map[string]struct {
		acl   *kfake.ACL
		words []string
	}{
		"none":             {nil, nil},
		"read":             {new(deny(kmsg.ACLResourceTypeTopic, topics.Unsubscribes, kmsg.ACLOperationRead)), []string{"may not Read", "--allow-principal User:app --operation Read --topic a-unsubscribes"}},
		"write":            {new(deny(kmsg.ACLResourceTypeTopic, topics.Eligibility, kmsg.ACLOperationWrite)), []string{"may not Write", "--topic a-eligibility-changed"}},
		"hidden":           {new(deny(kmsg.ACLResourceTypeTopic, topics.Changelog, kmsg.ACLOperationAll)), []string{"Read, Write, Describe, DescribeConfigs", "--topic a-consentstream-state-changelog"}},
		"group":            {new(deny(kmsg.ACLResourceTypeGroup, "mine", kmsg.ACLOperationRead)), []string{"group mine", "--group mine"}},
		"transactional id": {new(deny(kmsg.ACLResourceTypeTransactionalId, "mine-1", kmsg.ACLOperationWrite)), []string{"transactional id mine-1", "--transactional-id mine- --resource-pattern-type prefixed"}},
	} {
		t.Run(name, func(t *testing.T) {
			acls := everything
			if c.acl != nil {
				acls = append(slices.Clone(everything), *c.acl)
			}
			cluster, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.EnableSASL(), kfake.EnableACLs(), kfake.Superuser("PLAIN", "admin", "s"), kfake.User("PLAIN", "app", "s", acls...))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(cluster.Close)
			p := &patient{T: t}
			p.Brokers = cluster.ListenAddrs()
			p.dial(kafka.Config{SASL: kafka.SASL{Mechanism: "PLAIN", Username: "admin", Password: "s"}})
			p.Topics = topics
			p.create(nil)
			// The embedded broker asks for rights on a group only once it exists.
			if err := p.Client.CommitOffsets(t.Context(), "mine", nil, map[kafka.TopicPartition]int64{{Topic: topics.Clicks}: 0}); err != nil {
				t.Fatal(err)
			}
			p.dial(kafka.Config{SASL: kafka.SASL{Mechanism: "PLAIN", Username: "app", Password: "s"}})
			p.Topics, p.Group, p.Principal = topics, "mine", "app"
			if c.acl == nil {
				if findings := p.examined(); len(findings) != 0 {
					t.Errorf("%+v", findings)
				}
				return
			}
			p.want(Danger, "rights", append(c.words, "kafka-acls")...)
		})
	}
}

func TestABrokerWithoutTransactions(t *testing.T) {
	versions := kversion.Stable()
	versions.SetMaxKeyVersion(22, -1) // InitProducerID
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.MaxVersions(versions))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	p := &patient{T: t}
	p.Brokers = cluster.ListenAddrs()
	p.dial(kafka.Config{})
	p.want(Danger, "broker", "no transactions")
}

func TestNobodyToAsk(t *testing.T) {
	p := &patient{T: t}
	p.Brokers = []string{"127.0.0.1:1"}
	p.dial(kafka.Config{})
	if report, err := Examine(context.Background(), p.Inquiry); err == nil {
		t.Errorf("%+v", report)
	}
}
