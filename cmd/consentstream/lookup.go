package main

import (
	"consentstream/processor/check"
	"consentstream/state/rules"
)

func lookupState(dir string) check.Lookup                       { panic("soon") }
func lookupInputs(paths []string, p *rules.Policy) check.Lookup { panic("soon") }
