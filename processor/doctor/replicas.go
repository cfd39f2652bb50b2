package doctor

import (
	"context"
	"fmt"
	"slices"
)

// precious are the topics that hold what exists nowhere else.
func (x *examination) precious() []string {
	return []string{x.Topics.Unsubscribes, x.Topics.Changelog, x.Topics.Repartition, x.Topics.Addresses}
}

// examineReplicas looks at what happens to the topics when a broker is lost.
func (x *examination) examineReplicas(context.Context) error {
	single := []string{}
	for _, topic := range x.names() {
		info := x.found[topic]
		inSync, told := number(info.Configs["min.insync.replicas"])
		switch {
		case info.Replication == 1:
			single = append(single, topic)
		case told && inSync < 2:
			x.report.find(Finding{
				Warning, "replicas", topic, fmt.Sprintf("%d copies are kept, but min.insync.replicas is %d: one copy may hold alone what was acknowledged", info.Replication, inSync),
				"when that broker is lost, " + x.lossOf(topic), x.set(topic, "min.insync.replicas=2"),
			})
		case told && int(inSync) >= info.Replication:
			x.report.find(Finding{
				Warning, "replicas", topic, fmt.Sprintf("min.insync.replicas is %d of %d copies: one broker less and nothing can be written", inSync, info.Replication),
				"while a broker restarts, no objection is heard", x.set(topic, fmt.Sprintf("min.insync.replicas=%d", max(1, info.Replication-1))),
			})
		}
		if info.Configs["unclean.leader.election.enable"] == "true" && slices.Contains(x.precious(), topic) {
			x.report.find(Finding{
				Danger, "replicas", topic, "unclean.leader.election.enable is true: a copy that lags may become the leader, and what it lacks is gone",
				x.lossOf(topic), x.set(topic, "unclean.leader.election.enable=false"),
			})
		}
	}
	for _, topic := range single {
		x.report.find(x.single(topic))
	}
	return nil
}

// single is the finding for a topic with one copy.
func (x *examination) single(topic string) Finding {
	f := Finding{
		Warning, "replicas", topic, "its replication factor is 1: one broker holds the only copy", "when that broker's disk is lost, " + x.lossOf(topic),
		"name three brokers for each partition in a file and run: kafka-reassign-partitions " + x.bootstrap() + " --reassignment-json-file FILE --execute; " +
			"then " + x.set(topic, "min.insync.replicas=2"),
	}
	if slices.Contains(x.precious(), topic) {
		f.Severity = Danger
	}
	if x.report.Brokers < 2 {
		f.Mend = "start two more brokers; then " + f.Mend
	}
	return f
}
