package doctor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"consentstream/processor"
	"consentstream/processor/kafka"
	"consentstream/schemas"
)

// Inquiry says what to examine.
type Inquiry struct {
	Client      *kafka.Client
	Brokers     []string // as configured, for the commands of the report
	Topics      processor.Topics
	Controllers []string // that topic names with {controller} are filled with
	Group       string
	Principal   string // who we are to the brokers, "" = not known
	// TombstonesKept is how long a store may be away before it is read anew.
	TombstonesKept time.Duration
	// Sample is how many of the newest records of each partition are looked at.
	Sample  int
	Decoder *schemas.Decoder
	Now     time.Time
}

// examination is an inquiry under way.
type examination struct {
	Inquiry
	report *Report
	rights map[string]kafka.TopicRights
	found  map[string]kafka.TopicInfo
}

// Examine looks at everything and reports. An error means that the brokers
// could not be asked.
func Examine(ctx context.Context, q Inquiry) (*Report, error) {
	x := &examination{Inquiry: q, report: &Report{Notes: []string{}, Findings: []Finding{}}}
	if err := x.Client.Check(ctx); errors.Is(err, kafka.ErrUnfitBroker) {
		x.report.find(Finding{
			Danger, "broker", strings.Join(q.Brokers, ","), err.Error(),
			"nothing can be processed on it: no objection is heard and no change is published", "upgrade the brokers, or use others",
		})
		return x.report, nil
	} else if err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context) error{x.ask, x.examineRights, x.examineTopics, x.examineReplicas, x.examineRecords} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	x.report.order()
	return x.report, nil
}

// ask learns what exists. Settings are asked for only where that is allowed.
func (x *examination) ask(ctx context.Context) (err error) {
	names := x.Topics.Names(x.Controllers)
	if x.rights, err = x.Client.TopicRights(ctx, names...); err != nil {
		return err
	}
	var open []string
	for _, name := range names {
		if r := x.rights[name]; r.Exists && r.Has(kafka.RightDescribe) && r.Has(kafka.RightDescribeConfigs) {
			open = append(open, name)
		}
	}
	if x.found, err = x.Client.DescribeTopics(ctx, open...); err != nil {
		return err
	}
	x.report.Topics = len(x.found)
	brokers, err := x.Client.Brokers(ctx)
	x.report.Brokers = len(brokers)
	return err
}

// readable reports whether records of a topic may be read.
func (x *examination) readable(topic string) bool {
	_, ok := x.found[topic]
	return ok && x.rights[topic].Has(kafka.RightRead)
}

// names are the found topics in order.
func (x *examination) names() []string { return slices.Sorted(maps.Keys(x.found)) }

// bootstrap is how Kafka's tools are told where the brokers are.
func (x *examination) bootstrap() string { return "--bootstrap-server " + strings.Join(x.Brokers, ",") }

// set is the command that changes a setting of a topic.
func (x *examination) set(topic, setting string) string {
	return fmt.Sprintf("kafka-configs %s --alter --topic %s --add-config %s", x.bootstrap(), topic, setting)
}
