package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"consentstream/processor/check"
	"consentstream/schemas"
	"consentstream/state"
	"consentstream/state/rules"
)

const shop = "testdata/shop.jsonl"

func TestDecideAndExplain(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		code int
	}{
		"decide-matrix":     {[]string{"decide", "client", "--input", shop, "--family", "ticket"}, exitDone},
		"decide-yes":        {[]string{"decide", "client", "--input", shop, "--at", "2026-04-30T10:00", "--kind", "PROMOTIONAL", "--channel", "email", "--family", "ticket"}, exitDone},
		"decide-no":         {[]string{"decide", "client", "--input", shop, "--kind", "promotional", "--channel", "EMAIL"}, exitNo},
		"decide-na":         {[]string{"decide", "client", "--input", shop, "--kind", "OPT_IN_BLOCK", "--channel", "PHONE"}, exitNo},
		"decide-known-at":   {[]string{"decide", "client", "--input", shop, "--at", "2026-05-02T10:00", "--known-at", "2026-05-05T00:00", "--kind", "NEWSLETTER", "--channel", "EMAIL"}, exitNo},
		"decide-not-known":  {[]string{"decide", "client", "--input", shop, "--at", "2026-05-02T10:00", "--kind", "NEWSLETTER", "--channel", "EMAIL", "--family", "ticket"}, exitDone},
		"decide-unknown":    {[]string{"decide", "nobody", "--input", shop, "--channel", "EMAIL"}, exitDone},
		"decide-controller": {[]string{"decide", "client", "--controller", "B", "--input", shop, "--kind", "SERVICE", "--channel", "EMAIL"}, exitNo},
		"decide-json":       {[]string{"decide", "client", "--input", shop, "--kind", "PROMOTIONAL", "--channel", "EMAIL", "--output", "json"}, exitNo},
		"explain-no":        {[]string{"explain", "client", "--input", shop, "--kind", "PROMOTIONAL", "--channel", "EMAIL"}, exitDone},
		"explain-yes":       {[]string{"explain", "client", "--input", shop, "--at", "2026-04-30T10:00", "--kind", "PROMOTIONAL", "--channel", "EMAIL", "--family", "ticket"}, exitDone},
		"explain-shared":    {[]string{"explain", "reader", "--input", shop, "--kind", "NEWSLETTER", "--channel", "EMAIL"}, exitDone},
		"explain-export":    {[]string{"explain", "reader", "--input", shop, "--export"}, exitDone},
		"explain-day":       {[]string{"explain", "reader", "--input", shop, "--at", "2026-03-01T10:00", "--kind", "NEWSLETTER", "--channel", "EMAIL"}, exitDone},
	} {
		t.Run(name, func(t *testing.T) {
			got := execute(t, c.args...)
			if got.code != c.code || got.stderr != "" {
				t.Errorf("exit %d, want %d; stderr %q", got.code, c.code, got.stderr)
			}
			golden(t, filepath.Join("decide", name+".txt"), got.stdout)
		})
	}
}

