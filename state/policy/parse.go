package policy

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"consentstream/state"
	"consentstream/state/policy/strict"
	"consentstream/state/rules"
)

// maxName is the length limit of a controller, brand or family in records, in bytes.
const maxName = 64

// Load reads a policy file. An empty path means no file: the default policy.
// A fault of the file's content is a *strict.Error.
func Load(path string) (*rules.Policy, error) {
	if path == "" {
		return rules.Default(), nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("policy file: %w; name a readable file or leave it out for the default policy", err)
	}
	return Parse(path, data)
}

// Parse reads the text of a policy file; name stands in errors. An empty text
// is the default policy.
func Parse(name string, data []byte) (*rules.Policy, error) {
	docs, err := strict.Documents(name, data)
	switch {
	case err != nil:
		return nil, err
	case len(docs) == 0:
		return rules.Default(), nil
	case len(docs) > 1:
		return nil, docs[1].Errorf("expected one document: a policy file holds one list of versions")
	}
	return FromNode(docs[0])
}

// FromNode reads a policy from a value that stands inside another file.
func FromNode(n strict.Node) (*rules.Policy, error) {
	m, err := n.Map()
	if err != nil {
		return nil, err
	}
	list, ok := m.Take("versions")
	if err := misplaced(m.Done()); err != nil {
		return nil, err
	}
	if !ok || list.IsNull() {
		return rules.Default(), nil
	}
	return readVersions(list)
}

// misplaced tells where the keys of a version belong to somebody who wrote them at the top.
func misplaced(err error) error {
	var e *strict.Error
	if errors.As(err, &e) {
		e.Text += "; the settings stand in an entry of versions"
	}
	return err
}

func readVersions(list strict.Node) (*rules.Policy, error) {
	nodes, err := list.List()
	if err != nil {
		return nil, strict.Keyed("versions", err)
	}
	if len(nodes) == 0 {
		return rules.Default(), nil
	}
	p := &rules.Policy{}
	for _, n := range nodes {
		v, err := readVersion(n, len(nodes) == 1)
		if err != nil {
			return nil, err
		}
		if err := follows(n, p.Versions, v); err != nil {
			return nil, err
		}
		p.Versions = append(p.Versions, v)
	}
	return p, nil
}

// follows refuses a version that does not come after the ones before it.
func follows(n strict.Node, before []rules.Version, v rules.Version) error {
	for i := range before {
		if before[i].Name == v.Name {
			return n.Errorf("version %q stands twice: expected a name of its own for each version, because published events tell it", v.Name)
		}
	}
	if len(before) > 0 && v.EffectiveFrom <= before[len(before)-1].EffectiveFrom {
		return n.Errorf("version %q: expected an effective_from later than that of version %q before it",
			v.Name, before[len(before)-1].Name)
	}
	return nil
}

// readVersion reads one entry of versions. Name and date may be left out only
// where there is no other version to mistake it for.
func readVersion(n strict.Node, only bool) (rules.Version, error) {
	v := rules.Version{Name: "default", EffectiveFrom: state.Unset, Settings: rules.DefaultSettings()}
	m, err := n.Map()
	if err != nil {
		return v, err
	}
	name, err := identity(m, "version", only)
	if err != nil {
		return v, err
	}
	if !name.IsNull() {
		if v.Name, err = versionName(name); err != nil {
			return v, err
		}
	}
	from, err := identity(m, "effective_from", only)
	if err != nil {
		return v, err
	}
	if err := readSettings(m, &v.Settings); err != nil {
		return v, err
	}
	if !from.IsNull() {
		if v.EffectiveFrom, err = readDate(from, v.Settings.TimeZone); err != nil {
			return v, err
		}
	}
	overrides, _ := m.Take("controllers")
	if err := m.Done(); err != nil {
		return v, err
	}
	v.Controllers, err = readControllers(overrides, &v.Settings)
	return v, err
}

// identity returns one of the two keys that tell versions apart; the zero Node
// where it may be left out and is.
func identity(m *strict.Map, key string, optional bool) (strict.Node, error) {
	n, ok := m.Take(key)
	switch {
	case !ok && !optional:
		return n, m.Errorf("expected the key %s", key)
	case ok && n.IsNull():
		return n, strict.Keyed(key, n.Expected("a value"))
	}
	return n, nil
}

func versionName(n strict.Node) (string, error) {
	name, err := n.String()
	if err != nil || name == "" || len(name) > maxName {
		return "", strict.Keyed("version", n.Expected(fmt.Sprintf("a name of 1 to %d bytes", maxName)))
	}
	return name, nil
}

// readSettings stores the keys that are there over what s holds.
func readSettings(m *strict.Map, s *rules.Settings) error {
	for _, k := range keys {
		n, ok := m.Take(k.name)
		if !ok {
			continue
		}
		if err := k.read(n, s); err != nil {
			return strict.Keyed(k.name, err)
		}
	}
	if err := s.Validate(); err != nil {
		return m.Errorf("%v", err) // beyond what the keys themselves check
	}
	return nil
}

// readControllers returns the whole settings of each controller that
// overrides some, nil when there is none.
func readControllers(n strict.Node, base *rules.Settings) (map[string]rules.Settings, error) {
	if n.IsNull() {
		return nil, nil
	}
	m, err := n.Map()
	if err != nil {
		return nil, strict.Keyed("controllers", err)
	}
	controllers := make(map[string]rules.Settings)
	for _, e := range m.Entries() {
		if e.Key == "" || len(e.Key) > maxName || strings.Contains(e.Key, "|") {
			return nil, e.At.Expected(fmt.Sprintf("a controller of 1 to %d bytes with no |", maxName))
		}
		s, err := readOverride(e.Value, base)
		if err != nil {
			return nil, strict.Keyed("controller "+e.Key, err)
		}
		controllers[e.Key] = s
	}
	if len(controllers) == 0 {
		return nil, nil
	}
	return controllers, nil
}

func readOverride(n strict.Node, base *rules.Settings) (rules.Settings, error) {
	s := *base
	if n.IsNull() {
		return s, nil
	}
	m, err := n.Map()
	if err != nil {
		return s, err
	}
	if err := readSettings(m, &s); err != nil {
		return s, err
	}
	return s, m.Done()
}

// Overrides reads a mapping of settings alone, without version, date or
// controllers, over the defaults. Scenario files use it.
func Overrides(n strict.Node) (*rules.Policy, error) {
	s := rules.DefaultSettings()
	s, err := readOverride(n, &s)
	if err != nil {
		return nil, err
	}
	p := rules.Default()
	p.Versions[0].Settings = s
	return p, nil
}

// readDate returns the midnight that begins a local day.
func readDate(n strict.Node, zone *time.Location) (state.Instant, error) {
	text, err := n.String()
	day, parseErr := time.Parse(time.DateOnly, text)
	if err != nil || parseErr != nil {
		return 0, strict.Keyed("effective_from", n.Expected("a date such as 2026-11-01"))
	}
	return Local(day, zone), nil
}
