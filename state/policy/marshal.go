package policy

import (
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"consentstream/state"
	"consentstream/state/rules"
)

// Marshal writes a policy file with every effective value and, beside it, what
// it means. Parse reads it back to the same policy.
func Marshal(p *rules.Policy) []byte {
	var b bytes.Buffer
	b.WriteString("versions:\n")
	for i := range p.Versions {
		writeVersion(&b, &p.Versions[i])
	}
	return b.Bytes()
}

func writeVersion(b *bytes.Buffer, v *rules.Version) {
	fmt.Fprintf(b, "  - version: %s\n", strconv.Quote(v.Name))
	if v.EffectiveFrom != state.Unset {
		fmt.Fprintf(b, "    effective_from: %s\n", Date(v.EffectiveFrom, v.Settings.TimeZone))
	}
	writeSettings(b, "    ", &v.Settings, nil)
	if len(v.Controllers) == 0 {
		return
	}
	b.WriteString("    controllers:\n")
	for _, name := range slices.Sorted(maps.Keys(v.Controllers)) {
		s := v.Controllers[name]
		fmt.Fprintf(b, "      %s:\n", strconv.Quote(name))
		writeSettings(b, "        ", &s, &v.Settings)
	}
}

// Date returns the local day of an instant as YYYY-MM-DD.
func Date(at state.Instant, zone *time.Location) string {
	return at.Time().In(zone).Format(time.DateOnly)
}

// writeSettings writes the keys in which s differs from base; all of them for a nil base.
func writeSettings(b *bytes.Buffer, indent string, s, base *rules.Settings) {
	for _, k := range keys {
		value := k.show(s)
		if base != nil && reflect.DeepEqual(value, k.show(base)) {
			continue
		}
		line := indent + k.name + ": " + scalar(value)
		fmt.Fprintf(b, "%-58s # %s\n", line, k.note)
	}
}

func scalar(value any) string {
	switch v := value.(type) {
	case string:
		if strings.ContainsAny(v, "0123456789") { // a month and day must stay a text
			return strconv.Quote(v)
		}
		return v
	case map[string][]string:
		return flowMap(v)
	}
	return fmt.Sprint(value)
}

func flowMap(m map[string][]string) string {
	parts := make([]string, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		names := make([]string, len(m[k]))
		for i, name := range m[k] {
			names[i] = strconv.Quote(name)
		}
		parts = append(parts, strconv.Quote(k)+": ["+strings.Join(names, ", ")+"]")
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// Value is one effective setting, for showing.
type Value struct {
	Key   string
	Value any    // bool, int, string or map[string][]string
	Note  string // what it means
}

// Values returns all settings in the order of a file.
func Values(s *rules.Settings) []Value {
	values := make([]Value, len(keys))
	for i, k := range keys {
		values[i] = Value{k.name, k.show(s), k.note}
	}
	return values
}
