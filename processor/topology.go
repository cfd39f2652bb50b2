package processor

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"consentstream/processor/kafka"
)

const (
	day  = 24 * 60 * 60 * 1000 // in ms
	hour = 60 * 60 * 1000
)

// TopicSpecs returns the topics to create, inputs included, with the settings
// that the guarantees need. controllers fill in {controller} in topic names.
func (t *Topics) TopicSpecs(partitions int32, replication int16, controllers []string) []kafka.TopicSpec {
	spec := func(name string, configs map[string]string) kafka.TopicSpec {
		return kafka.TopicSpec{Name: name, Partitions: partitions, Replication: replication, Configs: configs}
	}
	var specs []kafka.TopicSpec
	for _, input := range t.Inputs() {
		specs = append(specs, spec(input, nil)) // how long inputs are kept is the producers' duty
	}
	for _, settings := range t.settings() {
		for _, name := range namesOf(settings.name, controllers) {
			specs = append(specs, spec(name, maps.Clone(settings.configs)))
		}
	}
	return specs
}

type topicSettings struct {
	name    string
	configs map[string]string
}

// settings are what each published and internal topic must be created with.
func (t *Topics) settings() []topicSettings {
	ms := func(v int) string { return fmt.Sprint(v) }
	compacted := map[string]string{"cleanup.policy": "compact", "delete.retention.ms": ms(day)}
	// What was erased must be gone within a day: compaction may not be put off
	// for longer, and a segment that nothing closes is never compacted.
	erasable := maps.Clone(compacted)
	erasable["max.compaction.lag.ms"] = ms(12 * hour)
	erasable["segment.ms"] = ms(6 * hour)
	return []topicSettings{
		{t.Eligibility, erasable},
		{t.Retention, map[string]string{"cleanup.policy": "delete", "retention.ms": ms(90 * day)}},
		{t.DeadLetter, map[string]string{"cleanup.policy": "delete", "retention.ms": ms(14 * day)}},
		{t.Changelog, erasable},
		// Objections on their way to another contact must not expire unread.
		{t.Repartition, map[string]string{"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}},
		{t.Addresses, compacted},
	}
}

func namesOf(name string, controllers []string) []string {
	if !strings.Contains(name, controllerPlaceholder) {
		return []string{name}
	}
	var names []string
	for _, controller := range controllers {
		filled, _ := forController(name, controller)
		names = append(names, filled)
	}
	return names
}

// TopicFault says what kind of thing is wrong with a topic.
type TopicFault string

// The kinds of faults.
const (
	TopicMissing TopicFault = "missing"
	TopicSetting TopicFault = "setting"
	TopicUnequal TopicFault = "partitions"
)

// TopicProblem is one thing about a topic that must be mended before a start.
type TopicProblem struct {
	Fault   TopicFault `json:"fault"`
	Topic   string     `json:"topic"`
	Problem string     `json:"problem"`
	Mend    string     `json:"mend"`
}

// CheckTopics holds what a cluster has against what is needed.
func (t *Topics) CheckTopics(found map[string]kafka.TopicInfo, controllers []string) []TopicProblem {
	var problems []TopicProblem
	for _, input := range t.Inputs() {
		if _, ok := found[input]; !ok {
			problems = append(problems, missing(input))
		}
	}
	for _, s := range t.settings() {
		for _, name := range namesOf(s.name, controllers) {
			info, ok := found[name]
			if !ok {
				problems = append(problems, missing(name))
				continue
			}
			problems = append(problems, differences(name, s.configs, info.Configs)...)
		}
	}
	return append(problems, t.unequal(found, controllers)...)
}

func missing(topic string) TopicProblem {
	return TopicProblem{TopicMissing, topic, "does not exist", "create it: consentstream topics create"}
}

// differences lists the settings a guarantee rests on that are not as needed.
func differences(topic string, wanted, found map[string]string) []TopicProblem {
	var problems []TopicProblem
	for _, key := range slices.Sorted(maps.Keys(wanted)) {
		if key != "cleanup.policy" && key != "retention.ms" {
			continue // of the others a cluster may have its own
		}
		if have, ok := found[key]; ok && have != wanted[key] {
			problems = append(problems, TopicProblem{TopicSetting, topic, fmt.Sprintf("%s is %s, expected %s", key, have, wanted[key]),
				fmt.Sprintf("kafka-configs --alter --topic %s --add-config %s=%s", topic, key, wanted[key])})
		}
	}
	return problems
}

// unequal compares the numbers of partitions of all topics but the dead letters.
func (t *Topics) unequal(found map[string]kafka.TopicInfo, controllers []string) []TopicProblem {
	want := found[t.Unsubscribes].Partitions
	names := append(t.Consumed(), t.Changelog)
	names = append(names, namesOf(t.Eligibility, controllers)...)
	names = append(names, namesOf(t.Retention, controllers)...)
	var problems []TopicProblem
	for _, name := range names {
		if info, ok := found[name]; ok && want > 0 && info.Partitions != want {
			problems = append(problems, TopicProblem{TopicUnequal, name, fmt.Sprintf("has %d partitions, %s has %d", info.Partitions, t.Unsubscribes, want),
				"records of one contact must meet in one task: create the topic anew with the number of the others"})
		}
	}
	return problems
}

// Names lists every topic, inputs first.
func (t *Topics) Names(controllers []string) []string {
	var names []string
	for _, s := range t.TopicSpecs(1, 1, controllers) {
		names = append(names, s.Name)
	}
	return names
}
