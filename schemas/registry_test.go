package schemas

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"consentstream/state"
)

func newRegistry(t *testing.T) (*srfake.Registry, *sr.Client) {
	t.Helper()
	registry := srfake.New()
	t.Cleanup(registry.Close)
	return registry, clientOf(t, registry.URL())
}

func clientOf(t *testing.T, url string) *sr.Client {
	t.Helper()
	client, err := sr.NewClient(sr.URLs(url))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// What is registered is what the Encoder names and the Decoder looks up.
func TestRegisterEncodeDecode(t *testing.T) {
	_, client := newRegistry(t)
	ids, err := Register(t.Context(), client, nil)
	if err != nil || len(ids) != 6 {
		t.Fatalf("ids %v, error %v", ids, err)
	}
	again, err := Register(t.Context(), client, nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := NewEncoder(WithRegistryIDs(ids))
	if err != nil {
		t.Fatal(err)
	}
	d := NewDecoder(WithRegistry(NewRegistryClient(client)))
	for _, topic := range inputTopics {
		if name := OfTopic(topic).Name; again[name] != ids[name] {
			t.Errorf("%s: registered again as %d, was %d", name, again[name], ids[name])
		}
		value, err := e.Record(nil, topic, sample(topic))
		if err != nil || value[0] != 0 || int(value[4]) != ids[OfTopic(topic).Name] {
			t.Fatalf("%x, error %v", value, err)
		}
		var r Record
		if err := d.Decode(topic, value, state.Unset, &r); err != nil {
			t.Fatal(err)
		}
		sameRecord(t, sample(topic), &r)
	}
	var out state.EligibilityChanged
	value, err := e.EligibilityChanged(nil, sampleEligibility())
	if err != nil {
		t.Fatal(err)
	}
	if err := d.EligibilityChanged(value, &out); err != nil || out.Sequence != 12 {
		t.Errorf("%+v, error %v", out, err)
	}
}

func TestCheckSubjects(t *testing.T) {
	registry, client := newRegistry(t)
	text := OfTopic(state.TopicClicks).Text
	older := strings.Replace(text, `"null", "string"`, `"null", "string", "boolean"`, 1)
	for i, schema := range []string{text, older} {
		registry.SeedSchema("my-clicks", i+1, i+1, sr.Schema{Schema: schema, Type: sr.TypeAvro})
	}
	checks, err := CheckSubjects(t.Context(), client, map[string]string{NameClick: "my-clicks", NameSignup: ""})
	if err != nil || len(checks) != 2 {
		t.Fatalf("%v, error %v", checks, err)
	}
	click, signup := checks[0], checks[1]
	if click.Subject != "my-clicks" || click.Versions != 2 || !click.Registered || click.Conflict == nil {
		t.Errorf("%+v", click)
	}
	if !strings.Contains(click.Conflict.Error(), "version 2") || !strings.Contains(click.Conflict.Error(), "brand") {
		t.Errorf("the conflict names neither version nor field: %v", click.Conflict)
	}
	if signup.Subject != "signups-value" || signup.Versions != 0 || signup.Registered || signup.Conflict != nil {
		t.Errorf("%+v", signup)
	}
	if _, err := CheckSubjects(t.Context(), client, map[string]string{"Nothing": ""}); err == nil {
		t.Error("a record that is not ours is accepted")
	}
}

// One conflict and nothing is registered.
func TestRegisterAllOrNothing(t *testing.T) {
	registry, client := newRegistry(t)
	registry.SeedSchema("signups-value", 1, 1, sr.Schema{Schema: `"string"`, Type: sr.TypeAvro})
	if _, err := Register(t.Context(), client, nil); err == nil {
		t.Fatal("registered over a conflict")
	}
	if registry.SubjectExists("purchases-value") {
		t.Error("a schema was registered although another one conflicts")
	}
}

func TestRegistryClientErrors(t *testing.T) {
	registry, client := newRegistry(t)
	r := NewRegistryClient(client)
	if _, err := r.SchemaByID(t.Context(), 99); !errors.Is(err, ErrNoSchema) {
		t.Errorf("an id that is not there: %v", err)
	}
	registry.SeedSchema("json", 1, 5, sr.Schema{Schema: `{}`, Type: sr.TypeJSON})
	if _, err := r.SchemaByID(t.Context(), 5); !errors.Is(err, ErrNoSchema) {
		t.Errorf("a JSON schema: %v", err)
	}
	// Answers that say nothing about the id.
	for _, status := range []int{http.StatusNotFound, http.StatusInternalServerError, http.StatusUnauthorized, http.StatusTooManyRequests} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		if _, err := NewRegistryClient(clientOf(t, server.URL)).SchemaByID(t.Context(), 1); err == nil || errors.Is(err, ErrNoSchema) {
			t.Errorf("status %d: %v", status, err)
		}
		if _, err := CheckSubjects(t.Context(), clientOf(t, server.URL), nil); err == nil {
			t.Errorf("status %d: subjects were checked", status)
		}
		server.Close()
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.SchemaByID(ctx, 99); err == nil || errors.Is(err, ErrNoSchema) {
		t.Errorf("cancelled: %v", err)
	}
}

// A record whose registry is away decodes once it is back.
func TestRegistryComesBack(t *testing.T) {
	away := true
	registry := srfake.New()
	t.Cleanup(registry.Close)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if away {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		registry.Handler().ServeHTTP(w, req)
	}))
	t.Cleanup(front.Close)
	ids, err := Register(t.Context(), clientOf(t, registry.URL()), map[string]string{NameClick: ""})
	if err != nil {
		t.Fatal(err)
	}
	d := NewDecoder(WithRegistry(NewRegistryClient(clientOf(t, front.URL))))
	value := withID(uint32(ids[NameClick]), sampleValue(t, state.TopicClicks))
	var r Record
	if err := d.Decode(state.TopicClicks, value, state.Unset, &r); !errors.Is(err, ErrRegistryUnavailable) {
		t.Fatalf("error %v", err)
	}
	away = false
	if err := d.Decode(state.TopicClicks, value, state.Unset, &r); err != nil {
		t.Error(err)
	}
}

