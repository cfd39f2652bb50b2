package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"consentstream/processor/config"
	"consentstream/processor/doctor"
	"consentstream/processor/kafka"
	"consentstream/state/policy"
)

// doctorPatience bounds one request of an examination: somebody waits for it.
const doctorPatience = 5 * time.Second

func newDoctorCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor --brokers HOST:PORT,…",
		Short: "Tell what about the brokers, topics, rights and producers is wrong, and how to mend it",
		Long: `Looks at a cluster as "run" would use it: topics that are missing, have unequal partitions or settings that lose records
or keep erased ones, single copies, missing rights on topics, group and transactional ids, producers that choose the wrong
partition, write what cannot be read, or whose clock is ahead. Each finding says what it means for people who receive mail,
and the command or setting that mends it.

It changes nothing: no group is joined, no producer fenced, no record written. Of records it shows counts and the names of
the systems that wrote them, no contact. Exit code 0 when nothing is wrong, 1 with findings, 2 when the brokers cannot be asked.`,
		Example: `  consentstream doctor --brokers 127.0.0.1:9092
  consentstream doctor --config consentstream.yaml --output json`,
		Args: noArgs,
	}
	connection := addConnection(cmd)
	f := cmd.Flags()
	f.String("group", "consentstream", "consumer group (`NAME`) whose rights are looked at")
	f.String("policy", "", "policy `FILE`, where topic names hold {controller}")
	f.String("registry", "", "`URL` of a Confluent schema registry, to read records that name ids of it")
	sample := f.Int("sample", 200, "how many of the newest records of each input partition are looked at")
	output := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *sample < 0 || *sample > 100_000 {
			return usagef(cmd, "--sample: expected 0 to 100000, not %d", *sample)
		}
		client, c, err := connection.dialFor(doctorPatience)
		if err != nil {
			return err
		}
		defer client.Close()
		inquiry, err := a.inquiry(client, c, *sample)
		if err != nil {
			return err
		}
		report, err := doctor.Examine(cmd.Context(), *inquiry)
		if err != nil {
			return fmt.Errorf("cannot examine: %w", err)
		}
		return writeReport(a.stdout, report, output)
	}
	return cmd
}

// inquiry says what to examine: what "run" would use with the same settings.
func (a *app) inquiry(client *kafka.Client, c *config.Config, sample int) (*doctor.Inquiry, error) {
	p, err := policy.Load(c.Policy)
	if err != nil {
		return nil, err
	}
	decoder, err := decoderOf(&c.Registry)
	if err != nil {
		return nil, err
	}
	return &doctor.Inquiry{
		Client: client, Brokers: c.Brokers, Topics: c.Topics, Controllers: controllersOf(p), Group: c.Group, Principal: c.SASL.Username,
		TombstonesKept: c.Limits.TombstonesKept, Sample: sample, Decoder: decoder, Now: a.now(),
	}, nil
}

// writeReport shows a report; its answer is no when there are findings.
func writeReport(w io.Writer, report *doctor.Report, output *choice) error {
	if output.isJSON() {
		if err := writeJSON(w, report); err != nil {
			return err
		}
	} else {
		writeFindings(w, report)
	}
	if len(report.Findings) > 0 {
		return errAnswerNo
	}
	return nil
}

// writeFindings shows findings that differ in their subject alone as one.
func writeFindings(w io.Writer, report *doctor.Report) {
	for rest := report.Findings; len(rest) > 0; {
		first, subjects := rest[0], []string{}
		for len(rest) > 0 && alike(first, rest[0]) {
			subjects, rest = append(subjects, rest[0].Subject), rest[1:]
		}
		fmt.Fprintf(w, "%s  %s: %s\n  means  %s\n  mend   %s\n\n", first.Severity, strings.Join(subjects, ", "), first.Problem, first.Means, first.Mend)
	}
	for _, note := range report.Notes {
		fmt.Fprintf(w, "note     %s\n", note)
	}
	fmt.Fprintf(w, "looked at %d broker(s), %d topics, %d records: %d finding(s)\n", report.Brokers, report.Topics, report.Sampled, len(report.Findings))
}

func alike(a, b doctor.Finding) bool {
	b.Subject = a.Subject
	return a == b
}
