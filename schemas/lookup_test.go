package schemas

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/sr"

	"consentstream/state"
)

func TestRegistryID(t *testing.T) {
	for value, want := range map[string]int64{
		"\x00\x00\x00\x01\x02rest": 258, "\x00\xff\xff\xff\xff": 1<<32 - 1, "\x00\x00\x00\x01": -1, "": -1, "\xc3\x01\x00\x00\x00\x01": -1,
	} {
		if id, ok := RegistryID([]byte(value)); ok != (want >= 0) || ok && int64(id) != want {
			t.Errorf("%x: %d, %v", value, id, ok)
		}
	}
}

// What was learnt needs no registry any more, and that there is nothing to learn
// is known too.
func TestLearn(t *testing.T) {
	registry := &fakeRegistry{err: errors.New("connection refused")}
	d := NewDecoder(WithRegistry(registry))
	now := time.Unix(0, 0)
	d.writers.now = func() time.Time { return now }
	if err := d.Learn(t.Context(), 7); !errors.Is(err, ErrRegistryUnavailable) || d.Knows(7) {
		t.Errorf("away: %v, known %v", err, d.Knows(7))
	}
	registry.err, registry.schemas = nil, map[int]string{7: OfTopic(state.TopicClicks).Text, 8: "no schema"}
	for _, id := range []uint32{7, 8, 9} {
		if err := d.Learn(t.Context(), id); err != nil || !d.Knows(id) {
			t.Errorf("%d: %v, known %v", id, err, d.Knows(id))
		}
	}
	asked := registry.asked
	var r Record
	if err := d.Decode(state.TopicClicks, withID(7, sampleValue(t, state.TopicClicks)), state.Unset, &r); err != nil || registry.asked != asked {
		t.Errorf("%v after %d questions more", err, registry.asked-asked)
	}
	if now = now.Add(missTime); d.Knows(9) || !d.Knows(7) || !d.Knows(8) {
		t.Error("only what the registry did not have may come to be known otherwise")
	}
}

func TestWithoutARegistryThereIsNothingToLearn(t *testing.T) {
	if d := NewDecoder(); !d.Knows(7) || d.Learn(t.Context(), 7) != nil {
		t.Error("an id is to be learnt from nobody")
	}
}

// Who waits behind a question that gets no answer gives up in its own time.
func TestAQuestionBehindOneThatHangs(t *testing.T) {
	release := make(chan struct{})
	arrived := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/1") {
			close(arrived)
			<-release
		}
		w.WriteHeader(http.StatusNotFound)
	}))
	defer server.Close()
	defer close(release)
	client, err := sr.NewClient(sr.URLs(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	registry := NewRegistryClient(client)
	first, second := NewDecoder(WithRegistry(registry)), NewDecoder(WithRegistry(registry))
	hanging, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { _ = first.Learn(hanging, 1) }()
	<-arrived
	for name, d := range map[string]*Decoder{"of the same decoder": first, "of another": second} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		if err := d.Learn(ctx, 2); !errors.Is(err, ErrRegistryUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
	}
}
