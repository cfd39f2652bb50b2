package deploy_test

import (
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/knadh/koanf/providers/structs"
	"github.com/knadh/koanf/v2"

	"consentstream/processor/config"
	"consentstream/state/policy"
)

const exampleConfig = "config/consentstream.yaml"

// The example promises to show the defaults. Copied and started, it must do
// what a start without it does.
func TestExampleConfigShowsTheDefaults(t *testing.T) {
	got, err := config.Load(exampleConfig, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default()
	want.Brokers = []string{"127.0.0.1:19092"}
	want.State = "/var/lib/consentstream"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the example differs from the defaults (-default +example):\n%s", diff)
	}
	if err := got.Validate(); err != nil {
		t.Error(err)
	}
}

// A key that is not in the example is a key that nobody finds.
func TestExampleConfigShowsEveryKey(t *testing.T) {
	var shown map[string]any
	if err := yaml.Unmarshal([]byte(read(t, exampleConfig)), &shown); err != nil {
		t.Fatal(err)
	}
	for _, key := range keys(t) {
		if key == "sasl.password" || key == "registry.password" || key == "traces.headers" {
			continue // from the environment only
		}
		if !has(shown, strings.Split(key, ".")) {
			t.Errorf("%s is missing", key)
		}
	}
}

// keys lists every key of the configuration by its path.
func keys(t *testing.T) []string {
	t.Helper()
	k := koanf.New(".")
	if err := k.Load(structs.Provider(config.Default(), "koanf"), nil); err != nil {
		t.Fatal(err)
	}
	return k.Keys()
}

func has(tree map[string]any, path []string) bool {
	value, ok := tree[path[0]]
	if !ok || len(path) == 1 {
		return ok
	}
	below, ok := value.(map[string]any)
	return ok && has(below, path[1:])
}

// What the image and the compose file set must be known: an unknown variable
// stops the program at its start.
func TestVariablesAreKnown(t *testing.T) {
	known := map[string]bool{}
	for _, key := range keys(t) {
		known["CONSENTSTREAM_"+strings.ToUpper(strings.ReplaceAll(key, ".", "_"))] = true
	}
	check := func(where, name string) {
		if strings.HasPrefix(name, "CONSENTSTREAM_") && !known[name] {
			t.Errorf("%s sets %s, which nothing reads", where, name)
		}
	}
	for name, s := range project(t).Services {
		for variable := range s.Environment {
			check(name, variable)
		}
	}
	for _, pair := range strings.Fields(find(t, final(t), "ENV")) {
		variable, _, _ := strings.Cut(pair, "=")
		check("the image", variable)
	}
}

func TestExamplePolicyIsValid(t *testing.T) {
	if _, err := policy.Load("examples/policy.yaml"); err != nil {
		t.Error(err)
	}
}
