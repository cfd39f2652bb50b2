package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"consentstream/processor/check"
	"consentstream/schemas"
	"consentstream/state"
	"consentstream/state/policy"
	"consentstream/state/rules"
)

// askTimeout bounds a question to a running instance.
const askTimeout = 10 * time.Second

// queryFlags are the flags that decide and explain share: where the facts are
// and what is asked.
type queryFlags struct {
	inputs  []string
	state   string
	address string
	policy  string

	controller, at, knownAt, addressKey string
	kinds, channels                     []string

	brand, family, orderRef                       string
	incentive, promotionalContent, unprofessional bool

	output *choice
}

func addQueryFlags(cmd *cobra.Command) *queryFlags {
	f := &queryFlags{}
	flags := cmd.Flags()
	flags.StringSliceVar(&f.inputs, "input", nil, "read the facts from `FILES` or folders of JSON lines or Avro container files; - = standard input")
	flags.StringVar(&f.state, "state", "", "read the facts from the state in `DIR` that no instance is using")
	flags.StringVar(&f.address, "address", "", "ask the running instance at `URL`, such as http://127.0.0.1:8080")
	flags.StringVar(&f.policy, "policy", "", "policy `FILE`; without one the defaults apply")

	flags.StringVar(&f.controller, "controller", "default", "legal entity (`NAME`) that sends")
	flags.StringVar(&f.at, "at", "", "`INSTANT` of sending, such as 2026-11-22T10:00 in the policy's time zone or 2026-11-22T09:00:00Z (default now)")
	flags.StringVar(&f.knownAt, "known-at", "", "decide with what was recorded by `INSTANT` (default: what was known at --at)")
	flags.StringSliceVar(&f.kinds, "kind", nil, "message `KINDS` (default all): "+check.Symbols(check.Kinds))
	flags.StringSliceVar(&f.channels, "channel", nil, "`CHANNELS` (default all): "+check.Symbols(check.Channels))
	flags.StringVar(&f.addressKey, "address-key", "", "one address of the contact, by its `KEY` (default each of them)")

	flags.StringVar(&f.brand, "brand", "", "trade `NAME` under which the message is sent")
	flags.StringVar(&f.family, "family", check.DefaultFamily, "product `FAMILY` of the message")
	flags.StringVar(&f.orderRef, "order-ref", "", "order (`REF`) of a review request (default any that is due)")
	flags.BoolVar(&f.incentive, "incentive", false, "the review request promises something")
	flags.BoolVar(&f.promotionalContent, "promotional-content", false, "the service message carries a promotional block")
	flags.BoolVar(&f.unprofessional, "unprofessional", false, "the message to a business contact is unrelated to the person's job")
	f.output = addOutput(cmd)

	complete(cmd, "kind", check.Kinds)
	complete(cmd, "channel", check.Channels)
	return f
}

// complete offers symbols as the values of a flag.
func complete[T interface{ String() string }](cmd *cobra.Command, flag string, values []T) {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = v.String()
	}
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

// source refuses a command line that names no source of facts, or several.
func (f *queryFlags) source(cmd *cobra.Command) error {
	named := 0
	for _, flag := range []string{"input", "state", "address"} {
		if cmd.Flags().Changed(flag) {
			named++
		}
	}
	switch {
	case named != 1:
		return usagef(cmd, "expected one of --input, --state and --address: where the facts are")
	case f.address != "" && f.policy != "":
		return usagef(cmd, "--policy has no effect with --address: the running instance decides by its own policy")
	}
	return nil
}

// query turns the flags into a query; the policy gives the time zone of
// instants with no offset.
func (f *queryFlags) query(cmd *cobra.Command, contact string, p *rules.Policy) (check.Query, error) {
	if contact == "" {
		return check.Query{}, usagef(cmd, "expected the id of a contact, found an empty one")
	}
	q := check.NewQuery(state.Key{Controller: f.controller, Contact: contact})
	for _, kind := range f.kinds {
		if err := q.AddKind(strings.ToUpper(kind)); err != nil {
			return q, usagef(cmd, "--kind: %w", err)
		}
	}
	for _, channel := range f.channels {
		if err := q.AddChannel(strings.ToUpper(channel)); err != nil {
			return q, usagef(cmd, "--channel: %w", err)
		}
	}
	if err := f.instants(cmd, &q, p); err != nil {
		return q, err
	}
	if cmd.Flags().Changed("address-key") {
		q.Address = &f.addressKey
	}
	q.Brand, q.Family, q.OrderRef = f.brand, f.family, f.orderRef
	q.Incentive, q.PromotionalContent, q.Unprofessional = f.incentive, f.promotionalContent, f.unprofessional
	return q, nil
}

func (f *queryFlags) instants(cmd *cobra.Command, q *check.Query, p *rules.Policy) (err error) {
	zone := zoneOf(p)
	if q.At, err = parseInstant(f.at, zone); err != nil {
		return usagef(cmd, "--at: %w", err)
	}
	if q.Known, err = parseInstant(f.knownAt, zone); err != nil {
		return usagef(cmd, "--known-at: %w", err)
	}
	return nil
}

// parseInstant reads an instant of a flag; "" = state.Unset.
func parseInstant(text string, zone *time.Location) (state.Instant, error) {
	if text == "" {
		return state.Unset, nil
	}
	at, bareDate, err := schemas.ParseTime(text, zone)
	if err != nil || bareDate {
		return 0, fmt.Errorf("expected a date and time such as 2026-11-22T10:00 or 2026-11-22T09:00:00Z, found %q", text)
	}
	return at, nil
}

// ask answers the query of a command line from the source that it names.
func (a *app) ask(cmd *cobra.Command, contact string, f *queryFlags) (*check.Report, check.Query, error) {
	p, q, err := f.prepare(cmd, contact)
	if err != nil {
		return nil, q, err
	}
	if f.address != "" {
		client, err := check.NewClient(f.address, askTimeout)
		if err != nil {
			return nil, q, err
		}
		report, err := client.Ask(cmd.Context(), q)
		return report, q, err
	}
	c, err := a.lookup(f, p, &q)(cmd.Context(), q.Key)
	if err != nil {
		return nil, q, err
	}
	return check.Answer(p, &c, q, state.At(a.now())), q, nil
}

// prepare reads the policy and the query of a command line.
func (f *queryFlags) prepare(cmd *cobra.Command, contact string) (*rules.Policy, check.Query, error) {
	if err := f.source(cmd); err != nil {
		return nil, check.Query{}, err
	}
	p, err := policy.Load(f.policy)
	if err != nil {
		return nil, check.Query{}, err
	}
	q, err := f.query(cmd, contact, p)
	return p, q, err
}

// lookup returns the source of facts that a command line names.
func (a *app) lookup(f *queryFlags, p *rules.Policy, q *check.Query) check.Lookup {
	if len(f.inputs) > 0 {
		return a.lookupInputs(f.inputs, p, q)
	}
	return lookupState(f.state)
}

// export returns everything that is known about the contact of a command line.
func (a *app) export(cmd *cobra.Command, contact string, f *queryFlags) (*check.Export, error) {
	p, q, err := f.prepare(cmd, contact)
	if err != nil {
		return nil, err
	}
	if f.address != "" {
		client, err := check.NewClient(f.address, askTimeout)
		if err != nil {
			return nil, err
		}
		return client.Export(cmd.Context(), q.Key)
	}
	c, err := a.lookup(f, p, &q)(cmd.Context(), q.Key)
	if err != nil {
		return nil, err
	}
	return check.ExportAll(p, &c, q.Key, state.At(a.now()))
}
