package local

import (
	"fmt"

	"consentstream/processor"
)

// Topics returns topic names that begin with a prefix, so that a run has topics of
// its own on a Kafka that others use too.
func Topics(prefix string) processor.Topics {
	t := processor.DefaultTopics()
	for _, name := range []*string{
		&t.Purchases, &t.Clicks, &t.Signups, &t.Unsubscribes, &t.Eligibility, &t.Retention, &t.DeadLetter, &t.Changelog, &t.Repartition, &t.Addresses,
	} {
		*name = prefix + *name
	}
	return t
}

// Settings are lines of a configuration file that name a group and its topics.
func Settings(group string, t *processor.Topics) string {
	return fmt.Sprintf(`group: %s
topics: {purchases: %s, clicks: %s, signups: %s, unsubscribes: %s, eligibility_changed: %s, retention_expiry: %s, dead_letter: %s, changelog: %s, repartition: %s, addresses: %s}
`, group, t.Purchases, t.Clicks, t.Signups, t.Unsubscribes, t.Eligibility, t.Retention, t.DeadLetter, t.Changelog, t.Repartition, t.Addresses)
}
