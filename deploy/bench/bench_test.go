package main

import "testing"

func TestUnknownCasesAreRefused(t *testing.T) {
	if _, err := parse([]string{"-cases", "kafka,steams"}); err == nil {
		t.Error("a misspelt case would be left out in silence")
	}
}
