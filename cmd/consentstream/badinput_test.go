package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
	"github.com/twmb/franz-go/pkg/sasl/plain"

	"consentstream/processor/kafka"
)

// What a broker denies ends the run with the right to grant; granted, the same
// store and group go on and publish everything once.
//
// KAFKA_GUARDED_BROKERS names real brokers that ask for rights, such as those of
// KAFKA_GUARDED=yes deploy/kafka/kafka start.
func TestRightsThatAreDenied(t *testing.T) {
	brokers := os.Getenv("KAFKA_GUARDED_BROKERS")
	if brokers == "" {
		cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.EnableACLs(),
			kfake.Superuser("PLAIN", "admin", "secret"), kfake.User("PLAIN", "app", "secret"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(cluster.Close)
		brokers = cluster.ListenAddrs()[0]
	}
	t.Setenv("CONSENTSTREAM_SASL_MECHANISM", "PLAIN")
	t.Setenv("CONSENTSTREAM_SASL_USERNAME", "app")
	t.Setenv("CONSENTSTREAM_SASL_PASSWORD", "secret")
	for name, c := range map[string]struct {
		deny  func(*kadm.ACLBuilder, *site)
		words []string
	}{
		"reading an input":       {func(b *kadm.ACLBuilder, s *site) { b.Topics(s.topics.Unsubscribes).Operations(kadm.OpRead) }, []string{"unsubscribes", "grant this principal READ"}},
		"writing an output":      {func(b *kadm.ACLBuilder, s *site) { b.Topics(s.topics.Eligibility).Operations(kadm.OpWrite) }, []string{"eligibility-changed", "grant this principal READ, WRITE"}},
		"writing the changelog":  {func(b *kadm.ACLBuilder, s *site) { b.Topics(s.topics.Changelog).Operations(kadm.OpWrite) }, []string{"grant this principal READ, WRITE"}},
		"seeing a topic":         {func(b *kadm.ACLBuilder, s *site) { b.Topics(s.topics.Clicks).Operations(kadm.OpAll) }, []string{"clicks", "grant this principal READ"}},
		"settings of a topic":    {func(b *kadm.ACLBuilder, s *site) { b.Topics(s.topics.Clicks).Operations(kadm.OpDescribeConfigs) }, []string{"clicks", "DESCRIBE_CONFIGS"}},
		"the group":              {func(b *kadm.ACLBuilder, s *site) { b.Groups(s.group).Operations(kadm.OpRead) }, []string{"grant this principal READ and DESCRIBE on the group"}},
		"the transactional id":   {func(b *kadm.ACLBuilder, s *site) { b.TransactionalIDs(s.group + "-1").Operations(kadm.OpWrite) }, []string{"-group-1", "grant this principal WRITE and DESCRIBE on the transactional id"}},
		"the id may not be seen": {func(b *kadm.ACLBuilder, s *site) { b.TransactionalIDs(s.group + "-0").Operations(kadm.OpDescribe) }, []string{"-group-0", "on the transactional id"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSiteAt(t, brokers, kafka.SASL{Mechanism: "PLAIN", Username: "admin", Password: "secret"})
			s.create()
			admin := s.admin()
			s.grant(admin)
			for i := range 20 {
				s.objects(fmt.Sprint("c", i))
			}
			denied := kadm.NewACLs().Deny("User:app").DenyHosts().ResourcePatternType(kadm.ACLPatternLiteral)
			c.deny(denied, s)
			if _, err := admin.CreateACLs(t.Context(), denied); err != nil {
				t.Fatal(err)
			}
			lifted := kadm.NewACLs().Deny("User:app").DenyHosts("*").ResourcePatternType(kadm.ACLPatternLiteral)
			c.deny(lifted, s)
			awaitRights(t, admin, lifted, true)
			s.refused(c.words...)
			if _, err := admin.DeleteACLs(t.Context(), lifted); err != nil {
				t.Fatal(err)
			}
			awaitRights(t, admin, lifted, false)
			s.during(func() { s.published(20) })
			if n := s.published(20); n != 20 {
				t.Errorf("%d changes are published, want 20", n)
			}
		})
	}
}

// awaitRights waits until brokers know of a denial, or no longer. They learn of a
// change after it was answered, each in its own time: any of them may be asked, so
// they have to agree for a while.
func awaitRights(t *testing.T, admin *kadm.Client, denied *kadm.ACLBuilder, want bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for agreed := 0; agreed < 5; time.Sleep(20 * time.Millisecond) {
		described, err := admin.DescribeACLs(t.Context(), denied)
		if err != nil {
			t.Fatal(err)
		}
		known := false
		for _, d := range described {
			known = known || len(d.Described) > 0
		}
		if agreed++; known != want {
			agreed = 0
		}
		if time.Now().After(deadline) {
			t.Fatalf("the denial is known: %v, want %v", known, want)
		}
	}
}

// admin is a client of the super user.
func (s *site) admin() *kadm.Client {
	s.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(s.brokers, ",")...), kgo.SASL(plain.Auth{User: "admin", Pass: "secret"}.AsMechanism()))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(client.Close)
	return kadm.NewClient(client)
}

