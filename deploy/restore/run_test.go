package main

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"consentstream/processor/kafka/embedded"
)

// TestEveryCaseMeasures runs the quick cases with the built program, small, on the
// embedded broker: what was in the changelog is restored, all of it.
func TestEveryCaseMeasures(t *testing.T) {
	broker, err := embedded.Start(embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	var out bytes.Buffer
	err = run(t.Context(), []string{
		"-brokers", strings.Join(broker.Addresses(), ","), "-dir", t.TempDir(), "-events", "3000", "-contacts", "600", "-partitions", "2",
		"-cases", "restore,sigterm,kill",
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
