package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"consentstream/state"
	"consentstream/state/policy"
	"consentstream/state/rules"
)

func newPolicyCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Check and show policy files",
		Long: `A policy file holds the choices a company makes inside the law: it can narrow the law, never
widen it. Without a file the default policy applies.`,
		Example: `  consentstream policy check policy.yaml
  consentstream policy show policy.yaml --at 2026-11-22 --controller acme-fr`,
		Args: cobra.ArbitraryArgs,
		RunE: group,
	}
	cmd.AddCommand(newPolicyCheckCommand(a), newPolicyShowCommand(a))
	return cmd
}

func newPolicyCheckCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE...",
		Short: "Refuse what is unknown, impossible or laxer than the law",
		Long: `Reads each policy file and refuses unknown keys, impossible values, rules that would be laxer than
the law, and versions whose dates are not in order. Every fault names file, line and what was expected.`,
		Example: "  consentstream policy check policy.yaml",
		Args:    args(1, anyNumber, "at least one policy file"),
		RunE:    func(_ *cobra.Command, args []string) error { return a.checkPolicies(args) },
	}
}

func (a *app) checkPolicies(files []string) error {
	faults := 0
	for _, file := range files {
		p, err := policy.Load(file)
		if err != nil {
			faults++
			fmt.Fprintln(a.stderr, err)
			continue
		}
		fmt.Fprintf(a.stdout, "%s: valid, %s\n", file, count(len(p.Versions), "version"))
	}
	if faults > 0 {
		return fmt.Errorf("%s refused of %d; correct what is named above and check again", count(faults, "file"), len(files))
	}
	return nil
}

// count returns a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

type policyShowFlags struct {
	at         string
	controller string
	output     *choice
}

func newPolicyShowCommand(a *app) *cobra.Command {
	var f policyShowFlags
	cmd := &cobra.Command{
		Use:   "show [FILE]",
		Short: "Show the effective values of a policy file, or of the default policy",
		Long: `Writes a complete policy file: every key with its effective value and what it means. Two defaults are the
usual reading of the law rather than the safest one, and the output says so beside them.
With --at or --controller only the version in force, as it applies to that controller.`,
		Example: `  consentstream policy show > policy.yaml
  consentstream policy show policy.yaml --at 2026-11-22 --controller acme-fr --output json`,
		Args: args(0, 1, "one policy file"),
	}
	cmd.Flags().StringVar(&f.at, "at", "", "show the version in force on this local date (default today, when --controller is given)")
	cmd.Flags().StringVar(&f.controller, "controller", "", "show the settings of this controller")
	f.output = addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return a.showPolicy(cmd, args, f) }
	return cmd
}

func (a *app) showPolicy(cmd *cobra.Command, args []string, f policyShowFlags) error {
	file := ""
	if len(args) > 0 {
		file = args[0]
	}
	p, err := policy.Load(file)
	if err != nil {
		return err
	}
	if f.at != "" || f.controller != "" {
		if p, err = a.inForce(cmd, p, f); err != nil {
			return err
		}
	}
	if f.output.isJSON() {
		return writeJSON(a.stdout, policyJSON(p))
	}
	_, err = a.stdout.Write(policy.Marshal(p))
	return err
}

// inForce returns a policy that holds nothing but the version at a date, as it
// applies to a controller.
func (a *app) inForce(cmd *cobra.Command, p *rules.Policy, f policyShowFlags) (*rules.Policy, error) {
	at := state.At(a.now())
	if f.at != "" {
		day, err := time.Parse(time.DateOnly, f.at)
		if err != nil {
			return nil, usagef(cmd, "--at: expected a date such as 2026-11-22, found %q", f.at)
		}
		at = policy.Local(day, p.Versions[0].Settings.TimeZone)
	}
	v := *p.At(at)
	if f.controller != "" {
		v.Settings, v.Controllers = *v.For(f.controller), nil
	}
	return &rules.Policy{Versions: []rules.Version{v}}, nil
}

type shownVersion struct {
	Version       string                    `json:"version"`
	EffectiveFrom *string                   `json:"effective_from"` // local date, null = since ever
	Settings      map[string]any            `json:"settings"`
	Controllers   map[string]map[string]any `json:"controllers"` // whole settings of those that override some
}

type shownPolicy struct {
	Versions []shownVersion    `json:"versions"`
	Notes    map[string]string `json:"notes"` // what each setting means
}

func policyJSON(p *rules.Policy) shownPolicy {
	shown := shownPolicy{Notes: map[string]string{}}
	for _, v := range policy.Values(&p.Versions[0].Settings) {
		shown.Notes[v.Key] = v.Note
	}
	for i := range p.Versions {
		v := &p.Versions[i]
		s := shownVersion{v.Name, nil, settingsJSON(&v.Settings), map[string]map[string]any{}}
		if v.EffectiveFrom != state.Unset {
			day := policy.Date(v.EffectiveFrom, v.Settings.TimeZone)
			s.EffectiveFrom = &day
		}
		for name := range v.Controllers {
			s.Controllers[name] = settingsJSON(v.For(name))
		}
		shown.Versions = append(shown.Versions, s)
	}
	return shown
}

func settingsJSON(s *rules.Settings) map[string]any {
	settings := map[string]any{}
	for _, v := range policy.Values(s) {
		settings[v.Key] = v.Value
	}
	return settings
}