// grant allows the user app everything that begins with the prefix of the site.
func (s *site) grant(admin *kadm.Client) {
	s.t.Helper()
	prefix := strings.TrimSuffix(s.group, "group")
	acls := kadm.NewACLs().Allow("User:app").AllowHosts().ResourcePatternType(kadm.ACLPatternPrefixed).
		Topics(prefix).Groups(prefix).TransactionalIDs(prefix).Operations(kadm.OpAll)
	if _, err := admin.CreateACLs(s.t.Context(), acls); err != nil {
		s.t.Fatal(err)
	}
}

func TestTopicsThatAreNotAsTheyMustBe(t *testing.T) {
	s := newSite(t)
	good := s.topics
	s.topics.Signups += "-none"
	s.config = write(t, "config.yaml", configOf(s.group, &s.topics))
	s.refused("signups-none: does not exist", "consentstream topics create")
	if _, err := s.client.CreateTopics(t.Context(), []kafka.TopicSpec{{Name: s.topics.Signups, Partitions: sitePartitions + 1, Replication: -1}}); err != nil {
		t.Fatal(err)
	}
	s.refused("has 3 partitions", "has 2", "create the topic anew")
	if _, err := os.Stat(s.state); !os.IsNotExist(err) {
		t.Errorf("a state directory was made: %v", err)
	}
	s.topics = good
}

// A store is of one group and one cluster, and of one process at a time; a changelog
// is of one group.
func TestStoresOfOthers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.objects("c1")
	s.during(func() {
		s.published(1)
		s.refused("in use by another process", "stop that process")
	})
	group := s.group
	s.group += "-other"
	s.config = write(t, "config.yaml", configOf(s.group, &s.topics))
	s.refused("belongs to another group", group, "nothing was changed")
	home := s.state
	s.state = filepath.Join(t.TempDir(), "state") // a store of its own does not make the topics its own
	s.refused("holds the state of group "+group, "--group "+group, "topics.changelog")
	if d := s.preview(exitNo); !strings.Contains(d.Refused[0], "holds the state of group "+group) {
		t.Errorf("a dry run says %v", d.Refused)
	}
	s.state = home
	s.group = group
	s.config = write(t, "config.yaml", configOf(s.group, &s.topics))

	other, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.ClusterID("another"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.Close)
	for _, spec := range s.topics.TopicSpecs(sitePartitions, 1, nil) {
		if err := other.CreateTopic(spec.Name, spec.Partitions, spec.Configs); err != nil {
			t.Fatal(err)
		}
	}
	brokers := s.brokers
	s.brokers = other.ListenAddrs()[0]
	s.refused("belongs to another cluster", "another", "check --brokers")

	s.brokers = brokers
	s.objects("c2")
	s.during(func() { s.published(2) })
	if n := s.published(2); n != 2 {
		t.Errorf("%d changes, want 2: the store was damaged", n)
	}
}

func TestABrokerWithoutTransactionsIsRefused(t *testing.T) {
	versions := kversion.Stable()
	versions.SetMaxKeyVersion(int16(kmsg.InitProducerID), -1)
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.MaxVersions(versions))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	s := newSiteAt(t, cluster.ListenAddrs()[0], kafka.SASL{})
	s.refused("speaks no transactions", "use Apache Kafka 2.8 or later")
}

// A changelog that was deleted and created again is another one, and partitions
// that were added move keys away from their state.
func TestTopicsThatHaveChangedSinceTheLastRun(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.objects("c1")
	s.during(func() { s.published(1) })
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(s.brokers, ",")...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	admin := kadm.NewClient(client)
	s.recreate(admin, s.topics.Unsubscribes)
	s.refused("unsubscribes was deleted and created again", "--to-earliest")
	if d := s.preview(exitNo); !strings.Contains(d.Refused[0], "unsubscribes was deleted and created again") {
		t.Errorf("a dry run says %v", d.Refused)
	}
	s.acceptFromStart(admin, s.topics.Unsubscribes)
	s.dial(kafka.SASL{}) // a producer that wrote the old topic does not fit the new one
	s.objects("c2")
	s.during(func() { s.published(2) })
	if n := s.published(2); n != 2 {
		t.Errorf("%d changes, want 2", n)
	}

	var all []string
	for _, spec := range s.topics.TopicSpecs(1, 1, nil) {
		all = append(all, spec.Name)
	}
	if _, err := admin.UpdatePartitions(t.Context(), sitePartitions+1, all...); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second) // until every broker knows
	s.refused("have 3 partitions and had 2", "create topics of other names with 2 partitions")

	s.recreate(admin, s.topics.Changelog)
	s.refused("changelog", "deleted and created again", "begin anew")
}

// acceptFromStart puts the group at the start of a topic, as kafka-consumer-groups
// --reset-offsets does.
func (s *site) acceptFromStart(admin *kadm.Client, topic string) {
	s.t.Helper()
	s.idle(admin)
	var start kadm.Offsets
	for p := range int32(sitePartitions) {
		start.Add(kadm.Offset{Topic: topic, Partition: p, LeaderEpoch: -1})
	}
	if err := admin.CommitAllOffsets(s.t.Context(), s.group, start); err != nil {
		s.t.Fatal(err)
	}
}

// idle waits until the group has no member: brokers take no offsets from
// outside before.
func (s *site) idle(admin *kadm.Client) {
	s.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		groups, err := admin.DescribeGroups(s.t.Context(), s.group)
		if err == nil && groups[s.group].State == "Empty" {
			return
		}
	}
	s.t.Fatal("the group does not empty")
}

func (s *site) recreate(admin *kadm.Client, topic string) {
	s.t.Helper()
	found, err := s.client.DescribeTopics(s.t.Context(), topic)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := admin.DeleteTopics(s.t.Context(), topic); err != nil {
		s.t.Fatal(err)
	}
	var spec kafka.TopicSpec
	for _, t := range s.topics.TopicSpecs(found[topic].Partitions, -1, nil) {
		if t.Name == topic {
			spec = t
		}
	}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		var created []string
		if created, err = s.client.CreateTopics(s.t.Context(), []kafka.TopicSpec{spec}); err == nil && len(created) == 1 {
			return
		}
	}
	s.t.Fatalf("%s cannot be created again: %v", topic, err)
}

// A store on a full disk ends the process, which says so; with room again the
// same store goes on, and every change is published once.
func TestAFullDisk(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("only root on Linux may mount a small disk")
	}
	s := newSite(t)
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("no small disk: %v: %s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", dir).Run() })
	s.state = filepath.Join(dir, "state")
	program := build(t)
	s.objects("c0")
	cmd := exec.Command(program, s.args()...)
	var log strings.Builder
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	s.published(1)
	filler := filepath.Join(dir, "filler")
	if out, err := exec.Command("dd", "if=/dev/zero", "of="+filler, "bs=4k").CombinedOutput(); err == nil {
		t.Fatalf("the disk does not fill: %s", out)
	}
	n, err := s.objectUntil(ended)
	if err == nil {
		_ = cmd.Process.Kill()
	}
	wantFullDisk(t, err, log.String())
	out, err := exec.Command(program, s.args()...).CombinedOutput()
	wantFullDisk(t, err, string(out))
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	s.during(func() { s.published(n) })
	if got := s.published(n); got != n {
		t.Errorf("%d changes, want %d", got, n)
	}
}

// build returns the path of the program.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "consentstream")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return program
}

// objectUntil has contacts object, from the second on, until the program ends,
// and returns how many contacts there are and how the program ended.
func (s *site) objectUntil(ended <-chan error) (n int, err error) {
	for n, late := 1, time.After(60*time.Second); ; n++ {
		s.objects(fmt.Sprint("c", n))
		select {
		case err := <-ended:
			return n + 1, err
		case <-late:
			return n + 1, nil
		case <-time.After(time.Millisecond):
		}
	}
}

// wantFullDisk checks how a program ended and what it said.
func wantFullDisk(t *testing.T, err error, log string) {
	t.Helper()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitWrong || !strings.Contains(log, "no space left on device") || strings.Contains(log, "goroutine ") {
		t.Errorf("%v\n%s", err, log)
	}
}

// A port that is taken and a place that nobody may write say what to do.
func TestPlacesThatCannotBeUsed(t *testing.T) {
	s := newSite(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	wantRefusal(t, s.ends("--listen", listener.Addr().String()), "choose another port")
	s.state = filepath.Join(write(t, "file", ""), "state")
	s.refused("state directory", "--state")
}
