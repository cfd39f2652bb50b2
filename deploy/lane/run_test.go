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

// TestEveryCaseGetsAnswers runs all cases with the built program, small, on
// KAFKA_BROKERS or else the embedded broker: every probe is answered, and none
// by magic.
func TestEveryCaseGetsAnswers(t *testing.T) {
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
		"-brokers", brokers, "-dir", t.TempDir(), "-partitions", "2", "-cases", "backlog,steady,address,restore", "-rounds", "1",
		"-backlog", "30000", "-warm", "500", "-contacts", "300", "-rate", "300", "-seconds", "2",
	}, &out)
	if err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	for _, name := range []string{"backlog", "steady", "address", "restore"} {
		line := regexp.MustCompile(`(?m)^` + name + ` +(\d+) +(\d+) +([\d.]+)`).FindStringSubmatch(out.String())
		if line == nil {
			t.Errorf("no line of %s:\n%s", name, &out)
			continue
		}
		sent, _ := strconv.Atoi(line[1])
		answered, _ := strconv.Atoi(line[2])
		p50, _ := strconv.ParseFloat(line[3], 64)
		if sent == 0 || answered != sent || p50 <= 0 {
			t.Errorf("%s: %d sent, %d answered, p50 %v ms", name, sent, answered, p50)
		}
	}
	if !strings.Contains(out.String(), "catching up:") {
		t.Errorf("nothing about catching up:\n%s", &out)
	}
}

func TestUnknownCasesAreRefused(t *testing.T) {
	for _, args := range [][]string{{"-cases", "steady,noon"}, {"-nodes", "2"}, {"-rate", "0"}} {
		if _, err := parse(args); err == nil {
			t.Errorf("%v would measure something else, or nothing", args)
		}
	}
}
