package check_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"consentstream/processor/check"
	"consentstream/state"
	"consentstream/state/rules"
)

var present = state.At(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC))

// serve serves a lookup and returns a client of it.
func serve(t *testing.T, lookup check.Lookup) *check.Client {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle(check.Path, check.Handler(rules.Default(), lookup, func() state.Instant { return present }))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	client, err := check.NewClient(server.URL+"/", time.Second)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// reader is a contact who asked for the newsletter.
func reader() state.Contact {
	c := state.NewContact()
	at := present.Add(-24 * time.Hour)
	c.Add(state.Fact{
		ID: "s1", Topic: state.TopicSignups, OccurredAt: at, Since: at, RecordedAt: at,
		Signup: &state.Signup{Kind: state.SignupForm, Answers: []state.Answer{{
			Form: state.FormOptInBox, Value: state.AnswerYes, ProofRef: "form-1",
			Channels: state.ChannelsOf(state.ChannelEmail), Purposes: state.PurposesOf(state.PurposeNewsletter),
		}}},
	})
	return c
}

func TestTheAnswerOverHTTPIsTheAnswer(t *testing.T) {
	c := reader()
	strange := state.Key{Controller: "a b/c?d", Contact: "c%2F1 ü#"}
	client := serve(t, func(_ context.Context, key state.Key) (state.Contact, error) {
		if key != strange {
			t.Errorf("asked for %+v, want %+v", key, strange)
		}
		return c, nil
	})
	q := check.NewQuery(strange)
	q.Kinds = []state.MessageKind{state.MessageNewsletter}
	q.Channels = []state.Channel{state.ChannelEmail}
	got, err := client.Ask(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	want := check.Answer(rules.Default(), &c, q, present)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(got.Verdicts) != 1 || !got.Verdicts[0].Allowed || got.Verdicts[0].Reason != "CONSENT" {
		t.Errorf("got %+v", got.Verdicts)
	}
}

func TestTheExportOverHTTPIsTheExport(t *testing.T) {
	c := reader()
	client := serve(t, func(context.Context, state.Key) (state.Contact, error) { return c, nil })
	got, err := client.Export(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	want, err := check.ExportAll(rules.Default(), &c, key, present)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRefusalsOverHTTP(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"elsewhere": {check.ErrNotHere, "421 Misdirected Request: this instance does not hold"},
		"restoring": {check.ErrNotReady, "503 Service Unavailable: the state is still being restored"},
		"first":     {check.ErrFirstStart, "503 Service Unavailable: the inputs are read for the first time"},
		"unread":    {check.ErrUnread, "503 Service Unavailable: what may be an objection cannot be read"},
		"broken":    {errors.New("disk"), "500 Internal Server Error: disk"},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, func(context.Context, state.Key) (state.Contact, error) { return state.Contact{}, c.err })
			if _, err := client.Ask(t.Context(), check.NewQuery(key)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestHandlerRefusesAWrongQuestion(t *testing.T) {
	handler := check.Handler(rules.Default(), nil, nil)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/?export=true&at=2026-05-02T10:00:00Z", nil))
	if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "unknown parameter") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w.Header().Get("Cache-Control") != "no-store" {
		t.Error("an answer about a person may be cached")
	}
}

// At the present time never goes back behind what the contact was told, and
// everything that was read is known.
func TestThePresentIsNeverBehindTheContact(t *testing.T) {
	c := reader()
	c.Facts[0].RecordedAt = present.Add(time.Hour)
	c.Published.DecidedAt = present.Add(time.Minute)
	r := check.Answer(rules.Default(), &c, check.NewQuery(key), present)
	if r.At != check.Timestamp(present.Add(time.Minute)) || r.KnownAt != check.Timestamp(present.Add(time.Hour)) || r.Facts != 1 {
		t.Errorf("at %v, known %v, %d facts", r.At, r.KnownAt, r.Facts)
	}
	q := check.NewQuery(key)
	q.At = present
	if r := check.Answer(rules.Default(), &c, q, present); r.Facts != 0 || r.KnownAt != check.Timestamp(present) {
		t.Errorf("asked for an instant, known %v, %d facts", r.KnownAt, r.Facts)
	}
}
