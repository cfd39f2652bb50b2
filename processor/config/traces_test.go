package config

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Where spans go: what is said about this program counts, else what OpenTelemetry's
// own variables say.
func TestWhereTracesGo(t *testing.T) {
	const all, traces = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
	for name, row := range map[string]struct {
		file, flag string
		variables  map[string]string
		want       string
		unusable   string
	}{
		"nothing is said":        {},
		"base without a path":    {file: "http://c:4318", want: "http://c:4318/v1/traces"},
		"a slash is no path":     {file: "https://c/", want: "https://c/v1/traces"},
		"a path is kept":         {file: "http://c:4318/x/traces", want: "http://c:4318/x/traces"},
		"variable over file":     {file: "http://c:1", variables: map[string]string{"CONSENTSTREAM_TRACES_ENDPOINT": "http://v:1"}, want: "http://v:1/v1/traces"},
		"flag over variable":     {flag: "http://f:1", variables: map[string]string{"CONSENTSTREAM_TRACES_ENDPOINT": "http://v:1"}, want: "http://f:1/v1/traces"},
		"ours over the standard": {file: "http://c:1", variables: map[string]string{traces: "http://s:1/x"}, want: "http://c:1/v1/traces"},
		"standard":               {variables: map[string]string{all: "http://s:1"}, want: "http://s:1/v1/traces"},
		"standard, with a path":  {variables: map[string]string{all: "http://s:1/in/"}, want: "http://s:1/in/v1/traces"},
		"standard of traces":     {variables: map[string]string{all: "http://s:1", traces: "http://t:1/spans"}, want: "http://t:1/spans"},
		"no SDK":                 {variables: map[string]string{all: "http://s:1", "OTEL_SDK_DISABLED": "TRUE"}},
		"no exporter":            {variables: map[string]string{all: "http://s:1", "OTEL_TRACES_EXPORTER": "none"}},
		"another exporter":       {variables: map[string]string{all: "http://s:1", "OTEL_TRACES_EXPORTER": "console"}},
		"otlp among them":        {variables: map[string]string{all: "http://s:1", "OTEL_TRACES_EXPORTER": "console,otlp"}, want: "http://s:1/v1/traces"},
		"ours without an SDK":    {file: "http://c:1", variables: map[string]string{"OTEL_SDK_DISABLED": "true"}, want: "http://c:1/v1/traces"},
		"http/protobuf":          {variables: map[string]string{all: "http://s:1", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, want: "http://s:1/v1/traces"},
		"gRPC":                   {variables: map[string]string{all: "http://s:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, unusable: "OTEL_EXPORTER_OTLP_PROTOCOL is grpc"},
		"gRPC, not for traces": {variables: map[string]string{
			all: "http://s:4318", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
		}, want: "http://s:4318/v1/traces"},
		"a standard that is no URL": {variables: map[string]string{traces: "s:4317"}, unusable: traces + ": expected the URL"},
	} {
		t.Run(name, func(t *testing.T) {
			for variable, value := range row.variables {
				t.Setenv(variable, value)
			}
			given := map[string]any{}
			if row.flag != "" {
				given["traces.endpoint"] = row.flag
			}
			c, err := Load(write(t, "traces: {endpoint: \""+row.file+"\"}\n"), given)
			if err != nil {
				t.Fatal(err)
			}
			if got, _, err := c.Traces.Target(); got != row.want || err != nil {
				t.Errorf("%q, %v, want %q", got, err, row.want)
			}
			if (row.unusable == "") != (c.Traces.Unusable == "") || !strings.Contains(c.Traces.Unusable, row.unusable) {
				t.Errorf("unusable: %q, want %q", c.Traces.Unusable, row.unusable)
			}
		})
	}
}

func TestAnEndpointThatIsNoURLIsRefused(t *testing.T) {
	for _, endpoint := range []string{"collector:4318", "grpc://c:4317", "http://", "http://:4318", "http://me:password@c:x"} {
		c := Default()
		c.Brokers, c.State, c.Traces.Endpoint = []string{"a:1"}, "s", endpoint
		err := c.Validate()
		if err == nil || !strings.Contains(err.Error(), "traces.endpoint: expected the URL") || strings.Contains(err.Error(), "password") {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
}

// Headers go where they were meant for: those of the standard variables not to an
// endpoint of ours.
func TestHeadersOfTraces(t *testing.T) {
	for name, row := range map[string]struct {
		endpoint  string
		variables map[string]string
		want      http.Header
	}{
		"ours": {
			endpoint: "http://c:1", variables: map[string]string{"CONSENTSTREAM_TRACES_HEADERS": "Api-Key=a%2Cb, X-Tenant=t=1"},
			want: http.Header{"Api-Key": {"a,b"}, "X-Tenant": {"t=1"}},
		},
		"standard": {
			variables: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://s:1", "OTEL_EXPORTER_OTLP_HEADERS": "a=1"},
			want:      http.Header{"A": {"1"}},
		},
		"standard of traces": {
			variables: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://s:1", "OTEL_EXPORTER_OTLP_HEADERS": "a=1", "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "a=2"},
			want:      http.Header{"A": {"2"}},
		},
		"of another endpoint": {
			endpoint: "http://c:1", variables: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://s:1", "OTEL_EXPORTER_OTLP_HEADERS": "a=1"},
			want: http.Header{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for variable, value := range row.variables {
				t.Setenv(variable, value)
			}
			c, err := Load("", map[string]any{"traces.endpoint": row.endpoint})
			if err != nil {
				t.Fatal(err)
			}
			_, header, err := c.Traces.Target()
			if diff := cmp.Diff(row.want, header); diff != "" || err != nil {
				t.Errorf("%v (- want, + got):\n%s", err, diff)
			}
		})
	}
}

func TestHeadersOfAFile(t *testing.T) {
	traces := Traces{Endpoint: "http://c:1", HeadersFile: write(t, "a=1\n")}
	if _, header, err := traces.Target(); err != nil || header.Get("a") != "1" {
		t.Errorf("%v, %v", header, err)
	}
	traces.HeadersFile = filepath.Join(t.TempDir(), "missing")
	if _, _, err := traces.Target(); err == nil || !strings.Contains(err.Error(), "traces.headers_file") {
		t.Errorf("error %v, want one that names traces.headers_file", err)
	}
}

// An error about headers tells where, and nothing of the secret.
func TestHeadersThatAreNoneAreRefused(t *testing.T) {
	for _, list := range []string{"secret", "a=1,secret", "=secret", "se cret=1", "a=secret%zz", "a=secret%0A", "a=1,,b=secret"} {
		traces := Traces{Endpoint: "http://c:1", Headers: list}
		_, _, err := traces.Target()
		if err == nil || !strings.Contains(err.Error(), "traces.headers: entry ") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", list, err)
		}
	}
	if _, err := Load(write(t, "traces: {headers: a=1}\n"), nil); err == nil || !strings.Contains(err.Error(), "CONSENTSTREAM_TRACES_HEADERS") {
		t.Errorf("error %v, want one that names the variable", err)
	}
}
