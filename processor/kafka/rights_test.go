package kafka

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// guarded starts a broker with an authorizer, on which "user" has the given
// rights and nothing else, and returns a client of that user.
func guarded(t *testing.T, topics []string, acls ...kfake.ACL) *Client {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.EnableACLs(), kfake.SeedTopics(2, topics...),
		kfake.Superuser("PLAIN", "admin", "secret"), kfake.User("PLAIN", "user", "secret", acls...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	client, err := Dial(Config{Brokers: cluster.ListenAddrs(), SASL: SASL{"PLAIN", "user", "secret"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func grant(kind kmsg.ACLResourceType, name string, operation kmsg.ACLOperation) kfake.ACL {
	return kfake.ACL{Resource: kind, Name: name, Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: operation, Allow: true}
}

func TestRightsThatAreMissing(t *testing.T) {
	client := guarded(t, []string{"readable", "hidden"},
		grant(kmsg.ACLResourceTypeTopic, "readable", kmsg.ACLOperationRead),
		grant(kmsg.ACLResourceTypeGroup, "mine", kmsg.ACLOperationRead),
		grant(kmsg.ACLResourceTypeTransactionalId, "mine-0", kmsg.ACLOperationWrite))
	rights, err := client.TopicRights(testContext(t), "readable", "hidden", "readable")
	if err != nil {
		t.Fatal(err)
	}
	if r := rights["readable"]; !r.Exists || !r.Has(RightRead) || !r.Has(RightDescribe) || r.Has(RightWrite) || r.Has(RightDescribeConfigs) {
		t.Errorf("readable: %+v", r)
	}
	if r := rights["hidden"]; !r.Exists || r.Has(RightRead) || r.Has(RightDescribe) {
		t.Errorf("hidden: %+v", r)
	}
	for group, want := range map[string]bool{"mine": true, "other": false} {
		if may, err := client.MayUseGroup(testContext(t), group); err != nil || may != want {
			t.Errorf("group %s: %v, %v", group, may, err)
		}
	}
	for id, want := range map[string]bool{"mine-0": true, "mine-1": false} {
		if may, err := client.MayUseTransactionalID(testContext(t), id); err != nil || may != want {
			t.Errorf("transactional id %s: %v, %v", id, may, err)
		}
	}
}

// Asking does no harm: whoever has the group and the id goes on.
func TestAskingForRightsDisturbsNobody(t *testing.T) {
	b := newBench(t)
	b.mustCommit("before")
	client := b.cluster.client()
	if may, err := client.MayUseGroup(testContext(t), b.gen.Group); err != nil || !may {
		t.Errorf("group: %v, %v", may, err)
	}
	if may, err := client.MayUseTransactionalID(testContext(t), b.id); err != nil || !may {
		t.Errorf("transactional id: %v, %v", may, err)
	}
	rights, err := client.TopicRights(testContext(t), b.topic, name("none"))
	if err != nil || len(rights) != 2 {
		t.Fatal(rights, err)
	}
	if r := rights[b.topic]; !r.Exists || !r.Has(RightRead) || !r.Has(RightWrite) || !r.Has(RightDescribeConfigs) {
		t.Errorf("%+v", r)
	}
	b.mustCommit("after")
	if b.gen.over() {
		t.Error("the generation has ended")
	}
}
