package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"consentstream/processor"
	"consentstream/processor/kafka"
	"consentstream/state/policy"
)

func newTopicsCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "topics",
		Short: "Create the topics, or check that they are as they must be",
		Example: `  consentstream topics create --brokers 127.0.0.1:9092 --partitions 8
  consentstream topics check --brokers 127.0.0.1:9092`,
		RunE: group,
	}
	cmd.AddCommand(newTopicsCreateCommand(a), newTopicsCheckCommand(a))
	return cmd
}

func newTopicsCreateCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Create the topics that do not exist yet",
		Long: `Creates the four inputs, the outputs and the internal topics with the settings that the guarantees need. A topic that
exists is left as it is; "topics check" compares it. The exit code is 1 where one has another number of partitions
than --partitions asks for.`,
		Example: `  consentstream topics create --brokers 127.0.0.1:9092 --partitions 8 --replication 3`,
		Args:    noArgs,
	}
	connection := addConnection(cmd)
	partitions := cmd.Flags().Int32("partitions", 8, "partitions of every topic; it cannot be changed later")
	replication := cmd.Flags().Int16("replication", -1, "copies of each partition; -1 = the brokers' default")
	policyFile := cmd.Flags().String("policy", "", "policy `FILE`, where topic names hold {controller}")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *partitions < 1 || *partitions > 10_000 {
			return usagef(cmd, "--partitions: expected 1 to 10000, not %d", *partitions)
		}
		client, c, err := connection.dial(cmd.Context())
		if err != nil {
			return err
		}
		defer client.Close()
		p, err := policy.Load(*policyFile)
		if err != nil {
			return err
		}
		specs := c.Topics.TopicSpecs(*partitions, *replication, controllersOf(p))
		created, err := client.CreateTopics(cmd.Context(), specs)
		for _, name := range created {
			fmt.Fprintf(a.stdout, "created %s\n", name)
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "%d created, %d were there\n", len(created), len(specs)-len(created))
		if !cmd.Flags().Changed("partitions") {
			return nil
		}
		return a.compareCounts(cmd.Context(), client, specs)
	}
	return cmd
}

// compareCounts tells which topics have another number of partitions than asked
// for; those were there before, and are left as they are.
func (a *app) compareCounts(ctx context.Context, client *kafka.Client, specs []kafka.TopicSpec) error {
	names := make([]string, len(specs))
	for i := range specs {
		names[i] = specs[i].Name
	}
	found, err := client.DescribeTopics(ctx, names...)
	if err != nil {
		return err
	}
	other := 0
	for _, spec := range specs {
		if info, ok := found[spec.Name]; ok && info.Partitions != spec.Partitions {
			other++
			fmt.Fprintf(a.stdout, "%s has %s, not %d, and is left so\n", spec.Name, count(int(info.Partitions), "partition"), spec.Partitions)
		}
	}
	if other > 0 {
		return errAnswerNo
	}
	return nil
}

func newTopicsCheckCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "check",
		Short:   "Tell what about the topics breaks a guarantee, and how to mend it",
		Long:    `Exit code 0 when all is well, 1 when something must be mended.`,
		Example: `  consentstream topics check --brokers 127.0.0.1:9092`,
		Args:    noArgs,
	}
	connection := addConnection(cmd)
	policyFile := cmd.Flags().String("policy", "", "policy `FILE`, where topic names hold {controller}")
	output := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		client, c, err := connection.dial(cmd.Context())
		if err != nil {
			return err
		}
		defer client.Close()
		p, err := policy.Load(*policyFile)
		if err != nil {
			return err
		}
		found, err := client.DescribeTopics(cmd.Context(), c.Topics.Names(controllersOf(p))...)
		if err != nil {
			return err
		}
		return a.showProblems(c.Topics.CheckTopics(found, controllersOf(p)), len(found), output)
	}
	return cmd
}

// showProblems tells what of so many topics is wrong; the answer is no where
// anything is.
func (a *app) showProblems(problems []processor.TopicProblem, topics int, output *choice) error {
	if output.isJSON() {
		list := append([]processor.TopicProblem{}, problems...) // an empty list is [] and not null
		if err := writeJSON(a.stdout, map[string]any{"problems": list}); err != nil {
			return err
		}
	} else {
		for _, problem := range problems {
			fmt.Fprintf(a.stdout, "%s: %s\n  %s\n", problem.Topic, problem.Problem, problem.Mend)
		}
		fmt.Fprintf(a.stdout, "%s, %s\n", count(topics, "topic"), count(len(problems), "problem"))
	}
	if len(problems) > 0 {
		return errAnswerNo
	}
	return nil
}
