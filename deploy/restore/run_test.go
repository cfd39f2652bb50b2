package main

import (
	"bytes"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"consentstream/processor/kafka/embedded"
)

// TestEveryCaseMeasures runs the cases with the built program, small, on
// KAFKA_BROKERS or else the embedded broker: what was in the changelog is restored,
// all of it; and with a standby a fail-over restores next to nothing.
func TestEveryCaseMeasures(t *testing.T) {
	brokers := os.Getenv("KAFKA_BROKERS")
	if brokers == "" {
		broker, err := embedded.Start(embedded.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer broker.Close()
		brokers = strings.Join(broker.Addresses(), ",")
	}
	var out bytes.Buffer
	err := run(t.Context(), []string{
		"-brokers", brokers, "-dir", t.TempDir(), "-events", "3000", "-contacts", "600", "-partitions", "2",
		"-cases", "restore,sigterm,kill,standby", "-settings", "session_timeout: 6s",
	}, &out)
	if err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	count := func(name string) int {
		line := regexp.MustCompile(`(?m)^` + name + ` +[\d.]+ +(\d+)`).FindStringSubmatch(out.String())
		if line == nil {
			t.Fatalf("no line %q:\n%s", name, &out)
		}
		n, _ := strconv.Atoi(line[1])
		return n
	}
	if read, restored := count("read and left"), count("restored"); read < 600 || restored != read {
		t.Errorf("%d records read, %d restored", read, restored)
	}
	line := regexp.MustCompile(`(?m)^lost, with a standby .*; (\d+) changelog records`).FindStringSubmatch(out.String())
	if line == nil {
		t.Fatalf("nothing about the fail-over:\n%s", &out)
	}
	if forward, _ := strconv.Atoi(line[1]); forward > count("restored")/2 {
		t.Errorf("%d records were brought forward after a fail-over to a standby:\n%s", forward, &out)
	}
	for _, name := range []string{"after SIGTERM", "after kill -9"} {
		if !strings.Contains(out.String(), name) {
			t.Errorf("nothing about %s:\n%s", name, &out)
		}
	}
}

func TestWhatCannotBeMeasuredIsRefused(t *testing.T) {
	for _, args := range [][]string{{"-cases", "restore,noon"}, {"-contacts", "0"}} {
		if _, err := parse(args); err == nil {
			t.Errorf("%v would measure something else, or nothing", args)
		}
	}
}