func TestAFolderOfArchivesIsOneInput(t *testing.T) {
	text, err := os.ReadFile(shop)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	dir := t.TempDir()
	writeContainer(t, filepath.Join(dir, "purchases.avro"), lines[0])
	for name, content := range map[string]string{"deep/unsubscribes.jsonl": lines[1], "README.txt": "not events"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := execute(t, "explain", "client", "--input", shop)
	got := execute(t, "explain", "client", "--input", dir)
	if got != want {
		t.Errorf("the folder gives\n%+v\nthe file\n%+v", got, want)
	}
}

// writeContainer writes one event as an Avro container file.
func writeContainer(t *testing.T, path, line string) {
	t.Helper()
	var parser schemas.JSON
	l, err := parser.ParseLine([]byte(line), rules.DefaultSettings().TimeZone)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := schemas.NewOCFWriter(f, l.Record.Fact.Topic, schemas.WithCodec("deflate"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Append(l.Record); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
}

// An event that cannot be read may be a refusal: whoever it may be of is denied.
func TestUnreadableInput(t *testing.T) {
	order := strings.SplitAfter(mustRead(t, shop), "\n")[0]
	ask := []string{"decide", "client", "--at", "2026-03-01T10:00", "--kind", "PROMOTIONAL", "--channel", "EMAIL", "--family", "ticket", "--input"}
	for name, c := range map[string]struct {
		line, stdout, stderr string
		code                 int
	}{
		"a purchase is left out":               {`{"topic":"purchases","value":{"contact_id":"client"}}`, "allow", "1 record could not be used", exitDone},
		"an unsubscribe of the contact denies": {`{"topic":"unsubscribes","key":"client","value":{"event_id":"x"}}`, "UNREADABLE_NEGATIVE", "1 record could not be used", exitNo},
		"a null unsubscribe denies":            {`{"topic":"unsubscribes","key":"client","value":null}`, "UNREADABLE_NEGATIVE", "1 record could not be used", exitNo},
		"a contradicting key denies both":      {`{"topic":"unsubscribes","key":"client","value":{"event_id":"x","contact_id":"other","occurred_at":1767225600000,"kind":"UNSUBSCRIBE"}}`, "UNREADABLE_NEGATIVE", "1 record", exitNo},
		"an unsubscribe of another contact":    {`{"topic":"unsubscribes","key":"other","value":{"event_id":"x"}}`, "allow", "1 record could not be used", exitDone},
		"an unsubscribe of nobody knows whom":  {`{"topic":"unsubscribes","value":{"event_id":"x"}}`, "", "may be a refusal of anybody", exitWrong},
		"a line that is no event":              {`{"topic":`, "", "may be a refusal of anybody", exitWrong},
		"a kind of a later version is ignored": {`{"topic":"purchases","value":{"event_id":"x","contact_id":"client","occurred_at":1767225600000,"kind":"UNKNOWN","order_ref":"O2"}}`, "allow", "", exitDone},
		"an empty line is nothing":             {"", "allow", "", exitDone},
	} {
		t.Run(name, func(t *testing.T) {
			got := execute(t, append(ask, write(t, "events.jsonl", order+c.line+"\n"))...)
			if got.code != c.code || !strings.Contains(got.stdout, c.stdout) || !strings.Contains(got.stderr, c.stderr) || c.stderr == "" && got.stderr != "" {
				t.Errorf("got %+v\nwant exit %d, stdout with %q, stderr with %q", got, c.code, c.stdout, c.stderr)
			}
		})
	}
}

func mustRead(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The report of a running instance is the report of its facts.
func TestAskingAnInstance(t *testing.T) {
	lookup := shopLookup()
	mux := http.NewServeMux()
	mux.Handle(check.Path, check.Handler(rules.Default(), lookup, func() state.Instant { return state.At(now) }))
	server := httptest.NewServer(mux)
	defer server.Close()
	args := []string{"explain", "client", "--family", "ticket", "--at", "2026-05-02T10:00", "--known-at", "2026-05-05T00:00"}
	want := execute(t, append(args, "--input", shop)...)
	got := execute(t, append(args, "--address", server.URL)...)
	if got != want {
		t.Errorf("the instance says\n%+v\nthe input\n%+v", got, want)
	}
}

func shopLookup() check.Lookup {
	q := check.NewQuery(state.Key{})
	return testApp(nil, nil).lookupInputs([]string{shop}, rules.Default(), &q)
}

func TestAskingNobody(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	address := server.URL
	if got := execute(t, "decide", "c1", "--address", address); got.code != exitWrong || !strings.Contains(got.stderr, "404") {
		t.Errorf("another server: %+v", got)
	}
	server.Close()
	if got := execute(t, "decide", "c1", "--address", address); got.code != exitWrong || !strings.Contains(got.stderr, "is it running with --listen") {
		t.Errorf("no server: %+v", got)
	}
}

func TestJSONIsComplete(t *testing.T) {
	got := execute(t, "explain", "client", "--input", shop, "--output", "json")
	var report check.Report
	d := json.NewDecoder(strings.NewReader(got.stdout))
	d.DisallowUnknownFields()
	if err := d.Decode(&report); err != nil {
		t.Fatal(err)
	}
	if len(report.Verdicts) < 20 || len(report.Evidence) == 0 || len(report.Rules) == 0 {
		t.Errorf("%d verdicts, %d facts, %d rules", len(report.Verdicts), len(report.Evidence), len(report.Rules))
	}
	for _, v := range report.Verdicts {
		for _, at := range v.Evidence {
			if at < 0 || at >= len(report.Evidence) {
				t.Errorf("%s %s points at fact %d of %d", v.Channel, v.MessageKind, at, len(report.Evidence))
			}
		}
	}
}

// A contact says the same from its archives and from the state they were replayed into.
func TestAskingAStateDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	if got := execute(t, "replay", shop, "--state", dir, "--as-of", "2026-06-01T00:00"); got.code != exitDone {
		t.Fatalf("replay: %+v", got)
	}
	for _, contact := range []string{"client", "reader", "nobody"} {
		args := []string{"explain", contact, "--at", "2026-11-20T10:00"}
		want := execute(t, append(args, "--input", shop)...)
		got := execute(t, append(args, "--state", dir)...)
		if got != want {
			t.Errorf("the state says\n%+v\nthe input\n%+v", got, want)
		}
	}
}
