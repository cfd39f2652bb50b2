package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"consentstream/schemas"
)

// registry is a schema registry as far as registering needs one.
type registry struct {
	mu       sync.Mutex
	subjects map[string][]string // schemas of a subject, oldest first
	user     string              // "" = open to all
	writes   int
}

func (r *registry) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if user, password, _ := q.BasicAuth(); r.user != "" && (user != r.user || password != "secret") {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"error_code":40101,"message":"unauthorized"}`)
		return
	}
	w.Header().Set("Content-Type", "application/vnd.schemaregistry.v1+json")
	parts := strings.Split(strings.Trim(q.URL.Path, "/"), "/") // subjects/NAME/versions[/N]
	switch {
	case q.Method == http.MethodPost:
		r.register(w, q, parts[1])
	case len(parts) == 4:
		r.version(w, parts[1], parts[3])
	default:
		r.versions(w, parts[1])
	}
}

func (r *registry) register(w http.ResponseWriter, q *http.Request, subject string) {
	var body struct{ Schema string }
	_ = json.NewDecoder(q.Body).Decode(&body)
	r.writes++
	known := r.subjects[subject]
	for i, s := range known {
		if s == body.Schema {
			fmt.Fprintf(w, `{"id":%d}`, i+1)
			return
		}
	}
	r.subjects[subject] = append(known, body.Schema)
	fmt.Fprintf(w, `{"id":%d}`, len(known)+1)
}

func (r *registry) versions(w http.ResponseWriter, subject string) {
	known := r.subjects[subject]
	if len(known) == 0 {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"error_code":40401,"message":"Subject not found."}`)
		return
	}
	numbers := make([]int, len(known))
	for i := range numbers {
		numbers[i] = i + 1
	}
	_ = json.NewEncoder(w).Encode(numbers)
}

func (r *registry) version(w http.ResponseWriter, subject, number string) {
	var n int
	_, _ = fmt.Sscan(number, &n)
	_ = json.NewEncoder(w).Encode(map[string]any{"subject": subject, "version": n, "id": n, "schema": r.subjects[subject][n-1]})
}

func startRegistry(t *testing.T, r *registry) string {
	t.Helper()
	r.subjects = map[string][]string{}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	return server.URL
}

func TestRegisterSchemas(t *testing.T) {
	r := &registry{}
	address := startRegistry(t, r)
	check := []string{"schemas", "register", "--check", "--registry", address}
	if got := execute(t, check...); got.code != exitNo || strings.Count(got.stdout, "not registered") != len(schemas.All()) || r.writes != 0 {
		t.Errorf("check of an empty registry: %d writes, %+v", r.writes, got)
	}
	for range 2 { // the second time nothing is new
		got := execute(t, "schemas", "register", "--registry", address)
		if got.code != exitDone || strings.Count(got.stdout, "registered, id 1") != len(schemas.All()) {
			t.Errorf("register: %+v", got)
		}
	}
	if got := execute(t, check...); got.code != exitDone || strings.Contains(got.stdout, "not registered") {
		t.Errorf("check after: %+v", got)
	}
}

func TestRegisterRefusesWhatMayNotFollow(t *testing.T) {
	r := &registry{}
	address := startRegistry(t, r)
	r.subjects["clicks-value"] = []string{`{"type":"record","name":"Click","namespace":"consentstream.v1","fields":[{"name":"event_id","type":"long"}]}`}
	got := execute(t, "schemas", "register", "--registry", address)
	if got.code != exitWrong || r.writes != 0 || !strings.Contains(got.stderr, "clicks-value") {
		t.Errorf("register: %d writes, %+v", r.writes, got)
	}
	got = execute(t, "schemas", "register", "--check", "--registry", address, "--output", "json")
	var list []standing
	if err := json.Unmarshal([]byte(got.stdout), &list); err != nil {
		t.Fatal(err)
	}
	if got.code != exitNo || list[1].Subject != "clicks-value" || list[1].Conflict == "" || list[0].Conflict != "" {
		t.Errorf("check: %+v", got)
	}
}

func TestRegistryCredentialsComeFromTheEnvironment(t *testing.T) {
	r := &registry{user: "registrar"}
	t.Setenv("CONSENTSTREAM_REGISTRY_URL", startRegistry(t, r))
	if got := execute(t, "schemas", "register"); got.code != exitWrong || !strings.Contains(got.stderr, "unauthorized") {
		t.Errorf("without credentials: %+v", got)
	}
	t.Setenv("CONSENTSTREAM_REGISTRY_USERNAME", "registrar")
	t.Setenv("CONSENTSTREAM_REGISTRY_PASSWORD", "secret")
	if got := execute(t, "schemas", "register"); got.code != exitDone {
		t.Errorf("with credentials: %+v", got)
	}
}

// Every command reads one set of names: what "run" is given also registers.
func TestRegisteringReadsTheSettingsOfRun(t *testing.T) {
	r := &registry{}
	file := write(t, "config.yaml", fmt.Sprintf("registry: {url: %s}\ntopics: {clicks: my-clicks}\n", startRegistry(t, r)))
	if got := execute(t, "schemas", "register", "--config", file); got.code != exitDone || len(r.subjects["my-clicks-value"]) != 1 || len(r.subjects["clicks-value"]) != 0 {
		t.Errorf("%+v, subjects %v", got, r.subjects)
	}
	t.Setenv("CONSENTSTREAM_REGISTRY", "http://127.0.0.1:1")
	if got := execute(t, "schemas", "register", "--config", file); got.code != exitWrong || !strings.Contains(got.stderr, "CONSENTSTREAM_REGISTRY is unknown") {
		t.Errorf("a variable that nothing reads: %+v", got)
	}
}

func TestShowSchema(t *testing.T) {
	for _, s := range schemas.All() {
		got := execute(t, "schemas", "show", s.Name)
		if got.code != exitDone || !json.Valid([]byte(got.stdout)) {
			t.Errorf("%s: %+v", s.Name, got)
		}
		if got := execute(t, "schemas", "show", s.Name, "--canonical"); got.stdout != s.Canonical()+"\n" {
			t.Errorf("%s: canonical form is %q", s.Name, got.stdout)
		}
	}
}
