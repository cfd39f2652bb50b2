package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"consentstream/processor/kafka"
)

// needed are the rights on each topic that an instance cannot do without.
func (x *examination) needed() map[string][]kafka.Right {
	look := []kafka.Right{kafka.RightDescribe, kafka.RightDescribeConfigs}
	rights := map[string][]kafka.Right{}
	for _, name := range x.Topics.Names(x.Controllers) {
		rights[name] = append([]kafka.Right{kafka.RightWrite}, look...)
	}
	for _, name := range x.Topics.Inputs() {
		rights[name] = append([]kafka.Right{kafka.RightRead}, look...)
	}
	for _, name := range []string{x.Topics.Changelog, x.Topics.Repartition, x.Topics.Addresses} {
		rights[name] = append([]kafka.Right{kafka.RightRead, kafka.RightWrite}, look...)
	}
	return rights
}

// examineRights tells which rights are missing on topics, the group and the
// transactional ids.
func (x *examination) examineRights(ctx context.Context) error {
	needed := x.needed()
	for _, name := range x.Topics.Names(x.Controllers) {
		if !x.rights[name].Exists {
			continue // that it is missing is told with the topics
		}
		missing := slices.DeleteFunc(needed[name], func(r kafka.Right) bool { return x.rights[name].Has(r) })
		if len(missing) > 0 {
			x.report.find(x.missingRight("topic "+name, "--topic "+name, missing...))
		}
	}
	if err := x.examineGroup(ctx); err != nil {
		return err
	}
	return x.examineTransactionalIDs(ctx)
}

func (x *examination) examineGroup(ctx context.Context) error {
	may, err := x.Client.MayUseGroup(ctx, x.Group)
	if err == nil && !may {
		x.report.find(x.missingRight("group "+x.Group, "--group "+x.Group, kafka.RightRead, kafka.RightDescribe))
	}
	return err
}

// examineTransactionalIDs asks for the id of every task: some setups grant them
// one by one, and forget those of partitions that came later.
func (x *examination) examineTransactionalIDs(ctx context.Context) error {
	var denied []string
	for p := range max(1, x.found[x.Topics.Unsubscribes].Partitions) {
		id := fmt.Sprintf("%s-%d", x.Group, p)
		may, err := x.Client.MayUseTransactionalID(ctx, id)
		if err != nil {
			return err
		}
		if !may {
			denied = append(denied, id)
		}
	}
	if len(denied) > 0 {
		x.report.find(x.missingRight("transactional id "+strings.Join(denied, ", "),
			fmt.Sprintf("--transactional-id %s- --resource-pattern-type prefixed", x.Group), kafka.RightWrite, kafka.RightDescribe))
	}
	return nil
}

// missingRight is the finding for rights that are not granted on a resource.
func (x *examination) missingRight(subject, resource string, rights ...kafka.Right) Finding {
	principal := x.Principal
	if principal == "" {
		principal = "NAME" // of the certificate, or ANONYMOUS
	}
	var operations, names []string
	for _, r := range rights {
		operations = append(operations, "--operation "+r.String())
		names = append(names, r.String())
	}
	return Finding{
		Danger, "rights", subject, "this principal may not " + strings.Join(names, ", "),
		"the processor does not start, or stops when it gets there: objections are not heard from then on",
		fmt.Sprintf("kafka-acls %s --add --allow-principal User:%s %s %s", x.bootstrap(), principal, strings.Join(operations, " "), resource),
	}
}
