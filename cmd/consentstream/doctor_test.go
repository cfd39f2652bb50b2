package main

import (
	"encoding/json"
	"strings"
	"testing"

	"consentstream/processor"
	"consentstream/processor/doctor"
	"consentstream/processor/kafka"
	"consentstream/processor/kafka/embedded"
)

// startBrokers starts embedded brokers and returns what --brokers takes.
func startBrokers(t *testing.T, n int) (string, *kafka.Client) {
	t.Helper()
	b, err := embedded.Start(embedded.Options{Brokers: n})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	client, err := kafka.Dial(kafka.Config{Brokers: b.Addresses()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return strings.Join(b.Addresses(), ","), client
}

// createTopics creates what a start needs, as production would.
func createTopics(t *testing.T, client *kafka.Client, replication int16) {
	t.Helper()
	topics := processor.DefaultTopics()
	specs := topics.TopicSpecs(2, replication, []string{"default"})
	for i := range specs {
		if specs[i].Configs == nil {
			specs[i].Configs = map[string]string{}
		}
		specs[i].Configs["min.insync.replicas"] = "2"
	}
	if _, err := client.CreateTopics(t.Context(), specs); err != nil {
		t.Fatal(err)
	}
}

func TestDoctor(t *testing.T) {
	brokers, client := startBrokers(t, 3)
	got := execute(t, "doctor", "--brokers", brokers, "--output", "json")
	var report doctor.Report
	if err := json.Unmarshal([]byte(got.stdout), &report); err != nil {
		t.Fatal(err)
	}
	if got.code != exitNo || len(report.Findings) != 10 || report.Findings[0].Severity != doctor.Danger {
		t.Errorf("no topic exists: exit %d, %+v", got.code, report)
	}
	if got := execute(t, "doctor", "--brokers", brokers); got.code != exitNo || strings.Count(got.stdout, "does not exist") != 1 || !strings.Contains(got.stdout, "unsubscribes") {
		t.Errorf("what is the same is told once: %+v", got)
	}
	createTopics(t, client, 3)
	if got := execute(t, "doctor", "--brokers", brokers); got.code != exitDone || !strings.Contains(got.stdout, "looked at 3 broker(s), 10 topics, 0 records: 0 finding(s)") {
		t.Errorf("all is well: %+v", got)
	}
}

func TestDoctorOfNobody(t *testing.T) {
	if got := execute(t, "doctor", "--brokers", "127.0.0.1:1"); got.code != exitWrong || got.stdout != "" || !strings.Contains(got.stderr, "start the broker or correct the address") {
		t.Errorf("%+v", got)
	}
}
