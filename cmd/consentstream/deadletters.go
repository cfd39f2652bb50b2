package main

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"github.com/spf13/cobra"

	"consentstream/processor"
	"consentstream/processor/config"
	"consentstream/processor/kafka"
	"consentstream/state"
)

func newDeadLettersCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dead-letters",
		Short: "List the records that could not be used, or release what they deny",
		Long: `A record that cannot be read goes to the dead letters with its reason. On unsubscribes it may have been an objection, so
all marketing to its contact is denied (UNREADABLE_NEGATIVE) until the repaired record is sent again with the header
consentstream-redrive, or until somebody releases it here.`,
		Example: `  consentstream dead-letters list --brokers 127.0.0.1:9092
  consentstream dead-letters release unsubscribes/3/1042 --by jane.doe --brokers 127.0.0.1:9092`,
		RunE: group,
	}
	cmd.AddCommand(newDeadLettersListCommand(a), newDeadLettersReleaseCommand(a))
	return cmd
}

func newDeadLettersListCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the records that could not be used, without their values",
		Example: `  consentstream dead-letters list --brokers 127.0.0.1:9092 --output json`,
		Args:    noArgs,
	}
	connection := addConnection(cmd)
	output := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		client, c, err := connection.dial(cmd.Context())
		if err != nil {
			return err
		}
		defer client.Close()
		letters := []processor.DeadLetter{}
		err = eachDeadLetter(cmd.Context(), client, c, func(l processor.DeadLetter) error {
			letters = append(letters, l)
			return nil
		})
		switch {
		case err != nil:
			return err
		case output.isJSON():
			return writeJSON(a.stdout, letters)
		}
		return a.showDeadLetters(letters)
	}
	return cmd
}

func (a *app) showDeadLetters(letters []processor.DeadLetter) error {
	if len(letters) > 0 {
		var t table
		t.head(styleOf(a.stdout), "RECORD", "AT", "REASON", "MESSAGE")
		for _, l := range letters {
			t.row(cell{text: l.Ref}, cell{text: l.At.Format(time.RFC3339)}, cell{text: l.Reason}, cell{text: l.Message})
		}
		if err := t.write(a.stdout); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(a.stdout, count(len(letters), "dead letter"))
	return err
}

func eachDeadLetter(ctx context.Context, client *kafka.Client, c *config.Config, each func(processor.DeadLetter) error) error {
	found, err := client.DescribeTopics(ctx, c.Topics.DeadLetter)
	if err != nil {
		return err
	}
	return processor.DeadLetters(ctx, client, c.Topics.DeadLetter, found[c.Topics.DeadLetter].Partitions, each)
}

func newDeadLettersReleaseCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "release TOPIC/PARTITION/OFFSET",
		Short: "Lift the denial that an unreadable record caused",
		Long: `Writes who released which record, and when, to the contact's facts. Do this only for a record that is known not to be an
objection; an objection is better repaired and sent again.`,
		Example: `  consentstream dead-letters release unsubscribes/3/1042 --by jane.doe --brokers 127.0.0.1:9092`,
		Args:    args(1, 1, "the record, as dead-letters list shows it: TOPIC/PARTITION/OFFSET"),
	}
	connection := addConnection(cmd)
	by := cmd.Flags().String("by", "", "`NAME` of who takes this upon themselves; kept as a fact")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *by == "" {
			return usagef(cmd, "expected --by NAME: a release is kept with the name of who decided it")
		}
		if !refForm.MatchString(args[0]) {
			return usagef(cmd, "record %q: expected TOPIC/PARTITION/OFFSET, as dead-letters list shows it", args[0])
		}
		client, c, err := connection.dial(cmd.Context())
		if err != nil {
			return err
		}
		defer client.Close()
		return a.release(cmd.Context(), client, c, args[0], *by)
	}
	return cmd
}

// refForm is how a record that could not be used is named.
var refForm = regexp.MustCompile(`^[^/]+/[0-9]+/[0-9]+$`)

func (a *app) release(ctx context.Context, client *kafka.Client, c *config.Config, ref, by string) error {
	var found *processor.DeadLetter
	err := eachDeadLetter(ctx, client, c, func(l processor.DeadLetter) error {
		if l.Ref == ref {
			found = &l
		}
		return nil
	})
	if err != nil {
		return err
	}
	if found == nil {
		fmt.Fprintf(a.stdout, "no dead letter %s; see dead-letters list\n", ref)
		return errAnswerNo
	}
	topics, err := client.DescribeTopics(ctx, c.Topics.Repartition)
	if err != nil {
		return err
	}
	record, err := processor.ReleaseRecord(&c.Topics, found, by, state.At(a.now()), kafka.Partition, topics[c.Topics.Repartition].Partitions)
	if err != nil {
		return err
	}
	if _, err := client.Produce(ctx, []kafka.OutRecord{record}); err != nil {
		return fmt.Errorf("release: %w", err)
	}
	fmt.Fprintf(a.stdout, "released %s\n", ref)
	return nil
}
