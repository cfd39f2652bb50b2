package processor

import (
	"strings"

	"consentstream/state"
)

// Topics are the names of the topics. Eligibility and Retention may hold
// "{controller}": then each legal entity has its own topic.
type Topics struct {
	Purchases    string `koanf:"purchases"`
	Clicks       string `koanf:"clicks"`
	Signups      string `koanf:"signups"`
	Unsubscribes string `koanf:"unsubscribes"`
	Eligibility  string `koanf:"eligibility_changed"`
	Retention    string `koanf:"retention_expiry"`
	DeadLetter   string `koanf:"dead_letter"`
	Changelog    string `koanf:"changelog"`
	Repartition  string `koanf:"repartition"`
	Addresses    string `koanf:"addresses"`
}

// DefaultTopics returns the default names.
func DefaultTopics() Topics {
	return Topics{
		Purchases: "purchases", Clicks: "clicks", Signups: "signups", Unsubscribes: "unsubscribes",
		Eligibility: "eligibility-changed", Retention: "retention-expiry",
		DeadLetter: "consentstream-dead-letter", Changelog: "consentstream-state-changelog",
		Repartition: "consentstream-repartition", Addresses: "consentstream-addresses",
	}
}

// Inputs lists the four input topics in the order of state.Topic.
func (t *Topics) Inputs() []string {
	return []string{t.Purchases, t.Clicks, t.Signups, t.Unsubscribes}
}

// Lane lists what is read before everything else: what can take a permission
// away, whoever said it and wherever it landed.
func (t *Topics) Lane() []string { return []string{t.Unsubscribes, t.Repartition, t.Addresses} }

// Bulk lists the inputs that may wait for the lane.
func (t *Topics) Bulk() []string { return []string{t.Purchases, t.Clicks, t.Signups} }

// Consumed lists every topic whose offsets a task commits.
func (t *Topics) Consumed() []string { return append(t.Lane(), t.Bulk()...) }

// input returns which input topic a name is.
func (t *Topics) input(name string) (state.Topic, bool) {
	switch name {
	case t.Purchases:
		return state.TopicPurchases, true
	case t.Clicks:
		return state.TopicClicks, true
	case t.Signups:
		return state.TopicSignups, true
	case t.Unsubscribes:
		return state.TopicUnsubscribes, true
	}
	return 0, false
}

const controllerPlaceholder = "{controller}"

// forController returns the topic of a controller, and whether it is its own.
func forController(name, controller string) (string, bool) {
	if !strings.Contains(name, controllerPlaceholder) {
		return name, false
	}
	return strings.ReplaceAll(name, controllerPlaceholder, controller), true
}
