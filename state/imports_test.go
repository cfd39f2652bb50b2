package state_test

import (
	"strings"
	"testing"
)

// direction is one promise of DESIGN.md about who may import whom. of says
// which packages it binds, not which imports it forbids to them.
type direction struct {
	name   string
	reason string
	of     func(pkg string) bool
	not    func(imported string) bool
}

const module = "consentstream"

var directions = []direction{
	{
		name:   "pure packages import the standard library and each other",
		reason: "the decision must be readable, testable and portable with nothing else at hand; a library would bring clocks, logs and versions of its own",
		of:     pure,
		not:    func(imported string) bool { return !standard(imported) && !pure(imported) },
	},
	{
		name:   "pure packages do not reach the world",
		reason: "the same facts must give the same verdict in a year, on another machine, in a lawyer's test: no file, environment, network, log or chance has a say",
		of:     pure,
		not:    within("os", "net", "log", "syscall", "math/rand", "crypto/rand", "database/sql", "testing", "flag"),
	},
	{
		name:   "state knows neither schemas, processor nor cmd",
		reason: "imports run cmd -> processor -> schemas, state; what a contact is must not depend on how it travels",
		of:     within(module + "/state"),
		not:    within(module+"/schemas", module+"/processor", module+"/cmd"),
	},
	{
		name:   "schemas knows neither processor nor cmd, and of state only the vocabulary",
		reason: "bytes become facts in one place; a decoder that asked a policy or a store would read the same record differently on two days",
		of:     within(module + "/schemas"),
		not:    anyOf(within(module+"/processor", module+"/cmd", module+"/state/store", module+"/state/policy"), exactly(module+"/state/rules")),
	},
	{
		name:   "nothing imports cmd",
		reason: "flags, signals and exit codes belong to the program; a package that needs them could not be used by a test or another program",
		of:     func(string) bool { return true },
		not:    within(module + "/cmd"),
	},
	{
		name:   "the broker layer does not know the store",
		reason: "they meet in processor only, which owns the order of commit and apply; each must be testable against a fake of the other",
		of:     within(module + "/processor/kafka"),
		not:    within(module+"/state/store", "github.com/cockroachdb/pebble"),
	},
	{
		name:   "the store does not know the broker layer",
		reason: "the store is a cache of the changelog; were it to read records itself, a crash between two of its writes would be a third kind of truth",
		of:     within(module + "/state/store"),
		not:    within("github.com/segmentio/kafka-go", "github.com/twmb/franz-go"),
	},
	{
		name:   "Pebble stays in the store",
		reason: "keys, formats and the atomic batch have one owner, which can refuse a newer format before anybody reads it",
		of:     except(within(module), within(module+"/state/store")),
		not:    within("github.com/cockroachdb/pebble"),
	},
	{
		name:   "kafka-go stays in the broker layer",
		reason: "which error ends a transaction is decided in one table; a second client of the broker elsewhere would decide it again",
		of:     except(within(module), within(module+"/processor/kafka")),
		not:    within("github.com/segmentio/kafka-go"),
	},
	{
		name:   "franz-go is the broker of the demo and the reader of tests, never a second client",
		reason: "the tests judge kafka-go's transactions by an independent reader; used in the program it would be judging itself",
		of:     except(within(module), within(module+"/deploy/chaos", module+"/deploy/lane")),
		not:    exactly("github.com/twmb/franz-go/pkg/kgo"),
	},
	{
		name:   "goavro stays in schemas",
		reason: "it checks neither symbols nor ranges nor required fields; what schemas hands on has been checked once, and nobody needs to again",
		of:     except(within(module), within(module+"/schemas")),
		not:    within("github.com/linkedin/goavro"),
	},
	{
		name:   "cobra stays in cmd",
		reason: "a package that defines flags cannot be used without them",
		of:     except(within(module), within(module+"/cmd")),
		not:    within("github.com/spf13"),
	},
	{
		name:   "OpenTelemetry stays in the exporter",
		reason: "what a step tells is plain data; a span that is made while a step is computed would cost those who have no collector",
		of:     except(within(module), within(module+"/processor/trace/otlp")),
		not:    within("go.opentelemetry.io"),
	},
	{
		name:   "the exporter knows the vocabulary of traces and nothing else of the program",
		reason: "it cannot show what it cannot see: no contact, fact or record is within its reach",
		of:     within(module + "/processor/trace"),
		not: func(imported string) bool {
			return within(module)(imported) && !within(module+"/processor/trace")(imported)
		},
	},
}

