package otlp

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	collectorpb "go.opentelemetry.io/proto/slim/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/slim/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/slim/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/slim/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

const (
	requestTimeout = 10 * time.Second
	maxAnswer      = 64 << 10 // bytes of an answer that are read
	maxRetryAfter  = 30 * time.Second
	mediaType      = "application/x-protobuf"
)

// collector is where spans go.
type collector struct {
	client   *http.Client
	url      string
	name     string // the URL as errors show it: without password and query, where keys may stand
	header   http.Header
	resource *resourcepb.Resource
	scope    *commonpb.InstrumentationScope
}

func newCollector(o *Options) (*collector, error) {
	target, err := url.Parse(o.URL)
	if err != nil {
		return nil, err
	}
	header := o.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Set("Content-Type", mediaType)
	header.Set("User-Agent", "consentstream/"+o.Version)
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true}
	return &collector{
		client: &http.Client{
			Transport: transport, Timeout: requestTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		url: o.URL, name: nameOf(*target), header: header,
		resource: &resourcepb.Resource{Attributes: []*commonpb.KeyValue{
			text("service.name", "consentstream"), text("service.version", o.Version), text("service.instance.id", o.InstanceID),
		}},
		scope: &commonpb.InstrumentationScope{Name: "consentstream/processor", Version: o.Version},
	}, nil
}

func nameOf(target url.URL) string {
	target.RawQuery, target.Fragment = "", ""
	return target.Redacted()
}

func (c *collector) close() { c.client.CloseIdleConnections() }

// answerError is an answer other than yes.
type answerError struct {
	url    string
	status int
	after  time.Duration // that the collector asks to wait, 0 = it does not
}

// Error implements error.
func (e *answerError) Error() string {
	return fmt.Sprintf("%s answers %d %s: expected a collector that takes OTLP over HTTP (mostly port 4318, path /v1/traces)", e.url, e.status, http.StatusText(e.status))
}

// again tells whether and when a batch may be sent again after an error: when the
// collector could not be asked or says that it is busy.
func again(err error) (time.Duration, bool) {
	var answer *answerError
	if !errors.As(err, &answer) {
		return 0, true
	}
	switch answer.status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return answer.after, true
	}
	return 0, false
}

// post sends spans once and returns how many of them the collector rejects.
func (c *collector) post(ctx context.Context, spans []*tracepb.Span) (rejected int, err error) {
	body, err := proto.Marshal(&collectorpb.ExportTraceServiceRequest{ResourceSpans: []*tracepb.ResourceSpans{{
		Resource: c.resource, ScopeSpans: []*tracepb.ScopeSpans{{Scope: c.scope, Spans: spans}},
	}}})
	if err != nil {
		return 0, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header = c.header
	response, err := c.client.Do(request)
	var failed *url.Error
	if errors.As(err, &failed) { // it has the URL as it is
		err = fmt.Errorf("%s: %w", c.name, failed.Err)
	}
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	switch {
	case response.StatusCode/100 != 2:
		return 0, &answerError{c.name, response.StatusCode, retryAfter(response.Header)}
	case err != nil:
		return 0, nil // it has them; what else it says is lost
	}
	return rejectedOf(answer, len(spans)), nil
}

// retryAfter reads the seconds that a collector asks to wait.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, maxRetryAfter)
}

// rejectedOf reads how many spans an answer rejects; one that cannot be read
// rejects none.
func rejectedOf(answer []byte, sent int) int {
	var r collectorpb.ExportTraceServiceResponse
	if proto.Unmarshal(answer, &r) != nil {
		return 0
	}
	return int(min(max(r.GetPartialSuccess().GetRejectedSpans(), 0), int64(sent)))
}
