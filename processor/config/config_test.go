package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Flags go over the environment, that over the file, that over the defaults.
func TestPrecedence(t *testing.T) {
	path := write(t, "brokers: [file:1]\ngroup: of-file\nstate: /of/file\nlimits: {fetch_wait: 70ms}\ntopics: {clicks: my-clicks}\n")
	t.Setenv("CONSENTSTREAM_GROUP", "of-env")
	t.Setenv("CONSENTSTREAM_STATE", "/of/env")
	t.Setenv("CONSENTSTREAM_BROKERS", "env:1,env:2")
	t.Setenv("CONSENTSTREAM_SASL_PASSWORD", "secret")
	c, err := Load(path, map[string]any{"state": "/of/flag"})
	if err != nil {
		t.Fatal(err)
	}
	if c.State != "/of/flag" || c.Group != "of-env" || !slices.Equal(c.Brokers, []string{"env:1", "env:2"}) {
		t.Errorf("state %q, group %q, brokers %q: want flag, environment, environment", c.State, c.Group, c.Brokers)
	}
	if c.Limits.FetchWait != 70*time.Millisecond || c.Topics.Clicks != "my-clicks" || c.Topics.Signups != "signups" {
		t.Errorf("fetch_wait %v, clicks %q, signups %q: want file, file, default", c.Limits.FetchWait, c.Topics.Clicks, c.Topics.Signups)
	}
	if c.SASL.Password != "secret" {
		t.Error("the password of the environment is lost")
	}
	if err := c.Validate(); err != nil {
		t.Errorf("a good configuration is refused: %v", err)
	}
}

// What is wrong is refused with its place and what was expected.
func TestRefused(t *testing.T) {
	for name, row := range map[string]struct{ file, variable, want string }{
		"unknown key":       {file: "brokerz: [a:1]\n", want: "unknown key brokerz"},
		"password in file":  {file: "sasl: {password: x}\n", want: "sasl.password does not belong in a file"},
		"no YAML":           {file: "brokers: [a:1\n", want: "name a readable YAML file"},
		"misspelt variable": {variable: "CONSENTSTREAM_BROKRES", want: "CONSENTSTREAM_BROKRES is unknown"},
		"no duration":       {file: "session_timeout: soon\n", want: `session_timeout: expected a time such as 10s, not "soon"`},
		"no number":         {file: "limits: {batch_records: many}\n", want: `limits.batch_records: expected a whole number, not "many"`},
		"unknown limit":     {file: "limits: {step_records: 5}\n", want: "known there are limits.batch_records, limits.deadlines_per_step"},
	} {
		t.Run(name, func(t *testing.T) {
			if row.variable != "" {
				t.Setenv(row.variable, "x")
			}
			_, err := Load(write(t, row.file), nil)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("error %v, want one that says %q", err, row.want)
			}
		})
	}
}

func TestValidateTellsEverything(t *testing.T) {
	c := Default()
	c.Topics.Clicks = c.Topics.Purchases
	c.Session, c.CacheBytes, c.LogFormat, c.TLS.CertFile, c.Standby = time.Second, 1, "xml", "cert.pem", 9
	c.Listen, c.Registry.URL, c.SASL.Mechanism = ":99999", "localhost:8081", "NTLM"
	err := c.Validate()
	for _, want := range []string{"--brokers", "--state", "session_timeout", "standby", "cache_bytes", "log_format", "cert_file and key_file", "listen", "registry.url", "sasl.mechanism", "purchases and clicks have one name"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not tell %q", err, want)
		}
	}
}

// Passwords are read from files, without the line end that editors add.
func TestSecretOfAFile(t *testing.T) {
	c := Default()
	c.Brokers = []string{"a:1"}
	c.SASL = SASL{Mechanism: "PLAIN", Username: "u", PasswordFile: write(t, "from-file\n")}
	k, err := c.Kafka()
	if err != nil || k.SASL.Password != "from-file" {
		t.Errorf("password %q, error %v", k.SASL.Password, err)
	}
	c.SASL.PasswordFile = filepath.Join(t.TempDir(), "missing")
	if _, err := c.Kafka(); err == nil || !strings.Contains(err.Error(), "sasl.password_file") {
		t.Errorf("error %v, want one that names sasl.password_file", err)
	}
}

func TestTLSFiles(t *testing.T) {
	c := Default()
	c.Brokers, c.TLS = []string{"a:1"}, TLS{CAFile: write(t, "no certificate")}
	if _, err := c.Kafka(); err == nil || !strings.Contains(err.Error(), "tls.ca_file") {
		t.Errorf("error %v, want one that names tls.ca_file", err)
	}
	c.TLS = TLS{Enabled: true}
	if k, err := c.Kafka(); err != nil || k.TLS == nil {
		t.Errorf("TLS %v, error %v: want the system's certificates", k.TLS, err)
	}
}
