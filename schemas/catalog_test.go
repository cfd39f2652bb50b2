package schemas

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/linkedin/goavro/v2"
)

// The values that Java's SchemaNormalization.parsingFingerprint64 gives.
var fingerprints = map[string]uint64{
	NameClick:              0x2f401d1e03004eba,
	NamePurchase:           0x69310c160cbc1e20,
	NameSignup:             0xa9bab682a4b57c7b,
	NameUnsubscribe:        0xe65bbd304400a0be,
	NameEligibilityChanged: 0xedf075c1d9cf6fbf,
	NameRetentionExpiry:    0x2a1a13333afba957,
}

func TestFingerprints(t *testing.T) {
	for _, s := range All() {
		if s.Fingerprint != fingerprints[s.Name] {
			t.Errorf("%s: fingerprint %016x, want %016x", s.Name, s.Fingerprint, fingerprints[s.Name])
		}
	}
	if len(All()) != len(fingerprints) {
		t.Errorf("%d schemas, want %d", len(All()), len(fingerprints))
	}
}

// testdata/v1 holds the files of the contract as they were agreed on, with no
// doc. What we embed may differ from them in doc attributes and in nothing else.
func TestSchemasAreTheContract(t *testing.T) {
	for _, s := range All() {
		agreed, err := os.ReadFile(filepath.Join("testdata", "v1", s.Name+".avsc"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(withoutDoc(t, agreed), withoutDoc(t, []byte(s.Text))); diff != "" {
			t.Errorf("%s is not the agreed schema (-agreed +ours):\n%s", s.Name, diff)
		}
		if err := CheckCompatible(s.Text, string(agreed)); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
}

func withoutDoc(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return strip(v)
}

func strip(v any) any {
	switch x := v.(type) {
	case map[string]any:
		delete(x, "doc")
		for k := range x {
			x[k] = strip(x[k])
		}
	case []any:
		for i := range x {
			x[i] = strip(x[i])
		}
	}
	return v
}

func TestEverythingIsDocumented(t *testing.T) {
	for _, s := range All() {
		var v map[string]any
		if err := json.Unmarshal([]byte(s.Text), &v); err != nil {
			t.Fatal(err)
		}
		documented(t, s.Name, v)
	}
}

func documented(t *testing.T, path string, v any) {
	switch x := v.(type) {
	case []any:
		for _, item := range x {
			documented(t, path, item)
		}
	case map[string]any:
		_, isField := x["name"]
		if doc, _ := x["doc"].(string); isField && x["type"] != "enum" && !strings.HasSuffix(doc, ".") {
			t.Errorf("%s.%v has no doc that ends in a full stop", path, x["name"])
		}
		for _, key := range []string{"type", "items", "fields"} {
			documented(t, fmt.Sprintf("%s.%v", path, x["name"]), x[key])
		}
	}
}

// goavro computes other fingerprints; the day it does not, our own code for
// them can go.
func TestGoavroFingerprintsStillDiffer(t *testing.T) {
	for _, s := range All() {
		codec, err := goavro.NewCodec(s.Text)
		if err != nil {
			t.Fatalf("%s: %v", s.Name, err)
		}
		if codec.Rabin == s.Fingerprint {
			t.Errorf("%s: goavro's fingerprint is right now", s.Name)
		}
	}
}

func TestLookups(t *testing.T) {
	for _, s := range All() {
		if got, ok := ByName(Namespace + "." + s.Name); !ok || got != s {
			t.Errorf("ByName does not find %s", s.Name)
		}
		if got, ok := ByTopic(s.Topic); !ok || got != s {
			t.Errorf("ByTopic does not find %s", s.Topic)
		}
		if s.Subject() != s.Topic+"-value" {
			t.Errorf("%s: subject %s", s.Name, s.Subject())
		}
	}
	if _, ok := ByName("Nothing"); ok {
		t.Error("ByName finds what is not there")
	}
	for i, name := range []string{"purchases", "clicks", "signups", "unsubscribes"} {
		if catalog[i].Topic != name {
			t.Errorf("position %d of the catalog is %s, want %s", i, catalog[i].Topic, name)
		}
	}
}

// What may be done to a schema later, and what may not.
func TestCheckCompatible(t *testing.T) {
	text := mustByName(NameUnsubscribe).Text
	change := func(old, new string) string {
		if !strings.Contains(text, old) {
			t.Fatalf("the schema has no %s", old)
		}
		return strings.Replace(text, old, new, 1)
	}
	for name, row := range map[string]struct {
		next string
		ok   bool
	}{
		"nothing":                   {text, true},
		"a kind more":               {change(`"PURGED", "BLOCTEL"]`, `"PURGED", "BLOCTEL", "MINOR"]`), true},
		"a field with a default":    {change(`"fields": [`, `"fields": [{"name": "x", "type": "string", "default": ""}, `), true},
		"a field without one":       {change(`"fields": [`, `"fields": [{"name": "x", "type": "string"}, `), false},
		"a field less with one":     {change(`"name": "source"`, `"name": "origin"`), true},
		"a required field less":     {change(`"name": "event_id"`, `"name": "id"`), false},
		"another unit of time":      {change(`timestamp-millis`, `timestamp-micros`), false},
		"another type":              {change(`"type": "string", "default": "default"`, `"type": "int", "default": 1`), false},
		"an enum without a default": {change(`"PURGED", "BLOCTEL"], "default": "OBJECTION"`, `"PURGED", "BLOCTEL", "MINOR"]`), true},
		"a symbol less, no default": {change(`"PURGED", "BLOCTEL"], "default": "OBJECTION"`, `"PURGED"]`), false},
		"no schema":                 {`{`, false},
	} {
		err := CheckCompatible(row.next, text)
		if (err == nil) != row.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := CheckCompatible(text, `{`); err == nil {
		t.Error("an earlier schema that cannot be read is accepted")
	}
}
