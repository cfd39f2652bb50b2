package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// instance answers /readyz with no until it was asked often enough.
func instance(t *testing.T, readyAfter int64) (address string, asked *atomic.Int64) {
	t.Helper()
	asked = new(atomic.Int64)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("alive\n")) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) <= readyAfter {
			http.Error(w, "task 3 is restoring", http.StatusServiceUnavailable)
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL, asked
}

func health(args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = run(context.Background(), append([]string{"health"}, args...), nil, &out, &err)
	return code, out.String(), err.String()
}

func TestHealthTellsReadyFromAlive(t *testing.T) {
	address, _ := instance(t, 1)
	if code, out, _ := health("--address", address, "--live"); code != exitDone || out != "alive\n" {
		t.Errorf("--live: exit %d, %q", code, out)
	}
	if code, out, _ := health("--address", address); code != exitNo || out != "task 3 is restoring\n" {
		t.Errorf("while restoring: exit %d, %q", code, out)
	}
	if code, out, _ := health("--address", address); code != exitDone || out != "200 OK\n" {
		t.Errorf("when ready: exit %d, %q", code, out)
	}
}

func TestHealthWaits(t *testing.T) {
	address, asked := instance(t, 2)
	if code, _, _ := health("--address", address, "--wait", "10s"); code != exitDone || asked.Load() != 3 {
		t.Errorf("exit %d after %d questions", code, asked.Load())
	}
}

func TestHealthOfNobodyIsNo(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	code, out, _ := health("--address", server.URL)
	if code != exitNo || !strings.Contains(out, "--listen") {
		t.Errorf("exit %d, %q: expected no, and what to look at", code, out)
	}
}

func TestHealthRefusesWhatIsNoAddress(t *testing.T) {
	if code, _, stderr := health("--address", "8080"); code != exitWrong || !strings.Contains(stderr, "http://127.0.0.1:8080") {
		t.Errorf("exit %d, %q: expected wrong use with an example", code, stderr)
	}
}
