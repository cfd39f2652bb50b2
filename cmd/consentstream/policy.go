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
	cmd := &cobra.Command{
		Use:   "check FILE...",
		Short: "Refuse what is unknown, impossible or laxer than the law",
		Long: `Reads each policy file and refuses unknown keys, impossible values, rules that would be laxer than
the law, and versions whose dates are not in order. Every fault names file, line and what was expected.`,
		Example: `  consentstream policy check policy.yaml
  consentstream policy check policies/*.yaml --output json`,
		Args: args(1, anyNumber, "at least one policy file"),
	}
	output := addOutput(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error { return a.checkPolicies(args, output) }
	return cmd
}

// checkedPolicy is what is found of one policy file.
type checkedPolicy struct {
	File     string   `json:"file"`
	Valid    bool     `json:"valid"`
	Versions []string `json:"versions"` // by name
	Fault    string   `json:"fault,omitempty"`
}

func checkPolicy(file string) checkedPolicy {
	c := checkedPolicy{File: file, Versions: []string{}}
	p, err := policy.Load(file)
	if err != nil {
		c.Fault = err.Error()
		return c
	}
	c.Valid = true
	for i := range p.Versions {
		c.Versions = append(c.Versions, p.Versions[i].Name)
	}
	return c
}

func (a *app) checkPolicies(files []string, output *choice) error {
	faults := 0
	checked := make([]checkedPolicy, len(files))
	for i, file := range files {
		checked[i] = checkPolicy(file)
		if !checked[i].Valid {
			faults++
		}
	}
	if err := a.showPolicies(checked, output); err != nil {
		return err
	}
	if faults > 0 {
		return fmt.Errorf("%s refused of %d; correct what is named above and check again", count(faults, "file"), len(files))
	}
	return nil
}

func (a *app) showPolicies(checked []checkedPolicy, output *choice) error {
	if output.isJSON() {
		return writeJSON(a.stdout, checked)
	}
	for _, c := range checked {
		if c.Valid {
			fmt.Fprintf(a.stdout, "%s: valid, %s\n", c.File, count(len(c.Versions), "version"))
		} else {
			fmt.Fprintln(a.stderr, c.Fault)
		}
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