// An id is asked for once, whoever wants it and however often.
func TestAnIDIsAskedForOnce(t *testing.T) {
	registry := srfake.New()
	t.Cleanup(registry.Close)
	var asked atomic.Int64
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		asked.Add(1)
		registry.Handler().ServeHTTP(w, req)
	}))
	t.Cleanup(front.Close)
	ids, err := Register(t.Context(), clientOf(t, registry.URL()), map[string]string{NameClick: ""})
	if err != nil {
		t.Fatal(err)
	}
	client := NewRegistryClient(clientOf(t, front.URL))
	value := withID(uint32(ids[NameClick]), sampleValue(t, state.TopicClicks))
	var tasks sync.WaitGroup
	for range 16 {
		d := NewDecoder(WithRegistry(client))
		tasks.Go(func() {
			for range 100 {
				var r Record
				if err := d.Decode(state.TopicClicks, value, state.Unset, &r); err != nil {
					t.Error(err)
				}
			}
		})
	}
	tasks.Wait()
	if n := asked.Load(); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

// What passes by itself is told from what a person must mend.
func TestARegistryThatIsAwayOrRefuses(t *testing.T) {
	for status, want := range map[int]bool{503: true, 500: true, 429: true, 401: false, 403: false, 404: false, 422: false} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		if _, err := Register(t.Context(), clientOf(t, server.URL), nil); errors.Is(err, ErrRegistryUnavailable) != want {
			t.Errorf("status %d: %v", status, err)
		}
		server.Close()
		if _, err := Register(t.Context(), clientOf(t, server.URL), nil); !errors.Is(err, ErrRegistryUnavailable) {
			t.Errorf("nobody there: %v", err)
		}
	}
}
