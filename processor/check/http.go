package check

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"consentstream/state"
	"consentstream/state/rules"
)

// Path is the pattern of the point check for http.ServeMux.
const Path = "GET /v1/contacts/{controller}/{contact}"

// paramExport asks for an Export instead of a Report; it stands alone.
const paramExport = "export"

// maxReport bounds what a client reads of one answer, in bytes.
const maxReport = 16 << 20

// Lookup returns what is known about a contact, state.NewContact() when nothing is.
type Lookup func(ctx context.Context, key state.Key) (state.Contact, error)

// ErrNotHere is returned by a Lookup that does not hold the contact's
// partition: another instance must be asked.
var ErrNotHere = errors.New("this instance does not hold the contact's partition; ask the instance that does")

// ErrNotReady is returned by a Lookup that still restores the contact's partition.
var ErrNotReady = errors.New("the state is still being restored; ask again later")

// ErrUnread is returned by a Lookup that cannot read what may be objections of the contact.
var ErrUnread = errors.New("what may be an objection cannot be read just now: the brokers do not give the record or the schema registry its schema; /readyz tells which, ask again later")

// ErrFirstStart is returned by a Lookup while the contact's inputs are read for the first time.
var ErrFirstStart = errors.New("the inputs are read for the first time, and an objection may still lie unread; ask again once the first start is over")

// Handler serves the point check at Path.
func Handler(p *rules.Policy, lookup Lookup, now func() state.Instant) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := state.Key{Controller: r.PathValue("controller"), Contact: r.PathValue("contact")}
		values := r.URL.Query()
		whole := values.Get(paramExport) == "true" && len(values) == 1
		if whole {
			values.Del(paramExport)
		}
		q, err := ParseQuery(key, values)
		if err != nil {
			reply(w, http.StatusBadRequest, failure{err.Error()})
			return
		}
		c, err := lookup(r.Context(), key)
		if err != nil {
			reply(w, status(err), failure{err.Error()})
			return
		}
		if !whole {
			reply(w, http.StatusOK, Answer(p, &c, q, now()))
			return
		}
		export, err := ExportAll(p, &c, key, now())
		if err != nil {
			reply(w, http.StatusInternalServerError, failure{err.Error()})
			return
		}
		reply(w, http.StatusOK, export)
	})
}

// failure is the body of an answer that is no report.
type failure struct {
	Error string `json:"error"`
}

func status(err error) int {
	switch {
	case errors.Is(err, ErrNotHere):
		return http.StatusMisdirectedRequest
	case errors.Is(err, ErrNotReady), errors.Is(err, ErrUnread), errors.Is(err, ErrFirstStart):
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

func reply(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store") // personal data, and true for an instant only
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body) // the client has gone away
}

// Client asks a running instance.
type Client struct {
	base *url.URL
	http *http.Client
}

// NewClient returns a client of the instance at an address such as
// http://127.0.0.1:8080. A question takes at most timeout.
func NewClient(address string, timeout time.Duration) (*Client, error) {
	base, err := url.Parse(address)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("address %q: expected one such as http://127.0.0.1:8080", address)
	}
	return &Client{base: base, http: &http.Client{Timeout: timeout}}, nil
}

// Ask returns the instance's report. The policy is the instance's.
func (c *Client) Ask(ctx context.Context, q Query) (*Report, error) {
	report := new(Report)
	return report, c.get(ctx, q.Key, q.Values(), report)
}

// Export returns everything that the instance knows about a contact.
func (c *Client) Export(ctx context.Context, key state.Key) (*Export, error) {
	export := new(Export)
	return export, c.get(ctx, key, url.Values{paramExport: {"true"}}, export)
}

func (c *Client) get(ctx context.Context, key state.Key, query url.Values, into any) error {
	target := c.base.JoinPath("v1", "contacts", url.PathEscape(key.Controller), url.PathEscape(key.Contact))
	target.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return fmt.Errorf("ask the instance: %w", err)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return fmt.Errorf("ask the instance: %w; is it running with --listen at that address?", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxReport))
	if err != nil {
		return fmt.Errorf("read the instance's answer: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return refused(response.Status, body)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("read the instance's answer: %w; is something else listening at that address?", err)
	}
	return nil
}

func refused(status string, body []byte) error {
	var f failure
	if json.Unmarshal(body, &f) == nil && f.Error != "" {
		return fmt.Errorf("the instance answered %s: %s", status, f.Error)
	}
	return fmt.Errorf("the instance answered %s: %s", status, strings.TrimSpace(string(body[:min(len(body), 200)])))
}