func pure(pkg string) bool {
	return pkg == module+"/state" || pkg == module+"/state/rules" || pkg == module+"/state/codec"
}

func TestImportsRunOneWay(t *testing.T) {
	for _, pkg := range sources(t) {
		for _, imported := range pkg.imports {
			for _, d := range broken(pkg.path, imported.path) {
				t.Errorf("%s: %s imports %s\nrule:   %s\nreason: %s", imported.at, pkg.path, imported.path, d.name, d.reason)
			}
		}
	}
}

// broken lists the directions that an import goes against.
func broken(pkg, imported string) []direction {
	var found []direction
	for _, d := range directions {
		if d.of(pkg) && d.not(imported) {
			found = append(found, d)
		}
	}
	return found
}

// A rule that can never fail protects nothing: each must refuse one import and
// let one pass.
func TestEveryDirectionCanFail(t *testing.T) {
	cases := []struct {
		pkg, refused, allowed string
	}{
		{"consentstream/state", "github.com/google/uuid", "slices"},
		{"consentstream/state/rules", "log/slog", "consentstream/state"},
		{"consentstream/state/store", "consentstream/schemas", "consentstream/state/codec"},
		{"consentstream/schemas", "consentstream/state/rules", "consentstream/state"},
		{"consentstream/processor", "consentstream/cmd/consentstream", "consentstream/schemas"},
		{"consentstream/processor/kafka", "consentstream/state/store", "github.com/segmentio/kafka-go/protocol"},
		{"consentstream/state/store", "github.com/twmb/franz-go/pkg/kgo", "github.com/cockroachdb/pebble/v2"},
		{"consentstream/processor", "github.com/cockroachdb/pebble/v2", "consentstream/state/store"},
		{"consentstream/processor/replay", "github.com/segmentio/kafka-go", "github.com/klauspost/compress"},
		{"consentstream/processor/kafka/embedded", "github.com/twmb/franz-go/pkg/kgo", "github.com/twmb/franz-go/pkg/kfake"},
		{"consentstream/processor/replay", "github.com/linkedin/goavro/v2", "consentstream/schemas"},
		{"consentstream/processor/config", "github.com/spf13/cobra", "github.com/knadh/koanf/v2"},
		{"consentstream/processor", "go.opentelemetry.io/proto/slim/otlp/trace/v1", "consentstream/processor/trace"},
		{"consentstream/processor/trace/otlp", "consentstream/state", "google.golang.org/protobuf/proto"},
	}
	if len(cases) != len(directions) {
		t.Fatalf("%d directions, %d cases: every direction needs one", len(directions), len(cases))
	}
	for i, c := range cases {
		d := directions[i]
		if !d.of(c.pkg) || !d.not(c.refused) {
			t.Errorf("%q lets %s import %s", d.name, c.pkg, c.refused)
		}
		if found := broken(c.pkg, c.allowed); len(found) > 0 {
			t.Errorf("%q refuses %s to import %s", found[0].name, c.pkg, c.allowed)
		}
	}
}

// within matches the packages of the given trees. Major versions of a module
// are part of its tree.
func within(roots ...string) func(string) bool {
	return func(pkg string) bool {
		for _, root := range roots {
			if pkg == root || strings.HasPrefix(pkg, root+"/") {
				return true
			}
		}
		return false
	}
}

func exactly(path string) func(string) bool {
	return func(pkg string) bool { return pkg == path }
}

func anyOf(a, b func(string) bool) func(string) bool {
	return func(pkg string) bool { return a(pkg) || b(pkg) }
}

func except(of, not func(string) bool) func(string) bool {
	return func(pkg string) bool { return of(pkg) && !not(pkg) }
}

// standard tells the standard library by the first element of the path: it has
// no dot, and it is not this module.
func standard(pkg string) bool {
	first, _, _ := strings.Cut(pkg, "/")
	return first != module && !strings.Contains(first, ".")
}
