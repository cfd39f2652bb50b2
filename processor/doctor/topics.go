package doctor

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"consentstream/processor"
)

const (
	// shortRetention is what an outage may last before inputs are lost unread.
	shortRetention = 7 * 24 * time.Hour
	infinite       = -1
)

// examineTopics compares the topics with what the guarantees need.
func (x *examination) examineTopics(context.Context) error {
	for _, p := range x.Topics.CheckTopics(x.found, x.Controllers) {
		if p.Fault == processor.TopicMissing && x.rights[p.Topic].Exists {
			continue // it is there and hidden: that is a missing right
		}
		x.report.find(x.problem(p))
	}
	x.examineCompaction()
	x.examineInputs()
	x.examineRecordSizes()
	return nil
}

// problem turns what refuses a start into a finding.
func (x *examination) problem(p processor.TopicProblem) Finding {
	f := Finding{Danger, "settings", p.Topic, p.Problem, x.lossOf(p.Topic), p.Mend}
	switch p.Fault {
	case processor.TopicMissing:
		f.Check, f.Means = "topics", "the processor does not start: no objection is heard"
		f.Mend = "consentstream topics create --brokers " + strings.Join(x.Brokers, ",")
		if n := x.found[x.Topics.Unsubscribes].Partitions; n > 0 {
			f.Mend += fmt.Sprintf(" --partitions %d", n)
		}
	case processor.TopicUnequal:
		f.Check = "partitions"
		f.Means = "the processor does not start: an objection and the purchase that it is about would lie in tasks that know nothing of each other"
	case processor.TopicSetting:
		key, want := x.wanted(p.Topic, p.Problem)
		f.Mend = x.set(p.Topic, key+"="+want)
	}
	return f
}

// wanted finds which setting a problem is about, and its value.
func (x *examination) wanted(topic, problem string) (key, value string) {
	for _, key := range slices.Sorted(maps.Keys(x.specs()[topic])) {
		if strings.HasPrefix(problem, key+" ") {
			return key, x.specs()[topic][key]
		}
	}
	return "", ""
}

// specs are the settings that topics are created with, by topic.
func (x *examination) specs() map[string]map[string]string {
	specs := map[string]map[string]string{}
	for _, s := range x.Topics.TopicSpecs(1, 1, x.Controllers) {
		specs[s.Name] = s.Configs
	}
	return specs
}

// lossOf says what it means when a topic does not keep what it must.
func (x *examination) lossOf(topic string) string {
	switch topic {
	case x.Topics.Changelog:
		return "the memory of who objected may go: after a restart elsewhere people who said no may receive mail"
	case x.Topics.Repartition, x.Topics.Addresses:
		return "an objection on its way to another task may go unread: somebody who said no may receive mail"
	case x.Topics.DeadLetter:
		return "records that could not be read are gone before anybody can look at them, objections among them"
	}
	if slices.Contains(x.Topics.Inputs(), topic) {
		return "records may be deleted before they are read, objections among them"
	}
	return "senders may miss a change, and mail somebody who may not be mailed any more"
}

// examineCompaction looks at how long erased data stays in compacted topics, and
// whether a store that was away can still learn that somebody was erased.
func (x *examination) examineCompaction() {
	for _, topic := range x.names() {
		want := x.specs()[topic]
		for _, key := range []string{"max.compaction.lag.ms", "segment.ms"} {
			limit, ok := number(want[key])
			if have, told := number(x.found[topic].Configs[key]); ok && told && have > limit {
				x.report.find(Finding{
					Warning, "settings", topic, fmt.Sprintf("%s is %s, expected %s at most", key, span(have), span(limit)),
					"what a person had erased stays readable in the topic for longer than a day", x.set(topic, key+"="+want[key]),
				})
			}
		}
	}
	have, told := number(x.found[x.Topics.Changelog].Configs["delete.retention.ms"])
	if told && have < x.TombstonesKept.Milliseconds() {
		x.report.find(Finding{
			Danger, "settings", x.Topics.Changelog,
			fmt.Sprintf("delete.retention.ms is %s, and limits.tombstones_kept is %v", span(have), x.TombstonesKept),
			"a store that was away for longer than the topic keeps deletions may bring somebody back who was erased",
			x.set(x.Topics.Changelog, fmt.Sprintf("delete.retention.ms=%d", x.TombstonesKept.Milliseconds())),
		})
	}
}

// examineInputs looks at how long the inputs are kept: that is their producers'
// duty, and an outage of the processor must fit into it.
func (x *examination) examineInputs() {
	for _, topic := range x.Topics.Inputs() {
		configs := x.found[topic].Configs
		if strings.Contains(configs["cleanup.policy"], "compact") {
			x.report.find(Finding{
				Danger, "settings", topic, "cleanup.policy is " + configs["cleanup.policy"] + ", expected delete",
				"of two records of one contact only the newer one stays: an objection may be removed by a purchase before it is read",
				x.set(topic, "cleanup.policy=delete"),
			})
		}
		x.examineRetention(topic, configs)
	}
}

func (x *examination) examineRetention(topic string, configs map[string]string) {
	kept, told := number(configs["retention.ms"])
	if !told {
		return
	}
	x.report.note(fmt.Sprintf("%s keeps records: %s", topic, span(kept)))
	if kept != infinite && kept < shortRetention.Milliseconds() {
		x.report.find(Finding{
			Warning, "settings", topic, fmt.Sprintf("retention.ms is %s", span(kept)),
			"if the processor is away for longer than that, " + x.lossOf(topic), x.set(topic, fmt.Sprintf("retention.ms=%d", shortRetention.Milliseconds())),
		})
	}
	if size, told := number(configs["retention.bytes"]); told && size != infinite {
		x.report.find(Finding{
			Warning, "settings", topic, fmt.Sprintf("retention.bytes is %d: a burst pushes out what is not read yet", size), x.lossOf(topic), x.set(topic, "retention.bytes=-1"),
		})
	}
}

// examineRecordSizes tells where a record that is accepted as input could not be
// sent on or dead-lettered.
func (x *examination) examineRecordSizes() {
	largest, from := int64(0), ""
	for _, topic := range x.Topics.Inputs() {
		if n, told := number(x.found[topic].Configs["max.message.bytes"]); told && n > largest {
			largest, from = n, topic
		}
	}
	for _, topic := range []string{x.Topics.Repartition, x.Topics.DeadLetter} {
		if n, told := number(x.found[topic].Configs["max.message.bytes"]); told && n < largest {
			x.report.find(Finding{
				Danger, "settings", topic, fmt.Sprintf("max.message.bytes is %d, and %s takes records of %d", n, from, largest),
				"a large record that cannot be read, or lies in the wrong partition, stops its task: objections behind it are not heard",
				x.set(topic, fmt.Sprintf("max.message.bytes=%d", largest)),
			})
		}
	}
}

// number reads a setting; false where the broker does not tell it.
func number(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// span shows milliseconds as people say them.
func span(ms int64) string {
	const day = 24 * int64(time.Hour/time.Millisecond)
	switch {
	case ms < 0:
		return "for ever"
	case ms > 100*365*day:
		return "without limit"
	case ms >= 2*day:
		return fmt.Sprintf("%d days", ms/day)
	}
	return (time.Duration(ms) * time.Millisecond).String()
}
