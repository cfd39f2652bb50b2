package config

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Traces is where spans of traced records go.
type Traces struct {
	// Endpoint is the URL of a collector that takes OTLP over HTTP, "" = none.
	// Without a path it means /v1/traces.
	Endpoint string `koanf:"endpoint"`
	// HeadersFile and Headers hold NAME=VALUE,… that are sent with every request,
	// values percent-encoded where they must be.
	HeadersFile string `koanf:"headers_file"`
	Headers     string `koanf:"headers"` // from the environment only
	// Unusable says why OpenTelemetry's own variables name an endpoint that spans
	// cannot be sent to, "" = they do not. It is no reason to refuse a start: they
	// are set for whole clusters by people who may not know of this program.
	Unusable string `koanf:"-"`
}

// byStandard takes what nobody has said about this program from the variables
// that all programs with OpenTelemetry read.
func (t *Traces) byStandard(variable func(string) string) {
	exporters := strings.Split(variable("OTEL_TRACES_EXPORTER"), ",")
	wanted := exporters[0] == "" || slices.Contains(exporters, "otlp")
	if t.Endpoint != "" || !wanted || strings.EqualFold(variable("OTEL_SDK_DISABLED"), "true") {
		return
	}
	first := func(name string) (value, of string) {
		for _, of := range []string{"OTEL_EXPORTER_OTLP_TRACES_" + name, "OTEL_EXPORTER_OTLP_" + name} {
			if value := variable(of); value != "" {
				return value, of
			}
		}
		return "", ""
	}
	endpoint, of := first("ENDPOINT")
	if endpoint == "" {
		return
	}
	target, err := parseEndpoint(endpoint)
	protocol, protocolOf := first("PROTOCOL")
	switch {
	case err != nil:
		t.Unusable = fmt.Sprintf("%s: %v", of, err)
		return
	case protocol == "grpc":
		t.Unusable = protocolOf + " is grpc, and spans are sent as http/protobuf: name the collector's address for that (mostly port 4318) by --traces"
		return
	case of == "OTEL_EXPORTER_OTLP_ENDPOINT":
		target = target.JoinPath("v1/traces")
	}
	t.Endpoint = target.String()
	// Headers may authenticate: they go to the endpoint that they were set with.
	if t.Headers == "" && t.HeadersFile == "" {
		t.Headers, _ = first("HEADERS")
	}
}

var errEndpoint = errors.New("expected the URL of a collector that takes OTLP over HTTP, such as http://127.0.0.1:4318")

// parseEndpoint refuses what spans cannot be sent to. Its errors do not show the
// URL, which may hold a password.
func parseEndpoint(endpoint string) (*url.URL, error) {
	target, err := url.Parse(endpoint)
	if err != nil || target.Scheme != "http" && target.Scheme != "https" || target.Hostname() == "" {
		return nil, errEndpoint
	}
	return target, nil
}

// check tells what cannot work.
func (t *Traces) check() error {
	if t.Endpoint == "" {
		return nil
	}
	if _, err := parseEndpoint(t.Endpoint); err != nil {
		return fmt.Errorf("traces.endpoint: %w", err)
	}
	return nil
}

// Target returns the URL that spans are sent to and the headers that go with
// them; "" = spans are not wanted. It reads the file of headers.
func (t *Traces) Target() (string, http.Header, error) {
	if t.Endpoint == "" {
		return "", nil, nil
	}
	target, err := parseEndpoint(t.Endpoint)
	if err != nil {
		return "", nil, fmt.Errorf("traces.endpoint: %w", err)
	}
	if strings.Trim(target.Path, "/") == "" {
		target = target.JoinPath("v1/traces")
	}
	list, err := secret(t.Headers, t.HeadersFile)
	if err != nil {
		return "", nil, fmt.Errorf("traces.headers_file: %w", err)
	}
	header, err := parseHeaders(list)
	if err != nil {
		return "", nil, fmt.Errorf("traces.headers: %w", err)
	}
	return target.String(), header, nil
}

// parseHeaders reads NAME=VALUE,…. Its errors tell the place and not the text,
// which is a secret.
func parseHeaders(list string) (http.Header, error) {
	header := http.Header{}
	if strings.TrimSpace(list) == "" {
		return header, nil
	}
	for i, pair := range strings.Split(list, ",") {
		name, encoded, ok := strings.Cut(pair, "=")
		name = strings.TrimSpace(name)
		value, err := url.PathUnescape(strings.TrimSpace(encoded))
		if !ok || err != nil || !isToken(name) || strings.ContainsFunc(value, isControl) {
			return nil, fmt.Errorf("entry %d is not NAME=VALUE; expected NAME=VALUE,… with values percent-encoded where they hold a comma or a percent sign", i+1)
		}
		header.Add(name, value)
	}
	return header, nil
}

// isToken reports whether a text may be the name of a header.
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }
