package processor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"consentstream/processor/check"
)

// Handler serves health, metrics and the point check of an instance.
func (i *Instance) Handler(gatherer prometheus.Gatherer) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", i.serveReady)
	mux.Handle("GET /metrics", promhttp.HandlerFor(gatherer, promhttp.HandlerOpts{}))
	mux.Handle(check.Path, check.Handler(i.config.Task.Step.Policy, i.Lookup, i.config.Task.Clock.Now))
	return mux
}

// Gate is a handler that says why it is not ready until it is opened.
type Gate struct {
	open   atomic.Pointer[http.Handler]
	reason atomic.Value // string
}

// NewGate returns a shut gate.
func NewGate(reason string) *Gate {
	g := &Gate{}
	g.Shut(reason)
	return g
}

// Open passes every request on.
func (g *Gate) Open(h http.Handler) { g.open.Store(&h) }

// Shut answers /healthz with ok and everything else with the reason.
func (g *Gate) Shut(reason string) {
	g.reason.Store(reason)
	g.open.Store(nil)
}

// ServeHTTP implements http.Handler.
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch h := g.open.Load(); {
	case h != nil:
		(*h).ServeHTTP(w, r)
	case r.URL.Path == "/healthz":
		fmt.Fprintln(w, "ok")
	default:
		readiness{Reasons: []string{g.reason.Load().(string)}}.write(w)
	}
}

// readiness is the answer of /readyz.
type readiness struct {
	Ready   bool     `json:"ready"`
	Reasons []string `json:"reasons,omitempty"`
	// Standbys are second copies of tasks of other instances, which readiness does
	// not wait for.
	Standbys []standbyView `json:"standbys,omitempty"`
}

type standbyView struct {
	Task  int32  `json:"task"`
	State string `json:"state"`
	Lag   int64  `json:"lag"` // changelog offsets that the copy is behind
}

// serveReady answers 200 when every task is processing, else 503 with reasons.
func (i *Instance) serveReady(w http.ResponseWriter, _ *http.Request) {
	var r readiness
	r.Ready, r.Reasons = i.Ready()
	for _, s := range i.Standbys() {
		r.Standbys = append(r.Standbys, standbyView{s.Partition(), s.State().String(), s.Lag()})
	}
	r.write(w)
}

func (r readiness) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	if !r.Ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(r)
}

// Serve serves a handler on a listener until ctx ends.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, MaxHeaderBytes: 64 << 10}
	stop := context.AfterFunc(ctx, func() {
		end, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		_ = server.Shutdown(end)
	})
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("http server: %w", err)
	}
	return nil
}
